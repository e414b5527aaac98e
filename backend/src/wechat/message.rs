//! The messages that members get: what each kind says, in a sentence for the app and in fields for WeChat.

use chrono::{DateTime, Datelike};
use chrono_tz::Tz;
use logic::status::MessageKind;

use super::fields::{Data, Meaning};

/// The kinds that a gym's WeChat account has templates for, or `gym doctor` says which it lacks.
pub const WITH_TEMPLATES: [MessageKind; 9] = [
    MessageKind::SpotAvailable,
    MessageKind::ExpiryReminder,
    MessageKind::WaitlistFront,
    MessageKind::WaitlistLeft,
    MessageKind::WaitlistClosed,
    MessageKind::WaitlistLapsed,
    MessageKind::ClassCancelled,
    MessageKind::CreditExpiring,
    MessageKind::MakeupExpiring,
];

/// Whether the recorder of development takes a kind where no templates are set up: those that reach the phone of a gym
/// with all its templates, and the notice of what staff did, which stands in the place of one of them.
pub(super) fn is_recorded_without_templates(kind: MessageKind) -> bool {
    WITH_TEMPLATES.contains(&kind) || kind == MessageKind::StaffChange
}

/// What a kind says in a few words.
const fn title(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::SpotAvailable => "有名额了",
        MessageKind::ExpiryReminder => "名额即将失效",
        MessageKind::WaitlistFront => "排到第一位了",
        MessageKind::WaitlistLeft => "已退出候补",
        MessageKind::WaitlistClosed => "候补已截止",
        MessageKind::WaitlistLapsed => "候补已结束",
        MessageKind::ClassCancelled => "课程已取消",
        MessageKind::CreditExpiring => "补偿时长即将到期",
        MessageKind::MakeupExpiring => "补课资格即将到期",
        MessageKind::OfferExpired => "名额已失效",
        MessageKind::OfferWithdrawn => "名额已收回",
        MessageKind::MakeupExpired => "补课资格已到期",
        MessageKind::MakeupGranted => "可以补课了",
        MessageKind::CreditGranted => "补偿时长已到账",
        MessageKind::CreditExpired => "补偿时长已到期",
        MessageKind::BookedForYou => "已为你预约",
        MessageKind::StaffChange => "场馆更改了安排",
    }
}

/// What a kind says in a field of 20 characters.
const fn note(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::SpotAvailable => "请在截止前确认，逾期顺延下一位",
        MessageKind::ExpiryReminder => "名额即将失效，请尽快确认",
        MessageKind::WaitlistFront => "你已排到第一位，有名额会马上通知",
        MessageKind::WaitlistLeft => "已退出候补，名额将留给后面的家庭",
        MessageKind::WaitlistClosed => "候补已截止，本次没有等到名额",
        MessageKind::WaitlistLapsed => "缺课已另约补课或已过期，已退出候补",
        MessageKind::ClassCancelled => "本节课已由场馆取消，敬请谅解",
        MessageKind::CreditExpiring => "补偿时长即将到期，请尽快使用",
        MessageKind::MakeupExpiring => "补课资格即将到期，请尽快预约",
        MessageKind::OfferExpired => "没有及时确认，名额已失效",
        MessageKind::OfferWithdrawn => "要补的课已另补或已过期，名额已收回",
        MessageKind::MakeupExpired => "补课资格已到期",
        MessageKind::MakeupGranted => "可以补课了，请在到期前预约",
        MessageKind::CreditGranted => "补偿时长已到账，请在到期前使用",
        MessageKind::CreditExpired => "补偿时长已到期",
        MessageKind::BookedForYou => "已自动为你约好这节课",
        MessageKind::StaffChange => "场馆更改了你的安排，请查看",
    }
}

/// What staff did to a child's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChange {
    /// Took the child off a waitlist.
    TakenOff,
    /// Took an offered seat.
    OfferTaken,
    /// Let an offered seat go.
    OfferLetGo,
    /// Booked a class.
    Booked,
    /// Booked a makeup.
    MakeupBooked,
    /// Cancelled a booking.
    Cancelled,
    /// Cancelled a makeup.
    MakeupCancelled,
    /// Took leave.
    Leave,
}

