//! Direct booking (R2.28 to R2.34, R2.87, R2.88), also late by staff (R2.96, R2.97); how a booking is given up (R2.39 to
//! R2.43, R2.98); and when attendance can be recorded (R2.81).

use crate::actor::Actor;
use crate::deadline::{Phase, free_cancellation};
use crate::error::{Code, Refusal};
use crate::limits::{check_horizon, check_places};
use crate::policy::Policy;
use crate::status::{BookingStatus, EntryStatus, SessionStatus};
use crate::time::Instant;

/// The facts that decide whether a profile may book a seat directly. Payment is checked separately, after
/// these: [`crate::compensation::plan_compensation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookFacts {
    /// Who asks.
    pub by: Actor,
    /// Whether the gym has called the class off.
    pub cancelled: bool,
    /// When the class starts.
    pub start: Instant,
    /// The end of the class, where staff book late (R2.96); `None`: nobody books once it has started.
    pub late_until: Option<Instant>,
    /// Whether the profile has a live booking in this session.
    pub already_booked: bool,
    /// Whether an entry of the profile in this session keeps it from booking directly: see [`blocks_booking`].
    pub already_waiting: bool,
    /// Whether a live booking or makeup of the profile overlaps the class (R0.5).
    pub time_conflict: bool,
    /// Places of the profile in classes that have not ended (R2.88).
    pub live_bookings: u32,
    /// Seats open to direct booking: see [`bookable_seats`].
    pub bookable_seats: u32,
}

/// Checks whether the profile may book directly at `now` (R2.28).
///
/// # Errors
/// The first of these that holds: `class_cancelled`, `class_started`, `too_far_ahead`, `already_booked`,
/// `already_waiting`, `time_conflict`, `too_many_bookings`, `session_full`.
pub fn check_book(facts: &BookFacts, now: Instant, policy: &Policy) -> Result<(), Refusal> {
    if facts.cancelled {
        return Err(Code::ClassCancelled.into());
    }
    if now >= facts.late_until.unwrap_or(facts.start) {
        return Err(Code::ClassStarted.into());
    }
    check_horizon(facts.start, facts.by, now, policy)?;
    if facts.already_booked {
        return Err(Code::AlreadyBooked.into());
    }
    if facts.already_waiting {
        return Err(Code::AlreadyWaiting.into());
    }
    if facts.time_conflict {
        return Err(Code::TimeConflict.into());
    }
    check_places(facts.live_bookings, facts.by, policy)?;
    if facts.bookable_seats == 0 {
        return Err(Code::SessionFull.into());
    }
    Ok(())
}

/// Returns whether an entry with this status keeps its profile from booking the class directly: an open offer, which is
/// to be answered, or a place in a queue of phase `open` (R2.32, R2.36). An offer past its deadline is not open.
pub fn blocks_booking(entry: EntryStatus, phase: Phase) -> bool {
    match entry {
        EntryStatus::Notified => true,
        EntryStatus::Waiting => phase == Phase::Open,
        EntryStatus::Confirmed | EntryStatus::Expired | EntryStatus::Cancelled => false,
    }
}

/// Checks whether a booking with this status can be cancelled at `now`, before the class starts (R2.39); for a booking that
/// staff made late, `start` is the end of the class (R2.97). Cancelling twice is decided before this (R2.80).
///
/// # Errors
/// `conflict` unless it is `booked`; `class_started`.
pub fn check_cancel(status: BookingStatus, start: Instant, now: Instant) -> Result<(), Refusal> {
    if status != BookingStatus::Booked {
        Err(not_booked(status))
    } else if now >= start {
        Err(Code::ClassStarted.into())
    } else {
        Ok(())
    }
}

/// Checks whether a booking can take leave at `now` (R2.41, R2.43), also too late where staff waive the lead (R2.98). Taking
/// leave twice is decided before this (R2.80).
///
/// # Errors
/// `conflict` for a makeup, and unless the booking is `booked`; `class_started`; `leave_too_late`.
pub fn check_leave(
    status: BookingStatus,
    (is_makeup, waives_lead): (bool, bool),
    start: Instant,
    now: Instant,
    policy: &Policy,
) -> Result<(), Refusal> {
    if is_makeup {
        return Err(Refusal::because(Code::Conflict, "a makeup cannot take leave: cancel the makeup"));
    }
    check_cancel(status, start, now)?;
    if waives_lead || free_cancellation(start, now, policy) { Ok(()) } else { Err(Code::LeaveTooLate.into()) }
}

