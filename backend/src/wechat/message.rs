//! The texts that members get, within WeChat's field limits: `thing` at most 20 characters, `name` at most 10,
//! `time` as `2026年3月2日 18:00`.

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

/// WeChat's limit for a `thing` field, in characters.
const THING_LIMIT: usize = 20;
/// WeChat's limit for a `name` field that has a Chinese character in it.
const CHINESE_NAME_LIMIT: usize = 10;
/// WeChat's limit for a `name` field in letters alone.
const LETTER_NAME_LIMIT: usize = 20;
/// What stands in a `name` field that no character of the name fits into: a pupil.
const SOMEBODY: &str = "学员";

/// Which subscribe message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A seat is offered.
    SpotAvailable,
    /// The offer is about to run out.
    ExpiryReminder,
    /// The entry has come to the front of the queue.
    Front,
    /// The entry left the queue.
    Left,
    /// The list closed while it waited.
    ListClosed,
    /// What the entry was to make up cannot be made up any more.
    MakeupLapsed,
    /// The gym called the class off.
    CalledOff,
    /// Class credit is about to run out.
    CreditExpiring,
    /// The right to a makeup is about to end.
    MakeupExpiring,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SpotAvailable,
        Self::ExpiryReminder,
        Self::Front,
        Self::Left,
        Self::ListClosed,
        Self::MakeupLapsed,
        Self::CalledOff,
        Self::CreditExpiring,
        Self::MakeupExpiring,
    ];

    /// The name that configuration, the outbox and the recorder know it by.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SpotAvailable => "spot_available",
            Self::ExpiryReminder => "expiry_reminder",
            Self::Front => "waitlist_front",
            Self::Left => "waitlist_left",
            Self::ListClosed => "waitlist_closed",
            Self::MakeupLapsed => "waitlist_lapsed",
            Self::CalledOff => "class_cancelled",
            Self::CreditExpiring => "credit_expiring",
            Self::MakeupExpiring => "makeup_expiring",
        }
    }

    /// The template of that name.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }

    const fn note(self) -> &'static str {
        match self {
            Self::SpotAvailable => "请在截止前确认，逾期顺延下一位",
            Self::ExpiryReminder => "名额即将失效，请尽快确认",
            Self::Front => "你已排到第一位，有名额会马上通知",
            Self::Left => "已退出候补，名额将留给后面的家庭",
            Self::ListClosed => "候补已截止，本次没有等到名额",
            Self::MakeupLapsed => "缺课已另约补课或已过期，已退出候补",
            Self::CalledOff => "本节课已由场馆取消，敬请谅解",
            Self::CreditExpiring => "补偿时长即将到期，请尽快使用",
            Self::MakeupExpiring => "补课资格即将到期，请尽快预约",
        }
    }
}

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
pub struct Data(Vec<(Meaning, String)>);

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

/// A message, ready to be stored and sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Which template.
    pub template: Template,
    /// Where a tap leads in the mini-program.
    pub page: String,
    /// The template's fields.
    pub data: Data,
    /// The same in a sentence, for the list of notifications.
    pub text: String,
}

/// The class and the child that a message is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The course's name.
    pub course: &'a str,
    /// The child's name.
    pub child: &'a str,
    /// When the class starts.
    pub start: DateTime<Tz>,
}

impl Message {
    /// 有名额了: answer until `deadline`.
    pub fn offer(about: About<'_>, deadline: DateTime<Tz>, entry: i64) -> Self {
        let About { course, child, start } = about;
        let until = deadline.format("%H:%M");
        let text = format!("{child}候补的{course}（{}）有名额了，请在 {until} 前确认", short_time(start));
        Self::to_answer(Template::SpotAvailable, about, deadline, entry, text)
    }

    /// 名额即将失效: the offer that ends at `deadline` is still unanswered.
    pub fn reminder(about: About<'_>, deadline: DateTime<Tz>, entry: i64) -> Self {
        let About { course, child, start } = about;
        let until = deadline.format("%H:%M");
        let text = format!("{child}候补的{course}（{}）名额保留到 {until}，请尽快确认", short_time(start));
        Self::to_answer(Template::ExpiryReminder, about, deadline, entry, text)
    }

    fn to_answer(
        template: Template,
        about: About<'_>,
        deadline: DateTime<Tz>,
        entry: i64,
        text: String,
    ) -> Self {
        let mut message = Self::update(template, about, entry);
        message.data.0.push((Meaning::Deadline, full_time(deadline)));
        Self { text, ..message }
    }

    /// News about an entry, with nothing to answer.
    pub fn update(template: Template, about: About<'_>, entry: i64) -> Self {
        Self { page: format!("pages/waitlist/detail?id={entry}"), ..Self::news(template, about) }
    }

    /// The gym called off a class that was booked.
    pub fn booking_called_off(about: About<'_>) -> Self {
        Self::news(Template::CalledOff, about)
    }

    /// `minutes` of class credit can be spent before `until`, and no longer.
    pub fn credit_expiring(child: &str, minutes: i64, until: DateTime<Tz>) -> Self {
        let template = Template::CreditExpiring;
        Self {
            template,
            page: "pages/makeup/compensation".to_owned(),
            data: Data(vec![
                (Meaning::Course, format!("{minutes}分钟补偿时长")),
                (Meaning::Child, child.to_owned()),
                (Meaning::Deadline, full_time(until)),
                (Meaning::Note, template.note().to_owned()),
            ]),
            text: format!("{child}有{minutes}分钟补偿时长将于 {} 到期，请尽快使用", short_time(until)),
        }
    }

