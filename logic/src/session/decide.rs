//! Decides commands: the function [`decide`] and its steps.

use super::command::{
    BookerFacts, Command, ConfirmFacts, EntryFacts, JoinerFacts, LeaveFacts, OfferAnswer, Purpose,
};
use super::event::{BookingEnd, BookingKind, Event};
use super::offering::{offer_free_seats, offer_to};
use super::{Session, WaitingEntry};
use crate::actor::Actor;
use crate::booking::{
    BookFacts, blocks_booking, check_book, check_cancel, check_leave, late_seats, not_booked,
};
use crate::deadline::{self, Phase};
use crate::error::{Code, Facts, Refusal};
use crate::ids::BookingId;
use crate::joining::{JoinFacts, check_join};
use crate::limits::{check_horizon, check_places};
use crate::policy::Policy;
use crate::status::{BookingStatus, EntryStatus, SessionStatus};
use crate::time::Instant;

/// The result of a command.
///
/// A refused command can have events too: overdue offers that it settled first, or an offer that turned out
/// to be void. The caller stores the events in either case, and only then reports the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The changes to store, in order.
    pub events: Vec<Event>,
    /// Whether the command was accepted, or why it was refused.
    pub outcome: Result<(), Refusal>,
}

impl Decision {
    /// Whether it fixes the version of the policy that judges the class: whether somebody's `command` was accepted (R1.22).
    pub fn fixes_version(&self, command: &Command) -> bool {
        let is_housekeeping =
            matches!(command, Command::Settle | Command::CheckMakeup { .. } | Command::Delivered { .. });
        self.outcome.is_ok() && !is_housekeeping
    }
}

/// Decides `command` for `session` at `now` (RULES §2, §3).
///
/// The session does not change: its caller applies the events with [`Session::apply`]. To decide several
/// commands in one transaction, apply each decision before deciding the next.
///
/// # Examples
/// A seat of a full class is cancelled and offered to the profile that waits, which has half an hour to
/// take it.
///
/// ```
/// use logic::ids::{BookingId, ProfileId, Ticket};
/// use logic::session::{Command, Event, Session, WaitingEntry, decide};
/// use logic::status::{BookingStatus, SessionStatus};
/// use logic::{Instant, Minutes, Policy};
///
/// let now = Instant::clamped(1_772_000_000_000);
/// let waiting =
///     WaitingEntry { ticket: Ticket(1), profile: ProfileId(7), last_notified_at: None, round: 0, lapsed: false };
/// let mut session = Session {
///     start: now.plus(Minutes::days(2)),
///     utc_offset: Minutes(480),
///     status: SessionStatus::Scheduled,
///     on_timetable: true,
///     capacity: 10,
///     booked: 10,
///     queue_capacity: None,
///     next_ticket: Ticket(2),
///     offers: vec![],
///     queue_front: vec![waiting],
///     waiting: 1,
/// };
///
/// let cancel = Command::CancelBooking {
///     booking: BookingId(3),
///     status: BookingStatus::Booked,
///     late_until: None,
/// };
/// let decision = decide(&session, &cancel, now, &Policy::default());
///
/// assert_eq!(decision.outcome, Ok(()));
/// let [Event::BookingEnded { .. }, Event::Offered { profile, deadline, .. }] = decision.events[..] else {
///     panic!("{:?}", decision.events)
/// };
/// assert_eq!((profile, deadline), (ProfileId(7), now.plus(Minutes(30))));
///
/// decision.events.iter().for_each(|event| session.apply(event));
/// assert_eq!((session.booked, session.held(), session.waiting), (9, 1, 0));
/// ```
pub fn decide(session: &Session, command: &Command, now: Instant, policy: &Policy) -> Decision {
    let mut decider = Decider { session: session.clone(), events: Vec::new(), now, policy };
    decider.settle_overdue();
    let outcome = decider.run(command);
    offer_free_seats(&mut decider.session, now, policy, &mut decider.events);
    decider.close_waitlist();
    decider.record_released_seats(session);
    Decision { events: decider.events, outcome }
}

