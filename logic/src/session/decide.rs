//! The decisions themselves.

use super::command::{Answer, Command, ConfirmFacts, EntryFacts, JoinerFacts, LeaveFacts, Placed, Purpose};
use super::event::{Actor, BookingEnd, Event, Seat};
use super::offering::{offer_free_seats, offer_to};
use super::{Session, Waiting};
use crate::booking::{BookFacts, check_book};
use crate::deadline::{self, Phase};
use crate::error::{Code, Facts, Refusal};
use crate::ids::BookingId;
use crate::joining::{JoinFacts, check_join};
use crate::policy::Policy;
use crate::status::{BookingStatus, EntryStatus, SessionStatus};
use crate::time::Instant;

/// What a command came to. A refused command may have events all the same: overdue offers that it settled on
/// the way, or an offer that turned out void. They are stored either way, before the refusal is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Yes, or why not.
    pub answer: Result<(), Refusal>,
}

/// Decides `command` for `session` at `now`. The session itself changes only as its caller applies the
/// events; to decide several commands in one transaction, apply each decision before the next.
pub fn decide(session: &Session, command: &Command, now: Instant, policy: &Policy) -> Decision {
    let mut work = Work { session: session.clone(), events: Vec::new(), now, policy };
    work.settle_overdue();
    let answer = work.run(command);
    offer_free_seats(&mut work.session, now, policy, &mut work.events);
    work.release_seats(session);
    Decision { events: work.events, answer }
}

/// Settles what is overdue in `session` and offers what is free: the part of [`decide`] that needs no command.
pub fn settle(session: &Session, now: Instant, policy: &Policy) -> Vec<Event> {
    decide(session, &Command::Settle, now, policy).events
}

/// The right to a makeup that a leave gave cannot be given up once it was used.
fn leave_can_be_undone(leave: Option<LeaveFacts>) -> Result<(), Code> {
    if leave.is_some_and(|leave| leave.made_up) { Err(Code::AlreadyMadeUp) } else { Ok(()) }
}

fn ended(status: BookingStatus) -> Refusal {
    Refusal::because(Code::Conflict, format!("this booking is `{status}`, not `booked`"))
}

struct Work<'a> {
    session: Session,
    events: Vec<Event>,
    now: Instant,
    policy: &'a Policy,
}

