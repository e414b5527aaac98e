//! Attendance taken, and corrected: what that does to makeups (RULES §3).

use crate::error::{Code, Refusal};
use crate::makeup::{MissedBooking, is_missed};
use crate::policy::Policy;
use crate::status::{BookingStatus, MakeupStatus};
use crate::time::{Instant, Minutes};

/// How long after a class its attendance can be corrected.
pub const CORRECTION_WINDOW: Minutes = Minutes::days(7);

/// Where a makeup stands once its booking does here; `None` while nothing is settled.
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

/// Whether staff may say at `now` that the booking of a class which ended at `end` is `after`, where it was said to be
/// otherwise before. What nobody has said yet, or says again, is no correction.
///
/// # Errors
/// `conflict` with the reason: it is too long ago, or the absence has been made up, so that taking it back would take
/// back the makeup and what was spent of its credit.
pub fn check_correction(
    booking: &MissedBooking,
    end: Instant,
    after: BookingStatus,
    now: Instant,
    policy: &Policy,
) -> Result<(), Refusal> {
    if booking.status == BookingStatus::Booked || booking.status == after {
        return Ok(());
    }
    if now > end.plus(CORRECTION_WINDOW) {
        return Err(Refusal::because(
            Code::Conflict,
            "attendance can be corrected within 7 days of the class",
        ));
    }
    if booking.made_up && is_missed(booking.status, policy) && !is_missed(after, policy) {
        return Err(Refusal::because(
            Code::Conflict,
            "this absence has been made up, and the makeup's credit may be spent: cancel the makeup first",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::BookingId;
    use crate::status::BookingSource;

    const END: Instant = Instant::clamped(1_800_000_000_000);

    fn correct(status: BookingStatus, made_up: bool, after: BookingStatus, days: i64) -> Result<(), Code> {
        let policy = Policy { makeup_for_absence: true, ..Policy::default() };
        let booking = MissedBooking {
            booking: BookingId(1),
            status,
            source: BookingSource::Direct,
            paid: false,
            made_up,
            start: END.minus(Minutes(60)),
            duration: Minutes(60),
        };
        check_correction(&booking, END, after, END.plus(Minutes::days(days)), &policy).map_err(|no| no.code)
    }

    #[test]
    fn attendance_is_corrected_within_a_week() {
        use BookingStatus::{Absent, Booked, Completed};
        assert_eq!(correct(Completed, false, Absent, 7), Ok(()));
        assert_eq!(correct(Completed, false, Absent, 8), Err(Code::Conflict));
        assert_eq!(correct(Completed, false, Completed, 8), Ok(()), "the same again");
        assert_eq!(correct(Booked, false, Absent, 8), Ok(()), "nobody had said anything");
    }

    #[test]
    fn an_absence_that_was_made_up_stands() {
        use BookingStatus::{Absent, Completed};
        assert_eq!(correct(Absent, true, Completed, 1), Err(Code::Conflict));
        assert_eq!(correct(Absent, false, Completed, 1), Ok(()));
    }

    #[test]
    fn a_makeup_follows_its_booking() {
        assert_eq!(makeup_status(BookingStatus::Booked), None);
        assert_eq!(makeup_status(BookingStatus::Absent), Some(MakeupStatus::NoShow));
        assert_eq!(makeup_status(BookingStatus::Completed), Some(MakeupStatus::Completed));
    }
}
