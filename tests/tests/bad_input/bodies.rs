//! Invalid bodies, at every endpoint that takes a body.

use crate::scene::Scene;
use contract::body::BODY_LIMIT;
use reqwest::Method;
use serde_json::{Value, json};
use tests::Client;

/// Values that are neither an id nor a count.
pub(crate) const NO_NUMBERS: &[&str] = &[
    "\"1\"",
    "\"\"",
    "true",
    "1.5",
    "-0.5",
    "1e3",
    "[]",
    "[1]",
    "{}",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999",
    "1e30",
    "1e400",
];
/// Values that are not a date.
pub(crate) const NO_DATES: &[&str] = &[
    "0",
    "20300306",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"2030-02-30\"",
    "\"2030-13-01\"",
    "\"2030-00-10\"",
    "\"2030-3-6\"",
    "\"2030-03-06T00:00:00Z\"",
    "\"06.03.2030\"",
    "\"2030/03/06\"",
    "\" 2030-03-06\"",
    "\"2030-03-06 \"",
    "\"+2030-03-06\"",
    "\"tomorrow\"",
    "\"２０３０-03-06\"",
    "\"2030-03-06\\u0000\"",
    "\"999999999-01-01\"",
];

/// An endpoint, a valid body for it, and invalid values for each field.
pub(crate) struct Endpoint {
    pub(crate) client: Client,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) good: Value,
    /// Field, whether it is required, and invalid values as JSON text.
    pub(crate) fields: Vec<(&'static str, bool, Vec<String>)>,
}

pub(crate) fn wrong(texts: &[&str], null_is_wrong: bool) -> Vec<String> {
    let mut all: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    all.push(format!("\"{}\"", "x".repeat(10_000)));
    if null_is_wrong {
        all.push("null".to_owned());
    }
    all
}

/// Returns `good` as text with one field's value replaced by a text that may not be valid JSON.
fn with(good: &Value, field: &str, text: &str) -> String {
    let mut body = good.clone();
    body[field] = "@@".into();
    body.to_string().replace("\"@@\"", text)
}

/// Tries everything that is invalid at every endpoint.
pub(crate) async fn batter(scene: &mut Scene, endpoint: &Endpoint) {
    let Endpoint { client, method, path, good, fields } = endpoint;
    let text = good.to_string();

    // Not a JSON object.
    for body in ["", " ", "{", "}", "nope", "null", "0", "\"x\"", "true", "{\"a\"}", "{'a': 1}", "\u{feff}{}"]
    {
        scene.malformed(client, method, path, body, "").await;
    }
    // Serde alone would accept an array with the values of a struct's fields.
    let values: Vec<&Value> = good.as_object().unwrap().values().collect();
    for list in [json!([]), json!(values)] {
        scene.malformed(client, method, path, &list.to_string(), "named fields").await;
    }
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    scene.malformed(client, method, path, &deep, "").await;
    scene.malformed(client, method, path, &format!("{text}{text}"), "trailing").await;
    scene.malformed(client, method, path, &format!("{text}x"), "trailing").await;
    let not_utf8 = [text.as_bytes(), &[0xff, 0xfe]].concat();
    let answer = client.send(method.clone(), path, Some("application/json"), not_utf8).await;
    scene.expect(&format!("{path}: not UTF-8"), &answer, 400, "invalid_request", "");

    // A body without the content type of JSON.
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonx"),
        Some("application"),
        Some("multipart/form-data; boundary=x"),
        Some(""),
    ] {
        let answer = client.send(method.clone(), path, content_type, text.clone().into_bytes()).await;
        let about = format!("{path} as {content_type:?}");
        scene.expect(&about, &answer, 400, "invalid_request", "application/json");
    }

    // A body over the limit. A body of exactly the limit is read, and refused for another reason.
    let unknown = with(&merge(good, json!({ "padding": 0 })), "padding", "\"@\"");
    for (length, status, code) in
        [(BODY_LIMIT, 400, "invalid_request"), (BODY_LIMIT + 1, 413, "payload_too_large")]
    {
        let padded = unknown.replace('@', &"p".repeat(length + 1 - unknown.len()));
        assert_eq!(padded.len(), length);
        let answer = client.send(method.clone(), path, Some("application/json"), padded.into_bytes()).await;
        scene.expect(&format!("{path}: {length} bytes"), &answer, status, code, "");
    }

    // An unknown field, a duplicate, a missing field, and a field of the wrong type.
    let more = merge(good, json!({ "prfile_id": 1 }));
    scene.malformed(client, method, path, &more.to_string(), "prfile_id").await;
    for (field, required, values) in fields {
        if *required {
            let mut less = good.clone();
            less.as_object_mut().unwrap().remove(*field);
            scene.malformed(client, method, path, &less.to_string(), field).await;
        }
        let given = merge(good, json!({ *field: good.get(*field).cloned().unwrap_or(Value::Null) }));
        let twice = with(&given, field, &format!("{0},\"{field}\":{0}", given[*field]));
        scene.malformed(client, method, path, &twice, field).await;
        for value in values {
            scene.malformed(client, method, path, &with(good, field, value), field).await;
        }
    }
}

