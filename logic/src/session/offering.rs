//! The one step that turns free seats into offers (RULES §2, "The queue").
//!
//! There is no other way to offer a seat but the staff's out-of-turn `notify`. These free one, and each ends
//! here, in the same decision and so in the same transaction:
//!
//! | what | event |
//! |---|---|
//! | a booking is cancelled | `BookingEnded` (`Cancelled`) |
//! | leave is taken | `BookingEnded` (`Leave`) |
//! | an offer is declined | `Declined` |
//! | an offer runs out | `Expired` |
//! | a notified member leaves the queue | `Left` (`offered`) |
//! | the capacity is raised | `CapacitySet` |
//! | a makeup is cancelled | `BookingEnded` of its booking |
//! | an offer is withdrawn as void | `Withdrawn`, `Lapsed` (`offered`) |

use super::event::Event;
use super::{Session, Waiting};
use crate::deadline;
use crate::policy::Policy;
use crate::status::SessionStatus;
use crate::time::Instant;

/// Offers every free seat to the first waiting entries that may be notified now; an entry inside its
/// interval keeps its place and is passed over, quiet hours leave a due time ([`next_offer_at`]).
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
        let may_be_told = |entry: &&Waiting| earliest(session, entry, now, policy) == Some(now);
        let Some(entry) = session.heads.iter().find(may_be_told) else { return };
        let event = offer_to(session, entry, now, policy);
        session.apply(&event);
        events.push(event);
    }
}

/// The offer of a seat to `entry` at `now`.
pub(super) fn offer_to(session: &Session, entry: &Waiting, now: Instant, policy: &Policy) -> Event {
    Event::Offered {
        ticket: entry.ticket,
        profile: entry.profile,
        round: entry.round.saturating_add(1),
        sent_at: now,
        deadline: deadline::response_deadline(now, session.start, policy),
    }
}

/// When the next loaded entry may be notified, if a seat is free for it: the due time that the sweep honours.
pub(super) fn next_offer_at(session: &Session, now: Instant, policy: &Policy) -> Option<Instant> {
    if session.free() == 0 {
        return None;
    }
    session.heads.iter().filter_map(|entry| earliest(session, entry, now, policy)).min()
}

fn earliest(session: &Session, entry: &Waiting, now: Instant, policy: &Policy) -> Option<Instant> {
    deadline::earliest_notification(session.start, entry.last_notified_at, now, session.utc_offset, policy)
        .ok()
}
