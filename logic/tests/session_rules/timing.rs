//! RULES §2: intervals, quiet hours, the last notification time, the list's end, deliveries.

use logic::Code;
use logic::policy::QuietHours;
use logic::session::{Actor, Command, Event};
use logic::status::{EntryStatus, SessionStatus};

use crate::gym::*;

/// A class of one seat, booked by 2, where 10 waits, told a seat a moment ago, before 11.
fn told_lately() -> Class {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.join(11);
    class
}

#[test]
fn who_is_inside_the_interval_keeps_the_place_and_is_passed_over() {
    let mut class = told_lately();
    assert_eq!(offered(&class.cancel(2)), [11]);
    assert_eq!(class.queue(), [10]);
    // Exactly an interval after its first offer it may be told again, before any later joiner.
    class.join(12);
    class.later(30);
    class.leave(11, Actor::Member);
    assert_eq!(class.status(12), EntryStatus::Notified);
    class.later(30);
    let decision = class.decline(12);
    assert_eq!(offered(&decision), [10]);
}

#[test]
fn the_interval_leaves_a_due_time_and_at_exactly_that_instant_the_seat_is_offered() {
    let mut class = told_lately();
    class.leave(11, Actor::Member);
    assert_eq!(offered(&class.cancel(2)), [0; 0]);
    let due = class.due_at().unwrap();
    assert_eq!(due, class.entry(10).last_notified_at.unwrap().plus(class.policy.min_notification_interval));
    class.at(logic::Instant::clamped(due.millis() - 1));
    assert_nothing_new(&class.run(Command::CloseWaitlist));
    class.at(due);
    assert_eq!(offered(&class.run(Command::CloseWaitlist)), [10]);
}

#[test]
fn quiet_hours_leave_their_end_as_the_due_time() {
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    // 22:00 local is twenty hours before the class, 08:00 ten.
    class.at(before(20 * 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    assert_eq!(class.due_at(), Some(before(10 * 60)));
    class.at(logic::Instant::clamped(before(10 * 60).millis() - 1));
    assert_nothing_new(&class.run(Command::CloseWaitlist));
    assert_eq!(code(&class.book(20)), Code::SessionFull, "kept for the queue");
    class.at(before(10 * 60));
    assert_eq!(offered(&class.run(Command::CloseWaitlist)), [10]);
}

#[test]
fn a_moment_before_quiet_hours_is_not_quiet() {
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 22 * 60, to: 8 * 60 });
    class.at(logic::Instant::clamped(before(20 * 60).millis() - 1));
    assert_eq!(offered(&class.cancel(1)), [10]);
}

#[test]
fn quiet_hours_that_end_too_late_do_not_count() {
    let mut class = Class::full(1, &[10]);
    // Until 11:31 local; the last notification goes out at 11:30.
    class.policy.quiet_hours = Some(QuietHours { from: 0, to: 11 * 60 + 31 });
    class.at(before(LAST + 60));
    assert_eq!(offered(&class.cancel(1)), [10]);
    let mut class = Class::full(1, &[10]);
    class.policy.quiet_hours = Some(QuietHours { from: 0, to: 11 * 60 + 30 });
    class.at(before(LAST + 60));
    assert_eq!(offered(&class.cancel(1)), [0; 0]);
    class.at(before(LAST));
    assert_eq!(offered(&class.run(Command::CloseWaitlist)), [10]);
}

#[test]
fn the_last_notification_time_itself_still_counts() {
    let mut class = Class::full(1, &[10]);
    class.at(before(LAST));
    assert_eq!(offered(&class.cancel(1)), [10]);
    assert_eq!(class.deadline(10), before(CUTOFF));
}

#[test]
fn after_the_last_notification_time_seats_are_released_not_offered() {
    let mut class = Class::full(2, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(LAST)));
    let decision = class.decline(10);
    assert!(matches!(decision.events[..], [Event::Declined { .. }, Event::Released { seats: 1 }]));
    assert!(matches!(class.cancel(2).events[..], [Event::BookingEnded { .. }, Event::Released { seats: 1 }]));
    assert_eq!(class.queue(), [11]);
    assert_eq!(class.book(20).outcome, Ok(()));
}

#[test]
fn an_offer_that_runs_out_at_the_cutoff_is_released() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(CUTOFF)));
    assert!(matches!(
        class.run(Command::Settle).events[..],
        [Event::Expired { .. }, Event::Released { seats: 1 }]
    ));
}

#[test]
fn only_the_sweep_closes_the_list_and_only_after_the_last_notification_time() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    assert_nothing_new(&class.run(Command::CloseWaitlist));
    let due = just_after(before(LAST));
    assert_eq!(class.due_at(), Some(due));
    class.at(due);
    assert_nothing_new(&class.run(Command::Settle));
    class.cancel(1);
    assert_eq!(class.status(10), EntryStatus::Waiting);
    assert_eq!(class.run(Command::CloseWaitlist).events, [Event::WaitlistClosed { entries: 2 }]);
    assert_eq!((class.status(10), class.status(11)), (EntryStatus::Expired, EntryStatus::Expired));
    assert_eq!(class.due_at(), None);
    assert_nothing_new(&class.run(Command::CloseWaitlist));
}

#[test]
fn closing_leaves_the_last_offers_open() {
    let mut class = Class::full(1, &[10, 11]);
    class.at(before(LAST));
    class.cancel(1);
    class.at(just_after(before(LAST)));
    class.run(Command::CloseWaitlist);
    assert_eq!(class.due_at(), Some(just_after(before(CUTOFF))));
    class.at(before(CUTOFF));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

#[test]
fn a_late_delivery_moves_the_deadline_never_earlier_and_never_past_the_cutoff() {
    let mut class = Class::offered();
    let ticket = class.entry(10).ticket;
    let sent_at = class.now;
    let first = class.deadline(10);
    assert_nothing_new(&class.run(Command::Delivered { ticket, accepted_at: sent_at }));
    class.later(10);
    assert_nothing_new(&class.run(Command::Delivered { ticket, accepted_at: before(3 * 24 * 60) }));
    let accepted_at = class.now;
    let moved = class.run(Command::Delivered { ticket, accepted_at });
    let later = accepted_at.plus(class.policy.decision_window);
    assert_eq!(moved.events, [Event::DeadlineMoved { ticket, deadline: later }]);
    assert_eq!(class.due_at(), Some(just_after(later)));
    // The answer counts until the new deadline.
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

#[test]
fn a_delivery_to_an_offer_that_is_over_changes_nothing() {
    let mut class = Class::offered();
    let ticket = class.entry(10).ticket;
    class.decline(10);
    let accepted_at = class.now;
    assert_nothing_new(&class.run(Command::Delivered { ticket, accepted_at }));
}

#[test]
fn nothing_is_due_in_a_class_that_is_called_off() {
    let mut class = Class::offered();
    class.run(Command::CallOff);
    assert_eq!(class.session.status, SessionStatus::Cancelled);
    assert_eq!(class.due_at(), None);
}
