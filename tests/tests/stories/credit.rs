//! Class credit: minutes granted by a shorter makeup, spent, restored, revoked and expired.

use contract::shapes::{Balance, CreditMovement, CreditTotals, CreditUse, Grant, Makeup};
use logic::compensation::UsageType;
use logic::ids::{BookingId, GrantId};
use logic::status::{BookingStatus, GrantSource, GrantStatus, MakeupStatus, Movement};
use logic::time::DAY_MINUTES;
use logic::{Instant, Minutes};
use serde_json::json;
use tests::rows::{self, Seats};
use tests::world::{Member, World};
use tests::{Class, Family, Plan, Refused};

/// A grant can be spent for two weeks, and counts as expiring soon in the last three days of them.
const VALIDITY: Minutes = Minutes(14 * DAY_MINUTES);
const SOON: Minutes = Minutes(3 * DAY_MINUTES);

/// Ann took leave from a class of 90 minutes and from one of 60. There are shorter classes to make them up in, and a
/// class to spend the credit on.
struct Credit {
    world: World,
    ann: Family,
    long: BookingId,
    hour: BookingId,
    /// 60 minutes, on Wednesday: grants 30 minutes for the long class.
    first: Class,
    /// 45 minutes, on Thursday: grants 15 minutes for the other class.
    second: Class,
    /// 40 minutes, on Friday.
    paid: Class,
}

async fn credit() -> Credit {
    let mut plan = Plan::new().await;
    let ann = plan.family();
    let long = plan.class_with(1, "18:00", 2, 90, None);
    let hour = plan.class_with(1, "10:00", 2, 60, None);
    let [long, hour] = [long, hour].map(|class| plan.booked(&class, ann));
    let first = plan.class_with(2, "18:00", 2, 60, None);
    let second = plan.class_with(3, "18:00", 2, 45, None);
    let paid = plan.class_with(4, "18:00", 2, 40, None);
    let world = plan.load().await;
    world[ann].client.take_leave(long).await.unwrap();
    world[ann].client.take_leave(hour).await.unwrap();
    Credit { world, ann, long, hour, first, second, paid }
}

impl Credit {
    /// Books both makeups: a grant of 30 minutes, and ten minutes later one of 15.
    async fn granted(&self) -> [Makeup; 2] {
        let parent = &self.world[self.ann];
        let first = parent.make_up(self.long, &self.first).await.unwrap();
        self.world.wait(10).await;
        [first, parent.make_up(self.hour, &self.second).await.unwrap()]
    }
}

/// Returns the id of the makeup's grant.
fn grant(makeup: &Makeup) -> GrantId {
    makeup.compensation_id.unwrap()
}

fn totals(granted: u32, used: u32, expired: u32, revoked: u32) -> CreditTotals {
    CreditTotals { granted, used, expired, revoked }
}

/// Returns the ledger, newest first: kind, minutes, remaining minutes and grant.
async fn movements(parent: &Member) -> Vec<(Movement, u32, u32, GrantId)> {
    let told = |it: CreditMovement| (it.kind, it.minutes, it.remaining_minutes, it.compensation_id);
    parent.history().await.into_iter().map(told).collect()
}

