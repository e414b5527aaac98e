//! Overdue offers: no result depends on the sweep, because the first request settles what is overdue (R2.53, R2.54).

use logic::status::EntryStatus;
use logic::{Instant, Minutes};
use tests::rows::{self, Seats};
use tests::world::World;
use tests::{Class, Family, Plan, Refused};

/// A full class with three waiting entries and a seat offered to the first; the clock is a millisecond past its deadline.
struct Overdue {
    world: World,
    class: Class,
    ann: Family,
    ben: Family,
    staff: Family,
    service: Family,
    first: logic::ids::WaitlistId,
    second: logic::ids::WaitlistId,
    now: Instant,
}

async fn overdue() -> Overdue {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben, cat] = plan.families();
    let (staff, service) = (plan.staff(), plan.service());
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;
    world[cat].join(&class).await.unwrap();
    world[holder].client.cancel(seat).await.unwrap();
    let deadline = world[ann].entry(first).await.response_deadline.unwrap();
    let now = Instant::clamped(deadline.millis() + 1);
    world.at(now).await;
    Overdue { world, class, ann, ben, staff, service, first, second, now }
}

impl Overdue {
    /// Asserts that the overdue offer was settled, and the next one made, at this instant.
    async fn check_settled(self) {
        let Self { world, class, ann, ben, first, second, now, .. } = self;
        assert_eq!(world.seats(&class).await, Seats::of(0, 1, 1));
        assert_eq!(rows::offers(world.sql(), first).await[0].status, "expired");
        assert_eq!(rows::offers(world.sql(), second).await[0].deadline, Some(now.plus(Minutes(30))));
        assert_eq!(world[ann].status(first).await, EntryStatus::Expired);
        assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
        assert_eq!(world.templates(ben).await, ["spot_available"]);
        world.close().await;
    }
}

/// Covers R2.54.
#[tokio::test]
async fn the_position_of_an_overdue_entry_is_expired() {
    let story = overdue().await;
    let place = story.world[story.ann].position(story.first).await;
    assert_eq!((place.status, place.position, place.ahead), (EntryStatus::Expired, None, None));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn the_position_of_the_next_entry_shows_its_offer() {
    let story = overdue().await;
    let place = story.world[story.ben].position(story.second).await;
    assert_eq!((place.status, place.position, place.waiting_total), (EntryStatus::Notified, Some(0), 1));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn reading_an_entry_settles_the_overdue_offer() {
    let story = overdue().await;
    assert_eq!(story.world[story.ann].status(story.first).await, EntryStatus::Expired);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn listing_entries_settles_the_overdue_offer() {
    let story = overdue().await;
    let mine = story.world[story.ann].client.my_entries("").await.unwrap().items;
    assert_eq!(mine.iter().map(|entry| entry.status).collect::<Vec<_>>(), [EntryStatus::Expired]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn a_list_filtered_by_status_is_settled_first() {
    let story = overdue().await;
    // The first request comes from the entry that settling will notify; its row is still `waiting`.
    let ben = &story.world[story.ben].client;
    assert!(ben.my_entries("status=waiting").await.unwrap().items.is_empty(), "it has been offered a seat");
    let offered = ben.my_entries("status=notified").await.unwrap().items;
    assert_eq!(offered.iter().map(|entry| entry.id).collect::<Vec<_>>(), [story.second]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn a_list_of_notified_entries_contains_an_offer_that_settling_makes() {
    let story = overdue().await;
    // The row becomes `notified` only when the class is settled, so the filter must be applied after that.
    let offered = story.world[story.ben].client.my_entries("status=notified").await.unwrap().items;
    assert_eq!(offered.iter().map(|entry| entry.id).collect::<Vec<_>>(), [story.second]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn reading_a_class_settles_the_overdue_offer() {
    let story = overdue().await;
    let session = story.world[story.ben].see(&story.class).await;
    assert_eq!((session.booked, session.held, session.waiting, session.free), (0, 1, 1, 0));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn listing_classes_settles_the_overdue_offer() {
    let story = overdue().await;
    let day = format!("from={0}&to={0}&course_id={1}", story.class.date, story.class.course);
    let sessions = story.world[story.ben].client.sessions(&day).await.unwrap().items;
    let numbers = sessions.iter().map(|session| (session.held, session.waiting));
    assert_eq!(numbers.collect::<Vec<_>>(), [(1, 1)]);
    story.check_settled().await;
}

/// Covers R2.53.
#[tokio::test]
async fn a_refused_booking_settles_the_overdue_offer() {
    let story = overdue().await;
    story.world[story.ann].book(&story.class).await.refused(409, "session_full");
    story.check_settled().await;
}

/// Covers R2.60, R2.61.
#[tokio::test]
async fn the_sweep_settles_the_overdue_offer_and_counts_it() {
    let story = overdue().await;
    let swept = story.world.anyone.sweep().await.unwrap();
    assert_eq!((swept.expired, swept.promoted, swept.closed, swept.released), (1, 1, 0, 0));
    let again = story.world.anyone.sweep().await.unwrap();
    assert_eq!((again.expired, again.promoted, again.closed, again.released), (0, 0, 0, 0));
    story.check_settled().await;
}

#[tokio::test]
async fn the_service_role_may_process_expiry_and_nothing_else() {
    let story = overdue().await;
    let machine = &story.world[story.service];
    machine.client.my_entries("").await.refused(403, "forbidden");
    machine.client.session(story.class.schedule, story.class.date).await.refused(403, "forbidden");
    machine.client.entry(story.first).await.refused(403, "forbidden");
    assert_eq!(story.world.seats(&story.class).await, Seats::of(0, 1, 2));
    let swept = machine.client.process_expiry(None).await.unwrap();
    assert_eq!((swept.expired, swept.promoted, swept.closed, swept.released), (1, 1, 0, 0));
    story.check_settled().await;
}

#[tokio::test]
async fn staff_may_process_expiry_and_members_may_not() {
    let story = overdue().await;
    story.world[story.ann].client.process_expiry(None).await.refused(403, "forbidden");
    story.world.anyone.process_expiry(None).await.refused(401, "unauthenticated");
    assert_eq!(story.world.seats(&story.class).await, Seats::of(0, 1, 2), "nothing was settled");
    let swept = story.world[story.staff].client.process_expiry(Some(1)).await.unwrap();
    assert_eq!((swept.expired, swept.promoted), (1, 1));
    story.check_settled().await;
}

#[tokio::test]
async fn the_limit_bounds_the_offers_that_are_settled() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (2..5).map(|day| plan.full_class(day, "18:00")).collect();
    let ann = plan.family();
    let staff = plan.staff();
    let world = plan.load().await;
    for (class, holder, seat) in &classes {
        world[ann].join(class).await.unwrap();
        world[*holder].client.cancel(*seat).await.unwrap();
    }
    world.wait(31).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        let swept = world[staff].client.process_expiry(Some(2)).await.unwrap();
        counts.push((swept.expired, swept.released));
    }
    // Nobody else waits in these queues, so each seat is released to direct booking.
    assert_eq!(counts, [(2, 2), (1, 1), (0, 0)]);
    world.close().await;
}
