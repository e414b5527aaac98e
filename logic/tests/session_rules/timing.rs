//! Intervals, quiet hours, the last notification time, closing, and late deliveries (R2.8 to R2.13, R2.71 to R2.77).

use logic::Code;
use logic::policy::QuietHours;
use logic::session::{Actor, Command, Event};
use logic::status::{EntryStatus, SessionStatus};

use crate::class::*;

/// Creates a class whose only seat is booked by 2; 10, which was notified a moment ago, waits before 11.
fn recently_notified() -> Class {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.join(11);
    class
}

/// Covers R2.11, R2.49.
#[test]
fn an_entry_inside_its_interval_keeps_its_place_and_is_passed_over() {
    let mut class = recently_notified();
    assert_eq!(offered(&class.cancel(2)), [11]);
    assert_eq!(class.queue(), [10]);
    // Exactly one interval after its first offer, 10 is offered a seat again, before any later joiner.
    class.join(12);
    class.later(30);
    class.leave(11, Actor::Member);
    assert_eq!(class.status(12), EntryStatus::Notified);
    class.later(30);
    let decision = class.decline(12);
    assert_eq!(offered(&decision), [10]);
}

/// Covers R2.12, R2.49.
#[test]
fn an_entry_that_was_passed_over_is_offered_the_seat_when_its_interval_ends() {
    let mut class = recently_notified();
    class.leave(11, Actor::Member);
    assert_eq!(offered(&class.cancel(2)), [0; 0]);
    let due = class.due_at().unwrap();
    assert_eq!(due, class.entry(10).last_notified_at.unwrap().plus(class.policy.min_notification_interval));
    class.at(logic::Instant::clamped(due.millis() - 1));
    assert_accepted_without_change(&class.run(Command::Settle));
    class.at(due);
    assert_eq!(offered(&class.run(Command::Settle)), [10]);
}

/// Covers R1.14, R2.12.
#[test]
fn in_quiet_hours_the_due_time_is_their_end() {
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    // 22:00 local time is 20 hours before the class, 08:00 is 10 hours before it.
    class.at(before(20 * 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    assert_eq!(class.due_at(), Some(before(10 * 60)));
    class.at(logic::Instant::clamped(before(10 * 60).millis() - 1));
    assert_accepted_without_change(&class.run(Command::Settle));
    assert_eq!(code(&class.book(20)), Code::SessionFull, "the seat is kept for the queue");
    class.at(before(10 * 60));
    assert_eq!(offered(&class.run(Command::Settle)), [10]);
}

/// Covers R1.14.
#[test]
fn a_millisecond_before_quiet_hours_a_seat_is_offered() {
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    class.at(logic::Instant::clamped(before(20 * 60).millis() - 1));
    assert_eq!(offered(&class.cancel(1)), [10]);
}

/// Covers R2.13.
#[test]
fn quiet_hours_that_end_too_late_are_ignored() {
    let mut class = Class::full(1, &[10]);
    // They end at 11:31 local time; the last notification time is 11:30.
    class.policy.quiet_hours = Some(QuietHours { from: 0, to: 11 * 60 + 31 });
    class.at(before(LAST + 60));
    assert_eq!(offered(&class.cancel(1)), [10]);
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 0, to: 11 * 60 + 30 });
    class.at(before(LAST + 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    class.at(before(LAST));
    assert_eq!(offered(&class.run(Command::Settle)), [10]);
}

/// Covers R2.10, R2.5.
#[test]
fn a_seat_is_offered_at_the_last_notification_time() {
    let mut class = Class::full(1, &[10]);
    class.at(before(LAST));
    assert_eq!(offered(&class.cancel(1)), [10]);
    assert_eq!(class.deadline(10), before(CUTOFF));
}

/// Covers R2.61.
#[test]
fn after_the_last_notification_time_seats_are_released_instead_of_offered() {
    let mut class = Class::full(2, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(LAST)));
    let decision = class.decline(10);
    assert!(matches!(
        decision.events[..],
        [Event::Declined { .. }, Event::WaitlistClosed { entries: 1 }, Event::Released { seats: 1 }]
    ));
    assert!(matches!(class.cancel(2).events[..], [Event::BookingEnded { .. }, Event::Released { seats: 1 }]));
    assert_eq!(class.book(20).outcome, Ok(()));
}

/// Covers R2.2, R2.61.
#[test]
fn the_seat_of_an_offer_that_expires_at_the_cutoff_is_released() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(CUTOFF)));
    assert!(matches!(
        class.run(Command::Settle).events[..],
        [Event::Expired { .. }, Event::WaitlistClosed { entries: 1 }, Event::Released { seats: 1 }]
    ));
}

