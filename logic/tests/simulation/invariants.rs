//! The invariants: what holds after every command.

use std::collections::BTreeMap;

use logic::session::{Command, Decision, Event, OfferAnswer, Purpose, decide, settle};
use logic::status::{BookingStatus, EntryStatus};
use logic::{Code, Instant, Policy};

use crate::oracle::{expected, last_notification, outside_interval, quiet};
use crate::world::Class;

/// The decision of one command, and how many offers passed over an entry inside its interval.
pub(crate) struct Step {
    pub(crate) decision: Decision,
    pub(crate) passed_over: u64,
}

/// Decides `command`, applies its events to the session and to the rows, and checks every invariant.
pub(crate) fn step(class: &mut Class, command: &Command, now: Instant, policy: &Policy) -> Step {
    let mut passed_over = 0;
    let decision = decide(&class.session, command, now, policy);

    let settled = settle(&class.session, now, policy);
    let last = |event: &Event| matches!(event, Event::WaitlistClosed { .. } | Event::Released { .. });
    let settled: Vec<_> = settled.into_iter().filter(|event| !last(event)).collect();
    assert!(decision.events.starts_with(&settled), "settling must come first: {settled:?}, {decision:?}");
    if settled.is_empty() {
        let answer = decision.outcome.as_ref().map_err(|refusal| refusal.code).copied();
        assert_eq!(
            answer,
            expected(class, command, now, policy),
            "the outcome differs from RULES: {decision:?}"
        );
    }
    if decision.outcome.is_err() {
        let own = &decision.events[settled.len()..];
        let passes_on =
            |event: &Event| matches!(event, Event::Withdrawn { .. } | Event::Offered { .. }) || last(event);
        assert!(own.iter().all(passes_on), "a refusal changed more than a void offer: {decision:?}");
    }

    // The few entries that a backend loads lead to the same decision as the whole queue.
    let mut loaded = class.loaded_for(command, now, policy);
    assert_eq!(decide(&loaded, command, now, policy), decision, "decided from {:?}", loaded.queue_front);

    let expired: Vec<_> = decision.events.iter().filter_map(expiry).collect();
    assert!(expired.is_sorted(), "expiries are out of order: {expired:?}");
    let before = bookable(class, now, policy);
    for (index, event) in decision.events.iter().enumerate() {
        if let Event::Offered { ticket, .. } = event {
            let asked = matches!(command, Command::Notify { entry } if entry.ticket == *ticket);
            let in_turn = index < settled.len() || !asked;
            check_offer(class, event, in_turn, now, policy);
            let earlier = class.rows.waiting().iter().any(|other| other.ticket < *ticket);
            passed_over += u64::from(in_turn && earlier);
        }
        class.rows.record(event);
        class.session.apply(event);
        loaded.apply(event);
    }
    let released: u32 = decision.events.iter().map(released).sum();
    let gained = if class.rows.called_off { 0 } else { bookable(class, now, policy).saturating_sub(before) };
    assert_eq!(released as usize, gained, "released seats differ from the seats gained for direct booking");
    check_state(class, now, policy);
    check_effect(class, command, &decision);
    assert_eq!(loaded.due_at(now, policy), class.session.due_at(now, policy), "{:?}", loaded.queue_front);
    assert_eq!(settle(&class.session, now, policy), [], "a decision left something to settle");
    Step { decision, passed_over }
}

