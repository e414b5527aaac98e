//! The order of refusals (R0.4): each check is compared with a table in the order of RULES.

use crate::any::{MINUTE, at, last_notified, near, policy, policy_start_now, start};
use logic::booking::{BookFacts, check_book};
use logic::deadline::ends_soon;
use logic::deadline::may_notify;
use logic::joining::{JoinFacts, check_join};
use logic::makeup::{
    MakeupFacts, MakeupRight, check_makeup, check_makeup_waiting, makeup_until, right_is_open,
};
use logic::session::Actor;
use logic::status::BookingStatus;
use logic::{Code, Instant, Policy};
use proptest::prelude::*;

/// Returns the first row of the table that holds.
fn first(table: &[(bool, Code)]) -> Result<(), Code> {
    table.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, code)| Err(*code))
}

/// The longest time before a class, in milliseconds, at which it can be booked.
fn horizon(by: Actor, policy: &Policy) -> i64 {
    if by == Actor::Staff { 366 * 24 * 60 * MINUTE } else { policy.booking_horizon.0 * MINUTE }
}

fn join_facts(start: Instant) -> impl Strategy<Value = JoinFacts> {
    let flags = proptest::array::uniform4(proptest::bool::weighted(0.2));
    let counts = (0..3_u32, 0..22_u32, proptest::option::of(1..22_u32), 0..10_u32);
    (flags, counts).prop_map(
        move |([cancelled, booked, waiting, staff], (free, length, capacity, active))| JoinFacts {
            by: if staff { Actor::Staff } else { Actor::Member },
            cancelled,
            start,
            already_booked: booked,
            already_waiting: waiting,
            free_seats: free,
            queue_length: length,
            queue_capacity: capacity,
            active_waitlists: active,
        },
    )
}

