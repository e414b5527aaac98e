//! Tables `waitlist_notification` and `waitlist_flow`: what members were told about their entries, and for each offer
//! how it ended.

use super::error::{RowState, fits, inserted_id};
use super::list::{BindListParams, owned, page};
use super::many::{id_pieces, pieces, push_ids};
use super::waitlist::numbers;
use super::{Conn, OwnerFilter, Result, StoreError, sql};
use crate::paging::Paging;
use logic::Instant;
use logic::ids::{NotificationId, ProfileId, WaitlistId};
use logic::status::{Delivery, EntryStatus, NotificationStatus, NotificationType, Reason};
use serde_json::Value;
use sqlx::{MySql, MySqlExecutor, QueryBuilder};
use std::collections::HashMap;

/// A notification, with its flow where it is an offer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NotificationRow {
    pub id: NotificationId,
    pub waitlist_id: WaitlistId,
    pub notification_type: NotificationType,
    #[sqlx(try_from = "i32")]
    pub notification_round: u32,
    pub sent_time: Instant,
    pub response_deadline: Option<Instant>,
    pub response_time: Option<Instant>,
    pub status: NotificationStatus,
    pub delivery: Delivery,
    pub message_content: Option<String>,
    pub flow_start_time: Option<Instant>,
    pub flow_completion_time: Option<Instant>,
    pub expiration_reason: Option<Reason>,
}

/// A notification to be written.
#[derive(Clone, Debug)]
pub struct NewNotification<'a> {
    pub entry: WaitlistId,
    pub profile: ProfileId,
    pub kind: NotificationType,
    /// The number of the offer, from 1.
    pub round: u32,
    pub deadline: Option<Instant>,
    pub delivery: Delivery,
    pub text: &'a str,
    pub data: Value,
}

/// What tells whether a notification is still true: the number of its offer, and the state of its entry.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct NotificationState {
    pub entry: WaitlistId,
    /// The number of its offer.
    #[sqlx(try_from = "i32")]
    pub round: u32,
    pub status: EntryStatus,
    #[sqlx(try_from = "i32")]
    pub current_round: u32,
    pub deadline: Option<Instant>,
}

macro_rules! select {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT n.id, n.waitlist_id, n.notification_type, n.notification_round, n.sent_time, \
             n.response_deadline, n.response_time, n.status, n.delivery, n.message_content, f.flow_start_time, \
             f.flow_completion_time, f.expiration_reason \
             FROM waitlist_notification n JOIN profile p ON p.id = n.profile_id \
             LEFT JOIN waitlist_flow f ON f.waitlist_notification_id = n.id ",
            $($where)+
        )
    };
}

/// A page of the notifications of an entry, the newest first.
pub async fn waitlist_notification_list_of_entry(
    db: impl MySqlExecutor<'_>,
    entry: WaitlistId,
    list: &Paging,
) -> Result<Vec<NotificationRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_notification_list_of_entry,
        "WHERE n.waitlist_id = ? AND ",
        page!("n.sent_time", "n.id", newest first)
    ))
    .bind(entry)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// How many notifications an entry has of each status.
pub async fn waitlist_notification_count(
    db: impl MySqlExecutor<'_>,
    entry: WaitlistId,
) -> Result<HashMap<NotificationStatus, u32>> {
    let rows: Vec<(NotificationStatus, i64)> = sqlx::query_as(sql!(
        waitlist_notification_count,
        "SELECT status, COUNT(*) FROM waitlist_notification WHERE waitlist_id = ? GROUP BY status"
    ))
    .bind(entry)
    .fetch_all(db)
    .await?;
    let count = |(status, rows): (NotificationStatus, i64)| {
        Ok((status, fits("waitlist", entry.0, "count of notifications", rows)?))
    };
    rows.into_iter().map(count).collect()
}

/// A page of someone's notifications, the newest first.
pub async fn waitlist_notification_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    list: &Paging,
) -> Result<Vec<NotificationRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_notification_list,
        "WHERE ",
        owned!("n.profile_id"),
        " AND ",
        page!("n.sent_time", "n.id", newest first)
    ))
    .bind_owner(owner)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// Where the entry of a notification stands; `None` if the entry is gone.
