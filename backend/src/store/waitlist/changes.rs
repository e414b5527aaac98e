//! What changes the rows of table `waitlist`.

use super::{NewEntry, NewOffer, numbers};
use crate::store::error::{RowState, expect_count, inserted_id};
use crate::store::many::{IdPiece, id_pieces, pieces, push_ids};
use crate::store::{ClassSession, Conn, Result, sql};
use logic::Instant;
use logic::ids::{SessionId, Ticket, WaitlistId};
use logic::status::EntryStatus;
use sqlx::{MySql, QueryBuilder};

/// Writes an entry that joins the queue of a locked class.
pub async fn waitlist_insert(conn: &mut Conn, class: &ClassSession, entry: &NewEntry) -> Result<WaitlistId> {
    let done = sqlx::query(sql!(
        waitlist_insert,
        "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, status, \
         join_time, expires_at, makeup_for) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)"
    ))
    .bind(entry.profile)
    .bind(class.id)
    .bind(class.course_schedule_id)
    .bind(class.booking_date)
    .bind(entry.ticket)
    .bind(entry.join_time)
    .bind(entry.expires_at)
    .bind(entry.makeup_for)
    .execute(conn)
    .await?;
    inserted_id(&done, "waitlist").map(WaitlistId)
}

/// Writes the entries that join the queue of a locked class together, in the order of their tickets; the id of each
/// ticket. Makeups are not joined this way.
pub async fn waitlist_insert_all(
    conn: &mut Conn,
    class: &ClassSession,
    entries: &[NewEntry],
) -> Result<Vec<(Ticket, WaitlistId)>> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(Vec::new()) };
    for rows in pieces(entries) {
        let mut insert = QueryBuilder::<MySql>::new(sql!(
            waitlist_insert_all,
            "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, status, \
             join_time, expires_at) "
        ));
        insert.push_values(rows, |mut row, entry| {
            row.push_bind(entry.profile)
                .push_bind(class.id)
                .push_bind(class.course_schedule_id)
                .push_bind(class.booking_date)
                .push_bind(entry.ticket)
                .push_bind(EntryStatus::Waiting)
                .push_bind(entry.join_time)
                .push_bind(entry.expires_at);
        });
        let done = insert.build().execute(&mut *conn).await?;
        if entries.len() == 1 {
            return Ok(vec![(first.ticket, WaitlistId(inserted_id(&done, "waitlist")?))]);
        }
    }
    // Not by counting on from the first id: not every server hands out neighbours.
    Ok(sqlx::query_as(sql!(
        waitlist_insert_all,
        "SELECT `position`, id FROM waitlist WHERE session_id = ? AND `position` BETWEEN ? AND ?"
    ))
    .bind(class.id)
    .bind(first.ticket)
    .bind(last.ticket)
    .fetch_all(conn)
    .await?)
}

/// The state of an entry, as an error shows it.
const WAITLIST_AS_STORED: RowState = RowState {
    table: "waitlist",
    select: sql!(
        waitlist_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'position', `position`, 'response_deadline', response_deadline, \
         'reminder_at', reminder_at) AS CHAR) FROM waitlist WHERE id = ?"
    ),
};

/// Opens an ended entry again, at the tail of its queue.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has not ended.
pub async fn waitlist_reopen(conn: &mut Conn, id: WaitlistId, entry: &NewEntry) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_reopen,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), `position` = ?, status = 'waiting', join_time = ?, response_deadline = NULL, \
         confirmed_at = NULL, expires_at = ?, makeup_for = ? \
         WHERE id = ? AND status IN ('confirmed', 'expired', 'cancelled')"
    ))
    .bind(entry.ticket)
    .bind(entry.join_time)
    .bind(entry.expires_at)
    .bind(entry.makeup_for)
    .bind(id)
    .execute(&mut *conn)
    .await?;
    WAITLIST_AS_STORED.expect_one(conn, &done, id.0, "an ended entry").await
}

/// Offers seats to waiting entries of a locked class, which are at `tickets`.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if one of them does not wait.
pub async fn waitlist_offer(
    conn: &mut Conn,
    ids: &[WaitlistId],
    tickets: &[Ticket],
    offer: &NewOffer,
) -> Result<()> {
    for piece in id_pieces(ids) {
        let mut update = QueryBuilder::<MySql>::new(sql!(
            waitlist_offer,
            "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), status = 'notified', last_notified_at = "
        ));
        update
            .push_bind(offer.sent_at)
            .push(", response_deadline = ")
            .push_bind(offer.deadline)
            .push(", reminder_at = ")
            .push_bind(offer.reminder_at)
            .push(", notification_round = ")
            .push_bind(offer.round);
        push_where_loaded(&mut update, EntryStatus::Waiting, piece, tickets);
        let done = update.build().execute(&mut *conn).await?;
        WAITLIST_AS_STORED
            .expect_all(conn, &done, 1, &numbers(piece.0), "waiting entries at their places")
            .await?;
    }
    Ok(())
}

