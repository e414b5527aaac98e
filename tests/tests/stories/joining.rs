//! Joining a waitlist, and positions in it.

use logic::Minutes;
use logic::status::EntryStatus;
use tests::rows::{self, Seats};
use tests::{Plan, Refused};

/// Covers R2.45, R2.46.
#[tokio::test]
async fn positions_follow_join_order() {
    let mut plan = Plan::new().await;
    let (class, holder, _) = plan.full_class(2, "18:00");
    let [ann, ben, cat] = plan.families();
    let world = plan.load().await;

    let mut entries = Vec::new();
    for (rank, family) in (1..).zip([ann, ben, cat]) {
        let joined = world.wait(1).await;
        let entry = world[family].join(&class).await.unwrap();
        assert_eq!((entry.status, entry.position), (EntryStatus::Waiting, Some(rank)));
        assert_eq!((entry.join_time, entry.starts_at), (joined, class.start));
        assert_eq!(entry.expires_at, class.start.minus(Minutes(390)));
        assert_eq!((entry.last_notified_at, entry.response_deadline, entry.confirmed_at), (None, None, None));
        entries.push(entry);
    }

    let place = world[cat].position(entries[2].id).await;
    assert_eq!((place.position, place.ahead, place.waiting_total), (Some(3), Some(2), 3));
    assert_eq!(place.as_of, world.now().await);
    let chances: Vec<f64> = entries.iter().map(|entry| entry.chance.unwrap()).collect();
    assert!(chances.is_sorted_by(|before, behind| before >= behind), "{chances:?}");

    // The entries behind move up; the others keep their position.
    world[ben].client.leave(entries[1].id).await.unwrap();
    assert_eq!(world[ann].entry(entries[0].id).await.position, Some(1));
    assert_eq!(world[cat].entry(entries[2].id).await.position, Some(2));
    assert_eq!(world[ben].entry(entries[1].id).await.position, None);

    // Joining again leads to the tail, with the same row.
    let again = world[ben].join(&class).await.unwrap();
    assert_eq!((again.id, again.position, again.status), (entries[1].id, Some(3), EntryStatus::Waiting));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 3));
    assert!(world.told(holder).await.is_empty(), "nothing of this is the holder's business");
    world.close().await;
}

/// Covers R0.4, R2.14.
#[tokio::test]
async fn refusals_of_a_join_come_in_order() {
    let mut plan = Plan::new().await;
    let (class, holder, _) = plan.full_class(2, "18:00");
    let roomy = plan.class(2, "10:00", 2);
    let resident = plan.family();
    plan.booked(&roomy, resident);
    let short = plan.class_with(2, "14:00", 1, 60, Some(1));
    plan.booked(&short, holder);
    let many: Vec<_> = (0..5).map(|day| plan.full_class(3 + day, "18:00").0).collect();
    let [ann, ben] = plan.families();
    let world = plan.load().await;

    // Five waitlists are the limit of a profile. Every refusal below but the last comes before that rule.
    for class in &many {
        world[ann].join(class).await.unwrap();
    }
    world[ben].join(&short).await.unwrap();
    world[resident].join(&roomy).await.refused(409, "already_booked");
    world[holder].join(&short).await.refused(409, "already_booked");
    world[ann].join(&many[0]).await.refused(409, "already_waiting");
    world[ben].join(&short).await.refused(409, "already_waiting");
    world[ann].join(&roomy).await.refused(409, "spot_available");
    world[ann].join(&short).await.refused(409, "queue_full");
    world[ann].join(&class).await.refused(409, "too_many_waitlists");

    // Leaving one waitlist makes room for another.
    let entries = world[ann].client.my_entries("status=waiting").await.unwrap().items;
    world[ann].client.leave(entries[0].id).await.unwrap();
    world[ann].join(&class).await.unwrap();

    // The waitlist is open at the last notification time and closed a millisecond later.
    let last = world.before(&class, 390).await;
    world[ben].join(&class).await.unwrap();
    world.at(logic::Instant::clamped(last.millis() + 1)).await;
    world[holder].join(&class).await.refused(409, "waitlist_closed");
    world.before(&class, 0).await;
    world[holder].join(&class).await.refused(409, "class_started");
    rows::call_off(world.sql(), &class).await;
    world[holder].join(&class).await.refused(409, "class_cancelled");
    world.close().await;
}

#[tokio::test]
async fn joining_an_unknown_class_or_profile_is_not_found() {
    let mut plan = Plan::new().await;
    let (class, _, _) = plan.full_class(2, "18:00");
    let ann = plan.family();
    let world = plan.load().await;
    let client = &world[ann].client;

    let mut ask = tests::client::join(world[ann].child(), class.schedule, class.date);
    ask.booking_date = class.date.succ_opt().unwrap();
    let problem = client.join(&ask).await.refused(404, "not_found");
    assert!(problem.detail.contains(&ask.booking_date.to_string()), "{problem:?}");
    ask.booking_date = class.date;
    ask.course_schedule_id.0 = 999_999;
    let problem = client.join(&ask).await.refused(404, "not_found");
    assert!(problem.detail.contains("999999"), "{problem:?}");
    ask.course_schedule_id = class.schedule;
    ask.profile_id.0 = 999_999;
    client.join(&ask).await.refused(404, "not_found");
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    world.close().await;
}

#[tokio::test]
async fn two_profiles_of_one_account_wait_independently() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let twins = plan.large_family(2);
    let world = plan.load().await;
    let parent = &world[twins];

    let first = parent.join_for(0, &class).await.unwrap();
    let second = parent.join_for(1, &class).await.unwrap();
    assert_eq!((first.position, second.position), (Some(1), Some(2)));
    let mine = parent.client.my_entries("").await.unwrap().items;
    assert_eq!(
        mine.iter().map(|entry| entry.profile_id).collect::<Vec<_>>(),
        [parent.children[1], parent.children[0]]
    );
    let one = parent.client.my_entries(&format!("profile_id={}", parent.children[1])).await.unwrap().items;
    assert_eq!(one.iter().map(|entry| entry.id).collect::<Vec<_>>(), [second.id]);

    // The seat is offered to the first profile; the sibling keeps waiting.
    world[holder].client.cancel(seat).await.unwrap();
    let taken = parent.client.confirm(first.id).await.unwrap();
    assert_eq!(taken.booking.unwrap().profile_id, parent.children[0]);
    assert_eq!(parent.entry(second.id).await.position, Some(1));
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 1));
    world.close().await;
}
