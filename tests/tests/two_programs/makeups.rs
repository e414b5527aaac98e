//! The model's replies about makeups and credit (RULES §3, §4).

use crate::actions::{Reply, Requester};
use crate::members::refuse_first;
use crate::model::{Child, Class, Gym, Key, Ms};
use logic::Code;
use logic::status::{
    BookingSource, BookingStatus, EntryStatus, GrantStatus, MakeupStatus, NotificationStatus, Reason,
};
use serde_json::{Value, json};
use std::rc::Rc;

impl Gym {
    /// Returns whether the booking gives the right to a makeup.
    fn earns_a_makeup(&self, key: Key) -> bool {
        let booking = &self.classes[key.class].bookings[&key.child][key.nth];
        booking.until.is_some()
    }

    /// Checks the refusals of R3.8 to R3.13 in order.
    pub(crate) fn makeup_verdict(
        &self,
        child: Child,
        original: Key,
        number: usize,
        now: Ms,
    ) -> Result<(), Code> {
        let (missed, target) = (&self.classes[original.class], &self.classes[number]);
        let (numbers, until) = (self.numbers(number), missed.bookings[&original.child][original.nth].until);
        let category = |class: usize| self.categories[class];
        refuse_first(&[
            (original.child != child, Code::NotFound),
            (!self.earns_a_makeup(original), Code::NotMissed),
            (self.credit.is_made_up(original), Code::AlreadyMadeUp),
            (Some(target.start) > until, Code::MakeupExpired),
            (target.start <= missed.start, Code::MakeupBeforeOriginal),
            (now > target.start - numbers.makeup_lead, Code::MakeupTooLate),
            (category(original.class) != category(number), Code::CourseMismatch),
        ])
    }

    /// Returns whether the child's leave from this class was made up, so that the class cannot be booked again.
    pub(crate) fn leave_used(&self, child: Child, class: usize) -> bool {
        let all = self.classes[class].bookings.get(&child).map_or(&[][..], Vec::as_slice);
        let leave = all.iter().rposition(|booking| booking.status == BookingStatus::Leave);
        leave.is_some_and(|nth| self.credit.is_made_up(Key { class, child, nth }))
    }

    pub(crate) fn make_up(&mut self, child: Child, original: Key, number: usize, now: Ms) -> Reply {
        if original.child != child {
            return Err(Code::NotFound);
        }
        let verdict = self.makeup_verdict(child, original, number, now);
        let conflict = self.conflict(child, number);
        let leave_used = self.leave_used(child, number);
        let numbers = self.numbers(number);
        let missed = self.classes[original.class].minutes;
        self.change(number, now, |class, credit| {
            refuse_first(&[(class.off, Code::ClassCancelled)])?;
            verdict?;
            refuse_first(&[
                (conflict || class.is_booked(child), Code::TimeConflict),
                (class.bookable(now, &numbers) == 0, Code::SessionFull),
                (class.stands_in_the_way(child, now, &numbers), Code::AlreadyWaiting),
                (leave_used, Code::AlreadyMadeUp),
            ])?;
            if class.status(child) == Some(EntryStatus::Waiting) {
                class.end(child, EntryStatus::Cancelled);
            }
            let nth = class.take_seat(child, BookingSource::Makeup);
            let booking = Key { class: number, child, nth };
            credit.make_up(original, booking, missed, class.minutes, now, now + numbers.grant_validity);
            let difference = missed - class.minutes;
            let completion = match difference {
                0 => "full",
                1.. => "partial",
                _ => "extra",
            };
            Ok(vec![
                ("/status", "confirmed".into()),
                ("/original_duration", missed.into()),
                ("/makeup_duration", class.minutes.into()),
                ("/duration_difference", difference.into()),
                ("/completion_type", completion.into()),
            ])
        })
    }

    pub(crate) fn cancel_makeup(&mut self, original: Key, number: usize, by: Requester, now: Ms) -> Reply {
        let makeup = &self.credit.makeups[&(original, number)];
        if makeup.status != MakeupStatus::Cancelled {
            let booking = makeup.booking;
            self.cancel(booking, by, now)?;
        } else {
            self.change(number, now, |_, _| Ok(vec![]))?;
        }
        Ok(vec![("/status", "cancelled".into())])
    }

    /// Returns the bookings that are still to be made up, with the latest start of a makeup.
    pub(crate) fn owed(&self, child: Child, now: Ms) -> Reply {
        let mut items = Vec::new();
        for (number, class) in self.classes.iter().enumerate() {
            for nth in 0..class.bookings.get(&child).map_or(0, Vec::len) {
                let key = Key { class: number, child, nth };
                let until = class.bookings[&child][nth].until.filter(|until| now <= *until);
                if let Some(until) = until.filter(|_| !self.credit.is_made_up(key)) {
                    items.push(json!([number, nth, until]));
                }
            }
        }
        Ok(vec![("owed", items.into())])
    }

