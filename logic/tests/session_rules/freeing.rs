//! Every way in which a seat becomes free ends in an offer, in the same decision (the table in
//! `session::offering`).

use logic::Code;
use logic::session::{Actor, BookingEnd, Command, ConfirmFacts, Event};

use crate::gym::*;

/// What made the seat free, and that the next was offered it right behind.
#[track_caller]
fn freed(decision: &logic::session::Decision, next: i64) -> &Event {
    let [cause, Event::Offered { profile, .. }] = &decision.events[..] else {
        panic!("{decision:?}");
    };
    assert_eq!(profile.0, next);
    cause
}

#[test]
fn a_booking_is_cancelled() {
    let decision = Class::full(1, &[10, 11]).cancel(1);
    assert!(matches!(
        freed(&decision, 10),
        Event::BookingEnded { how: BookingEnd::Cancelled { credit_back: true }, .. }
    ));
}

#[test]
fn leave_is_taken() {
    let decision = Class::full(1, &[10, 11]).take_leave(1, false);
    assert!(matches!(freed(&decision, 10), Event::BookingEnded { how: BookingEnd::Leave, .. }));
}

#[test]
fn an_offer_is_declined() {
    assert!(matches!(freed(&Class::offered().decline(10), 11), Event::Declined { .. }));
}

#[test]
fn an_offer_runs_out() {
    let mut class = Class::offered();
    class.at(just_after(class.deadline(10)));
    assert!(matches!(freed(&class.run(Command::Settle), 11), Event::Expired { .. }));
}

#[test]
fn a_notified_member_leaves() {
    let decision = Class::offered().leave(10, Actor::Member);
    assert!(matches!(freed(&decision, 11), Event::LeftQueue { offered: true, .. }));
}

#[test]
fn the_capacity_is_raised() {
    let decision = Class::full(1, &[10, 11]).run(Command::SetCapacity(2));
    assert!(matches!(freed(&decision, 10), Event::CapacitySet { capacity: 2 }));
}

#[test]
fn a_makeup_is_cancelled() {
    let mut class = Class::new(1, 0);
    class.make_up(1);
    class.join(10);
    class.join(11);
    assert_eq!(code(&class.take_leave(1, true)), Code::Conflict);
    let decision = class.cancel_makeup(1, &[]);
    assert!(matches!(freed(&decision, 10), Event::BookingEnded { how: BookingEnd::Makeup, .. }));
}

#[test]
fn an_offer_is_withdrawn_as_void() {
    let void = ConfirmFacts { makeup: Some(Err(Code::AlreadyMadeUp)), ..ConfirmFacts::default() };
    let decision = Class::offered().confirm_with(10, void);
    assert_eq!(code(&decision), Code::AlreadyMadeUp);
    assert!(matches!(freed(&decision, 11), Event::Withdrawn { .. }));
}

#[test]
fn as_many_seats_as_become_free_are_offered_in_order() {
    let mut class = Class::full(1, &[10, 11, 12, 13]);
    assert_eq!(offered(&class.run(Command::SetCapacity(4))), [10, 11, 12]);
    // Three offers run out at once: the one who waits gets one, two are anyone's.
    class.later(31);
    let decision = class.run(Command::Settle);
    assert_eq!(offered(&decision), [13]);
    assert_eq!(decision.events.last(), Some(&Event::Released { seats: 2 }));
}

#[test]
fn one_who_only_waits_frees_no_seat_by_leaving() {
    let mut class = Class::full(1, &[10, 11, 12]);
    let decision = class.leave(11, Actor::Member);
    assert!(matches!(decision.events[..], [Event::LeftQueue { offered: false, .. }]));
    assert_eq!(class.queue(), [10, 12], "those behind move up");
}

#[test]
fn with_nobody_waiting_the_seat_is_released_to_direct_booking() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    assert_eq!(class.decline(10).events.last(), Some(&Event::Released { seats: 1 }));
    assert_eq!(class.book(20).outcome, Ok(()));
}

#[test]
fn the_last_waiting_entrys_leaving_releases_what_was_kept_for_it() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.cancel(2);
    let decision = class.leave(10, Actor::Member);
    assert_eq!(decision.events.last(), Some(&Event::Released { seats: 1 }));
}