/// Checks that an accepted command had its effect, and that a void offer has ended.
fn check_effect(class: &Class, command: &Command, decision: &Decision) {
    let rows = &class.rows;
    let status_of = |ticket| rows.entries.values().find(|row| row.ticket == ticket).map(|row| row.status);
    let booking = |id| rows.bookings.iter().find(|row| row.id == id).map(|row| row.status);
    let accepted = decision.outcome.is_ok();
    let done = match command {
        Command::Respond { entry, answer: OfferAnswer::Confirm(facts), .. } => {
            let void = decision.outcome.as_ref().is_err_and(|no| no.code == Code::AlreadyMadeUp);
            let wanted = if accepted { EntryStatus::Confirmed } else { EntryStatus::Cancelled };
            let booked = rows.live_booking(entry.profile).map(|row| row.is_makeup);
            let fresh = accepted && entry.status == EntryStatus::Notified;
            (!(accepted || void) || status_of(entry.ticket) == Some(wanted))
                && (!fresh || booked == Some(facts.makeup.is_some()))
        }
        _ if !accepted => true,
        Command::Respond { entry, answer: OfferAnswer::Decline, .. } => {
            status_of(entry.ticket) == Some(EntryStatus::Cancelled)
        }
        Command::LeaveQueue { entry, .. } => !status_of(entry.ticket).is_some_and(EntryStatus::is_active),
        Command::Notify { entry } => status_of(entry.ticket) == Some(EntryStatus::Notified),
        Command::Join(joiner) => rows.entries[&joiner.profile].status.is_active(),
        Command::Book(booker) => rows
            .live_booking(booker.profile)
            .is_some_and(|row| row.is_makeup == matches!(booker.purpose, Purpose::Makeup(_))),
        Command::CancelBooking { booking: id, .. } | Command::CancelMakeup { booking: id, .. } => {
            booking(*id) == Some(BookingStatus::Cancelled)
        }
        Command::TakeLeave { booking: id, .. } => booking(*id) == Some(BookingStatus::Leave),
        Command::SetCapacity(capacity) => rows.capacity == *capacity,
        Command::CallOff => rows.called_off,
        Command::CheckMakeup { entry, makeup } => {
            makeup.is_ok() || !status_of(entry.ticket).is_some_and(EntryStatus::is_active)
        }
        Command::Settle | Command::Delivered { .. } => true,
    };
    assert!(done, "the command was accepted but had no effect: {decision:?}");
}

fn expiry(event: &Event) -> Option<Instant> {
    if let Event::Expired { deadline, .. } = event { Some(*deadline) } else { None }
}

fn released(event: &Event) -> u32 {
    if let Event::Released { seats } = event { *seats } else { 0 }
}

/// Returns the seats open to direct booking: none while anyone waits in phase `open`, none once the class has started,
/// and none if it is no longer on the timetable.
fn bookable(class: &Class, now: Instant, policy: &Policy) -> usize {
    let rows = &class.rows;
    let kept = now <= last_notification(class, policy) && !rows.waiting().is_empty();
    let over = rows.called_off || !class.session.on_timetable || now >= class.session.start;
    if over || kept { 0 } else { rows.capacity as usize - rows.booked() - rows.offers().len() }
}

fn check_offer(class: &Class, offer: &Event, in_turn: bool, now: Instant, policy: &Policy) {
    let Event::Offered { ticket, sent_at, deadline, .. } = *offer else { panic!("not an offer: {offer:?}") };
    let last = last_notification(class, policy);
    assert_eq!(sent_at, now);
    assert!(now <= last, "offered after the last notification time");
    let cutoff = last.plus(policy.decision_window);
    assert_eq!(deadline, now.plus(policy.decision_window).min(cutoff));
    let queue = class.rows.waiting();
    let entry = queue.iter().find(|entry| entry.ticket == ticket).expect("an offered entry must be waiting");
    assert!(outside_interval(entry.last_notified_at, now, policy), "notified twice within the interval");
    if in_turn {
        assert!(!quiet(class, now, policy), "notified in quiet hours");
        let overtaken = queue
            .iter()
            .find(|other| other.ticket < ticket && outside_interval(other.last_notified_at, now, policy));
        assert_eq!(overtaken, None, "{ticket:?} was offered a seat out of turn");
    }
}

