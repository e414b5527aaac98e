//! Answering an offer: confirming, declining, leaving, and answering too late.

use logic::status::{BookingSource, BookingStatus, EntryStatus};
use logic::{Instant, Minutes};
use tests::rows::{self, Seats};
use tests::world::World;
use tests::{Class, Family, Plan, Refused};

/// A full class with two waiting entries, and a seat just offered to the first.
struct Offered {
    world: World,
    class: Class,
    ann: Family,
    ben: Family,
    first: logic::ids::WaitlistId,
    second: logic::ids::WaitlistId,
    deadline: Instant,
}

async fn offered() -> Offered {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, ben] = plan.families();
    let world = plan.load().await;
    let first = world[ann].join(&class).await.unwrap().id;
    let second = world[ben].join(&class).await.unwrap().id;
    world[holder].client.cancel(seat).await.unwrap();
    let deadline = world[ann].entry(first).await.response_deadline.unwrap();
    Offered { world, class, ann, ben, first, second, deadline }
}

fn just_after(at: Instant) -> Instant {
    Instant::clamped(at.millis() + 1)
}

/// Covers R2.55, R2.58.
#[tokio::test]
async fn a_confirm_creates_one_booking_however_often_it_is_repeated() {
    let Offered { world, class, ann, ben, first, second, .. } = offered().await;
    let now = world.wait(7).await;
    let answer = world[ann].client.confirm(first).await.unwrap();
    let booking = answer.booking.clone().unwrap();
    assert_eq!((booking.source, booking.status), (BookingSource::Waitlist, BookingStatus::Booked));
    assert_eq!((booking.profile_id, booking.created_at), (world[ann].child(), now));
    assert_eq!((booking.course_schedule_id, booking.booking_date), (class.schedule, class.date));
    assert_eq!((answer.entry.status, answer.entry.confirmed_at), (EntryStatus::Confirmed, Some(now)));
    assert_eq!((answer.entry.position, answer.entry.chance), (None, None));
    assert!(answer.makeup.is_none());
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1));
    let offer = rows::offers(world.sql(), first).await.remove(0);
    assert_eq!((offer.status.as_str(), offer.answered), ("responded", Some(now)));
    assert_eq!((offer.completed, offer.reason), (Some(now), None));

    // A repeated confirm, for example after a lost answer, returns the same booking at any time.
    world.wait(120).await;
    let again = world[ann].client.confirm(first).await.unwrap();
    assert_eq!(again.booking.unwrap().id, booking.id);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1));
    let mine = world[ann].client.my_bookings("").await.unwrap().items;
    assert_eq!(mine.iter().map(|booking| booking.id).collect::<Vec<_>>(), [booking.id]);

    // A confirmed entry is left by cancelling its booking.
    world[ann].client.decline(first).await.refused(409, "conflict");
    world[ann].client.leave(first).await.refused(409, "conflict");
    world[ann].join(&class).await.refused(409, "already_booked");
    assert_eq!(world[ben].status(second).await, EntryStatus::Waiting);
    world.close().await;
}

/// Covers R2.6.
#[tokio::test]
async fn an_answer_at_the_deadline_is_in_time() {
    let Offered { world, class, ann, first, deadline, .. } = offered().await;
    world.at(deadline).await;
    let answer = world[ann].client.confirm(first).await.unwrap();
    assert_eq!(answer.booking.unwrap().created_at, deadline);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1));
    world.close().await;
}

/// Covers R2.60, R2.61, R2.66.
#[tokio::test]
async fn an_answer_a_millisecond_late_is_refused_and_offers_the_seat_to_the_next_entry() {
    let Offered { world, class, ann, ben, first, second, deadline } = offered().await;
    let late = just_after(deadline);
    world.at(late).await;
    let problem = world[ann].client.confirm(first).await.refused(410, "response_deadline_passed");
    assert_eq!(problem.fields["deadline"], deadline.to_rfc3339());

    // Read the rows before any other request settles the class.
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));
    let offer = rows::offers(world.sql(), second).await.remove(0);
    assert_eq!((offer.sent, offer.deadline), (late, Some(late.plus(Minutes(30)))));
    let ended = rows::offers(world.sql(), first).await.remove(0);
    assert_eq!((ended.status.as_str(), ended.reason.as_deref()), ("expired", Some("timeout")));
    assert_eq!((ended.answered, ended.completed), (None, Some(late)));
    let told: Vec<_> = world.told(ben).await.into_iter().map(|told| (told.template, told.at)).collect();
    assert_eq!(told, [("spot_available".to_owned(), late)]);

    let entry = world[ann].entry(first).await;
    assert_eq!((entry.status, entry.position), (EntryStatus::Expired, None));
    // After the deadline every answer is refused in this way.
    world[ann].client.confirm(first).await.refused(410, "response_deadline_passed");
    world[ann].client.decline(first).await.refused(410, "response_deadline_passed");
    let taken = world[ben].client.confirm(second).await.unwrap();
    assert_eq!(taken.booking.unwrap().profile_id, world[ben].child());
    world.close().await;
}

