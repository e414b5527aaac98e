//! Answers to offers, and leaving the queue (R2.55 to R2.68).

use logic::Code;
use logic::error::Facts;
use logic::ids::ProfileId;
use logic::session::{Actor, Command, ConfirmFacts, Decision, Event, OfferAnswer};
use logic::status::{EntryStatus, Reason};

use crate::class::*;

#[track_caller]
fn assert_too_late(decision: &Decision, deadline: logic::Instant) {
    let refusal = decision.outcome.as_ref().unwrap_err();
    assert_eq!((refusal.code, &refusal.facts), (Code::ResponseDeadlinePassed, &Facts::Deadline(deadline)));
}

/// Covers R2.6, R2.55.
#[test]
fn an_answer_at_the_deadline_is_in_time() {
    let mut class = Class::offered();
    class.at(class.deadline(10));
    let ticket = class.entry(10).ticket;
    let decision = class.confirm(10);
    assert_eq!(decision.events, [Event::Confirmed { ticket, profile: ProfileId(10), makeup: None }]);
    assert_eq!((class.session.booked, class.session.held()), (1, 0));
}

/// Covers R2.53, R2.60, R2.61, R2.66.
#[test]
fn a_late_answer_is_refused_with_the_deadline_and_the_next_entry_is_offered_the_seat() {
    let answers = [OfferAnswer::Confirm(ConfirmFacts::default()), OfferAnswer::Decline];
    for answer in answers {
        let mut class = Class::offered();
        let deadline = class.deadline(10);
        class.at(just_after(deadline));
        let entry = class.entry(10);
        let respond = Command::Respond { entry, answer: answer.clone(), by: Actor::Member };
        let decision = class.run(respond);
        assert_too_late(&decision, deadline);
        assert!(matches!(decision.events[..], [Event::Expired { .. }, Event::Offered { .. }]));
        assert_eq!(offered(&decision), [11]);
        // The same request again, with the row as it is now, is refused in the same way.
        let entry = class.entry(10);
        let again =
            class.run(Command::Respond { entry: entry.clone(), answer: answer.clone(), by: Actor::Member });
        assert_too_late(&again, deadline);
        assert_eq!(again.events, []);
        // So is a request whose clock was read in time but that reached the row second.
        class.now = deadline;
        let second = class.run(Command::Respond { entry, answer, by: Actor::Member });
        assert_too_late(&second, deadline);
    }
}

