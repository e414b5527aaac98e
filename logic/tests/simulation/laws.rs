//! What holds after every command, whatever it was.

use std::collections::BTreeMap;

use logic::session::{Command, Decision, Event, OfferAnswer, Purpose, decide, settle};
use logic::status::{BookingStatus, EntryStatus};
use logic::{Code, Instant, Policy};

use crate::oracle::{asleep, expected, last_notification, outside_interval};
use crate::world::Class;

/// What a command came to, and how many offers passed over an entry inside its interval.
pub(crate) struct Step {
    pub(crate) decision: Decision,
    pub(crate) passed_over: u64,
}

/// Decides `command`, stores it in both the session and the rows, and holds it to every law.
pub(crate) fn step(class: &mut Class, command: &Command, now: Instant, policy: &Policy) -> Step {
    let mut passed_over = 0;
    let decision = decide(&class.session, command, now, policy);

    let settled = settle(&class.session, now, policy);
    let settled: Vec<_> = settled.into_iter().filter(|e| !matches!(e, Event::Released { .. })).collect();
    assert!(decision.events.starts_with(&settled), "settling comes first: {settled:?}, {decision:?}");
    if settled.is_empty() {
        let answer = decision.outcome.as_ref().map_err(|refusal| refusal.code).copied();
        assert_eq!(answer, expected(class, command, now, policy), "the page says otherwise: {decision:?}");
    }
    if decision.outcome.is_err() {
        let own = &decision.events[settled.len()..];
        let passes_on = |event: &Event| {
            matches!(event, Event::Withdrawn { .. } | Event::Offered { .. } | Event::Released { .. })
        };
        assert!(own.iter().all(passes_on), "a refusal changes nothing but a void offer: {decision:?}");
    }

    // The few entries that a backend loads decide as the whole queue does.
    let mut loaded = class.loaded_for(command, now, policy);
    assert_eq!(decide(&loaded, command, now, policy), decision, "decided from {:?}", loaded.queue_front);

    let ran_out: Vec<_> = decision.events.iter().filter_map(expiry).collect();
    assert!(ran_out.is_sorted(), "flows read in order: {ran_out:?}");
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
    assert_eq!(released as usize, gained, "seats that direct bookings gained are told");
    check_state(class, now, policy);
    check_effect(class, command, &decision);
    assert_eq!(loaded.due_at(now, policy), class.session.due_at(now, policy), "{:?}", loaded.queue_front);
    assert_eq!(settle(&class.session, now, policy), [], "a decision leaves nothing to settle");
    Step { decision, passed_over }
}

/// What was granted is done, and a void offer is over.
fn check_effect(class: &Class, command: &Command, decision: &Decision) {
    let rows = &class.rows;
    let status_of = |ticket| rows.entries.values().find(|row| row.ticket == ticket).map(|row| row.status);
    let booking = |id| rows.bookings.iter().find(|row| row.id == id).map(|row| row.status);
    let granted = decision.outcome.is_ok();
    let done = match command {
        Command::Respond { entry, answer: OfferAnswer::Confirm(facts), .. } => {
            let void = decision.outcome.as_ref().is_err_and(|no| no.code == Code::AlreadyMadeUp);
            let wanted = if granted { EntryStatus::Confirmed } else { EntryStatus::Cancelled };
            let booked = rows.live_booking(entry.profile).map(|row| row.is_makeup);
            let fresh = granted && entry.status == EntryStatus::Notified;
            (!(granted || void) || status_of(entry.ticket) == Some(wanted))
                && (!fresh || booked == Some(facts.makeup.is_some()))
        }
        _ if !granted => true,
        Command::Respond { entry, answer: OfferAnswer::Decline, .. } => {
            status_of(entry.ticket) == Some(EntryStatus::Cancelled)
        }
        Command::LeaveQueue { entry, .. } => !status_of(entry.ticket).is_some_and(EntryStatus::is_active),
        Command::Notify { entry } => status_of(entry.ticket) == Some(EntryStatus::Notified),
        Command::Join(joiner) => rows.entries[&joiner.profile].status.is_active(),
        Command::Book(placed) => rows
            .live_booking(placed.profile)
            .is_some_and(|row| row.is_makeup == matches!(placed.purpose, Purpose::Makeup(_))),
        Command::CancelBooking { booking: id, .. } | Command::CancelMakeup { booking: id, .. } => {
            booking(*id) == Some(BookingStatus::Cancelled)
        }
        Command::TakeLeave { booking: id, .. } => booking(*id) == Some(BookingStatus::Leave),
        Command::SetCapacity(capacity) => rows.capacity == *capacity,
        Command::CallOff => rows.called_off,
        Command::CheckMakeup { entry, makeup } => {
            makeup.is_ok() || !status_of(entry.ticket).is_some_and(EntryStatus::is_active)
        }
        Command::Settle | Command::CloseWaitlist | Command::Delivered { .. } => true,
    };
    assert!(done, "answered, not done: {decision:?}");
}

