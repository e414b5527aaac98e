//! Messages to members, as their owners see them.

use super::access;
use super::queue::{count, word};
use super::waitlist::{session_of, settle_all, settle_own};
use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::list::{Cursor, ListQuery};
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::api::{Counts, EntryNotifications, Flow, Notification, Page};
use logic::ids::{NotificationId, ProfileId, WaitlistId};
use logic::status::{Delivery, NotificationStatus, NotificationType, Reason};

/// `GET /waitlist/{id}/notifications`: what an entry's owner was told, for them or the staff.
///
/// # Errors
/// `not_found`.
pub async fn of_entry(
    app: &App,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<EntryNotifications, AppError> {
    /// An entry that is joined and left again and again has no end of them.
    const SHOWN: u32 = 100;
    let session = session_of(app, caller, id).await?;
    let due: Option<DateTime<Utc>> =
        sqlx::query_scalar("SELECT offers_due_at FROM class_session WHERE id = ?")
            .bind(session)
            .fetch_one(&app.pool)
            .await?;
    if due.is_some_and(|due| Instant::from(due) < now) {
        settle_all(app, vec![session], now).await?;
    }
    let rows: Vec<Row> = sqlx::query_as(notification_select!(
        "WHERE n.waitlist_id = ? ORDER BY n.sent_time DESC, n.id DESC LIMIT ?"
    ))
    .bind(id.0)
    .bind(SHOWN)
    .fetch_all(&app.pool)
    .await?;
    let by_status: Vec<(String, i64)> = sqlx::query_as(
        "SELECT status, COUNT(*) FROM waitlist_notification WHERE waitlist_id = ? GROUP BY status",
    )
    .bind(id.0)
    .fetch_all(&app.pool)
    .await?;
    let of = |status: NotificationStatus| {
        let found = by_status.iter().find(|(word, _)| word == status.as_str());
        found.map_or(0, |(_, rows)| u32::try_from(*rows).unwrap_or(u32::MAX))
    };
    Ok(EntryNotifications {
        items: rows.iter().map(Row::notification).collect::<Result<_, _>>()?,
        counts: Counts {
            sent: of(NotificationStatus::Sent),
            responded: of(NotificationStatus::Responded),
            expired: of(NotificationStatus::Expired),
            cancelled: of(NotificationStatus::Cancelled),
        },
    })
}

/// `GET /notifications/my`: what the caller was told, newest first.
///
/// # Errors
/// `not_found` for a profile that is not the caller's.
pub async fn my(
    app: &App,
    caller: &Caller,
    profile: Option<ProfileId>,
    list: &ListQuery,
    now: Instant,
) -> Result<Page<Notification>, AppError> {
    if let Some(profile) = profile {
        let mut conn = app.pool.acquire().await?;
        caller.require_profile(&mut conn, profile).await?;
    }
    settle_own(app, caller, profile, now).await?;
    let mut rows = page(app, caller, profile, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.sent_time.into(), row.id));
    Ok(Page { items: rows.iter().map(Row::notification).collect::<Result<_, _>>()?, next_cursor })
}

/// One row more than the page holds, so that the caller sees whether there is a next one.
async fn page(
    app: &App,
    caller: &Caller,
    profile: Option<ProfileId>,
    list: &ListQuery,
) -> Result<Vec<Row>, AppError> {
    let account = access::only_own(caller, profile);
    let before = list.cursor.as_ref().map(|cursor| (DateTime::<Utc>::from(cursor.at), cursor.id));
    Ok(sqlx::query_as(notification_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR n.profile_id = ?) \
         AND (? IS NULL OR n.sent_time < ? OR (n.sent_time = ? AND n.id < ?)) \
         ORDER BY n.sent_time DESC, n.id DESC LIMIT ?"
    ))
    .bind(account)
    .bind(account)
    .bind(profile.map(|profile| profile.0))
    .bind(profile.map(|profile| profile.0))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(_, id)| id))
    .bind(list.fetch())
    .fetch_all(&app.pool)
    .await?)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    waitlist_id: i64,
    notification_type: String,
    notification_round: i32,
    sent_time: DateTime<Utc>,
    response_deadline: Option<DateTime<Utc>>,
    response_time: Option<DateTime<Utc>>,
    status: String,
    delivery: String,
    message_content: Option<String>,
    flow_start_time: Option<DateTime<Utc>>,
    flow_completion_time: Option<DateTime<Utc>>,
    expiration_reason: Option<String>,
}

/// The columns of [`Row`].
macro_rules! notification_select {
    ($where:literal) => {
        concat!(
            "SELECT n.id, n.waitlist_id, n.notification_type, n.notification_round, n.sent_time, ",
            "n.response_deadline, n.response_time, n.status, n.delivery, n.message_content, f.flow_start_time, ",
            "f.flow_completion_time, f.expiration_reason ",
            "FROM waitlist_notification n JOIN profile p ON p.id = n.profile_id ",
            "LEFT JOIN waitlist_flow f ON f.waitlist_notification_id = n.id ",
            $where
        )
    };
}
use notification_select;

impl Row {
    fn notification(&self) -> Result<Notification, AppError> {
        let kind = &self.notification_type;
        let reason = self.expiration_reason.as_deref();
        let reason = reason
            .map(|text| word(Reason::parse(text), "waitlist_flow.expiration_reason", text))
            .transpose()?;
        Ok(Notification {
            id: NotificationId(self.id),
            waitlist_id: WaitlistId(self.waitlist_id),
            notification_type: word(
                NotificationType::parse(kind),
                "waitlist_notification.notification_type",
                kind,
            )?,
            notification_round: count(self.notification_round),
            sent_time: self.sent_time.into(),
            response_deadline: self.response_deadline.map(Instant::from),
            response_time: self.response_time.map(Instant::from),
            status: word(
                NotificationStatus::parse(&self.status),
                "waitlist_notification.status",
                &self.status,
            )?,
            delivery: word(
                Delivery::parse(&self.delivery),
                "waitlist_notification.delivery",
                &self.delivery,
            )?,
            message_content: self.message_content.clone().unwrap_or_default(),
            flow: self.flow_start_time.map(|start| Flow {
                flow_start_time: start.into(),
                flow_completion_time: self.flow_completion_time.map(Instant::from),
                expiration_reason: reason,
            }),
        })
    }
}
