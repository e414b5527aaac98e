//! Direct bookings of a class with a queue.

use logic::Minutes;
use logic::status::{BookingSource, BookingStatus};
use reqwest::Method;
use serde_json::json;
use tests::rows::{self, Seats};
use tests::{Plan, Refused};

/// Covers R0.4, R2.28.
#[tokio::test]
async fn refusals_of_a_booking_come_in_order() {
    let mut plan = Plan::new().await;
    let (class, holder, _) = plan.full_class(2, "18:00");
    let overlapping = plan.class(2, "17:30", 1);
    let roomy = plan.class(2, "18:15", 5);
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    world[ann].join(&class).await.unwrap();
    let other = world[ann].book(&overlapping).await.unwrap();
    let pay = |class: &tests::Class, child: logic::ids::ProfileId| {
        json!({
            "profile_id": child, "course_schedule_id": class.schedule, "booking_date": class.date,
            "pay_with_compensation": true,
        })
    };

    world[holder].book(&class).await.refused(409, "already_booked");
    world[ann].book(&class).await.refused(409, "already_waiting");
    // A full class that overlaps another booking: the time conflict comes first.
    world[holder].book(&overlapping).await.refused(409, "time_conflict");
    world[ann].book(&roomy).await.refused(409, "time_conflict");
    world[ben].book(&overlapping).await.refused(409, "session_full");
    let child = world[ben].child();
    let answer = world[ben].client.json(Method::POST, "/bookings", &pay(&overlapping, child)).await;
    assert_eq!(answer.problem().code, "session_full");
    let problem = world[ben].client.json(Method::POST, "/bookings", &pay(&roomy, child)).await.problem();
    assert_eq!((problem.status, problem.code.as_str()), (409, "insufficient_compensation"));
    assert_eq!((&problem.fields["required"], &problem.fields["available"]), (&json!(60), &json!(0)));

    world.before(&class, 0).await;
    world[holder].book(&class).await.refused(409, "class_started");
    // The other class has started, too.
    world[ann].client.cancel(other.id).await.refused(409, "class_started");
    rows::call_off(world.sql(), &class).await;
    world[holder].book(&class).await.refused(409, "class_cancelled");
    assert_eq!(world.seats(&roomy).await, Seats::default());
    world.close().await;
}

/// Covers R2.51.
#[tokio::test]
async fn a_free_seat_goes_to_the_queue_before_direct_booking() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 2);
    let holders: [_; 2] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let [ann, ben, cat] = plan.families();
    let world = plan.load().await;
    world[ann].join(&class).await.unwrap();
    world[ben].join(&class).await.unwrap();
    world[holders[0]].client.cancel(seats[0]).await.unwrap();
    world[cat].book(&class).await.refused(409, "session_full");
    world[holders[1]].client.cancel(seats[1]).await.unwrap();
    world[cat].book(&class).await.refused(409, "session_full");
    world[cat].join(&class).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(0, 2, 1));
    world.close().await;
}

/// Covers R2.36.
#[tokio::test]
async fn after_the_last_notification_time_a_waiting_profile_may_book_and_its_entry_ends() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;
    // A seat stays free because the only entry that waits is inside its interval.
    world.before(&class, 440).await;
    world[holder].client.cancel(seat).await.unwrap();
    world[ann].client.decline(first).await.unwrap();
    world[ann].join(&class).await.unwrap();
    world[ben].client.decline(second).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 1));
    world.before(&class, 389).await;
    let booking = world[ann].book(&class).await.unwrap();
    assert_eq!(booking.source, BookingSource::Direct);
    let entry = world[ann].entry(first).await;
    assert_eq!((entry.status.as_str(), entry.position), ("cancelled", None));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    // The booking can be cancelled, and the seat booked again by anyone, until the class starts.
    world[ann].client.cancel(booking.id).await.unwrap();
    let again = world[ben].book(&class).await.unwrap();
    assert_ne!(again.id, booking.id);
    world.before(&class, 0).await;
    world[ben].client.cancel(again.id).await.refused(409, "class_started");
    world.close().await;
}

/// Covers R2.37.
#[tokio::test]
async fn a_profile_that_cancelled_may_book_the_same_class_again() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let world = plan.load().await;
    world[holder].client.cancel(seat).await.unwrap();
    let again = world[holder].book(&class).await.unwrap();
    let mine = world[holder].client.my_bookings("").await.unwrap().items;
    let shown: Vec<_> = mine.iter().map(|booking| (booking.id, booking.status)).collect();
    assert_eq!(shown, [(again.id, BookingStatus::Booked), (seat, BookingStatus::Cancelled)]);
    // A cancelled booking gives no right to a makeup.
    assert!(mine.iter().all(|booking| booking.makeup_until.is_none()));
    world.close().await;
}

/// Covers R2.33.
#[tokio::test]
async fn siblings_may_book_overlapping_classes_and_one_profile_may_not() {
    let mut plan = Plan::new().await;
    let early = plan.class_with(2, "18:00", 5, 60, None);
    let inside = plan.class_with(2, "18:15", 5, 15, None);
    let touching = plan.class_with(2, "19:00", 5, 60, None);
    let twins = plan.large_family(2);
    let world = plan.load().await;
    let parent = &world[twins];
    parent.book_for(0, &early).await.unwrap();
    parent.book_for(1, &inside).await.unwrap();
    parent.book_for(0, &inside).await.refused(409, "time_conflict");
    parent.book_for(1, &early).await.refused(409, "time_conflict");
    parent.book_for(0, &touching).await.unwrap();
    assert_eq!(early.start.plus(Minutes(60)), touching.start);
    let first = format!("profile_id={}", parent.children[0]);
    assert_eq!(parent.client.my_bookings(&first).await.unwrap().items.len(), 2);
    assert_eq!(parent.client.my_bookings("").await.unwrap().items.len(), 3);
    world.close().await;
}
