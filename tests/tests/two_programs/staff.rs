//! The model's replies to staff (calling off, capacity, attendance, notifying), and to leave.

use crate::actions::Reply;
use crate::members::refuse_first;
use crate::model::{Child, Class, DAY, Gym, Key, MINUTE, Ms, Numbers, Version};
use logic::Code;
use logic::status::{BookingSource, BookingStatus, EntryStatus, NotificationStatus, Reason};
use serde_json::{Value, json};
use std::rc::Rc;

impl Class {
    /// Leave, at least `lead` before the class; it can be made up until then.
    pub(crate) fn take_leave(&mut self, child: Child, nth: usize, (lead, until): (Ms, Ms), now: Ms) -> Reply {
        let left = self.start - now;
        let booking = &mut self.bookings.get_mut(&child).expect("a booking")[nth];
        match booking.status {
            _ if booking.source == BookingSource::Makeup => return Err(Code::Conflict),
            BookingStatus::Booked if left <= 0 => return Err(Code::ClassStarted),
            BookingStatus::Booked if left < lead => return Err(Code::LeaveTooLate),
            BookingStatus::Booked => {
                booking.status = BookingStatus::Leave;
                booking.arises(Some(until));
            }
            BookingStatus::Leave => {}
            _ => return Err(Code::Conflict),
        }
        Ok(vec![("/status", "leave".into())])
    }

    pub(crate) fn set_capacity(&mut self, seats: usize, now: Ms) -> Reply {
        if self.off {
            return Err(Code::ClassCancelled);
        }
        if now >= self.start {
            return Err(Code::ClassStarted);
        }
        if seats < self.booked() + self.held() {
            return Err(Code::Conflict);
        }
        self.capacity = seats;
        Ok(vec![])
    }

    /// Ends the queue; [`Gym::call_off`] ends the bookings.
    fn close_for_good(&mut self, now: Ms) -> Reply {
        if now >= self.start {
            return Err(Code::ClassStarted);
        }
        self.off = true;
        let offered: Vec<Child> = self.with(EntryStatus::Notified).map(|(child, _)| child).collect();
        for child in offered {
            self.end(child, EntryStatus::Cancelled);
            self.end_offer(child, NotificationStatus::Cancelled, Some(Reason::SystemError), now);
        }
        let waiting: Vec<Child> = self.with(EntryStatus::Waiting).map(|(child, _)| child).collect();
        for child in waiting {
            self.end(child, EntryStatus::Cancelled);
        }
        Ok(vec![])
    }

    /// Offers an entry a seat out of turn. `waited` says whether it waited before settling.
    fn notify(&mut self, child: Child, waited: bool, now: Ms, numbers: &Numbers) -> Result<(), Code> {
        let entry = self.entries[&child].clone();
        if waited && entry.status == EntryStatus::Notified {
            // Settling has just offered it a seat in turn.
            return Ok(());
        }
        let last = self.last_notification(numbers);
        let refusals = [
            (self.off || entry.status != EntryStatus::Waiting, Code::NotWaiting),
            (now >= self.start, Code::ClassStarted),
            (self.start - now < numbers.hard_stop, Code::InsideHardStop),
            (now > last, Code::PastLastNotification),
            (entry.last_notified.is_some_and(|at| now - at < numbers.interval), Code::NotifiedRecently),
            (self.free() == 0, Code::NoFreeSeat),
        ];
        if let Some((_, code)) = refusals.iter().find(|(holds, _)| *holds) {
            return Err(*code);
        }
        self.offer(child, now, numbers);
        Ok(())
    }

    fn result(&self, child: Child, outcome: Result<(), Code>) -> Value {
        match outcome {
            Ok(()) => json!([child, "sent", null, self.entries[&child].deadline]),
            Err(code) => json!([child, "refused", code.as_str(), null]),
        }
    }

    pub(crate) fn offers_of(&self, child: Child) -> Vec<(&'static str, Value)> {
        let offers = &self.entries[&child].offers;
        let all = (1..).zip(offers).map(|(round, offer)| {
            json!([round, offer.status, offer.reason, offer.sent, offer.deadline, offer.ended])
        });
        vec![("offers", all.collect())]
    }
}

