//! Writing what was decided: an event, its rows.
//!
//! Every change of a state carries the old state in its WHERE clause; a row that is not as it was loaded under
//! the session's lock is a fault, and the transaction is rolled back.

use super::load::{Due, Locked};
use super::{bulk, offers};
use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::messages;
use crate::service::{compensation, makeup};
use crate::wechat::message::Template;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use logic::ids::{BookingId, ProfileId, Ticket, WaitlistId};
use logic::session::{BookingEnd, BookingKind, Event, Session};
use logic::status::{BookingSource, NotificationStatus, Reason};
use logic::{Instant, deadline};

/// The rows that a command's own events made or reopened.
#[derive(Debug, Default)]
pub struct Made {
    /// The entry that joined.
    pub entry: Option<WaitlistId>,
    /// The booking that was made.
    pub booking: Option<BookingId>,
}

/// Writes one event, or several that are written together ([`offers::together`]).
pub(super) async fn events(
    conn: &mut Conn,
    locked: &mut Locked,
    events: &[Event],
    now: Instant,
    app: &App,
    made: &mut Made,
) -> Result<(), AppError> {
    let at = DateTime::<Utc>::from(now);
    let Some(event) = events.first() else { return Ok(()) };
    match event {
        Event::Joined { ticket, profile, makeup_for, .. } => {
            let id = joined(conn, locked, *ticket, *profile, *makeup_for, now, app).await?;
            locked.ids.insert(*ticket, id);
            made.entry = Some(WaitlistId(id));
        }
        Event::Offered { round, deadline, .. } => {
            offers::made(conn, locked, &tickets(events), (*round, *deadline), now, app).await?;
        }
        Event::Confirmed { ticket, profile, makeup } => {
            let id = id_of(locked, *ticket)?;
            let done = sqlx::query(
                "UPDATE waitlist SET status = 'confirmed', confirmed_at = ?, reminder_at = NULL \
                 WHERE id = ? AND status = 'notified'",
            )
            .bind(at)
            .bind(id)
            .execute(&mut *conn)
            .await?;
            one(done.rows_affected(), "a notified entry to confirm", id)?;
            offers::end(conn, &[id], NotificationStatus::Responded, None, now).await?;
            let source = if makeup.is_some() { BookingSource::Makeup } else { BookingSource::Waitlist };
            let booking = book(conn, locked, *profile, source, Some(id), now).await?;
            if let Some(made_up) = makeup {
                makeup::booked(conn, locked, *profile, booking, made_up, now, &app.policy).await?;
            }
            made.booking = Some(booking);
        }
        Event::Declined { ticket, by } => {
            let id = end_entry(conn, locked, *ticket, "notified", "cancelled").await?;
            offers::end(conn, &[id], NotificationStatus::Responded, Some(by.reason()), now).await?;
        }
        Event::Expired { .. } => offers::ran_out(conn, locked, &tickets(events), now).await?,
        Event::LeftQueue { ticket, by, offered } => {
            let id = cancel_entry(conn, locked, *ticket, *offered, by.reason(), now).await?;
            messages::news(conn, locked, &[id], Template::Left, now, app).await?;
        }
        Event::Withdrawn { ticket } => {
            cancel_entry(conn, locked, *ticket, true, Reason::SystemError, now).await?;
        }
        Event::MakeupLapsed { ticket, offered } => {
            let id = cancel_entry(conn, locked, *ticket, *offered, Reason::SystemError, now).await?;
            messages::news(conn, locked, &[id], Template::MakeupLapsed, now, app).await?;
        }
        Event::EndedByBooking { ticket } => {
            end_entry(conn, locked, *ticket, "waiting", "cancelled").await?;
        }
        Event::Booked { profile, kind } => {
            let source = match kind {
                BookingKind::Ordinary | BookingKind::Paid(_) => BookingSource::Direct,
                BookingKind::Makeup(_) => BookingSource::Makeup,
            };
            let booking = book(conn, locked, *profile, source, None, now).await?;
            match kind {
                BookingKind::Ordinary => {}
                BookingKind::Paid(uses) => compensation::spend(conn, booking, uses, now).await?,
                BookingKind::Makeup(made_up) => {
                    makeup::booked(conn, locked, *profile, booking, made_up, now, &app.policy).await?;
                }
            }
            made.booking = Some(booking);
        }
        Event::LeaveUndone { booking } => {
            let done =
                sqlx::query("UPDATE booking SET status = 'cancelled' WHERE id = ? AND status = 'leave'")
                    .bind(booking.0)
                    .execute(conn)
                    .await?;
            one(done.rows_affected(), "a leave to undo", booking.0)?;
        }
        Event::BookingEnded { booking, how } => {
            let status = match how {
                BookingEnd::Cancelled { .. } | BookingEnd::Makeup => "cancelled",
                BookingEnd::Leave => "leave",
            };
            let done = sqlx::query(
                "UPDATE booking SET status = ?, cancelled_at = ? WHERE id = ? AND status = 'booked'",
            )
            .bind(status)
            .bind(at)
            .bind(booking.0)
            .execute(&mut *conn)
            .await?;
            one(done.rows_affected(), "a live booking to end", booking.0)?;
            match how {
                BookingEnd::Cancelled { credit_back: true } => {
                    compensation::give_back(conn, *booking, now).await?;
                }
                BookingEnd::Cancelled { credit_back: false } | BookingEnd::Leave => {}
                BookingEnd::Makeup => makeup::ended(conn, *booking, now).await?,
            }
        }
        Event::DeadlineMoved { ticket, deadline } => {
            let id = id_of(locked, *ticket)?;
            let until = DateTime::<Utc>::from(*deadline);
            // The reminder moves along, unless it is out already: one per offer.
            sqlx::query(
                "UPDATE waitlist SET response_deadline = ?, reminder_at = IF(reminder_at IS NULL, NULL, ?) \
                 WHERE id = ? AND status = 'notified'",
            )
            .bind(until)
            .bind(deadline::reminder_at(now, *deadline, &app.policy).map(DateTime::<Utc>::from))
            .bind(id)
            .execute(&mut *conn)
            .await?;
            let said = messages::moved_offer(conn, locked, id, *deadline, app).await?;
            sqlx::query(
                "UPDATE waitlist_notification SET response_deadline = ?, message_content = COALESCE(?, message_content) \
                 WHERE waitlist_id = ? AND notification_type = 'spot_available' AND status = 'sent'",
            )
            .bind(until)
            .bind(said)
            .bind(id)
            .execute(&mut *conn)
            .await?;
        }
        Event::WaitlistClosed { .. } => bulk::close_list(conn, locked, now, app).await?,
        Event::CalledOff => bulk::call_off(conn, locked, now, app).await?,
        // Counters alone: the session's row carries them.
        Event::CapacitySet { .. } | Event::Released { .. } => {}
    }
    Ok(())
}

