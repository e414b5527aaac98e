//! Deadlines and notifications (R2.1 to R2.13).

use crate::any::{MINUTE, at, instant, last_notified, policy_start_now, start};
use logic::deadline::{
    Phase, earliest_notification, final_window_active, free_cancellation, informational_message_at,
    may_notify, may_respond, notification_interval_cutoff, phase, reminder_at, response_deadline,
    waitlist_times,
};
use logic::error::Facts;
use logic::policy::QuietHours;
use logic::{Code, Instant, Minutes, Policy};
use proptest::prelude::*;

/// Whether `now` lies in quiet hours, computed from the local time of day.
fn asleep(now: Instant, utc_offset: i64, policy: &Policy) -> bool {
    policy.quiet_hours.is_some_and(|QuietHours { from, to }| {
        let minute = (now.millis() + utc_offset * MINUTE).div_euclid(MINUTE).rem_euclid(1440);
        let (from, to) = (i64::from(from), i64::from(to));
        if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
    })
}

proptest! {
    /// Covers R1.3, R1.15, R2.9.
    #[test]
    fn an_offer_never_ends_inside_the_hard_stop((policy, start, now) in policy_start_now()) {
        if may_notify(start, None, now, &policy).is_ok() {
            let deadline = response_deadline(now, start, &policy);
            prop_assert!(start.millis() - deadline.millis() >= policy.no_notification_within.0 * MINUTE);
            // It lasts a whole decision window.
            prop_assert_eq!(deadline.millis() - now.millis(), policy.decision_window.0 * MINUTE);
        }
    }

    /// Covers R1.2, R2.2, R2.5.
    #[test]
    fn a_response_deadline_is_the_decision_window_but_never_past_the_cutoff((policy, start, sent) in policy_start_now()) {
        let deadline = response_deadline(sent, start, &policy);
        let cutoff = waitlist_times(start, &policy).response_cutoff_at;
        let window_end = at(sent.millis() + policy.decision_window.0 * MINUTE);
        prop_assert!(deadline <= cutoff && deadline <= window_end);
        prop_assert!(deadline == cutoff || deadline == window_end);
    }

    /// Covers R2.6.
    #[test]
    fn an_answer_is_in_time_up_to_the_deadline(deadline in instant(), now in instant()) {
        prop_assert!(may_respond(deadline, deadline).is_ok());
        match may_respond(deadline, now) {
            Ok(()) => prop_assert!(now <= deadline),
            Err(refusal) => {
                prop_assert!(now > deadline);
                prop_assert_eq!(refusal.code, Code::ResponseDeadlinePassed);
                prop_assert_eq!(refusal.facts, Facts::Deadline(deadline));
            }
        }
    }

    /// Covers R2.1, R2.3, R2.4.
    #[test]
    fn phases_follow_each_other((policy, start, now) in policy_start_now(), later in 0..10_000_000_i64) {
        let order = |now| match phase(start, now, &policy) {
            Phase::Open => 0,
            Phase::Deciding => 1,
            Phase::Closed => 2,
            Phase::Started => 3,
        };
        prop_assert!(order(now) <= order(at(now.millis() + later)));
        // An entry that was never notified may be notified exactly while the phase is `open`.
        prop_assert_eq!(may_notify(start, None, now, &policy).is_ok(), order(now) == 0);
        let times = waitlist_times(start, &policy);
        let deciding = times.last_notification_at < now && now <= times.response_cutoff_at && now < start;
        prop_assert_eq!(order(now) == 1, deciding);
        prop_assert_eq!(
            final_window_active(start, now, &policy),
            times.last_notification_at <= now && now < start
        );
    }

    /// Covers R1.4, R2.11.
    #[test]
    fn the_cutoff_for_queries_agrees_with_the_interval_rule(
        (policy, start, now, last) in policy_start_now().prop_flat_map(|(policy, start, now)| {
            let last = last_notified(now, &policy);
            (Just(policy), Just(start), Just(now), last)
        }),
    ) {
        if may_notify(start, None, now, &policy).is_ok() && let Some(last) = last {
            let within = last <= notification_interval_cutoff(now, &policy);
            prop_assert_eq!(may_notify(start, Some(last), now, &policy).is_ok(), within);
        }
    }

    /// Covers R2.7, R2.12, R2.13.
    #[test]
    fn the_earliest_notification_may_go_out_and_no_earlier_one(
        (policy, start, now, last) in policy_start_now().prop_flat_map(|(policy, start, now)| {
            let last = last_notified(now, &policy);
            (Just(policy), Just(start), Just(now), last)
        }),
        utc_offset in -14 * 60..=14 * 60_i64,
        samples in proptest::collection::vec(0..1000_i64, 16),
    ) {
        let end = waitlist_times(start, &policy).last_notification_at;
        // Instants from `now` to just before `bound`.
        let before = |bound: Instant| {
            let span = bound.millis() - now.millis();
            let sampled = samples.iter().map(move |thousandths| now.millis() + span / 1000 * thousandths);
            let edges = [now.millis(), bound.millis() - 1, bound.millis() - MINUTE];
            sampled.chain(edges).filter(move |t| (now.millis()..bound.millis()).contains(t)).map(at)
        };
        let allowed = |t| may_notify(start, last, t, &policy).is_ok();
        match earliest_notification(start, last, now, Minutes(utc_offset), &policy) {
            Ok(first) => {
                prop_assert!(first >= now && allowed(first));
                if asleep(first, utc_offset, &policy) {
                    // Quiet hours that end too late are ignored, and no earlier instant was allowed.
                    prop_assert!(before(first).all(|t| !allowed(t)));
                    let mut waking = first;
                    while asleep(waking, utc_offset, &policy) {
                        waking = at(waking.millis() + MINUTE);
                    }
                    prop_assert!(at(waking.millis().div_euclid(MINUTE) * MINUTE) > end);
                } else {
                    prop_assert!(before(first).all(|t| !allowed(t) || asleep(t, utc_offset, &policy)));
                }
            }
            Err(code) => {
                let past_all = at(start.millis().max(now.millis()) + MINUTE);
                prop_assert!(before(past_all).all(|t| !allowed(t)));
                let interval_ends = last.map_or(now.millis(), |last| {
                    now.millis().max(last.millis() + policy.min_notification_interval.0 * MINUTE)
                });
                prop_assert_eq!(may_notify(start, last, at(interval_ends), &policy), Err(code));
            }
        }
    }

    /// Covers R1.5, R2.78.
    #[test]
    fn a_reminder_is_due_its_lead_before_the_deadline_and_after_the_offer((policy, start, sent) in policy_start_now()) {
        let deadline = response_deadline(sent, start, &policy);
        let lead = policy.expiry_reminder_before.0 * MINUTE;
        match reminder_at(sent, deadline, &policy) {
            Some(due) => {
                prop_assert!(sent < due && due < deadline);
                prop_assert_eq!(deadline.millis() - due.millis(), lead);
            }
            None => prop_assert!(deadline.millis() - sent.millis() <= lead),
        }
    }

    /// Covers R2.79.
    #[test]
    fn an_informational_message_waits_for_the_end_of_quiet_hours_unless_it_is_stale_by_then(
        (policy, start, now) in policy_start_now(), utc_offset in -840..=840_i64,
    ) {
        let out = informational_message_at(now, start, Minutes(utc_offset), &policy);
        prop_assert!(out >= now);
        if !asleep(now, utc_offset, &policy) {
            prop_assert_eq!(out, now);
        } else if out > now {
            prop_assert!(out < start && !asleep(out, utc_offset, &policy));
            prop_assert!(asleep(at(out.millis() - 1), utc_offset, &policy), "no later than necessary");
        }
    }

    /// Covers R1.6, R2.40, R2.41.
    #[test]
    fn leave_and_cancelling_are_free_up_to_the_lead((policy, start, now) in policy_start_now()) {
        let last_free = start.millis() - policy.free_cancellation_lead.0 * MINUTE;
        prop_assert_eq!(free_cancellation(start, now, &policy), now.millis() <= last_free);
        prop_assert!(free_cancellation(start, at(last_free), &policy));
        prop_assert!(!free_cancellation(start, at(last_free + 1), &policy));
    }

    // A policy that was never checked, with extreme instants, causes no panic and no overflow.
    #[test]
    fn unchecked_policies_and_extreme_instants_do_not_overflow(
        start in instant(),
        now in instant(),
        last in proptest::option::of(instant()),
        minutes in prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN)],
        quiet in proptest::option::of((any::<u32>(), any::<u32>())),
    ) {
        let policy = Policy {
            last_notification_lead: Minutes(minutes),
            decision_window: Minutes(minutes),
            no_notification_within: Minutes(minutes),
            min_notification_interval: Minutes(minutes),
            free_cancellation_lead: Minutes(minutes),
            quiet_hours: quiet.map(|(from, to)| QuietHours { from, to }),
            ..Policy::default()
        };
        let times = waitlist_times(start, &policy);
        prop_assert!(times.last_notification_at.millis().abs() <= Instant::LIMIT_MS);
        prop_assert!(response_deadline(now, start, &policy) <= times.response_cutoff_at);
        if let Ok(first) = earliest_notification(start, last, now, Minutes(minutes), &policy) {
            prop_assert!(first >= now);
        }
        let _ = (phase(start, now, &policy), final_window_active(start, now, &policy));
        let _ = (free_cancellation(start, now, &policy), may_notify(start, last, now, &policy));
    }
}

