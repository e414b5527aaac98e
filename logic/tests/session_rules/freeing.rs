//! However a seat becomes free, it is offered in the same decision (the table in `session::offering`).

use logic::Code;
use logic::session::{Actor, BookingEnd, Command, ConfirmFacts, Event};
use logic::status::EntryStatus;

use crate::class::*;

/// Asserts that the event that freed the seat is followed by its offer to the next entry.
#[track_caller]
fn freed(decision: &logic::session::Decision, next: i64) -> &Event {
    let [cause, Event::Offered { profile, .. }] = &decision.events[..] else {
        panic!("{decision:?}");
    };
    assert_eq!(profile.0, next);
    cause
}

/// Covers R2.48.
#[test]
fn a_cancelled_booking_frees_its_seat() {
    let decision = Class::full(1, &[10, 11]).cancel(1);
    assert!(matches!(
        freed(&decision, 10),
        Event::BookingEnded { how: BookingEnd::Cancelled { credit_back: true }, .. }
    ));
}

/// Covers R2.48.
#[test]
fn a_booking_that_takes_leave_frees_its_seat() {
    let decision = Class::full(1, &[10, 11]).take_leave(1, false);
    assert!(matches!(freed(&decision, 10), Event::BookingEnded { how: BookingEnd::Leave, .. }));
}

/// Covers R2.61.
#[test]
fn a_declined_offer_frees_its_seat() {
    assert!(matches!(freed(&Class::offered().decline(10), 11), Event::Declined { .. }));
}

/// Covers R2.60, R2.61.
#[test]
fn an_expired_offer_frees_its_seat() {
    let mut class = Class::offered();
    class.at(just_after(class.deadline(10)));
    assert!(matches!(freed(&class.run(Command::Settle), 11), Event::Expired { .. }));
}

/// Covers R2.62.
#[test]
fn a_notified_entry_that_leaves_frees_its_seat() {
    let decision = Class::offered().leave(10, Actor::Member);
    assert!(matches!(freed(&decision, 11), Event::LeftQueue { offered: true, .. }));
}

/// Covers R3.18.
#[test]
fn a_seat_is_not_offered_to_an_entry_whose_makeup_has_lapsed() {
    let mut class = Class::full(1, &[10, 11]);
    class.session.queue_front[0].lapsed = true;
    let lapsed = class.entry(10).ticket;
    let events = class.cancel(1).events;
    let [Event::BookingEnded { .. }, ended, Event::Offered { profile, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(*ended, Event::MakeupLapsed { ticket: lapsed, offered: false });
    assert_eq!((profile.0, class.status(10)), (11, EntryStatus::Cancelled));
}

/// Covers R2.48.
#[test]
fn a_raised_capacity_frees_seats() {
    let decision = Class::full(1, &[10, 11]).run(Command::SetCapacity(2));
    assert!(matches!(freed(&decision, 10), Event::CapacitySet { capacity: 2 }));
}

/// Covers R2.44, R3.20.
#[test]
fn a_cancelled_makeup_frees_its_seat() {
    let mut class = Class::new(1, 0);
    class.make_up(1);
    class.join(10);
    class.join(11);
    assert_eq!(code(&class.take_leave(1, true)), Code::Conflict);
    let decision = class.cancel_makeup(1, &[]);
    assert!(matches!(freed(&decision, 10), Event::BookingEnded { how: BookingEnd::Makeup, .. }));
}

/// Covers R2.57.
#[test]
fn a_void_offer_frees_its_seat() {
    let void = ConfirmFacts { makeup: Some(Err(Code::AlreadyMadeUp)), ..ConfirmFacts::default() };
    let decision = Class::offered().confirm_with(10, void);
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert!(matches!(freed(&decision, 11), Event::Withdrawn { .. }));
}

/// Covers R2.45, R2.48.
#[test]
fn all_seats_that_become_free_are_offered_in_join_order() {
    let mut class = Class::full(1, &[10, 11, 12, 13]);
    assert_eq!(offered(&class.run(Command::SetCapacity(4))), [10, 11, 12]);
    // Three offers expire at once: the waiting entry is offered one seat, and two are released.
    class.later(31);
    let decision = class.run(Command::Settle);
    assert_eq!(offered(&decision), [13]);
    assert_eq!(decision.events.last(), Some(&Event::Released { seats: 2 }));
}

/// Covers R2.62.
#[test]
fn a_waiting_entry_that_leaves_frees_no_seat() {
    let mut class = Class::full(1, &[10, 11, 12]);
    let decision = class.leave(11, Actor::Member);
    assert!(matches!(decision.events[..], [Event::LeftQueue { offered: false, .. }]));
    assert_eq!(class.queue(), [10, 12], "the entries behind it move up");
}

/// Covers R2.61.
#[test]
fn without_waiting_entries_a_free_seat_is_released_to_direct_booking() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    assert_eq!(class.decline(10).events.last(), Some(&Event::Released { seats: 1 }));
    assert_eq!(class.book(20).outcome, Ok(()));
}

/// Covers R2.51.
#[test]
fn the_seat_kept_for_the_last_waiting_entry_is_released_when_it_leaves() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.cancel(2);
    let decision = class.leave(10, Actor::Member);
    assert_eq!(decision.events.last(), Some(&Event::Released { seats: 1 }));
}
