//! Joining a waitlist (R2.14 to R2.22, R2.87).

use crate::actor::Actor;
use crate::deadline::{Phase, phase};
use crate::error::{Code, Refusal};
use crate::limits::check_horizon;
use crate::policy::Policy;
use crate::time::Instant;

/// The facts that decide whether a profile may join the waitlist of a class session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinFacts {
    /// Who asks.
    pub by: Actor,
    /// Whether the gym has called the class off.
    pub cancelled: bool,
    /// When the class starts.
    pub start: Instant,
    /// Whether the profile has a live booking or makeup in this session.
    pub already_booked: bool,
    /// Whether the profile has a waiting or notified entry in this session.
    pub already_waiting: bool,
    /// Seats that are neither booked nor held.
    pub free_seats: u32,
    /// Waiting and notified entries of this session.
    pub queue_length: u32,
    /// The queue capacity of the course; `None` takes the policy's (R1.7).
    pub queue_capacity: Option<u32>,
    /// Waiting and notified entries of the profile in all sessions.
    pub active_waitlists: u32,
}

/// Checks whether the profile may join at `now` (R2.14). A join for a makeup must also pass
/// [`crate::makeup::check_makeup_waiting`] (R2.23).
///
/// # Errors
/// The first of these that holds: `class_cancelled`, `class_started`, `too_far_ahead`, `waitlist_closed`,
/// `already_booked`, `already_waiting`, `spot_available`, `queue_full`, `too_many_waitlists`.
pub fn check_join(facts: &JoinFacts, now: Instant, policy: &Policy) -> Result<(), Refusal> {
    let phase = phase(facts.start, now, policy);
    if facts.cancelled {
        return Err(Code::ClassCancelled.into());
    }
    if phase == Phase::Started {
        return Err(Code::ClassStarted.into());
    }
    check_horizon(facts.start, facts.by, now, policy)?;
    let refused = if phase != Phase::Open {
        Code::WaitlistClosed
    } else if facts.already_booked {
        Code::AlreadyBooked
    } else if facts.already_waiting {
        Code::AlreadyWaiting
    } else if facts.free_seats > 0 && facts.queue_length == 0 {
        Code::SpotAvailable
    } else if facts.queue_length >= facts.queue_capacity.unwrap_or(policy.queue_capacity) {
        Code::QueueFull
    } else if facts.active_waitlists >= policy.active_waitlists_per_profile {
        Code::TooManyWaitlists
    } else {
        return Ok(());
    };
    Err(refused.into())
}
