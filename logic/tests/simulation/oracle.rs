//! The expected outcome of a command, implemented a second time from RULES §2 alone. It needs rows without overdue
//! offers and without free seats that could be offered.

use logic::session::{Actor, Command, EntryFacts, LeaveFacts, OfferAnswer, Purpose};
use logic::status::{BookingStatus, EntryStatus};
use logic::{Code, Instant, Policy};

use crate::world::{Class, DAY_MS};

type Verdict = Result<(), Code>;

pub(crate) fn expected(class: &Class, command: &Command, now: Instant, policy: &Policy) -> Verdict {
    let rows = &class.rows;
    let start = class.session.start;
    let last = last_notification(class, policy);
    let waiting = rows.waiting().len();
    let held = rows.offers().len();
    let free = rows.capacity as usize - rows.booked() - held;
    let started = now >= start;
    let off = rows.called_off || !(class.session.on_timetable || started);
    let far = |by| by == Actor::Member && start.millis() - now.millis() > policy.booking_horizon.millis();
    let full = |by, places| by == Actor::Member && places >= policy.live_bookings_per_profile;
    let status_of = |entry: &Option<EntryFacts>| entry.as_ref().map(|row| row.status);
    match command {
        Command::Settle | Command::Delivered { .. } | Command::CheckMakeup { .. } => Ok(()),
        Command::Join(joiner) => {
            let limit = class.session.queue_capacity.unwrap_or(policy.queue_capacity) as usize;
            let status = status_of(&joiner.entry);
            first_of(&[
                (off, Code::ClassCancelled),
                (started, Code::ClassStarted),
                (far(joiner.by), Code::TooFarAhead),
                (now > last, Code::WaitlistClosed),
                (joiner.already_booked, Code::AlreadyBooked),
                (status.is_some_and(EntryStatus::is_active), Code::AlreadyWaiting),
                (free > 0 && waiting + held == 0, Code::SpotAvailable),
                (waiting + held >= limit, Code::QueueFull),
                (joiner.active_waitlists >= policy.active_waitlists_per_profile, Code::TooManyWaitlists),
                (matches!(joiner.makeup, Some((_, Err(_)))), Code::CourseMismatch),
            ])
        }
        Command::Book(booker) => {
            let status = status_of(&booker.entry);
            let queued_for = now <= last && waiting > 0;
            let used = is_used(booker.leave);
            if let Purpose::Makeup(verdict) = &booker.purpose {
                return first_of(&[(off, Code::ClassCancelled)]).and(*verdict).map(|_| ()).and_then(|()| {
                    first_of(&[
                        (far(booker.by), Code::TooFarAhead),
                        (booker.time_conflict || booker.already_booked, Code::TimeConflict),
                        (full(booker.by, booker.live_bookings), Code::TooManyBookings),
                        (free == 0 || queued_for, Code::SessionFull),
                        (status == Some(EntryStatus::Notified), Code::AlreadyWaiting),
                        (used, Code::AlreadyMadeUp),
                    ])
                });
            }
            first_of(&[
                (off, Code::ClassCancelled),
                (started, Code::ClassStarted),
                (far(booker.by), Code::TooFarAhead),
                (booker.already_booked, Code::AlreadyBooked),
                (status == Some(EntryStatus::Notified), Code::AlreadyWaiting),
                (status == Some(EntryStatus::Waiting) && now <= last, Code::AlreadyWaiting),
                (booker.time_conflict, Code::TimeConflict),
                (full(booker.by, booker.live_bookings), Code::TooManyBookings),
                (free == 0 || queued_for, Code::SessionFull),
                (used, Code::AlreadyMadeUp),
                (matches!(booker.purpose, Purpose::Credit(Err(_))), Code::InsufficientCompensation),
            ])
        }
        Command::CancelBooking { status, .. } => match status {
            BookingStatus::Cancelled => Ok(()),
            BookingStatus::Booked => first_of(&[(now >= start, Code::ClassStarted)]),
            _ => Err(Code::Conflict),
        },
        Command::CancelMakeup { status, spent_by, .. } => match status {
            BookingStatus::Cancelled => Ok(()),
            BookingStatus::Booked => first_of(&[
                (now >= start, Code::ClassStarted),
                (!spent_by.is_empty(), Code::CompensationAlreadyUsed),
            ]),
            _ => Err(Code::Conflict),
        },
        Command::TakeLeave { status, is_makeup, .. } => match status {
            _ if *is_makeup => Err(Code::Conflict),
            BookingStatus::Leave => Ok(()),
            BookingStatus::Booked => first_of(&[
                (now >= start, Code::ClassStarted),
                (now > start.minus(policy.free_cancellation_lead), Code::LeaveTooLate),
            ]),
            _ => Err(Code::Conflict),
        },
        Command::LeaveQueue { entry, .. } => {
            first_of(&[(entry.status == EntryStatus::Confirmed, Code::Conflict)])
        }
        Command::Respond { entry, answer, by } => {
            let full = matches!(answer, OfferAnswer::Confirm(facts) if full(*by, facts.live_bookings));
            respond(entry, answer, full, now)
        }
        Command::Notify { entry } => first_of(&[
            (entry.status != EntryStatus::Waiting, Code::NotWaiting),
            (now >= start, Code::ClassStarted),
            (now > start.minus(policy.no_notification_within), Code::InsideHardStop),
            (now > last, Code::PastLastNotification),
            (!outside_interval(entry.last_notified_at, now, policy), Code::NotifiedRecently),
            (free == 0, Code::NoFreeSeat),
        ]),
        Command::SetCapacity(capacity) => first_of(&[
            (rows.called_off, Code::ClassCancelled),
            (now >= start, Code::ClassStarted),
            ((*capacity as usize) < rows.booked() + held, Code::Conflict),
        ]),
        Command::CallOff => first_of(&[(!rows.called_off && now >= start, Code::ClassStarted)]),
    }
}