/// Settles the overdue offers of `session`, offers its free seats and closes its waitlist once its time has passed: the
/// events of [`Command::Settle`].
pub fn settle(session: &Session, now: Instant, policy: &Policy) -> Vec<Event> {
    decide(session, &Command::Settle, now, policy).events
}

/// Refuses to undo a leave whose right to a makeup has been used (R2.38).
fn leave_can_be_undone(leave: Option<LeaveFacts>) -> Result<(), Code> {
    if leave.is_some_and(|leave| leave.made_up) { Err(Code::AlreadyMadeUp) } else { Ok(()) }
}

/// The state of one decision: a copy of the session, and the events so far.
struct Decider<'a> {
    session: Session,
    events: Vec<Event>,
    now: Instant,
    policy: &'a Policy,
}

impl Decider<'_> {
    /// Applies `event` to the copy and records it.
    fn emit(&mut self, event: Event) {
        self.session.apply(&event);
        self.events.push(event);
    }

    /// Expires every overdue offer, earliest deadline first, so that the flow rows are chronological, and
    /// offers the seats on.
    fn settle_overdue(&mut self) {
        let mut overdue: Vec<_> =
            self.session.offers.iter().filter(|offer| offer.deadline < self.now).cloned().collect();
        overdue.sort_by_key(|offer| (offer.deadline, offer.ticket));
        for offer in overdue {
            self.emit(Event::Expired { ticket: offer.ticket, deadline: offer.deadline });
        }
        offer_free_seats(&mut self.session, self.now, self.policy, &mut self.events);
    }

    fn run(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Settle => Ok(()),
            Command::Join(joiner) => self.join(joiner),
            Command::Book(booker) => self.book(booker),
            Command::CancelBooking { booking, status, late_until } => {
                self.cancel(*booking, *status, *late_until)
            }
            Command::CancelMakeup { booking, status, spent_by } => {
                self.cancel_makeup(*booking, *status, spent_by)
            }
            Command::TakeLeave { booking, status, is_makeup, waives_lead } => {
                self.take_leave(*booking, *status, (*is_makeup, *waives_lead))
            }
            Command::LeaveQueue { entry, by } => self.leave(entry, *by),
            Command::Respond { entry, answer, by } => self.respond(entry, answer, *by),
            Command::CheckMakeup { entry, makeup } => {
                self.check_makeup(entry, *makeup);
                Ok(())
            }
            Command::Notify { entry } => self.notify(entry),
            Command::SetCapacity(capacity) => self.set_capacity(*capacity),
            Command::CallOff => self.call_off(),
            Command::Delivered { ticket, accepted_at } => {
                let Some(offer) = self.session.offer(*ticket) else { return Ok(()) };
                let start = self.session.start;
                let deadline =
                    deadline::deadline_after_late_delivery(*accepted_at, offer.deadline, start, self.policy);
                if deadline != offer.deadline {
                    self.emit(Event::DeadlineMoved { ticket: *ticket, deadline });
                }
                Ok(())
            }
        }
    }

    fn not_started(&self) -> Result<(), Refusal> {
        if self.now >= self.session.start { Err(Code::ClassStarted.into()) } else { Ok(()) }
    }

    fn phase(&self) -> Phase {
        deadline::phase(self.session.start, self.now, self.policy)
    }

    /// The entry's status after settling, which may differ from the stored one.
    fn status_after_settling(&self, entry: &EntryFacts) -> EntryStatus {
        match entry.status {
            EntryStatus::Notified if self.session.offer(entry.ticket).is_none() => EntryStatus::Expired,
            // Settling has just offered a seat to the entry that the command names.
            EntryStatus::Waiting if self.session.offer(entry.ticket).is_some() => EntryStatus::Notified,
            status => status,
        }
    }

    fn join(&mut self, joiner: &JoinerFacts) -> Result<(), Refusal> {
        let status = joiner.entry.as_ref().map(|entry| self.status_after_settling(entry));
        let facts = JoinFacts {
            by: joiner.by,
            cancelled: self.session.shown_status(self.now) == SessionStatus::Cancelled,
            start: self.session.start,
            already_booked: joiner.already_booked,
            already_waiting: matches!(status, Some(EntryStatus::Waiting | EntryStatus::Notified)),
            free_seats: self.session.free(),
            queue_length: self.session.queue_length(),
            queue_capacity: self.session.queue_capacity,
            active_waitlists: joiner.active_waitlists,
        };
        check_join(&facts, self.now, self.policy)?;
        if let Some((_, verdict)) = &joiner.makeup {
            verdict.as_ref().map_err(|code| Refusal::from(*code))?;
        }
        let (last_notified_at, round) =
            joiner.entry.as_ref().map_or((None, 0), |entry| (entry.last_notified_at, entry.round));
        self.emit(Event::Joined {
            ticket: self.session.next_ticket,
            profile: joiner.profile,
            last_notified_at,
            round,
            makeup_for: joiner.makeup.as_ref().map(|(booking, _)| *booking),
        });
        Ok(())
    }

    fn book(&mut self, booker: &BookerFacts) -> Result<(), Refusal> {
        let status = booker.entry.as_ref().map(|entry| self.status_after_settling(entry));
        let already_waiting = status.is_some_and(|status| blocks_booking(status, self.phase()));
        let is_late = booker.late_until.is_some() && self.phase() == Phase::Started;
        let bookable_seats = if is_late {
            late_seats(self.session.status, self.session.free())
        } else {
            self.session.bookable(self.now, self.policy)
        };
        let cancelled = self.session.shown_status(self.now) == SessionStatus::Cancelled;
        let kind = if let Purpose::Makeup(verdict) = &booker.purpose {
            // Makeups have their own order of refusals (R3.7, R3.28).
            if cancelled {
                return Err(Code::ClassCancelled.into());
            }
            let made_up = (*verdict)?;
            check_horizon(self.session.start, booker.by, self.now, self.policy)?;
            // A booking in this class overlaps it, too (R3.29).
            if booker.time_conflict || booker.already_booked {
                return Err(Code::TimeConflict.into());
            }
            check_places(booker.live_bookings, booker.by, self.policy)?;
            if bookable_seats == 0 {
                return Err(Code::SessionFull.into());
            }
            if already_waiting {
                return Err(Code::AlreadyWaiting.into());
            }
            leave_can_be_undone(booker.leave)?;
            BookingKind::Makeup(made_up)
        } else {
            let facts = BookFacts {
                by: booker.by,
                cancelled,
                start: self.session.start,
                late_until: booker.late_until,
                already_booked: booker.already_booked,
                already_waiting,
                time_conflict: booker.time_conflict,
                live_bookings: booker.live_bookings,
                bookable_seats,
            };
            check_book(&facts, self.now, self.policy)?;
            leave_can_be_undone(booker.leave)?;
            match &booker.purpose {
                Purpose::Credit(plan) => BookingKind::Paid(plan.clone()?),
                _ => BookingKind::Ordinary,
            }
        };
        if let (Some(entry), Some(EntryStatus::Waiting)) = (&booker.entry, status) {
            self.emit(Event::EndedByBooking { ticket: entry.ticket });
        }
        self.undo_leave(booker.leave);
        self.emit(Event::Booked { profile: booker.profile, kind });
        Ok(())
    }

    /// Ends the right to a makeup that leave from this class gave, because the class is booked again (R2.38).
    fn undo_leave(&mut self, leave: Option<LeaveFacts>) {
        if let Some(leave) = leave {
            self.emit(Event::LeaveUndone { booking: leave.booking });
        }
    }

    fn cancel(
        &mut self,
        booking: BookingId,
        status: BookingStatus,
        late_until: Option<Instant>,
    ) -> Result<(), Refusal> {
        // Cancelling twice changes nothing (R2.80).
        if status == BookingStatus::Cancelled {
            return Ok(());
        }
        check_cancel(status, late_until.unwrap_or(self.session.start), self.now)?;
        // Undoing what was booked late leaves nothing of it (R2.97).
        let credit_back =
            late_until.is_some() || deadline::free_cancellation(self.session.start, self.now, self.policy);
        self.emit(Event::BookingEnded { booking, how: BookingEnd::Cancelled { credit_back } });
        Ok(())
    }

    fn cancel_makeup(
        &mut self,
        booking: BookingId,
        status: BookingStatus,
        spent_by: &[BookingId],
    ) -> Result<(), Refusal> {
        match status {
            BookingStatus::Booked => {}
            // Cancelling twice changes nothing (R2.80).
            BookingStatus::Cancelled => return Ok(()),
            BookingStatus::Completed | BookingStatus::Absent => return Err(Code::ClassStarted.into()),
            _ => return Err(not_booked(status)),
        }
        self.not_started()?;
        if !spent_by.is_empty() {
            return Err(Refusal {
                code: Code::CompensationAlreadyUsed,
                facts: Facts::Bookings(spent_by.to_vec()),
            });
        }
        self.emit(Event::BookingEnded { booking, how: BookingEnd::Makeup });
        Ok(())
    }

    fn take_leave(
        &mut self,
        booking: BookingId,
        status: BookingStatus,
        (is_makeup, waives_lead): (bool, bool),
    ) -> Result<(), Refusal> {
        // Taking leave twice changes nothing (R2.80).
        if status == BookingStatus::Leave && !is_makeup {
            return Ok(());
        }
        check_leave(status, (is_makeup, waives_lead), self.session.start, self.now, self.policy)?;
        self.emit(Event::BookingEnded { booking, how: BookingEnd::Leave });
        Ok(())
    }

    fn leave(&mut self, entry: &EntryFacts, by: Actor) -> Result<(), Refusal> {
        let offered = match self.status_after_settling(entry) {
            EntryStatus::Waiting => false,
            EntryStatus::Notified => true,
            EntryStatus::Confirmed => {
                return Err(Refusal::because(
                    Code::Conflict,
                    "this entry became a booking: cancel the booking instead",
                ));
            }
            // Leaving twice changes nothing (R2.63).
            EntryStatus::Expired | EntryStatus::Cancelled => return Ok(()),
        };
        self.emit(Event::LeftQueue { ticket: entry.ticket, by, offered });
        Ok(())
    }

    fn respond(&mut self, entry: &EntryFacts, answer: &OfferAnswer, by: Actor) -> Result<(), Refusal> {
        let late =
            |deadline| Refusal { code: Code::ResponseDeadlinePassed, facts: Facts::Deadline(deadline) };
        let no_offer = || Refusal::because(Code::Conflict, "this entry has no open offer to answer");
        match (self.status_after_settling(entry), answer) {
            (EntryStatus::Notified, OfferAnswer::Decline) => {
                self.emit(Event::Declined { ticket: entry.ticket, by });
                Ok(())
            }
            (EntryStatus::Notified, OfferAnswer::Confirm(facts)) => {
                let ConfirmFacts { time_conflict, live_bookings, makeup, leave } = facts;
                // A makeup that will never be possible again voids the offer (R2.57).
                let void = leave_can_be_undone(*leave).and(makeup.transpose());
                let makeup = match void {
                    Ok(makeup) => makeup,
                    Err(code) => {
                        self.emit(Event::Withdrawn { ticket: entry.ticket });
                        return Err(code.into());
                    }
                };
                if *time_conflict {
                    return Err(Code::TimeConflict.into());
                }
                check_places(*live_bookings, by, self.policy)?;
                self.undo_leave(*leave);
                self.emit(Event::Confirmed { ticket: entry.ticket, profile: entry.profile, makeup });
                Ok(())
            }
            // Repeating an answer changes nothing (R2.58, R2.63).
            (EntryStatus::Confirmed, OfferAnswer::Confirm(_)) => Ok(()),
            (EntryStatus::Cancelled, OfferAnswer::Decline) if entry.deadline.is_some() => Ok(()),
            // Whatever `now` is: another command that read its clock later may have expired the offer first.
            (EntryStatus::Expired, _) => Err(entry.deadline.map_or_else(no_offer, late)),
            (EntryStatus::Cancelled, _) => Err(match entry.deadline {
                Some(deadline) if self.now > deadline => late(deadline),
                _ => no_offer(),
            }),
            (EntryStatus::Waiting, _) => Err(no_offer()),
            (EntryStatus::Confirmed, OfferAnswer::Decline) => Err(Refusal::because(
                Code::Conflict,
                "this entry became a booking: cancel the booking instead",
            )),
        }
    }

    /// Ends an entry whose makeup will never be possible again, as a confirm would (R3.18).
    fn check_makeup(&mut self, entry: &EntryFacts, makeup: Result<(), Code>) {
        let offered = match self.status_after_settling(entry) {
            EntryStatus::Waiting => false,
            EntryStatus::Notified => true,
            EntryStatus::Confirmed | EntryStatus::Expired | EntryStatus::Cancelled => return,
        };
        if makeup.is_err() {
            self.emit(Event::MakeupLapsed { ticket: entry.ticket, offered });
        }
    }

    fn notify(&mut self, entry: &EntryFacts) -> Result<(), Refusal> {
        // Settling has just offered this entry a seat in turn, which is what the staff asked for.
        if entry.status == EntryStatus::Waiting && self.session.offer(entry.ticket).is_some() {
            return Ok(());
        }
        if self.session.status == SessionStatus::Cancelled
            || self.status_after_settling(entry) != EntryStatus::Waiting
        {
            return Err(Code::NotWaiting.into());
        }
        deadline::may_notify(self.session.start, entry.last_notified_at, self.now, self.policy)?;
        if self.session.free() == 0 {
            return Err(Code::NoFreeSeat.into());
        }
        let waiting = WaitingEntry {
            ticket: entry.ticket,
            profile: entry.profile,
            last_notified_at: entry.last_notified_at,
            round: entry.round,
            lapsed: false,
        };
        self.emit(offer_to(&self.session, &waiting, self.now, self.policy));
        Ok(())
    }

    fn set_capacity(&mut self, capacity: u32) -> Result<(), Refusal> {
        if self.session.status == SessionStatus::Cancelled {
            return Err(Code::ClassCancelled.into());
        }
        self.not_started()?;
        let taken = self.session.booked.saturating_add(self.session.held());
        if capacity < taken {
            return Err(Refusal::because(
                Code::Conflict,
                format!("{taken} seats are booked or held: the capacity cannot be {capacity}"),
            ));
        }
        if capacity != self.session.capacity {
            self.emit(Event::CapacitySet { capacity });
        }
        Ok(())
    }

    fn call_off(&mut self) -> Result<(), Refusal> {
        if self.session.status == SessionStatus::Cancelled {
            return Ok(());
        }
        self.not_started()?;
        // Before the offers are withdrawn, so that no seat of theirs is offered to the next entry.
        self.emit(Event::CalledOff);
        let mut offered: Vec<_> = self.session.offers.iter().map(|offer| offer.ticket).collect();
        offered.sort();
        for ticket in offered {
            self.emit(Event::Withdrawn { ticket });
        }
        Ok(())
    }

    /// Closes the waitlist once the phase `open` is over (R2.71). Last, so that a command may still name an entry that
    /// waits (R2.36).
    fn close_waitlist(&mut self) {
        if self.phase() != Phase::Open && self.session.waiting > 0 {
            self.emit(Event::WaitlistClosed { entries: self.session.waiting });
        }
    }

    /// Records how many more seats are open to direct booking than before this decision.
    fn record_released_seats(&mut self, before: &Session) {
        if self.session.status == SessionStatus::Cancelled {
            return;
        }
        let gained = self
            .session
            .bookable(self.now, self.policy)
            .saturating_sub(before.bookable(self.now, self.policy));
        if gained > 0 {
            self.emit(Event::Released { seats: gained });
        }
    }
}
