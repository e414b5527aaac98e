//! RULES §2: what the staff may do to a queue, and the gym to a class.

use logic::Code;
use logic::ids::ProfileId;
use logic::policy::QuietHours;
use logic::session::{Command, Event};
use logic::status::{BookingStatus, EntryStatus};

use crate::gym::*;

/// A class with one free seat at night, kept for 10, 11 and 12.
fn at_night() -> Class {
    let mut class = Class::full(1, &[10, 11, 12]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    class.at(before(19 * 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    class
}

#[test]
fn the_staff_notify_out_of_turn_even_at_night_but_never_beyond_the_free_seats() {
    let mut class = at_night();
    let decision = class.notify(11);
    assert_eq!((decision.outcome.clone(), offered(&decision)), (Ok(()), vec![11]));
    assert_eq!(class.queue(), [10, 12]);
    assert_eq!(code(&class.notify(12)), Code::NoFreeSeat);
    assert_eq!(code(&class.notify(11)), Code::NotWaiting);
}

#[test]
fn the_staff_notify_only_who_waits_and_may_be_notified() {
    let mut class = at_night();
    class.notify(11);
    class.decline(11);
    assert_eq!(code(&class.notify(11)), Code::NotWaiting);
    class.join(11);
    assert_eq!(code(&class.notify(11)), Code::NotifiedRecently);
    class.at(class.entry(11).last_notified_at.unwrap().plus(class.policy.min_notification_interval));
    assert_eq!(class.notify(11).outcome, Ok(()));
    class.policy.quiet_hours = None;
    class.at(just_after(before(LAST)));
    assert_eq!(code(&class.notify(12)), Code::PastLastNotification);
    class.at(just_after(before(360)));
    assert_eq!(code(&class.notify(12)), Code::InsideHardStop);
    class.at(start());
    assert_eq!(code(&class.notify(12)), Code::ClassStarted);
}

#[test]
fn a_class_called_off_has_nobody_to_notify() {
    let mut class = at_night();
    class.run(Command::CallOff);
    assert_eq!(code(&class.notify(10)), Code::NotWaiting);
}

#[test]
fn a_full_class_has_no_seat_to_notify_of() {
    assert_eq!(code(&Class::full(1, &[10]).notify(10)), Code::NoFreeSeat);
}

#[test]
fn whom_settling_offers_the_seat_has_been_notified_as_asked() {
    let mut class = at_night();
    class.at(before(10 * 60));
    let decision = class.notify(10);
    assert_eq!((decision.outcome.clone(), offered(&decision)), (Ok(()), vec![10]));
    // Somebody else's turn comes first, and then no seat is left.
    let mut class = at_night();
    class.at(before(10 * 60));
    let decision = class.notify(11);
    assert_eq!((code(&decision), offered(&decision)), (Code::NoFreeSeat, vec![10]));
}

#[test]
fn the_capacity_never_falls_below_what_is_taken() {
    let mut class = Class::full(3, &[10]);
    class.cancel(1);
    assert_eq!(code(&class.run(Command::SetCapacity(2))), Code::Conflict, "one is held");
    class.decline(10);
    assert_eq!(class.run(Command::SetCapacity(2)).events, [Event::CapacitySet { capacity: 2 }]);
    assert_nothing_new(&class.run(Command::SetCapacity(2)));
    assert_eq!(code(&class.run(Command::SetCapacity(1))), Code::Conflict);
}

#[test]
fn the_capacity_of_a_class_that_is_over_or_off_stays() {
    let mut class = Class::new(1, 0);
    class.at(start());
    assert_eq!(code(&class.run(Command::SetCapacity(5))), Code::ClassStarted);
    let mut class = Class::new(1, 0);
    class.run(Command::CallOff);
    assert_eq!(code(&class.run(Command::SetCapacity(5))), Code::ClassCancelled);
}

#[test]
fn calling_off_voids_the_offers_and_ends_entries_and_bookings() {
    let mut class = Class::full(2, &[10, 11]);
    class.cancel(1);
    let ticket = class.entry(10).ticket;
    let decision = class.run(Command::CallOff);
    assert_eq!(decision.events, [Event::CalledOff, Event::Withdrawn { ticket }]);
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Cancelled, EntryStatus::Cancelled));
    let booking = class.rows.bookings.iter().find(|row| row.profile == ProfileId(2)).unwrap();
    assert_eq!(booking.status, BookingStatus::CancelledByGym);
    assert_eq!((class.session.booked, class.session.held(), class.session.waiting), (0, 0, 0));

    assert_nothing_new(&class.run(Command::CallOff));
    assert_eq!(code(&class.join(12)), Code::ClassCancelled);
    assert_eq!(code(&class.book(12)), Code::ClassCancelled);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
}

#[test]
fn a_class_that_has_started_is_not_called_off() {
    let mut class = Class::new(1, 1);
    class.at(start());
    assert_eq!(code(&class.run(Command::CallOff)), Code::ClassStarted);
    assert_eq!(class.session.booked, 1);
}
