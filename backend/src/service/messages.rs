//! What members are told about their entries: a notification row, and a message in the outbox, written in the
//! transaction of what they tell of. The recorder takes a message at commit: its row is written as sent.

use super::queue::{Locked, inserted, utc_offset};
use crate::App;
use crate::db::Conn;
use crate::db::many::{pieces, push_ids};
use crate::error::AppError;
use crate::service::subscriptions;
use crate::wechat::message::{About, Message, Template};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use logic::ids::ProfileId;
use logic::status::{Delivery, NotificationStatus, NotificationType};
use logic::{Instant, deadline};
use sqlx::{MySql, QueryBuilder};
use std::collections::HashMap;

/// Who is told, and of which class.
#[derive(sqlx::FromRow)]
struct Told {
    /// The entry or the booking that they are told about.
    about: i64,
    account_id: i64,
    openid: String,
    profile_id: i64,
    profile_name: String,
    course_name: String,
}

impl Told {
    fn about<'a>(&'a self, locked: &Locked, app: &App) -> About<'a> {
        About { course: &self.course_name, child: &self.profile_name, start: app.local(locked.row.start) }
    }
}

/// Who is told about these rows of `table` (`waitlist` or `booking`), in the rows' order.
async fn told(
    conn: &mut Conn,
    locked: &Locked,
    table: &'static str,
    ids: &[i64],
) -> Result<Vec<Told>, AppError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = QueryBuilder::<MySql>::new(
        "SELECT t.id AS about, a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, \
         c.name AS course_name FROM ",
    );
    select.push(table).push(
        " t JOIN profile p ON p.id = t.profile_id JOIN account a ON a.id = p.account_id \
         JOIN course_schedule s ON s.id = t.course_schedule_id JOIN course c ON c.id = s.course_id \
         WHERE t.session_id = ",
    );
    select.push_bind(locked.row.id).push(" AND t.id IN ");
    push_ids(&mut select, ids);
    let rows: Vec<Told> = select.build_query_as().fetch_all(conn).await?;
    let mut by_id: HashMap<i64, Told> = rows.into_iter().map(|told| (told.about, told)).collect();
    let in_order = ids.iter().map(|id| {
        by_id.remove(id).ok_or_else(|| AppError::Internal(anyhow!("{table} {id} has nobody to tell")))
    });
    in_order.collect()
}

/// An offer that can be answered: which entry's, the how-manyth, until when.
pub(in crate::service) struct Offered {
    pub(in crate::service) entry: i64,
    pub(in crate::service) round: u32,
    pub(in crate::service) deadline: Instant,
}

