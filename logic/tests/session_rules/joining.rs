//! Joining a waitlist (R2.14 to R2.27).

use logic::Code;
use logic::ids::{BookingId, ProfileId, Ticket};
use logic::session::{Actor, Command, Event};
use logic::status::{EntryStatus, SessionStatus};

use crate::class::*;

/// Covers R0.4, R2.14 to R2.23.
#[test]
fn refusals_come_in_order() {
    let mut class = Class::new(1, 0);
    let mut joiner = class.rows.joiner(ProfileId(7), class.policy.active_waitlists_per_profile);
    joiner.already_booked = true;
    joiner.entry = Some(logic::session::EntryFacts {
        ticket: Ticket(0),
        profile: ProfileId(7),
        status: EntryStatus::Waiting,
        deadline: None,
        last_notified_at: None,
        round: 0,
    });
    joiner.makeup = Some((BookingId(90), Err(Code::CourseMismatch)));
    class.session.queue_capacity = Some(0);
    class.session.status = SessionStatus::Cancelled;
    let ask = |class: &Class, joiner: &logic::session::JoinerFacts, now| {
        let decision =
            logic::session::decide(&class.session, &Command::Join(joiner.clone()), now, &class.policy);
        assert_eq!(decision.events, []);
        code(&decision)
    };

    assert_eq!(ask(&class, &joiner, start()), Code::ClassCancelled);
    class.session.status = SessionStatus::Scheduled;
    assert_eq!(ask(&class, &joiner, start()), Code::ClassStarted);
    assert_eq!(ask(&class, &joiner, just_after(before(LAST))), Code::WaitlistClosed);
    assert_eq!(ask(&class, &joiner, just_after(before(CUTOFF))), Code::WaitlistClosed);
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::AlreadyBooked);
    joiner.already_booked = false;
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::AlreadyWaiting);
    joiner.entry = None;
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::SpotAvailable);
    class.session.capacity = 0;
    class.rows.capacity = 0;
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::QueueFull);
    class.session.queue_capacity = None;
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::TooManyWaitlists);
    joiner.active_waitlists -= 1;
    assert_eq!(ask(&class, &joiner, before(LAST)), Code::CourseMismatch);
    joiner.makeup = Some((BookingId(90), Ok(())));
    class.at(before(LAST));
    let joined = class.run(Command::Join(joiner));
    assert_eq!(joined.outcome, Ok(()));
    assert!(matches!(joined.events[..], [Event::Joined { makeup_for: Some(BookingId(90)), .. }]));
}

/// Covers R1.7, R2.21.
#[test]
fn the_queue_capacity_counts_waiting_and_notified_entries() {
    let mut class = Class::offered();
    class.session.queue_capacity = Some(3);
    assert_eq!(code(&class.join(13)), Code::QueueFull);
    class.decline(10);
    assert_eq!(class.join(13).outcome, Ok(()));
}

/// Covers R2.19, R2.20, R2.53.
#[test]
fn the_joiners_own_expired_offer_does_not_count() {
    let mut class = Class::full(1, &[10]);
    class.session.queue_capacity = Some(1);
    class.cancel(1);
    class.later(31);
    // Settling frees the seat, so it can be booked.
    let decision = class.join(10);
    assert_eq!(code(&decision), Code::SpotAvailable);
    assert!(matches!(decision.events[..], [Event::Expired { .. }, Event::Released { seats: 1 }]));
    assert_eq!(class.status(10), EntryStatus::Expired);

    let mut class = Class::full(1, &[10, 11]);
    class.session.queue_capacity = Some(2);
    class.cancel(1);
    class.later(31);
    // The seat is now held for the next entry, and the queue has room.
    assert_eq!(class.join(10).outcome, Ok(()));
    assert_eq!((class.queue(), class.status(11)), (vec![10], EntryStatus::Notified));
}

/// Covers R2.24, R2.25.
#[test]
fn a_profile_that_left_declined_or_expired_joins_again_at_the_tail_with_its_history() {
    for way in ["left", "declined", "expired"] {
        let mut class = Class::offered();
        let told_at = class.now;
        match way {
            "left" => class.leave(10, Actor::Member),
            "declined" => class.decline(10),
            _ => class.later(31).run(Command::Settle),
        };
        assert_eq!(class.status(11), EntryStatus::Notified, "{way}");
        let first_ticket = class.entry(10).ticket;
        class.join(10);
        assert_eq!(class.queue(), [12, 10], "{way}");
        let again = class.entry(10);
        assert!(again.ticket > first_ticket);
        assert_eq!((again.last_notified_at, again.round), (Some(told_at), 1), "{way}");
        assert_eq!(again.deadline, None, "{way}");
    }
}

/// Covers R2.11, R2.25.
#[test]
fn joining_again_does_not_evade_the_interval() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    let told_at = class.now;
    class.book(2);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.later(5);
    assert_eq!(offered(&class.cancel(2)), [0; 0]);
    let again_at = told_at.plus(class.policy.min_notification_interval);
    assert_eq!(class.due_at(), Some(again_at));
    class.at(again_at);
    let decision = class.run(Command::Settle);
    assert!(matches!(decision.events[..], [Event::Offered { round: 2, .. }]));
}

/// Covers R2.26, R2.49.
#[test]
fn a_joiner_is_offered_a_free_seat_at_once_while_others_are_passed_over() {
    let mut class = Class::full(1, &[10]);
    class.cancel(1);
    class.decline(10);
    class.book(2);
    class.join(10);
    class.cancel(2);
    assert_eq!((class.session.free(), class.queue()), (1, vec![10]));
    let decision = class.join(11);
    assert_eq!(offered(&decision), [11]);
    assert_eq!(class.queue(), [10]);
}
