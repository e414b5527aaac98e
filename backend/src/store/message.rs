//! Tables `message` and `message_read`: everything that was said to families, and what each account has read of it.

use super::error::fits;
use super::list::{BindListParams, owned, page};
use super::many::pieces;
use super::sweep::PurgeQuery;
use super::{Conn, OwnerFilter, Result, StoreError, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, BookingId, GrantId, MakeupId, MessageId, ProfileId, ScheduleId, WaitlistId};
use logic::status::{MessageDelivery, MessageKind};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// What a message is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct MessageSubject {
    pub waitlist_id: Option<WaitlistId>,
    pub booking_id: Option<BookingId>,
    pub makeup_id: Option<MakeupId>,
    pub grant_id: Option<GrantId>,
    pub course_schedule_id: Option<ScheduleId>,
    pub booking_date: Option<NaiveDate>,
}

/// A message to be written.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// Names it in the outbox.
    pub uuid: &'a str,
    pub profile: ProfileId,
    pub kind: MessageKind,
    pub title: &'a str,
    pub text: &'a str,
    pub subject: MessageSubject,
    pub delivery: MessageDelivery,
}

/// A message, and when an account read it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MessageRow {
    pub id: MessageId,
    pub profile_id: ProfileId,
    /// Text, since a newer program may write kinds that this one does not know.
    pub kind: String,
    pub said_at: Instant,
    pub title: String,
    pub text: String,
    #[sqlx(flatten)]
    pub subject: MessageSubject,
    pub delivery: MessageDelivery,
    pub read_at: Option<Instant>,
}