impl StaffChange {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::TakenOff,
        Self::OfferTaken,
        Self::OfferLetGo,
        Self::Booked,
        Self::MakeupBooked,
        Self::Cancelled,
        Self::MakeupCancelled,
        Self::Leave,
    ];

    const fn note(self) -> &'static str {
        match self {
            Self::TakenOff => "场馆已为你退出候补",
            Self::OfferTaken => "场馆已为你确认名额，已约上这节课",
            Self::OfferLetGo => "场馆已为你放弃这次名额",
            Self::Booked => "场馆已为你约上这节课",
            Self::MakeupBooked => "场馆已为你约好补课",
            Self::Cancelled => "场馆已取消你的预约",
            Self::MakeupCancelled => "场馆已取消你的补课，缺的课可以另补",
            Self::Leave => "场馆已为你请假，可以补课",
        }
    }
}

/// A message, ready to be stored and sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What is said.
    pub kind: MessageKind,
    /// Where a tap leads in the mini-program.
    pub page: String,
    /// The template's fields.
    pub data: Data,
    /// The same in a few words.
    pub title: &'static str,
    /// The same in a sentence, for the app's lists.
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

/// What a booking leaves behind when its class is called off.
#[derive(Clone, Copy, Debug)]
pub enum Remedy {
    /// It can be made up in a class that starts by then.
    Makeup(DateTime<Tz>),
    /// It was a makeup: its missed class can be made up in another.
    AnotherMakeup,
    /// The credit that paid for it.
    CreditBack,
    /// Nothing by itself: the credit that paid for it has expired meanwhile.
    CreditExpired,
}

impl Message {
    /// 有名额了: answer until `deadline`.
    pub fn offer(about: About<'_>, deadline: DateTime<Tz>, entry: i64) -> Self {
        let About { course, child, start } = about;
        let (start, until) = (day_and_time(start), day_and_time(deadline));
        let text = format!("{child}候补的{course}（{start}）有名额了，请在 {until} 前确认");
        Self::to_answer(MessageKind::SpotAvailable, about, deadline, entry, text)
    }

    /// 名额即将失效: the offer that ends at `deadline` is still unanswered.
    pub fn reminder(about: About<'_>, deadline: DateTime<Tz>, entry: i64) -> Self {
        let About { course, child, start } = about;
        let (start, until) = (day_and_time(start), day_and_time(deadline));
        let text = format!("{child}候补的{course}（{start}）名额保留到 {until}，请尽快确认");
        Self::to_answer(MessageKind::ExpiryReminder, about, deadline, entry, text)
    }

    fn to_answer(
        kind: MessageKind,
        about: About<'_>,
        deadline: DateTime<Tz>,
        entry: i64,
        text: String,
    ) -> Self {
        let mut message = Self::update(kind, about, entry);
        message.data.0.push((Meaning::Deadline, full_time(deadline)));
        Self { text, ..message }
    }

    /// News about an entry, with nothing to answer.
    pub fn update(kind: MessageKind, about: About<'_>, entry: i64) -> Self {
        Self { page: page_of_entry(entry), ..Self::news(kind, about, note(kind)) }
    }

    /// The gym called off a class that was booked, which leaves its member something.
    pub fn booking_called_off(about: About<'_>, remedy: Remedy) -> Self {
        let kind = MessageKind::ClassCancelled;
        let mut message = Self::news(kind, about, note(kind));
        message.text += &match remedy {
            Remedy::Makeup(until) => format!("。可以在 {} 前补课", day_and_time(until)),
            Remedy::AnotherMakeup => "。缺的课可以另补".to_owned(),
            Remedy::CreditBack => "。补偿时长已退回".to_owned(),
            Remedy::CreditExpired => "。抵扣的补偿时长已过期，请联系场馆".to_owned(),
        };
        message
    }

    /// Staff changed a place: that of an entry, or that of a booking.
    pub fn staff_change(about: About<'_>, change: StaffChange, entry: Option<i64>) -> Self {
        let message = Self::news(MessageKind::StaffChange, about, change.note());
        Self { page: entry.map_or(message.page, page_of_entry), ..message }
    }

    /// `minutes` of class credit were granted, and can be spent before `until`.
    pub fn credit_granted(child: &str, minutes: i64, until: DateTime<Tz>) -> Self {
        let text = format!("{child}得到{minutes}分钟补偿时长，请在 {} 前使用", day_and_time(until));
        Self::credit(MessageKind::CreditGranted, child, minutes, until, text)
    }

