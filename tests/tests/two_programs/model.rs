//! The model of the gym, written from RULES §2 to §4 alone: plain rows, no state machine, and nothing of `logic` but its
//! statuses, its codes and the numbers of the policy. It predicts every answer and the rows afterwards.

use crate::credit::Credit;
use logic::Policy;
use logic::status::{BookingSource, BookingStatus, EntryStatus, NotificationStatus, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Epoch milliseconds, or a duration in milliseconds.
pub(crate) type Ms = i64;
/// The index of a child.
pub(crate) type Child = usize;

/// A booking: its class, its child, and its index among that child's bookings of the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) class: usize,
    pub(crate) child: Child,
    pub(crate) nth: usize,
}

pub(crate) const MINUTE: Ms = 60_000;
pub(crate) const DAY: Ms = 24 * 60 * MINUTE;
/// Local time in Shanghai minus UTC.
const LOCAL: Ms = 8 * 60 * MINUTE;

/// The policy's numbers, in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) last_lead: Ms,
    pub(crate) window: Ms,
    pub(crate) hard_stop: Ms,
    pub(crate) interval: Ms,
    pub(crate) free_cancellation: Ms,
    pub(crate) makeup_validity: Ms,
    pub(crate) makeup_lead: Ms,
    pub(crate) makeup_for_absence: bool,
    pub(crate) grant_validity: Ms,
    pub(crate) soon: Ms,
    pub(crate) queue: usize,
    pub(crate) lists: usize,
    pub(crate) quiet: Option<(Ms, Ms)>,
    /// The children of a class whose wait for a makeup has lapsed: see [`Gym::numbers_at`].
    pub(crate) lapsed: BTreeSet<Child>,
}

impl Numbers {
    pub(crate) fn of(policy: &Policy) -> Self {
        Self {
            last_lead: policy.last_notification_lead.0 * MINUTE,
            window: policy.decision_window.0 * MINUTE,
            hard_stop: policy.no_notification_within.0 * MINUTE,
            interval: policy.min_notification_interval.0 * MINUTE,
            free_cancellation: policy.free_cancellation_lead.0 * MINUTE,
            makeup_validity: policy.makeup_validity.0 * MINUTE,
            makeup_lead: policy.makeup_booking_lead.0 * MINUTE,
            makeup_for_absence: policy.makeup_for_absence,
            grant_validity: policy.compensation_validity.0 * MINUTE,
            soon: policy.expiring_soon.0 * MINUTE,
            queue: policy.queue_capacity as usize,
            lists: policy.active_waitlists_per_profile as usize,
            quiet: policy
                .quiet_hours
                .map(|quiet| (i64::from(quiet.from) * MINUTE, i64::from(quiet.to) * MINUTE)),
            lapsed: BTreeSet::new(),
        }
    }
}

/// A version of the policy.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    /// From when it holds.
    pub(crate) from: Ms,
    pub(crate) policy: Policy,
    pub(crate) numbers: Numbers,
}

impl Version {
    pub(crate) fn new(from: Ms, policy: Policy) -> Self {
        Self { from, numbers: Numbers::of(&policy), policy }
    }
}

/// An offer of a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) sent: Ms,
    pub(crate) deadline: Ms,
    pub(crate) status: NotificationStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) ended: Option<Ms>,
}

/// A child's row in a waitlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) status: EntryStatus,
    pub(crate) ticket: i64,
    pub(crate) joined: Ms,
    pub(crate) last_notified: Option<Ms>,
    /// The deadline of the latest offer since the child joined.
    pub(crate) deadline: Option<Ms>,
    /// The missed booking that a confirm is to make up.
    pub(crate) makeup_for: Option<Key>,
    pub(crate) offers: Vec<Offer>,
}

