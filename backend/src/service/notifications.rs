//! Messages to members, as their owners see them.

use super::Context;
use super::access::Scope;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, NotificationRow, StoreError};
use contract::shapes::{Counts, EntryNotifications, Flow, Notification, Page};
use logic::ids::WaitlistId;
use logic::status::NotificationStatus;

/// `GET /waitlist/{id}/notifications`: what the owner of an entry was told, newest first, and how much of each status
/// there is in all, for a caller that may see the entry, after its version was taken, which settles.
pub async fn of_entry(
    context: &Context,
    id: WaitlistId,
    list: &Paging,
) -> Result<EntryNotifications, AppError> {
    let mut rows = store::waitlist_notification_list_of_entry(&context.pool, id, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.sent_time, row.id.0));
    let by_status = store::waitlist_notification_count(&context.pool, id).await?;
    let of = |status: NotificationStatus| by_status.get(&status).copied().unwrap_or(0);
    Ok(EntryNotifications {
        items: rows.into_iter().map(notification).collect::<Result<_, _>>()?,
        next_cursor,
        counts: Counts {
            sent: of(NotificationStatus::Sent),
            responded: of(NotificationStatus::Responded),
            expired: of(NotificationStatus::Expired),
            cancelled: of(NotificationStatus::Cancelled),
        },
    })
}

/// `GET /notifications/my`: what the members of a scope were told, newest first, after its version was taken, which
/// settles.
pub async fn my(context: &Context, scope: &Scope, list: &Paging) -> Result<Page<Notification>, AppError> {
    let mut rows = store::waitlist_notification_list(&context.pool, scope.owner(), list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.sent_time, row.id.0));
    let items = rows.into_iter().map(notification).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}

fn notification(row: NotificationRow) -> Result<Notification, AppError> {
    let no_text = || StoreError::unexpected("waitlist_notification", row.id.0, "a text", "none");
    Ok(Notification {
        id: row.id,
        waitlist_id: row.waitlist_id,
        notification_type: row.notification_type,
        notification_round: row.notification_round,
        sent_time: row.sent_time,
        response_deadline: row.response_deadline,
        response_time: row.response_time,
        status: row.status,
        delivery: row.delivery,
        message_content: row.message_content.ok_or_else(no_text)?,
        flow: row.flow_start_time.map(|flow_start_time| Flow {
            flow_start_time,
            flow_completion_time: row.flow_completion_time,
            expiration_reason: row.expiration_reason,
        }),
    })
}