    /// `minutes` of class credit can be spent before `until`, and no longer.
    pub fn credit_expiring(child: &str, minutes: i64, until: DateTime<Tz>) -> Self {
        let text = format!("{child}有{minutes}分钟补偿时长将于 {} 到期，请尽快使用", day_and_time(until));
        Self::credit(MessageKind::CreditExpiring, child, minutes, until, text)
    }

    /// `minutes` of class credit ran out at `at`.
    pub fn credit_expired(child: &str, minutes: i64, at: DateTime<Tz>) -> Self {
        let text = format!("{child}有{minutes}分钟补偿时长已于 {} 到期", day_and_time(at));
        Self::credit(MessageKind::CreditExpired, child, minutes, at, text)
    }

    fn credit(kind: MessageKind, child: &str, minutes: i64, until: DateTime<Tz>, text: String) -> Self {
        Self {
            kind,
            page: "pages/makeup/compensation".to_owned(),
            data: Data(vec![
                (Meaning::Course, format!("{minutes}分钟补偿时长")),
                (Meaning::Child, child.to_owned()),
                (Meaning::Deadline, full_time(until)),
                (Meaning::Note, note(kind).to_owned()),
            ]),
            title: title(kind),
            text,
        }
    }

    /// The missed class can be made up in one that starts by `until`.
    pub fn makeup_granted(about: About<'_>, until: DateTime<Tz>) -> Self {
        let About { course, child, start } = about;
        let (start, by) = (day_and_time(start), day_and_time(until));
        let text = format!("{child}缺的{course}（{start}）可以在 {by} 前补课");
        Self::makeup(MessageKind::MakeupGranted, about, until, text)
    }

    /// The gym lets a class be made up that gave no right, or for longer: in one that starts by `until`.
    pub fn makeup_given(about: About<'_>, until: DateTime<Tz>) -> Self {
        let About { course, child, start } = about;
        let (start, by) = (day_and_time(start), day_and_time(until));
        let text = format!("{child}的{course}（{start}）可以在 {by} 前补课");
        Self::makeup(MessageKind::MakeupGranted, about, until, text)
    }

    /// The missed class can be made up in one that starts by `until`, and no longer.
    pub fn makeup_expiring(about: About<'_>, until: DateTime<Tz>) -> Self {
        let About { course, child, start } = about;
        let (start, by) = (day_and_time(start), day_and_time(until));
        let text = format!("{child}缺的{course}（{start}）请在 {by} 前补课");
        Self::makeup(MessageKind::MakeupExpiring, about, until, text)
    }

    /// The missed class was not made up in one that started by `until`.
    pub fn makeup_expired(about: About<'_>, until: DateTime<Tz>) -> Self {
        let About { course, child, start } = about;
        let (start, at) = (day_and_time(start), day_and_time(until));
        let text = format!("{child}缺的{course}（{start}）没有补上，补课资格已于 {at} 到期");
        Self::makeup(MessageKind::MakeupExpired, about, until, text)
    }

    fn makeup(kind: MessageKind, about: About<'_>, until: DateTime<Tz>, text: String) -> Self {
        let mut message = Self::news(kind, about, note(kind));
        message.data.0.push((Meaning::Deadline, full_time(until)));
        Self { page: "pages/makeup/index".to_owned(), text, ..message }
    }

    fn news(kind: MessageKind, About { course, child, start }: About<'_>, note: &str) -> Self {
        Self {
            kind,
            page: "pages/bookings/index".to_owned(),
            data: Data(vec![
                (Meaning::Course, course.to_owned()),
                (Meaning::Child, child.to_owned()),
                (Meaning::StartsAt, full_time(start)),
                (Meaning::Note, note.to_owned()),
            ]),
            title: title(kind),
            text: format!("{child}的{course}（{}）：{note}", day_and_time(start)),
        }
    }
}

fn page_of_entry(entry: i64) -> String {
    format!("pages/waitlist/detail?id={entry}")
}

fn full_time(at: DateTime<Tz>) -> String {
    at.format("%Y年%-m月%-d日 %H:%M").to_string()
}

