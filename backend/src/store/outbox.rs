//! Table `outbox`: messages that are written with the change they report, and sent later under a lease.

use super::many::pieces;
use super::sweep::{PurgeQuery, shorten};
use super::{Conn, Result, StoreError, sql};
use crate::paging::Paging;
use logic::Instant;
use logic::ids::{AccountId, NotificationId, ProfileId, WaitlistId};
use logic::status::Delivery;
use serde_json::Value;
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum OutboxStatus {
    /// Not sent yet.
    Pending,
    /// The messenger took it.
    Sent,
    /// The member gave no consent.
    Undeliverable,
    /// No more attempts are made.
    Failed,
    /// What it reports was over before it was sent.
    Cancelled,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewSending<'a> {
    /// The `uuid` of the message.
    pub message: &'a str,
    pub account: AccountId,
    pub openid: &'a str,
    /// The kind, whose template it is sent by.
    pub template: &'a str,
    pub page: &'a str,
    pub data: Value,
    /// The entry and the notification that it is about, if it is about an entry.
    pub about: Option<(WaitlistId, NotificationId)>,
    pub not_before: Instant,
    pub give_up_at: Instant,
}

/// A claimed message.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OutboxRow {
    pub id: i64,
    pub account_id: AccountId,
    pub openid: String,
    pub template: String,
    pub page: String,
    #[sqlx(json)]
    pub data: Value,
    pub waitlist_id: Option<WaitlistId>,
    pub notification_id: Option<NotificationId>,
    /// The message that it sends; `None` if an older program wrote it.
    pub message_uuid: Option<String>,
    pub created_at: Instant,
    pub not_before: Instant,
    pub give_up_at: Instant,
    pub attempts: i32,
    pub claim_token: String,
}

/// A message as the recorder of development shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RecordedMessage {
    pub id: i64,
    pub openid: String,
    pub template: String,
    pub page: String,
    #[sqlx(json)]
    pub data: Value,
    pub created_at: Instant,
    pub waitlist_id: Option<WaitlistId>,
}

/// What became of an attempt to send a message.
#[derive(Clone, Debug)]
pub struct OutboxOutcome<'a> {
    pub status: OutboxStatus,
    pub not_before: Instant,
    /// Why it was not sent; `None` keeps the last reason.
    pub error: Option<&'a str>,
    pub sent_at: Option<Instant>,
    /// Whether it was attempted at all.
    pub attempted: bool,
}

