//! Notifying by staff, changing the capacity, and calling a class off (R2.69 to R2.74).

use logic::ids::ProfileId;
use logic::policy::QuietHours;
use logic::session::{Actor, BookingEnd, Command, Event};
use logic::status::{BookingStatus, EntryStatus};
use logic::{Code, Instant, Minutes};

use crate::class::*;

/// Creates a class in quiet hours, with one free seat for which 10, 11 and 12 wait.
fn in_quiet_hours() -> Class {
    let mut class = Class::full(1, &[10, 11, 12]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    class.at(before(19 * 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    class
}

/// Covers R2.73, R2.74.
#[test]
fn staff_notify_out_of_turn_and_in_quiet_hours_but_never_beyond_the_free_seats() {
    let mut class = in_quiet_hours();
    let decision = class.notify(11);
    assert_eq!((decision.outcome.clone(), offered(&decision)), (Ok(()), vec![11]));
    assert_eq!(class.queue(), [10, 12]);
    assert_eq!(code(&class.notify(12)), Code::NoFreeSeat);
    assert_eq!(code(&class.notify(11)), Code::NotWaiting);
}

/// Covers R2.8, R2.9, R2.10, R2.11, R2.74.
#[test]
fn staff_notify_only_waiting_entries_that_may_be_notified() {
    let mut class = in_quiet_hours();
    class.notify(11);
    class.decline(11);
    assert_eq!(code(&class.notify(11)), Code::NotWaiting);
    class.join(11);
    assert_eq!(code(&class.notify(11)), Code::NotifiedRecently);
    class.at(class.entry(11).last_notified_at.unwrap().plus(class.policy.min_notification_interval));
    assert_eq!(class.notify(11).outcome, Ok(()));
    for (at, refused) in [
        (just_after(before(LAST)), Code::PastLastNotification),
        (just_after(before(360)), Code::InsideHardStop),
        (start(), Code::ClassStarted),
    ] {
        let mut class = in_quiet_hours();
        class.policy.quiet_hours = None;
        class.at(at);
        assert_eq!(code(&class.notify(12)), refused);
        assert_eq!(code(&class.notify(12)), Code::NotWaiting, "the list has closed");
    }
}

/// Covers R2.74.
#[test]
fn staff_cannot_notify_in_a_class_that_is_called_off() {
    let mut class = in_quiet_hours();
    class.run(Command::CallOff);
    assert_eq!(code(&class.notify(10)), Code::NotWaiting);
}

/// Covers R2.74.
#[test]
fn staff_cannot_notify_in_a_full_class() {
    assert_eq!(code(&Class::full(1, &[10]).notify(10)), Code::NoFreeSeat);
}

/// Covers R2.53, R2.73.
#[test]
fn an_entry_that_settling_just_offered_a_seat_counts_as_notified() {
    let mut class = in_quiet_hours();
    class.at(before(10 * 60));
    let decision = class.notify(10);
    assert_eq!((decision.outcome.clone(), offered(&decision)), (Ok(()), vec![10]));
    // If settling offers the only seat to another entry, none is left.
    let mut class = in_quiet_hours();
    class.at(before(10 * 60));
    let decision = class.notify(11);
    assert_eq!((code(&decision), offered(&decision)), (Code::NoFreeSeat, vec![10]));
}

/// Covers R2.85.
#[test]
fn the_capacity_cannot_fall_below_the_booked_and_held_seats() {
    let mut class = Class::full(3, &[10]);
    class.cancel(1);
    assert_eq!(code(&class.run(Command::SetCapacity(2))), Code::Conflict, "a seat is held");
    class.decline(10);
    assert_eq!(class.run(Command::SetCapacity(2)).events, [Event::CapacitySet { capacity: 2 }]);
    assert_accepted_without_change(&class.run(Command::SetCapacity(2)));
    assert_eq!(code(&class.run(Command::SetCapacity(1))), Code::Conflict);
}

/// Covers R2.85.
#[test]
fn the_capacity_is_fixed_once_the_class_has_started_or_is_called_off() {
    let mut class = Class::new(1, 0);
    class.at(start());
    assert_eq!(code(&class.run(Command::SetCapacity(5))), Code::ClassStarted);
    let mut class = Class::new(1, 0);
    class.run(Command::CallOff);
    assert_eq!(code(&class.run(Command::SetCapacity(5))), Code::ClassCancelled);
}

/// Covers R2.15, R2.29, R2.68, R2.69, R2.70.
#[test]
fn calling_off_withdraws_offers_and_ends_entries_and_bookings() {
    let mut class = Class::full(2, &[10, 11]);
    class.cancel(1);
    let ticket = class.entry(10).ticket;
    let decision = class.run(Command::CallOff);
    assert_eq!(decision.events, [Event::CalledOff, Event::Withdrawn { ticket }]);
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Cancelled, EntryStatus::Cancelled));
    let booking = class.rows.bookings.iter().find(|row| row.profile == ProfileId(2)).unwrap();
    assert_eq!(booking.status, BookingStatus::CancelledByGym);
    assert_eq!((class.session.booked, class.session.held(), class.session.waiting), (0, 0, 0));

    assert_accepted_without_change(&class.run(Command::CallOff));
    assert_eq!(code(&class.join(12)), Code::ClassCancelled);
    assert_eq!(code(&class.book(12)), Code::ClassCancelled);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
}

/// Covers R2.90.
#[test]
fn nobody_new_gets_into_a_class_that_is_no_longer_on_the_timetable() {
    let mut class = Class::full(2, &[10]);
    class.cancel(1);
    class.session.on_timetable = false;
    for decision in [class.join(12), class.book(12), class.make_up(12)] {
        assert_eq!((code(&decision), decision.events), (Code::ClassCancelled, vec![]));
    }
    assert_eq!(class.confirm(10).outcome, Ok(()), "who was offered a seat keeps it");
    assert_eq!(class.cancel(2).outcome, Ok(()));
    assert_eq!(class.session.bookable(class.now, &class.policy), 0);
}

/// Covers R2.87, R2.88.
#[test]
fn staff_are_bound_by_366_days_and_by_no_number_of_places() {
    let mut class = Class::new(1, 0);
    let mut booker = class.rows.booker(ProfileId(7));
    booker.live_bookings = u32::MAX;
    class.now = before(366 * 24 * 60 + 1);
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::TooFarAhead);
    booker.by = Actor::Staff;
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::TooFarAhead);
    class.now = before(366 * 24 * 60);
    assert_eq!(class.run(Command::Book(booker)).outcome, Ok(()));
}

