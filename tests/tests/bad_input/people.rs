//! Invalid input about people: profiles, guardians, accounts, the record, and logins of a page.

use crate::bodies::{Endpoint, batter, wrong};
use crate::scene::Scene;
use reqwest::Method;
use serde_json::{Value, json};
use tests::Client;

/// Values that are no text.
const NO_TEXTS: &[&str] = &["0", "1.5", "true", "[]", "[\"x\"]", "{}"];
/// Values that are neither true nor false.
const NO_BOOLS: &[&str] = &["0", "1", "\"true\"", "\"\"", "[]", "{}"];

fn texts(null_is_wrong: bool) -> Vec<String> {
    let mut all: Vec<String> = NO_TEXTS.iter().map(|text| (*text).to_owned()).collect();
    if null_is_wrong {
        all.push("null".to_owned());
    }
    all
}

async fn try_at(
    scene: &mut Scene,
    client: Client,
    (method, path): (Method, &str),
    good: Value,
    fields: Vec<(&'static str, bool, Vec<String>)>,
) {
    batter(scene, &Endpoint { client, method, path: path.to_owned(), good, fields }).await;
}

#[tokio::test]
async fn profiles() {
    let mut scene = Scene::new().await;
    let (staff, child) = (scene.world[scene.staff].client.clone(), scene.world[scene.ann].child());
    let good = json!({
        "name": "谷雨", "birth_date": "2020-02-29", "category": "启蒙", "phone": "13800001234", "note": "怕高",
    });
    for (method, path) in
        [(Method::POST, "/profiles".to_owned()), (Method::PUT, format!("/profiles/{child}"))]
    {
        let no_dates = ["\"\"", "\"2030-02-30\"", "\"2020-2-9\"", "0", "[]"];
        let fields = vec![
            (
                "name",
                true,
                [texts(true), wrong(&["\"\"", "\" \"", "\"a\\u0000b\"", "\"\\u202Ea\""], true)].concat(),
            ),
            (
                "birth_date",
                false,
                wrong(&[&no_dates[..], &["\"1899-12-31\"", "\"2099-01-01\""]].concat(), false),
            ),
            ("category", false, [texts(false), wrong(&["\"\""], false)].concat()),
            (
                "phone",
                false,
                [texts(false), wrong(&["\"\"", "\"1234\"", "\"138-0000-1234\"", "\"+\""], false)].concat(),
            ),
            ("note", false, [texts(false), wrong(&["\"\"", "\"\\u0007\""], false)].concat()),
        ];
        try_at(&mut scene, staff.clone(), (method, &path), good.clone(), fields).await;
    }
    for id in ["0", "x", "999999", "9223372036854775807"] {
        let answer = staff.json(Method::PUT, &format!("/profiles/{id}"), &good).await;
        scene.expect(id, &answer, 404, "not_found", "");
    }
    scene.close(100).await;
}

#[tokio::test]
async fn guardians_and_claims() {
    let mut scene = Scene::new().await;
    let (ann, account, child) = (scene.ann(), scene.world[scene.ann].account, scene.world[scene.ann].child());
    let fields = vec![("code", true, texts(true))];
    try_at(&mut scene, ann.clone(), (Method::POST, "/profiles/claim"), json!({"code": "BCDFGHJK"}), fields)
        .await;
    let path = format!("/profiles/{child}/guardians/{account}");
    let fields = vec![("told", true, wrong(NO_BOOLS, true))];
    try_at(&mut scene, ann.clone(), (Method::PUT, &path), json!({"told": false}), fields).await;
    for id in ["0", "-1", "01", "x", "999999", "9223372036854775808", "%00"] {
        for (method, path, body) in [
            (Method::POST, format!("/profiles/{id}/claim-code"), json!({})),
            (Method::PUT, format!("/profiles/{id}/guardians/{account}"), json!({"told": true})),
            (Method::PUT, format!("/profiles/{child}/guardians/{id}"), json!({"told": true})),
            (Method::DELETE, format!("/profiles/{id}/guardians/{account}"), json!({})),
            (Method::DELETE, format!("/profiles/{child}/guardians/{id}"), json!({})),
        ] {
            let answer = ann.json(method, &path, &body).await;
            scene.expect(&path, &answer, 404, "not_found", "");
        }
        let answer = ann.get(&format!("/profiles/{id}/guardians")).await;
        scene.expect(id, &answer, 404, "not_found", "");
    }
    scene.close(100).await;
}

#[tokio::test]
async fn accounts() {
    let mut scene = Scene::new().await;
    let (owner, account) = (scene.world[scene.owner].client.clone(), scene.world[scene.ann].account);
    let roles = ["\"\"", "\"king\"", "\"Staff\"", "\"service\"", "0", "[]", "{}"];
    let fields = vec![
        ("role", true, wrong(&roles, true)),
        ("name", false, [texts(false), wrong(&["\"\"", "\" \"", "\"a\\nb\""], false)].concat()),
    ];
    let path = format!("/accounts/{account}/role");
    let good = json!({"role": "coach", "name": "王教练"});
    try_at(&mut scene, owner.clone(), (Method::PUT, &path), good.clone(), fields).await;
    for id in ["0", "x", "999999", "9223372036854775808"] {
        let answer = owner.json(Method::PUT, &format!("/accounts/{id}/role"), &good).await;
        scene.expect(id, &answer, 404, "not_found", "");
    }
    scene.close(50).await;
}

#[tokio::test]
async fn logins_of_a_page() {
    let mut scene = Scene::new().await;
    let anyone = scene.world.anyone.clone();
    let fields = vec![("device_code", true, texts(true))];
    try_at(
        &mut scene,
        anyone.clone(),
        (Method::POST, "/auth/device/token"),
        json!({"device_code": "x"}),
        fields,
    )
    .await;
    for code in [String::new(), "x".repeat(10_000), "\u{0}".to_owned(), "长".repeat(50)] {
        let answer = anyone.json(Method::POST, "/auth/device/token", &json!({ "device_code": code })).await;
        scene.expect(&format!("{} bytes", code.len()), &answer, 400, "expired_token", "");
    }
    let staff = scene.world[scene.staff].client.clone();
    let fields = vec![("user_code", true, texts(true)), ("approve", true, wrong(NO_BOOLS, true))];
    let good = json!({"user_code": "BCDFGHJK", "approve": true});
    try_at(&mut scene, staff, (Method::POST, "/auth/device/approve"), good, fields).await;
    scene.close(60).await;
}

#[tokio::test]
async fn searches() {
    let mut scene = Scene::new().await;
    let (staff, owner) = (scene.world[scene.staff].client.clone(), scene.world[scene.owner].client.clone());
    let long = format!("q={}", "x".repeat(51));
    for query in ["", "q=", "q=%20", "q=%00", "q=a%0Ab", "q=a&q=b", "q=a&limit=5", "name=a", &long] {
        let answer = staff.get(&format!("/people?{query}")).await;
        scene.expect(query, &answer, 400, "invalid_request", "");
    }
    for query in ["q=", "q=%20", "role=king", "role=", "limit=0", "cursor=x", "colour=red"] {
        let answer = owner.get(&format!("/accounts?{query}")).await;
        scene.expect(query, &answer, 400, "invalid_request", "");
    }
    for query in [
        "account=x",
        "account=9223372036854775808",
        "profile=",
        "profile=1.5",
        "from=x",
        "to=2030-02-30",
        "from=2030-3-1",
        "from=2030-03-02&to=2030-03-01",
        "limit=101",
        "cursor=x",
        "subject=a&subject=b",
        "action=x",
    ] {
        let answer = owner.get(&format!("/audit?{query}")).await;
        scene.expect(query, &answer, 400, "invalid_request", "");
    }
    for query in [
        "account=-1",
        "profile=-9223372036854775808",
        "subject=",
        "subject=%00",
        "subject=%F0%9F%98%80",
        "from=0000-01-01",
        "to=9999-12-31",
        "from=9999-12-31",
        "cursor=99999999999999_999999999999999999",
    ] {
        assert_eq!(owner.get(&format!("/audit?{query}")).await.status, 200, "{query}");
    }
    scene.close(28).await;
}