/// A target class near the limits of the right to a makeup, and a `now` near the last instant to book it.
fn makeup() -> impl Strategy<Value = (Policy, MakeupFacts, Instant)> {
    let flags = proptest::array::uniform3(proptest::bool::weighted(0.2));
    let counts = (0..3_u32, 0..5_u32);
    (policy(), start(), flags, any::<bool>(), counts, proptest::sample::select(BookingStatus::ALL))
        .prop_flat_map(|(policy, original, [made_up, conflict, staff], same_category, counts, status)| {
            let (free, places) = counts;
            let validity = policy.makeup_validity.0 * MINUTE;
            let lead = policy.makeup_booking_lead.0 * MINUTE;
            let offset = prop_oneof![-2..=2_i64, validity - 2..=validity + 2, 1..validity];
            let horizon = policy.booking_horizon.0 * MINUTE;
            let early = prop_oneof![
                lead - 2..=lead + 2,
                -lead..3 * lead,
                horizon - 2..=horizon + 2,
                horizon..3 * horizon
            ];
            (Just(policy), offset, early).prop_map(move |(policy, offset, early)| {
                let target = at(original.millis() + offset);
                let facts = MakeupFacts {
                    by: if staff { Actor::Staff } else { Actor::Member },
                    right: MakeupRight::ByPolicy,
                    original_status: status,
                    made_up,
                    original_start: original,
                    target_start: target,
                    same_category,
                    time_conflict: conflict,
                    live_bookings: places,
                    free_seats: free,
                };
                (policy, facts, at(target.millis() - early))
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Covers R0.4, R2.7, R2.8, R2.9, R2.10, R2.11.
    #[test]
    fn refusals_of_may_notify_come_in_order(
        (policy, start, now, last) in policy_start_now().prop_flat_map(|(policy, start, now)| {
            let last = last_notified(now, &policy);
            (Just(policy), Just(start), Just(now), last)
        }),
    ) {
        let left = start.millis() - now.millis();
        let table = [
            (left <= 0, Code::ClassStarted),
            (left < policy.no_notification_within.0 * MINUTE, Code::InsideHardStop),
            (left < policy.last_notification_lead.0 * MINUTE, Code::PastLastNotification),
            (
                last.is_some_and(|last| {
                    now.millis() - last.millis() < policy.min_notification_interval.0 * MINUTE
                }),
                Code::NotifiedRecently,
            ),
        ];
        prop_assert_eq!(may_notify(start, last, now, &policy), first(&table));
    }

    /// Covers R0.4, R2.14 to R2.22, R2.87.
    #[test]
    fn refusals_of_check_join_come_in_order(
        (policy, facts, now) in (policy(), start()).prop_flat_map(|(policy, start)| {
            let now = near(start, &policy);
            (Just(policy), join_facts(start), now)
        }),
    ) {
        let left = facts.start.millis() - now.millis();
        let table = [
            (facts.cancelled, Code::ClassCancelled),
            (left <= 0, Code::ClassStarted),
            (left > horizon(facts.by, &policy), Code::TooFarAhead),
            (left < policy.last_notification_lead.0 * MINUTE, Code::WaitlistClosed),
            (facts.already_booked, Code::AlreadyBooked),
            (facts.already_waiting, Code::AlreadyWaiting),
            (facts.free_seats > 0 && facts.queue_length == 0, Code::SpotAvailable),
            (
                facts.queue_length >= facts.queue_capacity.unwrap_or(policy.queue_capacity),
                Code::QueueFull,
            ),
            (facts.active_waitlists >= policy.active_waitlists_per_profile, Code::TooManyWaitlists),
        ];
        prop_assert_eq!(check_join(&facts, now, &policy).map_err(|refusal| refusal.code), first(&table));
    }

    /// Covers R0.4, R2.28 to R2.34, R2.87, R2.88.
    #[test]
    fn refusals_of_check_book_come_in_order(
        start in start(),
        policy in policy(),
        early in prop_oneof![-2..=2_i64, -10_000_000..10_000_000_i64, 0..367 * 24 * 60 * MINUTE],
        [cancelled, booked, waiting, conflict, staff] in proptest::array::uniform5(proptest::bool::weighted(0.3)),
        live_bookings in 0..5_u32,
        bookable_seats in 0..3_u32,
    ) {
        let by = if staff { Actor::Staff } else { Actor::Member };
        let facts = BookFacts {
            by,
            cancelled,
            start,
            late_until: None,
            already_booked: booked,
            already_waiting: waiting,
            time_conflict: conflict,
            live_bookings,
            bookable_seats,
        };
        let table = [
            (cancelled, Code::ClassCancelled),
            (early <= 0, Code::ClassStarted),
            (early > horizon(by, &policy), Code::TooFarAhead),
            (booked, Code::AlreadyBooked),
            (waiting, Code::AlreadyWaiting),
            (conflict, Code::TimeConflict),
            (!staff && live_bookings >= policy.live_bookings_per_profile, Code::TooManyBookings),
            (bookable_seats == 0, Code::SessionFull),
        ];
        let checked = check_book(&facts, at(start.millis() - early), &policy);
        prop_assert_eq!(checked.map_err(|refusal| refusal.code), first(&table));
    }

    /// Covers R0.4, R3.7 to R3.15, R3.32, R3.33.
    #[test]
    fn refusals_of_check_makeup_come_in_order((policy, facts, now) in makeup()) {
        let missed = match facts.original_status.as_str() {
            "leave" | "cancelled_by_gym" => true,
            "absent" => policy.makeup_for_absence,
            _ => false,
        };
        let after = facts.target_start.millis() - facts.original_start.millis();
        let left = facts.target_start.millis() - now.millis();
        let right = [
            (!missed, Code::NotMissed),
            (facts.made_up, Code::AlreadyMadeUp),
            (after > policy.makeup_validity.0 * MINUTE, Code::MakeupExpired),
            (after <= 0, Code::MakeupBeforeOriginal),
            (left < policy.makeup_booking_lead.0 * MINUTE, Code::MakeupTooLate),
            (!facts.same_category, Code::CourseMismatch),
        ];
        let conflict = (facts.time_conflict, Code::TimeConflict);
        let places = facts.by == Actor::Member && facts.live_bookings >= policy.live_bookings_per_profile;
        let seat = [
            (left > horizon(facts.by, &policy), Code::TooFarAhead),
            conflict,
            (places, Code::TooManyBookings),
            (facts.free_seats == 0, Code::SessionFull),
        ];
        let booked = check_makeup(&facts, now, &policy).map_err(|refusal| refusal.code);
        prop_assert_eq!(booked, first(&right).and(first(&seat)));
        let waited = check_makeup_waiting(&facts, now, &policy);
        prop_assert_eq!(waited, first(&right).and(first(&[conflict])));
        let until = makeup_until(facts.original_start, &policy);
        prop_assert_eq!(facts.target_start <= until, after <= policy.makeup_validity.0 * MINUTE);
    }

    /// Covers R3.31.
    #[test]
    fn once_the_right_has_ended_no_class_to_come_makes_up_the_missed_one((policy, facts, now) in makeup()) {
        let until = makeup_until(facts.original_start, &policy);
        if !right_is_open(until, now) {
            let to_come = MakeupFacts { target_start: facts.target_start.max(now), ..facts };
            prop_assert!(check_makeup(&to_come, now, &policy).is_err());
            prop_assert!(ends_soon(until, now, &policy));
        }
    }
}
