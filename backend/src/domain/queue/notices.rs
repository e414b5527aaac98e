//! What members are told about their entries: a notification row, and a message in the outbox, written in the
//! transaction of what they tell of. The recorder takes a message at commit: its row is written as sent.

use super::load::{Locked, utc_offset};
use super::store::inserted;
use crate::App;
use crate::db::Conn;
use crate::domain::subscriptions;
use crate::error::AppError;
use crate::wechat::message::{About, Message, Template};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use logic::ids::ProfileId;
use logic::status::{Delivery, NotificationStatus, NotificationType};
use logic::{Instant, deadline};

/// Who is told, and of which class.
#[derive(sqlx::FromRow)]
struct Told {
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

async fn told(conn: &mut Conn, locked: &Locked, entry: i64) -> Result<Told, AppError> {
    sqlx::query_as(
        "SELECT a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, c.name AS course_name \
         FROM waitlist w JOIN profile p ON p.id = w.profile_id JOIN account a ON a.id = p.account_id \
         JOIN course_schedule s ON s.id = w.course_schedule_id JOIN course c ON c.id = s.course_id \
         WHERE w.id = ? AND w.session_id = ?",
    )
    .bind(entry)
    .bind(locked.row.id)
    .fetch_optional(conn)
    .await?
    .ok_or_else(|| AppError::Internal(anyhow!("entry {entry} has nobody to tell")))
}

/// An offer that can be answered: which entry's, the how-manyth, until when.
pub(super) struct Offered {
    pub(super) entry: i64,
    pub(super) round: u32,
    pub(super) deadline: Instant,
}

/// An offer: 名额可预约, until its deadline.
pub(super) async fn offer(
    conn: &mut Conn,
    locked: &Locked,
    offered: &Offered,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, offered.entry).await?;
    let message = Message::offer(told.about(locked, app), app.local(offered.deadline), offered.entry);
    let notification =
        to_answer(conn, &told, offered, NotificationType::SpotAvailable, &message, now, app).await?;
    sqlx::query("INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) VALUES (?, ?)")
        .bind(notification)
        .bind(DateTime::<Utc>::from(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// The offer is about to run out.
pub(super) async fn reminder(
    conn: &mut Conn,
    locked: &Locked,
    offered: &Offered,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, offered.entry).await?;
    let message = Message::reminder(told.about(locked, app), app.local(offered.deadline), offered.entry);
    to_answer(conn, &told, offered, NotificationType::ExpiryReminder, &message, now, app).await?;
    Ok(())
}

async fn to_answer(
    conn: &mut Conn,
    told: &Told,
    offered: &Offered,
    kind: NotificationType,
    message: &Message,
    now: Instant,
    app: &App,
) -> Result<i64, AppError> {
    let notice =
        Notice { entry: offered.entry, round: offered.round, kind, deadline: Some(offered.deadline) };
    let notification = insert(conn, told, &notice, message, now, app).await?;
    let post = Post { about: Some((offered.entry, notification)), not_before: now, until: offered.deadline };
    send(conn, told, &post, message, now, app).await?;
    Ok(notification)
}

/// News of an entry, with nothing to answer. What the member did itself is confirmed at once; other news waits for
/// the end of the quiet hours.
pub(super) async fn news(
    conn: &mut Conn,
    locked: &Locked,
    entry: i64,
    template: Template,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, entry).await?;
    let message = Message::update(template, told.about(locked, app), entry);
    let notice = Notice { entry, round: 1, kind: NotificationType::QueueUpdate, deadline: None };
    let notification = insert(conn, &told, &notice, &message, now, app).await?;
    let until = locked.row.start;
    let not_before = match template {
        Template::Left => now,
        _ => deadline::news_at(now, until, locked.state.utc_offset, &app.policy),
    };
    let post = Post { about: Some((entry, notification)), not_before, until };
    send(conn, &told, &post, &message, now, app).await
}

/// Tells the account of a booking that the gym called its class off. There is no entry to hang it on.
pub(super) async fn booking_called_off(
    conn: &mut Conn,
    locked: &Locked,
    booking: i64,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told: Told = sqlx::query_as(
        "SELECT a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, c.name AS course_name \
         FROM booking b JOIN profile p ON p.id = b.profile_id JOIN account a ON a.id = p.account_id \
         JOIN course_schedule s ON s.id = b.course_schedule_id JOIN course c ON c.id = s.course_id WHERE b.id = ?",
    )
    .bind(booking)
    .fetch_one(&mut *conn)
    .await?;
    let message = Message::booking_called_off(told.about(locked, app));
    let until = locked.row.start;
    let not_before = deadline::news_at(now, until, locked.state.utc_offset, &app.policy);
    send(conn, &told, &Post { about: None, not_before, until }, &message, now, app).await
}

/// Tells a profile's account something that no class's queue is about, worth knowing until `until`.
///
/// # Errors
/// The database's.
pub(in crate::domain) async fn tell(
    conn: &mut Conn,
    profile: ProfileId,
    message: &Message,
    until: Instant,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told: Told = sqlx::query_as(
        "SELECT a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, '' AS course_name \
         FROM profile p JOIN account a ON a.id = p.account_id WHERE p.id = ?",
    )
    .bind(profile.0)
    .fetch_one(&mut *conn)
    .await?;
    let not_before = deadline::news_at(now, until, utc_offset(app.zone, now.into()), &app.policy);
    send(conn, &told, &Post { about: None, not_before, until }, message, now, app).await
}

struct Notice {
    entry: i64,
    round: u32,
    kind: NotificationType,
    deadline: Option<Instant>,
}

async fn insert(
    conn: &mut Conn,
    told: &Told,
    notice: &Notice,
    message: &Message,
    now: Instant,
    app: &App,
) -> Result<i64, AppError> {
    let delivery = if app.messenger.is_recorder() { Delivery::Delivered } else { Delivery::Pending };
    let done = sqlx::query(
        "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_type, notification_round, \
         sent_time, response_deadline, status, delivery, message_content, notification_data) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(notice.entry)
    .bind(told.profile_id)
    .bind(notice.kind.as_str())
    .bind(notice.round)
    .bind(DateTime::<Utc>::from(now))
    .bind(notice.deadline.map(DateTime::<Utc>::from))
    .bind(NotificationStatus::Sent.as_str())
    .bind(delivery.as_str())
    .bind(&message.text)
    .bind(message.data.under_own_names().to_string())
    .execute(conn)
    .await?;
    inserted(done.last_insert_id())
}

/// When a message goes out, and what it belongs to.
struct Post {
    /// Its entry and its notification.
    about: Option<(i64, i64)>,
    /// Not sent before this.
    not_before: Instant,
    /// Of no use after this.
    until: Instant,
}

async fn send(
    conn: &mut Conn,
    told: &Told,
    post: &Post,
    message: &Message,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let taken = app.messenger.is_recorder();
    let at = DateTime::<Utc>::from(now);
    sqlx::query(
        "INSERT INTO outbox (account_id, openid, template, page, data, waitlist_id, notification_id, created_at, \
         not_before, give_up_at, status, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(told.account_id)
    .bind(&told.openid)
    .bind(message.template.key())
    .bind(&message.page)
    .bind(app.messenger.fields(message.template, &message.data).to_string())
    .bind(post.about.map(|(entry, _)| entry))
    .bind(post.about.map(|(_, notification)| notification))
    .bind(at)
    .bind(DateTime::<Utc>::from(post.not_before))
    .bind(DateTime::<Utc>::from(post.until))
    .bind(if taken { "sent" } else { "pending" })
    .bind(taken.then_some(at))
    .execute(&mut *conn)
    .await?;
    match app.messenger.template_id(message.template.key()) {
        Some(template) if taken => subscriptions::spend(conn, told.account_id, template).await,
        _ => Ok(()),
    }
}
