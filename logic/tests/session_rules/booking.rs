//! Direct booking, cancelling and leave (R2.28 to R2.44).

use logic::error::{Facts, Refusal};
use logic::ids::ProfileId;
use logic::policy::QuietHours;
use logic::session::{BookingEnd, BookingKind, Command, Event, Purpose, decide};
use logic::status::{BookingStatus, EntryStatus, SessionStatus};
use logic::{Code, Minutes};

use crate::class::*;

/// Covers R0.4, R2.28 to R2.35, R2.87, R2.88.
#[test]
fn refusals_come_in_order() {
    let mut class = Class::full(1, &[10]);
    let unpaid = Refusal {
        code: Code::InsufficientCompensation,
        facts: Facts::Minutes { required: Minutes(60), available: Minutes(30) },
    };
    let mut booker = class.rows.booker(ProfileId(10));
    booker.already_booked = true;
    booker.time_conflict = true;
    booker.purpose = Purpose::Credit(Err(unpaid.clone()));
    class.session.status = SessionStatus::Cancelled;
    let ask = |class: &Class, booker: &logic::session::BookerFacts, now| {
        code(&decide(&class.session, &Command::Book(booker.clone()), now, &class.policy))
    };

    assert_eq!(ask(&class, &booker, start()), Code::ClassCancelled);
    class.session.status = SessionStatus::Scheduled;
    assert_eq!(ask(&class, &booker, start()), Code::ClassStarted);
    booker.live_bookings = class.policy.live_bookings_per_profile;
    assert_eq!(ask(&class, &booker, before(60 * 24 * 60 + 1)), Code::TooFarAhead);
    assert_eq!(ask(&class, &booker, before(60 * 24 * 60)), Code::AlreadyBooked);
    booker.already_booked = false;
    assert_eq!(ask(&class, &booker, before(LAST)), Code::AlreadyWaiting);
    booker.entry = None;
    assert_eq!(ask(&class, &booker, before(LAST)), Code::TimeConflict);
    booker.time_conflict = false;
    assert_eq!(ask(&class, &booker, before(LAST)), Code::TooManyBookings);
    booker.live_bookings -= 1;
    assert_eq!(ask(&class, &booker, before(LAST)), Code::SessionFull);
    class.run(Command::SetCapacity(3));
    let decision = decide(&class.session, &Command::Book(booker.clone()), class.now, &class.policy);
    assert_eq!(decision.outcome, Err(unpaid));
    booker.profile = ProfileId(20);
    booker.purpose = Purpose::Ordinary;
    let booked = Event::Booked { profile: ProfileId(20), kind: BookingKind::Ordinary };
    assert_eq!(class.run(Command::Book(booker)).events, [booked]);
}

/// Covers R2.32.
#[test]
fn a_profile_with_an_open_offer_cannot_book_directly() {
    let mut class = Class::full(1, &[10]);
    class.run(Command::SetCapacity(3));
    assert_eq!(code(&class.book(10)), Code::AlreadyWaiting);
    // This holds in the phase `deciding` while the offer is open ...
    class.decline(10);
    class.book(2);
    class.book(3);
    class.join(11);
    class.at(before(LAST));
    class.cancel(2);
    class.at(just_after(before(LAST)));
    class.cancel(3);
    assert_eq!(code(&class.book(11)), Code::AlreadyWaiting);
    // ... and ends with the offer.
    class.at(just_after(before(CUTOFF)));
    let decision = class.book(11);
    assert!(matches!(decision.events[..], [Event::Expired { .. }, Event::Booked { .. }]));
}

/// Covers R2.34, R2.51.
#[test]
fn free_seats_go_to_the_queue_while_anyone_waits_in_phase_open() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.cancel(2);
    // The seat is free because 10 was notified within its interval, but nobody else may book it.
    assert_eq!((class.session.free(), class.session.bookable(class.now, &class.policy)), (1, 0));
    assert_eq!(code(&class.book(20)), Code::SessionFull);
    class.at(before(LAST));
    assert_eq!(code(&class.book(20)), Code::SessionFull);
    assert_eq!(class.status(10), EntryStatus::Notified);
    assert_eq!(code(&class.book(20)), Code::SessionFull, "the seat is held");
}