    /// Returns the classes that can make it up now, or be waited for, by start.
    pub(crate) fn available(&self, original: Key, now: Ms) -> Vec<(&'static str, Value)> {
        let child = original.child;
        let missed = self.classes[original.class].minutes;
        let mut options = Vec::new();
        for (number, class) in self.classes.iter().enumerate() {
            let fits = !class.off
                && self.makeup_verdict(child, original, number, now).is_ok()
                && !self.conflict(child, number)
                && !class.is_booked(child)
                && !self.leave_used(child, number);
            let difference = missed - class.minutes;
            let option = |waitlist: bool| json!([number, difference, difference.max(0), waitlist]);
            if !fits {
                continue;
            }
            if class.bookable(now, &self.numbers(number)) > 0 {
                if !class.stands_in_the_way(child, now, &self.numbers(number)) {
                    options.push(option(false));
                }
            } else if self.may_join(child, number, now).is_ok() {
                options.push(option(true));
            }
        }
        vec![("options", options.into())]
    }

    pub(crate) fn balance(&mut self, child: Child, now: Ms) -> Reply {
        Rc::make_mut(&mut self.credit).expire(child, now);
        let purse = self.credit.purse(child);
        let alive = |number: &usize| {
            let grant = &purse.grants[*number];
            grant.status == GrantStatus::Available && grant.expiry > now
        };
        let mut order: Vec<usize> = (0..purse.grants.len()).collect();
        order.sort_by_key(|number| {
            let grant = &purse.grants[*number];
            match alive(number) {
                true => (0, grant.expiry, i64::try_from(*number).unwrap()),
                false => (1, -grant.created, -i64::try_from(*number).unwrap()),
            }
        });
        let grants = order.iter().map(|number| {
            let grant = &purse.grants[*number];
            json!([number, grant.minutes, grant.remaining, grant.status, grant.expiry, grant.used_at])
        });
        let ending = order.iter().filter(|number| alive(number)).map(|number| &purse.grants[*number]);
        let soon = self.numbers_now(now).soon;
        let soon: i64 = ending.filter(|grant| grant.expiry <= now + soon).map(|grant| grant.remaining).sum();
        let [granted, used, expired, revoked] = purse.totals();
        Ok(vec![
            ("/available_minutes", purse.available(now).into()),
            ("/expiring_soon_minutes", soon.into()),
            ("/totals", json!({ "granted": granted, "used": used, "expired": expired, "revoked": revoked })),
            ("grants", grants.collect()),
        ])
    }

    /// Returns the ledger, newest first.
    pub(crate) fn history(&mut self, child: Child, now: Ms) -> Reply {
        Rc::make_mut(&mut self.credit).expire(child, now);
        let purse = self.credit.purse(child);
        let mut order: Vec<usize> = (0..purse.ledger.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse((purse.ledger[*number].at, *number)));
        let items = order.iter().map(|number| {
            let it = &purse.ledger[*number];
            json!([it.at, it.kind, it.minutes, it.remaining, it.grant, it.usage])
        });
        Ok(vec![("history", items.collect())])
    }

    pub(crate) fn preview(&self, child: Child, minutes: i64, now: Ms) -> Reply {
        let purse = self.credit.purse(child);
        let uses = self.credit.plan(child, minutes, now)?;
        let uses =
            uses.iter().map(|(grant, used)| json!([grant, used, purse.grants[*grant].remaining - used]));
        Ok(vec![("/available", purse.available(now).into()), ("uses", uses.collect())])
    }

    /// Counts the makeups by status.
    pub(crate) fn my_makeups(&self, child: Child) -> Reply {
        let of = |status: MakeupStatus| {
            let own = self.credit.makeups.iter().filter(|((original, _), _)| original.child == child);
            own.filter(|(_, makeup)| makeup.status == status).count()
        };
        let counts = json!({
            "pending": of(MakeupStatus::Pending), "confirmed": of(MakeupStatus::Confirmed),
            "completed": of(MakeupStatus::Completed), "cancelled": of(MakeupStatus::Cancelled),
            "no_show": of(MakeupStatus::NoShow),
        });
        Ok(vec![("/counts", counts)])
    }

    /// Ends the entries of a class whose makeup lapsed; returns how many.
    pub(crate) fn lapse(&mut self, number: usize, now: Ms) -> usize {
        let numbers = self.numbers_at(number, now);
        self.class(number).sweep(now, &numbers);
        let mut waiting: Vec<(bool, i64, Child)> = self.classes[number]
            .entries
            .iter()
            .filter(|(_, entry)| entry.status.is_active() && entry.makeup_for.is_some())
            .map(|(child, entry)| (entry.status == EntryStatus::Notified, entry.ticket, *child))
            .collect();
        waiting.sort_unstable();
        let mut lapsed = 0;
        for (_, _, child) in waiting {
            let original = self.classes[number].entries[&child].makeup_for.expect("a makeup");
            let verdict = self.makeup_verdict(child, original, number, now);
            let _ = self.change(number, now, |class, _| {
                lapsed += usize::from(verdict.is_err() && class.lapse(child, now));
                Ok(vec![])
            });
        }
        lapsed
    }
}

impl Class {
    fn lapse(&mut self, child: Child, now: Ms) -> bool {
        match self.status(child) {
            Some(EntryStatus::Waiting) => self.end(child, EntryStatus::Cancelled),
            Some(EntryStatus::Notified) => {
                self.end(child, EntryStatus::Cancelled);
                self.end_offer(child, NotificationStatus::Cancelled, Some(Reason::SystemError), now);
            }
            _ => return false,
        }
        true
    }
}
