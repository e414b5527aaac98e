//! The model's reply to every request (RULES §2 to §4).

use crate::actions::{Action, Families, Reply, Requester};
use crate::credit::Credit;
use crate::members::entry_view;
use crate::model::Key;
use crate::model::{Child, Class, Counts, Gym, Ms};
use logic::Code;
use logic::status::EntryStatus;
use serde_json::{Value, json};
use std::rc::Rc;

fn staff(by: Requester) -> Result<(), Code> {
    if by == Requester::Staff { Ok(()) } else { Err(Code::Forbidden) }
}

impl Gym {
    /// Replies to `action` at `now` and applies it to the model.
    pub(crate) fn ask(&mut self, by: Requester, ask: &Action, families: &Families, now: Ms) -> Reply {
        match *ask {
            Action::Join { child, class, makeup_for } => {
                families.may(by, child)?;
                self.join(child, class, makeup_for, now)
            }
            Action::Leave { child, class } => {
                families.may(by, child)?;
                self.change(class, now, |it, _| it.leave(child, by, now))
            }
            Action::Confirm { child, class } => {
                families.may(by, child)?;
                self.confirm(child, class, now)
            }
            Action::Decline { child, class } => {
                families.may(by, child)?;
                self.change(class, now, |it, _| it.decline(child, by, now))
            }
            Action::Book { child, class, with_credit, late } => {
                if late {
                    staff(by)?
                } else {
                    families.may(by, child)?
                }
                self.book(child, class, (with_credit, late), now)
            }
            Action::Cancel { child, class, nth } => {
                families.may(by, child)?;
                self.cancel(Key { class, child, nth }, by, now)
            }
            Action::Position { child, class } | Action::Entry { child, class } => {
                families.may(by, child)?;
                self.look(class, now);
                let class = &self.classes[class];
                let mut said = entry_view(class, child);
                if matches!(ask, Action::Position { .. }) {
                    said.push(("/waiting_total", class.waiting().into()));
                }
                Ok(said)
            }
            Action::MyEntries { family, status } => Ok(self.my_entries(family, status, families, now)),
            Action::MyBookings { family } => Ok(self.my_bookings(family, families)),
            Action::Session { class } => {
                self.look(class, now);
                Ok(self.session_view(class, now))
            }
            Action::Sessions => {
                (0..self.classes.len()).for_each(|class| self.look(class, now));
                Ok(vec![])
            }
            Action::ProcessExpiry => {
                staff(by)?;
                Ok(self.sweep(now))
            }
            Action::Sweep { class: None } => Ok(self.sweep_all(now)),
            Action::Sweep { class: Some(class) } => {
                let numbers = self.numbers_at(class, now);
                self.class(class).sweep(now, &numbers);
                self.finish(class, now);
                Ok(vec![])
            }
            Action::Lapse { class } => {
                self.lapse(class, now);
                Ok(vec![])
            }
            Action::Expire { child } => {
                Rc::make_mut(&mut self.credit).expire(child, now);
                Ok(vec![])
            }
            Action::TakeLeave { child, class, nth, waives_lead } => {
                if waives_lead {
                    staff(by)?
                } else {
                    families.may(by, child)?
                }
                let numbers = self.numbers(class);
                let lead = if waives_lead { 0 } else { numbers.free_cancellation };
                let until = self.classes[class].start + numbers.makeup_validity;
                self.change(class, now, |it, _| it.take_leave(child, nth, (lead, until), now))
            }
            Action::Goodwill { booking, minutes } => {
                staff(by)?;
                let expiry = now + self.numbers_now(now).grant_validity;
                Rc::make_mut(&mut self.credit).grant(booking, booking, minutes, (now, expiry));
                Ok(vec![("/source", "goodwill".into()), ("/remaining_minutes", minutes.into())])
            }
            Action::MakeupRight { booking, until } => {
                staff(by)?;
                self.give_right(booking, until, now)
            }
            Action::SetPolicy { from, ref fields } => {
                staff(by)?;
                self.set_policy(from, fields, now)
            }
            Action::ChoosePolicy { class } => {
                staff(by)?;
                self.choose_policy(class, now)
            }
            Action::Policy => Ok(vec![("/id", (self.version_at(now) + 1).into())]),
            Action::Attend { child, class, nth, came } => {
                staff(by)?;
                self.attend(Key { class, child, nth }, came, now)
            }
            Action::SetCapacity { class, seats } => {
                staff(by)?;
                self.change(class, now, |it, _| it.set_capacity(seats, now))?;
                Ok(self.session_view(class, now))
            }
            Action::CallOff { class } => {
                staff(by)?;
                self.call_off(class, now)?;
                Ok(self.session_view(class, now))
            }
            Action::NotifyEntries { class, ref children } => {
                staff(by)?;
                Ok(self.notify_entries(class, children, now))
            }
            Action::NotifyClass { class, max } => {
                staff(by)?;
                Ok(self.notify_class(class, max, now))
            }
            Action::DeadlineCheck { class } => Ok(self.deadline_check(class, now)),
            Action::Offers { child, class } => {
                families.may(by, child)?;
                self.look(class, now);
                Ok(self.classes[class].offers_of(child))
            }
            Action::MakeUp { child, original, class } => {
                families.may(by, child)?;
                self.make_up(child, original, class, now)
            }
            Action::CancelMakeup { original, class } => {
                families.may(by, original.child)?;
                self.cancel_makeup(original, class, by, now)
            }
            Action::Owed { child } => {
                families.may(by, child)?;
                self.owed(child, now)
            }
            Action::Available { original } => {
                families.may(by, original.child)?;
                (0..self.classes.len()).for_each(|class| self.look(class, now));
                Ok(self.available(original, now))
            }
            Action::Makeups { child } => {
                families.may(by, child)?;
                self.my_makeups(child)
            }
            Action::Balance { child } => {
                families.may(by, child)?;
                self.balance(child, now)
            }
            Action::History { child } => {
                families.may(by, child)?;
                self.history(child, now)
            }
            Action::Preview { child, minutes } => {
                families.may(by, child)?;
                self.preview(child, minutes, now)
            }
        }
    }