/// A booking, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) status: BookingStatus,
    pub(crate) source: BookingSource,
    /// Minutes of credit that paid for it, net of restored ones.
    pub(crate) spent: i64,
    /// Whether it was made after the start of its class.
    pub(crate) late: bool,
    /// Until when it can be made up, if it gives that right.
    pub(crate) until: Option<Ms>,
    /// Whether it ever gave that right, as far as it cannot be told from the rest.
    pub(crate) kept: bool,
    /// Whether staff recorded its attendance.
    pub(crate) recorded: bool,
}

impl Booking {
    /// Fixes the end of the right to a makeup that arises.
    pub(crate) fn arises(&mut self, until: Option<Ms>) {
        if self.source != BookingSource::Makeup {
            (self.until, self.kept) = (until, until.is_some());
        }
    }

    pub(crate) fn live(&self) -> bool {
        matches!(self.status, BookingStatus::Booked | BookingStatus::Completed | BookingStatus::Absent)
    }
}

/// A class session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) start: Ms,
    pub(crate) end: Ms,
    pub(crate) minutes: i64,
    pub(crate) capacity: usize,
    pub(crate) queue_limit: Option<usize>,
    pub(crate) off: bool,
    /// The version of the policy that is fixed, as an index of the gym's versions.
    pub(crate) version: Option<usize>,
    pub(crate) next_ticket: i64,
    pub(crate) entries: BTreeMap<Child, Entry>,
    /// Every booking that a child ever had in this class, oldest first.
    pub(crate) bookings: BTreeMap<Child, Vec<Booking>>,
}

/// The counts of a settling or a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) expired: usize,
    pub(crate) promoted: usize,
    pub(crate) closed: usize,
    pub(crate) released: usize,
}

impl Class {
    /// Returns whether somebody was promised something, so that the version stays (R1.26).
    pub(crate) fn has_promise(&self) -> bool {
        use BookingStatus::{Absent, CancelledByGym, Leave};
        let promises = |it: &Booking| it.kept || matches!(it.status, Leave | Absent | CancelledByGym);
        !self.entries.is_empty() || self.bookings.values().flatten().any(promises)
    }

    pub(crate) fn booked(&self) -> usize {
        self.bookings.values().flatten().filter(|booking| booking.live()).count()
    }

    pub(crate) fn held(&self) -> usize {
        self.with(EntryStatus::Notified).count()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.with(EntryStatus::Waiting).count()
    }

    pub(crate) fn with(&self, status: EntryStatus) -> impl Iterator<Item = (Child, &Entry)> {
        self.entries
            .iter()
            .filter(move |(_, entry)| entry.status == status)
            .map(|(child, entry)| (*child, entry))
    }

    pub(crate) fn free(&self) -> usize {
        self.capacity - self.booked() - self.held()
    }

    pub(crate) fn last_notification(&self, numbers: &Numbers) -> Ms {
        self.start - numbers.last_lead
    }

    pub(crate) fn open(&self, now: Ms, numbers: &Numbers) -> bool {
        now <= self.last_notification(numbers)
    }

    /// Returns the seats open to direct booking.
    pub(crate) fn bookable(&self, now: Ms, numbers: &Numbers) -> usize {
        let queued_for = self.open(now, numbers) && self.waiting() > 0;
        let over = self.off || now >= self.start;
        if over || queued_for { 0 } else { self.free() }
    }