impl Gym {
    /// Calls a class off: its makeups end, and credit that was paid is restored at any time (R3.23 to R3.27).
    pub(crate) fn call_off(&mut self, number: usize, now: Ms) -> Reply {
        let until = self.classes[number].start + self.numbers(number).makeup_validity;
        self.change(number, now, |class, credit| {
            if class.off {
                return Ok(vec![]);
            }
            class.close_for_good(now)?;
            for (child, bookings) in &mut class.bookings {
                for (nth, booking) in bookings.iter_mut().enumerate() {
                    if booking.status != BookingStatus::Booked {
                        continue;
                    }
                    booking.status = BookingStatus::CancelledByGym;
                    let key = Key { class: number, child: *child, nth };
                    // What credit paid for is given back, and not made up.
                    let paid = credit.purse(*child).uses.iter().any(|taken| taken.booking == key);
                    booking.arises((!paid).then_some(until));
                    if booking.source == BookingSource::Makeup {
                        credit.end_makeup(key, now);
                    }
                    booking.spent -= credit.give_back(key, now);
                }
            }
            Ok(vec![])
        })
    }

    pub(crate) fn attend(&mut self, key: Key, came: bool, now: Ms) -> Reply {
        let numbers = self.numbers(key.class);
        let made_up = self.credit.is_made_up(key);
        let class = Rc::make_mut(&mut self.classes[key.class]);
        let (started, end) = (now >= class.start, class.end);
        let booking = &mut class.bookings.get_mut(&key.child).expect("a booking")[key.nth];
        if !started || !booking.live() {
            return Err(Code::Conflict);
        }
        let after = if came { BookingStatus::Completed } else { BookingStatus::Absent };
        // Recorded attendance can be corrected within seven days, unless the absence was made up (R2.83, R2.84).
        let corrects = booking.recorded && booking.status != after;
        let too_late = now > end + 7 * 24 * 60 * MINUTE;
        let taken_back = made_up && booking.status == BookingStatus::Absent;
        if corrects && too_late {
            return Err(Code::Conflict);
        }
        if corrects && taken_back {
            return Err(Code::AlreadyMadeUp);
        }
        if booking.status != after {
            let until =
                (!came && numbers.makeup_for_absence).then_some(class.start + numbers.makeup_validity);
            booking.arises(until);
        }
        (booking.status, booking.recorded) = (after, true);
        Rc::make_mut(&mut self.credit).follow(key.class, class);
        self.change(key.class, now, |_, _| Ok(vec![]))?;
        Ok(vec![("/status", after.as_str().into())])
    }

    /// Gives a missed booking a right to a makeup, or a longer one (R3.36, R3.37).
    pub(crate) fn give_right(&mut self, key: Key, until: Ms, now: Ms) -> Reply {
        use BookingStatus::{Absent, Cancelled, CancelledByGym, Leave};
        self.settle(key.class, now);
        let class = &self.classes[key.class];
        let all = &class.bookings[&key.child];
        let booking = &all[key.nth];
        let paid = self.credit.purse(key.child).uses.iter().any(|taken| taken.booking == key);
        let comes_back = booking.status == CancelledByGym || booking.spent == 0;
        let again = (0..).zip(all).any(|(nth, other)| {
            nth != key.nth && (other.live() || other.status == Leave || other.until.is_some())
        });
        let right = matches!(booking.status, Leave | Absent | Cancelled | CancelledByGym);
        let start = class.start;
        let verdict = refuse_first(&[
            (booking.source == BookingSource::Makeup || !right, Code::NotMissed),
            (self.credit.is_made_up(key), Code::AlreadyMadeUp),
            (paid && comes_back, Code::Conflict),
            (again, Code::Conflict),
            (until <= now || until > start + 180 * DAY, Code::InvalidRequest),
            (booking.until > Some(until), Code::InvalidRequest),
        ]);
        self.change(key.class, now, |class, _| {
            verdict?;
            class.bookings.get_mut(&key.child).expect("a booking")[key.nth].arises(Some(until));
            Ok(vec![])
        })
    }