/// Expires entries of a locked class, which are at `tickets`: nobody answered their offers in time.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if one of them has no offer.
pub async fn waitlist_expire(conn: &mut Conn, ids: &[WaitlistId], tickets: &[Ticket]) -> Result<()> {
    for piece in id_pieces(ids) {
        let mut update = QueryBuilder::<MySql>::new(sql!(
            waitlist_expire,
            "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), status = 'expired', reminder_at = NULL"
        ));
        push_where_loaded(&mut update, EntryStatus::Notified, piece, tickets);
        let done = update.build().execute(&mut *conn).await?;
        WAITLIST_AS_STORED
            .expect_all(conn, &done, 1, &numbers(piece.0), "notified entries at their places")
            .await?;
    }
    Ok(())
}

/// ` WHERE …`: these entries, if they have the status and the places that were loaded.
fn push_where_loaded(
    update: &mut QueryBuilder<MySql>,
    status: EntryStatus,
    ids: IdPiece<'_, WaitlistId>,
    tickets: &[Ticket],
) {
    update.push(" WHERE status = ").push_bind(status).push(" AND `position` BETWEEN ");
    update
        .push_bind(tickets.iter().min().copied())
        .push(" AND ")
        .push_bind(tickets.iter().max().copied())
        .push(" AND id IN ");
    push_ids(update, ids);
}

/// Confirms the offer of an entry.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has none.
pub async fn waitlist_confirm(conn: &mut Conn, id: WaitlistId, ticket: Ticket, now: Instant) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_confirm,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), status = 'confirmed', confirmed_at = ?, reminder_at = NULL \
         WHERE id = ? AND status = 'notified' AND `position` = ?"
    ))
    .bind(now)
    .bind(id)
    .bind(ticket)
    .execute(&mut *conn)
    .await?;
    WAITLIST_AS_STORED.expect_one(conn, &done, id.0, format!("notified at {}", ticket.0)).await
}

/// Cancels an entry of a locked class that has the status and the place that were loaded.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has not.
pub async fn waitlist_cancel(
    conn: &mut Conn,
    id: WaitlistId,
    before: EntryStatus,
    ticket: Ticket,
) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_cancel,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), status = 'cancelled', reminder_at = NULL \
         WHERE id = ? AND status = ? AND `position` = ?"
    ))
    .bind(id)
    .bind(before)
    .bind(ticket)
    .execute(&mut *conn)
    .await?;
    let expected = format!("{} at {}", before.as_str(), ticket.0);
    WAITLIST_AS_STORED.expect_one(conn, &done, id.0, expected).await
}

/// Ends the `waiting` entries of a locked class: `status` is `expired` or `cancelled`.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if more or fewer wait.
pub async fn waitlist_end_waiting(
    conn: &mut Conn,
    session: SessionId,
    status: EntryStatus,
    waiting: u32,
) -> Result<()> {
    let statement = sql!(
        waitlist_end_waiting,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), status = ? WHERE session_id = ? AND status = 'waiting'"
    );
    let done = sqlx::query(statement).bind(status).bind(session).execute(conn).await?;
    expect_count(&done, session, "waiting entries", waiting)
}

/// Moves the deadline of an offer over the one that was loaded. The reminder moves along, unless it was written already:
/// one for each offer.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has another deadline, or is no offer.
pub async fn waitlist_move_deadline(
    conn: &mut Conn,
    id: WaitlistId,
    before: Instant,
    after: Instant,
    reminder_at: Option<Instant>,
) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_move_deadline,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), response_deadline = ?, reminder_at = IF(reminder_at IS NULL, NULL, ?) \
         WHERE id = ? AND status = 'notified' AND response_deadline = ?"
    ))
    .bind(after)
    .bind(reminder_at)
    .bind(id)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    let expected = format!("an offer until {}", before.to_rfc3339());
    WAITLIST_AS_STORED.expect_one(conn, &done, id.0, expected).await
}

/// Marks the reminder of an offer as written.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it was written already, or the entry has another offer or none.
pub async fn waitlist_mark_reminded(conn: &mut Conn, id: WaitlistId, round: u32) -> Result<()> {
    let done = sqlx::query(sql!(
        waitlist_mark_reminded,
        "UPDATE waitlist SET updated_at = UTC_TIMESTAMP(3), reminder_at = NULL \
         WHERE id = ? AND status = 'notified' AND notification_round = ? AND reminder_at IS NOT NULL"
    ))
    .bind(id)
    .bind(round)
    .execute(&mut *conn)
    .await?;
    WAITLIST_AS_STORED.expect_one(conn, &done, id.0, format!("offer {round}, not reminded of")).await
}
