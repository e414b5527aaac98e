//! The notification interval: an entry is offered at most one seat an hour, however often it leaves and joins (R2.11).

use logic::status::EntryStatus;
use logic::{Instant, Minutes};
use tests::rows::{self, Seats};
use tests::{Plan, Refused};

/// Covers R2.11, R2.49.
#[tokio::test]
async fn an_entry_inside_its_interval_is_passed_over_and_keeps_its_place() {
    let mut plan = Plan::new().await;
    let class = plan.class(2, "18:00", 2);
    let holders: [_; 2] = plan.families();
    let seats = holders.map(|holder| plan.booked(&class, holder));
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let offered_at = world.now().await;
    world[holders[0]].client.cancel(seats[0]).await.unwrap();
    // The offer expires. Nobody else waits, so the seat is released, and it is booked.
    world.wait(31).await;
    assert_eq!(world[ann].status(first).await, EntryStatus::Expired);
    world[holders[0]].book(&class).await.unwrap();

    // Joining again opens the same row, with its interval and its rounds.
    let again = world[ann].join(&class).await.unwrap();
    assert_eq!((again.id, again.position, again.status), (first, Some(1), EntryStatus::Waiting));
    assert_eq!((again.last_notified_at, again.response_deadline), (Some(offered_at), None));
    let second = world[ben].join(&class).await.unwrap().id;

    // A seat that becomes free within the hour is offered to the next entry; the first keeps its place.
    world[holders[1]].client.cancel(seats[1]).await.unwrap();
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
    assert_eq!(world[ann].entry(first).await.position, Some(1));
    world[ben].client.decline(second).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1), "free, and kept for the one who waits");
    assert_eq!(world[ben].see(&class).await.free, 0);
    world[ben].book(&class).await.refused(409, "session_full");

    // A millisecond before the hour ends the sweep offers nothing; when it ends, it offers the seat.
    let due = offered_at.plus(Minutes(60));
    world.at(Instant::clamped(due.millis() - 1)).await;
    assert_eq!(world.anyone.sweep().await.unwrap().promoted, 0);
    world.at(due).await;
    assert_eq!(world.anyone.sweep().await.unwrap().promoted, 1);
    let offers = rows::offers(world.sql(), first).await;
    assert_eq!(
        offers.iter().map(|offer| (offer.round, offer.sent)).collect::<Vec<_>>(),
        [(1, offered_at), (2, due)]
    );
    assert_eq!(world[ann].entry(first).await.last_notified_at, Some(due));
    world[ann].client.confirm(first).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(2, 0, 0));
    world.close().await;
}

/// Covers R2.25, R2.26.
#[tokio::test]
async fn joining_again_does_not_evade_the_interval_and_a_new_entry_goes_first() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let offered_at = world.now().await;
    world[holder].client.cancel(seat).await.unwrap();
    let second = world[ben].join(&class).await.unwrap().id;
    world[ann].client.leave(first).await.unwrap();
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);

    let again = world[ann].join(&class).await.unwrap();
    assert_eq!((again.id, again.last_notified_at), (first, Some(offered_at)));
    world[ben].client.decline(second).await.unwrap();
    assert_eq!(world[ann].status(first).await, EntryStatus::Waiting);

    // Seats are free while other entries are passed over, so the join itself offers one to a joiner that may be
    // notified.
    let cat = holder;
    let third = world[cat].join(&class).await.unwrap();
    assert_eq!((third.status, third.position), (EntryStatus::Notified, Some(0)));
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 1));
    world[cat].client.decline(third.id).await.unwrap();

    // Reads do not offer seats, but a join is a write: once the hour is over it offers the seat that is due.
    world.at(offered_at.plus(Minutes(60))).await;
    world[cat].book(&class).await.refused(409, "session_full");
    assert_eq!(world[ann].status(first).await, EntryStatus::Notified);
    world.close().await;
}

/// Covers R2.12.
#[tokio::test]
async fn an_entry_whose_interval_ends_after_the_last_notification_time_is_not_offered_a_seat() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;
    // The offer is made 50 minutes before the last notification time, so the hour ends after it.
    let offered_at = world.before(&class, 440).await;
    world[holder].client.cancel(seat).await.unwrap();
    world[ann].client.decline(first).await.unwrap();
    world[ann].join(&class).await.unwrap();
    world[ben].client.decline(second).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 1));
    assert_eq!(world[ben].see(&class).await.free, 0, "the list is open, and somebody is on it");

    world.at(offered_at.plus(Minutes(60))).await;
    let swept = world.anyone.sweep().await.unwrap();
    assert_eq!((swept.promoted, swept.closed), (0, 1));
    assert_eq!(world[ben].see(&class).await.free, 1);
    assert_eq!(world[ann].status(first).await, EntryStatus::Expired);
    assert_eq!(world.templates(ann).await, ["spot_available", "waitlist_closed"]);
    world.close().await;
}