/// Writes the session's counters and due times over the ones that were loaded.
pub(super) async fn counters(
    conn: &mut Conn,
    session_id: i64,
    before: &Session,
    after: &Session,
    due: &Due,
) -> Result<(), AppError> {
    let done = sqlx::query(
        "UPDATE class_session SET capacity = ?, booked = ?, held = ?, waiting = ?, next_ticket = ?, status = ?, \
         due_at = ?, offers_due_at = ?, freed_at = ?, revision = revision + 1 \
         WHERE id = ? AND capacity = ? AND booked = ? AND held = ? AND waiting = ? AND next_ticket = ?",
    )
    .bind(after.capacity)
    .bind(after.booked)
    .bind(after.held())
    .bind(after.waiting)
    .bind(after.next_ticket.0)
    .bind(after.status.as_str())
    .bind(due.at.map(DateTime::<Utc>::from))
    .bind(due.offers_at.map(DateTime::<Utc>::from))
    .bind(due.freed_at.map(DateTime::<Utc>::from))
    .bind(session_id)
    .bind(before.capacity)
    .bind(before.booked)
    .bind(before.held())
    .bind(before.waiting)
    .bind(before.next_ticket.0)
    .execute(conn)
    .await?;
    one(done.rows_affected(), "the session as it was loaded", session_id)
}

/// Says that something in a session changed that its counters do not show. The session's row is locked.
///
/// # Errors
/// The database's.
pub(in crate::service) async fn revise(conn: &mut Conn, session_id: i64) -> Result<(), AppError> {
    sqlx::query("UPDATE class_session SET revision = revision + 1 WHERE id = ?")
        .bind(session_id)
        .execute(conn)
        .await?;
    Ok(())
}

