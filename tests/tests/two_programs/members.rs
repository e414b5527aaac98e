//! The model's replies to members: joining, booking, answering, cancelling.

use crate::actions::{Reply, Requester};
use crate::model::{Booking, Child, Class, Entry, Gym, Key, Ms};
use logic::Code;
use logic::status::{BookingSource, BookingStatus, EntryStatus, NotificationStatus, Reason};
use serde_json::Value;

pub(crate) fn refuse_first(refusals: &[(bool, Code)]) -> Result<(), Code> {
    refusals.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, code)| Err(*code))
}

fn reason(by: Requester) -> Reason {
    match by {
        Requester::Family(_) => Reason::UserCancelled,
        Requester::Staff => Reason::ManualCancel,
    }
}

/// `status` and `position` of an entry.
pub(crate) fn entry_view(class: &Class, child: Child) -> Vec<(&'static str, Value)> {
    let status = class.entries[&child].status;
    let position: Value = match status {
        EntryStatus::Waiting => (class.ahead(child) + 1).into(),
        EntryStatus::Notified => 0.into(),
        _ => Value::Null,
    };
    vec![("/status", status.as_str().into()), ("/position", position)]
}

impl Gym {
    /// Checks the refusals of a join without a makeup in order (R2.15 to R2.22).
    pub(crate) fn may_join(&self, child: Child, number: usize, now: Ms) -> Result<(), Code> {
        let (class, numbers) = (&self.classes[number], self.numbers(number));
        let length = class.waiting() + class.held();
        refuse_first(&[
            (class.off, Code::ClassCancelled),
            (now >= class.start, Code::ClassStarted),
            (now > class.last_notification(&numbers), Code::WaitlistClosed),
            (class.is_booked(child), Code::AlreadyBooked),
            (class.status(child).is_some_and(EntryStatus::is_active), Code::AlreadyWaiting),
            (class.free() > 0 && length == 0, Code::SpotAvailable),
            (length >= class.queue_limit.unwrap_or(numbers.queue), Code::QueueFull),
            (self.lists_elsewhere(child, number, now) >= numbers.lists, Code::TooManyWaitlists),
        ])
    }

    pub(crate) fn join(&mut self, child: Child, number: usize, makeup_for: Option<Key>, now: Ms) -> Reply {
        self.settle(number, now);
        let may = self.may_join(child, number, now).and_then(|()| match makeup_for {
            None => Ok(()),
            Some(original) => {
                self.makeup_verdict(child, original, number, now)?;
                refuse_first(&[(self.conflict(child, number), Code::TimeConflict)])
            }
        });
        self.change(number, now, |class, _| {
            may?;
            let before = class.entries.remove(&child);
            let (last_notified, offers) =
                before.map_or((None, Vec::new()), |entry| (entry.last_notified, entry.offers));
            let ticket = class.next_ticket;
            class.next_ticket += 1;
            let entry = Entry {
                status: EntryStatus::Waiting,
                ticket,
                joined: now,
                last_notified,
                deadline: None,
                makeup_for,
                offers,
            };
            class.entries.insert(child, entry);
            Ok(vec![])
        })?;
        Ok(entry_view(&self.classes[number], child))
    }

    pub(crate) fn book(
        &mut self,
        child: Child,
        number: usize,
        (with_credit, late): (bool, bool),
        now: Ms,
    ) -> Reply {
        let numbers = self.numbers(number);
        let conflict = self.conflict(child, number);
        let leave_used = self.leave_used(child, number);
        self.change(number, now, |class, credit| {
            let started = now >= class.start;
            let seats = if late && started { class.free() } else { class.bookable(now, &numbers) };
            refuse_first(&[
                (class.off, Code::ClassCancelled),
                (now >= if late { class.end } else { class.start }, Code::ClassStarted),
                (class.is_booked(child), Code::AlreadyBooked),
                (class.stands_in_the_way(child, now, &numbers), Code::AlreadyWaiting),
                (conflict, Code::TimeConflict),
                (seats == 0, Code::SessionFull),
                (leave_used, Code::AlreadyMadeUp),
            ])?;
            let price = if with_credit { class.minutes } else { 0 };
            let uses = credit.plan(child, price, now)?;
            if class.status(child) == Some(EntryStatus::Waiting) {
                class.end(child, EntryStatus::Cancelled);
            }
            let nth = class.take_seat(child, BookingSource::Direct);
            credit.spend(Key { class: number, child, nth }, &uses, now);
            let booking = &mut class.bookings.get_mut(&child).expect("a booking")[nth];
            (booking.spent, booking.late) = (price, started);
            Ok(vec![
                ("/status", "booked".into()),
                ("/source", "direct".into()),
                ("/compensation_minutes_used", price.into()),
            ])
        })
    }

