//! Makeups: a missed class, and another one that replaces it.

use contract::shapes::{MakeupCounts, Owed};
use logic::ids::{BookingId, WaitlistId};
use logic::makeup::CompletionType;
use logic::status::{BookingSource, BookingStatus, EntryStatus, MakeupStatus};
use logic::time::DAY_MINUTES;
use logic::{Instant, Minutes};
use tests::plan::CLASS_MINUTES;
use tests::rows::{self, Seats};
use tests::world::{Member, World};
use tests::{Class, Family, Plan, Refused};

/// A missed class can be made up in a class that starts within two weeks after it.
const VALIDITY: Minutes = Minutes(14 * DAY_MINUTES);

/// Returns the instant a millisecond after `at`.
fn past(at: Instant) -> Instant {
    Instant::clamped(at.millis() + 1)
}

/// Returns the bookings that are still to be made up.
async fn owed(member: &Member) -> Vec<BookingId> {
    member.owed().await.into_iter().map(|owed| owed.booking.id).collect()
}

/// Plans a class and a booking of it from which leave will be taken.
fn to_miss(plan: &mut Plan, family: Family) -> (Class, BookingId) {
    let class = plan.class(1, "18:00", 5);
    (class, plan.booked(&class, family))
}

/// Covers R2.41, R2.42, R3.8.
#[tokio::test]
async fn leave_in_time_gives_the_right_to_a_makeup_for_two_weeks() {
    let mut plan = Plan::new().await;
    let class = plan.class_with(2, "18:00", 3, 90, None);
    let [ann, ben, cat] = plan.families();
    let [left, stayed, cancelled] = [ann, ben, cat].map(|family| plan.booked(&class, family));
    let world = plan.load().await;
    assert_eq!(world[ann].owed().await, []);

    // Leave six hours before class is in time; a millisecond later it is not.
    let last = world.before(&class, 360).await;
    let until = class.start.plus(VALIDITY);
    let leave = world[ann].client.take_leave(left).await.unwrap();
    assert_eq!((leave.id, leave.status, leave.makeup_until), (left, BookingStatus::Leave, Some(until)));
    assert_eq!(world[ann].client.take_leave(left).await.unwrap(), leave, "again, the same");
    assert_eq!(world[cat].client.cancel(cancelled).await.unwrap().makeup_until, None);
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    world.at(past(last)).await;
    world[ben].client.take_leave(stayed).await.refused(409, "leave_too_late");
    world[ben].client.cancel(stayed).await.unwrap();
    assert_eq!(world.seats(&class).await, Seats::of(0, 0, 0));

    let due = [Owed { booking: leave.clone(), makeup_until: until }];
    assert_eq!(world[ann].owed().await, due);
    assert_eq!(world[ann].client.my_bookings("").await.unwrap().items, [leave]);
    for who_cancelled in [ben, cat] {
        assert_eq!(world[who_cancelled].owed().await, [], "a cancelled class is not missed");
        let booking = world[who_cancelled].client.my_bookings("").await.unwrap().items[0].id;
        world[who_cancelled].make_up(booking, &class.later(1)).await.refused(409, "not_missed");
    }

    // The right ends with the latest start of a class that could use it.
    world.at(until).await;
    assert_eq!(world[ann].owed().await, due);
    world.at(past(until)).await;
    assert_eq!(world[ann].owed().await, []);
    world[ann].make_up(left, &class.later(3)).await.refused(409, "makeup_expired");
    world.close().await;
}