/// Returns the refusal of a verb that needs a booking that takes its seat.
pub(crate) fn not_booked(status: BookingStatus) -> Refusal {
    Refusal::because(Code::Conflict, format!("this booking is `{status}`, not `booked`"))
}

/// Returns whether a class that ends at `end` is over at `now`. From then on its bookings count as attended unless
/// staff record otherwise (R2.82).
pub fn is_over(end: Instant, now: Instant) -> bool {
    now >= end
}

/// Checks whether staff may record attendance for a booking with this status. Whether an earlier record may be
/// changed is checked by [`crate::attendance::check_correction`].
///
/// # Errors
/// `conflict` before the class starts, and for a booking that does not take a seat (R2.81).
pub fn check_attendance(status: BookingStatus, start: Instant, now: Instant) -> Result<(), Refusal> {
    if !status.takes_a_seat() {
        return Err(Refusal::because(
            Code::Conflict,
            format!("this booking is `{status}`: attendance applies to booked seats only"),
        ));
    }
    if now < start {
        return Err(Refusal::because(Code::Conflict, "the class has not started"));
    }
    Ok(())
}

/// Returns the status that everybody sees: a class that is no longer on the timetable counts as cancelled, unless it has
/// started (R2.90).
pub fn shown_status(
    stored: SessionStatus,
    on_timetable: bool,
    start: Instant,
    now: Instant,
) -> SessionStatus {
    if on_timetable || now >= start { stored } else { SessionStatus::Cancelled }
}

/// Returns the seats of a class session that are neither booked nor held for an offer (R2.34).
pub fn free_seats(capacity: u32, booked: u32, held: u32) -> u32 {
    capacity.saturating_sub(booked).saturating_sub(held)
}

/// Returns the free seats that the desk should offer: those of a class that takes place and that somebody waits for
/// (R2.51). `free` is what [`free_seats`] returned.
pub fn free_while_waiting(status: SessionStatus, waiting: u32, free: u32) -> u32 {
    if status == SessionStatus::Scheduled && waiting > 0 { free } else { 0 }
}

/// Returns whether a booking that was made at `created` was made late, in a class that had started (R2.97).
pub fn is_late(created: Instant, start: Instant) -> bool {
    created >= start
}

/// Returns the seats that staff may book late: the free ones of a class that has started and takes place; nobody waits for
/// them any more (R2.96).
pub fn late_seats(status: SessionStatus, free: u32) -> u32 {
    if status == SessionStatus::Cancelled { 0 } else { free }
}

