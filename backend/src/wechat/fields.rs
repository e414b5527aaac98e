//! The fields of WeChat's templates, and how values are made to fit them: `thing` at most 20 characters, `name` at most 10,
//! `time` as `2026年3月2日 18:00`.

use serde_json::{Map, Value, json};

/// WeChat's limit for a `thing` field. Its table says characters and not which: counted in UTF-16, where an emoji is two,
/// a text fits either way.
pub(super) const THING_LIMIT: usize = 20;
/// WeChat's limit for a `name` field that has a Chinese character in it.
const CHINESE_NAME_LIMIT: usize = 10;
/// WeChat's limit for a `name` field in letters alone.
const LETTER_NAME_LIMIT: usize = 20;
/// The value of a `name` field that takes no character of the name: "a pupil".
const SOMEBODY: &str = "学员";

/// What a field of a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The course's name.
    Course,
    /// The child's name.
    Child,
    /// When the class starts.
    StartsAt,
    /// Until when to answer.
    Deadline,
    /// What it is about.
    Note,
}

impl Meaning {
    /// All of them, in the order of the fields.
    pub const ALL: [Self; 5] = [Self::Course, Self::Child, Self::StartsAt, Self::Deadline, Self::Note];

    /// Its name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Child => "child",
            Self::StartsAt => "starts_at",
            Self::Deadline => "deadline",
            Self::Note => "note",
        }
    }

    /// The meaning of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.as_str() == name)
    }

    /// The kinds of WeChat's fields that can hold it.
    pub const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Course | Self::Note => &["thing"],
            Self::Child => &["thing", "name"],
            Self::StartsAt | Self::Deadline => &["time", "date"],
        }
    }

    /// What its field is called where no configuration says otherwise.
    const fn own_name(self) -> &'static str {
        match self {
            Self::Course => "thing1",
            Self::Child => "thing2",
            Self::StartsAt => "time3",
            Self::Deadline => "time4",
            Self::Note => "thing5",
        }
    }
}

/// What a message's fields say.
#[derive(Clone, Debug, PartialEq)]
pub struct Data(pub(super) Vec<(Meaning, String)>);

impl Data {
    /// Under the names that the recorder shows.
    pub fn under_own_names(&self) -> Value {
        self.named(Meaning::ALL.into_iter().map(|meaning| (meaning, meaning.own_name())))
    }

    /// Under a template's names, cut to what its kinds of field take.
    pub(super) fn named<'a>(&self, names: impl Iterator<Item = (Meaning, &'a str)>) -> Value {
        let mut fields = Map::new();
        for (meaning, name) in names {
            if let Some((_, text)) = self.0.iter().find(|(said, _)| *said == meaning) {
                let text = match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
                    "name" => name_field(text),
                    "thing" => cut(text, THING_LIMIT),
                    _ => text.clone(),
                };
                fields.insert(name.to_owned(), json!({ "value": text }));
            }
        }
        Value::Object(fields)
    }
}

/// Makes a name fit a `name` field: Chinese characters and letters, no digits, no other signs. Digits are written as
/// Chinese numerals, as they are read: 小满2号 becomes 小满二号.
fn name_field(text: &str) -> String {
    const NUMERALS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let numeral = |c: char| {
        // Full-width digits are digits too.
        let digit =
            c.to_digit(10).or_else(|| ('０'..='９').contains(&c).then(|| u32::from(c) - u32::from('０')));
        digit.and_then(|digit| NUMERALS.get(usize::try_from(digit).ok()?)).copied().unwrap_or(c)
    };
    let fits = |c: &char| is_chinese(*c) || c.is_ascii_alphabetic() || matches!(c, '·' | ' ');
    let fitting: String = text.chars().map(numeral).filter(fits).collect();
    let fitting = fitting.trim();
    let limit = if fitting.chars().any(is_chinese) { CHINESE_NAME_LIMIT } else { LETTER_NAME_LIMIT };
    let name: String = fitting.chars().take(limit).collect();
    if name.is_empty() { SOMEBODY.to_owned() } else { name }
}

/// The characters of Chinese names: the unified ideographs, and the zero of the numerals.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '〇')
}

/// Makes `text` fit a field: one line, not empty, at most `limit` UTF-16 units with the cut marked.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.is_empty() {
        return "—".to_owned();
    }
    if line.encode_utf16().count() <= limit {
        return line.to_owned();
    }
    let mut room = limit - 1;
    let fitting = line.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    fitting.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_field_takes_characters_and_letters_alone() {
        for (name, field) in [
            ("小满", "小满"),
            ("小满2号", "小满二号"),
            ("小满２号", "小满二号"),
            ("Mia 3", "Mia 三"),
            ("阿依古丽·买买提", "阿依古丽·买买提"),
            ("小满😀(大)", "小满大"),
            ("一二三四五六七八九十一", "一二三四五六七八九十"),
            ("Alexander Maximilian von Berg", "Alexander Maximilian"),
            ("😀", "学员"),
            (" \n", "学员"),
        ] {
            assert_eq!(name_field(name), field, "{name}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_characters() {
        assert_eq!(cut("🤸🤸🤸", 6), "🤸🤸🤸");
        assert_eq!(cut("🤸🤸🤸", 5), "🤸🤸…");
        assert_eq!(cut("体操🤸体操", 4), "体操…");
    }
}