/// Covers R3.10, R3.11.
#[tokio::test]
async fn a_makeup_class_starts_after_the_missed_one_and_within_two_weeks() {
    let mut plan = Plan::new().await;
    let ann = plan.family();
    let (missed, booking) = to_miss(&mut plan, ann);
    let before = plan.class(1, "17:59", 5);
    let behind = plan.class(1, "18:01", 5);
    let shorter = plan.class_with(2, "18:00", 5, 45, None);
    let longer = plan.class_with(3, "18:00", 5, 90, None);
    let (full, ..) = plan.full_class(4, "18:00");
    let world = plan.load().await;
    assert_eq!(world[ann].available(booking, "").await, [], "it is not missed yet");
    world[ann].client.take_leave(booking).await.unwrap();

    // Class, difference, credit, whether it can only be waited for.
    let week = |full_to_wait_for| {
        vec![(shorter, 15, 15, false), (longer, -30, 0, false), (full, 0, 0, full_to_wait_for)]
    };
    let again = |(class, difference, credit, waitlist): (Class, i64, u32, bool), weeks| {
        let class: Class = class.later(weeks);
        (class.schedule, class.date, class.start, difference, credit, waitlist)
    };
    let same = |class| (class, 0, 0, false);
    let mut expected = vec![again(same(behind), 0)];
    expected.extend(week(true).into_iter().map(|option| again(option, 0)));
    expected.extend([before, missed, behind].map(|class| again(same(class), 1)));
    expected.extend(week(false).into_iter().map(|option| again(option, 1)));
    // A class exactly two weeks later is in time; one a minute later is not.
    expected.extend([before, missed].map(|class| again(same(class), 2)));
    let shown = world[ann].available(booking, "").await;
    let shown: Vec<_> = shown
        .iter()
        .map(|option| {
            let session = &option.session;
            let key = (session.course_schedule_id, session.booking_date, session.starts_at);
            let lost = (option.duration_difference, option.compensation_minutes, option.waitlist);
            (key.0, key.1, key.2, lost.0, lost.1, lost.2)
        })
        .collect();
    assert_eq!(shown, expected);

    // A class that is not listed is refused with its reason.
    world[ann].make_up(booking, &before).await.refused(409, "makeup_before_original");
    world[ann].make_up(booking, &missed).await.refused(409, "makeup_before_original");
    world[ann].make_up(booking, &behind.later(2)).await.refused(409, "makeup_expired");
    world[ann].make_up(booking, &full).await.refused(409, "session_full");
    world[ann].make_up(booking, &missed.later(2)).await.unwrap();
    world.close().await;
}

/// Covers R3.4, R3.9.
#[tokio::test]
async fn a_class_of_the_same_length_makes_up_the_missed_one_fully_and_once() {
    let mut plan = Plan::new().await;
    let ann = plan.family();
    let (_, booking) = to_miss(&mut plan, ann);
    let target = plan.class(3, "18:00", 5);
    let world = plan.load().await;
    let parent = &world[ann];
    parent.client.take_leave(booking).await.unwrap();

    let makeup = parent.make_up(booking, &target).await.unwrap();
    assert_eq!((makeup.original_booking_id, makeup.profile_id), (booking, parent.child()));
    assert_eq!(
        (makeup.makeup_class_id, makeup.makeup_schedule_id, makeup.makeup_date, makeup.starts_at),
        (target.course, target.schedule, target.date, target.start)
    );
    assert_eq!((makeup.original_duration, makeup.makeup_duration, makeup.duration_difference), (60, 60, 0));
    assert_eq!((makeup.completion_type, makeup.compensation_id), (CompletionType::Full, None));
    assert_eq!(makeup.status, MakeupStatus::Confirmed);
    assert_eq!(world.seats(&target).await, Seats::of(1, 0, 0));
    let place = &parent.client.my_bookings("limit=1").await.unwrap().items[0];
    assert_eq!((place.source, place.status), (BookingSource::Makeup, BookingStatus::Booked));
    assert_eq!((place.starts_at, place.makeup_until), (target.start, None));
    let balance = parent.balance().await;
    assert_eq!((balance.available_minutes, balance.grants.len()), (0, 0));
    assert_eq!(parent.history().await, []);

    // A class can be made up only once, and a makeup cannot take leave.
    assert_eq!((owed(parent).await, parent.available(booking, "").await), (vec![], vec![]));
    parent.make_up(booking, &target.later(1)).await.refused(409, "already_made_up");
    parent.client.take_leave(place.id).await.refused(409, "conflict");
    let counts = MakeupCounts { pending: 0, confirmed: 1, completed: 0, cancelled: 0, no_show: 0 };
    let mine = parent.client.my_makeups("").await.unwrap();
    assert_eq!((mine.items, mine.counts), (vec![makeup.clone()], counts.clone()));

    // Once its class is over, the makeup is completed.
    world.before(&target, -CLASS_MINUTES).await;
    world.anyone.sweep().await.unwrap();
    let mine = parent.client.my_makeups("status=completed").await.unwrap();
    assert_eq!(mine.counts, MakeupCounts { confirmed: 0, completed: 1, ..counts });
    assert_eq!(mine.items.iter().map(|made| made.id).collect::<Vec<_>>(), [makeup.id]);
    parent.client.cancel_makeup(makeup.id).await.refused(409, "class_started");
    assert_eq!(owed(parent).await, []);
    world.close().await;
}

