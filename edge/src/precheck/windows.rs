//! Windows that have closed, judged by `logic`. Facts that are not known are taken in the caller's favour, so that a
//! refusal holds whatever they are.

use super::facts::{Facts, Now};
use contract::problem::Problem;
use logic::booking::{BookFacts, check_book};
use logic::deadline::{is_list_open, may_respond};
use logic::joining::{JoinFacts, check_join};
use logic::makeup::{MakeupFacts, MakeupRight, check_makeup};
use logic::session::Actor;
use logic::status::{EntryStatus, SessionStatus};
use logic::{Code, Instant, Refusal};

/// Refuses what `logic` refuses, for one reason, at every instant that the origin's clock may show.
pub(super) fn check(facts: &Facts, now: Now) -> Result<(), Problem> {
    match (judge(facts, now.earliest, now), judge(facts, now.latest, now)) {
        (Err(early), Err(late)) if early == late => Err(late.into()),
        _ => Ok(()),
    }
}

fn judge(facts: &Facts, at: Instant, now: Now) -> Result<(), Refusal> {
    match facts {
        Facts::Join { class, policy } => {
            let facts = JoinFacts {
                by: Actor::Member,
                cancelled: class.status == SessionStatus::Cancelled,
                start: class.starts_at,
                already_booked: false,
                already_waiting: false,
                free_seats: 0,
                queue_length: 0,
                queue_capacity: Some(u32::MAX),
                active_waitlists: 0,
            };
            check_join(&facts, at, &policy.policy)
        }
        Facts::Book { class, policy } => {
            let facts = BookFacts {
                by: Actor::Member,
                cancelled: class.status == SessionStatus::Cancelled,
                start: class.starts_at,
                late_until: None,
                already_booked: false,
                already_waiting: false,
                time_conflict: false,
                live_bookings: 0,
                bookable_seats: 1,
            };
            check_book(&facts, at, &policy.policy)
        }
        Facts::MakeUp { class, owed, policy } => {
            if class.status == SessionStatus::Cancelled {
                return Err(Code::ClassCancelled.into());
            }
            let facts = MakeupFacts {
                by: Actor::Member,
                original_status: owed.booking.status,
                right: MakeupRight::Until(owed.makeup_until),
                made_up: false,
                original_start: owed.booking.starts_at,
                target_start: class.starts_at,
                same_category: true,
                time_conflict: false,
                live_bookings: 0,
                free_seats: 1,
            };
            check_makeup(&facts, at, &policy.policy)
        }
        Facts::Respond { entry } => {
            // The row may be opened again by a join while the list is open. After that, an expired entry stays expired.
            let closed = !is_list_open(entry.expires_at, now.before_every_fact());
            match (entry.status, entry.response_deadline) {
                (EntryStatus::Expired, Some(deadline)) if closed => may_respond(deadline, at),
                _ => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precheck::facts::Judging;
    use contract::shapes::{Entry, Owed, Session};
    use logic::Policy;
    use serde_json::json;

    const MINUTE: i64 = 60_000;
    /// 2026-03-02T10:00:00Z.
    const START: i64 = 1_772_445_600_000;

    fn by(policy: Policy) -> Judging {
        Judging { policy, next: None }
    }

    fn class(status: &str) -> Session {
        serde_json::from_value(json!({
            "course_schedule_id": 1, "booking_date": "2026-03-02", "course_id": 1, "course_name": "c",
            "category": "g", "starts_at": "2026-03-02T10:00:00.000Z", "ends_at": "2026-03-02T11:00:00.000Z",
            "duration_minutes": 60, "capacity": 1, "booked": 1, "held": 0, "free": 0, "waiting": 0,
            "queue_capacity": 8, "phase": "open", "last_notification_at": "2026-03-02T03:30:00.000Z",
            "response_cutoff_at": "2026-03-02T04:00:00.000Z", "status": status,
            "policy_id": 1, "policy_fixed": true,
        }))
        .unwrap()
    }

    fn owed(starts_at: &str, makeup_until: &str) -> Owed {
        serde_json::from_value(json!({
            "booking": {
                "id": 1, "profile_id": 1, "course_schedule_id": 1, "booking_date": "2026-02-23", "course_name": "c",
                "starts_at": starts_at, "duration_minutes": 60, "status": "leave", "source": "direct",
                "compensation_minutes_used": 0, "makeup_until": null, "policy_id": 1,
                "created_at": "2026-02-01T00:00:00.000Z",
            },
            "makeup_until": makeup_until,
        }))
        .unwrap()
    }

    fn entry(status: &str, deadline: Option<&str>) -> Entry {
        serde_json::from_value(json!({
            "id": 1, "profile_id": 1, "course_schedule_id": 1, "booking_date": "2026-03-02", "course_name": "c",
            "starts_at": "2026-03-02T10:00:00.000Z", "position": null, "status": status,
            "join_time": "2026-03-01T00:00:00.000Z", "last_notified_at": null, "confirmed_at": null,
            "expires_at": "2026-03-02T03:30:00.000Z", "response_deadline": deadline, "makeup_for": null,
            "chance": null, "policy_id": 1,
        }))
        .unwrap()
    }

    /// The code of the refusal `before_start` ms before the class starts, by clocks up to `differ` ms apart.
    fn code(facts: &Facts, before_start: i64, differ: i64) -> Option<Code> {
        let at = START - before_start;
        let now = Now { earliest: Instant::clamped(at - differ), latest: Instant::clamped(at + differ) };
        check(facts, now).err().map(|problem| problem.code)
    }

    #[test]
    fn a_join_is_refused_once_its_list_is_closed_by_every_clock() {
        let facts = Facts::Join { class: class("scheduled"), policy: by(Policy::default()) };
        let last = 390 * MINUTE;
        assert_eq!(code(&facts, last, 0), None);
        assert_eq!(code(&facts, last - 1, 0), Some(Code::WaitlistClosed));
        assert_eq!(code(&facts, last - 1, 1), None, "a clock behind still reads that it is open");
        assert_eq!(code(&facts, last - 2, 1), Some(Code::WaitlistClosed));
        assert_eq!(
            code(&facts, 1, 1),
            None,
            "closed by one clock, started by the other: whose reason is it?"
        );
        assert_eq!(code(&facts, 0, 0), Some(Code::ClassStarted));
        let off = Facts::Join { class: class("cancelled"), policy: by(Policy::default()) };
        assert_eq!(code(&off, 1000 * MINUTE, 5000), Some(Code::ClassCancelled));
    }

    /// Covers R1.25.
    #[test]
    fn a_class_is_judged_only_where_its_version_stays() {
        let facts = |policy_fixed| Facts::Join {
            class: Session { policy_fixed, ..class("scheduled") },
            policy: by(Policy::default()),
        };
        let at = |before: i64| {
            let at = Instant::clamped(START - before * MINUTE);
            Now { earliest: at, latest: at }
        };
        assert!(facts(true).has_its_version(at(9_999)));
        let near = [0, 1, 2].map(|minutes| facts(false).has_its_version(at(minutes)));
        assert_eq!(near, [true, false, false], "the oldest fact is a minute old");
        assert!(facts(false).has_its_version(at(-2)));
    }

    #[test]
    fn a_booking_is_refused_once_its_class_starts() {
        let facts = Facts::Book { class: class("scheduled"), policy: by(Policy::default()) };
        assert_eq!((code(&facts, 1, 0), code(&facts, 0, 0)), (None, Some(Code::ClassStarted)));
    }

    /// Covers R2.87, R3.32.
    #[test]
    fn what_is_too_far_ahead_by_every_clock_is_refused() {
        let policy = Policy { booking_horizon: logic::Minutes::days(3), ..Policy::default() };
        let horizon = 3 * 24 * 60 * MINUTE;
        let class = || class("scheduled");
        let owed = owed("2026-02-23T10:00:00.000Z", "2026-03-09T10:00:00.000Z");
        for facts in [
            Facts::Join { class: class(), policy: by(policy.clone()) },
            Facts::Book { class: class(), policy: by(policy.clone()) },
            Facts::MakeUp { class: class(), owed, policy: by(policy) },
        ] {
            assert_eq!(code(&facts, horizon, 0), None);
            assert_eq!(code(&facts, horizon + 1, 0), Some(Code::TooFarAhead));
            assert_eq!(code(&facts, horizon + 1, 1), None, "a clock ahead reads that it is near enough");
            assert_eq!(code(&facts, horizon + 2, 1), Some(Code::TooFarAhead));
        }
    }

    #[test]
    fn a_makeup_is_refused_outside_its_window() {
        let of = |original, until| Facts::MakeUp {
            class: class("scheduled"),
            owed: owed(original, until),
            policy: by(Policy::default()),
        };
        let good = of("2026-02-23T10:00:00.000Z", "2026-03-02T10:00:00.000Z");
        assert_eq!(code(&good, 60 * MINUTE, 0), None);
        assert_eq!(code(&good, 60 * MINUTE - 1, 0), Some(Code::MakeupTooLate));
        let old = of("2026-02-23T10:00:00.000Z", "2026-03-02T09:59:59.999Z");
        assert_eq!(code(&old, 600 * MINUTE, 0), Some(Code::MakeupExpired));
        let later = of("2026-03-02T10:00:00.000Z", "2026-03-16T10:00:00.000Z");
        assert_eq!(code(&later, 600 * MINUTE, 0), Some(Code::MakeupBeforeOriginal));
    }

    #[test]
    fn an_answer_is_refused_where_nothing_can_bring_its_offer_back() {
        let of = |status, deadline| Facts::Respond { entry: entry(status, deadline) };
        let expired = of("expired", Some("2026-03-02T04:00:00.000Z"));
        assert_eq!(code(&expired, 359 * MINUTE, 0), Some(Code::ResponseDeadlinePassed));
        assert_eq!(code(&expired, 360 * MINUTE, 0), None, "the deadline itself is in time");
        let early = of("expired", Some("2026-03-01T04:00:00.000Z"));
        assert_eq!(
            code(&early, 390 * MINUTE, 0),
            None,
            "the list was open when that was read: it may be joined again"
        );
        for status in ["waiting", "notified", "confirmed", "cancelled"] {
            let other = of(status, Some("2026-03-02T04:00:00.000Z"));
            assert_eq!(code(&other, 0, 0), None, "{status}");
        }
        assert_eq!(code(&of("expired", None), 0, 0), None, "it was never offered a seat");
    }
}
