//! A gym of a few classes under one random policy. Its clock moves forward, often to the next limit of a rule.

use logic::ids::{ProfileId, Ticket};
use logic::policy::QuietHours;
use logic::session::{Command, Session};
use logic::status::{EntryStatus, SessionStatus};
use logic::{Instant, Minutes, Policy};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::rows::Rows;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60_000;
const LONG_MS: i64 = 2 * 60 * 60_000;

/// One class: its state machine and its rows.
pub(crate) struct Class {
    pub(crate) session: Session,
    pub(crate) rows: Rows,
}

pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) classes: Vec<Class>,
    pub(crate) profiles: i64,
    pub(crate) now: Instant,
}

impl World {
    pub(crate) fn random(rng: &mut StdRng) -> Self {
        let policy = random_policy(rng);
        policy.check().unwrap();
        let now = Instant::clamped(1_772_000_000_000 + rng.random_range(0..DAY_MS));
        let profiles = rng.random_range(2..=24);
        let utc_offset = Minutes([0, 480, -300, 345][rng.random_range(0..4)]);
        let classes = (0..rng.random_range(1..=3))
            .map(|_| {
                let capacity = rng.random_range(0..=6);
                let seats = i64::from(capacity).min(profiles);
                let booked = if rng.random_bool(0.8) { seats } else { rng.random_range(0..=seats) };
                let mut rows = Rows::new(capacity);
                (1..=booked).for_each(|profile| rows.book(ProfileId(profile)));
                let lead = policy.last_notification_lead.0;
                let session = Session {
                    start: now.plus(Minutes(rng.random_range(1..=lead + 2 * 24 * 60))),
                    utc_offset,
                    status: SessionStatus::Scheduled,
                    on_timetable: rng.random_bool(0.9),
                    capacity,
                    booked: u32::try_from(booked).unwrap(),
                    queue_capacity: rng.random_bool(0.5).then(|| rng.random_range(0..=20)),
                    next_ticket: Ticket(rng.random_range(1..1000)),
                    offers: vec![],
                    queue_front: vec![],
                    waiting: 0,
                };
                Class { session, rows }
            })
            .collect();
        Self { policy, classes, profiles, now }
    }

    /// Returns whether every class has started or is called off.
    pub(crate) fn over(&self) -> bool {
        self.classes.iter().all(|class| self.now >= class.session.start || class.rows.called_off)
    }

    pub(crate) fn advance(&mut self, rng: &mut StdRng) {
        let ms = match rng.random_range(0..100) {
            0..62 => 0,
            62..66 => 1,
            66..76 => rng.random_range(0..60_000),
            76..81 => rng.random_range(0..self.policy.decision_window.millis()),
            81 => rng.random_range(0..2 * self.policy.min_notification_interval.millis()),
            _ => return self.jump_to_a_limit(rng),
        };
        self.now = Instant::clamped(self.now.millis() + ms);
    }

    /// Moves to one of the next instants at which some rule changes its answer, or a millisecond beside it.
    fn jump_to_a_limit(&mut self, rng: &mut StdRng) {
        let mut limits: Vec<Instant> = self.classes.iter().flat_map(|class| self.limits(class)).collect();
        limits.retain(|limit| *limit >= self.now);
        limits.sort();
        let ahead = if rng.random_bool(0.9) { 0 } else { rng.random_range(0..4) };
        let Some(limit) = limits.get(ahead).or(limits.first()) else { return };
        // Long spans without any change are skipped only sometimes, so that the queue has time to change.
        if limit.millis() - self.now.millis() > LONG_MS && rng.random_bool(0.9) {
            return;
        }
        let beside = Instant::clamped(limit.millis() + rng.random_range(-1..=1));
        self.now = self.now.max(beside);
    }

