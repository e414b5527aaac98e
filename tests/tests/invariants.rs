//! The database invariants that end every story and race: each one detects the fault that it is for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use sqlx::Connection;
use tests::{Plan, rows};

/// A statement that breaks an invariant, and a word of the invariant that must be reported.
const DAMAGE: &[(&str, &str)] = &[
    ("UPDATE class_session SET booked = booked + 1, capacity = capacity + 1", "counters"),
    ("UPDATE class_session SET waiting = 0", "counters"),
    ("UPDATE class_session SET held = 0", "counters"),
    ("UPDATE booking SET status = 'cancelled' WHERE status = 'booked'", "counters"),
    ("UPDATE class_session SET next_ticket = 1", "ticket"),
    ("UPDATE waitlist SET response_deadline = response_deadline + INTERVAL 1 SECOND", "one open offer"),
    ("UPDATE waitlist_notification SET status = 'expired'", "one open offer"),
    ("UPDATE waitlist_flow SET flow_completion_time = flow_start_time", "ended flow"),
    ("UPDATE waitlist SET notification_round = notification_round + 1", "numbered"),
    ("UPDATE class_session SET starts_at = starts_at - INTERVAL 57 HOUR", "cutoff"),
    (
        "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_round, sent_time) \
      SELECT waitlist_id, profile_id, 2, sent_time + INTERVAL 59 MINUTE FROM waitlist_notification \
      WHERE notification_type = 'spot_available'",
        "an hour apart",
    ),
    ("DELETE FROM booking WHERE source = 'waitlist'", "is a booking"),
    ("DELETE FROM outbox LIMIT 1", "one message"),
    ("UPDATE class_session SET offers_due_at = NULL", "the sweep knows"),
    ("UPDATE class_session SET due_at = NULL", "the sweep knows"),
    ("UPDATE class_session SET capacity = capacity + 1", "lies free"),
];

#[tokio::test]
async fn every_invariant_can_be_broken() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 3);
    let holders: [_; 3] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let waiting: [_; 3] = plan.families();
    let world = plan.load().await;
    // A confirmed entry, a notified one, a waiting one, and a booked seat.
    let mut entries = Vec::new();
    for family in waiting {
        entries.push(world[family].join(&class).await.unwrap().id);
    }
    for number in [0, 1] {
        world[holders[number]].client.cancel(seats[number]).await.unwrap();
    }
    world[waiting[0]].client.confirm(entries[0]).await.unwrap();
    rows::check_invariants(world.sql()).await;

    let mut seen = std::collections::BTreeSet::new();
    let mut conn = world.sql().acquire().await.unwrap();
    for (damage, law) in DAMAGE {
        let mut tx = conn.begin().await.unwrap();
        let done = sqlx::query(*damage).execute(&mut *tx).await.unwrap();
        assert_ne!(done.rows_affected(), 0, "{damage}");
        let broken = rows::broken_invariants(&mut tx).await;
        assert!(broken.keys().any(|name| name.contains(law)), "{damage} breaks `{law}`, found {broken:#?}");
        seen.extend(broken.into_keys());
        tx.rollback().await.unwrap();
    }
    drop(conn);
    let unbroken: Vec<_> =
        rows::INVARIANTS.iter().map(|(law, _)| *law).filter(|law| !seen.contains(law)).collect();
    assert!(unbroken.is_empty(), "nothing here breaks {unbroken:#?}");
    world.close().await;
}