fn respond(entry: &EntryFacts, answer: &OfferAnswer, full: bool, now: Instant) -> Verdict {
    let too_late = entry.deadline.is_some_and(|deadline| deadline < now);
    let no_more = if too_late { Code::ResponseDeadlinePassed } else { Code::Conflict };
    match (entry.status, answer) {
        (EntryStatus::Notified, OfferAnswer::Decline) | (EntryStatus::Confirmed, OfferAnswer::Confirm(_)) => {
            Ok(())
        }
        (EntryStatus::Notified, OfferAnswer::Confirm(facts)) => first_of(&[
            (matches!(facts.makeup, Some(Err(_))) || is_used(facts.leave), Code::AlreadyMadeUp),
            (facts.time_conflict, Code::TimeConflict),
            (full, Code::TooManyBookings),
        ]),
        (EntryStatus::Cancelled, OfferAnswer::Decline) if entry.deadline.is_some() => Ok(()),
        (EntryStatus::Waiting | EntryStatus::Confirmed, _) => Err(Code::Conflict),
        (EntryStatus::Cancelled | EntryStatus::Expired, _) => Err(no_more),
    }
}

/// Returns whether the leave's right to a makeup was used, so that the leave cannot be undone.
fn is_used(leave: Option<LeaveFacts>) -> bool {
    leave.is_some_and(|leave| leave.made_up)
}

fn first_of(refusals: &[(bool, Code)]) -> Verdict {
    refusals.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, code)| Err(*code))
}

/// Returns the last notification time.
pub(crate) fn last_notification(class: &Class, policy: &Policy) -> Instant {
    class.session.start.minus(policy.last_notification_lead)
}

/// Returns whether the entry is outside its interval; exactly one interval is enough.
pub(crate) fn outside_interval(last: Option<Instant>, now: Instant, policy: &Policy) -> bool {
    last.is_none_or(|at| now.millis() - at.millis() >= policy.min_notification_interval.0 * 60_000)
}

/// Returns whether it is quiet now, and quiet hours end in time for the last notification.
pub(crate) fn quiet(class: &Class, now: Instant, policy: &Policy) -> bool {
    let Some(quiet) = policy.quiet_hours else { return false };
    let local = (now.millis() + class.session.utc_offset.0 * 60_000).rem_euclid(DAY_MS);
    let (from, to) = (i64::from(quiet.from) * 60_000, i64::from(quiet.to) * 60_000);
    let quiet_now = if from < to { from <= local && local < to } else { local >= from || local < to };
    let up_in = if local < to { to - local } else { to + DAY_MS - local };
    quiet_now && now.millis() + up_in <= last_notification(class, policy).millis()
}