    /// Sets a version of the policy (R1.23, R1.24).
    pub(crate) fn set_policy(&mut self, from: Ms, fields: &Value, now: Ms) -> Reply {
        let withdraws = from > now && self.versions.iter().any(|version| version.from == from);
        refuse_first(&[(from < now + 2 * MINUTE && !withdraws, Code::InvalidPolicy)])?;
        let before = &self.versions[self.version_at(from - 1)];
        let policy = before.policy.clone().patched(fields).expect("a policy");
        let loses = |class: &Class| {
            let fixed = class.version.map(|version| self.versions[version].from);
            !class.off && class.start >= from && fixed.is_some_and(|fixed| fixed <= from)
        };
        let older = self.classes.iter().filter(|class| loses(class)).count();
        Rc::make_mut(&mut self.versions).push(Rc::new(Version::new(from, policy)));
        Ok(vec![("/id", self.versions.len().into()), ("/older", older.into())])
    }

    /// Lets a class take the version that would judge it if none were fixed (R1.26).
    pub(crate) fn choose_policy(&mut self, number: usize, now: Ms) -> Reply {
        let class = &self.classes[number];
        refuse_first(&[(now >= class.start || class.off || class.has_promise(), Code::Conflict)])?;
        self.class(number).version = None;
        self.class(number).version = Some(self.version_of(number));
        Ok(self.session_view(number, now))
    }

    pub(crate) fn notify_entries(
        &mut self,
        class: usize,
        children: &[Child],
        now: Ms,
    ) -> Vec<(&'static str, Value)> {
        let numbers = self.numbers_at(class, now);
        let class = self.class(class);
        let waited: Vec<bool> =
            children.iter().map(|child| class.status(*child) == Some(EntryStatus::Waiting)).collect();
        let results = children.iter().zip(waited).map(|(child, waited)| {
            class.settle(now, &numbers);
            let outcome = class.notify(*child, waited, now, &numbers);
            class.result(*child, outcome)
        });
        let results = results.collect();
        class.close(now, &numbers);
        vec![("results", results)]
    }

    pub(crate) fn notify_class(
        &mut self,
        class: usize,
        max: Option<usize>,
        now: Ms,
    ) -> Vec<(&'static str, Value)> {
        let numbers = self.numbers_at(class, now);
        let class = self.class(class);
        let mut queue: Vec<(i64, Child)> =
            class.with(EntryStatus::Waiting).map(|(child, entry)| (entry.ticket, child)).collect();
        queue.sort_unstable();
        let in_turn = class.settle(now, &numbers).promoted;
        let wanted = max.unwrap_or(class.free() + in_turn);
        let (mut results, mut looked_at) = (Vec::new(), 0);
        for (_, child) in queue {
            if looked_at == wanted {
                break;
            }
            let outcome = class.notify(child, true, now, &numbers);
            looked_at += usize::from(matches!(outcome, Ok(()) | Err(Code::NoFreeSeat)));
            results.push(class.result(child, outcome));
        }
        class.close(now, &numbers);
        vec![("results", results.into())]
    }

    pub(crate) fn deadline_check(&mut self, number: usize, now: Ms) -> Vec<(&'static str, Value)> {
        let numbers = self.numbers_at(number, now);
        let class = self.class(number);
        let counts = class.sweep(now, &numbers);
        let last = class.last_notification(&numbers);
        // Seconds are rounded up, as in a countdown.
        let seconds = (last - now).max(0).div_euclid(1_000) + i64::from((last - now).max(0) % 1_000 > 0);
        vec![
            ("/phase", class.phase(now, &numbers).into()),
            ("/final_window_active", (last <= now && now < class.start).into()),
            ("/seconds_to_last_notification", seconds.into()),
            ("/overdue_settled", counts.expired.into()),
            ("/promoted", counts.promoted.into()),
        ]
    }
}