/// Covers R3.12, R3.22.
#[tokio::test]
async fn a_makeup_can_be_booked_until_an_hour_before_class_and_cancelled_until_it_starts() {
    let mut plan = Plan::new().await;
    let families @ [ann, ben, cat] = plan.families();
    let missed = plan.class(1, "18:00", 3);
    let [anns, bens, cats] = families.map(|family| plan.booked(&missed, family));
    let target = plan.class(3, "18:00", 3);
    let world = plan.load().await;
    for (family, booking) in [(ann, anns), (ben, bens), (cat, cats)] {
        world[family].client.take_leave(booking).await.unwrap();
    }
    let day = format!("&from={0}&to={0}", target.date);

    let last = world.before(&target, 60).await;
    assert_eq!(world[cat].available(cats, &day).await.len(), 1);
    let [first, second] = [
        world[ann].make_up(anns, &target).await.unwrap().id,
        world[ben].make_up(bens, &target).await.unwrap().id,
    ];
    world.at(past(last)).await;
    assert_eq!(world[cat].available(cats, &day).await, []);
    world[cat].make_up(cats, &target).await.refused(409, "makeup_too_late");
    assert_eq!(owed(&world[cat]).await, [cats], "another class may still do");

    world.at(Instant::clamped(target.start.millis() - 1)).await;
    let cancelled = world[ann].client.cancel_makeup(first).await.unwrap();
    assert_eq!((cancelled.id, cancelled.status), (first, MakeupStatus::Cancelled));
    world.at(target.start).await;
    world[ben].client.cancel_makeup(second).await.refused(409, "class_started");
    assert_eq!((owed(&world[ann]).await, owed(&world[ben]).await), (vec![anns], vec![]));
    assert_eq!(world.seats(&target).await, Seats::of(1, 0, 0));
    world.close().await;
}

/// A full class of 45 minutes for which Ann and Ben wait; Ann waits to make up a class of 60 minutes.
struct Waiting {
    world: World,
    full: Class,
    holder: Family,
    seat: BookingId,
    ann: Family,
    ben: Family,
    missed: Class,
    owed: BookingId,
    other: Class,
    first: WaitlistId,
    second: WaitlistId,
}

async fn waiting() -> Waiting {
    let mut plan = Plan::new().await;
    let full = plan.class_with(2, "18:00", 1, 45, None);
    let [holder, ann, ben] = plan.families();
    let seat = plan.booked(&full, holder);
    let (missed, owed) = to_miss(&mut plan, ann);
    let other = plan.class(3, "18:00", 5);
    let world = plan.load().await;
    world[ann].client.take_leave(owed).await.unwrap();
    let first = world[ann].wait_to_make_up(owed, &full).await.unwrap();
    assert_eq!((first.status, first.position, first.makeup_for), (EntryStatus::Waiting, Some(1), Some(owed)));
    let second = world[ben].join(&full).await.unwrap().id;
    Waiting { world, full, holder, seat, ann, ben, missed, owed, other, first: first.id, second }
}

