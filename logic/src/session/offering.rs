//! The one step that turns free seats into offers (R2.48 to R2.52).
//!
//! Only staff offer a seat in another way, out of turn with `notify` (R2.73). These events free a seat, and
//! each leads here in the same decision, and so in the same transaction:
//!
//! | what happened | event |
//! |---|---|
//! | a booking was cancelled | `BookingEnded` (`Cancelled`) |
//! | leave was taken | `BookingEnded` (`Leave`) |
//! | a makeup was cancelled | `BookingEnded` (`Makeup`) |
//! | an offer was declined | `Declined` |
//! | an offer expired | `Expired` |
//! | a notified entry left the queue | `LeftQueue` (`offered`) |
//! | an offer was void | `Withdrawn`, `MakeupLapsed` (`offered`) |
//! | the capacity was raised | `CapacitySet` |

use super::event::Event;
use super::{Session, WaitingEntry};
use crate::deadline;
use crate::policy::Policy;
use crate::status::SessionStatus;
use crate::time::Instant;

/// Offers every free seat to the first waiting entries that may be notified at `now`. An entry inside its
/// notification interval keeps its place and is passed over (R2.49). In quiet hours nothing is offered, and
/// [`next_offer_at`] gives their end. An entry whose makeup has lapsed is not offered a seat: it ends (R3.18).
pub(super) fn offer_free_seats(
    session: &mut Session,
    now: Instant,
    policy: &Policy,
    events: &mut Vec<Event>,
) {
    if session.status == SessionStatus::Cancelled {
        return;
    }
    while session.free() > 0 {
        let may_be_notified = |entry: &&WaitingEntry| earliest(session, entry, now, policy) == Some(now);
        let Some(entry) = session.queue_front.iter().find(may_be_notified) else { return };
        let event = if entry.lapsed {
            Event::MakeupLapsed { ticket: entry.ticket, offered: false }
        } else {
            offer_to(session, entry, now, policy)
        };
        session.apply(&event);
        events.push(event);
    }
}

/// The event that offers a seat to `entry` at `now`.
pub(super) fn offer_to(session: &Session, entry: &WaitingEntry, now: Instant, policy: &Policy) -> Event {
    Event::Offered {
        ticket: entry.ticket,
        profile: entry.profile,
        round: entry.round.saturating_add(1),
        sent_at: now,
        deadline: deadline::response_deadline(now, session.start, policy),
    }
}

/// The first instant at which a loaded entry may be notified; `None` if no seat is free or no entry ever may.
pub(super) fn next_offer_at(session: &Session, now: Instant, policy: &Policy) -> Option<Instant> {
    if session.free() == 0 {
        return None;
    }
    session.queue_front.iter().filter_map(|entry| earliest(session, entry, now, policy)).min()
}

fn earliest(session: &Session, entry: &WaitingEntry, now: Instant, policy: &Policy) -> Option<Instant> {
    deadline::earliest_notification(session.start, entry.last_notified_at, now, session.utc_offset, policy)
        .ok()
}