/// Covers R2.48, R2.50.
#[test]
fn a_held_seat_cannot_be_booked() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    assert_eq!(code(&class.book(20)), Code::SessionFull);
    // A second free seat can be booked once nobody waits.
    class.run(Command::SetCapacity(2));
    assert_eq!(class.book(20).outcome, Ok(()));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

/// Covers R2.36.
#[test]
fn booking_directly_after_the_phase_open_ends_the_waiting_entry() {
    let mut class = Class::full(1, &[10, 11]);
    // The seat comes free in quiet hours, and no command reaches the class before the phase `open` is over.
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    class.at(before(20 * 60));
    class.cancel(1);
    class.at(just_after(before(LAST)));
    let decision = class.book(11);
    let ticket = class.entry(11).ticket;
    let booked = Event::Booked { profile: ProfileId(11), kind: BookingKind::Ordinary };
    let closed = Event::WaitlistClosed { entries: 1 };
    assert_eq!(decision.events, [Event::EndedByBooking { ticket }, booked, closed]);
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Expired, EntryStatus::Cancelled));
}

/// Covers R2.37.
#[test]
fn a_profile_that_cancelled_or_took_leave_may_book_again() {
    let mut class = Class::new(1, 1);
    class.cancel(1);
    assert_eq!(class.book(1).outcome, Ok(()));
    class.take_leave(1, false);
    assert_eq!(class.book(1).outcome, Ok(()));
}

/// Covers R2.39, R2.40.
#[test]
fn cancelling_is_allowed_until_the_start_and_gives_credit_back_up_to_the_lead() {
    let end = |class: &mut Class| match class.cancel(1).events[..] {
        [Event::BookingEnded { how, .. }, Event::Released { seats: 1 }] => how,
        ref other => panic!("{other:?}"),
    };
    let mut class = Class::new(1, 1);
    class.at(before(360));
    assert_eq!(end(&mut class), BookingEnd::Cancelled { credit_back: true });
    let mut class = Class::new(1, 1);
    class.at(just_after(before(360)));
    assert_eq!(end(&mut class), BookingEnd::Cancelled { credit_back: false });
    let mut class = Class::new(1, 1);
    class.at(start());
    assert_eq!(code(&class.cancel(1)), Code::ClassStarted);
}

/// Covers R2.41, R2.42.
#[test]
fn leave_can_be_taken_up_to_the_lead() {
    let mut class = Class::new(1, 1);
    class.at(just_after(before(360)));
    assert_eq!(code(&class.take_leave(1, false)), Code::LeaveTooLate);
    class.at(start());
    assert_eq!(code(&class.take_leave(1, false)), Code::ClassStarted);
    let mut class = Class::new(1, 1);
    class.at(before(360));
    assert!(matches!(
        class.take_leave(1, false).events[0],
        Event::BookingEnded { how: BookingEnd::Leave, .. }
    ));
}

/// Covers R2.43.
#[test]
fn a_makeup_cannot_take_leave() {
    let mut class = Class::new(1, 1);
    assert_eq!(code(&class.take_leave(1, true)), Code::Conflict);
    assert_eq!(class.session.booked, 1);
}

/// Covers R2.80.
#[test]
fn ending_a_booking_twice_changes_nothing_and_one_that_ended_otherwise_is_a_conflict() {
    let mut class = Class::new(2, 2);
    class.cancel(1);
    class.take_leave(2, false);
    class.at(start());
    assert_accepted_without_change(&class.cancel(1));
    assert_accepted_without_change(&class.take_leave(2, false));
    assert_eq!(code(&class.cancel(2)), Code::Conflict);
    assert_eq!(code(&class.take_leave(1, false)), Code::Conflict);
    for status in [BookingStatus::Completed, BookingStatus::Absent, BookingStatus::CancelledByGym] {
        let booking = class.rows.bookings[0].id;
        assert_eq!(
            code(&class.run(Command::CancelBooking { booking, status, late_until: None })),
            Code::Conflict
        );
    }
}
