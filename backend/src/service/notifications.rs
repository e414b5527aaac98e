//! Messages to members, as their owners see them.

use super::access::Scope;
use super::places::Places;
use super::queue::{count, word};
use crate::App;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use chrono::{DateTime, Utc};
use contract::shapes::{Counts, EntryNotifications, Flow, Notification, Page};
use logic::Instant;
use logic::ids::{NotificationId, WaitlistId};
use logic::status::{Delivery, NotificationStatus, NotificationType, Reason};

/// `GET /waitlist/{id}/notifications`: what the owner of an entry that the caller was seen to see was told, once its
/// version was taken, which settles.
///
/// # Errors
/// The database's.
pub async fn of_entry(app: &App, id: WaitlistId) -> Result<EntryNotifications, AppError> {
    /// An entry that is joined and left again and again has no end of them.
    const SHOWN: u32 = 100;
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

/// `GET /notifications/my`: what the members of a scope were told, newest first, once its version was taken, which
/// settles.
///
/// # Errors
/// The database's.
pub async fn my(app: &App, scope: &Scope, list: &Paging) -> Result<Page<Notification>, AppError> {
    let mut rows = page(app, scope, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.sent_time.into(), row.id));
    Ok(Page { items: rows.iter().map(Row::notification).collect::<Result<_, _>>()?, next_cursor })
}

/// One row more than the page holds, so that the caller sees whether there is a next one.
async fn page(app: &App, scope: &Scope, list: &Paging) -> Result<Vec<Row>, AppError> {
    Ok(sqlx::query_as(notification_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR n.profile_id = ?) \
         AND (? IS NULL OR n.sent_time < ? OR (n.sent_time = ? AND n.id < ?)) \
         ORDER BY n.sent_time DESC, n.id DESC LIMIT ?"
    ))
    .scope(scope)
    .page(list)
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
