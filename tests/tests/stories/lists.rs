//! Lists: pages without gaps or repeats, in the order of the contract.

use logic::ids::WaitlistId;
use logic::status::EntryStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tests::{Client, Plan, Refused};

/// Reads a whole list in pages of two.
async fn pages<T: DeserializeOwned + Serialize>(client: &Client, path: &str, query: &str) -> Vec<T> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let answer = client.get(&format!("{path}?limit=2{query}{cursor}")).await;
        let page: contract::shapes::Page<T> = answer.read(200).unwrap();
        assert!(page.items.len() <= 2);
        let full = page.items.len() == 2;
        all.extend(page.items);
        let Some(next) = page.next_cursor else { return all };
        assert!(full, "a page with a next one is full");
        cursor = format!("&cursor={next}");
    }
    panic!("{path} has no end");
}

#[tokio::test]
async fn entries_are_listed_newest_first_in_pages() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (1..6).map(|day| plan.full_class(day, "18:00").0).collect();
    let [twins, other] = [plan.large_family(2), plan.family()];
    let world = plan.load().await;
    let parent = &world[twins];
    let mut joined = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        // Some have the same instant and are ordered by id.
        if number % 2 == 0 {
            world.wait(1).await;
        }
        world[other].join(class).await.unwrap();
        for child in 0..2 {
            joined.push(parent.join_for(child, class).await.unwrap().id);
        }
    }
    joined.reverse();
    let entries: Vec<contract::shapes::Entry> = pages(&parent.client, "/waitlist/my", "").await;
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), joined);
    // One page of twenty holds the same items and has no next page.
    let whole = parent.client.my_entries("").await.unwrap();
    assert_eq!((whole.items, whole.next_cursor), (entries, None));

    // A row that disappears between two pages shifts no other row.
    let first = parent.client.my_entries("limit=2").await.unwrap();
    let cursor = first.next_cursor.unwrap();
    parent.client.leave(joined[1]).await.unwrap();
    let second = parent.client.my_entries(&format!("limit=2&cursor={cursor}")).await.unwrap();
    let ids =
        |page: &[contract::shapes::Entry]| page.iter().map(|entry| entry.id).collect::<Vec<WaitlistId>>();
    assert_eq!((ids(&first.items), ids(&second.items)), (joined[..2].to_vec(), joined[2..4].to_vec()));

    let waiting: Vec<contract::shapes::Entry> =
        pages(&parent.client, "/waitlist/my", "&status=waiting").await;
    assert_eq!(waiting.len(), 9);
    assert!(waiting.iter().all(|entry| entry.status == EntryStatus::Waiting));
    let left = parent.client.my_entries("status=cancelled").await.unwrap().items;
    assert_eq!(ids(&left), [joined[1]]);
    let child = format!("&profile_id={}", parent.children[1]);
    let siblings: Vec<contract::shapes::Entry> = pages(&parent.client, "/waitlist/my", &child).await;
    assert_eq!(siblings.len(), 5);
    world.close().await;
}

#[tokio::test]
async fn bookings_are_listed_by_class_newest_first() {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (1..6).map(|day| plan.class(day, "18:00", 5)).collect();
    let twins = plan.large_family(2);
    let world = plan.load().await;
    for class in &classes {
        for child in 0..2 {
            world[twins].book_for(child, class).await.unwrap();
        }
    }
    let bookings: Vec<contract::shapes::Booking> = pages(&world[twins].client, "/bookings/my", "").await;
    let order: Vec<_> = bookings.iter().map(|booking| (booking.starts_at, booking.id)).collect();
    assert_eq!(order.len(), 10);
    assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
    world.close().await;
}

#[tokio::test]
async fn classes_are_listed_by_start() {
    let mut plan = Plan::new().await;
    let last = plan.class(6, "20:00", 1);
    for day in 0..4 {
        for time in ["18:00", "09:30", "09:30"] {
            plan.class_like(&last, day, time, 2);
        }
    }
    let other = plan.class(6, "09:00", 1);
    let ann = plan.family();
    let world = plan.load().await;
    let client = &world[ann].client;
    let from = last.date - chrono::Days::new(6);
    let week = format!("&course_id={}&from={from}&to={}", last.course, last.date);
    let paged: Vec<contract::shapes::Session> = pages(client, "/sessions", &week).await;
    let whole = client.sessions(&format!("limit=100{week}")).await.unwrap();
    assert_eq!((paged, None), (whole.items.clone(), whole.next_cursor));
    let order: Vec<_> = whole.items.iter().map(|class| (class.starts_at, class.course_schedule_id)).collect();
    assert!(order.len() == 13 && order.is_sorted_by(|a, b| a < b), "{order:?}");

    // Both dates are included; without a course all courses are listed; the span is limited.
    let day = format!("&from={0}&to={0}", last.date);
    let day: Vec<contract::shapes::Session> = pages(client, "/sessions", &day).await;
    assert!(day.iter().all(|class| class.booking_date == last.date));
    for class in [&last, &other] {
        assert!(day.iter().any(|shown| shown.course_schedule_id == class.schedule));
    }
    let span = |days| format!("course_id={}&from={from}&to={}", last.course, from + chrono::Days::new(days));
    client.sessions(&span(30)).await.unwrap();
    client.sessions(&span(31)).await.refused(400, "invalid_request");
    client.sessions(&format!("from={}&to={from}", last.date)).await.refused(400, "invalid_request");
    world.close().await;
}

#[tokio::test]
async fn a_malformed_query_names_the_wrong_parameter() {
    let mut plan = Plan::new().await;
    let ann = plan.family();
    let world = plan.load().await;
    let client = &world[ann].client;
    for (path, field) in [
        ("/waitlist/my?limit=0", "limit"),
        ("/waitlist/my?limit=101", "limit"),
        ("/waitlist/my?limit=-1", "limit"),
        ("/waitlist/my?limit=two", "limit"),
        ("/waitlist/my?cursor=x", "cursor"),
        ("/waitlist/my?cursor=1_2_3", "cursor"),
        ("/waitlist/my?status=sleeping", "status"),
        ("/waitlist/my?profile=1", "profile"),
        ("/waitlist/my?profile_id=x", "profile_id"),
        ("/bookings/my?limit=99999999999999999999", "limit"),
        ("/bookings/my?status=booked", "status"),
        ("/sessions", "from"),
        ("/sessions?from=2030-03-04", "to"),
        ("/sessions?from=2030-02-30&to=2030-03-04", "2030-02-30"),
        ("/sessions?from=2030-03-04&to=2030-3-5", "2030-3-5"),
        ("/sessions?from=2030-03-04&to=2030-03-04&course_id=x", "course_id"),
        ("/profiles?cursor=", "cursor"),
        ("/waitlist/deadline-check?course_schedule_id=1&booking_date=2030-3-5", "2030-3-5"),
        ("/waitlist/deadline-check?course_schedule_id=x&booking_date=2030-03-05", "course_schedule_id"),
        ("/makeup/available?profile_id=1&original_booking_id=1&from=2030-3-5", "2030-3-5"),
        ("/makeup/available?profile_id=1&original_booking_id=x", "original_booking_id"),
    ] {
        let problem = client.get(path).await.problem();
        assert_eq!((problem.status, problem.code.as_str()), (400, "invalid_request"), "{path}: {problem:?}");
        assert!(problem.detail.contains(field), "{path} does not name {field}: {}", problem.detail);
    }
    world.close().await;
}
