//! Reading notifications and deadlines.

use serde_json::{Value, json};

use crate::gym::{Gym, place};

const CHECK: &str = "/waitlist/deadline-check?course_schedule_id=1&booking_date=2030-03-11";

#[tokio::test]
async fn deadline_check_settles_and_reports_what_it_settled() {
    let gym = Gym::open().await;
    let (first, second) = (gym.join(21).await, gym.join(22).await);
    gym.cancel_booking().await;
    let expected = |phase: &str, window: bool, seconds: i64, settled: i64, promoted: i64| {
        json!({
            "starts_at": "2030-03-11T10:00:00.000Z", "last_notification_at": "2030-03-11T03:30:00.000Z",
            "response_cutoff_at": "2030-03-11T04:00:00.000Z", "phase": phase, "final_window_active": window,
            "seconds_to_last_notification": seconds, "overdue_settled": settled, "promoted": promoted,
        })
    };
    const WEEK: i64 = 7 * 86_400 + 3 * 3600 + 1800;
    let check = async || gym.get(&gym.ma, CHECK).await.expect(200).body;
    assert_eq!(check().await, expected("open", false, WEEK, 0, 0));
    gym.advance(1801).await;
    assert_eq!(check().await, expected("open", false, WEEK - 1801, 1, 1));
    assert_eq!(check().await, expected("open", false, WEEK - 1801, 0, 0), "once");
    assert_eq!((gym.status(first).await, gym.status(second).await), ("expired".into(), "notified".into()));
    gym.app.at("2030-03-11T03:30:00.000Z").await;
    assert_eq!(check().await, expected("open", true, 0, 1, 0));
    gym.app.at("2030-03-11T03:45:00.000Z").await;
    assert_eq!(check().await["phase"], "deciding");
}

#[tokio::test]
async fn deadline_check_needs_a_class() {
    let gym = Gym::open().await;
    let fresh =
        gym.get(&gym.ma, "/waitlist/deadline-check?course_schedule_id=2&booking_date=2030-03-18").await;
    assert_eq!(fresh.expect(200).body["overdue_settled"], 0, "a class that nobody touched");
    assert_eq!(gym.count("SELECT COUNT(*) FROM class_session WHERE course_schedule_id = 2").await, 0);
    for (query, status) in [
        ("course_schedule_id=1&booking_date=2030-03-12", 404),
        ("course_schedule_id=9&booking_date=2030-03-11", 404),
        ("course_schedule_id=1", 400),
        ("booking_date=2030-03-11", 400),
        ("course_schedule_id=x&booking_date=2030-03-11", 400),
        ("course_schedule_id=1&booking_date=2030-02-30", 400),
        ("course_schedule_id=1&booking_date=2030-03-11&colour=1", 400),
    ] {
        gym.get(&gym.ma, &format!("/waitlist/deadline-check?{query}")).await.expect(status);
    }
}

fn kinds(list: &Value) -> Vec<(&str, &str)> {
    let of = |item: &Value, field: &str| item[field].as_str().map(str::to_owned).unwrap();
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            assert_eq!(of(item, "notification_type") == "spot_available", item["flow"].is_object(), "{item}");
            (item["notification_type"].as_str().unwrap(), item["status"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn the_notifications_of_an_entry_show_the_flow_of_its_offers() {
    let gym = Gym::open().await;
    let entry = gym.join(21).await;
    gym.cancel_booking().await;
    let path = format!("/waitlist/{entry}/notifications");
    let open = gym.get(&gym.pa, &path).await.expect(200).body;
    assert_eq!(kinds(&open), [("spot_available", "sent")]);
    let offer = &open["items"][0];
    assert_eq!(offer["response_deadline"], "2030-03-04T00:30:00.000Z");
    assert_eq!(
        (&offer["notification_round"], &offer["flow"]["flow_completion_time"]),
        (&json!(1), &Value::Null)
    );

    gym.advance(1801).await;
    let expired = gym.get(&gym.coach, &path).await.expect(200).body;
    assert_eq!(kinds(&expired), [("spot_available", "expired")], "no read shows a dead offer as open");
    assert_eq!(expired["items"][0]["flow"]["expiration_reason"], "timeout");
    assert_eq!(expired["counts"], json!({"sent": 0, "responded": 0, "expired": 1, "cancelled": 0}));

    gym.get(&gym.ma, &path).await.expect(404);
    gym.get(&gym.pa, "/waitlist/999/notifications").await.expect(404);
}

#[tokio::test]
async fn my_notifications_are_listed_newest_first_in_pages() {
    let gym = Gym::open().await;
    let (first, second) = (gym.join(21).await, gym.join(22).await);
    gym.cancel_booking().await;
    gym.advance(60).await;
    gym.respond(first, "decline").await.expect(200);
    gym.advance(60).await;
    gym.delete(&gym.pa, &format!("/waitlist/{second}")).await.expect(200);

    let all = gym.get(&gym.pa, "/notifications/my").await.expect(200).body;
    assert_eq!(
        kinds(&all),
        [
            ("queue_update", "sent"),
            ("spot_available", "cancelled"),
            ("queue_update", "sent"),
            ("spot_available", "responded"),
        ],
        "left; offered; at the front; declined"
    );
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let page = gym.get(&gym.pa, &format!("/notifications/my?limit=1{cursor}")).await.expect(200).body;
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(Value::Array(paged), all["items"]);
    let one = gym.get(&gym.pa, "/notifications/my?profile_id=21").await.expect(200).body;
    assert_eq!(kinds(&one), [("spot_available", "responded")]);
    assert_eq!(gym.get(&gym.coach, "/notifications/my?profile_id=21").await.expect(200).body, one);
    assert_eq!(gym.get(&gym.coach, "/notifications/my").await.expect(200).body["items"], json!([]));
    assert_eq!(gym.get(&gym.ma, "/notifications/my").await.expect(200).body["items"], json!([]));
    gym.get(&gym.ma, "/notifications/my?profile_id=21").await.expect(404);
    for query in ["limit=0", "limit=101", "cursor=x", "profile_id=x", "colour=1"] {
        gym.get(&gym.pa, &format!("/notifications/my?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn the_list_shows_no_overdue_offer_as_open() {
    let gym = Gym::open().await;
    gym.join(21).await;
    gym.post(&gym.pa, "/waitlist/join", place(22)).await.expect(201);
    gym.cancel_booking().await;
    gym.advance(1801).await;
    let list = gym.get(&gym.pa, "/notifications/my").await.expect(200).body;
    assert_eq!(
        kinds(&list),
        [("spot_available", "sent"), ("queue_update", "sent"), ("spot_available", "expired")],
        "the second was at the front meanwhile"
    );
}

#[tokio::test]
async fn the_contract_is_published_and_can_be_browsed() {
    let gym = Gym::open().await;
    let answer = gym.app.get("/api/v1/openapi.json", None).await.expect(200);
    assert_eq!(answer.body["openapi"], "3.1.0");
    assert_eq!(&answer.body, backend::http::openapi::document());
    let page = gym.app.get("/docs/", None).await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
    let settings = gym.app.get("/docs/swagger-initializer.js", None).await.expect(200);
    assert!(settings.text.contains("\"/api/v1/openapi.json\""), "{}", settings.text);
    // tests/e2e/docs.test.mjs opens the page in a browser.
}
