//! Makeups and the queue: the seat of a makeup, and leave that is undone (RULES §3, R2.38).

use logic::Code;
use logic::error::{Facts, Refusal};
use logic::ids::{BookingId, ProfileId};
use logic::session::{BookingEnd, BookingKind, Command, ConfirmFacts, Event, LeaveFacts, Purpose};
use logic::status::{BookingStatus, EntryStatus};

use crate::class::*;

/// Covers R3.7.
#[test]
fn booking_a_makeup_takes_a_free_seat_and_records_its_terms() {
    let mut class = Class::new(1, 0);
    let booked = Event::Booked { profile: ProfileId(20), kind: BookingKind::Makeup(makeup_terms()) };
    assert_eq!(class.make_up(20).events, [booked]);
    assert_eq!(class.session.booked, 1);
}

/// Covers R0.4, R3.7, R3.28.
#[test]
fn the_refusals_of_the_makeup_come_before_the_seat() {
    let mut class = Class::full(1, &[10]);
    assert_eq!(code(&class.make_up_if(20, Err(Code::MakeupTooLate))), Code::MakeupTooLate);
    assert_eq!(code(&class.make_up(20)), Code::SessionFull);
    class.run(Command::CallOff);
    assert_eq!(code(&class.make_up_if(20, Err(Code::MakeupTooLate))), Code::ClassCancelled);
}

/// Covers R3.29.
#[test]
fn a_booking_in_the_target_class_itself_is_a_time_conflict() {
    let mut class = Class::new(2, 1);
    assert_eq!(code(&class.make_up(1)), Code::TimeConflict);
}

/// Covers R3.15, R3.28.
#[test]
fn seats_that_are_held_or_queued_for_cannot_be_booked_as_makeups() {
    let mut class = Class::full(1, &[10, 11]);
    class.cancel(1);
    assert_eq!(code(&class.make_up(20)), Code::SessionFull, "the seat is held");
    // A profile with an open offer must answer it even if another seat is free.
    class.leave(11, logic::session::Actor::Member);
    class.run(Command::SetCapacity(2));
    assert_eq!(code(&class.make_up(10)), Code::AlreadyWaiting);
    assert_eq!(class.make_up(20).outcome, Ok(()));
}

/// Covers R3.20, R3.21, R3.22.
#[test]
fn a_makeup_can_be_cancelled_until_its_class_starts_unless_its_grant_was_spent() {
    let mut class = Class::new(2, 0);
    class.make_up(20);
    let spent = [BookingId(5), BookingId(9)];
    let refused = class.cancel_makeup(20, &spent);
    let why = Refusal { code: Code::CompensationAlreadyUsed, facts: Facts::Bookings(spent.to_vec()) };
    assert_eq!((refused.outcome, refused.events), (Err(why), vec![]));
    class.at(start().minus(logic::Minutes(1)));
    let how = |event: &Event| matches!(event, Event::BookingEnded { how: BookingEnd::Makeup, .. });
    assert!(class.cancel_makeup(20, &[]).events.iter().any(how));
    assert_accepted_without_change(&class.cancel_makeup(20, &[]));
    class.book(20);
    class.at(start());
    assert_eq!(code(&class.cancel_makeup(20, &spent)), Code::ClassStarted);
    for status in [BookingStatus::Completed, BookingStatus::Absent] {
        let cancel = Command::CancelMakeup { booking: BookingId(1), status, spent_by: vec![] };
        assert_eq!(code(&class.run(cancel)), Code::ClassStarted);
    }
}

/// Covers R3.17.
#[test]
fn a_confirm_books_the_makeup_that_the_entry_waited_for() {
    let mut class = Class::offered();
    let facts = ConfirmFacts { makeup: Some(Ok(makeup_terms())), ..ConfirmFacts::default() };
    let ticket = class.entry(10).ticket;
    let confirmed = Event::Confirmed { ticket, profile: ProfileId(10), makeup: Some(makeup_terms()) };
    assert_eq!(class.confirm_with(10, facts).events, [confirmed]);
}