/// Covers R3.4, R3.5, R3.6.
#[tokio::test]
async fn a_shorter_makeup_grants_the_difference_as_credit_for_two_weeks() {
    let Credit { world, ann, long, first, .. } = credit().await;
    let parent = &world[ann];
    let now = world.wait(7).await;
    let makeup = parent.make_up(long, &first).await.unwrap();
    assert_eq!((makeup.original_duration, makeup.makeup_duration, makeup.duration_difference), (90, 60, 30));
    let expiry = now.plus(VALIDITY);
    let grant = Grant {
        id: grant(&makeup),
        original_booking_id: long,
        source: GrantSource::Makeup,
        compensation_minutes: 30,
        remaining_minutes: 30,
        status: GrantStatus::Available,
        created_time: now,
        expiry_time: expiry,
        used_time: None,
    };
    let full = Balance {
        profile_id: parent.child(),
        available_minutes: 30,
        expiring_soon_minutes: 0,
        next_expiry: Some(expiry),
        grants: vec![grant.clone()],
        totals: totals(30, 0, 0, 0),
    };
    assert_eq!(parent.balance().await, full);
    let place = parent.client.my_bookings("limit=1").await.unwrap().items[0].id;
    let granted = CreditMovement {
        at: now,
        kind: Movement::Granted,
        minutes: 30,
        remaining_minutes: 30,
        compensation_id: grant.id,
        booking_id: Some(place),
        usage_type: None,
    };
    assert_eq!(parent.history().await, std::slice::from_ref(&granted));

    // It starts to expire soon, and it expires, to the millisecond, although no sweep has run.
    let before = |at: Instant| Instant::clamped(at.millis() - 1);
    world.at(before(expiry.minus(SOON))).await;
    assert_eq!(parent.balance().await, full);
    world.at(expiry.minus(SOON)).await;
    assert_eq!(parent.balance().await, Balance { expiring_soon_minutes: 30, ..full.clone() });
    world.at(before(expiry)).await;
    assert_eq!(parent.client.preview(parent.child(), 30).await.unwrap().available, 30);
    world.at(expiry).await;
    let problem = parent.client.preview(parent.child(), 1).await.refused(409, "insufficient_compensation");
    assert_eq!((&problem.fields["required"], &problem.fields["available"]), (&json!(1), &json!(0)));
    let over = Balance {
        available_minutes: 0,
        expiring_soon_minutes: 0,
        next_expiry: None,
        grants: vec![Grant { remaining_minutes: 0, status: GrantStatus::Expired, ..grant }],
        totals: totals(30, 0, 30, 0),
        ..full
    };
    assert_eq!(parent.balance().await, over);
    let expired = CreditMovement {
        at: expiry,
        kind: Movement::Expired,
        remaining_minutes: 0,
        booking_id: None,
        ..granted.clone()
    };
    assert_eq!(parent.history().await, [expired.clone(), granted.clone()]);
    world.anyone.sweep().await.unwrap();
    assert_eq!((parent.balance().await, parent.history().await), (over, vec![expired, granted]));
    world.close().await;
}

/// Covers R3.20, R4.10.
#[tokio::test]
async fn cancelling_a_makeup_revokes_its_credit_and_the_class_is_owed_again() {
    let story = credit().await;
    let [first, second] = story.granted().await;
    let Credit { world, ann, long, first: class, .. } = story;
    let parent = &world[ann];
    assert_eq!(parent.owed().await, []);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));

    let cancelled = parent.client.cancel_makeup(first.id).await.unwrap();
    assert_eq!(cancelled, Makeup { status: MakeupStatus::Cancelled, ..first.clone() });
    assert_eq!(parent.client.cancel_makeup(first.id).await.unwrap(), cancelled, "again, the same");
    assert_eq!(parent.owed().await.iter().map(|owed| owed.booking.id).collect::<Vec<_>>(), [long]);
    assert_eq!(world.seats(&class).await, Seats::default());
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.totals), (15, totals(45, 0, 0, 30)));
    let standing: Vec<_> =
        balance.grants.iter().map(|grant| (grant.id, grant.remaining_minutes, grant.status)).collect();
    let [lost, kept] = [grant(&first), grant(&second)];
    assert_eq!(standing, [(kept, 15, GrantStatus::Available), (lost, 0, GrantStatus::Revoked)]);

    // The same class can make it up again, with a new grant.
    let again = parent.make_up(long, &class).await.unwrap();
    let fresh = grant(&again);
    assert_ne!(fresh, lost);
    assert_eq!(parent.balance().await.totals, totals(75, 0, 0, 30));
    assert_eq!(
        movements(parent).await,
        [
            (Movement::Granted, 30, 30, fresh),
            (Movement::Revoked, 30, 0, lost),
            (Movement::Granted, 15, 15, kept),
            (Movement::Granted, 30, 30, lost),
        ]
    );
    world.close().await;
}