/// Covers R3.16, R3.17.
#[tokio::test]
async fn an_entry_that_waits_for_a_makeup_is_confirmed_as_a_makeup() {
    let Waiting { world, full, holder, seat, ann, ben, owed: booking, first, second, .. } = waiting().await;
    let day = format!("&from={0}&to={0}", full.date);
    assert_eq!(world[ann].available(booking, &day).await, [], "one waits for it already");
    world[ben].wait_to_make_up(booking, &full).await.refused(409, "already_waiting");
    world[holder].wait_to_make_up(booking, &full).await.refused(409, "already_booked");
    assert_eq!(owed(&world[ann]).await, [booking], "waiting uses nothing up");

    let offered = world.wait(5).await;
    world[holder].client.cancel(seat).await.unwrap();
    let entry = world[ann].entry(first).await;
    let deadline = offered.plus(Minutes(30));
    assert_eq!((entry.status, entry.response_deadline), (EntryStatus::Notified, Some(deadline)));
    assert_eq!(world.templates(ann).await, ["spot_available"]);

    // An answer at the deadline is in time.
    world.at(deadline).await;
    let answer = world[ann].client.confirm(first).await.unwrap();
    assert_eq!((answer.entry.status, answer.entry.makeup_for), (EntryStatus::Confirmed, Some(booking)));
    let (place, makeup) = (answer.booking.clone().unwrap(), answer.makeup.clone().unwrap());
    assert_eq!((place.source, place.status), (BookingSource::Makeup, BookingStatus::Booked));
    assert_eq!((makeup.original_booking_id, makeup.starts_at), (booking, full.start));
    assert_eq!((makeup.duration_difference, makeup.completion_type), (15, CompletionType::Partial));
    assert_eq!(world[ann].client.confirm(first).await.unwrap(), answer, "again, the same");
    assert_eq!(world[ann].client.my_makeups("").await.unwrap().items, std::slice::from_ref(&makeup));
    let balance = world[ann].balance().await;
    assert_eq!((balance.available_minutes, balance.grants.len()), (15, 1));
    assert_eq!(Some(balance.grants[0].id), makeup.compensation_id);
    assert_eq!(balance.grants[0].created_time, deadline, "the lost minutes come with the confirm");
    assert_eq!(owed(&world[ann]).await, []);
    assert_eq!(world.seats(&full).await, Seats::of(1, 0, 1));

    // Cancelling it offers the seat to the next entry, and the class is owed again.
    world[ann].client.cancel_makeup(makeup.id).await.unwrap();
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
    assert_eq!(owed(&world[ann]).await, [booking]);
    assert_eq!(world[ann].balance().await.available_minutes, 0);
    world.close().await;
}

/// Covers R2.60.
#[tokio::test]
async fn an_expired_offer_keeps_the_right_to_a_makeup() {
    let Waiting { world, full, holder, seat, ann, ben, owed: booking, first, second, .. } = waiting().await;
    world[holder].client.cancel(seat).await.unwrap();
    let deadline = world[ann].entry(first).await.response_deadline.unwrap();
    world.at(past(deadline)).await;
    world[ann].client.confirm(first).await.refused(410, "response_deadline_passed");
    assert_eq!(world[ann].status(first).await, EntryStatus::Expired);
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
    assert_eq!(owed(&world[ann]).await, [booking]);
    assert_eq!(world[ann].client.my_makeups("").await.unwrap().items, []);
    assert_eq!(world[ann].history().await, []);
    // An ordinary entry is confirmed as an ordinary booking.
    let answer = world[ben].client.confirm(second).await.unwrap();
    assert_eq!((answer.booking.unwrap().source, answer.makeup), (BookingSource::Waitlist, None));
    assert_eq!(world.seats(&full).await, Seats::of(1, 0, 0));
    world.close().await;
}

/// Covers R2.57.
#[tokio::test]
async fn a_confirm_is_refused_if_the_class_was_made_up_elsewhere() {
    let Waiting { world, holder, seat, ann, ben, owed: booking, other, first, second, .. } = waiting().await;
    world[holder].client.cancel(seat).await.unwrap();
    world[ann].make_up(booking, &other).await.unwrap();
    assert_eq!(world[ann].status(first).await, EntryStatus::Notified);
    world[ann].client.confirm(first).await.refused(409, "already_made_up");
    assert_eq!(world[ann].status(first).await, EntryStatus::Cancelled);
    let offers = rows::offers(world.sql(), first).await;
    assert_eq!((offers[0].status.as_str(), offers[0].reason.as_deref()), ("cancelled", Some("system_error")));
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified, "the seat passed on");
    world.close().await;
}

