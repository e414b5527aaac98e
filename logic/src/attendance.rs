//! Attendance and its correction, and what they mean for makeups (R2.83, R2.84, R2.93, R3.30).

use crate::error::{Code, Refusal};
use crate::makeup::MissedBooking;
use crate::status::{BookingStatus, MakeupStatus};
use crate::time::{Instant, Minutes};

/// How long after the start of a class the desk asks for attendance that nobody recorded (R2.93).
const UNMARKED_WINDOW: Minutes = Minutes::days(7);

/// How long after the end of a class its attendance can be corrected (R2.83).
pub const CORRECTION_WINDOW: Minutes = Minutes::days(7);

/// Returns whether attendance that nobody recorded counts as unmarked in a class that starts at `start` (R2.93).
pub fn counts_unmarked(start: Instant, now: Instant) -> bool {
    start <= now && now <= start.plus(UNMARKED_WINDOW)
}

/// Returns the status of a makeup whose booking has this status; `None` while the class lies ahead (R3.30).
pub const fn makeup_status(booking: BookingStatus) -> Option<MakeupStatus> {
    match booking {
        BookingStatus::Completed => Some(MakeupStatus::Completed),
        BookingStatus::Absent => Some(MakeupStatus::NoShow),
        BookingStatus::Cancelled | BookingStatus::CancelledByGym | BookingStatus::Leave => {
            Some(MakeupStatus::Cancelled)
        }
        BookingStatus::Booked => None,
    }
}

/// Checks whether staff may change the recorded attendance of `booking` to `after` at `now`, when its class ended
/// at `end`; `is_recorded`: whether anybody has recorded it. The first entry and a repetition are not corrections.
///
/// # Errors
/// `conflict` if the correction window is over (R2.83); `already_made_up` if the absence has been made up: undoing it
/// would take away the right to that makeup, whose credit may be spent (R2.84).
pub fn check_correction(
    (booking, is_recorded): (&MissedBooking, bool),
    end: Instant,
    after: BookingStatus,
    now: Instant,
) -> Result<(), Refusal> {
    // The end of the class completes a booking that nobody recorded (R2.82).
    let is_first = !is_recorded && matches!(booking.status, BookingStatus::Booked | BookingStatus::Completed);
    if is_first || booking.status == after {
        return Ok(());
    }
    if now > end.plus(CORRECTION_WINDOW) {
        return Err(Refusal::because(
            Code::Conflict,
            "attendance can be corrected within 7 days of the class",
        ));
    }
    if booking.made_up {
        return Err(Refusal::because(
            Code::AlreadyMadeUp,
            "this absence has been made up, and the credit from the makeup may be spent: cancel the makeup first",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::BookingId;

    const END: Instant = Instant::clamped(1_800_000_000_000);

    fn correct(status: BookingStatus, made_up: bool, after: BookingStatus, days: i64) -> Result<(), Code> {
        change((status, status != BookingStatus::Booked), made_up, after, days)
    }

    fn change(
        (status, is_recorded): (BookingStatus, bool),
        made_up: bool,
        after: BookingStatus,
        days: i64,
    ) -> Result<(), Code> {
        let start = END.minus(Minutes(60));
        let booking = MissedBooking {
            booking: BookingId(1),
            status,
            makeup_until: (status == BookingStatus::Absent).then(|| start.plus(Minutes::days(14))),
            made_up,
            start,
            duration: Minutes(60),
        };
        check_correction((&booking, is_recorded), END, after, END.plus(Minutes::days(days)))
            .map_err(|no| no.code)
    }

    /// Covers R2.83.
    #[test]
    fn attendance_can_be_corrected_within_a_week() {
        use BookingStatus::{Absent, Booked, Completed};
        assert_eq!(correct(Completed, false, Absent, 7), Ok(()));
        assert_eq!(correct(Completed, false, Absent, 8), Err(Code::Conflict));
        assert_eq!(correct(Completed, false, Completed, 8), Ok(()), "recording the same again is allowed");
        assert_eq!(correct(Booked, false, Absent, 8), Ok(()), "recording for the first time is allowed");
        let unrecorded = change((Completed, false), false, Absent, 8);
        assert_eq!(unrecorded, Ok(()), "the end of the class is no entry of anybody");
    }

    /// Covers R2.93.
    #[test]
    fn attendance_is_asked_for_from_the_start_of_a_class_for_a_week() {
        let at = |millis: i64| counts_unmarked(END, Instant::clamped(END.millis() + millis));
        let week = Minutes::days(7).millis();
        assert_eq!([at(-1), at(0), at(week), at(week + 1)], [false, true, true, false]);
    }

    /// Covers R2.84.
    #[test]
    fn an_absence_that_was_made_up_cannot_be_undone() {
        use BookingStatus::{Absent, Completed};
        assert_eq!(correct(Absent, true, Completed, 1), Err(Code::AlreadyMadeUp));
        assert_eq!(correct(Absent, false, Completed, 1), Ok(()));
    }

    /// Covers R3.30.
    #[test]
    fn the_status_of_a_makeup_follows_its_booking() {
        assert_eq!(makeup_status(BookingStatus::Booked), None);
        assert_eq!(makeup_status(BookingStatus::Absent), Some(MakeupStatus::NoShow));
        assert_eq!(makeup_status(BookingStatus::Completed), Some(MakeupStatus::Completed));
    }
}