    fn limits(&self, class: &Class) -> Vec<Instant> {
        let policy = &self.policy;
        let last = class.session.start.minus(policy.last_notification_lead);
        let mut limits = vec![
            class.session.start.minus(policy.booking_horizon),
            last,
            last.plus(policy.decision_window),
            class.session.start.minus(policy.free_cancellation_lead),
            class.session.start,
        ];
        limits.extend(class.session.due_at(self.now, policy));
        for row in class.rows.entries.values() {
            match row.status {
                EntryStatus::Notified => limits.extend(row.deadline),
                EntryStatus::Waiting => {
                    limits.extend(row.last_notified_at.map(|at| at.plus(policy.min_notification_interval)));
                }
                _ => {}
            }
        }
        if let Some(quiet) = policy.quiet_hours {
            let midnight = self.now.millis().div_euclid(DAY_MS) * DAY_MS - class.session.utc_offset.millis();
            for minute in [quiet.from, quiet.to] {
                let limit = midnight + i64::from(minute) * 60_000;
                limits.extend([0, 1, 2].map(|day| Instant::clamped(limit + day * DAY_MS)));
            }
        }
        limits
    }

    /// Counts the live entries of `profile` in the classes other than `but`.
    pub(crate) fn active_elsewhere(&self, profile: ProfileId, but: usize) -> u32 {
        let live = self.classes.iter().enumerate().filter(|(index, class)| {
            *index != but
                && class.rows.entries.get(&profile).is_some_and(|row| match row.status {
                    EntryStatus::Waiting => true,
                    EntryStatus::Notified => row.deadline >= Some(self.now),
                    _ => false,
                })
        });
        u32::try_from(live.count()).unwrap()
    }
}

fn random_policy(rng: &mut StdRng) -> Policy {
    if rng.random_bool(0.1) {
        return Policy::default();
    }
    let decision_window = rng.random_range(1..=60);
    let no_notification_within = rng.random_range(1..=400);
    let slack = if rng.random_bool(0.5) { 0 } else { rng.random_range(0..=120) };
    let quiet_hours = rng.random_bool(0.5).then(|| {
        let from = rng.random_range(0..1440);
        QuietHours { from, to: (from + rng.random_range(1..1440)) % 1440 }
    });
    Policy {
        decision_window: Minutes(decision_window),
        no_notification_within: Minutes(no_notification_within),
        last_notification_lead: Minutes(no_notification_within + decision_window + slack),
        min_notification_interval: Minutes(rng.random_range(1..=240)),
        free_cancellation_lead: Minutes(rng.random_range(1..=500)),
        queue_capacity: rng.random_range(1..=12),
        booking_horizon: Minutes::days(rng.random_range(1..=3)),
        live_bookings_per_profile: rng.random_range(3..=6),
        active_waitlists_per_profile: rng.random_range(1..=3),
        quiet_hours,
        ..Policy::default()
    }
}

impl Class {
    /// Returns the session as the backend loads it for `command`: the counters, the offers, and only the entries that
    /// the documentation of `Session` requires.
    pub(crate) fn loaded_for(&self, command: &Command, now: Instant, policy: &Policy) -> Session {
        let needed = self.session.queue_front_needed(command, now) as usize;
        let free_again = |last: Option<Instant>| last.map(|at| at.plus(policy.min_notification_interval));
        let (mut inside, mut outside): (Vec<_>, Vec<_>) = self
            .rows
            .waiting()
            .into_iter()
            .partition(|entry| free_again(entry.last_notified_at).is_some_and(|at| at > now));
        outside.truncate(needed);
        if outside.len() < needed {
            inside.sort_by_key(|entry| entry.last_notified_at);
            outside.extend(inside.into_iter().take(Session::SOONEST_INSIDE_INTERVAL as usize));
            outside.sort_by_key(|entry| entry.ticket);
        }
        let mut offers = self.rows.offers();
        offers.sort_by_key(|offer| (offer.sent_at, offer.ticket));
        Session { queue_front: outside, offers, ..self.session.clone() }
    }
}