/// Covers R2.27, R2.56.
#[test]
fn a_time_conflict_leaves_the_offer_open_until_its_deadline() {
    let mut class = Class::offered();
    let decision = class.confirm_with(10, ConfirmFacts { time_conflict: true, ..ConfirmFacts::default() });
    assert_eq!(code(&decision), Code::TimeConflict);
    assert_eq!(decision.events, []);
    class.at(class.deadline(10));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

/// Covers R2.88.
#[test]
fn too_many_bookings_leave_the_offer_open_until_its_deadline() {
    let mut class = Class::offered();
    let live_bookings = class.policy.live_bookings_per_profile;
    let facts = ConfirmFacts { live_bookings, ..ConfirmFacts::default() };
    let both = ConfirmFacts { time_conflict: true, ..facts.clone() };
    assert_eq!(code(&class.confirm_with(10, both)), Code::TimeConflict);
    let decision = class.confirm_with(10, facts);
    assert_eq!((code(&decision), decision.events), (Code::TooManyBookings, vec![]));
    class.at(class.deadline(10));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

/// Covers R2.87.
#[test]
fn a_confirm_is_never_too_far_ahead() {
    let mut class = Class::offered();
    class.policy.booking_horizon = logic::Minutes::days(1);
    assert_eq!(code(&class.join(13)), Code::TooFarAhead);
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

/// Covers R2.57.
#[test]
fn a_makeup_that_is_no_longer_possible_voids_the_offer() {
    for why in [Code::AlreadyMadeUp, Code::MakeupExpired] {
        let mut class = Class::offered();
        let decision =
            class.confirm_with(10, ConfirmFacts { makeup: Some(Err(why)), ..ConfirmFacts::default() });
        assert_eq!(code(&decision), why);
        let ticket = class.entry(10).ticket;
        assert_eq!(decision.events[0], Event::Withdrawn { ticket });
        assert_eq!(class.status(10), EntryStatus::Cancelled);
        assert_eq!(offered(&decision), [11]);
        assert_eq!(code(&class.confirm(10)), Code::Conflict);
    }
}

/// Covers R2.58, R2.59, R2.63.
#[test]
fn repeating_an_answer_changes_nothing() {
    let mut class = Class::offered();
    class.confirm(10);
    assert_accepted_without_change(&class.confirm(10));
    class.at(just_after(class.deadline(10)));
    assert_accepted_without_change(&class.confirm(10));
    assert_eq!(class.rows.booked(), 1);

    let mut class = Class::offered();
    assert_eq!(class.decline(10).outcome, Ok(()));
    assert_accepted_without_change(&class.decline(10));
    assert_eq!(class.status(10), EntryStatus::Cancelled);
}

/// Covers R2.64, R2.65, R2.66.
#[test]
fn a_different_answer_is_a_conflict_until_the_deadline() {
    let mut class = Class::offered();
    class.confirm(10);
    assert_eq!(code(&class.decline(10)), Code::Conflict);

    let mut class = Class::offered();
    class.decline(10);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
    let deadline = class.deadline(10);
    class.at(just_after(deadline));
    assert_too_late(&class.confirm(10), deadline);
}

/// Covers R2.65.
#[test]
fn an_answer_without_an_offer_is_a_conflict() {
    let mut class = Class::full(1, &[10, 11]);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    assert_eq!(class.queue(), [10, 11]);
    // So is an answer for an entry that left before it had an offer ...
    class.leave(10, Actor::Member);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    // ... and for one that still waited when the waitlist closed.
    class.at(just_after(before(LAST)));
    class.run(Command::Settle);
    assert_eq!(code(&class.confirm(11)), Code::Conflict);
    assert_eq!(code(&class.decline(11)), Code::Conflict);
}

/// Covers R2.24, R2.65.
#[test]
fn an_offer_made_before_the_last_join_cannot_be_answered() {
    let mut class = Class::offered();
    class.decline(10);
    class.join(10);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    class.leave(10, Actor::Member);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
}

/// Covers R2.62, R2.63.
#[test]
fn leaving_twice_changes_nothing() {
    let mut class = Class::offered();
    for profile in [10, 12] {
        assert_eq!(class.leave(profile, Actor::Member).outcome, Ok(()));
        assert_accepted_without_change(&class.leave(profile, Actor::Member));
        assert_eq!(class.status(profile), EntryStatus::Cancelled);
    }
}

/// Covers R2.64.
#[test]
fn a_confirmed_entry_cannot_be_left_without_cancelling_its_booking() {
    let mut class = Class::offered();
    class.confirm(10);
    assert_eq!(code(&class.leave(10, Actor::Member)), Code::Conflict);
    assert_eq!(offered(&class.cancel(10)), [11]);
}

/// Covers R2.53, R2.60.
#[test]
fn leaving_after_the_deadline_keeps_the_entry_expired() {
    let mut class = Class::offered();
    class.at(just_after(class.deadline(10)));
    let decision = class.leave(10, Actor::Member);
    assert_eq!(decision.outcome, Ok(()));
    assert!(matches!(decision.events[..], [Event::Expired { .. }, Event::Offered { .. }]));
    assert_eq!(class.status(10), EntryStatus::Expired);
}

/// Covers R2.59, R2.62, R2.67.
#[test]
fn the_reason_names_who_ended_the_offer() {
    assert_eq!(Actor::Member.reason(), Reason::UserCancelled);
    assert_eq!(Actor::Staff.reason(), Reason::ManualCancel);
    for by in [Actor::Member, Actor::Staff] {
        let mut class = Class::offered();
        let entry = class.entry(10);
        let ticket = entry.ticket;
        let declined = class.run(Command::Respond { entry, answer: OfferAnswer::Decline, by });
        assert_eq!(declined.events[0], Event::Declined { ticket, by });
        let mut class = Class::offered();
        assert_eq!(class.leave(10, by).events[0], Event::LeftQueue { ticket, by, offered: true });
    }
}