async fn joined(
    conn: &mut Conn,
    locked: &Locked,
    ticket: Ticket,
    profile: ProfileId,
    makeup_for: Option<BookingId>,
    now: Instant,
    app: &App,
) -> Result<i64, AppError> {
    let expires_at = deadline::waitlist_times(locked.row.start, &app.policy).last_notification_at;
    // The row that opens again, if this profile was in this queue before (RULES §2).
    let before: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM waitlist WHERE profile_id = ? AND course_schedule_id = ? AND booking_date = ?",
    )
    .bind(profile.0)
    .bind(locked.row.schedule.0)
    .bind(locked.row.date)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(id) = before {
        reopen(conn, id, ticket, makeup_for, now, expires_at.into()).await?;
        return Ok(id);
    }
    let done = sqlx::query(
        "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, status, \
         join_time, expires_at, makeup_for) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)",
    )
    .bind(profile.0)
    .bind(locked.row.id)
    .bind(locked.row.schedule.0)
    .bind(locked.row.date)
    .bind(ticket.0)
    .bind(DateTime::<Utc>::from(now))
    .bind(DateTime::<Utc>::from(expires_at))
    .bind(makeup_for.map(|booking| booking.0))
    .execute(conn)
    .await?;
    inserted(done.last_insert_id())
}

/// Opens an ended entry again, at the tail of the queue.
pub(super) async fn reopen(
    conn: &mut Conn,
    id: i64,
    ticket: Ticket,
    makeup_for: Option<BookingId>,
    now: Instant,
    expires_at: DateTime<Utc>,
) -> Result<(), AppError> {
    let done = sqlx::query(
        "UPDATE waitlist SET `position` = ?, status = 'waiting', join_time = ?, response_deadline = NULL, \
         confirmed_at = NULL, expires_at = ?, makeup_for = ? \
         WHERE id = ? AND status IN ('confirmed', 'expired', 'cancelled')",
    )
    .bind(ticket.0)
    .bind(DateTime::<Utc>::from(now))
    .bind(expires_at)
    .bind(makeup_for.map(|booking| booking.0))
    .bind(id)
    .execute(conn)
    .await?;
    one(done.rows_affected(), "an ended entry to open again", id)
}

async fn book(
    conn: &mut Conn,
    locked: &Locked,
    profile: ProfileId,
    source: BookingSource,
    entry: Option<i64>,
    now: Instant,
) -> Result<BookingId, AppError> {
    let done = sqlx::query(
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date, status, source, \
         waitlist_id, created_at) VALUES (?, ?, ?, ?, 'booked', ?, ?, ?)",
    )
    .bind(profile.0)
    .bind(locked.row.id)
    .bind(locked.row.schedule.0)
    .bind(locked.row.date)
    .bind(source.as_str())
    .bind(entry)
    .bind(DateTime::<Utc>::from(now))
    .execute(conn)
    .await?;
    inserted(done.last_insert_id()).map(BookingId)
}

/// Ends an entry before its time, and its offer with it where it has one: that is what `reason` is of.
async fn cancel_entry(
    conn: &mut Conn,
    locked: &Locked,
    ticket: Ticket,
    offered: bool,
    reason: Reason,
    now: Instant,
) -> Result<i64, AppError> {
    let from = if offered { "notified" } else { "waiting" };
    let id = end_entry(conn, locked, ticket, from, "cancelled").await?;
    if offered {
        offers::end(conn, &[id], NotificationStatus::Cancelled, Some(reason), now).await?;
    }
    Ok(id)
}

async fn end_entry(
    conn: &mut Conn,
    locked: &Locked,
    ticket: Ticket,
    from: &str,
    to: &str,
) -> Result<i64, AppError> {
    let id = id_of(locked, ticket)?;
    let done = sqlx::query(
        "UPDATE waitlist SET status = ?, reminder_at = NULL WHERE id = ? AND status = ? AND `position` = ?",
    )
    .bind(to)
    .bind(id)
    .bind(from)
    .bind(ticket.0)
    .execute(conn)
    .await?;
    one(done.rows_affected(), "the entry as it was loaded", id)?;
    Ok(id)
}

/// The places that offers are made to, or were.
fn tickets(events: &[Event]) -> Vec<Ticket> {
    let tickets = events.iter().filter_map(|event| match event {
        Event::Offered { ticket, .. } | Event::Expired { ticket, .. } => Some(*ticket),
        _ => None,
    });
    tickets.collect()
}

pub(super) fn id_of(locked: &Locked, ticket: Ticket) -> Result<i64, AppError> {
    locked.ids.get(&ticket).copied().ok_or_else(|| {
        AppError::Internal(anyhow!("no row was loaded for {ticket:?} of session {}", locked.row.id))
    })
}

/// A statement that must have changed just one row.
pub(in crate::service) fn one(rows: u64, what: &str, id: i64) -> Result<(), AppError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(AppError::Internal(anyhow!("expected {what} ({id}), found {rows} rows")))
    }
}

pub(in crate::service) fn inserted(id: u64) -> Result<i64, AppError> {
    i64::try_from(id).map_err(|e| AppError::Internal(e.into()))
}
