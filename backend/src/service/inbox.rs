//! Messages as their families see them, and what they have read.

use super::Context;
use super::access::Scope;
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, MessageRow, MessageSubject};
use crate::unit::{Answer, Unit};
use contract::shapes::{Message, Messages, Subject, Unread};
use logic::Instant;
use logic::ids::MessageId;

/// `GET /messages/my`: what was said to the families of a scope, newest first. `read_at` and `unread` are the caller's
/// own: staff who look at another family have read nothing of it.
pub async fn my(
    context: &Context,
    caller: &Caller,
    scope: &Scope,
    list: &Paging,
) -> Result<Messages, AppError> {
    let mut rows = store::message_list(&context.pool, scope.owner(), caller.account, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.said_at, row.id.0));
    let unread = store::message_count_unread(&context.pool, caller.account).await?;
    Ok(Messages { items: rows.into_iter().map(message).collect(), next_cursor, unread })
}

/// `PUT /messages/read`: marks a message and every older one to the caller's children as read.
///
/// # Errors
/// `not_found` for a message that does not exist, or is not to a child of the caller.
pub async fn read(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    up_to: MessageId,
    now: Instant,
) -> Result<Answer, AppError> {
    let account = caller.account;
    unit.write(&context.pool, "messages_read", |conn, _| {
        Box::pin(async move {
            let Some(said_at) = store::message_said_at(conn, up_to, account).await? else {
                return Err(AppError::not_found(format!("this account has no message {up_to}")));
            };
            store::message_mark_read(conn, account, (said_at, up_to), now).await?;
            Ok(Ok(Unread { unread: store::message_count_unread(conn, account).await? }))
        })
    })
    .await
}

fn message(row: MessageRow) -> Message {
    let MessageSubject { waitlist_id, booking_id, makeup_id, grant_id, course_schedule_id, booking_date } =
        row.subject;
    Message {
        id: row.id,
        profile_id: row.profile_id,
        kind: row.kind,
        said_at: row.said_at,
        title: row.title,
        text: row.text,
        subject: Subject { waitlist_id, booking_id, makeup_id, grant_id, course_schedule_id, booking_date },
        delivery: row.delivery,
        read_at: row.read_at,
    }
}