/// Covers R1.14, R2.13.
#[test]
fn quiet_hours_in_the_plans_example() {
    // Quiet hours 22:00–08:00 in Shanghai, and a class there on 2026-03-03 at 18:00.
    let policy = Policy { quiet_hours: Some(QuietHours { from: 1320, to: 480 }), ..Policy::default() };
    let local = |text: &str| Instant::parse_rfc3339(&format!("2026-03-0{text}:00+08:00")).unwrap();
    let first = |start, now| earliest_notification(local(start), None, local(now), Minutes(480), &policy);
    assert_eq!(first("3T18:00", "2T21:59"), Ok(local("2T21:59")));
    assert_eq!(first("3T18:00", "2T22:00"), Ok(local("3T08:00")));
    assert_eq!(first("3T18:00", "3T07:59"), Ok(local("3T08:00")));
    // The last notification time is the end of quiet hours, then one minute before it.
    assert_eq!(first("3T14:30", "2T23:00"), Ok(local("3T08:00")));
    assert_eq!(first("3T14:29", "2T23:00"), Ok(local("2T23:00")));
}

/// Covers R1.1, R2.1, R2.2.
#[test]
fn the_deadlines_of_the_plans_example() {
    let policy = Policy::default();
    let today = |time: &str| Instant::parse_rfc3339(&format!("2026-03-02T{time}:00Z")).unwrap();
    let class = today("18:00");
    let times = waitlist_times(class, &policy);
    assert_eq!((times.last_notification_at, times.response_cutoff_at), (today("11:30"), today("12:00")));
    let phases =
        ["11:30", "11:31", "12:00", "12:01", "17:59", "18:00"].map(|now| phase(class, today(now), &policy));
    use Phase::{Closed, Deciding, Open, Started};
    assert_eq!(phases, [Open, Deciding, Deciding, Closed, Closed, Started]);
    assert_eq!(may_notify(class, Some(today("10:00")), today("10:59"), &policy), Err(Code::NotifiedRecently));
    assert_eq!(may_notify(class, Some(today("10:00")), today("11:00"), &policy), Ok(()));
    let later = earliest_notification(class, Some(today("10:45")), today("11:00"), Minutes(0), &policy);
    assert_eq!(later, Err(Code::PastLastNotification));
    assert_eq!(phase(start_of_time(), start_of_time(), &policy), Started);
}

fn start_of_time() -> Instant {
    at(-Instant::LIMIT_MS)
}

proptest! {
    // The plan's code means 7 hours where its prose means 6 h 30 min.
    /// Covers R1.1.
    #[test]
    fn a_lead_of_420_minutes_is_the_reading_of_the_plans_code(start in start()) {
        let policy = Policy { last_notification_lead: Minutes(420), ..Policy::default() };
        prop_assert!(policy.check().is_ok());
        prop_assert_eq!(waitlist_times(start, &policy).last_notification_at, at(start.millis() - 7 * 60 * MINUTE));
    }
}
