//! Races of staff and members in one class: whichever comes first, no seat is given twice and none is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use contract::shapes::Action;
use logic::ids::WaitlistId;
use logic::status::EntryStatus;
use reqwest::Method;
use serde_json::{Value, json};
use std::pin::Pin;
use tests::race::at_once;
use tests::rows::Seats;
use tests::{Class, Client, Plan, Problem, Refused};

/// How many classes a test uses.
const CLASSES: u64 = 8;

type Racer = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>>;

/// `PUT /sessions/{id}/{date}/capacity`.
fn set_capacity(staff: &Client, class: &Class, seats: u32) -> Racer {
    let staff = staff.apart();
    let path = format!("/sessions/{}/{}/capacity", class.schedule, class.date);
    Box::pin(async move { staff.json(Method::PUT, &path, &json!({ "capacity": seats })).await.read(200) })
}

/// `POST /waitlist/notify` of one entry; returns its outcome.
fn notify(staff: &Client, entry: WaitlistId) -> Racer {
    let staff = staff.apart();
    Box::pin(async move {
        let asked = json!({ "waitlist_ids": [entry] });
        let answer: Value = staff.json(Method::POST, "/waitlist/notify", &asked).await.read(200)?;
        Ok(answer["results"][0].clone())
    })
}

fn respond(member: &Client, entry: WaitlistId, action: Action) -> Racer {
    let member = member.apart();
    Box::pin(async move { member.respond(entry, action).await.map(|answer| json!(answer.entry.status)) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_capacity_change_races_a_confirm_and_a_decline() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..CLASSES).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let members: Vec<_> = classes.iter().map(|_| plan.family()).collect();
    let staff = plan.staff();
    let world = plan.load().await;
    let mut entries = Vec::new();
    let mut racers = Vec::new();
    for (number, ((class, holder, seat), member)) in classes.iter().zip(&members).enumerate() {
        let entry = world[*member].join(class).await.unwrap().id;
        world[*holder].client.cancel(*seat).await.unwrap();
        let action = if number % 2 == 0 { Action::Confirm } else { Action::Decline };
        racers.push(respond(&world[*member].client, entry, action));
        racers.push(set_capacity(&world[staff].client, class, 0));
        entries.push(entry);
    }
    let answers = at_once(racers).await;
    for (number, ((class, _, _), answers)) in classes.iter().zip(answers.chunks(2)).enumerate() {
        assert!(answers[0].is_ok(), "an answer in time counts: {answers:?}");
        let lowered = answers[1].clone();
        if number % 2 == 0 {
            // The seat is held and then booked, so it is taken at every instant.
            lowered.refused(409, "conflict");
            assert_eq!(world.seats(class).await, Seats::of(1, 0, 0));
            assert_eq!(world[members[number]].status(entries[number]).await, EntryStatus::Confirmed);
        } else {
            let capacity = world[members[number]].see(class).await.capacity;
            match lowered {
                Ok(session) => assert_eq!((&session["capacity"], capacity), (&json!(0), 0)),
                Err(_) => {
                    lowered.refused(409, "conflict");
                    assert_eq!(capacity, 1);
                }
            }
            assert_eq!(world.seats(class).await, Seats::of(0, 0, 0));
        }
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raised_capacity_races_a_confirm() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..CLASSES).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let [first, second, third] = [0; 3].map(|_| plan.large_family(classes.len()));
    let staff = plan.staff();
    let world = plan.load().await;
    let mut racers = Vec::new();
    let mut entries = Vec::new();
    for (child, (class, holder, seat)) in classes.iter().enumerate() {
        let mut queue = Vec::new();
        for family in [first, second, third] {
            queue.push(world[family].join_for(child, class).await.unwrap().id);
        }
        world[*holder].client.cancel(*seat).await.unwrap();
        racers.push(respond(&world[first].client, queue[0], Action::Confirm));
        racers.push(set_capacity(&world[staff].client, class, 2));
        entries.push(queue);
    }
    assert!(at_once(racers).await.iter().all(Result::is_ok));
    for ((class, _, _), queue) in classes.iter().zip(entries) {
        assert_eq!(world.seats(class).await, Seats::of(1, 1, 1));
        assert_eq!(world[first].status(queue[0]).await, EntryStatus::Confirmed);
        assert_eq!(world[second].status(queue[1]).await, EntryStatus::Notified);
        assert_eq!(world[third].status(queue[2]).await, EntryStatus::Waiting);
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_notify_races_a_cancellation() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (0..CLASSES).map(|day| plan.full_class(2 + day, "18:00")).collect();
    let [first, second] = [0; 2].map(|_| plan.large_family(classes.len()));
    let staff = plan.staff();
    let world = plan.load().await;
    let mut racers: Vec<Racer> = Vec::new();
    let mut entries = Vec::new();
    for (child, (class, holder, seat)) in classes.iter().enumerate() {
        let head = world[first].join_for(child, class).await.unwrap().id;
        let behind = world[second].join_for(child, class).await.unwrap().id;
        let (holder, seat) = (world[*holder].client.apart(), *seat);
        racers.push(Box::pin(async move { holder.cancel(seat).await.map(|booking| json!(booking.status)) }));
        racers.push(notify(&world[staff].client, head));
        racers.push(notify(&world[staff].client, behind));
        entries.push((head, behind));
    }
    let answers = at_once(racers).await;
    for (((class, _, _), (head, behind)), answers) in classes.iter().zip(entries).zip(answers.chunks(3)) {
        let [Ok(cancelled), Ok(to_head), Ok(to_behind)] = answers else { panic!("{answers:?}") };
        assert_eq!(cancelled, "cancelled");
        // Before the cancel there is no seat to offer; the cancel itself offers the seat to the first entry.
        assert_eq!(to_behind["code"], "no_free_seat", "{answers:?}");
        assert!(["no_free_seat", "not_waiting"].contains(&to_head["code"].as_str().unwrap()), "{answers:?}");
        assert_eq!(world.seats(class).await, Seats::of(0, 1, 1));
        assert_eq!(world[first].status(head).await, EntryStatus::Notified);
        assert_eq!(world[second].status(behind).await, EntryStatus::Waiting);
    }
    world.close().await;
}
