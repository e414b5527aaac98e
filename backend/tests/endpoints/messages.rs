//! The list of everything that was said to a family, and what it has read.

use crate::gym::Gym;
use serde_json::{Value, json};

const MY: &str = "/messages/my";
const READ: &str = "/messages/read";

/// Returns a field of each item.
fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap_or("null")).collect()
}

impl Gym {
    async fn said(&self, who: &str) -> Value {
        self.get(who, MY).await.expect(200).body
    }

    /// `pa` is told four things about two children: of 21 an offer and that it expired, of 22 that it is first and an
    /// offer.
    async fn four_messages(&self) -> (i64, i64) {
        let entries = (self.join(21).await, self.join(22).await);
        self.advance(60).await;
        self.cancel_booking().await;
        self.advance(1801).await;
        self.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
        entries
    }
}

#[tokio::test]
async fn what_is_said_stands_in_one_list_with_what_it_is_about() {
    let gym = Gym::open().await;
    assert_eq!(gym.said(&gym.pa).await, json!({"items": [], "next_cursor": null, "unread": 0}));
    let (first, second) = gym.four_messages().await;
    let list = gym.said(&gym.pa).await;
    let mut kinds = each(&list, "kind");
    kinds.sort_unstable();
    assert_eq!(kinds, ["offer_expired", "spot_available", "spot_available", "waitlist_front"]);
    let of = |kind: &str, profile: i64| {
        let items = list["items"].as_array().unwrap().iter();
        let mut found = items.filter(|item| item["kind"] == kind && item["profile_id"] == profile);
        found.next().unwrap_or_else(|| panic!("{kind}: {list}")).clone()
    };
    let mut offer = of("spot_available", 21);
    assert!(offer["id"].as_i64().unwrap() >= 1_000_000, "{offer}");
    offer["id"] = json!(1);
    assert_eq!(
        offer,
        json!({
            "id": 1, "profile_id": 21, "kind": "spot_available", "said_at": "2030-03-04T00:01:00.000Z",
            "title": "有名额了",
            "text": "小寒候补的体操入门（3月11日 周一 18:00）有名额了，请在 3月4日 周一 08:31 前确认",
            "subject": {"waitlist_id": first, "course_schedule_id": 1, "booking_date": "2030-03-11"},
            "delivery": "delivered", "read_at": null,
        })
    );
    let expired = of("offer_expired", 21);
    assert_eq!(expired["text"], "小寒的体操入门（3月11日 周一 18:00）：没有及时确认，名额已失效");
    assert_eq!(
        (&expired["delivery"], &expired["subject"]["waitlist_id"]),
        (&json!("app_only"), &json!(first))
    );
    assert_eq!(of("waitlist_front", 22)["subject"]["waitlist_id"], second);
    assert_eq!(gym.said(&gym.ma).await["items"], json!([]), "what ma did itself is no message");
}

#[tokio::test]
async fn reading_covers_all_children_up_to_a_message() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let list = gym.said(&gym.pa).await;
    assert_eq!(list["unread"], 4);
    let ids: Vec<i64> =
        list["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
    let read_up_to = async |id: i64| gym.put(&gym.pa, READ, json!({ "up_to": id })).await;
    assert_eq!(read_up_to(ids[2]).await.expect(200).body, json!({"unread": 2}));
    let after = gym.said(&gym.pa).await;
    let now = "2030-03-04T00:31:01.000Z";
    assert_eq!(each(&after, "read_at"), ["null", "null", now, now]);
    assert_eq!(after["unread"], 2);
    let of_one = gym.get(&gym.pa, "/messages/my?profile_id=21").await.expect(200).body;
    assert_eq!(of_one["unread"], 2, "of all children, whatever the page shows");

    gym.advance(60).await;
    assert_eq!(
        read_up_to(ids[3]).await.expect(200).body,
        json!({"unread": 2}),
        "an older one reads nothing new"
    );
    assert_eq!(read_up_to(ids[0]).await.expect(200).body, json!({"unread": 0}));
    let all = gym.said(&gym.pa).await;
    assert_eq!(each(&all, "read_at")[2..], [now, now], "read once");
    assert_eq!(gym.get(&gym.pa, "/messages/my?limit=1").await.expect(200).body["unread"], 0);
}

