//! What staff do to a child's place reaches its family, once, in words that say who did it.

use crate::gym::{Gym, place};
use reqwest::Method;
use serde_json::{Value, json};

/// The second class of the evening, which has a free seat.
fn free(profile: i64) -> Value {
    json!({"profile_id": profile, "course_schedule_id": 2, "booking_date": "2030-03-11"})
}

impl Gym {
    /// Has the coach do something, and again: the repeat tells nobody. Returns the answer to the first.
    async fn coach(&self, method: Method, path: &str, body: Value) -> Value {
        let before = self.list().await.len();
        let mut first = None;
        for _ in 0..2 {
            let path = format!("/api/v1{path}");
            let request = self.app.request(method.clone(), &path, Some(&self.coach)).json(&body);
            let answer = self.app.send(request).await;
            first.get_or_insert(answer);
        }
        let first = first.unwrap();
        assert!(first.status < 300, "{path}: {}", first.text);
        assert_eq!(self.list().await.len(), before + 1, "{path}: one message, and none for the repeat");
        first.body
    }

    /// Returns what `pa` was told, newest first, without offers and the front of the queue.
    async fn list(&self) -> Vec<Value> {
        let list = self.get(&self.pa, "/messages/my?limit=100").await.expect(200).body;
        let items = list["items"].as_array().unwrap().iter();
        let others = ["spot_available", "waitlist_front"];
        items.filter(|item| !others.iter().any(|kind| item["kind"] == *kind)).cloned().collect()
    }

    /// Checks the newest message: what it says, and what it is about.
    async fn says(&self, note: &str, subject: Value) {
        let newest = self.list().await.remove(0);
        assert_eq!(newest["kind"], "staff_change", "{newest}");
        let text = newest["text"].as_str().unwrap();
        assert!(text.ends_with(&format!("）：{note}")) && text.contains("3月"), "{text}");
        assert_eq!(newest["subject"], subject, "{newest}");
        assert_eq!(newest["delivery"], "delivered", "the recorder took it");
        assert_eq!(self.messages("pa").await.pop().as_deref(), Some("staff_change"));
        assert!(self.messages("coach").await.is_empty());
    }
}

#[tokio::test]
async fn bookings_leave_and_makeups_by_staff_are_told() {
    let gym = Gym::open().await;
    let none = json!({});
    let booking = gym.coach(Method::POST, "/bookings", free(21)).await["id"].clone();
    let about = json!({"booking_id": booking, "course_schedule_id": 2, "booking_date": "2030-03-11"});
    gym.says("场馆已为你约上这节课", about.clone()).await;
    gym.coach(Method::POST, &format!("/bookings/{booking}/leave"), none.clone()).await;
    gym.says("场馆已为你请假，可以补课", about).await;

    let ask = json!({"profile_id": 21, "original_booking_id": booking, "course_schedule_id": 2, "booking_date": "2030-03-18"});
    let makeup = gym.coach(Method::POST, "/makeup/book", ask).await["id"].clone();
    let seat = gym.list().await[0]["subject"]["booking_id"].clone();
    let about = json!({"booking_id": seat, "makeup_id": makeup, "course_schedule_id": 2, "booking_date": "2030-03-18"});
    gym.says("场馆已为你约好补课", about.clone()).await;
    gym.coach(Method::DELETE, &format!("/makeup/{makeup}/cancel"), none.clone()).await;
    gym.says("场馆已取消你的补课，缺的课可以另补", about).await;

    let booking = gym.coach(Method::POST, "/bookings", free(22)).await["id"].clone();
    gym.coach(Method::DELETE, &format!("/bookings/{booking}"), none).await;
    let about = json!({"booking_id": booking, "course_schedule_id": 2, "booking_date": "2030-03-11"});
    gym.says("场馆已取消你的预约", about).await;
}

#[tokio::test]
async fn what_staff_do_on_the_waitlist_is_told() {
    let gym = Gym::open().await;
    let none = json!({});
    let entry = gym.post(&gym.coach, "/waitlist/join", place(21)).await.expect(201).body["id"].clone();
    assert!(gym.list().await.is_empty(), "a place in the queue is none in the class yet");
    let about =
        |entry: &Value| json!({"waitlist_id": entry, "course_schedule_id": 1, "booking_date": "2030-03-11"});
    gym.coach(Method::DELETE, &format!("/waitlist/{entry}"), none).await;
    gym.says("场馆已为你退出候补", about(&entry)).await;
    assert!(!gym.messages("pa").await.contains(&"waitlist_left".to_owned()), "in its place");
    let plan = gym.get(&gym.pa, &format!("/waitlist/{entry}/notifications")).await.expect(200).body;
    assert_eq!(plan["items"][0]["notification_type"], "queue_update", "the plan's notice stays");
    assert_eq!(plan["items"][0]["message_content"], gym.list().await[0]["text"]);

    let (first, second) = (gym.join(21).await, gym.join(22).await);
    gym.cancel_booking().await;
    gym.coach(Method::PUT, &format!("/waitlist/{first}/respond"), json!({"action": "decline"})).await;
    gym.says("场馆已为你放弃这次名额", about(&json!(first))).await;
    let answer =
        gym.coach(Method::PUT, &format!("/waitlist/{second}/respond"), json!({"action": "confirm"})).await;
    let booking = &answer["booking"]["id"];
    let seat = json!({"booking_id": booking, "course_schedule_id": 1, "booking_date": "2030-03-11"});
    gym.says("场馆已为你确认名额，已约上这节课", seat).await;
}

