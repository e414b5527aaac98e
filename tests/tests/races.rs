//! Races of many requests: in whatever order they run, no seat is given twice, and the invariants hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use logic::Instant;
use logic::status::EntryStatus;
use std::sync::Arc;
use tests::client::Answered;
use tests::race::{at_once, counts, tally};
use tests::rows::{self, Seats};
use tests::{Plan, Refused, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_joins_eight_fill_the_queue() {
    let mut plan = Plan::new().await;
    let (class, _, _) = plan.full_class(2, "18:00");
    let families: [_; 40] = plan.families();
    let world = Arc::new(plan.load().await);
    let tasks = families.map(|family| {
        let member = world[family].apart();
        async move { member.join(&class).await }
    });
    let answers = at_once(Vec::from(tasks)).await;
    assert_eq!(tally(&answers), counts(&[("ok", 8), ("409 queue_full", 32)]));
    let entries: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    let mut tickets = Vec::new();
    for entry in &entries {
        assert_eq!(entry.status, EntryStatus::Waiting);
        let family = families.into_iter().find(|family| world[*family].child() == entry.profile_id).unwrap();
        let place = world[family].position(entry.id).await;
        assert_eq!(place.waiting_total, 8);
        tickets.push(place.position.unwrap());
    }
    tickets.sort_unstable();
    assert_eq!(tickets, (1..=8).collect::<Vec<_>>());
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 8));
    let session = world[families[0]].see(&class).await;
    assert_eq!((session.waiting, session.free), (8, 0));
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_joins_of_one_profile_create_one_entry() {
    let mut plan = Plan::new().await;
    let (class, _, _) = plan.full_class(2, "18:00");
    let ann = plan.family();
    let world = Arc::new(plan.load().await);
    let tasks = (0..20).map(|_| {
        let member = world[ann].apart();
        async move { member.join(&class).await }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 1), ("409 already_waiting", 19)]));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1));
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twelve_concurrent_joins_of_one_profile_five_succeed() {
    let mut plan = Plan::new().await;
    let days = 1..7;
    let classes: Vec<_> =
        days.flat_map(|day| ["18:00", "20:00"].map(|time| plan.full_class(day, time).0)).collect();
    let ann = plan.family();
    let world = Arc::new(plan.load().await);
    let tasks = classes.iter().copied().map(|class| {
        let member = world[ann].apart();
        async move { member.join(&class).await }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 5), ("409 too_many_waitlists", 7)]));
    assert_eq!(world[ann].client.my_entries("status=waiting").await.unwrap().items.len(), 5);
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_bookings_of_one_seat_one_succeeds() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 1);
    let families: [_; 20] = plan.families();
    let world = Arc::new(plan.load().await);
    let tasks = families.map(|family| {
        let member = world[family].apart();
        async move { member.book(&class).await }
    });
    let answers = at_once(Vec::from(tasks)).await;
    assert_eq!(tally(&answers), counts(&[("ok", 1), ("409 session_full", 19)]));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_bookings_of_overlapping_classes_give_one_booking() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..10).map(|n| plan.class(2, &format!("18:{:02}", n * 5), 3)).collect();
    let ann = plan.family();
    let world = Arc::new(plan.load().await);
    let tasks = classes.iter().copied().map(|class| {
        let member = world[ann].apart();
        async move { member.book(&class).await }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 1), ("409 time_conflict", 9)]));
    assert_eq!(world[ann].client.my_bookings("").await.unwrap().items.len(), 1);
    close(world).await;
}