    pub(crate) fn confirm(&mut self, child: Child, number: usize, now: Ms) -> Reply {
        let conflict = self.conflict(child, number);
        let void = self.leave_used(child, number).then_some(Code::AlreadyMadeUp);
        let makeup = self.classes[number].entries[&child].makeup_for;
        let verdict = makeup.map_or(Ok(()), |original| self.makeup_verdict(child, original, number, now));
        let void = void.or(verdict.err());
        let made_up = makeup.map(|original| (original, self.classes[original.class].minutes));
        let validity = self.numbers(number).grant_validity;
        self.change(number, now, |class, credit| {
            let entry = &class.entries[&child];
            match entry.status {
                EntryStatus::Waiting => Err(Code::Conflict),
                EntryStatus::Notified => {
                    if let Some(code) = void {
                        class.end(child, EntryStatus::Cancelled);
                        class.end_offer(child, NotificationStatus::Cancelled, Some(Reason::SystemError), now);
                        return Err(code);
                    }
                    refuse_first(&[(conflict, Code::TimeConflict)])?;
                    class.end(child, EntryStatus::Confirmed);
                    class.end_offer(child, NotificationStatus::Responded, None, now);
                    let source =
                        if made_up.is_some() { BookingSource::Makeup } else { BookingSource::Waitlist };
                    let nth = class.take_seat(child, source);
                    let booking = Key { class: number, child, nth };
                    if let Some((original, minutes)) = made_up {
                        credit.make_up(original, booking, minutes, class.minutes, now, now + validity);
                    }
                    Ok(vec![("/entry/status", "confirmed".into()), ("/booking/status", "booked".into())])
                }
                EntryStatus::Confirmed => Ok(vec![("/entry/status", "confirmed".into())]),
                EntryStatus::Expired | EntryStatus::Cancelled => Err(too_late(entry, now)),
            }
        })
    }

    /// Cancels a booking; that of a makeup with its grant.
    pub(crate) fn cancel(&mut self, key: Key, by: Requester, now: Ms) -> Reply {
        let free = self.numbers(key.class).free_cancellation;
        self.change(key.class, now, |class, credit| {
            let booking = &mut class.bookings.get_mut(&key.child).expect("a booking")[key.nth];
            // Staff undo what was booked late until the class ends, and all of it (R2.97).
            let undone = booking.late && by == Requester::Staff;
            let left = if undone { class.end } else { class.start } - now;
            let makeup = booking.source == BookingSource::Makeup;
            let came = matches!(booking.status, BookingStatus::Completed | BookingStatus::Absent);
            match booking.status {
                BookingStatus::Booked if left <= 0 => return Err(Code::ClassStarted),
                BookingStatus::Booked if makeup && credit.is_spent(key) => {
                    return Err(Code::CompensationAlreadyUsed);
                }
                BookingStatus::Booked => {
                    booking.status = BookingStatus::Cancelled;
                    if makeup {
                        credit.end_makeup(key, now);
                    } else if undone || left >= free {
                        booking.spent -= credit.give_back(key, now);
                    }
                }
                BookingStatus::Cancelled => {}
                _ if makeup && came => return Err(Code::ClassStarted),
                _ => return Err(Code::Conflict),
            }
            Ok(vec![("/status", "cancelled".into())])
        })
    }
}

impl Class {
    /// Adds a booking and returns its index among the child's bookings of the class.
    pub(crate) fn take_seat(&mut self, child: Child, source: BookingSource) -> usize {
        // A leave from this class becomes a cancellation (R2.38).
        for booking in self.bookings.entry(child).or_default() {
            if booking.status == BookingStatus::Leave {
                booking.status = BookingStatus::Cancelled;
            }
            if booking.status == BookingStatus::Cancelled {
                booking.until = None;
            }
        }
        let bookings = self.bookings.entry(child).or_default();
        bookings.push(Booking {
            status: BookingStatus::Booked,
            source,
            spent: 0,
            late: false,
            until: None,
            kept: false,
            recorded: false,
        });
        bookings.len() - 1
    }

    pub(crate) fn leave(&mut self, child: Child, by: Requester, now: Ms) -> Reply {
        match self.entries[&child].status {
            EntryStatus::Confirmed => return Err(Code::Conflict),
            EntryStatus::Waiting => self.end(child, EntryStatus::Cancelled),
            EntryStatus::Notified => {
                self.end(child, EntryStatus::Cancelled);
                self.end_offer(child, NotificationStatus::Cancelled, Some(reason(by)), now);
            }
            EntryStatus::Expired | EntryStatus::Cancelled => {}
        }
        Ok(entry_view(self, child))
    }

    pub(crate) fn decline(&mut self, child: Child, by: Requester, now: Ms) -> Reply {
        let entry = &self.entries[&child];
        let said = Ok(vec![("/entry/status", "cancelled".into()), ("/booking", Value::Null)]);
        match entry.status {
            EntryStatus::Waiting | EntryStatus::Confirmed => Err(Code::Conflict),
            EntryStatus::Notified => {
                self.end(child, EntryStatus::Cancelled);
                self.end_offer(child, NotificationStatus::Responded, Some(reason(by)), now);
                said
            }
            EntryStatus::Cancelled if entry.deadline.is_some() => said,
            EntryStatus::Expired | EntryStatus::Cancelled => Err(too_late(entry, now)),
        }
    }
}

/// Returns the refusal of an answer to an offer that has ended or was never made.
fn too_late(entry: &Entry, now: Ms) -> Code {
    match entry.deadline {
        Some(deadline) if now > deadline => Code::ResponseDeadlinePassed,
        _ => Code::Conflict,
    }
}