/// Covers R2.86.
#[test]
fn a_class_that_has_started_cannot_be_called_off() {
    let mut class = Class::new(1, 1);
    class.at(start());
    assert_eq!(code(&class.run(Command::CallOff)), Code::ClassStarted);
    assert_eq!(class.session.booked, 1);
}

/// Covers R2.96, R2.97.
#[test]
fn staff_book_late_and_undo_it_until_the_class_ends() {
    let end = start().plus(Minutes(60));
    let mut class = Class::new(2, 1);
    class.at(start());
    let mut booker = class.rows.booker(ProfileId(7));
    booker.by = Actor::Staff;
    assert_eq!(code(&class.run(Command::Book(booker.clone()))), Code::ClassStarted);
    booker.late_until = Some(end);
    assert_eq!(class.run(Command::Book(booker.clone())).outcome, Ok(()));
    let mut next = class.rows.booker(ProfileId(8));
    next.late_until = Some(end);
    assert_eq!(code(&class.run(Command::Book(next.clone()))), Code::SessionFull);

    assert_eq!(code(&class.cancel(7)), Code::ClassStarted);
    let booking = class.latest_booking(7);
    let undo = Command::CancelBooking { booking: booking.id, status: booking.status, late_until: Some(end) };
    class.at(Instant::clamped(end.millis() - 1));
    let decision = class.run(undo.clone());
    let back = BookingEnd::Cancelled { credit_back: true };
    assert_eq!(
        decision.events,
        [Event::BookingEnded { booking: booking.id, how: back }],
        "no seat is released"
    );
    assert_eq!(class.run(Command::Book(next)).outcome, Ok(()));
    class.at(end);
    booker.already_booked = false;
    assert_eq!(code(&class.run(Command::Book(booker))), Code::ClassStarted);
    let booking = class.latest_booking(8);
    let undo = Command::CancelBooking { booking: booking.id, status: booking.status, late_until: Some(end) };
    assert_eq!(code(&class.run(undo)), Code::ClassStarted);
}

/// Covers R2.98.
#[test]
fn staff_waive_the_lead_of_leave_until_the_class_starts() {
    let mut class = Class::new(1, 1);
    class.at(before(1));
    assert_eq!(code(&class.take_leave(1, false)), Code::LeaveTooLate);
    let booking = class.latest_booking(1);
    let waived = |is_makeup| Command::TakeLeave {
        booking: booking.id,
        status: booking.status,
        is_makeup,
        waives_lead: true,
    };
    assert_eq!(code(&class.run(waived(true))), Code::Conflict);
    class.at(start());
    assert_eq!(code(&class.run(waived(false))), Code::ClassStarted);
    class.now = before(1);
    assert_eq!(class.run(waived(false)).outcome, Ok(()));
}