/// `3月4日 周三 18:00`: whoever reads it may read it on another day.
fn day_and_time(at: DateTime<Tz>) -> String {
    let weekday = match at.weekday() {
        chrono::Weekday::Mon => "周一",
        chrono::Weekday::Tue => "周二",
        chrono::Weekday::Wed => "周三",
        chrono::Weekday::Thu => "周四",
        chrono::Weekday::Fri => "周五",
        chrono::Weekday::Sat => "周六",
        chrono::Weekday::Sun => "周日",
    };
    format!("{} {weekday} {}", at.format("%-m月%-d日"), at.format("%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wechat::fields::{THING_LIMIT, cut};
    use crate::wechat::templates::Templates;
    use chrono::TimeZone;
    use serde_json::json;

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
            Message::booking_called_off(about, Remedy::Makeup(at(11))),
            Message::credit_granted(child, 1440, at(11)),
            Message::credit_expiring(child, 1440, at(11)),
            Message::makeup_expiring(about, at(11)),
            Message::makeup_granted(about, at(11)),
            Message::makeup_given(about, at(11)),
            Message::makeup_expired(about, at(11)),
            Message::credit_expired(child, 1440, at(11)),
        ];
        messages.extend(MessageKind::ALL.iter().map(|kind| Message::update(*kind, about, 7)));
        messages.extend(StaffChange::ALL.map(|change| Message::staff_change(about, change, None)));
        messages
    }

    #[test]
    fn every_field_keeps_within_wechats_limits() {
        let renamed = Templates::read(
            br#"{"spot_available": {"id": "T", "fields": {"course": "thing8", "child": "name9", "deadline": "date2"}}}"#,
        )
        .unwrap();
        for text in [
            "少儿体操进阶提高训练营周末加强冲刺班（含器械）",
            "🤸🤸🤸🤸🤸🤸🤸🤸🤸🤸🤸🤸",
            "",
            " \n",
            "体\n操",
        ] {
            for message in messages(text, text) {
                for fields in [
                    message.data.under_own_names(),
                    renamed.fields(MessageKind::SpotAvailable, &message.data),
                ] {
                    for (field, value) in fields.as_object().unwrap() {
                        let said = value["value"].as_str().unwrap();
                        let limit = match field.trim_end_matches(|c: char| c.is_ascii_digit()) {
                            "thing" => 20,
                            "name" => 20,
                            "time" | "date" => 17,
                            other => panic!("no limit is known for {other}"),
                        };
                        assert!((1..=limit).contains(&said.encode_utf16().count()), "{field}: {said}");
                        assert!(!said.contains(char::is_control), "{field}: {said}");
                    }
                }
            }
        }
    }

    #[test]
    fn notes_fit_uncut() {
        let notes = MessageKind::ALL.iter().map(|kind| note(*kind));
        for note in notes.chain(StaffChange::ALL.map(StaffChange::note)) {
            assert_eq!(cut(note, THING_LIMIT), note);
        }
    }

    #[test]
    fn a_staff_change_says_who_did_it() {
        for change in StaffChange::ALL {
            let message = Message::staff_change(about("体操", "小满"), change, Some(7));
            assert!(message.text.contains("场馆") && message.text.contains('你'), "{}", message.text);
            assert_eq!(message.page, "pages/waitlist/detail?id=7");
        }
    }

    #[test]
    fn a_template_gives_its_own_names_to_the_fields_that_it_has() {
        let templates = Templates::read(
            br#"{"spot_available": {"id": "T", "fields": {"course": "thing8", "deadline": "date2"}}}"#,
        )
        .unwrap();
        let fields = templates
            .fields(MessageKind::SpotAvailable, &Message::offer(about("体操", "小满"), at(11), 7).data);
        let wanted = json!({ "thing8": { "value": "体操" }, "date2": { "value": "2026年3月2日 11:05" } });
        assert_eq!(fields, wanted);
    }

    #[test]
    fn times_are_read_as_parents_say_them() {
        let message = Message::offer(about("体操", "小满"), at(11), 7);
        assert_eq!(message.data.under_own_names()["time3"]["value"], "2026年3月2日 18:05");
        assert_eq!(
            message.text,
            "小满候补的体操（3月2日 周一 18:05）有名额了，请在 3月2日 周一 11:05 前确认"
        );
        assert_eq!(message.page, "pages/waitlist/detail?id=7");
        let reminder = Message::reminder(about("体操", "小满"), at(11), 7);
        assert_eq!(
            reminder.text,
            "小满候补的体操（3月2日 周一 18:05）名额保留到 3月2日 周一 11:05，请尽快确认"
        );
        assert_eq!(reminder.data.under_own_names()["time4"]["value"], "2026年3月2日 11:05");
    }
}
