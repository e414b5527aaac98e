//! The desk's reads, and the attendance of a whole class.

use crate::gym::{CLASS, Gym, STARTS, place};
use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};

const CLASS_AT_THE_DESK: &str = "/desk/sessions/1/2030-03-11";
const ATTENDANCE: &str = "/desk/sessions/1/2030-03-11/attendance";

impl Gym {
    /// The first class of the day, as `who` sees it at a glance.
    async fn at_a_glance(&self, who: &str) -> Value {
        let day = self.get(who, "/desk/day?date=2030-03-11").await.expect(200).body;
        assert_eq!((&day["date"], day["items"].as_array().unwrap().len()), (&json!("2030-03-11"), 2));
        day["items"][0].clone()
    }

    async fn class(&self, who: &str) -> Value {
        self.get(who, CLASS_AT_THE_DESK).await.expect(200).body
    }

    /// Three seats, booked for 11, 12 and 21.
    async fn with_three() -> Self {
        let gym = Self::open().await;
        gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 3})).await.expect(200);
        gym.post(&gym.ma, "/bookings", place(12)).await.expect(201);
        gym.post(&gym.pa, "/bookings", place(21)).await.expect(201);
        gym
    }

    /// The bookings of the class with their status, by child.
    async fn roster(&self) -> Vec<(String, i64, String)> {
        let class = self.class(&self.coach).await;
        let row = |row: &Value| {
            let name = row["profile"]["name"].as_str().unwrap().to_owned();
            let status = row["booking"]["status"].as_str().unwrap().to_owned();
            (name, row["booking"]["id"].as_i64().unwrap(), status)
        };
        class["roster"].as_array().unwrap().iter().map(row).collect()
    }
}