    /// The missed class can be made up in one that starts by `until`, and no longer.
    pub fn makeup_expiring(about: About<'_>, until: DateTime<Tz>) -> Self {
        let About { course, child, start } = about;
        let mut message = Self::news(Template::MakeupExpiring, about);
        message.data.0.push((Meaning::Deadline, full_time(until)));
        let text = format!("{child}缺席的{course}（{}）请在 {} 前补课", short_time(start), short_time(until));
        Self { page: "pages/makeup/index".to_owned(), text, ..message }
    }

    fn news(template: Template, About { course, child, start }: About<'_>) -> Self {
        Self {
            template,
            page: "pages/bookings/index".to_owned(),
            data: Data(vec![
                (Meaning::Course, course.to_owned()),
                (Meaning::Child, child.to_owned()),
                (Meaning::StartsAt, full_time(start)),
                (Meaning::Note, template.note().to_owned()),
            ]),
            text: format!("{child}的{course}（{}）：{}", short_time(start), template.note()),
        }
    }
}

fn full_time(at: DateTime<Tz>) -> String {
    at.format("%Y年%-m月%-d日 %H:%M").to_string()
}

fn short_time(at: DateTime<Tz>) -> String {
    at.format("%-m月%-d日 %H:%M").to_string()
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

/// Makes `text` fit a field: one line, not empty, at most `limit` characters with the cut marked.
fn cut(text: &str, limit: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    match line.chars().count() {
        0 => "—".to_owned(),
        length if length <= limit => line.to_owned(),
        _ => line.chars().take(limit - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wechat::templates::Templates;
    use chrono::TimeZone;

    fn at(hour: u32) -> DateTime<Tz> {
        chrono_tz::Asia::Shanghai.with_ymd_and_hms(2026, 3, 2, hour, 5, 0).unwrap()
    }

    fn about<'a>(course: &'a str, child: &'a str) -> About<'a> {
        About { course, child, start: at(18) }
    }

    /// Every message that there is.
    fn messages(course: &str, child: &str) -> Vec<Message> {
        let about = about(course, child);
        let mut messages = vec![
            Message::offer(about, at(11), 7),
            Message::reminder(about, at(11), 7),
            Message::booking_called_off(about),
            Message::credit_expiring(child, 1440, at(11)),
            Message::makeup_expiring(about, at(11)),
        ];
        messages.extend(Template::ALL.map(|template| Message::update(template, about, 7)));
        messages
    }

    #[test]
    fn every_field_keeps_within_wechats_limits() {
        let renamed = Templates::read(
            br#"{"spot_available": {"id": "T", "fields": {"course": "thing8", "child": "name9", "deadline": "date2"}}}"#,
        )
        .unwrap();
        for text in ["少儿体操进阶提高训练营周末加强冲刺班（含器械）", "", " \n", "体\n操"]
        {
            for message in messages(text, text) {
                for fields in
                    [message.data.under_own_names(), renamed.fields(Template::SpotAvailable, &message.data)]
                {
                    for (field, value) in fields.as_object().unwrap() {
                        let said = value["value"].as_str().unwrap();
                        let limit = match field.trim_end_matches(|c: char| c.is_ascii_digit()) {
                            "thing" => 20,
                            "name" => 20,
                            "time" | "date" => 17,
                            other => panic!("no limit is known for {other}"),
                        };
                        assert!((1..=limit).contains(&said.chars().count()), "{field}: {said}");
                        assert!(!said.contains(char::is_control), "{field}: {said}");
                    }
                }
            }
        }
    }

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
    fn notes_fit_uncut() {
        for template in Template::ALL {
            assert!(template.note().chars().count() <= THING_LIMIT, "{}", template.note());
            assert_eq!(Template::parse(template.key()), Some(template));
        }
    }

    #[test]
    fn a_template_gives_its_own_names_to_the_fields_that_it_has() {
        let templates = Templates::read(
            br#"{"spot_available": {"id": "T", "fields": {"course": "thing8", "deadline": "date2"}}}"#,
        )
        .unwrap();
        let fields =
            templates.fields(Template::SpotAvailable, &Message::offer(about("体操", "小满"), at(11), 7).data);
        let wanted = json!({ "thing8": { "value": "体操" }, "date2": { "value": "2026年3月2日 11:05" } });
        assert_eq!(fields, wanted);
    }

    #[test]
    fn times_are_read_as_parents_say_them() {
        let message = Message::offer(about("体操", "小满"), at(11), 7);
        assert_eq!(message.data.under_own_names()["time3"]["value"], "2026年3月2日 18:05");
        assert_eq!(message.text, "小满候补的体操（3月2日 18:05）有名额了，请在 11:05 前确认");
        assert_eq!(message.page, "pages/waitlist/detail?id=7");
        let reminder = Message::reminder(about("体操", "小满"), at(11), 7);
        assert_eq!(reminder.text, "小满候补的体操（3月2日 18:05）名额保留到 11:05，请尽快确认");
        assert_eq!(reminder.data.under_own_names()["time4"]["value"], "2026年3月2日 11:05");
    }
}
