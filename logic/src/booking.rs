//! Who may book a seat directly (RULES §2, Direct booking), and when attendance is taken.

use crate::deadline::Phase;
use crate::error::{Code, Refusal};
use crate::status::{BookingStatus, SessionStatus};
use crate::time::Instant;

/// What decides whether a profile may book a seat directly. Paying for it is a question of its own, asked
/// last: [`crate::compensation::plan_compensation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookFacts {
    /// The gym has called the class off.
    pub cancelled: bool,
    /// When the class starts.
    pub start: Instant,
    /// The profile has a live booking in this session.
    pub already_booked: bool,
    /// An entry of the profile stands in the way: one with an open offer, or one waiting in phase `open`.
    pub already_waiting: bool,
    /// A live booking or makeup of the profile overlaps; touching ends do not.
    pub time_conflict: bool,
    /// Seats that a direct booking could take: none while anyone waits in phase `open`.
    pub bookable_seats: u32,
}

/// Whether the profile may book directly at `now`.
///
/// # Errors
/// The first that holds of `class_cancelled`, `class_started`, `already_booked`, `already_waiting`,
/// `time_conflict`, `session_full`.
pub fn check_book(facts: &BookFacts, now: Instant) -> Result<(), Code> {
    if facts.cancelled {
        Err(Code::ClassCancelled)
    } else if now >= facts.start {
        Err(Code::ClassStarted)
    } else if facts.already_booked {
        Err(Code::AlreadyBooked)
    } else if facts.already_waiting {
        Err(Code::AlreadyWaiting)
    } else if facts.time_conflict {
        Err(Code::TimeConflict)
    } else if facts.bookable_seats == 0 {
        Err(Code::SessionFull)
    } else {
        Ok(())
    }
}

/// Whether a class that ends at `end` is over at `now`, so that its bookings count as attended unless the staff says
/// otherwise.
pub fn is_over(end: Instant, now: Instant) -> bool {
    now >= end
}

/// Whether staff may say of a booking with this status that its class was attended, or not. Saying it again, or
/// the other way round, is a correction.
///
/// # Errors
/// `conflict` before the class starts, and for a booking that was given up or called off.
pub fn check_attendance(status: BookingStatus, start: Instant, now: Instant) -> Result<(), Refusal> {
    if !status.takes_a_seat() {
        return Err(Refusal::because(
            Code::Conflict,
            format!("this booking is `{status}`: nobody was expected"),
        ));
    }
    if now < start {
        return Err(Refusal::because(Code::Conflict, "the class has not started"));
    }
    Ok(())
}

/// Seats of a class session that a direct booking could take: none while anyone waits in phase `open`, none once it
/// has started.
pub fn bookable_seats(status: SessionStatus, phase: Phase, waiting: u32, free: u32) -> u32 {
    let queued_for = phase == Phase::Open && waiting > 0;
    let over = status == SessionStatus::Cancelled || phase == Phase::Started;
    if over || queued_for { 0 } else { free }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attendance_is_taken_from_the_start_on() {
        let start = Instant::clamped(1_000_000);
        let check = |status, at| check_attendance(status, start, Instant::clamped(at)).map_err(|r| r.code);
        for status in BookingStatus::ALL {
            let expected = if status.takes_a_seat() { Ok(()) } else { Err(Code::Conflict) };
            assert_eq!(check(*status, 1_000_000), expected, "{status}");
            assert_eq!(check(*status, 999_999), Err(Code::Conflict), "{status}, before");
        }
    }

    #[test]
    fn free_seats_go_to_the_queue_while_it_is_open() {
        let seats = |phase, waiting| bookable_seats(SessionStatus::Scheduled, phase, waiting, 2);
        assert_eq!((seats(Phase::Open, 1), seats(Phase::Open, 0), seats(Phase::Deciding, 1)), (0, 2, 2));
        assert_eq!(bookable_seats(SessionStatus::Cancelled, Phase::Open, 0, 2), 0);
        assert_eq!((seats(Phase::Closed, 0), seats(Phase::Started, 0)), (2, 0));
    }
}