/// Covers R2.71.
#[test]
fn the_waitlist_closes_after_the_last_notification_time_and_not_before() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    assert_accepted_without_change(&class.run(Command::Settle));
    let due = just_after(before(LAST));
    assert_eq!(class.due_at(), Some(due));
    class.at(due);
    assert_eq!(class.run(Command::Settle).events, [Event::WaitlistClosed { entries: 2 }]);
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Expired, EntryStatus::Expired));
    assert_eq!(class.due_at(), None);
    assert_accepted_without_change(&class.run(Command::Settle));
}

/// Covers R2.36, R2.53, R2.71.
#[test]
fn any_command_closes_the_waitlist_last() {
    let mut class = Class::full(2, &[10, 11]);
    class.at(just_after(before(LAST)));
    assert!(matches!(
        class.cancel(1).events[..],
        [Event::BookingEnded { .. }, Event::WaitlistClosed { entries: 2 }, Event::Released { seats: 1 }]
    ));
    // A refusal closes it too, and a command may name an entry that still waits.
    let mut class = Class::full(1, &[10, 11]);
    class.at(just_after(before(LAST)));
    assert_eq!(class.book(20).events, [Event::WaitlistClosed { entries: 2 }]);
    let mut class = Class::full(1, &[10, 11]);
    class.at(just_after(before(LAST)));
    assert!(matches!(
        class.leave(10, Actor::Member).events[..],
        [Event::LeftQueue { .. }, Event::WaitlistClosed { entries: 1 }]
    ));
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Cancelled, EntryStatus::Expired));
}

/// Covers R2.71.
#[test]
fn closing_the_waitlist_keeps_the_last_offers_open() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(LAST)));
    class.run(Command::Settle);
    assert_eq!(class.due_at(), Some(just_after(before(CUTOFF))));
    class.at(before(CUTOFF));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

/// Covers R2.75, R2.76.
#[test]
fn a_late_delivery_moves_the_deadline_later_but_not_past_the_cutoff() {
    let mut class = Class::offered();
    let ticket = class.entry(10).ticket;
    let sent_at = class.now;
    let first = class.deadline(10);
    assert_accepted_without_change(&class.run(Command::Delivered { ticket, accepted_at: sent_at }));
    class.later(10);
    assert_accepted_without_change(
        &class.run(Command::Delivered { ticket, accepted_at: before(3 * 24 * 60) }),
    );
    let accepted_at = class.now;
    let moved = class.run(Command::Delivered { ticket, accepted_at });
    let later = accepted_at.plus(class.policy.decision_window);
    assert_eq!(moved.events, [Event::DeadlineMoved { ticket, deadline: later }]);
    assert_eq!(class.due_at(), Some(just_after(later)));
    // An answer is in time until the new deadline.
    class.at(just_after(first));
    assert_eq!(class.status(10), EntryStatus::Notified);
    class.at(later);
    assert_eq!(class.confirm(10).outcome, Ok(()));

    let mut class = Class::full(1, &[10]);
    class.at(before(LAST + 20));
    class.cancel(1);
    assert_eq!(class.deadline(10), before(LAST - 10));
    class.at(before(LAST - 10));
    let ticket = class.entry(10).ticket;
    let accepted_at = class.now;
    class.run(Command::Delivered { ticket, accepted_at });
    assert_eq!(class.deadline(10), before(CUTOFF));
}

/// Covers R2.76.
#[test]
fn a_delivery_for_an_offer_that_has_ended_changes_nothing() {
    let mut class = Class::offered();
    let ticket = class.entry(10).ticket;
    class.decline(10);
    let accepted_at = class.now;
    assert_accepted_without_change(&class.run(Command::Delivered { ticket, accepted_at }));
}

/// Covers R2.69.
#[test]
fn a_class_that_is_called_off_has_no_due_time() {
    let mut class = Class::offered();
    class.run(Command::CallOff);
    assert_eq!(class.session.status, SessionStatus::Cancelled);
    assert_eq!(class.due_at(), None);
}
