//! Races of two requests for one seat, in many classes: whichever comes first, the other gets the answer of the rules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use logic::status::EntryStatus;
use std::pin::Pin;
use tests::race::at_once;
use tests::rows::Seats;
use tests::{Plan, Problem, Refused};

/// How many pairs race in one test.
const PAIRS: usize = 8;

type Racer<T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn confirms_of_overlapping_classes_race() {
    let mut plan = Plan::new().await;
    let pairs: Vec<_> = (0..PAIRS as u64)
        .map(|day| [plan.full_class(2 + day, "18:00"), plan.full_class(2 + day, "18:30")])
        .collect();
    let ann = plan.large_family(PAIRS);
    let world = plan.load().await;
    let mut entries = Vec::new();
    for (child, pair) in pairs.iter().enumerate() {
        for (class, holder, seat) in pair {
            let entry = world[ann].join_for(child, class).await.unwrap().id;
            world[*holder].client.cancel(*seat).await.unwrap();
            entries.push(entry);
        }
    }
    let tasks = entries.iter().copied().map(|entry| {
        let client = world[ann].client.apart();
        async move { client.confirm(entry).await }
    });
    let answers = at_once(tasks.collect()).await;
    for ((pair, answers), entries) in pairs.iter().zip(answers.chunks(2)).zip(entries.chunks(2)) {
        let first_won = answers[0].is_ok();
        for (won, ((class, _, _), (answer, entry))) in
            [first_won, !first_won].into_iter().zip(pair.iter().zip(answers.iter().zip(entries)))
        {
            if won {
                assert!(answer.is_ok(), "neither was confirmed: {answers:?}");
                assert_eq!(world[ann].status(*entry).await, EntryStatus::Confirmed);
                assert_eq!(world.seats(class).await, Seats::of(1, 0, 0));
            } else {
                // The offer stays open, because the other class can still be cancelled.
                answer.clone().refused(409, "time_conflict");
                assert_eq!(world[ann].status(*entry).await, EntryStatus::Notified);
                assert_eq!(world.seats(class).await, Seats::of(0, 1, 0));
            }
        }
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_races_a_join() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..PAIRS as u64).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let joiners: Vec<_> = classes.iter().map(|_| plan.family()).collect();
    let world = plan.load().await;
    let mut tasks: Vec<Racer<()>> = Vec::new();
    for ((class, holder, seat), joiner) in classes.iter().zip(&joiners) {
        let (holder, seat) = (world[*holder].client.apart(), *seat);
        tasks.push(Box::pin(async move { holder.cancel(seat).await.map(|_| ()) }));
        let (mut joiner, class) = (world[*joiner].clone(), *class);
        joiner.client = joiner.client.apart();
        tasks.push(Box::pin(async move { joiner.join(&class).await.map(|_| ()) }));
    }
    let answers = at_once(tasks).await;
    for (((class, _, _), joiner), answers) in classes.iter().zip(&joiners).zip(answers.chunks(2)) {
        assert_eq!(answers[0].clone().ok(), Some(()), "a seat can be given back");
        let entries = world[*joiner].client.my_entries("").await.unwrap().items;
        if answers[1].is_ok() {
            // The seat became free after the other had joined the waitlist.
            assert_eq!(entries[0].status, EntryStatus::Notified);
            assert_eq!(world.seats(class).await, Seats::of(0, 1, 0));
        } else {
            answers[1].clone().refused(409, "spot_available");
            assert_eq!(entries, []);
            assert_eq!(world.seats(class).await, Seats::of(0, 0, 0));
        }
    }
    world.close().await;
}