/// Covers R3.21.
#[tokio::test]
async fn a_makeup_whose_credit_was_spent_cannot_be_cancelled_until_the_minutes_are_restored() {
    let story = credit().await;
    let [first, second] = story.granted().await;
    let Credit { world, ann, long, paid, .. } = story;
    let parent = &world[ann];
    let places = parent.client.my_bookings("").await.unwrap().items;
    let booking = parent.pay(&paid).await.unwrap().id;
    let before = rows::fingerprint(world.sql()).await;
    // One grant is spent fully, the other partly; the makeup is cancelled by its own id and by its booking's.
    for makeup in [&first, &second] {
        let problem = parent.client.cancel_makeup(makeup.id).await.refused(409, "compensation_already_used");
        assert_eq!(problem.fields["bookings"], json!([booking]));
        let place = places.iter().find(|place| place.starts_at == makeup.starts_at).unwrap().id;
        let problem = parent.client.cancel(place).await.refused(409, "compensation_already_used");
        assert_eq!(problem.fields["bookings"], json!([booking]));
    }
    assert_eq!(rows::fingerprint(world.sql()).await, before, "nothing changed");

    parent.client.cancel(booking).await.unwrap();
    parent.client.cancel_makeup(first.id).await.unwrap();
    assert_eq!(parent.owed().await.iter().map(|owed| owed.booking.id).collect::<Vec<_>>(), [long]);
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.totals), (15, totals(45, 0, 0, 30)));
    world.close().await;
}

/// Covers R4.2, R4.7.
#[tokio::test]
async fn credit_that_expires_first_is_spent_first_and_is_restored_to_its_grants() {
    let story = credit().await;
    let [older, newer] = story.granted().await.map(|makeup| grant(&makeup));
    let Credit { world, ann, paid, .. } = story;
    let parent = &world[ann];
    let whole = parent.balance().await;
    assert_eq!(whole.grants.iter().map(|grant| grant.id).collect::<Vec<_>>(), [older, newer]);
    let problem = parent.client.preview(parent.child(), 46).await.refused(409, "insufficient_compensation");
    assert_eq!((&problem.fields["required"], &problem.fields["available"]), (&json!(46), &json!(45)));
    let preview = parent.client.preview(parent.child(), 40).await.unwrap();
    let uses = [
        CreditUse {
            compensation_id: older,
            used_minutes: 30,
            remaining_minutes: 0,
            usage_type: UsageType::FullUse,
        },
        CreditUse {
            compensation_id: newer,
            used_minutes: 10,
            remaining_minutes: 5,
            usage_type: UsageType::PartialUse,
        },
    ];
    assert_eq!((preview.available, preview.uses.as_slice()), (45, uses.as_slice()));
    assert_eq!(parent.balance().await, whole, "a preview changes nothing");

    let now = world.wait(3).await;
    let booking = parent.pay(&paid).await.unwrap();
    assert_eq!((booking.status, booking.compensation_minutes_used), (BookingStatus::Booked, 40));
    let history = parent.history().await;
    for (movement, taken) in history.iter().zip(uses.iter().rev()) {
        assert_eq!(
            (movement.at, movement.kind, movement.booking_id),
            (now, Movement::Used, Some(booking.id))
        );
        assert_eq!((movement.compensation_id, movement.minutes), (taken.compensation_id, taken.used_minutes));
        assert_eq!(movement.remaining_minutes, taken.remaining_minutes);
        assert_eq!(movement.usage_type, Some(taken.usage_type));
    }
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.totals), (5, totals(45, 40, 0, 0)));
    let standing: Vec<_> =
        balance.grants.iter().map(|grant| (grant.id, grant.status, grant.used_time)).collect();
    assert_eq!(standing, [(newer, GrantStatus::Available, None), (older, GrantStatus::Used, Some(now))]);
    parent.pay(&paid.later(1)).await.refused(409, "insufficient_compensation");

    // Six hours before class, the minutes are restored to both grants.
    let last = world.before(&paid, 360).await;
    let cancelled = parent.client.cancel(booking.id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.compensation_minutes_used), (BookingStatus::Cancelled, 0));
    assert_eq!(parent.client.cancel(booking.id).await.unwrap(), cancelled, "again, the same");
    assert_eq!(parent.balance().await, whole);
    let mut back: Vec<_> =
        movements(parent).await.into_iter().take_while(|it| it.0 == Movement::Restored).collect();
    back.sort_by_key(|it| it.3);
    assert_eq!(back, [(Movement::Restored, 30, 30, older), (Movement::Restored, 10, 15, newer)]);

    // A millisecond later they stay spent.
    let again = parent.pay(&paid).await.unwrap();
    world.at(Instant::clamped(last.millis() + 1)).await;
    let cancelled = parent.client.cancel(again.id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.compensation_minutes_used), (BookingStatus::Cancelled, 40));
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.totals), (5, totals(45, 40, 0, 0)));
    assert_eq!(movements(parent).await[0].0, Movement::Used);
    world.close().await;
}

