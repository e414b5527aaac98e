//! Invalid bodies of the endpoints for makeups, credit and consent.

use crate::bodies::{Endpoint, NO_NUMBERS, batter, class_fields, place, wrong};
use crate::scene::Scene;
use reqwest::Method;
use serde_json::{Value, json};

fn by_ann(scene: &Scene, path: &str, good: Value) -> Endpoint {
    Endpoint { client: scene.ann(), method: Method::POST, path: path.into(), good, fields: Vec::new() }
}

#[tokio::test]
async fn makeups() {
    let mut scene = Scene::new().await;
    let mut good = place(&scene);
    good["original_booking_id"] = json!(scene.booking);
    let mut endpoint = by_ann(&scene, "/makeup/book", good);
    endpoint.fields = class_fields();
    endpoint.fields.push(("original_booking_id", true, wrong(NO_NUMBERS, true)));
    batter(&mut scene, &endpoint).await;
    scene.close(100).await;
}

#[tokio::test]
async fn previews() {
    let mut scene = Scene::new().await;
    let child = scene.world[scene.ann].child();
    let mut endpoint =
        by_ann(&scene, "/compensation/preview", json!({ "profile_id": child, "required_minutes": 30 }));
    // A number of minutes out of range is refused by a rule, not by the body validation.
    endpoint.fields = vec![
        ("profile_id", true, wrong(NO_NUMBERS, true)),
        ("required_minutes", true, wrong(NO_NUMBERS, true)),
    ];
    batter(&mut scene, &endpoint).await;
    scene.close(60).await;
}

#[tokio::test]
async fn consents() {
    let mut scene = Scene::new().await;
    let mut endpoint = by_ann(&scene, "/subscriptions", json!({ "results": { "template-1": "accept" } }));
    let results = [
        "0",
        "true",
        "[]",
        "\"accept\"",
        "{\"t\":[\"accept\"]}",
        "{\"t\":1}",
        "{\"t\":null}",
        "{\"\":\"accept\"}",
        "{\"a b\":\"accept\"}",
        "{\"长\":\"accept\"}",
    ];
    endpoint.fields = vec![("results", true, wrong(&results, true))];
    batter(&mut scene, &endpoint).await;
    let many: serde_json::Map<String, Value> =
        (0..21).map(|index| (format!("template-{index}"), json!("accept"))).collect();
    let (client, body) = (scene.ann(), json!({ "results": many }).to_string());
    scene.malformed(&client, &Method::POST, "/subscriptions", &body, "results").await;
    scene.close(35).await;
}
