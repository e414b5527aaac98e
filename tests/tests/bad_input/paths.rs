//! Unknown paths, unsupported methods, and requests without a token.

use crate::scene::Scene;
use reqwest::Method;
use serde_json::json;

/// Values that are not an id.
const NO_IDS: &[&str] = &[
    "0",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e3",
    "x",
    "%20",
    "1%20",
    "%00",
    "1%00",
    "%ff",
    "९",
    "null",
    "..%2f1",
    "9223372036854775808",
    "99999999999999999999999999",
    "1;drop",
    "1'--",
];

#[tokio::test]
async fn a_malformed_id_is_not_found() {
    let mut scene = Scene::new().await;
    let client = scene.ann();
    let long = "1".repeat(10_000);
    let nobody = i64::MAX.to_string();
    for id in NO_IDS.iter().copied().chain([long.as_str(), nobody.as_str()]) {
        let short: String = id.chars().take(40).collect();
        for (method, path) in [
            (Method::GET, format!("/waitlist/{id}")),
            (Method::DELETE, format!("/waitlist/{id}")),
            (Method::GET, format!("/waitlist/position/{id}")),
            (Method::DELETE, format!("/bookings/{id}")),
            (Method::GET, format!("/sessions/{id}/2030-03-06")),
        ] {
            let answer = client.send(method.clone(), &path, None, Vec::new()).await;
            scene.expect(&format!("{method} {short} in {path:.40}"), &answer, 404, "not_found", "");
        }
        let body = json!({ "action": "decline" });
        let answer = client.json(Method::PUT, &format!("/waitlist/{id}/respond"), &body).await;
        scene.expect(&format!("answer to {short}"), &answer, 404, "not_found", "");
    }
    for date in [
        "2030-3-6",
        "2030-02-30",
        "x",
        "2030-03-07",
        "20300306",
        "+2030-03-06",
        "2101-01-05",
        "%00",
        "2030-03-06x",
    ] {
        let path = format!("/sessions/{}/{date}", scene.class.schedule);
        let answer = client.get(&path).await;
        scene.expect(&path, &answer, 404, "not_found", "");
    }
    scene.close(100).await;
}

#[tokio::test]
async fn a_wrong_method_gets_the_allowed_ones() {
    let mut scene = Scene::new().await;
    let client = scene.ann();
    let (offer, booking) = (scene.offer, scene.booking);
    for (path, allowed) in [
        ("/auth/login".to_owned(), &["POST"][..]),
        ("/time".to_owned(), &["GET", "HEAD"]),
        ("/policy".to_owned(), &["GET", "HEAD"]),
        ("/profiles".to_owned(), &["GET", "HEAD", "POST"]),
        ("/sessions".to_owned(), &["GET", "HEAD"]),
        (format!("/sessions/{}/{}", scene.class.schedule, scene.class.date), &["GET", "HEAD"]),
        ("/bookings".to_owned(), &["POST"]),
        ("/bookings/my".to_owned(), &["GET", "HEAD"]),
        (format!("/bookings/{booking}"), &["DELETE"]),
        ("/waitlist/join".to_owned(), &["POST"]),
        ("/waitlist/my".to_owned(), &["GET", "HEAD"]),
        ("/waitlist/process-expiry".to_owned(), &["POST"]),
        (format!("/waitlist/{offer}"), &["GET", "HEAD", "DELETE"]),
        (format!("/waitlist/position/{offer}"), &["GET", "HEAD"]),
        (format!("/waitlist/{offer}/respond"), &["PUT"]),
        ("/rules/countdown".to_owned(), &["POST"]),
        ("/dev/clock".to_owned(), &["PUT"]),
        ("/dev/sweep".to_owned(), &["POST"]),
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if allowed.contains(&method) {
                continue;
            }
            let method: Method = method.parse().unwrap();
            let answer = client.json(method.clone(), &path, &json!({})).await;
            scene.expect(&format!("{method} {path}"), &answer, 405, "method_not_allowed", "");
            let mut told: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            let mut expected = allowed.to_vec();
            told.sort_unstable();
            expected.sort_unstable();
            assert_eq!(told, expected, "allow of {path}");
        }
    }
    scene.close(55).await;
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let mut scene = Scene::new().await;
    let client = scene.ann();
    for path in ["", "/", "/nothing", "/waitlist", "/waitlist/", "/waitlist/1/2/3", "/TIME", "/time/", "/%00"]
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = client.send(method.clone(), path, None, Vec::new()).await;
            scene.expect(&format!("{method} {path}"), &answer, 404, "not_found", "");
        }
    }
    scene.close(27).await;
}

#[tokio::test]
async fn without_a_token_the_body_is_not_validated() {
    let mut scene = Scene::new().await;
    let anyone = scene.world.anyone.clone();
    let offer = scene.offer;
    for (method, path) in [
        (Method::POST, "/bookings".to_owned()),
        (Method::POST, "/waitlist/join".to_owned()),
        (Method::POST, "/waitlist/process-expiry".to_owned()),
        (Method::PUT, format!("/waitlist/{offer}/respond")),
        (Method::DELETE, format!("/waitlist/{offer}")),
        (Method::DELETE, format!("/bookings/{}", scene.booking)),
    ] {
        let answer = anyone.send(method.clone(), &path, None, b"{nonsense".to_vec()).await;
        scene.expect(&format!("{method} {path}"), &answer, 401, "unauthenticated", "");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    scene.close(6).await;
}