    /// Sweeps a class before a read, because reads never show an overdue offer, nor an open list after its time.
    fn look(&mut self, class: usize, now: Ms) {
        let numbers = self.numbers_at(class, now);
        self.class(class).sweep(now, &numbers);
    }

    /// Writes to a class: settles overdue offers first; offers free seats and closes its list last.
    pub(crate) fn change(
        &mut self,
        class: usize,
        now: Ms,
        what: impl FnOnce(&mut Class, &mut Credit) -> Reply,
    ) -> Reply {
        self.settle(class, now);
        let numbers = self.numbers_at(class, now);
        let class = Rc::make_mut(&mut self.classes[class]);
        let said = what(class, Rc::make_mut(&mut self.credit));
        class.offer_free(now, &numbers);
        class.close(now, &numbers);
        said
    }

    pub(crate) fn settle(&mut self, class: usize, now: Ms) {
        let numbers = self.numbers_at(class, now);
        self.class(class).settle(now, &numbers);
    }

    /// Completes the bookings and makeups of a class that is over; returns how many.
    fn finish(&mut self, number: usize, now: Ms) -> usize {
        let class = Rc::make_mut(&mut self.classes[number]);
        let came = class.finish(now);
        Rc::make_mut(&mut self.credit).follow(number, class);
        came
    }

    fn sweep_all(&mut self, now: Ms) -> Vec<(&'static str, Value)> {
        let mut said = self.sweep(now);
        let all = 0..self.classes.len();
        let lapsed: usize = all.clone().map(|class| self.lapse(class, now)).sum();
        let came: usize = all.map(|class| self.finish(class, now)).sum();
        let children: Vec<Child> = self.credit.purses.keys().copied().collect();
        let credit = Rc::make_mut(&mut self.credit);
        let expired: usize = children.iter().map(|child| credit.expire(*child, now)).sum();
        let counts = [("/makeups_lapsed", lapsed), ("/completed", came), ("/grants_expired", expired)];
        said.extend(counts.map(|(what, count)| (what, count.into())));
        said
    }

    fn my_entries(
        &mut self,
        family: usize,
        status: Option<EntryStatus>,
        families: &Families,
        now: Ms,
    ) -> Vec<(&'static str, Value)> {
        let ask = Action::MyEntries { family, status };
        for class in ask.touches(self, families) {
            self.look(class, now);
        }
        let mut items = Vec::new();
        for (number, class) in self.classes.iter().enumerate() {
            for (child, entry) in &class.entries {
                if families.of[*child] == family && status.is_none_or(|status| status == entry.status) {
                    let view = entry_view(class, *child);
                    items.push(json!([child, number, view[0].1, view[1].1]));
                }
            }
        }
        vec![("items", items.into())]
    }

    fn my_bookings(&self, family: usize, families: &Families) -> Vec<(&'static str, Value)> {
        let mut items = Vec::new();
        for (number, class) in self.classes.iter().enumerate() {
            for (child, bookings) in &class.bookings {
                if families.of[*child] == family {
                    items.extend(bookings.iter().map(|booking| json!([child, number, booking.status, null])));
                }
            }
        }
        vec![("items", items.into())]
    }

    pub(crate) fn session_view(&self, class: usize, now: Ms) -> Vec<(&'static str, Value)> {
        let (version, numbers) = (self.version_of(class), self.numbers(class));
        let class = &self.classes[class];
        vec![
            ("/policy_id", (version + 1).into()),
            ("/capacity", class.capacity.into()),
            ("/booked", class.booked().into()),
            ("/held", class.held().into()),
            ("/waiting", class.waiting().into()),
            ("/free", class.bookable(now, &numbers).into()),
            ("/phase", class.phase(now, &numbers).into()),
            ("/status", if class.off { "cancelled" } else { "scheduled" }.into()),
        ]
    }

    fn sweep(&mut self, now: Ms) -> Vec<(&'static str, Value)> {
        let mut sum = Counts::default();
        for number in 0..self.classes.len() {
            let numbers = self.numbers_at(number, now);
            let counts = self.class(number).sweep(now, &numbers);
            sum.expired += counts.expired;
            sum.promoted += counts.promoted;
            sum.closed += counts.closed;
            sum.released += counts.released;
        }
        vec![
            ("/expired", sum.expired.into()),
            ("/promoted", sum.promoted.into()),
            ("/closed", sum.closed.into()),
            ("/released", sum.released.into()),
        ]
    }
}