    pub(crate) fn phase(&self, now: Ms, numbers: &Numbers) -> &'static str {
        let last = self.last_notification(numbers);
        match () {
            () if now >= self.start => "started",
            () if now <= last => "open",
            () if now <= last + numbers.window => "deciding",
            () => "closed",
        }
    }

    /// Returns whether the child's entry keeps it from booking directly.
    pub(crate) fn stands_in_the_way(&self, child: Child, now: Ms, numbers: &Numbers) -> bool {
        match self.status(child) {
            Some(EntryStatus::Notified) => true,
            Some(EntryStatus::Waiting) => self.open(now, numbers),
            _ => false,
        }
    }

    pub(crate) fn is_booked(&self, child: Child) -> bool {
        self.bookings.get(&child).is_some_and(|all| all.iter().any(Booking::live))
    }

    pub(crate) fn status(&self, child: Child) -> Option<EntryStatus> {
        self.entries.get(&child).map(|entry| entry.status)
    }

    /// Counts the waiting entries ahead of this one.
    pub(crate) fn ahead(&self, child: Child) -> usize {
        let ticket = self.entries[&child].ticket;
        self.with(EntryStatus::Waiting).filter(|(_, other)| other.ticket < ticket).count()
    }

    /// Expires every overdue offer and passes the seats on.
    pub(crate) fn settle(&mut self, now: Ms, numbers: &Numbers) -> Counts {
        let dead: Vec<Child> = self
            .with(EntryStatus::Notified)
            .filter(|(_, entry)| entry.deadline < Some(now))
            .map(|(child, _)| child)
            .collect();
        for child in &dead {
            self.end(*child, EntryStatus::Expired);
            self.end_offer(*child, NotificationStatus::Expired, Some(Reason::Timeout), now);
        }
        Counts { expired: dead.len(), promoted: self.offer_free(now, numbers), ..Counts::default() }
    }

    /// Settles, and closes the waitlist once its time has passed.
    pub(crate) fn sweep(&mut self, now: Ms, numbers: &Numbers) -> Counts {
        let before = self.bookable(now, numbers);
        let mut counts = self.settle(now, numbers);
        counts.closed = self.close(now, numbers);
        counts.released = if self.off { 0 } else { self.bookable(now, numbers).saturating_sub(before) };
        counts
    }

    /// Expires the waiting entries once the waitlist's time has passed; returns how many.
    pub(crate) fn close(&mut self, now: Ms, numbers: &Numbers) -> usize {
        if self.open(now, numbers) {
            return 0;
        }
        let waiting: Vec<Child> = self.with(EntryStatus::Waiting).map(|(child, _)| child).collect();
        for child in &waiting {
            self.end(*child, EntryStatus::Expired);
        }
        waiting.len()
    }

    /// Completes the bookings of a class that is over; returns how many.
    pub(crate) fn finish(&mut self, now: Ms) -> usize {
        let mut came = 0;
        for booking in self.bookings.values_mut().flatten() {
            if now >= self.end && booking.status == BookingStatus::Booked {
                booking.status = BookingStatus::Completed;
                came += 1;
            }
        }
        came
    }

    pub(crate) fn end(&mut self, child: Child, status: EntryStatus) {
        self.entries.get_mut(&child).expect("an entry").status = status;
    }

    pub(crate) fn end_offer(
        &mut self,
        child: Child,
        status: NotificationStatus,
        reason: Option<Reason>,
        now: Ms,
    ) {
        let offer = self.entries.get_mut(&child).and_then(|entry| entry.offers.last_mut()).expect("an offer");
        assert_eq!(offer.status, NotificationStatus::Sent);
        (offer.status, offer.reason, offer.ended) = (status, reason, Some(now));
    }

    /// Offers every free seat to the first entry that may be notified; one whose makeup has lapsed ends instead (R3.18).
    pub(crate) fn offer_free(&mut self, now: Ms, numbers: &Numbers) -> usize {
        let mut made = 0;
        while !self.off && self.free() > 0 {
            let next = self
                .with(EntryStatus::Waiting)
                .filter(|(_, entry)| self.earliest(entry, now, numbers) == Some(now))
                .min_by_key(|(_, entry)| entry.ticket)
                .map(|(child, _)| child);
            let Some(child) = next else { break };
            if numbers.lapsed.contains(&child) {
                self.end(child, EntryStatus::Cancelled);
                continue;
            }
            self.offer(child, now, numbers);
            made += 1;
        }
        made
    }

    pub(crate) fn offer(&mut self, child: Child, now: Ms, numbers: &Numbers) {
        let deadline = (now + numbers.window).min(self.last_notification(numbers) + numbers.window);
        let entry = self.entries.get_mut(&child).expect("an entry");
        entry.status = EntryStatus::Notified;
        entry.last_notified = Some(now);
        entry.deadline = Some(deadline);
        entry.offers.push(Offer {
            sent: now,
            deadline,
            status: NotificationStatus::Sent,
            reason: None,
            ended: None,
        });
    }

    /// Returns when an entry may be notified, if ever.
    pub(crate) fn earliest(&self, entry: &Entry, now: Ms, numbers: &Numbers) -> Option<Ms> {
        let last = self.last_notification(numbers);
        let rested = entry.last_notified.map_or(now, |at| now.max(at + numbers.interval));
        if rested > last || self.start - rested < numbers.hard_stop {
            return None;
        }
        let Some((from, to)) = numbers.quiet else { return Some(rested) };
        let time = (rested + LOCAL).rem_euclid(DAY);
        let asleep = if from < to { from <= time && time < to } else { time >= from || time < to };
        let awake = rested + if asleep { (to - time).rem_euclid(DAY) } else { 0 };
        Some(if awake <= last { awake } else { rested })
    }
}