/// Covers R2.88: places are counted under the profile's lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_bookings_stop_at_the_sixtieth_place() {
    let mut plan = Plan::new().await;
    let ann = plan.family();
    let mut class = |place: u64| plan.class(2 + place / 8, &format!("{:02}:00", 10 + place % 8), 1);
    let (booked, wanted): (Vec<_>, Vec<_>) =
        ((0..57).map(&mut class).collect(), (64..72).map(&mut class).collect());
    for class in &booked {
        plan.booked(class, ann);
    }
    let world = Arc::new(plan.load().await);
    let tasks = wanted.into_iter().map(|class| {
        let member = world[ann].apart();
        async move { member.book(&class).await }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 3), ("409 too_many_bookings", 5)]));
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_concurrent_cancellations_make_two_offers() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 2);
    let holders: [_; 2] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let waiting: [_; 3] = plan.families();
    let world = Arc::new(plan.load().await);
    let mut entries = Vec::new();
    for family in waiting {
        entries.push(world[family].join(&class).await.unwrap().id);
    }
    let tasks = holders.into_iter().zip(seats).map(|(holder, seat)| {
        let client = world[holder].client.apart();
        async move { client.cancel(seat).await }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 2)]));
    assert_eq!(world.seats(&class).await, Seats::of(0, 2, 1));
    let offers = [1, 1, 0];
    for ((family, entry), offers) in waiting.into_iter().zip(entries).zip(offers) {
        assert_eq!(rows::offers(world.sql(), entry).await.len(), offers);
        assert_eq!(world.told(family).await.len(), offers);
    }
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_confirms_create_one_booking() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let ann = plan.family();
    let world = Arc::new(plan.load().await);
    let entry = world[ann].join(&class).await.unwrap().id;
    world[holder].client.cancel(seat).await.unwrap();
    let tasks = (0..16).map(|_| {
        let client = world[ann].client.apart();
        async move { client.confirm(entry).await.map(|answer| answer.booking.unwrap().id) }
    });
    let answers = at_once(tasks.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 16)]));
    let ids: std::collections::BTreeSet<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_concurrent_confirm_and_decline_one_takes_effect() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..8).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let [first, second] = [plan.large_family(8), plan.large_family(8)];
    let world = Arc::new(plan.load().await);
    let mut tasks = Vec::new();
    let mut entries = Vec::new();
    for (child, (class, holder, seat)) in classes.iter().enumerate() {
        let entry = world[first].join_for(child, class).await.unwrap().id;
        let behind = world[second].join_for(child, class).await.unwrap().id;
        world[*holder].client.cancel(*seat).await.unwrap();
        entries.push((entry, behind));
        for action in [contract::shapes::Action::Confirm, contract::shapes::Action::Decline] {
            let client = world[first].client.apart();
            tasks.push(async move { client.respond(entry, action).await });
        }
    }
    let answers = at_once(tasks).await;
    for ((class, _, _), (pair, (entry, behind))) in classes.iter().zip(answers.chunks(2).zip(&entries)) {
        let behind = world[second].status(*behind).await;
        match world[first].status(*entry).await {
            EntryStatus::Confirmed => {
                assert!(pair[0].is_ok());
                pair[1].clone().refused(409, "conflict");
                assert_eq!(behind, EntryStatus::Waiting);
                assert_eq!(world.seats(class).await, Seats::of(1, 0, 1));
            }
            EntryStatus::Cancelled => {
                assert!(pair[1].is_ok());
                pair[0].clone().refused(409, "conflict");
                assert_eq!(behind, EntryStatus::Notified);
                assert_eq!(world.seats(class).await, Seats::of(0, 1, 0));
            }
            other => panic!("{other:?}"),
        }
    }
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn confirms_race_the_deadline_and_two_sweeps() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..8).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let [first, second] = [plan.large_family(8), plan.large_family(8)];
    let world = Arc::new(plan.load().await);
    let mut entries = Vec::new();
    for (child, (class, holder, seat)) in classes.iter().enumerate() {
        let entry = world[first].join_for(child, class).await.unwrap().id;
        let behind = world[second].join_for(child, class).await.unwrap().id;
        world[*holder].client.cancel(*seat).await.unwrap();
        entries.push((entry, behind));
    }
    let deadline = world[first].entry(entries[0].0).await.response_deadline.unwrap();
    world.at(deadline).await;

    // Half of the confirms arrive while the clock passes the deadline and the sweeps run.
    let late = Instant::clamped(deadline.millis() + 1);
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = Option<Answered<_>>> + Send>>> = Vec::new();
    for (number, (entry, _)) in entries.iter().copied().enumerate() {
        let client = world[first].client.apart();
        tasks.push(Box::pin(async move { Some(client.confirm(entry).await) }));
        if number % 4 == 1 {
            let client = world.anyone.apart();
            tasks.push(Box::pin(async move {
                client.set_clock(late).await.unwrap();
                client.sweep().await.unwrap();
                None
            }));
        }
    }
    let answers: Vec<_> = at_once(tasks).await.into_iter().flatten().collect();
    for ((class, _, _), (answer, (entry, behind))) in classes.iter().zip(answers.iter().zip(&entries)) {
        let behind = world[second].status(*behind).await;
        match answer {
            Ok(taken) => {
                assert_eq!(taken.booking.as_ref().unwrap().created_at, deadline);
                assert_eq!(world[first].status(*entry).await, EntryStatus::Confirmed);
                assert_eq!(behind, EntryStatus::Waiting);
                assert_eq!(world.seats(class).await, Seats::of(1, 0, 1));
            }
            Err(problem) => {
                assert_eq!((problem.status, problem.code.as_str()), (410, "response_deadline_passed"));
                assert_eq!(world[first].status(*entry).await, EntryStatus::Expired);
                assert_eq!(behind, EntryStatus::Notified);
                assert_eq!(world.seats(class).await, Seats::of(0, 1, 0));
            }
        }
    }
    close(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_kinds_of_requests_race_in_one_class() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 4);
    let holders: [_; 4] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let waiting: [_; 6] = plan.families();
    let newcomers: [_; 10] = plan.families();
    let world = Arc::new(plan.load().await);
    let mut entries = Vec::new();
    for family in waiting {
        entries.push(world[family].join(&class).await.unwrap().id);
    }
    world[holders[0]].client.cancel(seats[0]).await.unwrap();
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = Option<tests::Problem>> + Send>>> = Vec::new();
    for (holder, seat) in holders.into_iter().zip(seats).skip(1) {
        let client = world[holder].client.apart();
        tasks.push(Box::pin(async move { client.cancel(seat).await.err() }));
    }
    for (number, (family, entry)) in waiting.into_iter().zip(entries).enumerate() {
        let client = world[family].client.apart();
        tasks.push(Box::pin(async move {
            match number % 3 {
                0 => client.confirm(entry).await.err(),
                1 => client.leave(entry).await.err(),
                _ => client.decline(entry).await.err(),
            }
        }));
    }
    for (number, family) in newcomers.into_iter().enumerate() {
        let member = world[family].apart();
        tasks.push(Box::pin(async move {
            if number % 2 == 0 { member.join(&class).await.err() } else { member.book(&class).await.err() }
        }));
    }
    let refusals = at_once(tasks).await;
    // The outcomes depend on the order, but each must be one that the rules allow.
    let known = ["conflict", "queue_full", "session_full", "spot_available"];
    for problem in refusals.into_iter().flatten() {
        assert!(problem.status == 409 && known.contains(&problem.code.as_str()), "{problem:?}");
    }
    close(world).await;
}

/// Checks every invariant of the database.
async fn close(world: Arc<World>) {
    Arc::into_inner(world).expect("every task has ended").close().await;
}
