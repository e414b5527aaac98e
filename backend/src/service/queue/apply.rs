//! Applies the events of a decision to the rows.
//!
//! A row that is not as it was loaded under the lock of the class is an error, and the transaction is rolled back.

use super::load::Locked;
use super::{bulk, flow_data, makeups, offers};
use crate::error::AppError;
use crate::service::{Context, credit, messages, rights};
use crate::store::{self, Conn, NewEntry, ProfileLock, StoreError};
use logic::ids::{BookingId, Ticket, WaitlistId};
use logic::makeup::MakeupTerms;
use logic::session::{Actor, BookingEnd, BookingKind, Command, Event};
use logic::status::{
    BookingSource, BookingStatus, EntryStatus, MessageKind, NotificationStatus, Reason, SessionStatus,
};
use logic::{Instant, deadline};

/// The rows that a command's own events created or opened again.
#[derive(Debug, Default)]
pub struct Created {
    /// The entry that joined.
    pub entry: Option<WaitlistId>,
    /// The booking.
    pub booking: Option<BookingId>,
}

/// A step of a decision: one event, or several that are written together ([`offers::together`]).
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    /// What was decided.
    pub(super) command: &'a Command,
    /// The events of the decision before these.
    pub(super) earlier: &'a [Event],
    /// The events.
    pub(super) events: &'a [Event],
}

/// Applies a step.
pub(super) async fn step(
    context: &Context,
    conn: &mut Conn,
    (locked, profiles): (&mut Locked, &[ProfileLock]),
    Step { command, earlier, events }: Step<'_>,
    now: Instant,
    created: &mut Created,
) -> Result<(), AppError> {
    let Some(event) = events.first() else { return Ok(()) };
    match event {
        Event::Joined { ticket, profile, makeup_for, .. } => {
            let entry = NewEntry {
                profile: *profile,
                ticket: *ticket,
                join_time: now,
                expires_at: list_closes_at(locked),
                makeup_for: *makeup_for,
            };
            created.entry = Some(join(conn, locked, &entry).await?);
        }
        Event::Offered { round, deadline, .. } => {
            let flow_data = flow_data::of_offers(command, earlier, events);
            let offer = (*round, *deadline);
            offers::make(context, conn, locked, &tickets(events), offer, &flow_data, now).await?;
        }
        Event::Confirmed { ticket, profile, makeup } => {
            let id = locked.id_of(*ticket)?;
            store::waitlist_confirm(conn, id, *ticket, now).await?;
            end_offer(conn, id, NotificationStatus::Responded, None, now).await?;
            let source = if makeup.is_some() { BookingSource::Makeup } else { BookingSource::Waitlist };
            let profile = ProfileLock::of(profiles, *profile)?;
            let booking = book(conn, locked, profile, (source, Some(id)), makeup.as_ref(), now).await?;
            created.booking = Some(booking);
        }
        Event::Declined { ticket, by } => {
            let id = cancel(conn, locked, *ticket, EntryStatus::Notified).await?;
            end_offer(conn, id, NotificationStatus::Responded, Some(by.reason()), now).await?;
        }
        Event::Expired { .. } => offers::expire(context, conn, locked, &tickets(events), now).await?,
        Event::LeftQueue { ticket, by, offered } => {
            let id = cancel_with_offer(conn, locked, *ticket, *offered, by.reason(), now).await?;
            // What staff did is told by `staff_changes`, which knows whose child it is.
            if *by == Actor::Member {
                messages::news(context, conn, &locked.class, &[id], MessageKind::WaitlistLeft, now).await?;
            }
        }
        Event::Withdrawn { ticket } => {
            let id = cancel_with_offer(conn, locked, *ticket, true, Reason::SystemError, now).await?;
            // Who loses an offer because the class is called off is told that, once.
            if locked.state.status == SessionStatus::Scheduled {
                messages::said(context, conn, &locked.class, &[id], MessageKind::OfferWithdrawn, now).await?;
            }
        }
        Event::MakeupLapsed { ticket, offered } => {
            let id = cancel_with_offer(conn, locked, *ticket, *offered, Reason::SystemError, now).await?;
            messages::news(context, conn, &locked.class, &[id], MessageKind::WaitlistLapsed, now).await?;
        }
        Event::EndedByBooking { ticket } => {
            cancel(conn, locked, *ticket, EntryStatus::Waiting).await?;
        }
        Event::Booked { profile, kind } => {
            let (source, makeup) = match kind {
                BookingKind::Ordinary | BookingKind::Paid(_) => (BookingSource::Direct, None),
                BookingKind::Makeup(terms) => (BookingSource::Makeup, Some(terms)),
            };
            let profile = ProfileLock::of(profiles, *profile)?;
            let booking = book(conn, locked, profile, (source, None), makeup, now).await?;
            if let BookingKind::Paid(uses) = kind {
                credit::spend(conn, profile, booking, uses, now).await?;
            }
            created.booking = Some(booking);
        }
        Event::LeaveUndone { booking } => store::booking_undo_leave(conn, *booking).await?,
        Event::BookingEnded { booking, how } => {
            end_booking(conn, (locked, profiles), *booking, *how, now).await?;
        }
        Event::DeadlineMoved { ticket, deadline } => {
            let id = locked.id_of(*ticket)?;
            let reminder_at = deadline::reminder_at(now, *deadline, &locked.class.policy);
            let none = || StoreError::unexpected("waitlist", id.0, "an offer", "none");
            let before = locked.state.offer(*ticket).ok_or_else(none)?.deadline;
            store::waitlist_move_deadline(conn, id, before, *deadline, reminder_at).await?;
            messages::moved_offer(context, conn, &locked.class, id, (before, *deadline)).await?;
        }
        Event::WaitlistClosed { entries } => bulk::close_list(context, conn, locked, *entries, now).await?,
        Event::CalledOff => bulk::call_off(context, conn, locked, now).await?,
        // Counters alone: the row of the class has them.
        Event::CapacitySet { .. } | Event::Released { .. } => {}
    }
    Ok(())
}