fn check_state(class: &Class, now: Instant, policy: &Policy) {
    let rows = &class.rows;
    rows.assert_agree(&class.session);
    class.session.check(policy).unwrap();
    assert!(
        class.session.queue_front.is_sorted_by(|a, b| a.ticket < b.ticket),
        "tickets are not strictly increasing"
    );

    let last = last_notification(class, policy);
    let offers = rows.offers();
    let taken = rows.booked() + offers.len();
    assert!(taken <= rows.capacity as usize, "{taken} of {} seats", rows.capacity);
    for offer in &offers {
        assert!(offer.deadline >= now, "an overdue offer is left");
        assert!(offer.deadline <= last.plus(policy.decision_window), "an offer ends after the cutoff");
    }
    if !rows.called_off && taken < rows.capacity as usize && now <= last && !quiet(class, now, policy) {
        let kept_waiting =
            rows.waiting().into_iter().find(|entry| outside_interval(entry.last_notified_at, now, policy));
        assert_eq!(kept_waiting, None, "a seat is free although an entry that may be notified waits");
    }
    if rows.called_off {
        assert_eq!(
            (taken, rows.waiting().len()),
            (0, 0),
            "a class that is called off still has bookings, offers or waiting entries"
        );
    }

    let mut places = BTreeMap::new();
    for row in rows.entries.values().filter(|row| row.status.is_active()) {
        *places.entry(row.profile).or_insert(0) += 1;
    }
    for row in rows.bookings.iter().filter(|row| row.status == BookingStatus::Booked) {
        *places.entry(row.profile).or_insert(0) += 1;
    }
    assert!(places.values().all(|count| *count == 1), "a profile has two bookings or entries: {places:?}");
}

/// Checks that the due time is exact: the sweep finds something to do at that instant and nothing before.
pub(crate) fn check_due(class: &Class, now: Instant, policy: &Policy) {
    let sweep = |at| decide(&class.session, &Command::Settle, at, policy).events;
    match class.session.due_at(now, policy) {
        Some(due) => {
            assert_ne!(sweep(due.max(now)), [], "due at {due:?}, but nothing to do");
            if due > now {
                let moment_before = Instant::clamped(due.millis() - 1);
                assert_eq!(sweep(moment_before), [], "due at {due:?} is too late");
            }
        }
        None => {
            let end = class.session.start;
            for at in [now, last_notification(class, policy), end, end.plus(logic::Minutes(1))] {
                assert_eq!(sweep(at.max(now)), [], "never due, but something to do");
            }
        }
    }
}

/// Returns the same request again, with the rows as they are now. It must be accepted and change nothing.
pub(crate) fn repeated(class: &Class, command: &Command) -> Option<Command> {
    let entry_now = |ticket| class.rows.entries.values().find(|row| row.ticket == ticket).cloned();
    let booking_now = |id| class.rows.bookings.iter().find(|row| row.id == id).map(|row| row.status);
    match command {
        Command::CheckMakeup { entry, makeup } => {
            Some(Command::CheckMakeup { entry: entry_now(entry.ticket)?, makeup: *makeup })
        }
        Command::LeaveQueue { entry, by } => {
            Some(Command::LeaveQueue { entry: entry_now(entry.ticket)?, by: *by })
        }
        Command::Respond { entry, answer, by } => {
            Some(Command::Respond { entry: entry_now(entry.ticket)?, answer: answer.clone(), by: *by })
        }
        Command::CancelBooking { booking, .. } => Some(Command::CancelBooking {
            booking: *booking,
            status: booking_now(*booking)?,
            late_until: None,
        }),
        Command::CancelMakeup { booking, spent_by, .. } => Some(Command::CancelMakeup {
            booking: *booking,
            status: booking_now(*booking)?,
            spent_by: spent_by.clone(),
        }),
        Command::TakeLeave { booking, is_makeup, .. } => Some(Command::TakeLeave {
            booking: *booking,
            status: booking_now(*booking)?,
            is_makeup: *is_makeup,
            waives_lead: false,
        }),
        Command::Settle | Command::CallOff | Command::SetCapacity(_) | Command::Delivered { .. } => {
            Some(command.clone())
        }
        Command::Join(_) | Command::Book(_) | Command::Notify { .. } => None,
    }
}
