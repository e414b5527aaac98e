//! Strategies for inputs, weighted towards the limits of the rules.

use logic::policy::QuietHours;
use logic::{Instant, Minutes, Policy};
use proptest::prelude::*;

pub(crate) const MINUTE: i64 = 60_000;

pub(crate) fn at(ms: i64) -> Instant {
    Instant::from_millis(ms).expect("within the limit")
}

/// Starts of classes in this century.
pub(crate) fn start() -> impl Strategy<Value = Instant> {
    (1_600_000_000_000..4_000_000_000_000_i64).prop_map(at)
}

/// Any instant.
pub(crate) fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![
        -Instant::LIMIT_MS..=Instant::LIMIT_MS,
        Just(-Instant::LIMIT_MS),
        Just(Instant::LIMIT_MS),
        -1_000..1_000_i64,
    ]
    .prop_map(at)
}

pub(crate) fn quiet_hours() -> impl Strategy<Value = QuietHours> {
    (0..1440_u32, 1..1440_u32).prop_map(|(from, length)| QuietHours { from, to: (from + length) % 1440 })
}

/// Policies that R1.15 accepts.
pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let deadlines = (1..2_000_i64, 1..300_i64, prop_oneof![Just(0), 1..500_i64], 1..300_i64);
    let rest = (1..20_u32, 1..8_u32, 1..60_i64, any::<bool>(), 1..300_i64, 1..60_i64, 1..2_000_i64);
    let bounds = (1..=366_i64, 1..=4_u32);
    (deadlines, rest, bounds, proptest::option::of(quiet_hours())).prop_map(
        |(deadlines, rest, bounds, quiet_hours)| {
            let (horizon, places) = bounds;
            let (within, window, spare, interval) = deadlines;
            let (queue, active, makeup_days, for_absence, booking_lead, credit_days, free) = rest;
            Policy {
                last_notification_lead: Minutes(within + window + spare),
                decision_window: Minutes(window),
                no_notification_within: Minutes(within),
                min_notification_interval: Minutes(interval),
                free_cancellation_lead: Minutes(free),
                queue_capacity: queue,
                active_waitlists_per_profile: active,
                makeup_validity: Minutes::days(makeup_days),
                makeup_for_absence: for_absence,
                makeup_booking_lead: Minutes(booking_lead),
                compensation_validity: Minutes::days(credit_days),
                booking_horizon: Minutes::days(horizon),
                live_bookings_per_profile: places,
                quiet_hours,
                ..Policy::default()
            }
        },
    )
}

/// An instant near one of a class's limits, or anywhere in the days before it.
pub(crate) fn near(start: Instant, policy: &Policy) -> impl Strategy<Value = Instant> + use<> {
    let last = start.millis() - policy.last_notification_lead.0 * MINUTE;
    let bounds = [
        start.millis() - policy.booking_horizon.0 * MINUTE,
        start.millis(),
        start.millis() - policy.no_notification_within.0 * MINUTE,
        last,
        last + policy.decision_window.0 * MINUTE,
    ];
    prop_oneof![
        (proptest::sample::select(bounds.to_vec()), -2..=2_i64).prop_map(|(bound, off)| at(bound + off)),
        (-4 * 1440 * MINUTE..1440 * MINUTE).prop_map(move |off| at(start.millis() + off)),
    ]
}

/// A policy, the start of a class, and an instant near one of the class's limits.
pub(crate) fn policy_start_now() -> impl Strategy<Value = (Policy, Instant, Instant)> {
    (policy(), start()).prop_flat_map(|(policy, start)| {
        let now = near(start, &policy);
        (Just(policy), Just(start), now)
    })
}

/// When an entry was last notified: never, or around one interval before `now`.
pub(crate) fn last_notified(now: Instant, policy: &Policy) -> impl Strategy<Value = Option<Instant>> + use<> {
    let interval = policy.min_notification_interval.0 * MINUTE;
    prop_oneof![
        Just(None),
        (-2..=2_i64).prop_map(move |off| Some(at(now.millis() - interval + off))),
        (-2 * interval..interval).prop_map(move |off| Some(at(now.millis() + off))),
    ]
}
