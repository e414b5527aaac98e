//! The end of a waitlist: the last notification time, the hard stop, and closing.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use logic::ids::WaitlistId;
use logic::status::EntryStatus;
use logic::{Instant, Minutes};
use serde_json::Value;
use tests::rows::{self, Seats};
use tests::world::World;
use tests::{Class, Family, Plan, Refused};

/// Covers R2.2, R2.61, R2.71.
#[tokio::test]
async fn the_last_offer_expires_at_the_cutoff_and_its_seat_is_released() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;

    // At the last notification time a seat is still offered.
    let last = world.before(&class, 390).await;
    world[holder].client.cancel(seat).await.unwrap();
    let cutoff = class.start.minus(Minutes(360));
    assert_eq!(world[ann].entry(first).await.response_deadline, Some(cutoff));
    assert_eq!(world[ann].see(&class).await.phase.as_str(), "open");

    // Then the waitlist closes once for the waiting entries; the open offer stays.
    world.at(Instant::clamped(last.millis() + 1)).await;
    let swept = world.anyone.sweep().await.unwrap();
    assert_eq!((swept.expired, swept.promoted, swept.closed, swept.released), (0, 0, 1, 0));
    assert_eq!(world[ann].see(&class).await.phase.as_str(), "deciding");
    assert_eq!(world[ben].status(second).await, EntryStatus::Expired);
    assert_eq!(world.templates(ben).await, ["waitlist_closed"]);
    assert_eq!(rows::updates(world.sql(), second).await, 2, "it came to the front, and its list closed");
    let again = world.anyone.sweep().await.unwrap();
    assert_eq!((again.closed, world.templates(ben).await.len()), (0, 1));
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));

    // After the cutoff the seat is not offered again but released.
    world.at(Instant::clamped(cutoff.millis() + 1)).await;
    assert_eq!(world[ann].see(&class).await.phase.as_str(), "closed");
    let problem = world[ann].client.confirm(first).await.refused(410, "response_deadline_passed");
    assert_eq!(problem.fields["deadline"], cutoff.to_rfc3339());
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 0));
    assert_eq!(world[ann].see(&class).await.free, 1);
    world[ben].book(&class).await.unwrap();
    world.close().await;
}

/// Covers R2.61.
#[tokio::test]
async fn a_seat_freed_after_the_last_notification_time_is_released() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let ann = plan.family();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    world.before(&class, 380).await;
    world[holder].client.cancel(seat).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 0), "nobody is offered anything");
    assert!(rows::offers(world.sql(), first).await.is_empty());
    // No sweep has run: the cancellation closed the list.
    let booking = world[ann].book(&class).await.unwrap();
    assert_eq!(booking.source.as_str(), "direct");
    assert_eq!(world[ann].status(first).await, EntryStatus::Expired);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    assert_eq!(world.anyone.sweep().await.unwrap().closed, 0);
    world.close().await;
}

/// Covers R2.61.
#[tokio::test]
async fn the_seat_of_an_offer_declined_after_the_last_notification_time_is_released() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;
    world.before(&class, 391).await;
    world[holder].client.cancel(seat).await.unwrap();
    world.before(&class, 385).await;
    world[ann].client.decline(first).await.unwrap();
    assert!(rows::offers(world.sql(), second).await.is_empty());
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 0));
    let swept = world.anyone.sweep().await.unwrap();
    assert_eq!((swept.promoted, swept.closed), (0, 0), "the decline closed the list");
    assert_eq!(world[ben].see(&class).await.free, 1);
    world.close().await;
}

/// A read that must close the list of a class: the class, a member who waits for it, its entry.
type Read = for<'a> fn(&'a World, &'a Class, Family, WaitlistId) -> BoxFuture<'a, ()>;