/// When the list of a class closes, as its entries keep it.
pub(super) fn list_closes_at(locked: &Locked) -> Instant {
    deadline::waitlist_times(locked.class.starts_at, &locked.class.policy).last_notification_at
}

/// Writes an entry that joins, or opens the one that the profile has in this queue again (RULES §2).
async fn join(conn: &mut Conn, locked: &mut Locked, entry: &NewEntry) -> Result<WaitlistId, AppError> {
    let id = match locked.entries.get(&entry.profile).copied() {
        Some(id) => {
            store::waitlist_reopen(conn, id, entry).await?;
            id
        }
        None => store::waitlist_insert(conn, &locked.class, entry).await?,
    };
    locked.ids.insert(entry.ticket, id);
    Ok(id)
}

/// Books a seat, by confirming the offer of an entry or directly, with its makeup where it is one.
async fn book(
    conn: &mut Conn,
    locked: &Locked,
    profile: &ProfileLock,
    (source, entry): (BookingSource, Option<WaitlistId>),
    makeup: Option<&MakeupTerms>,
    now: Instant,
) -> Result<BookingId, AppError> {
    let booking = store::booking_insert(conn, &locked.class, profile, source, entry, now).await?;
    if let Some(terms) = makeup {
        makeups::book(conn, &locked.class, (profile, booking), terms, now).await?;
    }
    Ok(booking)
}

/// Ends a booking of the one profile that a cancellation locks; leave changes no credit, and locks none.
async fn end_booking(
    conn: &mut Conn,
    (locked, profiles): (&Locked, &[ProfileLock]),
    booking: BookingId,
    how: BookingEnd,
    now: Instant,
) -> Result<(), AppError> {
    let status = match how {
        BookingEnd::Cancelled { .. } | BookingEnd::Makeup => BookingStatus::Cancelled,
        BookingEnd::Leave => BookingStatus::Leave,
    };
    store::booking_end(conn, booking, status, now).await?;
    if how == BookingEnd::Leave {
        rights::arise(&locked.class.policy, conn, &[booking]).await?;
    }
    for profile in profiles {
        match how {
            BookingEnd::Cancelled { credit_back: true } => {
                credit::give_back(conn, profile, booking, now).await?;
            }
            BookingEnd::Makeup => makeups::end(conn, profile, booking, now).await?,
            BookingEnd::Cancelled { credit_back: false } | BookingEnd::Leave => {}
        }
    }
    Ok(())
}

/// Cancels an entry, and its offer where it has one: `reason` is why the offer ended.
async fn cancel_with_offer(
    conn: &mut Conn,
    locked: &Locked,
    ticket: Ticket,
    offered: bool,
    reason: Reason,
    now: Instant,
) -> Result<WaitlistId, AppError> {
    let before = if offered { EntryStatus::Notified } else { EntryStatus::Waiting };
    let id = cancel(conn, locked, ticket, before).await?;
    if offered {
        end_offer(conn, id, NotificationStatus::Cancelled, Some(reason), now).await?;
    }
    Ok(id)
}

async fn cancel(
    conn: &mut Conn,
    locked: &Locked,
    ticket: Ticket,
    before: EntryStatus,
) -> Result<WaitlistId, AppError> {
    let id = locked.id_of(ticket)?;
    store::waitlist_cancel(conn, id, before, ticket).await?;
    Ok(id)
}

async fn end_offer(
    conn: &mut Conn,
    entry: WaitlistId,
    status: NotificationStatus,
    reason: Option<Reason>,
    now: Instant,
) -> Result<(), AppError> {
    Ok(store::waitlist_notification_end_offers(conn, &[entry], status, reason, now).await?)
}

/// The places that offers are made to, or ran out at.
fn tickets(events: &[Event]) -> Vec<Ticket> {
    let tickets = events.iter().filter_map(|event| match event {
        Event::Offered { ticket, .. } | Event::Expired { ticket, .. } => Some(*ticket),
        _ => None,
    });
    tickets.collect()
}
