//! The texts that members get, within WeChat's field limits: `thing` at most 20 characters, `time` as
//! `2026年3月2日 18:00`, `phrase` at most 5 Chinese characters.

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Value, json};

/// WeChat's limit for a `thing` field, in characters.
const THING_LIMIT: usize = 20;

/// Which subscribe message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A seat is offered.
    SpotAvailable,
    /// The entry left the queue.
    Left,
    /// The list closed while it waited.
    ListClosed,
    /// The gym called the class off.
    CalledOff,
}

impl Template {
    /// The name that configuration and the recorder know it by.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SpotAvailable => "spot_available",
            Self::Left => "waitlist_left",
            Self::ListClosed => "waitlist_closed",
            Self::CalledOff => "class_cancelled",
        }
    }

    const fn note(self) -> &'static str {
        match self {
            Self::SpotAvailable => "请在截止前确认，逾期顺延下一位",
            Self::Left => "已退出候补，名额将留给后面的家庭",
            Self::ListClosed => "候补已截止，本次没有等到名额",
            Self::CalledOff => "本节课已由场馆取消，敬请谅解",
        }
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
    pub data: Value,
    /// The same in a sentence, for the list of notifications.
    pub text: String,
}

impl Message {
    /// 有名额了: answer until `deadline`.
    pub fn offer(course: &str, child: &str, start: DateTime<Tz>, deadline: DateTime<Tz>, entry: i64) -> Self {
        let template = Template::SpotAvailable;
        Self {
            template,
            page: entry_page(entry),
            data: json!({
                "thing1": { "value": thing(course) },
                "thing2": { "value": thing(child) },
                "time3": { "value": full_time(start) },
                "time4": { "value": full_time(deadline) },
                "thing5": { "value": thing(template.note()) },
            }),
            text: format!(
                "{child}候补的{course}（{}）有名额了，请在 {} 前确认",
                short_time(start),
                deadline.format("%H:%M"),
            ),
        }
    }

    /// News about an entry, with nothing to answer.
    pub fn update(template: Template, course: &str, child: &str, start: DateTime<Tz>, entry: i64) -> Self {
        Self { page: entry_page(entry), ..Self::news(template, course, child, start) }
    }

    /// The gym called off a class that was booked.
    pub fn booking_called_off(course: &str, child: &str, start: DateTime<Tz>) -> Self {
        Self::news(Template::CalledOff, course, child, start)
    }

    fn news(template: Template, course: &str, child: &str, start: DateTime<Tz>) -> Self {
        Self {
            template,
            page: "pages/bookings/index".to_owned(),
            data: json!({
                "thing1": { "value": thing(course) },
                "thing2": { "value": thing(child) },
                "time3": { "value": full_time(start) },
                "thing5": { "value": thing(template.note()) },
            }),
            text: format!("{child}的{course}（{}）：{}", short_time(start), template.note()),
        }
    }
}

fn entry_page(entry: i64) -> String {
    format!("pages/waitlist/detail?id={entry}")
}

fn full_time(at: DateTime<Tz>) -> String {
    at.format("%Y年%-m月%-d日 %H:%M").to_string()
}

fn short_time(at: DateTime<Tz>) -> String {
    at.format("%-m月%-d日 %H:%M").to_string()
}

/// Cuts `text` to what WeChat takes in a `thing`, marking the cut.
fn thing(text: &str) -> String {
    if text.chars().count() <= THING_LIMIT {
        return text.to_owned();
    }
    text.chars().take(THING_LIMIT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    const TEMPLATES: [Template; 4] =
        [Template::SpotAvailable, Template::Left, Template::ListClosed, Template::CalledOff];

    fn at(hour: u32) -> DateTime<Tz> {
        chrono_tz::Asia::Shanghai.with_ymd_and_hms(2026, 3, 2, hour, 5, 0).unwrap()
    }

    #[test]
    fn every_thing_keeps_within_twenty_characters() {
        let long = "少儿体操进阶提高训练营周末加强冲刺班（含器械）";
        let messages = [Message::offer(long, long, at(18), at(11), 7)]
            .into_iter()
            .chain(TEMPLATES.map(|template| Message::update(template, long, long, at(18), 7)));
        for message in messages {
            for (field, value) in message.data.as_object().unwrap() {
                let text = value["value"].as_str().unwrap();
                if field.starts_with("thing") {
                    assert!((1..=20).contains(&text.chars().count()), "{field}: {text}");
                }
            }
        }
    }

    #[test]
    fn notes_fit_uncut() {
        for template in TEMPLATES {
            assert!(template.note().chars().count() <= THING_LIMIT, "{}", template.note());
        }
    }

    #[test]
    fn times_are_read_as_parents_say_them() {
        let message = Message::offer("体操", "小满", at(18), at(11), 7);
        assert_eq!(message.data["time3"]["value"], "2026年3月2日 18:05");
        assert_eq!(message.text, "小满候补的体操（3月2日 18:05）有名额了，请在 11:05 前确认");
        assert_eq!(message.page, "pages/waitlist/detail?id=7");
    }
}