/// Covers R2.54, R2.71.
#[tokio::test]
async fn every_read_closes_a_list_whose_time_has_passed() {
    let reads: [(&str, Read); 9] = [
        ("the entry", |world, _, ann, id| {
            async move { assert_eq!(world[ann].status(id).await, EntryStatus::Expired) }.boxed()
        }),
        ("its position", |world, _, ann, id| {
            async move {
                let place = world[ann].position(id).await;
                assert_eq!(
                    (place.status, place.position, place.waiting_total),
                    (EntryStatus::Expired, None, 0)
                );
            }
            .boxed()
        }),
        ("the member's entries", |world, _, ann, id| {
            async move {
                let mine = world[ann].client.my_entries("status=expired").await.unwrap().items;
                assert_eq!(mine.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id]);
            }
            .boxed()
        }),
        ("the member's waiting entries", |world, _, ann, _| {
            async move {
                assert!(world[ann].client.my_entries("status=waiting").await.unwrap().items.is_empty());
            }
            .boxed()
        }),
        ("the member's notifications", |world, _, ann, _| {
            async move {
                let told: Value = world[ann].client.get("/notifications/my").await.read(200).unwrap();
                assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told:?}");
            }
            .boxed()
        }),
        ("the entry's notifications", |world, _, ann, id| {
            async move {
                let told: Value = world[ann]
                    .client
                    .get(&format!("/waitlist/{}/notifications", id.0))
                    .await
                    .read(200)
                    .unwrap();
                assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told:?}");
            }
            .boxed()
        }),
        ("the class", |world, class, ann, _| {
            async move {
                let session = world[ann].see(class).await;
                assert_eq!((session.waiting, session.booked), (0, 1));
            }
            .boxed()
        }),
        ("the list of classes", |world, class, ann, _| {
            async move {
                let day = format!("from={0}&to={0}&course_id={1}", class.date, class.course);
                let sessions = world[ann].client.sessions(&day).await.unwrap().items;
                assert_eq!(sessions.iter().map(|it| (it.waiting, it.booked)).collect::<Vec<_>>(), [(0, 1)]);
            }
            .boxed()
        }),
        ("the deadlines", |world, class, ann, _| {
            async move {
                let asked = format!("course_schedule_id={}&booking_date={}", class.schedule.0, class.date);
                let path = format!("/waitlist/deadline-check?{asked}");
                let deadlines: Value = world[ann].client.get(&path).await.read(200).unwrap();
                assert_eq!(deadlines["phase"], "deciding", "{deadlines:?}");
            }
            .boxed()
        }),
    ];
    let mut plan = Plan::new().await;
    // A class for each read.
    let classes: Vec<_> = reads.iter().map(|_| plan.full_class(2, "18:00")).collect();
    let waiting: Vec<_> = reads.iter().map(|_| plan.family()).collect();
    let world = plan.load().await;
    let mut entries = Vec::new();
    for ((class, ..), family) in classes.iter().zip(&waiting) {
        entries.push(world[*family].join(class).await.unwrap().id);
    }
    let last = world.before(&classes[0].0, 390).await;
    let mut tags = Vec::new();
    for family in &waiting {
        tags.push(world[*family].client.get("/waitlist/my").await.header("etag").to_owned());
    }
    world.at(Instant::clamped(last.millis() + 1)).await;
    for (index, (what, read)) in reads.iter().enumerate() {
        let (class, family, entry) = (&classes[index].0, waiting[index], entries[index]);
        read(&world, class, family, entry).await;
        assert_eq!(world.seats(class).await, Seats::of(1, 0, 0), "{what}");
        assert_eq!(world.templates(family).await, ["waitlist_closed"], "{what}");
        let again = world[family].client.get("/waitlist/my").await;
        assert_ne!(again.header("etag"), tags[index], "{what}");
    }
    assert_eq!(world.anyone.sweep().await.unwrap().closed, 0, "nothing is left for the sweep");
    world.close().await;
}

/// Covers R2.71.
#[tokio::test]
async fn a_late_sweep_still_closes_the_waitlist_and_releases_its_seats() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let waiting: [_; 3] = plan.families();
    let world = plan.load().await;
    let mut entries = Vec::new();
    for family in waiting {
        entries.push(world[family].join(&class).await.unwrap().id);
    }
    world[holder].client.cancel(seat).await.unwrap();
    // No request reaches the class until it has started.
    world.before(&class, -5).await;
    let swept = world.anyone.sweep().await.unwrap();
    assert_eq!((swept.expired, swept.promoted, swept.closed), (1, 0, 2));
    for (family, entry) in waiting.into_iter().zip(entries) {
        assert_eq!(world[family].status(entry).await, EntryStatus::Expired);
    }
    assert_eq!(world.templates(waiting[0]).await, ["spot_available"]);
    assert_eq!(world.templates(waiting[2]).await, ["waitlist_closed"]);
    world.close().await;
}