impl Work<'_> {
    fn happen(&mut self, event: Event) {
        self.session.apply(&event);
        self.events.push(event);
    }

    /// Ends every offer whose deadline has passed, earliest first, so that flows read in order.
    fn settle_overdue(&mut self) {
        let mut overdue: Vec<_> =
            self.session.offers.iter().filter(|offer| offer.deadline < self.now).cloned().collect();
        overdue.sort_by_key(|offer| (offer.deadline, offer.ticket));
        for offer in overdue {
            self.happen(Event::Expired { ticket: offer.ticket, deadline: offer.deadline });
        }
        offer_free_seats(&mut self.session, self.now, self.policy, &mut self.events);
    }

    fn run(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Settle => Ok(()),
            Command::Close => {
                self.close_list();
                Ok(())
            }
            Command::Join(joiner) => self.join(joiner),
            Command::Book(placed) => self.book(placed),
            Command::Cancel { booking, status } => self.cancel(*booking, *status),
            Command::CancelMakeup { booking, status, spent_by } => {
                self.cancel_makeup(*booking, *status, spent_by)
            }
            Command::TakeLeave { booking, status, is_makeup } => {
                self.take_leave(*booking, *status, *is_makeup)
            }
            Command::Leave { entry, by } => self.leave(entry, *by),
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
                let moved = deadline::deadline_accepted_at(*accepted_at, offer.deadline, start, self.policy);
                if moved != offer.deadline {
                    self.happen(Event::DeadlineMoved { ticket: *ticket, deadline: moved });
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

    /// Where the entry stands after settling: a `notified` row whose offer is gone has expired.
    fn standing(&self, entry: &EntryFacts) -> EntryStatus {
        match entry.status {
            EntryStatus::Notified if self.session.offer(entry.ticket).is_none() => EntryStatus::Expired,
            // Settling may have offered the very entry that the command names.
            EntryStatus::Waiting if self.session.offer(entry.ticket).is_some() => EntryStatus::Notified,
            status => status,
        }
    }

    fn join(&mut self, joiner: &JoinerFacts) -> Result<(), Refusal> {
        let standing = joiner.entry.as_ref().map(|entry| self.standing(entry));
        let facts = JoinFacts {
            cancelled: self.session.status == SessionStatus::Cancelled,
            start: self.session.start,
            already_booked: joiner.already_booked,
            already_waiting: matches!(standing, Some(EntryStatus::Waiting | EntryStatus::Notified)),
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
        self.happen(Event::Joined {
            ticket: self.session.next_ticket,
            profile: joiner.profile,
            last_notified_at,
            round,
            makeup_for: joiner.makeup.as_ref().map(|(booking, _)| *booking),
        });
        Ok(())
    }

    fn book(&mut self, placed: &Placed) -> Result<(), Refusal> {
        let standing = placed.entry.as_ref().map(|entry| self.standing(entry));
        let open = self.phase() == Phase::Open;
        let stands_in_the_way = match standing {
            Some(EntryStatus::Notified) => true,
            Some(EntryStatus::Waiting) => open,
            _ => false,
        };
        let bookable_seats = self.session.bookable(self.now, self.policy);
        let cancelled = self.session.status == SessionStatus::Cancelled;
        let seat = if let Purpose::Makeup(verdict) = &placed.purpose {
            // RULES §3 has an order of its own.
            if cancelled {
                return Err(Code::ClassCancelled.into());
            }
            let made_up = (*verdict)?;
            // A place in the class itself is one of the overlaps.
            if placed.time_conflict || placed.already_booked {
                return Err(Code::TimeConflict.into());
            }
            if bookable_seats == 0 {
                return Err(Code::SessionFull.into());
            }
            if stands_in_the_way {
                return Err(Code::AlreadyWaiting.into());
            }
            leave_can_be_undone(placed.leave)?;
            Seat::Makeup(made_up)
        } else {
            let facts = BookFacts {
                cancelled,
                start: self.session.start,
                already_booked: placed.already_booked,
                already_waiting: stands_in_the_way,
                time_conflict: placed.time_conflict,
                bookable_seats,
            };
            check_book(&facts, self.now)?;
            leave_can_be_undone(placed.leave)?;
            match &placed.purpose {
                Purpose::Credit(plan) => Seat::Paid(plan.clone()?),
                _ => Seat::Ordinary,
            }
        };
        if let (Some(entry), Some(EntryStatus::Waiting)) = (&placed.entry, standing) {
            self.happen(Event::EndedByBooking { ticket: entry.ticket });
        }
        self.undo_leave(placed.leave);
        self.happen(Event::Booked { profile: placed.profile, seat });
        Ok(())
    }

    /// Booking a class again ends the right to a makeup that the leave from it gave.
    fn undo_leave(&mut self, leave: Option<LeaveFacts>) {
        if let Some(leave) = leave {
            self.happen(Event::LeaveUndone { booking: leave.booking });
        }
    }

    fn cancel(&mut self, booking: BookingId, status: BookingStatus) -> Result<(), Refusal> {
        match status {
            BookingStatus::Booked => {}
            // Cancelling again changes nothing.
            BookingStatus::Cancelled => return Ok(()),
            _ => return Err(ended(status)),
        }
        self.not_started()?;
        let credit_back = deadline::free_cancellation(self.session.start, self.now, self.policy);
        self.happen(Event::BookingEnded { booking, how: BookingEnd::Cancelled { credit_back } });
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
            // Cancelling again changes nothing.
            BookingStatus::Cancelled => return Ok(()),
            BookingStatus::Completed | BookingStatus::Absent => return Err(Code::ClassStarted.into()),
            _ => return Err(ended(status)),
        }
        self.not_started()?;
        if !spent_by.is_empty() {
            return Err(Refusal {
                code: Code::CompensationAlreadyUsed,
                facts: Facts::Bookings(spent_by.to_vec()),
            });
        }
        self.happen(Event::BookingEnded { booking, how: BookingEnd::Makeup });
        Ok(())
    }

    fn take_leave(
        &mut self,
        booking: BookingId,
        status: BookingStatus,
        is_makeup: bool,
    ) -> Result<(), Refusal> {
        if is_makeup {
            return Err(Refusal::because(Code::Conflict, "a makeup cannot take leave: cancel the makeup"));
        }
        match status {
            BookingStatus::Booked => {}
            // Taking leave again changes nothing.
            BookingStatus::Leave => return Ok(()),
            _ => return Err(ended(status)),
        }
        self.not_started()?;
        if !deadline::free_cancellation(self.session.start, self.now, self.policy) {
            return Err(Code::LeaveTooLate.into());
        }
        self.happen(Event::BookingEnded { booking, how: BookingEnd::Leave });
        Ok(())
    }

    fn leave(&mut self, entry: &EntryFacts, by: Actor) -> Result<(), Refusal> {
        let offered = match self.standing(entry) {
            EntryStatus::Waiting => false,
            EntryStatus::Notified => true,
            EntryStatus::Confirmed => {
                return Err(Refusal::because(
                    Code::Conflict,
                    "this entry became a booking: cancel the booking instead",
                ));
            }
            // Ended already: leaving again changes nothing.
            EntryStatus::Expired | EntryStatus::Cancelled => return Ok(()),
        };
        self.happen(Event::Left { ticket: entry.ticket, by, offered });
        Ok(())
    }

    fn respond(&mut self, entry: &EntryFacts, answer: &Answer, by: Actor) -> Result<(), Refusal> {
        let late =
            |deadline| Refusal { code: Code::ResponseDeadlinePassed, facts: Facts::Deadline(deadline) };
        let no_offer = || Refusal::because(Code::Conflict, "this entry has no open offer to answer");
        match (self.standing(entry), answer) {
            (EntryStatus::Notified, Answer::Decline) => {
                self.happen(Event::Declined { ticket: entry.ticket, by });
                Ok(())
            }
            (EntryStatus::Notified, Answer::Confirm(facts)) => {
                let ConfirmFacts { time_conflict, makeup, leave } = facts;
                // What can never be again voids the offer.
                let void = leave_can_be_undone(*leave).and(makeup.transpose());
                let makeup = match void {
                    Ok(makeup) => makeup,
                    Err(code) => {
                        self.happen(Event::Withdrawn { ticket: entry.ticket });
                        return Err(code.into());
                    }
                };
                if *time_conflict {
                    return Err(Code::TimeConflict.into());
                }
                self.undo_leave(*leave);
                self.happen(Event::Confirmed { ticket: entry.ticket, profile: entry.profile, makeup });
                Ok(())
            }
            // The same answer again is the same answer; an entry that was never offered a seat had none.
            (EntryStatus::Confirmed, Answer::Confirm(_)) => Ok(()),
            (EntryStatus::Cancelled, Answer::Decline) if entry.deadline.is_some() => Ok(()),
            // Also for a caller whose clock was read before the one that ended the offer.
            (EntryStatus::Expired, _) => Err(entry.deadline.map_or_else(no_offer, late)),
            (EntryStatus::Cancelled, _) => Err(match entry.deadline {
                Some(deadline) if self.now > deadline => late(deadline),
                _ => no_offer(),
            }),
            (EntryStatus::Waiting, _) => Err(no_offer()),
            (EntryStatus::Confirmed, Answer::Decline) => Err(Refusal::because(
                Code::Conflict,
                "this entry became a booking: cancel the booking instead",
            )),
        }
    }

    /// What can never be again ends the entry, as a confirm would find (RULES §2).
    fn check_makeup(&mut self, entry: &EntryFacts, makeup: Result<(), Code>) {
        let offered = match self.standing(entry) {
            EntryStatus::Waiting => false,
            EntryStatus::Notified => true,
            EntryStatus::Confirmed | EntryStatus::Expired | EntryStatus::Cancelled => return,
        };
        if makeup.is_err() {
            self.happen(Event::Lapsed { ticket: entry.ticket, offered });
        }
    }

    fn notify(&mut self, entry: &EntryFacts) -> Result<(), Refusal> {
        // Settling may just have offered it a seat in turn: that is what was asked for.
        let before = entry.status == EntryStatus::Waiting;
        if before && self.session.offer(entry.ticket).is_some() {
            return Ok(());
        }
        if self.session.status == SessionStatus::Cancelled || self.standing(entry) != EntryStatus::Waiting {
            return Err(Code::NotWaiting.into());
        }
        deadline::may_notify(self.session.start, entry.last_notified_at, self.now, self.policy)?;
        if self.session.free() == 0 {
            return Err(Code::NoFreeSeat.into());
        }
        let waiting = Waiting {
            ticket: entry.ticket,
            profile: entry.profile,
            last_notified_at: entry.last_notified_at,
            round: entry.round,
        };
        self.happen(offer_to(&self.session, &waiting, self.now, self.policy));
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
            self.happen(Event::CapacitySet { capacity });
        }
        Ok(())
    }

    fn call_off(&mut self) -> Result<(), Refusal> {
        if self.session.status == SessionStatus::Cancelled {
            return Ok(());
        }
        self.not_started()?;
        // First, so that no withdrawn seat is offered on, and everyone who waits or was offered one is told.
        self.happen(Event::CalledOff);
        let mut offered: Vec<_> = self.session.offers.iter().map(|offer| offer.ticket).collect();
        offered.sort();
        for ticket in offered {
            self.happen(Event::Withdrawn { ticket });
        }
        Ok(())
    }

    /// After the last notification time whoever still waits is told that the list is closed.
    fn close_list(&mut self) {
        if self.phase() != Phase::Open && self.session.waiting > 0 {
            self.happen(Event::ListClosed { entries: self.session.waiting });
        }
    }

    /// Says how many more seats a direct booking could take after this decision than before it.
    fn release_seats(&mut self, before: &Session) {
        if self.session.status == SessionStatus::Cancelled {
            return;
        }
        let gained = self
            .session
            .bookable(self.now, self.policy)
            .saturating_sub(before.bookable(self.now, self.policy));
        if gained > 0 {
            self.happen(Event::Released { seats: gained });
        }
    }
}