/// Writes messages.
pub async fn message_insert(conn: &mut Conn, messages: &[NewMessage<'_>], now: Instant) -> Result<()> {
    for rows in pieces(messages) {
        let mut insert = QueryBuilder::<MySql>::new(sql!(
            message_insert,
            "INSERT INTO message (uuid, profile_id, kind, said_at, title, `text`, waitlist_id, booking_id, makeup_id, \
             grant_id, course_schedule_id, booking_date, delivery) "
        ));
        insert.push_values(rows, |mut row, new| {
            row.push_bind(new.uuid.to_owned())
                .push_bind(new.profile)
                .push_bind(new.kind)
                .push_bind(now)
                .push_bind(new.title.to_owned())
                .push_bind(new.text.to_owned())
                .push_bind(new.subject.waitlist_id)
                .push_bind(new.subject.booking_id)
                .push_bind(new.subject.makeup_id)
                .push_bind(new.subject.grant_id)
                .push_bind(new.subject.course_schedule_id)
                .push_bind(new.subject.booking_date)
                .push_bind(new.delivery);
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// A page of someone's messages, the newest first, with when `reader` read them.
pub async fn message_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    reader: AccountId,
    list: &Paging,
) -> Result<Vec<MessageRow>> {
    Ok(sqlx::query_as(sql!(
        message_list,
        "SELECT m.id, m.profile_id, m.kind, m.said_at, m.title, m.`text`, m.waitlist_id, m.booking_id, m.makeup_id, \
         m.grant_id, m.course_schedule_id, m.booking_date, m.delivery, r.read_at \
         FROM message m LEFT JOIN message_read r ON r.account_id = ? AND r.message_id = m.id WHERE ",
        owned!("m.profile_id"),
        " AND ",
        page!("m.said_at", "m.id", newest first)
    ))
    .bind(reader)
    .bind_owner(owner)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// The last message about a class to a child that was to reach a phone.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LastMessage {
    pub course_schedule_id: ScheduleId,
    pub profile_id: ProfileId,
    pub delivery: MessageDelivery,
}

/// The last messages about the classes of a day, or of the class of one slot.
pub async fn message_list_last(
    conn: &mut Conn,
    date: NaiveDate,
    schedule: Option<ScheduleId>,
) -> Result<Vec<LastMessage>> {
    // A count, which is asked for each message: MariaDB reads the whole table for an EXISTS.
    let statement = sql!(
        message_list_last,
        "SELECT m.course_schedule_id, m.profile_id, m.delivery FROM message m \
         WHERE m.booking_date = ? AND (? IS NULL OR m.course_schedule_id = ?) AND m.delivery <> 'app_only' \
         AND (SELECT COUNT(*) FROM message later WHERE later.booking_date = m.booking_date \
         AND later.course_schedule_id = m.course_schedule_id AND later.profile_id = m.profile_id \
         AND later.delivery <> 'app_only' \
         AND (later.said_at > m.said_at OR (later.said_at = m.said_at AND later.id > m.id))) = 0"
    );
    let query = sqlx::query_as(statement).bind(date).bind(schedule).bind(schedule);
    Ok(query.fetch_all(conn).await?)
}

/// When a message to a child of `account` was said; `None` if there is no such message.
pub async fn message_said_at(conn: &mut Conn, id: MessageId, account: AccountId) -> Result<Option<Instant>> {
    Ok(sqlx::query_scalar(sql!(
        message_said_at,
        "SELECT m.said_at FROM message m JOIN guardian g ON g.profile_id = m.profile_id WHERE m.id = ? AND g.account_id = ?"
    ))
    .bind(id)
    .bind(account)
    .fetch_optional(conn)
    .await?)
}

/// How many messages to its children an account has not read.
pub async fn message_count_unread(db: impl MySqlExecutor<'_>, account: AccountId) -> Result<u32> {
    let count = sqlx::query_scalar(sql!(
        message_count_unread,
        "SELECT COUNT(*) FROM guardian g JOIN message m ON m.profile_id = g.profile_id \
         LEFT JOIN message_read r ON r.account_id = g.account_id AND r.message_id = m.id \
         WHERE g.account_id = ? AND r.message_id IS NULL"
    ));
    fits("account", account.0, "count of unread messages", count.bind(account).fetch_one(db).await?)
}

/// Marks as read what an account has not read yet, up to a message, by the order of the list. Messages that were said at
/// that time and are committed later are not among them: they have not been seen.
pub async fn message_mark_read(
    conn: &mut Conn,
    account: AccountId,
    (said_at, id): (Instant, MessageId),
    now: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        message_mark_read,
        "INSERT INTO message_read (account_id, message_id, read_at) \
         SELECT g.account_id, m.id, ? FROM guardian g JOIN message m ON m.profile_id = g.profile_id \
         LEFT JOIN message_read r ON r.account_id = g.account_id AND r.message_id = m.id \
         WHERE g.account_id = ? AND (m.said_at < ? OR (m.said_at = ? AND m.id <= ?)) AND r.message_id IS NULL \
         ON DUPLICATE KEY UPDATE read_at = message_read.read_at"
    ))
    .bind(now)
    .bind(account)
    .bind(said_at)
    .bind(said_at)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a message by its name, so that the outcomes of its deliveries are counted one after the other; what became of it
/// so far, or `None` if it is gone.
pub async fn message_lock(conn: &mut Conn, uuid: &str) -> Result<Option<MessageDelivery>> {
    let statement = sql!(message_lock, "SELECT delivery FROM message WHERE uuid = ? FOR UPDATE");
    Ok(sqlx::query_scalar(statement).bind(uuid).fetch_optional(conn).await?)
}

/// Writes whether the messenger took a message.
///
/// # Errors
/// [`StoreError::Unexpected`] if something else is written already, or there is no such message.
pub async fn message_set_delivery(
    conn: &mut Conn,
    uuid: &str,
    before: MessageDelivery,
    delivery: MessageDelivery,
) -> Result<()> {
    let statement =
        sql!(message_set_delivery, "UPDATE message SET delivery = ? WHERE uuid = ? AND delivery = ?");
    let done = sqlx::query(statement).bind(delivery).bind(uuid).bind(before).execute(&mut *conn).await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    let found: Option<(i64, MessageDelivery)> =
        sqlx::query_as(sql!(message_set_delivery, "SELECT id, delivery FROM message WHERE uuid = ?"))
            .bind(uuid)
            .fetch_optional(conn)
            .await?;
    let (id, found) = found.map_or((0, "no row"), |(id, delivery)| (id, delivery.as_str()));
    Err(StoreError::unexpected("message", id, format!("{uuid}, {}", before.as_str()), found))
}

/// Puts the latest offer to an entry in other words: its deadline was moved.
pub async fn message_reword_offer(
    conn: &mut Conn,
    profile: ProfileId,
    entry: WaitlistId,
    text: &str,
) -> Result<()> {
    sqlx::query(sql!(
        message_reword_offer,
        "UPDATE message SET `text` = ? WHERE profile_id = ? AND waitlist_id = ? AND kind = 'spot_available' \
         ORDER BY said_at DESC, id DESC LIMIT 1"
    ))
    .bind(text)
    .bind(profile)
    .bind(entry)
    .execute(conn)
    .await?;
    Ok(())
}

/// Messages, by when they were said. What was read of them goes with them.
pub const MESSAGE_PURGE: PurgeQuery =
    PurgeQuery(sql!(message_purge, "DELETE FROM message WHERE said_at < ? ORDER BY said_at, id LIMIT ?"));
