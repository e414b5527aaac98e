//! A simulation of `session::decide` without a database: a million commands with random policies, profiles and clocks.
//!
//! Every command is checked against the invariants of RULES §2 (`invariants`), a second implementation of the rules
//! (`oracle`) and the rows that a database would store (`rows`).
//!
//! `SIM_COMMANDS` sets the number of commands per seed; `SIM_SEED` runs one seed again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail tests")]

#[path = "../support/rows.rs"]
mod rows;

mod commands;
mod invariants;
mod oracle;
mod world;

use std::collections::{BTreeMap, VecDeque};

use logic::Instant;
use logic::session::{BookingEnd, BookingKind, Command, Event};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use world::World;

const COMMANDS: u64 = 1_000_000;
const EPISODE: u32 = 400;
const TAIL: usize = 30;

/// The last commands of an episode; prints them and the seed if an invariant fails.
struct Log {
    seed: u64,
    commands: u64,
    tail: VecDeque<(Instant, usize, Command)>,
}

impl Log {
    fn note(&mut self, now: Instant, class: usize, command: &Command) {
        self.commands += 1;
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back((now, class, command.clone()));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the last commands (the last one failed):");
            for (now, class, command) in &self.tail {
                eprintln!("  {} class {class}: {command:?}", now.to_rfc3339());
            }
            eprintln!("run again with SIM_SEED={} (command {})", self.seed, self.commands);
        }
    }
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Joined { .. } => "joined",
        Event::Offered { .. } => "offered",
        Event::Confirmed { makeup: Some(_), .. } => "makeup confirmed",
        Event::Confirmed { .. } => "confirmed",
        Event::Declined { .. } => "declined",
        Event::Expired { .. } => "expired",
        Event::LeftQueue { offered: true, .. } => "left an offer",
        Event::LeftQueue { .. } => "left",
        Event::Withdrawn { .. } => "withdrawn",
        Event::MakeupLapsed { offered: true, .. } => "lapsed with an offer",
        Event::MakeupLapsed { .. } => "lapsed",
        Event::EndedByBooking { .. } => "ended by booking",
        Event::Booked { kind: BookingKind::Makeup(_), .. } => "makeup booked",
        Event::Booked { .. } => "booked",
        Event::LeaveUndone { .. } => "leave undone",
        Event::BookingEnded { how: BookingEnd::Makeup, .. } => "makeup ended",
        Event::BookingEnded { .. } => "booking ended",
        Event::CapacitySet { .. } => "capacity set",
        Event::DeadlineMoved { .. } => "deadline moved",
        Event::Released { .. } => "released",
        Event::WaitlistClosed { .. } => "list closed",
        Event::CalledOff => "called off",
    }
}

/// How often each event and each refusal occurred.
type Seen = BTreeMap<&'static str, u64>;

fn simulate(seed: u64, commands: u64) -> Seen {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut log = Log { seed, commands: 0, tail: VecDeque::new() };
    let mut seen = Seen::new();
    while log.commands < commands {
        log.tail.clear();
        let mut world = World::random(&mut rng);
        for _ in 0..EPISODE {
            if world.over() && rng.random_bool(0.2) {
                break;
            }
            world.advance(&mut rng);
            let index = commands::random_class(&world, &mut rng);
            let command = commands::random_command(&world, index, &mut rng);
            log.note(world.now, index, &command);
            let (now, policy, class) = (world.now, &world.policy, &mut world.classes[index]);
            let invariants::Step { decision, passed_over } = invariants::step(class, &command, now, policy);
            *seen.entry("passed over").or_default() += passed_over;
            for event in &decision.events {
                *seen.entry(event_name(event)).or_default() += 1;
            }
            match &decision.outcome {
                Err(refusal) => *seen.entry(refusal.code.as_str()).or_default() += 1,
                Ok(()) if rng.random_bool(0.1) => {
                    if let Some(again) = invariants::repeated(class, &command) {
                        log.note(now, index, &again);
                        let decision = invariants::step(class, &again, now, policy).decision;
                        assert_eq!(
                            (decision.outcome, decision.events),
                            (Ok(()), vec![]),
                            "repeating a command changed something"
                        );
                    }
                }
                Ok(()) => {}
            }
            if rng.random_bool(0.25) {
                invariants::check_due(class, now, policy);
            }
        }
    }
    seen
}

fn commands() -> u64 {
    std::env::var("SIM_COMMANDS").map_or(COMMANDS, |text| text.parse().expect("SIM_COMMANDS is a number"))
}

/// Covers R2.45, R2.48 to R2.51, R2.53.
#[test]
fn the_invariants_hold_for_a_fixed_seed_that_covers_every_event_and_refusal() {
    let seen = simulate(20_260_302, commands().max(2_000_000));
    let events = [
        "joined",
        "offered",
        "confirmed",
        "makeup confirmed",
        "declined",
        "expired",
        "left an offer",
        "left",
        "withdrawn",
        "lapsed with an offer",
        "lapsed",
        "ended by booking",
        "booked",
        "makeup booked",
        "makeup ended",
        "leave undone",
        "booking ended",
        "capacity set",
        "deadline moved",
        "released",
        "list closed",
        "called off",
        "passed over",
    ];
    let refusals = [
        "class_cancelled",
        "class_started",
        "waitlist_closed",
        "already_booked",
        "already_waiting",
        "spot_available",
        "queue_full",
        "too_many_waitlists",
        "course_mismatch",
        "time_conflict",
        "session_full",
        "insufficient_compensation",
        "compensation_already_used",
        "makeup_too_late",
        "leave_too_late",
        "conflict",
        "response_deadline_passed",
        "already_made_up",
        "not_waiting",
        "no_free_seat",
        "notified_recently",
        "past_last_notification",
        "inside_hard_stop",
        "too_far_ahead",
        "too_many_bookings",
    ];
    for name in events.into_iter().chain(refusals) {
        assert!(seen.get(name).is_some_and(|count| *count >= 10), "`{name}` occurs too rarely: {seen:?}");
    }
}

/// Covers R2.45, R2.48 to R2.51, R2.53.
#[test]
fn the_invariants_hold_for_a_random_seed() {
    let seed = std::env::var("SIM_SEED")
        .map_or_else(|_| rand::random(), |text| text.parse().expect("SIM_SEED is a number"));
    let seen = simulate(seed, commands());
    assert!(seen["offered"] > 0);
}