/// The whole gym.
#[derive(Clone, Debug)]
pub(crate) struct Gym {
    /// The versions of the policy, in the order of their inserts.
    pub(crate) versions: Rc<Vec<Rc<Version>>>,
    pub(crate) classes: Vec<Rc<Class>>,
    /// The classes.
    pub(crate) categories: Rc<[&'static str]>,
    pub(crate) credit: Rc<Credit>,
    /// How often the clock jumps far: some worlds last days, some weeks.
    pub(crate) leaps: f64,
}

impl Gym {
    /// Returns the index of the version in force at an instant, and of a class that starts then and has none (R1.21).
    pub(crate) fn version_at(&self, at: Ms) -> usize {
        let in_force = (0..self.versions.len()).filter(|version| self.versions[*version].from <= at);
        in_force.max_by_key(|version| (self.versions[*version].from, *version)).expect("the first version")
    }

    /// Returns the index of the version that judges a class.
    pub(crate) fn version_of(&self, class: usize) -> usize {
        self.classes[class].version.unwrap_or_else(|| self.version_at(self.classes[class].start))
    }

    /// Returns the numbers that judge a class.
    pub(crate) fn numbers(&self, class: usize) -> Numbers {
        self.versions[self.version_of(class)].numbers.clone()
    }

    /// Returns the numbers that judge a class, and whose makeup cannot be booked in it any more.
    pub(crate) fn numbers_at(&self, class: usize, now: Ms) -> Numbers {
        let waiting = self.classes[class].with(EntryStatus::Waiting);
        let has_lapsed = |(child, entry): (Child, &Entry)| {
            let original = entry.makeup_for?;
            self.makeup_verdict(child, original, class, now).is_err().then_some(child)
        };
        Numbers { lapsed: waiting.filter_map(has_lapsed).collect(), ..self.numbers(class) }
    }

    /// Returns the numbers in force.
    pub(crate) fn numbers_now(&self, now: Ms) -> Numbers {
        self.versions[self.version_at(now)].numbers.clone()
    }

    pub(crate) fn class(&mut self, number: usize) -> &mut Class {
        Rc::make_mut(&mut self.classes[number])
    }

    /// Returns whether a live booking of the child overlaps a class (R0.5).
    pub(crate) fn conflict(&self, child: Child, number: usize) -> bool {
        let this = &self.classes[number];
        self.classes.iter().enumerate().any(|(other, class)| {
            other != number && class.is_booked(child) && class.start < this.end && class.end > this.start
        })
    }

    /// Counts the other waitlists that the child is on.
    pub(crate) fn lists_elsewhere(&self, child: Child, number: usize, now: Ms) -> usize {
        let on = |other: usize, class: &Class| match class.entries.get(&child) {
            Some(Entry { status: EntryStatus::Waiting, .. }) => class.open(now, &self.numbers(other)),
            Some(Entry { status: EntryStatus::Notified, deadline, .. }) => *deadline >= Some(now),
            _ => false,
        };
        self.classes.iter().enumerate().filter(|(other, class)| *other != number && on(*other, class)).count()
    }
}