fn expiry(event: &Event) -> Option<Instant> {
    if let Event::Expired { deadline, .. } = event { Some(*deadline) } else { None }
}

fn released(event: &Event) -> u32 {
    if let Event::Released { seats } = event { *seats } else { 0 }
}

/// What a direct booking could take: nothing while anyone waits in phase `open`, nothing once the class has started.
fn bookable(class: &Class, now: Instant, policy: &Policy) -> usize {
    let rows = &class.rows;
    let kept = now <= last_notification(class, policy) && !rows.waiting().is_empty();
    let over = rows.called_off || now >= class.session.start;
    if over || kept { 0 } else { rows.capacity as usize - rows.booked() - rows.offers().len() }
}

fn check_offer(class: &Class, offer: &Event, in_turn: bool, now: Instant, policy: &Policy) {
    let Event::Offered { ticket, sent_at, deadline, .. } = *offer else { panic!("{offer:?} is no offer") };
    let last = last_notification(class, policy);
    assert_eq!(sent_at, now);
    assert!(now <= last, "offered after the last notification time");
    let cutoff = last.plus(policy.decision_window);
    assert_eq!(deadline, now.plus(policy.decision_window).min(cutoff));
    let queue = class.rows.waiting();
    let entry = queue.iter().find(|entry| entry.ticket == ticket).expect("it waits");
    assert!(outside_interval(entry.last_notified_at, now, policy), "told twice within the interval");
    if in_turn {
        assert!(!asleep(class, now, policy), "woken up");
        let overtaken = queue
            .iter()
            .find(|other| other.ticket < ticket && outside_interval(other.last_notified_at, now, policy));
        assert_eq!(overtaken, None, "overtaken by {ticket:?}");
    }
}

fn check_state(class: &Class, now: Instant, policy: &Policy) {
    let rows = &class.rows;
    rows.assert_agree(&class.session);
    class.session.check(policy).unwrap();
    assert!(class.session.queue_front.is_sorted_by(|a, b| a.ticket < b.ticket), "ranks are strict");

    let last = last_notification(class, policy);
    let offers = rows.offers();
    let taken = rows.booked() + offers.len();
    assert!(taken <= rows.capacity as usize, "{taken} of {} seats", rows.capacity);
    for offer in &offers {
        assert!(offer.deadline >= now, "a dead offer is left");
        assert!(offer.deadline <= last.plus(policy.decision_window), "an offer ends past the cutoff");
    }
    if !rows.called_off && taken < rows.capacity as usize && now <= last && !asleep(class, now, policy) {
        let kept_waiting =
            rows.waiting().into_iter().find(|entry| outside_interval(entry.last_notified_at, now, policy));
        assert_eq!(kept_waiting, None, "a seat is free and an entry that may be told waits");
    }
    if rows.called_off {
        assert_eq!((taken, rows.waiting().len()), (0, 0), "a class called off holds on to something");
    }

    let mut places = BTreeMap::new();
    for row in rows.entries.values().filter(|row| row.status.is_active()) {
        *places.entry(row.profile).or_insert(0) += 1;
    }
    for row in rows.bookings.iter().filter(|row| row.status == BookingStatus::Booked) {
        *places.entry(row.profile).or_insert(0) += 1;
    }
    assert!(places.values().all(|count| *count == 1), "a profile has two places: {places:?}");
}

/// The due time is exact: the sweep finds nothing a moment before it, and something at it.
pub(crate) fn check_due(class: &Class, now: Instant, policy: &Policy) {
    let sweep = |at| decide(&class.session, &Command::CloseWaitlist, at, policy).events;
    match class.session.due_at(now, policy) {
        Some(due) => {
            assert_ne!(sweep(due.max(now)), [], "due at {due:?} for nothing");
            if due > now {
                let moment_before = Instant::clamped(due.millis() - 1);
                assert_eq!(sweep(moment_before), [], "due at {due:?} is late");
            }
        }
        None => {
            let end = class.session.start;
            for at in [now, last_notification(class, policy), end, end.plus(logic::Minutes(1))] {
                assert_eq!(sweep(at.max(now)), [], "never due, and yet");
            }
        }
    }
}

/// The same request again, with the rows as they are now, is granted again and changes nothing.
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
        Command::CancelBooking { booking, .. } => {
            Some(Command::CancelBooking { booking: *booking, status: booking_now(*booking)? })
        }
        Command::CancelMakeup { booking, spent_by, .. } => Some(Command::CancelMakeup {
            booking: *booking,
            status: booking_now(*booking)?,
            spent_by: spent_by.clone(),
        }),
        Command::TakeLeave { booking, is_makeup, .. } => Some(Command::TakeLeave {
            booking: *booking,
            status: booking_now(*booking)?,
            is_makeup: *is_makeup,
        }),
        Command::Settle
        | Command::CloseWaitlist
        | Command::CallOff
        | Command::SetCapacity(_)
        | Command::Delivered { .. } => Some(command.clone()),
        Command::Join(_) | Command::Book(_) | Command::Notify { .. } => None,
    }
}