#[tokio::test]
async fn staff_who_look_read_nothing_for_the_family() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let own = gym.said(&gym.pa).await;
    let id = own["items"][0]["id"].clone();
    gym.put(&gym.pa, READ, json!({ "up_to": id })).await.expect(200);
    let seen = gym.get(&gym.coach, "/messages/my?profile_id=21").await.expect(200).body;
    assert_eq!(each(&seen, "kind"), ["offer_expired", "spot_available"]);
    assert_eq!(each(&seen, "read_at"), ["null"; 2]);
    assert_eq!(seen["unread"], 0, "the coach has no children");
    for other in [&gym.coach, &gym.ma] {
        let answer = gym.put(other, READ, json!({ "up_to": id })).await.expect(404);
        assert_eq!(answer.code(), "not_found");
    }
    gym.get(&gym.ma, "/messages/my?profile_id=21").await.expect(404);
    gym.get(&gym.coach, "/messages/my?profile_id=999").await.expect(404);
    assert_eq!(
        gym.said(&gym.coach).await["items"],
        json!([]),
        "without a profile it is the coach's own list"
    );
}

#[tokio::test]
async fn the_list_comes_in_pages_and_answers_304() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let all = gym.get(&gym.pa, MY).await.expect(200);
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let page = gym.get(&gym.pa, &format!("{MY}?limit=2{cursor}")).await.expect(200).body;
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(Value::Array(paged), all.body["items"]);
    let again = async || {
        let request = gym.app.request(reqwest::Method::GET, "/api/v1/messages/my", Some(&gym.pa));
        gym.app.send(request.header("if-none-match", all.header("etag"))).await.status
    };
    assert_eq!(again().await, 304);
    let newest = &all.body["items"][0]["id"];
    gym.put(&gym.pa, READ, json!({ "up_to": newest })).await.expect(200);
    assert_eq!(again().await, 200, "reading changes the list");
}

#[tokio::test]
async fn bad_input_reads_nothing() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    for body in [json!({}), json!({"up_to": null}), json!({"up_to": "1"}), json!({"up_to": 1.5}), json!([1])]
    {
        let answer = gym.put(&gym.pa, READ, body.clone()).await.expect(400);
        assert_eq!(answer.code(), "invalid_request", "{body}");
    }
    let id = gym.said(&gym.pa).await["items"][0]["id"].clone();
    gym.put(&gym.pa, READ, json!({"up_to": id, "profile_id": 21})).await.expect(400);
    for id in [0, -1, 1, i64::MAX] {
        gym.put(&gym.pa, READ, json!({ "up_to": id })).await.expect(404);
    }
    for query in ["limit=0", "limit=101", "cursor=x", "profile_id=x", "kind=spot_available"] {
        gym.get(&gym.pa, &format!("{MY}?{query}")).await.expect(400);
    }
    assert_eq!(gym.said(&gym.pa).await["unread"], 4);
}

#[tokio::test]
async fn messages_are_kept_for_400_days() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let sweep = async || gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body;
    gym.advance(1801).await;
    assert_eq!(sweep().await["expired"], 1, "the fifth");
    let newest = gym.said(&gym.pa).await["items"][0]["id"].clone();
    gym.put(&gym.pa, READ, json!({ "up_to": newest })).await.expect(200);
    gym.advance(399 * 86_400).await;
    let swept = sweep().await;
    assert_eq!((&swept["purged_messages"], &swept["purged_texts"]), (&json!(3), &json!(0)), "{swept}");
    let kept = gym.said(&gym.pa).await;
    assert!(each(&kept, "text").iter().any(|text| text.contains("有名额了")), "{kept}");
    gym.advance(2 * 86_400).await;
    assert_eq!(sweep().await["purged_texts"], 5);
    assert_eq!(gym.said(&gym.pa).await["unread"], 0);
    assert_eq!(gym.count("SELECT COUNT(*) FROM message_read").await, 0, "what was read goes with it");
}

