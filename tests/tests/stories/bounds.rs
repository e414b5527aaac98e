//! How far ahead a class can be joined and booked, how many places a profile has, and when a class gets a row.

use logic::Minutes;
use logic::time::DAY_MINUTES;
use serde_json::json;
use tests::client::book;
use tests::{Class, Plan, Refused, World};

const HORIZON: i64 = 60 * DAY_MINUTES;

async fn rows_of(world: &World, class: &Class) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM class_session WHERE course_schedule_id = ? AND booking_date = ?")
        .bind(class.schedule)
        .bind(class.date)
        .fetch_one(world.sql())
        .await
        .unwrap()
}

/// Covers R2.87.
#[tokio::test]
async fn a_class_beyond_the_horizon_can_be_looked_at_but_not_booked_and_gets_no_row() {
    let mut plan = Plan::new().await;
    let class = plan.class(70, "18:00", 2);
    let (ann, staff) = (plan.family(), plan.staff());
    let world = plan.load().await;
    world.before(&class, HORIZON + 1).await;

    let opens = json!(class.start.minus(Minutes(HORIZON)));
    let problem = world[ann].book(&class).await.refused(409, "too_far_ahead");
    assert_eq!(problem.fields["bookable_from"], opens);
    let problem = world[ann].join(&class).await.refused(409, "too_far_ahead");
    assert_eq!(problem.fields["bookable_from"], opens);
    assert_eq!(world[ann].see(&class).await.free, 2);
    assert_eq!(rows_of(&world, &class).await, 0);

    let by_staff = world[staff].client.book(&book(world[ann].child(), class.schedule, class.date)).await;
    world[ann].client.cancel(by_staff.unwrap().id).await.unwrap();
    world[ann].book(&class).await.refused(409, "too_far_ahead");
    let distant = class.later(52);
    let ask = book(world[ann].child(), distant.schedule, distant.date);
    world[staff].client.book(&ask).await.refused(409, "too_far_ahead");
    assert_eq!(rows_of(&world, &distant).await, 0);

    world.before(&class, HORIZON).await;
    world[ann].book(&class).await.unwrap();
    world.close().await;
}

/// Covers R3.32.
#[tokio::test]
async fn a_makeup_beyond_the_horizon_is_refused_and_not_offered() {
    let mut plan = Plan::new().await;
    let missed = plan.class(70, "18:00", 2);
    let target = plan.class_like(&missed, 72, "18:00", 2);
    let (ann, staff) = (plan.family(), plan.staff());
    let world = plan.load().await;
    let ask = book(world[ann].child(), missed.schedule, missed.date);
    let booking = world[staff].client.book(&ask).await.unwrap().id;
    world[ann].client.take_leave(booking).await.unwrap();

    world.before(&target, HORIZON + 1).await;
    let span = format!("&from={}&to={}", missed.date, target.date);
    assert_eq!(world[ann].available(booking, &span).await.len(), 0);
    world[ann].make_up(booking, &target).await.refused(409, "too_far_ahead");
    assert_eq!(rows_of(&world, &target).await, 0);

    world.before(&target, HORIZON).await;
    assert_eq!(world[ann].available(booking, &span).await.len(), 1);
    world[ann].make_up(booking, &target).await.unwrap();
    world.close().await;
}

/// Covers R2.88, R3.33.
#[tokio::test]
async fn a_profile_with_sixty_places_to_come_gets_no_more_until_one_ends() {
    let mut plan = Plan::new().await;
    let (ann, holder, staff) = (plan.family(), plan.family(), plan.staff());
    let missed = plan.class(1, "07:00", 2);
    let original = plan.booked(&missed, ann);
    let mut places = Vec::new();
    for place in 0..59 {
        let class = plan.class(2 + place / 8, &format!("{:02}:00", 10 + place % 8), 1);
        places.push((class, plan.booked(&class, ann)));
    }
    let wanted = plan.class_like(&missed, 7, "18:00", 1);
    let full = plan.class(13, "18:00", 1);
    let seat = plan.booked(&full, holder);
    let world = plan.load().await;
    let entry = world[ann].join(&full).await.unwrap();

    // The sixtieth place is that of the missed class itself, which leave gives up.
    world[ann].book(&wanted).await.refused(409, "too_many_bookings");
    world[ann].client.take_leave(original).await.unwrap();
    let last = world[ann].book(&wanted).await.unwrap().id;

    world[holder].client.cancel(seat).await.unwrap();
    world[ann].client.confirm(entry.id).await.refused(409, "too_many_bookings");
    let spare = wanted.later(1);
    world[ann].make_up(original, &spare).await.refused(409, "too_many_bookings");
    world[ann].book(&places[0].0).await.refused(409, "already_booked");
    assert_eq!(rows_of(&world, &spare).await, 0);
    // Staff are not bound.
    let by_staff =
        world[staff].client.book(&book(world[ann].child(), spare.schedule, spare.date)).await.unwrap();
    world[ann].client.cancel(by_staff.id).await.unwrap();

    world[ann].client.cancel(last).await.unwrap();
    world[ann].client.confirm(entry.id).await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn what_is_refused_without_a_row_makes_none() {
    let mut plan = Plan::new().await;
    let class = plan.class(0, "18:00", 2);
    let (ann, staff) = (plan.family(), plan.staff());
    let world = plan.load().await;
    world[ann].join(&class).await.refused(409, "spot_available");
    let notified = json!({ "course_schedule_id": class.schedule, "booking_date": class.date });
    let answer = world[staff].client.json(reqwest::Method::POST, "/waitlist/notify", &notified).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"results":[]}"#));

    world.before(&class, 0).await;
    world[ann].book(&class).await.refused(409, "class_started");
    world[ann].join(&class).await.refused(409, "class_started");
    let path = format!("/sessions/{}/{}", class.schedule, class.date);
    let off = world[staff].client.json(reqwest::Method::POST, &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(off.problem().code, "class_started");
    assert_eq!(rows_of(&world, &class).await, 0);
    world.close().await;
}
