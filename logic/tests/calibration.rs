//! The calibration of the chance (RULES §6): of the members who see 0.7, about 70 % are offered a seat.
//!
//! Simulated gyms, whose slots release seats at different rates, run on the real queue. The chance that is shown comes
//! from the weeks before, as the backend counts them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use logic::ids::{BookingId, ProfileId, Ticket};
use logic::position::QueuePosition;
use logic::release_rate::release_rate;
use logic::session::{
    Actor, BookerFacts, Command, ConfirmFacts, EntryFacts, JoinerFacts, OfferAnswer, Purpose, Session, decide,
};
use logic::status::{BookingStatus, EntryStatus, SessionStatus};
use logic::{Instant, Minutes, Policy};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const GYMS: u32 = 2_000;
const SLOTS: u32 = 20;
const WEEKS: u32 = 8;
/// The average number of seats that a slot releases in a week, one value for each gym in turn.
const SEATS_PER_WEEK: [f64; 4] = [0.6, 1.5, 3.0, 6.0];
const JOINS_PER_WEEK: f64 = 6.0;
const WEEK: Minutes = Minutes::days(7);
const START: Instant = Instant::clamped(1_900_000_000_000);
/// Standard deviations of the binomial that are tolerated. By chance, one decile in two thousand lies outside; the seed
/// is fixed.
const DEVIATIONS: f64 = 3.5;
/// The error that is tolerated because the rate is only an estimate from eight weeks.
const UNKNOWN_RATE: f64 = 0.01;

/// What a waiting member was shown, and what happened.
#[derive(Clone, Copy, Debug)]
struct Look {
    chance: f64,
    offered: bool,
    /// Whether the seat came within the estimated wait, if there was an estimate.
    within_estimate: Option<bool>,
}

/// Draws the time to the next event of a Poisson process with `per_week` events, in milliseconds.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "spans of some weeks")]
fn gap(per_week: f64, rng: &mut StdRng) -> i64 {
    let unit: f64 = rng.random();
    (-(1.0 - unit).ln() / per_week * WEEK.millis() as f64) as i64
}

/// Draws the times of the events of one week.
fn times(per_week: f64, rng: &mut StdRng) -> Vec<i64> {
    let mut at = gap(per_week, rng);
    let mut all = Vec::new();
    while at < WEEK.millis() {
        all.push(at);
        at += gap(per_week, rng);
    }
    all
}

/// Draws the rate of one slot. The standard deviation between slots is half of the average.
fn own_rate(average: f64, rng: &mut StdRng) -> f64 {
    // The sum of four exponential variables: mean 4, deviation 2.
    let sum: f64 = (0..4).map(|_| -(1.0 - rng.random::<f64>()).ln()).sum();
    average * sum / 4.0
}

/// One full class in the week before its last notification time.
struct Week {
    session: Session,
    policy: Policy,
    /// The profiles that were offered a seat, and when.
    offered: Vec<(ProfileId, Instant)>,
    profiles: i64,
}

impl Week {
    fn new() -> Self {
        let session = Session {
            start: START,
            utc_offset: Minutes(480),
            status: SessionStatus::Scheduled,
            on_timetable: true,
            capacity: 8,
            booked: 8,
            queue_capacity: None,
            next_ticket: Ticket(1),
            offers: vec![],
            queue_front: vec![],
            waiting: 0,
        };
        Self { session, policy: Policy::default(), offered: Vec::new(), profiles: 0 }
    }

    fn run(&mut self, command: &Command, now: Instant) -> bool {
        let decision = decide(&self.session, command, now, &self.policy);
        decision.events.iter().for_each(|event| self.session.apply(event));
        decision.outcome.is_ok()
    }

    fn newcomer(&mut self) -> ProfileId {
        self.profiles += 1;
        ProfileId(self.profiles)
    }

    fn join(&mut self, now: Instant) {
        let profile = self.newcomer();
        let joiner = JoinerFacts {
            by: Actor::Member,
            profile,
            already_booked: false,
            entry: None,
            active_waitlists: 0,
            makeup: None,
        };
        self.run(&Command::Join(joiner), now);
    }

    /// Releases a seat, which passes through the queue until a member takes it.
    fn give_up(&mut self, now: Instant, takers: f64, rng: &mut StdRng) {
        assert!(self.run(
            &Command::CancelBooking {
                booking: BookingId(1),
                status: BookingStatus::Booked,
                late_until: None
            },
            now
        ));
        while let Some(offer) = self.session.offers.first().cloned() {
            self.offered.push((offer.profile, now));
            let entry = EntryFacts {
                ticket: offer.ticket,
                profile: offer.profile,
                status: EntryStatus::Notified,
                deadline: Some(offer.deadline),
                last_notified_at: Some(offer.sent_at),
                round: offer.round,
            };
            let takes = rng.random_bool(takers);
            let answer =
                if takes { OfferAnswer::Confirm(ConfirmFacts::default()) } else { OfferAnswer::Decline };
            assert!(self.run(&Command::Respond { entry, answer, by: Actor::Member }, now));
        }
        if self.session.free() > 0 {
            let profile = self.newcomer();
            let booker = BookerFacts {
                by: Actor::Member,
                profile,
                already_booked: false,
                entry: None,
                time_conflict: false,
                live_bookings: 0,
                leave: None,
                late_until: None,
                purpose: Purpose::Ordinary,
            };
            assert!(self.run(&Command::Book(booker), now), "a released seat could not be booked");
        }
    }
}