#[tokio::test]
async fn the_notifications_of_an_entry_come_in_pages_and_count_all() {
    let gym = Gym::open().await;
    let entry = gym.join(21).await;
    for _ in 0..22 {
        gym.delete(&gym.pa, &format!("/waitlist/{entry}")).await.expect(200);
        assert_eq!(gym.join(21).await, entry, "the row opens again");
    }
    let path = format!("/waitlist/{entry}/notifications");
    let first = gym.get(&gym.pa, &path).await.expect(200).body;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["counts"]["sent"]), (20, &json!(22)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = gym.get(&gym.pa, &format!("{path}?limit=100&cursor={cursor}")).await.expect(200).body;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (2, &Value::Null));
    assert_eq!(rest["counts"], first["counts"], "the counts cover all");
    gym.get(&gym.pa, &format!("{path}?limit=0")).await.expect(400);
    gym.get(&gym.pa, &format!("{path}?cursor=x")).await.expect(400);
}

#[tokio::test]
async fn bookings_have_their_courses_names_and_can_be_listed_from_a_date() {
    let gym = Gym::open().await;
    let list = async |query: &str| gym.get(&gym.ma, &format!("/bookings/my{query}")).await.expect(200).body;
    assert_eq!(each(&list("").await, "course_name"), ["体操入门"]);
    assert_eq!(each(&list("?from=2030-03-11&profile_id=11").await, "booking_date"), ["2030-03-11"]);
    assert_eq!(list("?from=2030-03-12").await["items"], json!([]));
    for wrong in ["?from=2030-02-30", "?from=x", "?from=", "?from=2030-3-11"] {
        gym.get(&gym.ma, &format!("/bookings/my{wrong}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_repeated_key_reads_nothing_more() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let oldest = gym.said(&gym.pa).await["items"][3]["id"].clone();
    let read = async |id: &Value| {
        let request = gym.app.request(reqwest::Method::PUT, "/api/v1/messages/read", Some(&gym.pa));
        gym.app.send(request.header("idempotency-key", "k1").json(&json!({ "up_to": id }))).await
    };
    let first = read(&oldest).await.expect(200);
    assert_eq!(first.body, json!({"unread": 3}));
    let newest = gym.said(&gym.pa).await["items"][0]["id"].clone();
    assert_eq!(read(&newest).await.expect(409).code(), "idempotency_key_reused");
    gym.put(&gym.pa, READ, json!({ "up_to": newest })).await.expect(200);
    let again = read(&oldest).await.expect(200);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(gym.said(&gym.pa).await["unread"], 0);
}

/// Two programs write at once: what was committed after the list was seen has not been read, though it was said before.
#[tokio::test]
async fn what_is_committed_late_stays_unread() {
    let gym = Gym::open().await;
    gym.four_messages().await;
    let newest = gym.said(&gym.pa).await["items"][0]["id"].clone();
    gym.put(&gym.pa, READ, json!({ "up_to": newest })).await.expect(200);
    let late = "INSERT INTO message (uuid, profile_id, kind, said_at, title, `text`, delivery) \
                VALUES (UUID(), 21, 'a_kind_of_a_newer_program', '2030-03-04 00:00:30', '', '', 'app_only')";
    sqlx::query(late).execute(&gym.app.app.pool).await.unwrap();
    let list = gym.said(&gym.pa).await;
    assert_eq!((&list["unread"], &list["items"][4]["read_at"]), (&json!(1), &Value::Null), "{list}");
    assert_eq!(list["items"][4]["kind"], "a_kind_of_a_newer_program", "the list of kinds is open");
}