#[tokio::test]
async fn a_refusal_of_staff_tells_nobody() {
    let gym = Gym::open().await;
    gym.post(&gym.coach, "/bookings", place(21)).await.expect(409);
    gym.post(&gym.coach, "/bookings/1/leave", json!({})).await.expect(200);
    let told = gym.get(&gym.ma, "/messages/my").await.expect(200).body["items"].as_array().unwrap().len();
    assert_eq!(told, 1, "ma's child is on leave");
    gym.app.at("2030-03-11T11:00:00.000Z").await;
    gym.delete(&gym.coach, "/bookings/1").await.expect(409);
    gym.post(&gym.coach, "/bookings", free(21)).await.expect(201);
    gym.app.at("2030-03-11T13:00:00.000Z").await;
    gym.post(&gym.coach, "/waitlist/join", free(22)).await.expect(409);
    assert_eq!(gym.list().await.len(), 1);
    let told = gym.get(&gym.ma, "/messages/my").await.expect(200).body["items"].as_array().unwrap().len();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn what_staff_do_for_their_own_child_is_a_familys_own_doing() {
    let gym = Gym::open().await;
    gym.app.load(&json!({"profiles": [{"id": 31, "account_id": 3, "name": "芒种"}]})).await.unwrap();
    let booking = gym.post(&gym.coach, "/bookings", free(31)).await.expect(201).body["id"].clone();
    gym.delete(&gym.coach, &format!("/bookings/{booking}")).await.expect(200);
    let entry = gym.post(&gym.coach, "/waitlist/join", place(31)).await.expect(201).body["id"].clone();
    assert!(gym.messages("coach").await.is_empty());
    gym.delete(&gym.coach, &format!("/waitlist/{entry}")).await.expect(200);
    let list = gym.get(&gym.coach, "/messages/my").await.expect(200).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["kind"], "waitlist_left", "as for any family");
    assert_eq!(list["unread"], 1);
}

#[tokio::test]
async fn credit_that_comes_with_a_makeup_by_staff_is_told_and_a_familys_own_is_not() {
    let gym = Gym::open().await;
    let shorter = json!({
        "courses": [{"id": 2, "name": "吊环入门", "category": "gym", "duration_minutes": 45}],
        "schedules": [{"id": 3, "course_id": 2, "weekday": 1, "start_time": "20:00", "capacity": 3}],
        "profiles": [{"id": 31, "account_id": 3, "name": "芒种"}],
        "bookings": [
            {"id": 2, "profile_id": 21, "course_schedule_id": 1, "booking_date": "2030-03-04", "status": "leave"},
            {"id": 3, "profile_id": 22, "course_schedule_id": 1, "booking_date": "2030-03-04", "status": "leave"},
            {"id": 4, "profile_id": 31, "course_schedule_id": 1, "booking_date": "2030-03-04", "status": "leave"},
            {"id": 5, "profile_id": 23, "course_schedule_id": 1, "booking_date": "2030-03-04", "status": "leave"},
        ],
    });
    gym.app.load(&shorter).await.unwrap();
    let ask = |profile: i64, original: i64| {
        json!({"profile_id": profile, "original_booking_id": original, "course_schedule_id": 3,
               "booking_date": "2030-03-11"})
    };
    let own = gym.post(&gym.pa, "/makeup/book", ask(22, 3)).await.expect(201).body["id"].clone();
    gym.post(&gym.coach, "/makeup/book", ask(31, 4)).await.expect(201);
    assert!(gym.list().await.is_empty() && gym.get(&gym.coach, "/messages/my").await.body["unread"] == 0);

    let first = gym.post(&gym.coach, "/makeup/book", ask(21, 2));
    let makeup = first.await.expect(201).body["id"].clone();
    gym.post(&gym.coach, "/makeup/book", ask(21, 2)).await.expect(409);
    let list = gym.list().await;
    let kinds: Vec<_> = list.iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["credit_granted", "staff_change"], "each once");
    let grant = gym.get(&gym.pa, "/compensation/balance?profile_id=21").await.body["grants"][0].clone();
    assert_eq!(grant["remaining_minutes"], 15);
    let subject = &list[0]["subject"];
    assert_eq!((&subject["grant_id"], &subject["makeup_id"]), (&grant["id"], &makeup));
    assert_eq!((&subject["course_schedule_id"], &subject["booking_date"]), (&json!(3), &json!("2030-03-11")));
    let text = list[0]["text"].as_str().unwrap();
    assert!(text.starts_with("小寒得到15分钟补偿时长，请在 3月") && text.ends_with(" 前使用"), "{text}");
    assert_eq!(list[0]["delivery"], "app_only", "it has no template");

    // An offer that staff take makes the makeup, too.
    let wait =
        json!({"profile_id": 23, "course_schedule_id": 3, "booking_date": "2030-03-11", "makeup_for": 5});
    let entry = gym.post(&gym.pa, "/waitlist/join", wait).await.expect(201).body["id"].clone();
    gym.delete(&gym.pa, &format!("/makeup/{own}/cancel")).await.expect(200);
    let path = format!("/waitlist/{entry}/respond");
    gym.put(&gym.coach, &path, json!({"action": "confirm"})).await.expect(200);
    let list = gym.list().await;
    let newest: Vec<_> = list.iter().take(2).map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(newest, ["credit_granted", "staff_change"]);

    // What is taken back is not told as given.
    gym.delete(&gym.coach, &format!("/makeup/{makeup}/cancel")).await.expect(200);
    assert_eq!(gym.list().await[0]["kind"], "staff_change");
}
