//! Races of staff and members in one class: whichever comes first, no seat is given twice and none is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use contract::shapes::Action;
use logic::Instant;
use logic::ids::{BookingId, WaitlistId};
use logic::status::{BookingStatus, EntryStatus};
use reqwest::Method;
use serde_json::{Value, json};
use std::pin::Pin;
use tests::client::book;
use tests::race::{at_once, counts, tally};
use tests::rows::Seats;
use tests::{Class, Client, Plan, Problem, Refused};

/// How many classes a test uses.
const CLASSES: u64 = 8;
/// How many families race in one class.
const FAMILIES: usize = 8;

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

/// `PUT /bookings/{id}/makeup-right`; returns the end of the right.
fn give_right(staff: &Client, booking: BookingId, until: Instant) -> Racer {
    let staff = staff.apart();
    Box::pin(async move {
        let asked = json!({ "until": until, "reason": "住院" });
        let path = format!("/bookings/{booking}/makeup-right");
        let answer: Value = staff.json(Method::PUT, &path, &asked).await.read(200)?;
        Ok(answer["makeup_until"].clone())
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

/// Covers R4.16.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn goodwill_races_the_cancel_of_a_makeup() {
    let mut plan = Plan::new().await;
    let missed = plan.class(2, "18:00", 8);
    let short = plan.class_with(3, "18:00", 8, 30, None);
    let families: [_; FAMILIES] = plan.families();
    let bookings = families.map(|family| plan.booked(&missed, family));
    let staff = plan.staff();
    let world = plan.load().await;
    let mut racers: Vec<Racer> = Vec::new();
    for (family, booking) in families.into_iter().zip(bookings) {
        world[family].client.take_leave(booking).await.unwrap();
        let makeup = world[family].make_up(booking, &short).await.unwrap().id;
        let (member, coach) = (world[family].client.apart(), world[staff].client.apart());
        racers
            .push(Box::pin(async move { member.cancel_makeup(makeup).await.map(|made| json!(made.status)) }));
        racers.push(Box::pin(async move {
            let asked = json!({ "booking_id": booking, "minutes": 20, "reason": "停电" });
            coach.json(Method::POST, "/compensation/grants", &asked).await.read(201)
        }));
    }
    let answers = at_once(racers).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    for family in families {
        let balance = world[family].balance().await;
        assert_eq!((balance.available_minutes, balance.totals.revoked, balance.totals.granted), (20, 30, 50));
    }
    world.close().await;
}

/// Covers R2.38, R3.36.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_that_is_given_races_another_booking_of_the_class() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 8);
    let families: [_; FAMILIES] = plan.families();
    let bookings = families.map(|family| plan.booked(&class, family));
    let staff = plan.staff();
    let world = plan.load().await;
    let until = class.start.plus(logic::Minutes::days(30));
    let mut racers: Vec<Racer> = Vec::new();
    for (family, booking) in families.into_iter().zip(bookings) {
        world[family].client.cancel(booking).await.unwrap();
        racers.push(give_right(&world[staff].client, booking, until));
        let (member, ask) =
            (world[family].client.apart(), book(world[family].child(), class.schedule, class.date));
        racers.push(Box::pin(async move { member.book(&ask).await.map(|booking| json!(booking.status)) }));
    }
    let answers = at_once(racers).await;
    for (family, answers) in families.into_iter().zip(answers.chunks(2)) {
        let booked = answers[1].as_ref().ok();
        assert_eq!(booked, Some(&json!("booked")), "a right that was not used keeps nobody out: {answers:?}");
        match &answers[0] {
            Ok(end) => assert_eq!(end, &json!(until)),
            Err(_) => drop(answers[0].clone().refused(409, "conflict")),
        }
        assert_eq!(world[family].owed().await, [], "who comes makes nothing up");
    }
    world.close().await;
}

/// Covers R3.37.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_give_rights_the_longer_one_counts() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 8);
    let families: [_; FAMILIES] = plan.families();
    let bookings = families.map(|family| plan.booked(&class, family));
    let staff = [plan.staff(), plan.staff()];
    let world = plan.load().await;
    let ends = [20, 40].map(|days| class.start.plus(logic::Minutes::days(days)));
    let mut racers = Vec::new();
    for (family, booking) in families.into_iter().zip(bookings) {
        world[family].client.take_leave(booking).await.unwrap();
        racers.extend([0, 1].map(|who| give_right(&world[staff[who]].client, booking, ends[who])));
    }
    let answers = at_once(racers).await;
    for (family, answers) in families.into_iter().zip(answers.chunks(2)) {
        assert_eq!(answers[1].as_ref().ok(), Some(&json!(ends[1])), "{answers:?}");
        if answers[0].is_err() {
            answers[0].clone().refused(400, "invalid_request");
        }
        let owed = world[family].owed().await;
        assert_eq!(owed.iter().map(|owed| owed.makeup_until).collect::<Vec<_>>(), [ends[1]]);
        assert_eq!(owed[0].booking.status, BookingStatus::Leave);
    }
    world.close().await;
}

/// Covers R2.96.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_late_bookings_of_the_last_seat_one_succeeds() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 1);
    let families: [_; FAMILIES] = plan.families();
    let staff = [plan.staff(), plan.staff()];
    let world = plan.load().await;
    world.at(class.start).await;
    let racers = families.into_iter().enumerate().map(|(number, family)| {
        let coach = world[staff[number % 2]].client.apart();
        let mut ask = book(world[family].child(), class.schedule, class.date);
        (ask.late, ask.reason) = (true, Some("走进来的".to_owned()));
        async move { coach.book(&ask).await }
    });
    let answers = at_once(racers.collect()).await;
    assert_eq!(tally(&answers), counts(&[("ok", 1), ("409 session_full", FAMILIES - 1)]));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    world.close().await;
}