pub async fn waitlist_notification_state(
    db: impl MySqlExecutor<'_>,
    id: NotificationId,
) -> Result<Option<NotificationState>> {
    Ok(sqlx::query_as(sql!(
        waitlist_notification_state,
        "SELECT w.id AS entry, n.notification_round AS round, w.status, w.notification_round AS current_round, \
         w.response_deadline AS deadline \
         FROM waitlist_notification n JOIN waitlist w ON w.id = n.waitlist_id WHERE n.id = ?"
    ))
    .bind(id)
    .fetch_optional(db)
    .await?)
}

/// The number of the offer that a notification is about.
pub async fn waitlist_notification_round(conn: &mut Conn, id: NotificationId) -> Result<i64> {
    Ok(sqlx::query_scalar(sql!(
        waitlist_notification_round,
        "SELECT CAST(notification_round AS SIGNED) FROM waitlist_notification WHERE id = ?"
    ))
    .bind(id)
    .fetch_one(conn)
    .await?)
}

/// The open offer of an entry, and until when it can be answered.
pub async fn waitlist_notification_open_offer(
    conn: &mut Conn,
    entry: WaitlistId,
) -> Result<(NotificationId, Instant)> {
    Ok(sqlx::query_as(sql!(
        waitlist_notification_open_offer,
        "SELECT id, response_deadline FROM waitlist_notification WHERE waitlist_id = ? \
         AND notification_type = 'spot_available' AND status = 'sent' ORDER BY id DESC LIMIT 1"
    ))
    .bind(entry)
    .fetch_one(conn)
    .await?)
}

/// Writes notifications of different entries; their ids, in the same order.
pub async fn waitlist_notification_insert(
    conn: &mut Conn,
    notifications: &[NewNotification<'_>],
    now: Instant,
) -> Result<Vec<NotificationId>> {
    if notifications.is_empty() {
        return Ok(Vec::new());
    }
    for rows in pieces(notifications) {
        let mut insert = QueryBuilder::<MySql>::new(sql!(
            waitlist_notification_insert,
            "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_type, notification_round, \
             sent_time, response_deadline, status, delivery, message_content, notification_data) "
        ));
        insert.push_values(rows, |mut row, new| {
            row.push_bind(new.entry)
                .push_bind(new.profile)
                .push_bind(new.kind)
                .push_bind(new.round)
                .push_bind(now)
                .push_bind(new.deadline)
                .push_bind(NotificationStatus::Sent)
                .push_bind(new.delivery)
                .push_bind(new.text.to_owned())
                .push_bind(new.data.to_string());
        });
        let done = insert.build().execute(&mut *conn).await?;
        if notifications.len() == 1 {
            return Ok(vec![NotificationId(inserted_id(&done, "waitlist_notification")?)]);
        }
    }
    // Not by counting on from the first id: not every server hands out neighbours. Notifications that were written
    // before have their messages in the outbox already.
    let entries: Vec<WaitlistId> = notifications.iter().map(|new| new.entry).collect();
    let mut ids: HashMap<WaitlistId, NotificationId> = HashMap::with_capacity(entries.len());
    for piece in id_pieces(&entries) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            waitlist_notification_insert,
            "SELECT n.waitlist_id, n.id FROM waitlist_notification n \
             LEFT JOIN outbox o ON o.notification_id = n.id WHERE o.id IS NULL AND n.sent_time = "
        ));
        select.push_bind(now).push(" AND n.notification_type = ").push_bind(notifications[0].kind);
        select.push(" AND n.waitlist_id IN ");
        push_ids(&mut select, piece);
        ids.extend(select.build_query_as::<(WaitlistId, NotificationId)>().fetch_all(&mut *conn).await?);
    }
    let missing =
        |entry: &WaitlistId| StoreError::unexpected("waitlist", entry.0, "a new notification", "none");
    entries.iter().map(|entry| ids.get(entry).copied().ok_or_else(|| missing(entry))).collect()
}

/// Adds to the flow of an offer why staff made it.
pub async fn waitlist_flow_set_reason(conn: &mut Conn, offer: NotificationId, reason: &str) -> Result<()> {
    sqlx::query(sql!(
        waitlist_flow_set_reason,
        "UPDATE waitlist_flow SET flow_data = JSON_SET(flow_data, '$.reason', ?) \
         WHERE waitlist_notification_id = ?"
    ))
    .bind(reason)
    .bind(offer)
    .execute(conn)
    .await?;
    Ok(())
}

