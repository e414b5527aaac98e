//! Invalid bodies of the writes of staff.

use crate::bodies::{Endpoint, NO_DATES, NO_NUMBERS, batter, wrong};
use crate::scene::Scene;
use reqwest::Method;
use serde_json::{Value, json};

fn by_staff(scene: &Scene, method: Method, path: String, good: Value) -> Endpoint {
    let client = scene.world[scene.staff].client.clone();
    Endpoint { client, method, path, good, fields: Vec::new() }
}

#[tokio::test]
async fn staff_notifications() {
    let mut scene = Scene::new().await;
    let class = json!({
        "course_schedule_id": scene.class.schedule, "booking_date": scene.class.date, "max": 1,
    });
    let mut endpoint = by_staff(&scene, Method::POST, "/waitlist/notify".into(), class);
    let counts = [NO_NUMBERS, &["-1", "0", "101", "4294967296"]].concat();
    endpoint.fields = vec![
        ("course_schedule_id", true, wrong(NO_NUMBERS, true)),
        ("booking_date", true, wrong(NO_DATES, true)),
        ("max", false, wrong(&counts, false)),
    ];
    batter(&mut scene, &endpoint).await;
    let mut endpoint =
        by_staff(&scene, Method::POST, "/waitlist/notify".into(), json!({ "waitlist_ids": [1] }));
    let no_ids = ["[]", "{}", "1", "\"1\"", "[\"1\"]", "[1.5]", "[null]", "[[1]]", "[9223372036854775808]"];
    endpoint.fields = vec![("waitlist_ids", true, wrong(&no_ids, true))];
    batter(&mut scene, &endpoint).await;
    let client = endpoint.client;
    for body in [json!({}), json!({ "max": 1 }), json!({ "waitlist_ids": vec![1; 101] })] {
        scene.malformed(&client, &Method::POST, "/waitlist/notify", &body.to_string(), "waitlist_ids").await;
    }
    scene.close(100).await;
}

#[tokio::test]
async fn capacities() {
    let mut scene = Scene::new().await;
    let path = format!("/sessions/{}/{}/capacity", scene.class.schedule, scene.class.date);
    let mut endpoint = by_staff(&scene, Method::PUT, path, json!({ "capacity": 3 }));
    let counts = [NO_NUMBERS, &["-1", "4294967296", "1000001"]].concat();
    endpoint.fields = vec![("capacity", true, wrong(&counts, false))];
    batter(&mut scene, &endpoint).await;
    scene.close(44).await;
}

#[tokio::test]
async fn the_attendance_of_a_class() {
    let mut scene = Scene::new().await;
    let path = format!("/desk/sessions/{}/{}/attendance", scene.class.schedule, scene.class.date);
    let item = json!({"booking_id": scene.booking, "status": "absent"});
    let mut endpoint = by_staff(&scene, Method::PUT, path, json!({ "items": [item] }));
    let words = [
        "[]",
        "{}",
        "0",
        "\"x\"",
        "[0]",
        "[{}]",
        "[[]]",
        "[{\"booking_id\":1}]",
        "[{\"status\":\"absent\"}]",
        "[{\"booking_id\":0,\"status\":\"late\"}]",
        "[{\"booking_id\":\"1\",\"status\":\"absent\"}]",
        "[{\"booking_id\":1,\"status\":\"absent\"},{\"booking_id\":1,\"status\":\"absent\"}]",
    ];
    endpoint.fields = vec![("items", true, wrong(&words, true))];
    batter(&mut scene, &endpoint).await;
    let staff = scene.world[scene.staff].client.clone();
    for query in [
        "",
        "date=",
        "date=2030-02-30",
        "date=2030-3-1",
        "date=x",
        "day=2030-03-01",
        "date=2030-03-01&limit=1",
    ] {
        let answer = staff.get(&format!("/desk/day?{query}")).await;
        scene.expect(query, &answer, 400, "invalid_request", "");
    }
    for date in ["0001-01-01", "9999-12-31"] {
        let answer = staff.get(&format!("/desk/day?date={date}")).await;
        assert!(answer.status < 500, "{date}: {}", answer.body);
    }
    scene.close(35).await;
}

#[tokio::test]
async fn attendance() {
    let mut scene = Scene::new().await;
    let path = format!("/bookings/{}/attendance", scene.booking);
    let mut endpoint = by_staff(&scene, Method::POST, path, json!({ "status": "completed" }));
    let words = ["\"Completed\"", "\"\"", "\"booked\"", "\"leave\"", "0", "true", "[]", "[\"absent\"]", "{}"];
    endpoint.fields = vec![("status", true, wrong(&words, true))];
    batter(&mut scene, &endpoint).await;
    scene.close(35).await;
}

/// What is no instant.
const NO_INSTANTS: &[&str] = &[
    "0",
    "1900000000000",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"2030-03-20\"",
    "\"2030-02-30T00:00:00Z\"",
    "\"2030-03-20T00:00:00\"",
    "\"tomorrow\"",
];
/// What is no reason (R9.3).
const NO_REASONS: &[&str] = &["0", "true", "[]", "{}", "\"\"", "\" \"", "\"a\\nb\"", "\"\u{202E}x\""];

#[tokio::test]
async fn goodwill() {
    let mut scene = Scene::new().await;
    let good = json!({"booking_id": scene.booking, "minutes": 30, "reason": "停电"});
    let mut endpoint = by_staff(&scene, Method::POST, "/compensation/grants".into(), good);
    endpoint.fields = vec![
        ("booking_id", true, wrong(NO_NUMBERS, true)),
        ("minutes", true, wrong(NO_NUMBERS, true)),
        ("reason", true, wrong(NO_REASONS, true)),
    ];
    batter(&mut scene, &endpoint).await;
    scene.close(60).await;
}

#[tokio::test]
async fn rights_to_makeups() {
    let mut scene = Scene::new().await;
    let path = format!("/bookings/{}/makeup-right", scene.booking);
    let good = json!({"until": "2030-03-20T00:00:00Z", "reason": "住院"});
    let mut endpoint = by_staff(&scene, Method::PUT, path, good);
    endpoint.fields =
        vec![("until", true, wrong(NO_INSTANTS, true)), ("reason", true, wrong(NO_REASONS, true))];
    batter(&mut scene, &endpoint).await;
    scene.close(50).await;
}