/// Writes messages to be sent, as sent at `now` or as pending.
pub async fn outbox_insert(
    conn: &mut Conn,
    sendings: &[NewSending<'_>],
    sent: bool,
    now: Instant,
) -> Result<()> {
    for rows in pieces(sendings) {
        let mut insert = QueryBuilder::<MySql>::new(sql!(
            outbox_insert,
            "INSERT INTO outbox (account_id, openid, template, page, data, waitlist_id, notification_id, message_uuid, \
             created_at, not_before, give_up_at, status, sent_at) "
        ));
        insert.push_values(rows, |mut row, new| {
            row.push_bind(new.account)
                .push_bind(new.openid.to_owned())
                .push_bind(new.template.to_owned())
                .push_bind(new.page.to_owned())
                .push_bind(new.data.to_string())
                .push_bind(new.about.map(|(entry, _)| entry))
                .push_bind(new.about.map(|(_, notification)| notification))
                .push_bind(new.message.to_owned())
                .push_bind(now)
                .push_bind(new.not_before)
                .push_bind(new.give_up_at)
                .push_bind(if sent { OutboxStatus::Sent } else { OutboxStatus::Pending })
                .push_bind(sent.then_some(now));
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Messages that are due and under no live lease, the longest due first.
/// Leases are measured by the database's clock, which all dispatchers share; when a message is due is service time.
pub async fn outbox_list_due(db: impl MySqlExecutor<'_>, now: Instant, limit: u32) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(sql!(
        outbox_list_due,
        "SELECT id FROM outbox WHERE status = 'pending' AND not_before <= ? \
         AND (claimed_until IS NULL OR claimed_until < UTC_TIMESTAMP(3)) ORDER BY not_before, id LIMIT ?"
    ))
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// Claims those of the messages that are still due and under no live lease, for that many seconds.
pub async fn outbox_claim(conn: &mut Conn, ids: &[i64], token: &str, seconds: u32) -> Result<()> {
    let mut claim = QueryBuilder::new(sql!(outbox_claim, "UPDATE outbox SET claim_token = "));
    claim.push_bind(token).push(", claimed_until = UTC_TIMESTAMP(3) + INTERVAL ").push_bind(seconds);
    claim.push(" SECOND, attempts = attempts + 1 WHERE status = 'pending' AND (claimed_until IS NULL");
    claim.push(" OR claimed_until < UTC_TIMESTAMP(3)) AND id IN (");
    let mut placeholders = claim.separated(", ");
    for id in ids {
        placeholders.push_bind(id);
    }
    claim.push(") ORDER BY id");
    claim.build().execute(conn).await?;
    Ok(())
}

/// The messages of a claim, the longest due first.
pub async fn outbox_list_claimed(db: impl MySqlExecutor<'_>, token: &str) -> Result<Vec<OutboxRow>> {
    Ok(sqlx::query_as(sql!(
        outbox_list_claimed,
        "SELECT id, account_id, openid, template, page, data, waitlist_id, notification_id, message_uuid, created_at, \
         not_before, give_up_at, attempts, claim_token \
         FROM outbox WHERE claim_token = ? ORDER BY not_before, id"
    ))
    .bind(token)
    .fetch_all(db)
    .await?)
}

/// Whether the lease of a claimed message lives for that many seconds more.
pub async fn outbox_is_leased(db: impl MySqlExecutor<'_>, row: &OutboxRow, seconds: u32) -> Result<bool> {
    let statement = sql!(
        outbox_is_leased,
        "SELECT EXISTS(SELECT 1 FROM outbox WHERE id = ? AND claim_token = ? \
         AND claimed_until >= UTC_TIMESTAMP(3) + INTERVAL ? SECOND)"
    );
    let query = sqlx::query_scalar(statement).bind(row.id).bind(&row.claim_token).bind(seconds);
    Ok(query.fetch_one(db).await?)
}

/// Stores what became of a claimed message and ends its lease; `false` if the lease was lost.
///
/// # Errors
/// [`StoreError::Unexpected`] if the message is not pending any more, although its lease was kept.
pub async fn outbox_record(conn: &mut Conn, row: &OutboxRow, outcome: &OutboxOutcome<'_>) -> Result<bool> {
    let done = sqlx::query(sql!(
        outbox_record,
        "UPDATE outbox SET status = ?, not_before = ?, last_error = COALESCE(?, last_error), sent_at = ?, \
         attempts = attempts - ?, claim_token = NULL, claimed_until = NULL \
         WHERE id = ? AND claim_token = ? AND status = 'pending'"
    ))
    .bind(outcome.status)
    .bind(outcome.not_before)
    .bind(outcome.error.map(shorten))
    .bind(outcome.sent_at)
    .bind(i32::from(!outcome.attempted))
    .bind(row.id)
    .bind(&row.claim_token)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(true);
    }
    let leased: Option<String> = sqlx::query_scalar(sql!(
        outbox_record,
        "SELECT CAST(status AS CHAR) FROM outbox WHERE id = ? AND claim_token = ?"
    ))
    .bind(row.id)
    .bind(&row.claim_token)
    .fetch_optional(conn)
    .await?;
    match leased {
        None => Ok(false),
        Some(found) => Err(StoreError::unexpected("outbox", row.id, "a pending message", found)),
    }
}

/// What became of the deliveries of a message so far, each to one guardian.
pub async fn outbox_list_deliveries(db: impl MySqlExecutor<'_>, message: &str) -> Result<Vec<Delivery>> {
    let statement = sql!(
        outbox_list_deliveries,
        "SELECT CASE status WHEN 'sent' THEN 'delivered' WHEN 'cancelled' THEN 'failed' ELSE status END \
         FROM outbox WHERE message_uuid = ?"
    );
    Ok(sqlx::query_scalar(statement).bind(message).fetch_all(db).await?)
}

/// Whether a message was accepted for another guardian than that of `row`.
pub async fn outbox_is_accepted_elsewhere(db: impl MySqlExecutor<'_>, row: &OutboxRow) -> Result<bool> {
    let statement = sql!(
        outbox_is_accepted_elsewhere,
        "SELECT EXISTS(SELECT 1 FROM outbox WHERE message_uuid = ? AND id <> ? AND status = 'sent')"
    );
    Ok(sqlx::query_scalar(statement).bind(&row.message_uuid).bind(row.id).fetch_one(db).await?)
}

/// Whether the account of a message is still a guardian of its child, and told.
pub async fn outbox_is_wanted(db: impl MySqlExecutor<'_>, row: &OutboxRow) -> Result<bool> {
    let statement = sql!(
        outbox_is_wanted,
        "SELECT NOT EXISTS(SELECT 1 FROM message m LEFT JOIN guardian g ON g.profile_id = m.profile_id \
         AND g.account_id = ? AND g.told = 1 WHERE m.uuid = ? AND g.account_id IS NULL)"
    );
    Ok(sqlx::query_scalar(statement).bind(row.account_id).bind(&row.message_uuid).fetch_one(db).await?)
}

/// The messages about a child that wait to be sent to an account, with their notifications.
pub async fn outbox_list_pending_of(
    conn: &mut Conn,
    profile: ProfileId,
    account: AccountId,
) -> Result<Vec<(i64, String, Option<NotificationId>)>> {
    Ok(sqlx::query_as(sql!(
        outbox_list_pending_of,
        "SELECT o.id, o.message_uuid, o.notification_id FROM outbox o JOIN message m ON m.uuid = o.message_uuid \
         WHERE o.account_id = ? AND o.status = 'pending' AND m.profile_id = ? ORDER BY o.id"
    ))
    .bind(account)
    .bind(profile)
    .fetch_all(conn)
    .await?)
}

/// Cancels a message that is not sent yet, and ends its lease.
pub async fn outbox_cancel(conn: &mut Conn, id: i64, why: &str) -> Result<()> {
    let statement = sql!(
        outbox_cancel,
        "UPDATE outbox SET status = 'cancelled', last_error = ?, claim_token = NULL, claimed_until = NULL \
         WHERE id = ? AND status = 'pending'"
    );
    sqlx::query(statement).bind(why).bind(id).execute(conn).await?;
    Ok(())
}

/// How many messages are due, and since when the oldest is.
pub async fn outbox_depth(db: impl MySqlExecutor<'_>, now: Instant) -> Result<(i64, Option<Instant>)> {
    Ok(sqlx::query_as(sql!(
        outbox_depth,
        "SELECT COUNT(*), MIN(not_before) FROM outbox WHERE status = 'pending' AND not_before <= ?"
    ))
    .bind(now)
    .fetch_one(db)
    .await?)
}

/// A page of messages, of one openid or of all, the oldest first.
pub async fn outbox_list(
    db: impl MySqlExecutor<'_>,
    openid: Option<&str>,
    list: &Paging,
) -> Result<Vec<RecordedMessage>> {
    let (at, id) = list.cursor.map_or((Instant::clamped(0), 0), |cursor| (cursor.at, cursor.id));
    Ok(sqlx::query_as(sql!(
        outbox_list,
        "SELECT id, openid, template, page, data, created_at, waitlist_id FROM outbox \
         WHERE (created_at > ? OR (created_at = ? AND id > ?)) AND (? IS NULL OR openid = ?) \
         ORDER BY created_at, id LIMIT ?"
    ))
    .bind(at)
    .bind(at)
    .bind(id)
    .bind(openid)
    .bind(openid)
    .bind(list.fetch())
    .fetch_all(db)
    .await?)
}

/// Messages that are not pending any more, by when they were written.
pub const OUTBOX_PURGE: PurgeQuery = PurgeQuery(sql!(
    outbox_purge,
    "DELETE FROM outbox WHERE created_at < ? AND status <> 'pending' ORDER BY created_at, id LIMIT ?"
));
