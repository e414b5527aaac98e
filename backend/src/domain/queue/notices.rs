//! What members are told about their entries: a notification row, and a message in the outbox, written in the
//! transaction of what they tell of.

use super::load::Locked;
use super::store::inserted;
use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::wechat::message::{Message, Template};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::ProfileId;
use logic::status::{NotificationStatus, NotificationType};

/// Who is told, and of which class.
#[derive(sqlx::FromRow)]
struct Told {
    account_id: i64,
    openid: String,
    profile_id: i64,
    profile_name: String,
    course_name: String,
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

/// An offer: 名额可预约, until its deadline.
#[allow(clippy::too_many_arguments, reason = "the fields of one event and where it happened")]
pub(super) async fn offer(
    conn: &mut Conn,
    locked: &Locked,
    entry: i64,
    profile: ProfileId,
    round: u32,
    deadline: Instant,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, entry).await?;
    debug_assert_eq!(told.profile_id, profile.0, "an entry belongs to its profile");
    let message = Message::offer(
        &told.course_name,
        &told.profile_name,
        app.local(locked.row.start),
        app.local(deadline),
        entry,
    );
    let notice = Notice {
        entry,
        round,
        kind: NotificationType::SpotAvailable,
        status: NotificationStatus::Sent,
        deadline: Some(deadline),
    };
    let notification = insert(conn, &told, &notice, &message, now).await?;
    sqlx::query("INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) VALUES (?, ?)")
        .bind(notification)
        .bind(DateTime::<Utc>::from(now))
        .execute(&mut *conn)
        .await?;
    post(conn, &told, entry, notification, &message, now, deadline).await
}

/// A cancel notice: the entry left the queue.
pub(super) async fn left(
    conn: &mut Conn,
    locked: &Locked,
    entry: i64,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, entry).await?;
    let message = Message::update(
        Template::Left,
        &told.course_name,
        &told.profile_name,
        app.local(locked.row.start),
        entry,
    );
    update(conn, &told, entry, &message, now, locked.row.start).await
}

/// The list closed while the entry waited, or its class was called off.
pub(super) async fn ended(
    conn: &mut Conn,
    locked: &Locked,
    entry: i64,
    template: Template,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let told = told(conn, locked, entry).await?;
    let message =
        Message::update(template, &told.course_name, &told.profile_name, app.local(locked.row.start), entry);
    update(conn, &told, entry, &message, now, locked.row.start).await
}

/// A `queue_update`: nothing to answer, worth telling until `until`.
async fn update(
    conn: &mut Conn,
    told: &Told,
    entry: i64,
    message: &Message,
    now: Instant,
    until: Instant,
) -> Result<(), AppError> {
    let notice = Notice {
        entry,
        round: 1,
        kind: NotificationType::QueueUpdate,
        status: NotificationStatus::Sent,
        deadline: None,
    };
    let notification = insert(conn, told, &notice, message, now).await?;
    post(conn, told, entry, notification, message, now, until).await
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
    let message =
        Message::booking_called_off(&told.course_name, &told.profile_name, app.local(locked.row.start));
    let until = DateTime::<Utc>::from(locked.row.start);
    let at = DateTime::<Utc>::from(now);
    sqlx::query(
        "INSERT INTO outbox (account_id, openid, template, page, data, created_at, not_before, give_up_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(told.account_id)
    .bind(&told.openid)
    .bind(message.template.key())
    .bind(&message.page)
    .bind(message.data.to_string())
    .bind(at)
    .bind(at)
    .bind(until)
    .execute(conn)
    .await?;
    Ok(())
}

struct Notice {
    entry: i64,
    round: u32,
    kind: NotificationType,
    status: NotificationStatus,
    deadline: Option<Instant>,
}

async fn insert(
    conn: &mut Conn,
    told: &Told,
    notice: &Notice,
    message: &Message,
    now: Instant,
) -> Result<i64, AppError> {
    let done = sqlx::query(
        "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_type, notification_round, \
         sent_time, response_deadline, status, message_content, notification_data) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(notice.entry)
    .bind(told.profile_id)
    .bind(notice.kind.as_str())
    .bind(notice.round)
    .bind(DateTime::<Utc>::from(now))
    .bind(notice.deadline.map(DateTime::<Utc>::from))
    .bind(notice.status.as_str())
    .bind(&message.text)
    .bind(message.data.to_string())
    .execute(conn)
    .await?;
    inserted(done.last_insert_id())
}

async fn post(
    conn: &mut Conn,
    told: &Told,
    entry: i64,
    notification: i64,
    message: &Message,
    now: Instant,
    until: Instant,
) -> Result<(), AppError> {
    let at = DateTime::<Utc>::from(now);
    sqlx::query(
        "INSERT INTO outbox (account_id, openid, template, page, data, waitlist_id, notification_id, created_at, \
         not_before, give_up_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(told.account_id)
    .bind(&told.openid)
    .bind(message.template.key())
    .bind(&message.page)
    .bind(message.data.to_string())
    .bind(entry)
    .bind(notification)
    .bind(at)
    .bind(at)
    .bind(DateTime::<Utc>::from(until))
    .execute(conn)
    .await?;
    Ok(())
}