/// Returns the seats of a class session that are open to direct booking: none while anyone waits in phase `open`,
/// and none once the class has started or is called off (R2.34, R2.51).
pub fn bookable_seats(status: SessionStatus, phase: Phase, waiting: u32, free: u32) -> u32 {
    let queued_for = phase == Phase::Open && waiting > 0;
    let over = status == SessionStatus::Cancelled || phase == Phase::Started;
    if over || queued_for { 0 } else { free }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers R2.81.
    #[test]
    fn attendance_can_be_recorded_once_the_class_has_started() {
        let start = Instant::clamped(1_000_000);
        let check = |status, at| check_attendance(status, start, Instant::clamped(at)).map_err(|r| r.code);
        for status in BookingStatus::ALL {
            let expected = if status.takes_a_seat() { Ok(()) } else { Err(Code::Conflict) };
            assert_eq!(check(*status, 1_000_000), expected, "{status}");
            assert_eq!(check(*status, 999_999), Err(Code::Conflict), "{status}, before");
        }
    }

    /// Covers R2.32, R2.36.
    #[test]
    fn an_open_offer_blocks_a_booking_and_a_place_in_the_queue_only_while_the_queue_moves() {
        for phase in [Phase::Open, Phase::Deciding, Phase::Closed, Phase::Started] {
            assert!(blocks_booking(EntryStatus::Notified, phase));
            assert_eq!(blocks_booking(EntryStatus::Waiting, phase), phase == Phase::Open);
            assert!(!blocks_booking(EntryStatus::Cancelled, phase));
        }
    }

    /// Covers R2.40, R2.41, R2.98.
    #[test]
    fn leave_can_be_taken_exactly_while_a_cancel_is_free() {
        let (start, policy) = (Instant::clamped(1_800_000_000_000), Policy::default());
        for before in -2..800 {
            let now = start.minus(crate::time::Minutes(before));
            let leave =
                |waives| check_leave(BookingStatus::Booked, (false, waives), start, now, &policy).is_ok();
            let cancel = check_cancel(BookingStatus::Booked, start, now).is_ok();
            assert_eq!(
                leave(false),
                cancel && free_cancellation(start, now, &policy),
                "{before} minutes before"
            );
            assert_eq!(leave(true), cancel, "R2.98: {before} minutes before");
        }
    }

    /// Covers R2.82.
    #[test]
    fn a_class_is_over_at_its_end() {
        let end = Instant::clamped(1_000_000);
        assert!(is_over(end, end));
        assert!(!is_over(end, Instant::clamped(999_999)));
    }

    /// Covers R2.90.
    #[test]
    fn a_class_off_the_timetable_is_cancelled_unless_it_has_started() {
        let start = Instant::clamped(1_000_000);
        let (before, after) = (Instant::clamped(999_999), start);
        let shown = |on_timetable, now| shown_status(SessionStatus::Scheduled, on_timetable, start, now);
        assert_eq!(shown(true, before), SessionStatus::Scheduled);
        assert_eq!(shown(false, before), SessionStatus::Cancelled);
        assert_eq!(shown(false, after), SessionStatus::Scheduled, "it took place");
        assert_eq!(shown_status(SessionStatus::Cancelled, true, start, before), SessionStatus::Cancelled);
    }

    /// Covers R2.96.
    #[test]
    fn staff_book_late_until_the_class_ends_and_skip_nothing_else() {
        let (start, end) = (Instant::clamped(1_800_000_000_000), Instant::clamped(1_800_003_600_000));
        let facts = BookFacts {
            by: Actor::Staff,
            cancelled: false,
            start,
            late_until: Some(end),
            already_booked: false,
            already_waiting: false,
            time_conflict: false,
            live_bookings: 0,
            bookable_seats: late_seats(SessionStatus::Scheduled, 1),
        };
        let check = |facts: BookFacts, at: i64| {
            check_book(&facts, Instant::clamped(at), &Policy::default()).map_err(|refusal| refusal.code)
        };
        let (last, over) = (end.millis() - 1, end.millis());
        assert_eq!((check(facts, start.millis()), check(facts, last)), (Ok(()), Ok(())));
        assert_eq!(check(facts, over), Err(Code::ClassStarted));
        assert_eq!(check(BookFacts { late_until: None, ..facts }, start.millis()), Err(Code::ClassStarted));
        for (facts, code) in [
            (BookFacts { cancelled: true, ..facts }, Code::ClassCancelled),
            (BookFacts { already_booked: true, ..facts }, Code::AlreadyBooked),
            (BookFacts { time_conflict: true, ..facts }, Code::TimeConflict),
            (
                BookFacts { bookable_seats: late_seats(SessionStatus::Scheduled, 0), ..facts },
                Code::SessionFull,
            ),
        ] {
            assert_eq!(check(facts, last), Err(code));
        }
        assert_eq!(late_seats(SessionStatus::Cancelled, 1), 0);
    }

    /// Covers R2.51.
    #[test]
    fn a_seat_is_to_be_offered_while_it_is_free_and_somebody_waits() {
        assert_eq!((free_seats(4, 2, 1), free_seats(2, 2, 1)), (1, 0), "a smaller class has none below zero");
        let seats = |status, waiting| free_while_waiting(status, waiting, 2);
        assert_eq!((seats(SessionStatus::Scheduled, 1), seats(SessionStatus::Scheduled, 0)), (2, 0));
        assert_eq!(seats(SessionStatus::Cancelled, 1), 0);
    }

    /// Covers R2.51.
    #[test]
    fn free_seats_are_not_bookable_while_anyone_waits_in_phase_open() {
        let seats = |phase, waiting| bookable_seats(SessionStatus::Scheduled, phase, waiting, 2);
        assert_eq!((seats(Phase::Open, 1), seats(Phase::Open, 0), seats(Phase::Deciding, 1)), (0, 2, 2));
        assert_eq!(bookable_seats(SessionStatus::Cancelled, Phase::Open, 0, 2), 0);
        assert_eq!((seats(Phase::Closed, 0), seats(Phase::Started, 0)), (2, 0));
    }
}