fn merge(good: &Value, more: Value) -> Value {
    let mut body = good.clone();
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// The three fields that name a class and a profile.
pub(crate) fn class_fields() -> Vec<(&'static str, bool, Vec<String>)> {
    vec![
        ("profile_id", true, wrong(NO_NUMBERS, true)),
        ("course_schedule_id", true, wrong(NO_NUMBERS, true)),
        ("booking_date", true, wrong(NO_DATES, true)),
    ]
}

pub(crate) fn place(scene: &Scene) -> Value {
    json!({
        "profile_id": scene.world[scene.ann].child(), "course_schedule_id": scene.class.schedule,
        "booking_date": scene.class.date,
    })
}

/// Valid bodies that name an unknown profile or a class that does not exist on that day.
async fn nothing_there(scene: &mut Scene, path: &str) {
    let client = scene.ann();
    let good = place(scene);
    let mut cases: Vec<(&str, Value)> = Vec::new();
    for id in [0, -1, 1, 999_999, i64::MIN, i64::MAX] {
        cases.push(("profile_id", id.into()));
        cases.push(("course_schedule_id", id.into()));
    }
    // The first date has the wrong weekday; the others lie outside the calendar.
    for date in ["2030-03-07", "1970-01-07", "0001-01-03", "2101-01-05", "9999-12-29"] {
        cases.push(("booking_date", date.into()));
    }
    for (field, value) in cases {
        let body = merge(&good, json!({ field: value }));
        let answer = client.json(Method::POST, path, &body).await;
        scene.expect(&format!("{path} {body}"), &answer, 404, "not_found", "");
    }
}

#[tokio::test]
async fn joins() {
    let mut scene = Scene::new().await;
    let mut fields = class_fields();
    fields.push(("makeup_for", false, wrong(NO_NUMBERS, false)));
    let endpoint = Endpoint {
        client: scene.ann(),
        method: Method::POST,
        path: "/waitlist/join".into(),
        good: place(&scene),
        fields,
    };
    batter(&mut scene, &endpoint).await;
    nothing_there(&mut scene, "/waitlist/join").await;
    scene.close(100).await;
}

#[tokio::test]
async fn bookings() {
    let mut scene = Scene::new().await;
    let mut fields = class_fields();
    fields.push(("pay_with_compensation", false, wrong(&["0", "1", "\"true\"", "\"\"", "[]", "{}"], true)));
    let endpoint = Endpoint {
        client: scene.ann(),
        method: Method::POST,
        path: "/bookings".into(),
        good: place(&scene),
        fields,
    };
    batter(&mut scene, &endpoint).await;
    nothing_there(&mut scene, "/bookings").await;
    scene.close(100).await;
}

#[tokio::test]
async fn answers() {
    let mut scene = Scene::new().await;
    let actions =
        ["\"Confirm\"", "\"CONFIRM\"", "\"\"", "\"yes\"", "\"confirm \"", "0", "true", "[]", "[\"confirm\"]"];
    let endpoint = Endpoint {
        client: scene.ann(),
        method: Method::PUT,
        path: format!("/waitlist/{}/respond", scene.offer),
        good: json!({ "action": "confirm" }),
        fields: vec![("action", true, wrong(&actions, true))],
    };
    batter(&mut scene, &endpoint).await;
    scene.close(35).await;
}

#[tokio::test]
async fn logins() {
    let mut scene = Scene::new().await;
    let endpoint = Endpoint {
        client: scene.world.anyone.clone(),
        method: Method::POST,
        path: "/auth/login".into(),
        good: json!({ "code": "dev:nobody-yet" }),
        fields: vec![("code", true, ["0", "true", "null", "[]", "{}"].map(str::to_owned).to_vec())],
    };
    batter(&mut scene, &endpoint).await;
    for (code, status, name) in [
        ("", 400, "invalid_request"),
        ("dev", 401, "unauthenticated"),
        ("wx:someone", 401, "unauthenticated"),
        ("dev:", 400, "invalid_request"),
        ("dev:a\u{0}b", 400, "invalid_request"),
        ("dev:a\nb", 400, "invalid_request"),
        (&format!("dev:{}", "x".repeat(10_000)), 400, "invalid_request"),
        (&format!("dev:{}", "长".repeat(43)), 400, "invalid_request"),
        (&"x".repeat(128), 401, "unauthenticated"),
        (&"x".repeat(10_000), 400, "invalid_request"),
    ] {
        let answer = scene.world.anyone.json(Method::POST, "/auth/login", &json!({ "code": code })).await;
        scene.expect(&format!("code of {} bytes", code.len()), &answer, status, name, "");
    }
    scene.close(35).await;
}

#[tokio::test]
async fn bodies_of_operations_that_accept_none() {
    let mut scene = Scene::new().await;
    let (staff, mut requests) = (scene.world[scene.staff].client.clone(), 0);
    for (method, path) in [
        (Method::DELETE, "/bookings/1"),
        (Method::POST, "/bookings/1/leave"),
        (Method::POST, "/sessions/1/2030-03-06/cancel"),
        (Method::DELETE, "/waitlist/1"),
        (Method::DELETE, "/makeup/1/cancel"),
        (Method::POST, "/profiles/1/claim-code"),
        (Method::DELETE, "/profiles/1/guardians/1"),
        (Method::POST, "/auth/device"),
        (Method::POST, "/auth/renew"),
        (Method::POST, "/auth/logout"),
        (Method::POST, "/dev/sweep"),
    ] {
        scene.malformed(&staff, &method, path, "{\"dry_run\":true}", "dry_run").await;
        for body in ["{", "[]", "null", " ", "x"] {
            scene.malformed(&staff, &method, path, body, "").await;
        }
        let answer = staff.send(method.clone(), path, Some("text/plain"), b"{}".to_vec()).await;
        scene.expect(path, &answer, 400, "invalid_request", "application/json");
        let long = vec![b' '; BODY_LIMIT + 1];
        let answer = staff.send(method.clone(), path, Some("application/json"), long).await;
        scene.expect(path, &answer, 413, "payload_too_large", "");
        requests += 8;
    }
    scene.close(requests).await;
}

#[tokio::test]
async fn sweeps_by_staff() {
    let mut scene = Scene::new().await;
    let numbers = wrong(&[NO_NUMBERS, &["-1", "4294967296"]].concat(), false);
    let endpoint = Endpoint {
        client: scene.world[scene.staff].client.clone(),
        method: Method::POST,
        path: "/waitlist/process-expiry".into(),
        good: json!({}),
        fields: vec![("limit", false, numbers)],
    };
    // The offer is overdue, but a malformed request must not settle it.
    scene.world.wait(31).await;
    batter(&mut scene, &endpoint).await;
    scene.close(40).await;
}

#[tokio::test]
async fn the_dev_clock() {
    let mut scene = Scene::new().await;
    let now = scene.world.now().await;
    let instants = [
        "0",
        "\"\"",
        "\"now\"",
        "\"2030-03-06\"",
        "\"2030-03-06T10:00:00\"",
        "\"2030-02-30T10:00:00Z\"",
        "[]",
    ];
    let late = ["\"2100-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\""];
    for (method, path, field, good, mut values) in [
        (Method::PUT, "/dev/clock", "now", json!(now), wrong(&instants, true)),
        (Method::POST, "/dev/clock/advance", "seconds", json!(0), wrong(NO_NUMBERS, true)),
    ] {
        if field == "seconds" {
            values.extend(["-1".to_owned(), "4294967296".to_owned()]);
        }
        let (client, path) = (scene.world.anyone.clone(), path.to_owned());
        let endpoint = Endpoint {
            client,
            method,
            path,
            good: json!({ field: good }),
            fields: vec![(field, true, values)],
        };
        batter(&mut scene, &endpoint).await;
    }
    let client = scene.world.anyone.clone();
    for at in late {
        scene.malformed(&client, &Method::PUT, "/dev/clock", &format!("{{\"now\":{at}}}"), "2099").await;
    }
    let back = json!({ "now": logic::Instant::clamped(now.millis() - 1) });
    let answer = client.json(Method::PUT, "/dev/clock", &back).await;
    scene.expect("backwards", &answer, 409, "conflict", &now.to_rfc3339());
    assert_eq!(scene.world.now().await, now);
    scene.close(70).await;
}

#[tokio::test]
async fn rules_by_name() {
    let mut scene = Scene::new().await;
    let endpoint = Endpoint {
        client: scene.world.anyone.clone(),
        method: Method::POST,
        path: "/rules/countdown".into(),
        good: json!({ "args": [0, 1000] }),
        fields: vec![("args", true, wrong(&["0", "{}", "\"\"", "true", "[", "[0,]"], true))],
    };
    // Broken JSON has no field to name, so these two are tested separately.
    let mut endpoint = endpoint;
    endpoint.fields[0].2.retain(|text| !text.starts_with('['));
    batter(&mut scene, &endpoint).await;
    let client = scene.world.anyone.clone();
    for body in ["{\"args\":[}", "{\"args\":[0,]}", "{\"args\":[1e400,0]}"] {
        scene.malformed(&client, &Method::POST, "/rules/countdown", body, "").await;
    }
    for (args, names) in
        [("[]", "now"), ("[0]", "target"), ("[0,1,2]", "2"), ("[\"0\",1]", "now"), ("[0,null]", "target")]
    {
        scene
            .malformed(&client, &Method::POST, "/rules/countdown", &format!("{{\"args\":{args}}}"), names)
            .await;
    }
    scene.close(35).await;
}
