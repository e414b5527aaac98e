//! Nothing depends on a sweep being on time: whoever looks first settles what is overdue.

use logic::status::EntryStatus;
use logic::{Instant, Minutes};
use tests::rows::{self, Seats};
use tests::world::World;
use tests::{Class, Family, Plan, Refused};

/// A full class, three who wait, a seat offered to the first, and the clock a millisecond past its deadline.
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
    /// The dead offer has been settled, and the next one made, at this instant.
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
async fn the_position_of_a_dead_offer_shows_it_ended() {
    let story = overdue().await;
    let place = story.world[story.ann].position(story.first).await;
    assert_eq!((place.status, place.position, place.ahead), (EntryStatus::Expired, None, None));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn the_position_of_the_next_shows_the_offer() {
    let story = overdue().await;
    let place = story.world[story.ben].position(story.second).await;
    assert_eq!((place.status, place.position, place.waiting_total), (EntryStatus::Notified, Some(0), 1));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn an_entry_shows_it() {
    let story = overdue().await;
    assert_eq!(story.world[story.ann].status(story.first).await, EntryStatus::Expired);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn the_familys_list_shows_it() {
    let story = overdue().await;
    let mine = story.world[story.ann].client.my_entries("").await.unwrap().items;
    assert_eq!(mine.iter().map(|entry| entry.status).collect::<Vec<_>>(), [EntryStatus::Expired]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn a_filtered_list_of_the_family_shows_what_is_true_now() {
    let story = overdue().await;
    // Asked first by the one who is about to be offered the seat: the row is still `waiting` then.
    let ben = &story.world[story.ben].client;
    assert!(ben.my_entries("status=waiting").await.unwrap().items.is_empty(), "it has been offered a seat");
    let offered = ben.my_entries("status=notified").await.unwrap().items;
    assert_eq!(offered.iter().map(|entry| entry.id).collect::<Vec<_>>(), [story.second]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn a_list_of_offers_finds_the_one_that_is_due() {
    let story = overdue().await;
    // Its row is not `notified` before the class has been settled: the filter must not hide that from the list.
    let offered = story.world[story.ben].client.my_entries("status=notified").await.unwrap().items;
    assert_eq!(offered.iter().map(|entry| entry.id).collect::<Vec<_>>(), [story.second]);
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn the_class_shows_it() {
    let story = overdue().await;
    let session = story.world[story.ben].see(&story.class).await;
    assert_eq!((session.booked, session.held, session.waiting, session.free), (0, 1, 1, 0));
    story.check_settled().await;
}

/// Covers R2.54.
#[tokio::test]
async fn the_list_of_classes_shows_it() {
    let story = overdue().await;
    let day = format!("from={0}&to={0}&course_id={1}", story.class.date, story.class.course);
    let sessions = story.world[story.ben].client.sessions(&day).await.unwrap().items;
    let numbers = sessions.iter().map(|session| (session.held, session.waiting));
    assert_eq!(numbers.collect::<Vec<_>>(), [(1, 1)]);
    story.check_settled().await;
}

/// Covers R2.53.
#[tokio::test]
async fn a_refused_booking_settles_it_all_the_same() {
    let story = overdue().await;
    story.world[story.ann].book(&story.class).await.refused(409, "session_full");
    story.check_settled().await;
}

/// Covers R2.60, R2.61.
#[tokio::test]
async fn the_sweep_settles_it_and_says_so() {
    let story = overdue().await;
    let swept = story.world.anyone.sweep().await.unwrap();
    assert_eq!((swept.expired, swept.promoted, swept.closed, swept.released), (1, 1, 0, 0));
    let again = story.world.anyone.sweep().await.unwrap();
    assert_eq!((again.expired, again.promoted, again.closed, again.released), (0, 0, 0, 0));
    story.check_settled().await;
}

#[tokio::test]
async fn the_service_may_process_what_expired_and_nothing_else() {
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
async fn staff_may_process_what_expired_and_members_may_not() {
    let story = overdue().await;
    story.world[story.ann].client.process_expiry(None).await.refused(403, "forbidden");
    story.world.anyone.process_expiry(None).await.refused(401, "unauthenticated");
    assert_eq!(story.world.seats(&story.class).await, Seats::of(0, 1, 2), "nothing was settled");
    let swept = story.world[story.staff].client.process_expiry(Some(1)).await.unwrap();
    assert_eq!((swept.expired, swept.promoted), (1, 1));
    story.check_settled().await;
}

#[tokio::test]
async fn a_limit_bounds_the_offers_looked_at() {
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
    // Nobody is left in these queues, so that each seat goes to direct booking.
    assert_eq!(counts, [(2, 2), (1, 1), (0, 0)]);
    world.close().await;
}
