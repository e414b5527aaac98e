//! RULES §3 where it meets the queue: the seat of a makeup, and leave that is undone.

use logic::Code;
use logic::error::{Facts, Refusal};
use logic::ids::{BookingId, ProfileId};
use logic::session::{BookingEnd, BookingKind, Command, ConfirmFacts, Event, LeaveFacts, Purpose};
use logic::status::{BookingStatus, EntryStatus};

use crate::gym::*;

#[test]
fn a_makeup_takes_a_free_seat_and_says_what_it_makes_up() {
    let mut class = Class::new(1, 0);
    let booked = Event::Booked { profile: ProfileId(20), kind: BookingKind::Makeup(made_up()) };
    assert_eq!(class.make_up(20).events, [booked]);
    assert_eq!(class.session.booked, 1);
}

#[test]
fn the_order_of_the_makeups_page_comes_before_the_seat() {
    let mut class = Class::full(1, &[10]);
    assert_eq!(code(&class.make_up_if(20, Err(Code::MakeupTooLate))), Code::MakeupTooLate);
    assert_eq!(code(&class.make_up(20)), Code::SessionFull);
    class.run(Command::CallOff);
    assert_eq!(code(&class.make_up_if(20, Err(Code::MakeupTooLate))), Code::ClassCancelled);
}

#[test]
fn seats_that_are_held_or_queued_for_are_no_makeups() {
    let mut class = Class::full(1, &[10, 11]);
    class.cancel(1);
    assert_eq!(code(&class.make_up(20)), Code::SessionFull, "held");
    // One's own offer is answered, though another seat is free.
    class.leave(11, logic::session::Actor::Member);
    class.run(Command::SetCapacity(2));
    assert_eq!(code(&class.make_up(10)), Code::AlreadyWaiting);
    assert_eq!(class.make_up(20).outcome, Ok(()));
}

#[test]
fn a_makeup_is_cancelled_until_the_class_starts_unless_its_grant_was_spent() {
    let mut class = Class::new(2, 0);
    class.make_up(20);
    let spent = [BookingId(5), BookingId(9)];
    let refused = class.cancel_makeup(20, &spent);
    let why = Refusal { code: Code::CompensationAlreadyUsed, facts: Facts::Bookings(spent.to_vec()) };
    assert_eq!((refused.outcome, refused.events), (Err(why), vec![]));
    class.at(start().minus(logic::Minutes(1)));
    let how = |event: &Event| matches!(event, Event::BookingEnded { how: BookingEnd::Makeup, .. });
    assert!(class.cancel_makeup(20, &[]).events.iter().any(how));
    assert_nothing_new(&class.cancel_makeup(20, &[]));
    class.book(20);
    class.at(start());
    assert_eq!(code(&class.cancel_makeup(20, &spent)), Code::ClassStarted);
    for status in [BookingStatus::Completed, BookingStatus::Absent] {
        let cancel = Command::CancelMakeup { booking: BookingId(1), status, spent_by: vec![] };
        assert_eq!(code(&class.run(cancel)), Code::ClassStarted);
    }
}

#[test]
fn a_confirm_books_the_makeup_that_was_waited_for() {
    let mut class = Class::offered();
    let facts = ConfirmFacts { makeup: Some(Ok(made_up())), ..ConfirmFacts::default() };
    let ticket = class.entry(10).ticket;
    let confirmed = Event::Confirmed { ticket, profile: ProfileId(10), makeup: Some(made_up()) };
    assert_eq!(class.confirm_with(10, facts).events, [confirmed]);
}

#[test]
fn a_makeup_that_is_void_is_told_before_an_overlap() {
    let mut class = Class::offered();
    let makeup = Some(Err(Code::AlreadyMadeUp));
    let decision = class.confirm_with(10, ConfirmFacts { time_conflict: true, makeup, leave: None });
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert_eq!(class.status(10), EntryStatus::Cancelled);
}

#[test]
fn booking_again_ends_the_right_that_a_leave_gave() {
    let mut class = Class::new(1, 1);
    class.take_leave(1, false);
    let leave = class.rows.leave_of(ProfileId(1)).unwrap();
    let decision = class.book(1);
    assert_eq!(decision.events[0], Event::LeaveUndone { booking: leave.booking });
    assert_eq!(class.rows.leave_of(ProfileId(1)), None);
}

#[test]
fn a_right_that_was_used_cannot_be_given_up() {
    let used = |class: &Class| {
        let leave = class.rows.leave_of(ProfileId(1)).unwrap();
        Some(LeaveFacts { made_up: true, ..leave })
    };
    let mut class = Class::new(1, 1);
    class.take_leave(1, false);
    for purpose in [Purpose::Ordinary, Purpose::Makeup(Ok(made_up()))] {
        let mut placed = class.rows.placed(ProfileId(1));
        (placed.leave, placed.purpose) = (used(&class), purpose);
        let decision = class.run(Command::Book(placed));
        assert_eq!((code(&decision), decision.events), (Code::AlreadyMadeUp, vec![]));
    }
    // Waiting for it again is refused with the confirm, which voids the offer.
    class.book(2);
    class.join(1);
    class.cancel(2);
    let leave = used(&class);
    let decision = class.confirm_with(1, ConfirmFacts { leave, ..ConfirmFacts::default() });
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert_eq!(class.status(1), EntryStatus::Cancelled);
}

#[test]
fn an_entry_whose_makeup_lapsed_ends_and_its_seat_passes_on() {
    let mut class = Class::offered();
    let look = |class: &mut Class, profile, makeup| {
        let entry = class.entry(profile);
        class.run(Command::CheckMakeup { entry, makeup })
    };
    assert_nothing_new(&look(&mut class, 10, Ok(())));
    assert_nothing_new(&look(&mut class, 11, Ok(())));
    let ticket = class.entry(11).ticket;
    let waited = look(&mut class, 11, Err(Code::MakeupTooLate));
    assert_eq!(waited.events, [Event::MakeupLapsed { ticket, offered: false }]);
    assert_eq!((class.status(11), class.queue()), (EntryStatus::Cancelled, vec![12]));
    let held = look(&mut class, 10, Err(Code::AlreadyMadeUp));
    assert_eq!(held.events[0], Event::MakeupLapsed { ticket: class.entry(10).ticket, offered: true });
    assert_eq!(offered(&held), [12], "to the next");
    assert_nothing_new(&look(&mut class, 10, Err(Code::AlreadyMadeUp)));
    class.confirm(12);
    assert_nothing_new(&look(&mut class, 12, Err(Code::NotMissed)));
    assert_eq!(class.status(12), EntryStatus::Confirmed, "what became a booking stays one");
}