/// Begins the flows of offers.
pub async fn waitlist_flow_insert(
    conn: &mut Conn,
    offers: &[NotificationId],
    data: &Value,
    now: Instant,
) -> Result<()> {
    for rows in pieces(offers) {
        let mut insert = QueryBuilder::<MySql>::new(sql!(
            waitlist_flow_insert,
            "INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time, flow_data) "
        ));
        insert.push_values(rows, |mut row, notification| {
            row.push_bind(*notification).push_bind(now).push_bind(data.to_string());
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// The state of the latest notification of an entry, as an error shows it.
const OPEN_OFFER_AS_STORED: RowState = RowState {
    table: "waitlist_notification of waitlist",
    select: sql!(
        open_offer_as_stored,
        "SELECT CAST(JSON_OBJECT('id', id, 'type', notification_type, 'status', status, \
         'response_deadline', response_deadline) AS CHAR) \
         FROM waitlist_notification WHERE waitlist_id = ? ORDER BY sent_time DESC, id DESC LIMIT 1"
    ),
};

/// Ends the open offers of entries: their notifications and their flows.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if one of the entries has no open offer.
pub async fn waitlist_notification_end_offers(
    conn: &mut Conn,
    entries: &[WaitlistId],
    status: NotificationStatus,
    reason: Option<Reason>,
    now: Instant,
) -> Result<()> {
    for piece in id_pieces(entries) {
        let mut update = QueryBuilder::<MySql>::new(sql!(
            waitlist_notification_end_offers,
            "UPDATE waitlist_notification n JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
             SET n.updated_at = UTC_TIMESTAMP(3), n.status = "
        ));
        update
            .push_bind(status)
            .push(", n.response_time = ")
            .push_bind((status == NotificationStatus::Responded).then_some(now))
            .push(", f.flow_completion_time = ")
            .push_bind(now)
            .push(", f.expiration_reason = ")
            .push_bind(reason)
            .push(
                " WHERE n.notification_type = 'spot_available' AND n.status = 'sent' \
                 AND f.flow_completion_time IS NULL AND n.waitlist_id IN ",
            );
        push_ids(&mut update, piece);
        let done = update.build().execute(&mut *conn).await?;
        // A row of each table.
        OPEN_OFFER_AS_STORED.expect_all(conn, &done, 2, &numbers(piece.0), "an open offer").await?;
    }
    Ok(())
}

/// Moves the deadline of the open offer of an entry over the one that it had, and says so in `text`.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if the entry has no open offer, or one with another deadline.
pub async fn waitlist_notification_move_deadline(
    conn: &mut Conn,
    entry: WaitlistId,
    before: Instant,
    after: Instant,
    text: &str,
) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_notification_move_deadline,
        "UPDATE waitlist_notification SET updated_at = UTC_TIMESTAMP(3), response_deadline = ?, message_content = ? \
         WHERE waitlist_id = ? AND notification_type = 'spot_available' AND status = 'sent' AND response_deadline = ?"
    ))
    .bind(after)
    .bind(text)
    .bind(entry)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    let expected = format!("an open offer until {}", before.to_rfc3339());
    OPEN_OFFER_AS_STORED.expect_one(conn, &done, entry.0, expected).await
}

/// The state of a notification, as an error shows it.
const NOTIFICATION_AS_STORED: RowState = RowState {
    table: "waitlist_notification",
    select: sql!(
        notification_as_stored,
        "SELECT CAST(JSON_OBJECT('delivery', delivery) AS CHAR) FROM waitlist_notification WHERE id = ?"
    ),
};

/// Writes whether the messenger took a notification.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if something else is written already.
pub async fn waitlist_notification_set_delivery(
    conn: &mut Conn,
    id: NotificationId,
    before: Delivery,
    delivery: Delivery,
) -> Result<()> {
    let statement = sql!(
        waitlist_notification_set_delivery,
        "UPDATE waitlist_notification SET updated_at = UTC_TIMESTAMP(3), delivery = ? \
         WHERE id = ? AND delivery = ?"
    );
    let done = sqlx::query(statement).bind(delivery).bind(id).bind(before).execute(&mut *conn).await?;
    NOTIFICATION_AS_STORED.expect_one(conn, &done, id.0, before.as_str()).await
}