/// Covers R3.32, R3.33.
#[test]
fn a_makeup_is_refused_far_ahead_and_beyond_the_number_of_places() {
    let mut class = Class::new(1, 1);
    class.now = before(61 * 24 * 60);
    let mut booker = class.rows.booker(ProfileId(20));
    booker.live_bookings = class.policy.live_bookings_per_profile;
    booker.time_conflict = true;
    booker.purpose = Purpose::Makeup(Err(Code::CourseMismatch));
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::CourseMismatch);
    booker.purpose = Purpose::Makeup(Ok(makeup_terms()));
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::TooFarAhead);
    class.now = before(60 * 24 * 60);
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::TimeConflict);
    booker.time_conflict = false;
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::TooManyBookings);
    booker.live_bookings -= 1;
    assert_eq!(code(&class.run(Command::Book(booker))), Code::SessionFull);
}

/// Covers R2.57.
#[test]
fn a_makeup_that_is_no_longer_possible_is_refused_before_a_time_conflict() {
    let mut class = Class::offered();
    let makeup = Some(Err(Code::AlreadyMadeUp));
    let decision =
        class.confirm_with(10, ConfirmFacts { time_conflict: true, makeup, ..ConfirmFacts::default() });
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert_eq!(class.status(10), EntryStatus::Cancelled);
}

/// Covers R2.38.
#[test]
fn booking_again_ends_the_right_to_a_makeup_that_the_leave_gave() {
    let mut class = Class::new(1, 1);
    class.take_leave(1, false);
    let leave = class.rows.leave_of(ProfileId(1)).unwrap();
    let decision = class.book(1);
    assert_eq!(decision.events[0], Event::LeaveUndone { booking: leave.booking });
    assert_eq!(class.rows.leave_of(ProfileId(1)), None);
}

/// Covers R2.38.
#[test]
fn a_class_cannot_be_booked_again_once_its_leave_was_made_up() {
    let used = |class: &Class| {
        let leave = class.rows.leave_of(ProfileId(1)).unwrap();
        Some(LeaveFacts { made_up: true, ..leave })
    };
    let mut class = Class::new(1, 1);
    class.take_leave(1, false);
    for purpose in [Purpose::Ordinary, Purpose::Makeup(Ok(makeup_terms()))] {
        let mut booker = class.rows.booker(ProfileId(1));
        (booker.leave, booker.purpose) = (used(&class), purpose);
        let decision = class.run(Command::Book(booker));
        assert_eq!((code(&decision), decision.events), (Code::AlreadyMadeUp, vec![]));
    }
    // Waiting for the class again is allowed, but the confirm is refused and voids the offer.
    class.book(2);
    class.join(1);
    class.cancel(2);
    let leave = used(&class);
    let decision = class.confirm_with(1, ConfirmFacts { leave, ..ConfirmFacts::default() });
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert_eq!(class.status(1), EntryStatus::Cancelled);
}

/// Covers R3.18, R3.19.
#[test]
fn an_entry_whose_makeup_lapsed_ends_and_passes_its_seat_on() {
    let mut class = Class::offered();
    let check = |class: &mut Class, profile, makeup| {
        let entry = class.entry(profile);
        class.run(Command::CheckMakeup { entry, makeup })
    };
    assert_accepted_without_change(&check(&mut class, 10, Ok(())));
    assert_accepted_without_change(&check(&mut class, 11, Ok(())));
    let ticket = class.entry(11).ticket;
    let waited = check(&mut class, 11, Err(Code::MakeupTooLate));
    assert_eq!(waited.events, [Event::MakeupLapsed { ticket, offered: false }]);
    assert_eq!((class.status(11), class.queue()), (EntryStatus::Cancelled, vec![12]));
    let held = check(&mut class, 10, Err(Code::AlreadyMadeUp));
    assert_eq!(held.events[0], Event::MakeupLapsed { ticket: class.entry(10).ticket, offered: true });
    assert_eq!(offered(&held), [12], "the seat passes on to the next entry");
    assert_accepted_without_change(&check(&mut class, 10, Err(Code::AlreadyMadeUp)));
    class.confirm(12);
    assert_accepted_without_change(&check(&mut class, 12, Err(Code::NotMissed)));
    assert_eq!(class.status(12), EntryStatus::Confirmed, "a confirmed entry is not affected");
}
