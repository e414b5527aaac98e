//! RULES §2, The queue: answers to offers, and leaving.

use logic::Code;
use logic::error::Facts;
use logic::ids::ProfileId;
use logic::session::{Actor, Command, ConfirmFacts, Decision, Event, OfferAnswer};
use logic::status::{EntryStatus, Reason};

use crate::gym::*;

#[track_caller]
fn assert_too_late(decision: &Decision, deadline: logic::Instant) {
    let refusal = decision.outcome.as_ref().unwrap_err();
    assert_eq!((refusal.code, &refusal.facts), (Code::ResponseDeadlinePassed, &Facts::Deadline(deadline)));
}

#[test]
fn the_deadline_itself_still_counts() {
    let mut class = Class::offered();
    class.at(class.deadline(10));
    let ticket = class.entry(10).ticket;
    let decision = class.confirm(10);
    assert_eq!(decision.events, [Event::Confirmed { ticket, profile: ProfileId(10), makeup: None }]);
    assert_eq!((class.session.booked, class.session.held()), (1, 0));
}

#[test]
fn too_late_is_told_with_the_deadline_and_the_next_is_offered_in_the_same_decision() {
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
        // Asked again, with the row as it is now: the same answer.
        let entry = class.entry(10);
        let again =
            class.run(Command::Respond { entry: entry.clone(), answer: answer.clone(), by: Actor::Member });
        assert_too_late(&again, deadline);
        assert_eq!(again.events, []);
        // And to a caller whose clock was read in time, but who came second.
        class.now = deadline;
        let second = class.run(Command::Respond { entry, answer, by: Actor::Member });
        assert_too_late(&second, deadline);
    }
}

#[test]
fn a_time_conflict_leaves_the_offer_open_until_its_deadline() {
    let mut class = Class::offered();
    let decision = class.confirm_with(10, ConfirmFacts { time_conflict: true, ..ConfirmFacts::default() });
    assert_eq!(code(&decision), Code::TimeConflict);
    assert_eq!(decision.events, []);
    class.at(class.deadline(10));
    assert_eq!(class.confirm(10).outcome, Ok(()));
}

#[test]
fn a_void_makeup_ends_the_offer() {
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

#[test]
fn the_same_answer_again_is_the_same_answer() {
    let mut class = Class::offered();
    class.confirm(10);
    assert_nothing_new(&class.confirm(10));
    class.at(just_after(class.deadline(10)));
    assert_nothing_new(&class.confirm(10));
    assert_eq!(class.rows.booked(), 1);

    let mut class = Class::offered();
    assert_eq!(class.decline(10).outcome, Ok(()));
    assert_nothing_new(&class.decline(10));
    assert_eq!(class.status(10), EntryStatus::Cancelled);
}

#[test]
fn another_answer_afterwards_is_a_conflict_until_the_deadline() {
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

#[test]
fn an_answer_where_no_offer_was_made_is_a_conflict() {
    let mut class = Class::full(1, &[10, 11]);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    assert_eq!(class.queue(), [10, 11]);
    // The same of an entry that left before it was offered anything ...
    class.leave(10, Actor::Member);
    assert_eq!(code(&class.confirm(10)), Code::Conflict);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    // ... and of one that the list's end found waiting.
    class.at(just_after(before(LAST)));
    class.run(Command::CloseWaitlist);
    assert_eq!(code(&class.confirm(11)), Code::Conflict);
    assert_eq!(code(&class.decline(11)), Code::Conflict);
}

#[test]
fn an_offer_before_the_last_rejoin_is_not_this_ones() {
    let mut class = Class::offered();
    class.decline(10);
    class.join(10);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
    class.leave(10, Actor::Member);
    assert_eq!(code(&class.decline(10)), Code::Conflict);
}

#[test]
fn leaving_again_changes_nothing() {
    let mut class = Class::offered();
    for profile in [10, 12] {
        assert_eq!(class.leave(profile, Actor::Member).outcome, Ok(()));
        assert_nothing_new(&class.leave(profile, Actor::Member));
        assert_eq!(class.status(profile), EntryStatus::Cancelled);
    }
}

#[test]
fn a_confirmed_entry_is_left_by_cancelling_its_booking() {
    let mut class = Class::offered();
    class.confirm(10);
    assert_eq!(code(&class.leave(10, Actor::Member)), Code::Conflict);
    assert_eq!(offered(&class.cancel(10)), [11]);
}

#[test]
fn leaving_an_offer_that_ran_out_leaves_it_expired() {
    let mut class = Class::offered();
    class.at(just_after(class.deadline(10)));
    let decision = class.leave(10, Actor::Member);
    assert_eq!(decision.outcome, Ok(()));
    assert!(matches!(decision.events[..], [Event::Expired { .. }, Event::Offered { .. }]));
    assert_eq!(class.status(10), EntryStatus::Expired);
}

#[test]
fn whoever_ends_an_offer_gives_its_reason() {
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