/// Covers R2.59, R2.61, R2.63.
#[tokio::test]
async fn a_decline_passes_the_seat_on_to_the_next_entry() {
    let Offered { world, class, ann, ben, first, second, .. } = offered().await;
    let now = world.wait(3).await;
    let answer = world[ann].client.decline(first).await.unwrap();
    assert_eq!((answer.entry.status, answer.booking), (EntryStatus::Cancelled, None));
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));
    let offer = rows::offers(world.sql(), first).await.remove(0);
    assert_eq!((offer.status.as_str(), offer.reason.as_deref()), ("responded", Some("user_cancelled")));
    assert_eq!((offer.answered, offer.completed), (Some(now), Some(now)));
    assert_eq!(rows::offers(world.sql(), second).await[0].deadline, Some(now.plus(Minutes(30))));
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);

    // Repeating the decline returns the same row. Confirming afterwards is refused.
    assert_eq!(world[ann].client.decline(first).await.unwrap().entry.id, first);
    world[ann].client.confirm(first).await.refused(409, "conflict");
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));

    // Nobody else waits, so the seat is released to direct booking.
    world[ben].client.decline(second).await.unwrap();
    assert_eq!(world[ben].see(&class).await.free, 1);
    world.close().await;
}

/// Covers R2.62, R2.63.
#[tokio::test]
async fn leaving_ends_a_waiting_entry_and_a_notified_one() {
    let Offered { world, class, ann, ben, first, second, .. } = offered().await;
    // A waiting entry.
    let left = world[ben].client.leave(second).await.unwrap();
    assert_eq!((left.status, left.position), (EntryStatus::Cancelled, None));
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));
    assert_eq!(world.templates(ben).await, ["waitlist_left"]);
    assert_eq!(world[ben].client.leave(second).await.unwrap(), left);
    assert_eq!(world.templates(ben).await, ["waitlist_left"], "leaving again tells nothing new");
    assert_eq!(rows::updates(world.sql(), second).await, 2, "it came to the front, and then left the queue");
    world[ben].client.confirm(second).await.refused(409, "conflict");

    // A notified entry: the next entry is offered the seat at once.
    let back = world[ben].join(&class).await.unwrap();
    assert_eq!((back.id, back.status), (second, EntryStatus::Waiting));
    let left = world[ann].client.leave(first).await.unwrap();
    assert_eq!(left.status, EntryStatus::Cancelled);
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));
    let offer = rows::offers(world.sql(), first).await.remove(0);
    assert_eq!((offer.status.as_str(), offer.reason.as_deref()), ("cancelled", Some("user_cancelled")));
    assert_eq!(offer.answered, None);
    assert_eq!(world.templates(ann).await, ["spot_available", "waitlist_left"]);
    assert_eq!(world[ann].client.leave(first).await.unwrap().id, first);
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
    world.close().await;
}

/// Covers R2.65.
#[tokio::test]
async fn an_answer_without_an_offer_is_a_conflict() {
    let Offered { world, ben, second, .. } = offered().await;
    world[ben].client.confirm(second).await.refused(409, "conflict");
    world[ben].client.decline(second).await.refused(409, "conflict");
    assert_eq!(world[ben].status(second).await, EntryStatus::Waiting);
    world.close().await;
}

/// Covers R2.56.
#[tokio::test]
async fn a_confirm_with_a_time_conflict_leaves_the_offer_open() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let overlapping = plan.class(2, "18:59", 4);
    let touching = plan.class(2, "19:00", 4);
    let ann = plan.family();
    let world = plan.load().await;
    let entry = world[ann].join(&class).await.unwrap().id;
    // A waiting entry is not a booking, so it causes no conflict.
    let other = world[ann].book(&overlapping).await.unwrap();
    world[holder].client.cancel(seat).await.unwrap();

    world[ann].client.confirm(entry).await.refused(409, "time_conflict");
    assert_eq!(world[ann].status(entry).await, EntryStatus::Notified);
    assert_eq!(world.seats(&class).await, Seats::of(0, 1, 0));
    world[ann].client.cancel(other.id).await.unwrap();
    world[ann].book(&touching).await.unwrap();
    world[ann].client.confirm(entry).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    world.close().await;
}
