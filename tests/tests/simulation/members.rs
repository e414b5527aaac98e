//! What members ask, as the model takes it: joining, booking, answering, giving up.

use crate::asking::{By, Said};
use crate::model::{Booking, Child, Class, Entry, Gym, Ms};
use logic::Code;
use logic::status::{BookingSource, BookingStatus, EntryStatus, NotificationStatus, Reason};
use serde_json::Value;

fn refuse_first(refusals: &[(bool, Code)]) -> Result<(), Code> {
    refusals.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, code)| Err(*code))
}

fn reason(by: By) -> Reason {
    match by {
        By::Family(_) => Reason::UserCancelled,
        By::Staff => Reason::ManualCancel,
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
    pub(crate) fn join(&mut self, child: Child, number: usize, now: Ms) -> Said {
        let numbers = self.numbers.clone();
        let lists = self.lists_elsewhere(child, number, now);
        self.change(number, now, |class| {
            let length = class.waiting() + class.held();
            refuse_first(&[
                (class.off, Code::ClassCancelled),
                (now >= class.start, Code::ClassStarted),
                (now > class.last_notification(&numbers), Code::WaitlistClosed),
                (class.is_booked(child), Code::AlreadyBooked),
                (class.status(child).is_some_and(EntryStatus::is_active), Code::AlreadyWaiting),
                (class.free() > 0 && length == 0, Code::SpotAvailable),
                (length >= class.queue_limit.unwrap_or(numbers.queue), Code::QueueFull),
                (lists >= numbers.lists, Code::TooManyWaitlists),
            ])?;
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
                offers,
            };
            class.entries.insert(child, entry);
            Ok(vec![])
        })?;
        Ok(entry_view(&self.classes[number], child))
    }

    pub(crate) fn book(&mut self, child: Child, number: usize, with_credit: bool, now: Ms) -> Said {
        let numbers = self.numbers.clone();
        let conflict = self.conflict(child, number);
        self.change(number, now, |class| {
            let open = now <= class.last_notification(&numbers);
            let standing = class.status(child);
            refuse_first(&[
                (class.off, Code::ClassCancelled),
                (now >= class.start, Code::ClassStarted),
                (class.is_booked(child), Code::AlreadyBooked),
                (standing == Some(EntryStatus::Notified), Code::AlreadyWaiting),
                (standing == Some(EntryStatus::Waiting) && open, Code::AlreadyWaiting),
                (conflict, Code::TimeConflict),
                (class.bookable(now, &numbers) == 0, Code::SessionFull),
                // Nobody in this gym has credit.
                (with_credit, Code::InsufficientCompensation),
            ])?;
            if standing == Some(EntryStatus::Waiting) {
                class.end(child, EntryStatus::Cancelled);
            }
            class.take_seat(child, BookingSource::Direct);
            Ok(vec![("/status", "booked".into()), ("/source", "direct".into())])
        })
    }
}

impl Class {
    fn take_seat(&mut self, child: Child, source: BookingSource) {
        // The leave that was taken from this class before ends with that (RULES §2, Direct booking).
        for booking in self.bookings.entry(child).or_default() {
            if booking.status == BookingStatus::Leave {
                booking.status = BookingStatus::Cancelled;
            }
        }
        let booking = Booking { status: BookingStatus::Booked, source };
        self.bookings.entry(child).or_default().push(booking);
    }

    pub(crate) fn leave(&mut self, child: Child, by: By, now: Ms) -> Said {
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

    pub(crate) fn confirm(&mut self, child: Child, conflict: bool, now: Ms) -> Said {
        let entry = &self.entries[&child];
        match entry.status {
            EntryStatus::Waiting => Err(Code::Conflict),
            EntryStatus::Notified if conflict => Err(Code::TimeConflict),
            EntryStatus::Notified => {
                self.end(child, EntryStatus::Confirmed);
                self.end_offer(child, NotificationStatus::Responded, None, now);
                self.take_seat(child, BookingSource::Waitlist);
                Ok(vec![("/entry/status", "confirmed".into()), ("/booking/status", "booked".into())])
            }
            EntryStatus::Confirmed => Ok(vec![("/entry/status", "confirmed".into())]),
            EntryStatus::Expired | EntryStatus::Cancelled => Err(too_late(entry, now)),
        }
    }

    pub(crate) fn decline(&mut self, child: Child, by: By, now: Ms) -> Said {
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

    pub(crate) fn cancel(&mut self, child: Child, nth: usize, now: Ms) -> Said {
        let started = now >= self.start;
        let booking = &mut self.bookings.get_mut(&child).expect("a booking")[nth];
        match booking.status {
            BookingStatus::Booked if started => return Err(Code::ClassStarted),
            BookingStatus::Booked => booking.status = BookingStatus::Cancelled,
            BookingStatus::Cancelled => {}
            _ => return Err(Code::Conflict),
        }
        Ok(vec![("/status", "cancelled".into())])
    }
}

/// An answer to an offer that is over, or to none.
fn too_late(entry: &Entry, now: Ms) -> Code {
    match entry.deadline {
        Some(deadline) if now > deadline => Code::ResponseDeadlinePassed,
        _ => Code::Conflict,
    }
}
