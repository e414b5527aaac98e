//! Rights to a makeup that staff give, or make longer (R3.36 to R3.38).

use super::MissedBooking;
use crate::error::{Code, Refusal};
use crate::status::{BookingSource, BookingStatus};
use crate::time::{Instant, Minutes};

/// How long after the start of the missed class a right that staff give ends at the latest (R3.37).
pub const GIVEN_RIGHT_MAX: Minutes = Minutes::days(180);

/// What decides, beside the missed booking, whether staff may give a right to make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenRightFacts {
    /// How the booking was made.
    pub source: BookingSource,
    /// Whether it was ever paid with credit.
    pub paid: bool,
    /// The minutes that it still holds.
    pub minutes_used: Minutes,
    /// Whether the profile has another booking in the class that is live or gives a right to a makeup.
    pub booked_again: bool,
}

/// Checks whether staff may set the end of the right that `missed` gives to `until` at `now`.
///
/// # Errors
/// The first of these that holds: `not_missed`, `already_made_up` or `conflict` (R3.36), `invalid_request` (R3.37).
pub fn check_given_right(
    missed: &MissedBooking,
    facts: &GivenRightFacts,
    until: Instant,
    now: Instant,
) -> Result<(), Refusal> {
    if facts.source == BookingSource::Makeup || !missed.status.can_give_right() {
        return Err(Code::NotMissed.into());
    }
    if missed.made_up {
        return Err(Code::AlreadyMadeUp.into());
    }
    // A call-off gives the minutes back, if it has not done so yet (R3.25).
    let comes_back = missed.status == BookingStatus::CancelledByGym || facts.minutes_used.0 == 0;
    if facts.paid && comes_back {
        let words = "the minutes that paid for this booking are given back: it never gives both (R3.27)";
        return Err(Refusal::because(Code::Conflict, words));
    }
    if facts.booked_again {
        let words = "another booking of this child in this class is live, or can be made up";
        return Err(Refusal::because(Code::Conflict, words));
    }
    let wrong = |words: &str| Err(Refusal::because(Code::InvalidRequest, format!("until: {words}")));
    if until <= now {
        wrong("must be after now")
    } else if until > missed.start.plus(GIVEN_RIGHT_MAX) {
        wrong("must be at most 180 days after the start of the missed class")
    } else if missed.makeup_until.is_some_and(|before| until < before) {
        wrong("must not be before the end that the right has already")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::BookingId;

    const START: Instant = Instant::clamped(1_800_000_000_000);
    const FACTS: GivenRightFacts = GivenRightFacts {
        source: BookingSource::Direct,
        paid: false,
        minutes_used: Minutes(0),
        booked_again: false,
    };

    fn missed(status: BookingStatus) -> MissedBooking {
        MissedBooking {
            booking: BookingId(1),
            status,
            makeup_until: None,
            made_up: false,
            start: START,
            duration: Minutes(60),
        }
    }

    fn check(missed: MissedBooking, facts: GivenRightFacts) -> Result<(), Code> {
        check_given_right(&missed, &facts, START.plus(Minutes::days(1)), START).map_err(|no| no.code)
    }

    /// Covers R3.36.
    #[test]
    fn whatever_was_missed_or_cancelled_can_be_given_a_right_but_a_makeup() {
        for status in BookingStatus::ALL {
            let expected = if status.can_give_right() { Ok(()) } else { Err(Code::NotMissed) };
            assert_eq!(check(missed(*status), FACTS), expected, "{status}");
            let makeup = GivenRightFacts { source: BookingSource::Makeup, ..FACTS };
            assert_eq!(check(missed(*status), makeup), Err(Code::NotMissed), "{status}");
        }
        let made_up = MissedBooking { made_up: true, ..missed(BookingStatus::Leave) };
        assert_eq!(check(made_up, FACTS), Err(Code::AlreadyMadeUp));
        let again = GivenRightFacts { booked_again: true, ..FACTS };
        assert_eq!(check(missed(BookingStatus::Cancelled), again), Err(Code::Conflict));
    }

    /// Covers R3.27, R3.36.
    #[test]
    fn minutes_that_are_given_back_leave_no_right_beside_them() {
        use BookingStatus::{Cancelled, CancelledByGym, Leave};
        let paid = |minutes| GivenRightFacts { paid: true, minutes_used: Minutes(minutes), ..FACTS };
        assert_eq!(check(missed(Cancelled), paid(0)), Err(Code::Conflict), "cancelled in time");
        assert_eq!(check(missed(Cancelled), paid(60)), Ok(()), "cancelled too late: the minutes are lost");
        assert_eq!(check(missed(Leave), paid(60)), Ok(()));
        assert_eq!(
            check(missed(CancelledByGym), paid(60)),
            Err(Code::Conflict),
            "they are on their way back"
        );
    }

    /// Covers R3.37.
    #[test]
    fn a_given_right_ends_after_now_within_180_days_and_never_earlier_than_before() {
        let before = START.plus(Minutes::days(14));
        let leave = MissedBooking { makeup_until: Some(before), ..missed(BookingStatus::Leave) };
        let latest = START.plus(GIVEN_RIGHT_MAX);
        let millisecond = |at: Instant, more: i64| Instant::clamped(at.millis() + more);
        for (until, now, taken) in [
            (before, START, true),
            (millisecond(before, -1), START, false),
            (latest, START, true),
            (millisecond(latest, 1), START, false),
            (latest, latest, false),
            (latest, millisecond(latest, -1), true),
        ] {
            let expected = if taken { Ok(()) } else { Err(Code::InvalidRequest) };
            let checked = check_given_right(&leave, &FACTS, until, now).map_err(|no| no.code);
            assert_eq!(checked, expected, "{until:?} at {now:?}");
        }
    }
}