/// Simulates a class that releases `per_week` seats while `shown` seats per hour are predicted. One waiting member
/// looks at the prediction once.
fn week(per_week: f64, shown: f64, takers: f64, rng: &mut StdRng) -> Option<Look> {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum What {
        GiveUp,
        Join,
        Look,
    }
    let mut week = Week::new();
    let begin = START.minus(week.policy.last_notification_lead).minus(WEEK);
    let mut events: Vec<(i64, What)> = vec![(rng.random_range(0..WEEK.millis()), What::Look)];
    events.extend(times(per_week, rng).into_iter().map(|at| (at, What::GiveUp)));
    events.extend(times(JOINS_PER_WEEK, rng).into_iter().map(|at| (at, What::Join)));
    events.sort_unstable();
    let mut look = None;
    for (at, what) in events {
        let now = Instant::clamped(begin.millis() + at);
        match what {
            What::GiveUp => week.give_up(now, takers, rng),
            What::Join => week.join(now),
            What::Look if week.session.queue_front.is_empty() => return None,
            What::Look => {
                let ahead = rng.random_range(0..week.session.queue_front.len());
                let profile = week.session.queue_front[ahead].profile;
                let ahead = u32::try_from(ahead).unwrap();
                let standing =
                    QueuePosition::of(EntryStatus::Waiting, ahead, shown, START, now, &week.policy);
                look = Some((profile, now, standing));
            }
        }
    }
    look.map(|(profile, at, standing)| {
        let offered = week.offered.iter().find(|(to, _)| *to == profile).map(|(_, when)| *when);
        let within = standing.estimated_wait.map(|wait| offered.is_some_and(|when| when <= at.plus(wait)));
        Look { chance: standing.chance.unwrap(), offered: offered.is_some(), within_estimate: within }
    })
}

/// Simulates many gyms. `takers` is the share of offered members who take the seat; `factor` multiplies the estimated
/// rate before it is shown.
fn looks(takers: f64, factor: f64) -> Vec<Look> {
    let mut rng = StdRng::seed_from_u64(6);
    let mut looks = Vec::new();
    for gym in 0..GYMS {
        let average = SEATS_PER_WEEK[gym as usize % SEATS_PER_WEEK.len()];
        let slots: Vec<(f64, u32)> = (0..SLOTS)
            .map(|_| {
                let rate = own_rate(average, &mut rng);
                let counted: usize = (0..WEEKS).map(|_| times(rate, &mut rng).len()).sum();
                (rate, u32::try_from(counted).unwrap())
            })
            .collect();
        let counted: u32 = slots.iter().map(|(_, counted)| counted).sum();
        let average = f64::from(counted) / f64::from(SLOTS * WEEKS);
        for (rate, counted) in slots {
            let shown = release_rate(counted, f64::from(WEEKS), average) * factor;
            looks.extend(week(rate, shown, takers, &mut rng));
        }
    }
    looks
}

/// One decile of the chances shown: how many members saw one, their average, and the share that was offered a seat.
#[derive(Debug)]
struct Decile {
    looks: f64,
    shown: f64,
    offered: f64,
}

impl Decile {
    /// How far the share may lie from the average chance, given the size of the sample.
    fn tolerance(&self) -> f64 {
        DEVIATIONS * (self.shown * (1.0 - self.shown) / self.looks).sqrt() + UNKNOWN_RATE
    }
}

fn deciles(looks: &[Look]) -> Vec<Decile> {
    (0..10_u32)
        .map(|decile| {
            let (from, to) = (f64::from(decile) / 10.0, f64::from(decile + 1) / 10.0);
            let in_it = |look: &&Look| from <= look.chance && (look.chance < to || decile == 9);
            let shown: Vec<&Look> = looks.iter().filter(in_it).collect();
            let number = f64::from(u32::try_from(shown.len()).unwrap());
            let offered = shown.iter().filter(|look| look.offered).count();
            let decile = Decile {
                looks: number,
                shown: shown.iter().map(|look| look.chance).sum::<f64>() / number,
                offered: f64::from(u32::try_from(offered).unwrap()) / number,
            };
            println!("{decile:.3?} ± {:.3}", decile.tolerance());
            assert!(decile.looks >= 1_000.0, "too few samples: {decile:?}");
            decile
        })
        .collect()
}

/// Covers R6.2, R6.4.
#[test]
fn chances_and_waits_agree_with_what_happens() {
    let looks = looks(1.0, 1.0);
    for decile in deciles(&looks) {
        assert!((decile.offered - decile.shown).abs() <= decile.tolerance(), "{decile:?}");
    }
    // The estimated wait is a median: half of the members get their seat within it.
    let estimates: Vec<bool> = looks.iter().filter_map(|look| look.within_estimate).collect();
    let number = f64::from(u32::try_from(estimates.len()).unwrap());
    let within =
        f64::from(u32::try_from(estimates.iter().filter(|within| **within).count()).unwrap()) / number;
    println!("{within:.3} of {number} within the estimated wait");
    assert!((within - 0.5).abs() <= DEVIATIONS * (0.25 / number).sqrt(), "{within} of {number}");
}

/// Covers R6.1.
#[test]
fn the_chance_is_a_lower_bound_if_some_members_decline() {
    for decile in deciles(&looks(0.8, 1.0)) {
        assert!(decile.offered >= decile.shown - decile.tolerance(), "{decile:?}");
        assert!(decile.offered <= decile.shown + 0.1, "{decile:?}");
    }
}

/// Covers R6.2.
#[test]
fn a_rate_that_is_wrong_by_a_quarter_is_detected() {
    for wrong in [0.75, 1.25] {
        let off = |decile: &Decile| (decile.offered - decile.shown).abs() > decile.tolerance();
        let seen = deciles(&looks(1.0, wrong)).iter().filter(|decile| off(decile)).count();
        assert!(seen >= 5, "a rate {wrong} times the true one is detected in only {seen} deciles");
    }
}