#[tokio::test]
async fn a_day_shows_each_class_with_what_needs_a_person() {
    let gym = Gym::in_quiet_hours().await;
    let class = gym.at_a_glance(&gym.coach).await;
    assert_eq!((&class["roster"], &class["offers"], &class["unmarked"]), (&json!(1), &json!(0), &json!(0)));
    assert_eq!(
        (&class["session"]["booked"], &class["coach"], &class["room"]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    for profile in [21, 22] {
        gym.join(profile).await;
    }
    // At night the freed seat waits for the morning.
    gym.cancel_booking().await;
    let class = gym.at_a_glance(&gym.coach).await;
    assert_eq!((&class["waiting"], &class["free_while_waiting"]), (&json!(2), &json!(1)));
    let entry = gym.class(&gym.coach).await["queue"][0]["entry"]["id"].clone();
    let notify = json!({"waitlist_ids": [entry]});
    gym.post(&gym.coach, "/waitlist/notify", notify).await.expect(200);
    let class = gym.at_a_glance(&gym.coach).await;
    assert_eq!(
        (&class["offers"], &class["waiting"], &class["free_while_waiting"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert!(class["next_deadline"].is_string());
}

/// R2.93.
#[tokio::test]
async fn attendance_is_asked_for_until_somebody_records_it() {
    let gym = Gym::with_three().await;
    let unmarked = async || gym.at_a_glance(&gym.coach).await["unmarked"].as_i64().unwrap();
    assert_eq!(unmarked().await, 0, "the class has not started");
    gym.app.at(STARTS).await;
    assert_eq!(unmarked().await, 3);
    gym.post(&gym.coach, "/bookings/1/attendance", json!({"status": "completed"})).await.expect(200);
    assert_eq!(unmarked().await, 2);
    // The end of the class completes the others; nobody has seen them.
    gym.app.at("2030-03-11T11:00:00.000Z").await;
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    assert_eq!(gym.count("SELECT COUNT(*) FROM booking WHERE status = 'completed'").await, 3);
    assert_eq!(unmarked().await, 2);
    gym.app.at("2030-03-18T10:00:00.000Z").await;
    assert_eq!(unmarked().await, 2);
    gym.app.at("2030-03-18T10:00:00.001Z").await;
    assert_eq!(unmarked().await, 0);
}

#[tokio::test]
async fn a_family_that_could_not_be_told_is_named_with_its_phone_to_staff() {
    let gym = Gym::open().await;
    let child = json!({"name": "无名", "phone": "13800001234"});
    let child = gym.post(&gym.coach, "/profiles", child).await.expect(201).body["id"].as_i64().unwrap();
    gym.post(&gym.coach, "/waitlist/join", place(child)).await.expect(201);
    assert_eq!(gym.at_a_glance(&gym.coach).await["unreachable"], json!([]), "nothing was to be told");
    gym.post(&gym.coach, "/sessions/1/2030-03-11/cancel", json!({})).await.expect(200);
    let named = json!([{"profile_id": child, "name": "无名", "phone": "13800001234"}]);
    let class = gym.at_a_glance(&gym.coach).await;
    assert_eq!((&class["unreachable"], &class["session"]["status"]), (&named, &json!("cancelled")));
    let coach = gym.app.token(8, Role::Coach);
    gym.app.load(&json!({"accounts": [{"id": 8, "openid": "wang", "role": "coach"}]})).await.unwrap();
    assert_eq!(gym.at_a_glance(&coach).await["unreachable"][0]["phone"], Value::Null);
}

/// R2.95.
#[tokio::test]
async fn a_class_shows_its_roster_its_queue_and_its_offers() {
    let gym = Gym::open().await;
    for profile in [21, 22, 23] {
        gym.join(profile).await;
    }
    gym.cancel_booking().await;
    let class = gym.class(&gym.coach).await;
    assert_eq!((&class["roster"], &class["queue_total"]), (&json!([]), &json!(2)));
    let offer = &class["offers"][0];
    assert_eq!(
        (&offer["profile"]["name"], &offer["rank"], &offer["refusal"]),
        (&json!("小寒"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&offer["deadline"], &offer["delivery"]),
        (&offer["entry"]["response_deadline"], &json!("delivered"))
    );
    let names: Vec<_> =
        class["queue"].as_array().unwrap().iter().map(|entry| &entry["profile"]["name"]).collect();
    assert_eq!(names, ["小暑", "立秋"]);
    let first = &class["queue"][0];
    assert_eq!(
        (&first["rank"], &first["entry"]["position"], &first["entry"]["chance"]),
        (&json!(1), &json!(1), &Value::Null)
    );
    assert_eq!(first["notifiable_at"], first["entry"]["join_time"]);
    // What is past stays as it was, so the class is unchanged while nothing happens in it.
    gym.advance(600).await;
    assert_eq!(gym.class(&gym.coach).await, class);
    // Nobody may be told any more: the list has closed for whoever waits; the offer is dead.
    gym.app.at("2030-03-11T04:00:00.001Z").await;
    let class = gym.class(&gym.coach).await;
    assert_eq!(
        (&class["queue"], &class["offers"], &class["queue_total"]),
        (&json!([]), &json!([]), &json!(0))
    );
}

#[tokio::test]
async fn a_class_in_which_nothing_happens_is_answered_304() {
    let gym = Gym::open().await;
    gym.join(21).await;
    let first = gym.get(&gym.coach, CLASS_AT_THE_DESK).await.expect(200);
    assert_eq!(first.header("cache-control"), "private, no-store");
    let tag = first.header("etag").to_owned();
    let again = async || {
        let path = format!("/api/v1{CLASS_AT_THE_DESK}");
        let request = gym.app.request(reqwest::Method::GET, &path, Some(&gym.coach));
        request.header("if-none-match", &tag).send().await.unwrap().status()
    };
    gym.advance(3600).await;
    assert_eq!(again().await, 304);
    gym.join(22).await;
    assert_eq!(again().await, 200);
}

#[tokio::test]
async fn a_coach_sees_neither_phones_nor_the_record() {
    let gym = Gym::open().await;
    gym.app.load(&json!({"accounts": [{"id": 8, "openid": "wang", "role": "coach"}]})).await.unwrap();
    let details = json!({"name": "小满", "phone": "13800001234", "note": "怕高"});
    gym.put(&gym.coach, "/profiles/11", details).await.expect(200);
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 2})).await.expect(200);
    let seen = async |who: &str| {
        let class = gym.class(who).await;
        (class["roster"][0]["profile"].clone(), class["history"].clone())
    };
    let (profile, history) = seen(&gym.coach).await;
    assert_eq!(profile, json!({"id": 11, "name": "小满", "note": "怕高", "phone": "13800001234"}));
    assert_eq!((&history[0]["action"], history.as_array().unwrap().len()), (&json!("session.capacity"), 1));
    let (profile, history) = seen(&gym.app.token(8, Role::Coach)).await;
    assert_eq!(
        (profile, history),
        (json!({"id": 11, "name": "小满", "note": "怕高", "phone": null}), Value::Null)
    );
}

#[tokio::test]
async fn a_child_is_shown_as_its_family_sees_it() {
    let gym = Gym::open().await;
    let of_a_family = |path: &str| format!("{path}?profile_id=21");
    gym.put(&gym.coach, "/profiles/21", json!({"name": "小寒", "phone": "13800001234"})).await.expect(200);
    gym.join(21).await;
    gym.post(
        &gym.coach,
        "/bookings",
        json!({"profile_id": 21, "course_schedule_id": 2, "booking_date": "2030-03-11"}),
    )
    .await
    .expect(201);
    let seen = async || gym.get(&gym.coach, "/desk/profiles/21").await.expect(200);
    let answer = seen().await;
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let child = answer.body;
    assert_eq!(child["profile"], json!({"id": 21, "name": "小寒", "note": null, "phone": "13800001234"}));
    assert_eq!(
        (&child["guardians"][0]["account_id"], child["guardians"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    for (list, path) in [
        ("bookings", "/bookings/my"),
        ("waitlist", "/waitlist/my"),
        ("makeups", "/makeup/my"),
        ("messages", "/messages/my"),
    ] {
        let own = gym.get(&gym.pa, &of_a_family(path)).await.expect(200).body;
        assert_eq!(child[list], own["items"], "{list}");
    }
    let credit = gym.get(&gym.pa, &of_a_family("/compensation/balance")).await.expect(200).body;
    assert_eq!(child["balance"], credit);
    assert_eq!(child["messages"][0]["kind"], "staff_change");
    assert_eq!(child["messages"][0]["delivery"], "delivered");
    // What the family read of its messages is its own.
    gym.put(&gym.pa, "/messages/read", json!({"up_to": child["messages"][0]["id"]})).await.expect(200);
    assert_eq!(seen().await.body["messages"][0]["read_at"], Value::Null);
    // No dead offer is shown as alive.
    gym.cancel_booking().await;
    assert_eq!(seen().await.body["waitlist"][0]["status"], "notified");
    gym.advance(1801).await;
    assert_eq!(seen().await.body["waitlist"][0]["status"], "expired");
    gym.get(&gym.coach, "/desk/profiles/999").await.expect(404);
}

/// R2.94.
#[tokio::test]
async fn the_attendance_of_a_class_is_recorded_all_or_nothing() {
    let gym = Gym::with_three().await;
    let (first, mine, theirs) = match gym.roster().await.as_slice() {
        [(_, theirs, _), (_, first, _), (_, mine, _)] => (*first, *mine, *theirs),
        other => panic!("{other:?}"),
    };
    let item = |id: i64, status: &str| json!({"booking_id": id, "status": status});
    let record = async |items: Value| gym.put(&gym.coach, ATTENDANCE, json!({ "items": items })).await;
    let all = json!([item(mine, "absent"), item(first, "completed"), item(theirs, "completed")]);
    let early = record(all.clone()).await.expect(409);
    assert_eq!((early.code(), &early.body["index"]), ("conflict", &json!(0)));
    gym.app.at(STARTS).await;
    let done = record(all.clone()).await.expect(200).body;
    let seen: Vec<_> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (&b["id"], &b["status"], &b["attendance_marked_at"]))
        .collect();
    let (absent, completed, marked) = (json!("absent"), json!("completed"), json!(STARTS));
    assert_eq!(
        seen,
        [
            (&json!(mine), &absent, &marked),
            (&json!(first), &completed, &marked),
            (&json!(theirs), &completed, &marked)
        ]
    );
    let before = gym.rows().await;
    let elsewhere = record(json!([item(mine, "completed"), item(999, "absent")])).await.expect(404);
    assert_eq!(elsewhere.body["index"], 1);
    for bad in [json!([]), json!([item(mine, "absent"), item(mine, "absent")]), json!([item(mine, "late")])] {
        record(bad).await.expect(400);
    }
    assert_eq!(gym.rows().await, before, "nothing of it was done");
    gym.app.at("2030-03-18T11:00:00.001Z").await;
    let late = record(json!([item(first, "completed"), item(mine, "completed")])).await.expect(409);
    assert_eq!((late.code(), &late.body["index"]), ("conflict", &json!(1)));
    // A class that nobody has asked for yet, and none at all.
    for (class, index, said) in [
        ("2/2030-03-11", json!(0), format!("this class has no booking {first}")),
        ("1/2030-03-12", Value::Null, "course schedule 1 has no class on 2030-03-12".to_owned()),
    ] {
        let path = format!("/desk/sessions/{class}/attendance");
        let answer = gym.put(&gym.coach, &path, json!({"items": [item(first, "absent")]})).await.expect(404);
        assert_eq!((&answer.body["index"], &answer.body["detail"]), (&index, &json!(said)), "{class}");
    }
}

/// A coach is no guardian of the children that it marks.
#[tokio::test]
async fn a_coach_who_repeats_an_attendance_is_answered_as_before() {
    let gym = Gym::open().await;
    gym.app.load(&json!({"accounts": [{"id": 5, "openid": "li", "role": "coach"}]})).await.unwrap();
    let coach = gym.app.token(5, Role::Coach);
    gym.app.at(STARTS).await;
    for (method, path, body) in [
        (Method::POST, "/bookings/1/attendance", json!({"status": "absent"})),
        (Method::PUT, ATTENDANCE, json!({"items": [{"booking_id": 1, "status": "completed"}]})),
    ] {
        let send = async || {
            let request = gym.app.request(method.clone(), &format!("/api/v1{path}"), Some(&coach));
            gym.app.send(request.header("idempotency-key", path).json(&body)).await.expect(200)
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((&again.text, again.header("idempotency-replayed")), (&first.text, "true"), "{path}");
    }
}

#[tokio::test]
async fn a_class_says_who_teaches_it_and_where() {
    let gym = Gym::open().await;
    let slot = json!({"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 1,
                      "coach_account_id": 3, "room": "二楼"});
    gym.app.load(&json!({ "schedules": [slot] })).await.unwrap();
    let class = gym.app.get(CLASS, Some(&gym.ma)).await.expect(200).body;
    assert_eq!((&class["coach"], &class["room"]), (&json!({"account_id": 3, "name": null}), &json!("二楼")));
    let slot = json!({"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 1, "coach_name": "王教练"});
    gym.app.load(&json!({ "schedules": [slot] })).await.unwrap();
    let class = gym.at_a_glance(&gym.coach).await;
    assert_eq!(
        (&class["coach"], &class["room"]),
        (&json!({"account_id": null, "name": "王教练"}), &Value::Null)
    );
    let error = gym
        .app
        .load(&json!({"schedules": [{"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00",
        "capacity": 1, "coach_account_id": 77}]}))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("schedules[0].coach_account_id: there is no account 77"), "{error}");
}
