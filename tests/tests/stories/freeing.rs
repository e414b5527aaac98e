//! Freed seats: which entry is offered the seat, and which message it gets.

use logic::Minutes;
use logic::status::{BookingStatus, EntryStatus};
use tests::rows::{self, Seats};
use tests::{Plan, Refused};

/// Covers R2.48, R2.52.
#[tokio::test]
async fn the_seat_of_a_cancelled_booking_is_offered_to_the_first_entry() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap();
    let second = world[ben].join(&class).await.unwrap();
    let now = world.wait(5).await;

    let cancelled = world[holder].client.cancel(seat).await.unwrap();
    assert_eq!((cancelled.id, cancelled.status), (seat, BookingStatus::Cancelled));

    // Read the rows before any other request settles the class: everything was written in one transaction.
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 1));
    let deadline = now.plus(Minutes(30));
    let offers = rows::offers(world.sql(), first.id).await;
    assert_eq!(offers.len(), 1);
    assert_eq!((offers[0].round, offers[0].status.as_str()), (1, "sent"));
    assert_eq!((offers[0].sent, offers[0].began), (now, now));
    assert_eq!(
        (offers[0].deadline, offers[0].completed, offers[0].reason.clone()),
        (Some(deadline), None, None)
    );

    let entry = world[ann].entry(first.id).await;
    assert_eq!((entry.status, entry.position), (EntryStatus::Notified, Some(0)));
    assert_eq!((entry.last_notified_at, entry.response_deadline), (Some(now), Some(deadline)));
    let place = world[ben].position(second.id).await;
    assert_eq!((place.status, place.position, place.ahead), (EntryStatus::Waiting, Some(1), Some(0)));
    assert_eq!(place.waiting_total, 1);

    let told = world.told(ann).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].template.as_str(), told[0].at, told[0].waitlist_id),
        ("spot_available", now, Some(first.id))
    );
    assert_eq!(told[0].page, format!("pages/waitlist/detail?id={}", first.id));
    // 08:05 in Shanghai, plus half an hour.
    let until = told[0].data["time4"]["value"].as_str().unwrap();
    assert!(until.ends_with("08:35"), "{until}");
    assert!(world.told(ben).await.is_empty());
    assert!(world.told(holder).await.is_empty());

    // Cancelling twice returns the same row and offers nothing more.
    let again = world[holder].client.cancel(seat).await.unwrap();
    assert_eq!(again, cancelled);
    assert_eq!(world.told(ann).await.len(), 1);
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 1));
    world.close().await;
}

/// Covers R2.50.
#[tokio::test]
async fn a_held_seat_cannot_be_booked() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap();
    world[holder].client.cancel(seat).await.unwrap();

    world[ben].book(&class).await.refused(409, "session_full");
    world[ann].book(&class).await.refused(409, "already_waiting");
    // The seat is held, so another profile must wait.
    let behind = world[ben].join(&class).await.unwrap();
    assert_eq!((behind.status, behind.position), (EntryStatus::Waiting, Some(1)));
    // The profile that cancelled may join the tail of the queue.
    let back = world[holder].join(&class).await.unwrap();
    assert_eq!(back.position, Some(2));

    world[ann].client.confirm(first.id).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 2));
    world.close().await;
}

#[tokio::test]
async fn the_counters_of_a_class_follow_every_change() {
    let mut plan = Plan::new().await;
    let class = plan.class_with(2, "18:00", 3, 45, Some(4));
    let holders: [_; 3] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let [ann, ben, cat] = plan.families();
    let world = plan.load().await;
    let numbers = async || {
        let session = world[ann].see(&class).await;
        (session.booked, session.held, session.free, session.waiting)
    };

    let session = world[ann].see(&class).await;
    assert_eq!((session.course_schedule_id, session.booking_date), (class.schedule, class.date));
    assert_eq!((session.starts_at, session.ends_at), (class.start, class.start.plus(Minutes(45))));
    assert_eq!((session.capacity, session.queue_capacity, session.duration_minutes), (3, 4, 45));
    assert_eq!(session.last_notification_at, class.start.minus(Minutes(390)));
    assert_eq!(session.response_cutoff_at, class.start.minus(Minutes(360)));
    assert_eq!((session.phase.as_str(), session.status.as_str()), ("open", "scheduled"));

    assert_eq!(numbers().await, (3, 0, 0, 0));
    let first = world[ann].join(&class).await.unwrap();
    world[ben].join(&class).await.unwrap();
    world[cat].join(&class).await.unwrap();
    assert_eq!(numbers().await, (3, 0, 0, 3));
    world[holders[0]].client.cancel(seats[0]).await.unwrap();
    assert_eq!(numbers().await, (2, 1, 0, 2));
    world[holders[1]].client.cancel(seats[1]).await.unwrap();
    assert_eq!(numbers().await, (1, 2, 0, 1));
    world[ann].client.confirm(first.id).await.unwrap();
    assert_eq!(numbers().await, (2, 1, 0, 1));

    // The list agrees with the class.
    let day = format!("from={0}&to={0}&course_id={1}", class.date, class.course);
    let listed = world[ben].client.sessions(&day).await.unwrap().items;
    assert_eq!(listed, [world[ben].see(&class).await]);
    world.close().await;
}

/// Covers R2.61.
#[tokio::test]
async fn a_freed_seat_without_a_queue_can_be_booked() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let ann = plan.family();
    let world = plan.load().await;

    world[ann].book(&class).await.refused(409, "session_full");
    world[holder].client.cancel(seat).await.unwrap();
    assert_eq!(world[ann].see(&class).await.free, 1);
    world[ann].join(&class).await.refused(409, "spot_available");
    let booking = world[ann].book(&class).await.unwrap();
    assert_eq!((booking.source.as_str(), booking.status), ("direct", BookingStatus::Booked));
    assert_eq!((booking.starts_at, booking.duration_minutes), (class.start, 60));
    assert!(world.told(ann).await.is_empty());
    world.close().await;
}