/// Covers R3.18.
#[tokio::test]
async fn the_sweep_ends_an_entry_whose_makeup_lapsed_and_tells_its_member() {
    let Waiting { world, full, ann, ben, owed: booking, other, first, second, .. } = waiting().await;
    let lapsed = async || world.anyone.sweep_counts().await.unwrap()["makeups_lapsed"].as_u64().unwrap();
    assert_eq!(lapsed().await, 0, "the class is owed");
    let elsewhere = world[ann].make_up(booking, &other).await.unwrap();
    // Before the sweep runs the entry still waits; if the other makeup is cancelled, it keeps waiting.
    assert_eq!(world[ann].position(first).await.position, Some(1));
    world[ann].client.cancel_makeup(elsewhere.id).await.unwrap();
    assert_eq!(lapsed().await, 0, "the class is owed again");
    assert_eq!(world[ann].status(first).await, EntryStatus::Waiting);
    assert!(world.told(ann).await.is_empty());

    world[ann].make_up(booking, &other).await.unwrap();
    let now = world.wait(1).await;
    assert_eq!(lapsed().await, 1);
    let entry = world[ann].entry(first).await;
    assert_eq!((entry.status, entry.position), (EntryStatus::Cancelled, None));
    let told = world.told(ann).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].template.as_str(), told[0].at, told[0].waitlist_id),
        ("waitlist_lapsed", now, Some(first))
    );
    assert_eq!(world[ben].position(second).await.position, Some(1));
    assert!(world.told(ben).await.is_empty());
    assert_eq!(lapsed().await, 0);
    assert_eq!(world.told(ann).await.len(), 1, "once");
    assert_eq!(world.seats(&full).await, Seats::of(1, 0, 1));

    // Once the class is owed again, a new join waits behind the entries that joined meanwhile.
    world[ann].client.cancel_makeup(elsewhere.id).await.unwrap();
    let again = world[ann].wait_to_make_up(booking, &full).await.unwrap();
    assert_eq!((again.id, again.position, again.makeup_for), (first, Some(2), Some(booking)));
    assert_eq!(lapsed().await, 0);
    world.close().await;
}

/// Covers R2.38, R3.19.
#[tokio::test]
async fn booking_the_missed_class_again_lapses_its_makeup_and_passes_the_offer_on() {
    let Waiting { world, full, holder, seat, ann, ben, missed, owed: booking, first, second, .. } =
        waiting().await;
    world[holder].client.cancel(seat).await.unwrap();
    assert_eq!(world[ann].status(first).await, EntryStatus::Notified);
    let again = world[ann].book(&missed).await.unwrap();
    assert_eq!(owed(&world[ann]).await, []);
    let mine = world[ann].client.my_bookings("").await.unwrap().items;
    let shown: Vec<_> = mine.iter().map(|place| (place.id, place.status, place.makeup_until)).collect();
    assert_eq!(
        shown,
        [(again.id, BookingStatus::Booked, None), (booking, BookingStatus::Cancelled, None)],
        "the leave is undone"
    );
    assert_eq!(world[ann].status(first).await, EntryStatus::Notified, "no sweep has looked");
    world.anyone.sweep().await.unwrap();
    assert_eq!(world[ann].status(first).await, EntryStatus::Cancelled);
    assert_eq!(world[ben].status(second).await, EntryStatus::Notified);
    assert_eq!(world.templates(ann).await, ["spot_available", "waitlist_lapsed"]);
    assert_eq!(world.templates(ben).await, ["spot_available"]);
    world[ann].client.confirm(first).await.refused(409, "conflict");
    assert_eq!(world.seats(&full).await, Seats::of(0, 1, 0));
    world.close().await;
}
