//! Ownership: rows of other accounts are not found, and staff act for any profile.

use logic::status::EntryStatus;
use tests::client::{book, join};
use tests::rows::{self, Seats};
use tests::{Plan, Refused};

/// Covers R2.23.
#[tokio::test]
async fn rows_of_other_accounts_are_not_found() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let [ann, eve] = plan.families();
    let world = plan.load().await;
    let entry = world[ann].join(&class).await.unwrap().id;
    world[holder].client.cancel(seat).await.unwrap();
    let before = rows::fingerprint(world.sql()).await;

    let stranger = &world[eve].client;
    stranger.entry(entry).await.refused(404, "not_found");
    stranger.position(entry).await.refused(404, "not_found");
    stranger.leave(entry).await.refused(404, "not_found");
    stranger.confirm(entry).await.refused(404, "not_found");
    stranger.decline(entry).await.refused(404, "not_found");
    stranger.cancel(seat).await.refused(404, "not_found");
    let child = world[ann].child();
    stranger.join(&join(child, class.schedule, class.date)).await.refused(404, "not_found");
    stranger.book(&book(child, class.schedule, class.date)).await.refused(404, "not_found");
    stranger.my_entries(&format!("profile_id={child}")).await.refused(404, "not_found");
    stranger.my_bookings(&format!("profile_id={child}")).await.refused(404, "not_found");
    assert!(stranger.my_entries("").await.unwrap().items.is_empty());
    assert!(stranger.my_bookings("").await.unwrap().items.is_empty());

    // The answer equals that for an id that never existed, except for the id in the detail.
    let theirs = stranger.entry(entry).await.refused(404, "not_found");
    let nobodys = stranger.entry(logic::ids::WaitlistId(1)).await.refused(404, "not_found");
    assert_eq!(theirs.detail.replace(&entry.to_string(), "1"), nobodys.detail);
    assert_eq!(rows::fingerprint(world.sql()).await, before);
    assert_eq!(world[ann].status(entry).await, EntryStatus::Notified);
    world.close().await;
}

#[tokio::test]
async fn without_a_token_every_call_is_unauthenticated() {
    let mut plan = Plan::new().await;
    let (class, holder, seat) = plan.full_class(2, "18:00");
    let world = plan.load().await;
    let before = rows::fingerprint(world.sql()).await;
    let child = world[holder].child();
    for client in [world.anyone.clone(), world.anyone.with_token("x.y.z")] {
        client.session(class.schedule, class.date).await.refused(401, "unauthenticated");
        client.my_entries("").await.refused(401, "unauthenticated");
        client.my_bookings("").await.refused(401, "unauthenticated");
        client.profiles().await.refused(401, "unauthenticated");
        client.cancel(seat).await.refused(401, "unauthenticated");
        client.join(&join(child, class.schedule, class.date)).await.refused(401, "unauthenticated");
        client.book(&book(child, class.schedule, class.date)).await.refused(401, "unauthenticated");
    }
    assert_eq!(rows::fingerprint(world.sql()).await, before);
    world.close().await;
}

/// Covers R2.67.
#[tokio::test]
async fn staff_act_for_any_profile_and_the_flow_records_it() {
    let mut plan = Plan::new().await;
    let (class, _, seat) = plan.full_class(2, "18:00");
    let families: [_; 3] = plan.families();
    let staff = plan.staff();
    let world = plan.load().await;
    let desk = &world[staff].client;
    let mut entries = Vec::new();
    for family in families {
        let child = world[family].child();
        entries.push(desk.join(&join(child, class.schedule, class.date)).await.unwrap().id);
    }
    let mine = desk.my_entries(&format!("profile_id={}", world[families[0]].child())).await.unwrap().items;
    assert_eq!(mine.iter().map(|entry| entry.id).collect::<Vec<_>>(), [entries[0]]);

    desk.cancel(seat).await.unwrap();
    desk.decline(entries[0]).await.unwrap();
    desk.leave(entries[1]).await.unwrap();
    for entry in &entries[..2] {
        let offer = rows::offers(world.sql(), *entry).await.remove(0);
        assert_eq!(offer.reason.as_deref(), Some("manual_cancel"));
    }
    let answer = desk.confirm(entries[2]).await.unwrap();
    assert_eq!(answer.booking.unwrap().profile_id, world[families[2]].child());
    assert_eq!(world.seats(&class).await, Seats::of(1, 0, 0));
    // All messages go to the families, none to the staff.
    assert_eq!(world.templates(families[1]).await, ["spot_available", "staff_change"]);
    assert!(world.told(staff).await.is_empty());
    assert_eq!(desk.position(entries[2]).await.unwrap().status, EntryStatus::Confirmed);
    world.close().await;
}
