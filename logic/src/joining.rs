//! Who may join a waitlist (RULES §2, Joining).

use crate::deadline::{Phase, phase};
use crate::error::Code;
use crate::policy::Policy;
use crate::time::Instant;

/// What decides whether a profile may join the waitlist of a class session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinFacts {
    /// The gym has called the class off.
    pub cancelled: bool,
    /// When the class starts.
    pub start: Instant,
    /// The profile has a live booking (or makeup) in this session.
    pub already_booked: bool,
    /// The profile has an entry here that is waiting or notified.
    pub already_waiting: bool,
    /// Seats neither booked nor held.
    pub free_seats: u32,
    /// Entries here that are waiting or notified.
    pub queue_length: u32,
    /// The course's own limit; the policy's where it sets none.
    pub queue_capacity: Option<u32>,
    /// The profile's waiting and notified entries, in all sessions.
    pub active_waitlists: u32,
}

/// Whether the profile may join at `now`. A join that names a missed class to make up must also pass
/// [`crate::makeup::check_makeup_waiting`].
///
/// # Errors
/// The first that holds of `class_cancelled`, `class_started`, `waitlist_closed`, `already_booked`,
/// `already_waiting`, `spot_available`, `queue_full`, `too_many_waitlists`.
pub fn check_join(facts: &JoinFacts, now: Instant, policy: &Policy) -> Result<(), Code> {
    let phase = phase(facts.start, now, policy);
    if facts.cancelled {
        Err(Code::ClassCancelled)
    } else if phase == Phase::Started {
        Err(Code::ClassStarted)
    } else if phase != Phase::Open {
        Err(Code::WaitlistClosed)
    } else if facts.already_booked {
        Err(Code::AlreadyBooked)
    } else if facts.already_waiting {
        Err(Code::AlreadyWaiting)
    } else if facts.free_seats > 0 && facts.queue_length == 0 {
        Err(Code::SpotAvailable)
    } else if facts.queue_length >= facts.queue_capacity.unwrap_or(policy.queue_capacity) {
        Err(Code::QueueFull)
    } else if facts.active_waitlists >= policy.active_waitlists_per_profile {
        Err(Code::TooManyWaitlists)
    } else {
        Ok(())
    }
}