/// Offers: 名额可预约, each until its deadline.
pub(in crate::service) async fn offers(
    conn: &mut Conn,
    locked: &Locked,
    offered: &[Offered],
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let notifications = to_answer(conn, locked, offered, NotificationType::SpotAvailable, now, app).await?;
    for rows in pieces(&notifications) {
        let mut insert = QueryBuilder::<MySql>::new(
            "INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) ",
        );
        insert.push_values(rows, |mut row, notification| {
            row.push_bind(*notification).push_bind(DateTime::<Utc>::from(now));
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// What an open offer says of itself once its deadline has been moved.
pub(in crate::service) async fn moved_offer(
    conn: &mut Conn,
    locked: &Locked,
    entry: i64,
    deadline: Instant,
    app: &App,
) -> Result<Option<String>, AppError> {
    let told = told(conn, locked, "waitlist", &[entry]).await?;
    let offer = |told: &Told| Message::offer(told.about(locked, app), app.local(deadline), entry);
    Ok(told.first().map(|told| offer(told).text))
}

#[derive(sqlx::FromRow)]
struct OpenOffer {
    course_name: String,
    profile_name: String,
    starts_at: DateTime<Utc>,
    response_deadline: Option<DateTime<Utc>>,
}

/// An open offer as it has to be put if WeChat takes it at `accepted_at`, after an attempt that failed (RULES §2).
/// `None` if the entry is gone, or has no offer.
///
/// # Errors
/// The database's.
pub(in crate::service) async fn late_offer(
    conn: &mut Conn,
    entry: i64,
    accepted_at: Instant,
    app: &App,
) -> Result<Option<Message>, AppError> {
    let row: Option<OpenOffer> = sqlx::query_as(
        "SELECT c.name AS course_name, p.name AS profile_name, s.starts_at, w.response_deadline FROM waitlist w \
         JOIN profile p ON p.id = w.profile_id JOIN class_session s ON s.id = w.session_id \
         JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id WHERE w.id = ?",
    )
    .bind(entry)
    .fetch_optional(conn)
    .await?;
    let Some(OpenOffer { course_name, profile_name, starts_at, response_deadline: Some(deadline) }) = row
    else {
        return Ok(None);
    };
    let start = Instant::from(starts_at);
    let about = About { course: &course_name, child: &profile_name, start: app.local(start) };
    let until = deadline::deadline_after_late_delivery(accepted_at, deadline.into(), start, &app.policy);
    Ok(Some(Message::offer(about, app.local(until), entry)))
}

/// The offer is about to run out.
pub(in crate::service) async fn reminder(
    conn: &mut Conn,
    locked: &Locked,
    offered: Offered,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    to_answer(conn, locked, &[offered], NotificationType::ExpiryReminder, now, app).await?;
    Ok(())
}

async fn to_answer(
    conn: &mut Conn,
    locked: &Locked,
    offered: &[Offered],
    kind: NotificationType,
    now: Instant,
    app: &App,
) -> Result<Vec<i64>, AppError> {
    let entries: Vec<i64> = offered.iter().map(|offered| offered.entry).collect();
    let told = told(conn, locked, "waitlist", &entries).await?;
    let letters = told.into_iter().zip(offered).map(|(told, offered)| {
        let until = app.local(offered.deadline);
        let message = match kind {
            NotificationType::ExpiryReminder => {
                Message::reminder(told.about(locked, app), until, offered.entry)
            }
            _ => Message::offer(told.about(locked, app), until, offered.entry),
        };
        Letter { told, message, not_before: now, until: offered.deadline }
    });
    let letters: Vec<Letter> = letters.collect();
    let notices = letters.iter().zip(offered).map(|(letter, offered)| Notice {
        letter,
        round: offered.round,
        kind,
        deadline: Some(offered.deadline),
    });
    let notifications = insert(conn, &notices.collect::<Vec<_>>(), now, app).await?;
    send(conn, &letters, &notifications, now, app).await?;
    Ok(notifications)
}

/// News of entries, with nothing to answer. What the member did itself is confirmed at once; other news waits for
/// the end of the quiet hours.
pub(in crate::service) async fn news(
    conn: &mut Conn,
    locked: &Locked,
    entries: &[i64],
    template: Template,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let until = locked.row.start;
    let not_before = match template {
        Template::Left => now,
        _ => deadline::informational_message_at(now, until, locked.state.utc_offset, &app.policy),
    };
    let told = told(conn, locked, "waitlist", entries).await?;
    let letters = told.into_iter().map(|told| {
        let message = Message::update(template, told.about(locked, app), told.about);
        Letter { told, message, not_before, until }
    });
    let letters: Vec<Letter> = letters.collect();
    let kind = NotificationType::QueueUpdate;
    let notices = letters.iter().map(|letter| Notice { letter, round: 1, kind, deadline: None });
    let notifications = insert(conn, &notices.collect::<Vec<_>>(), now, app).await?;
    send(conn, &letters, &notifications, now, app).await
}

/// Tells the accounts of bookings that the gym called their class off. There is no entry to hang it on.
pub(in crate::service) async fn bookings_called_off(
    conn: &mut Conn,
    locked: &Locked,
    bookings: &[i64],
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let until = locked.row.start;
    let not_before = deadline::informational_message_at(now, until, locked.state.utc_offset, &app.policy);
    let told = told(conn, locked, "booking", bookings).await?;
    let letters = told.into_iter().map(|told| {
        let message = Message::booking_called_off(told.about(locked, app));
        Letter { told, message, not_before, until }
    });
    send(conn, &letters.collect::<Vec<_>>(), &[], now, app).await
}

/// Tells a profile's account something that no class's queue is about, worth knowing until `until`.
///
/// # Errors
/// The database's.
pub(in crate::service) async fn tell(
    conn: &mut Conn,
    profile: ProfileId,
    message: Message,
    until: Instant,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told: Told = sqlx::query_as(
        "SELECT p.id AS about, a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, \
         '' AS course_name FROM profile p JOIN account a ON a.id = p.account_id WHERE p.id = ?",
    )
    .bind(profile.0)
    .fetch_one(&mut *conn)
    .await?;
    let not_before =
        deadline::informational_message_at(now, until, utc_offset(app.zone, now.into()), &app.policy);
    send(conn, &[Letter { told, message, not_before, until }], &[], now, app).await
}

/// A message on its way.
struct Letter {
    told: Told,
    message: Message,
    /// Not sent before this.
    not_before: Instant,
    /// Of no use after this.
    until: Instant,
}

/// What an entry's list of notifications shows of a letter.
struct Notice<'a> {
    letter: &'a Letter,
    round: u32,
    kind: NotificationType,
    deadline: Option<Instant>,
}

/// Writes the rows of notices to different entries, and answers their ids.
async fn insert(
    conn: &mut Conn,
    notices: &[Notice<'_>],
    now: Instant,
    app: &App,
) -> Result<Vec<i64>, AppError> {
    let delivery = if app.messenger.is_recorder() { Delivery::Delivered } else { Delivery::Pending };
    let at = DateTime::<Utc>::from(now);
    for rows in pieces(notices) {
        let mut insert = QueryBuilder::<MySql>::new(
            "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_type, notification_round, \
             sent_time, response_deadline, status, delivery, message_content, notification_data) ",
        );
        insert.push_values(rows, |mut row, notice| {
            let Letter { told, message, .. } = notice.letter;
            row.push_bind(told.about)
                .push_bind(told.profile_id)
                .push_bind(notice.kind.as_str())
                .push_bind(notice.round)
                .push_bind(at)
                .push_bind(notice.deadline.map(DateTime::<Utc>::from))
                .push_bind(NotificationStatus::Sent.as_str())
                .push_bind(delivery.as_str())
                .push_bind(message.text.clone())
                .push_bind(message.data.under_own_names().to_string());
        });
        let done = insert.build().execute(&mut *conn).await?;
        if notices.len() == 1 {
            return Ok(vec![inserted(done.last_insert_id())?]);
        }
    }
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    // Not by counting on from the first id: not every server hands out neighbours. What was written before has its
    // message in the outbox already.
    let entries: Vec<i64> = notices.iter().map(|notice| notice.letter.told.about).collect();
    let mut select = QueryBuilder::<MySql>::new(
        "SELECT n.waitlist_id, n.id FROM waitlist_notification n \
         LEFT JOIN outbox o ON o.notification_id = n.id WHERE o.id IS NULL AND n.sent_time = ",
    );
    select.push_bind(at).push(" AND n.waitlist_id IN ");
    push_ids(&mut select, &entries);
    let ids: HashMap<i64, i64> = select.build_query_as().fetch_all(conn).await?.into_iter().collect();
    let in_order = entries.iter().map(|entry| {
        let lost = || AppError::Internal(anyhow!("the notification of entry {entry} was not written"));
        ids.get(entry).copied().ok_or_else(lost)
    });
    in_order.collect()
}

/// Puts the letters into the outbox: each about its entry and one of `notifications`, or about neither.
async fn send(
    conn: &mut Conn,
    letters: &[Letter],
    notifications: &[i64],
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let taken = app.messenger.is_recorder();
    let at = DateTime::<Utc>::from(now);
    let about = |letter: &Letter, index: usize| {
        notifications.get(index).map(|notification| (letter.told.about, *notification))
    };
    let posts: Vec<_> =
        letters.iter().enumerate().map(|(index, letter)| (letter, about(letter, index))).collect();
    for rows in pieces(&posts) {
        let mut insert = QueryBuilder::<MySql>::new(
            "INSERT INTO outbox (account_id, openid, template, page, data, waitlist_id, notification_id, \
             created_at, not_before, give_up_at, status, sent_at) ",
        );
        insert.push_values(rows, |mut row, (letter, about)| {
            let Letter { told, message, not_before, until } = letter;
            row.push_bind(told.account_id)
                .push_bind(told.openid.clone())
                .push_bind(message.template.key())
                .push_bind(message.page.clone())
                .push_bind(app.messenger.fields(message.template, &message.data).to_string())
                .push_bind(about.map(|(entry, _)| entry))
                .push_bind(about.map(|(_, notification)| notification))
                .push_bind(at)
                .push_bind(DateTime::<Utc>::from(*not_before))
                .push_bind(DateTime::<Utc>::from(*until))
                .push_bind(if taken { "sent" } else { "pending" })
                .push_bind(taken.then_some(at));
        });
        insert.build().execute(&mut *conn).await?;
    }
    if taken {
        for letter in letters {
            if let Some(template) = app.messenger.template_id(letter.message.template.key()) {
                subscriptions::spend(conn, letter.told.account_id, template).await?;
            }
        }
    }
    Ok(())
}