/// Covers R2.42.
#[tokio::test]
async fn leave_from_a_paid_class_gives_a_makeup_and_no_minutes() {
    let story = credit().await;
    story.granted().await;
    let Credit { world, ann, paid, .. } = story;
    let parent = &world[ann];
    let booking = parent.pay(&paid).await.unwrap();
    let spent = (parent.balance().await, parent.history().await);
    let leave = parent.client.take_leave(booking.id).await.unwrap();
    assert_eq!((leave.status, leave.compensation_minutes_used), (BookingStatus::Leave, 40));
    assert_eq!((parent.balance().await, parent.history().await), spent);
    assert_eq!(parent.owed().await.iter().map(|owed| owed.booking.id).collect::<Vec<_>>(), [booking.id]);
    // It is made up like any other class, and it can no longer be cancelled.
    parent.client.cancel(booking.id).await.refused(409, "conflict");
    parent.make_up(booking.id, &paid.later(1)).await.unwrap();
    assert_eq!(parent.owed().await, []);
    assert_eq!((parent.balance().await, parent.history().await), spent);
    world.close().await;
}

/// Covers R4.8.
#[tokio::test]
async fn minutes_restored_to_an_expired_grant_expire_at_once() {
    let story = credit().await;
    let [older, newer] = story.granted().await.map(|makeup| grant(&makeup));
    let Credit { world, ann, paid, .. } = story;
    let parent = &world[ann];
    let end = parent.balance().await.grants[0].expiry_time;
    let booking = parent.pay(&paid.later(2)).await.unwrap();
    let spent = movements(parent).await;
    world.at(end).await;
    parent.client.cancel(booking.id).await.unwrap();
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.totals), (15, totals(45, 0, 30, 0)));
    let standing: Vec<_> = balance.grants.iter().map(|grant| (grant.id, grant.status)).collect();
    assert_eq!(standing, [(newer, GrantStatus::Available), (older, GrantStatus::Expired)]);
    // The cancel writes both entries, for this booking; an expiry by the sweep names no booking.
    let count = parent.history().await.iter().filter(|it| it.booking_id == Some(booking.id)).count();
    assert_eq!(count, 5, "two uses, two restored, one expired");
    let history = movements(parent).await;
    let (back, before) = history.split_at(history.len() - spent.len());
    assert_eq!(before, spent);
    let of = |grant| back.iter().filter(|it| it.3 == grant).copied().collect::<Vec<_>>();
    assert_eq!(of(older), [(Movement::Expired, 30, 0, older), (Movement::Restored, 30, 30, older)]);
    assert_eq!(of(newer), [(Movement::Restored, 10, 15, newer)]);
    world.close().await;
}
