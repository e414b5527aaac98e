//! Conditional reads: 304 if nothing has changed, and only then.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use test_support::{Answer, TestApp};

use crate::gym::{CLASS, Gym, STARTS, place, world};

/// The last answer of one path, as a client stores it.
struct Held {
    who: String,
    etag: String,
    body: Value,
}

/// The stored answers of several clients.
struct Reader<'a> {
    gym: &'a Gym,
    held: BTreeMap<String, Held>,
}

impl<'a> Reader<'a> {
    fn new(gym: &'a Gym) -> Self {
        Self { gym, held: BTreeMap::new() }
    }

    async fn ask(&self, who: &str, path: &str, held: Option<&str>) -> Answer {
        let request = self.gym.app.request(Method::GET, &format!("/api/v1{path}"), Some(who));
        let request = match held {
            Some(etag) => request.header("if-none-match", etag),
            None => request,
        };
        self.gym.app.send(request).await
    }

    async fn hold(&mut self, who: &str, path: &str) {
        let answer = self.ask(who, path, None).await.expect(200);
        let (etag, body) = (answer.header("etag").to_owned(), answer.body);
        assert!(etag.starts_with("W/\""), "{path}: {etag}");
        self.held.insert(path.to_owned(), Held { who: who.to_owned(), etag, body });
    }

    /// Returns the paths that have changed since their last read, after the step that `done` names. Asserts that a 304
    /// is only given if an unconditional read returns the stored body.
    async fn changed(&mut self, done: &str) -> Vec<String> {
        let mut changed = vec![];
        let paths: Vec<String> = self.held.keys().cloned().collect();
        for path in paths {
            let held = &self.held[&path];
            let who = held.who.clone();
            let again = self.ask(&who, &path, Some(&held.etag)).await;
            let fresh = self.ask(&who, &path, None).await.expect(200);
            if again.status == 304 {
                assert_eq!(fresh.body, held.body, "{path} is told to be unchanged after {done}");
                assert_eq!((again.text.as_str(), again.header("etag")), ("", held.etag.as_str()), "{path}");
                assert_eq!(again.header("cache-control"), fresh.header("cache-control"), "{path}");
            } else {
                again.expect(200);
                changed.push(path.clone());
            }
            let same = self.ask(&who, &path, Some(fresh.header("etag"))).await;
            assert_eq!(same.status, 304, "{path}: read twice, after {done}");
            let held = Held { who, etag: fresh.header("etag").to_owned(), body: fresh.body };
            self.held.insert(path, held);
        }
        changed
    }
}

const LISTS: [&str; 6] = [
    "/waitlist/my",
    "/notifications/my",
    "/bookings/my",
    "/makeup/my",
    "/makeup/owed",
    "/compensation/history",
];

/// Every read of the account `pa` about itself and the class.
async fn reader_of_pa(gym: &Gym) -> Reader<'_> {
    let mut reader = Reader::new(gym);
    for path in LISTS {
        reader.hold(&gym.pa, path).await;
        reader.hold(&gym.pa, &format!("{path}?profile_id=21")).await;
        reader.hold(&gym.coach, &format!("{path}?profile_id=22")).await;
    }
    for path in ["/profiles", "/compensation/balance?profile_id=21", CLASS.trim_start_matches("/api/v1")] {
        reader.hold(&gym.pa, path).await;
    }
    reader.hold(&gym.pa, "/sessions?from=2030-03-04&to=2030-03-17").await;
    reader
}

#[tokio::test]
async fn each_write_changes_the_tags_of_what_it_changes_and_a_304_is_always_correct() {
    let gym = Gym::open().await;
    let mut reader = reader_of_pa(&gym).await;
    assert_eq!(reader.changed("nothing").await, Vec::<String>::new());
    let has = |changed: &[String], path: &str| changed.iter().any(|one| one == path);

    let first = gym.join(21).await;
    let changed = reader.changed("a join").await;
    assert!(has(&changed, "/waitlist/my") && !has(&changed, "/bookings/my"), "{changed:?}");
    for path in [
        format!("/waitlist/{first}"),
        format!("/waitlist/position/{first}"),
        format!("/waitlist/{first}/notifications"),
    ] {
        reader.hold(&gym.pa, &path).await;
    }
    let second = gym.join(22).await;
    let changed = reader.changed("another's join").await;
    assert!(has(&changed, &format!("/waitlist/position/{first}")), "the total grew: {changed:?}");
    reader.hold(&gym.pa, &format!("/waitlist/position/{second}")).await;

    gym.cancel_booking().await;
    let changed = reader.changed("an offer").await;
    for path in ["/waitlist/my", "/notifications/my", &format!("/waitlist/{first}/notifications")] {
        assert!(has(&changed, path), "{path}: {changed:?}");
    }
    assert!(has(&changed, &format!("/waitlist/position/{second}")), "it moved up: {changed:?}");

    gym.advance(21 * 60).await;
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    let changed = reader.changed("a reminder").await;
    assert!(has(&changed, "/notifications/my"), "{changed:?}");

    gym.advance(10 * 60).await;
    let changed = reader.changed("a deadline that passed, with no sweep").await;
    assert!(has(&changed, "/notifications/my"), "{changed:?}");
    assert_eq!((gym.status(first).await, gym.status(second).await), ("expired".into(), "notified".into()));

    gym.respond(second, "confirm").await.expect(200);
    let changed = reader.changed("a confirm").await;
    assert!(has(&changed, "/bookings/my") && has(&changed, "/waitlist/my"), "{changed:?}");
    let booking = reader.held["/bookings/my"].body["items"][0]["id"].as_i64().unwrap();

    gym.post(&gym.pa, &format!("/bookings/{booking}/leave"), json!({})).await.expect(200);
    let changed = reader.changed("a leave").await;
    assert!(has(&changed, "/makeup/owed") && has(&changed, "/bookings/my"), "{changed:?}");
    let available = format!("/makeup/available?profile_id=22&original_booking_id={booking}");
    reader.hold(&gym.pa, &available).await;

    let body = json!({"profile_id": 22, "original_booking_id": booking, "course_schedule_id": 2,
                      "booking_date": "2030-03-18"});
    let makeup = gym.post(&gym.pa, "/makeup/book", body).await.expect(201).body["id"].as_i64().unwrap();
    let changed = reader.changed("a makeup").await;
    for path in ["/makeup/my", "/makeup/owed", "/bookings/my", available.as_str()] {
        assert!(has(&changed, path), "{path}: {changed:?}");
    }
    gym.delete(&gym.pa, &format!("/makeup/{makeup}/cancel")).await.expect(200);
    let changed = reader.changed("a makeup cancelled").await;
    assert!(has(&changed, "/makeup/my") && has(&changed, "/makeup/owed"), "{changed:?}");

    let placed = gym.post(&gym.pa, "/bookings", place(23)).await.expect(201).body["id"].as_i64().unwrap();
    reader.changed("a direct booking").await;
    gym.app.at(STARTS).await;
    reader.changed("the class started").await;
    let absent = json!({"status": "absent"});
    gym.post(&gym.coach, &format!("/bookings/{placed}/attendance"), absent).await.expect(200);
    let changed = reader.changed("attendance").await;
    assert!(has(&changed, "/bookings/my"), "{changed:?}");

    gym.put(&gym.coach, "/sessions/1/2030-03-18/capacity", json!({"capacity": 3})).await.expect(200);
    let changed = reader.changed("a capacity").await;
    assert_eq!(changed, [available.as_str()], "a class that the family has nothing in, but could make up in");
    gym.app.at("2030-03-25T10:00:00.001Z").await;
    let changed = reader.changed("two weeks").await;
    assert!(has(&changed, "/makeup/owed"), "too old to be made up: {changed:?}");
}

#[tokio::test]
async fn classes_that_end_or_are_called_off_change_the_bookings() {
    let gym = Gym::open().await;
    let mut reader = Reader::new(&gym);
    reader.hold(&gym.ma, "/bookings/my").await;
    gym.app.at("2030-03-11T11:00:00.001Z").await;
    assert!(reader.changed("the class's end").await.is_empty());
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    assert_eq!(reader.changed("attendance by the sweep").await, ["/bookings/my"]);

    let body = json!({"profile_id": 12, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    gym.post(&gym.ma, "/bookings", body).await.expect(201);
    assert_eq!(reader.changed("a booking").await, ["/bookings/my"]);
    gym.post(&gym.coach, "/sessions/1/2030-03-18/cancel", json!({})).await.expect(200);
    assert_eq!(reader.changed("a class called off").await, ["/bookings/my"]);
}

#[tokio::test]
async fn loading_fixtures_changes_every_tag() {
    let gym = Gym::open().await;
    gym.join(21).await;
    let mut reader = reader_of_pa(&gym).await;
    let mut world = world();
    world["courses"][0]["name"] = json!("体操提高");
    gym.app.load(&world).await.unwrap();
    let changed = reader.changed("a new name").await;
    assert!(changed.contains(&"/waitlist/my".to_owned()), "{changed:?}");
    assert!(changed.contains(&"/sessions?from=2030-03-04&to=2030-03-17".to_owned()), "{changed:?}");
}

#[tokio::test]
async fn a_tag_of_one_account_is_not_valid_for_another() {
    let gym = Gym::open().await;
    let reader = Reader::new(&gym);
    for path in LISTS {
        let (ma, pa) = (reader.ask(&gym.ma, path, None).await, reader.ask(&gym.pa, path, None).await);
        assert_ne!(ma.header("etag"), pa.header("etag"), "{path}");
        assert_eq!(reader.ask(&gym.pa, path, Some(ma.header("etag"))).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn refusals_do_not_depend_on_if_none_match() {
    let gym = Gym::open().await;
    let entry = gym.join(21).await;
    let reader = Reader::new(&gym);
    for path in [
        "/waitlist/my?profile_id=21".to_owned(),
        "/notifications/my?profile_id=21".to_owned(),
        "/bookings/my?profile_id=21".to_owned(),
        "/makeup/my?profile_id=21".to_owned(),
        "/makeup/owed?profile_id=21".to_owned(),
        "/compensation/balance?profile_id=21".to_owned(),
        "/compensation/history?profile_id=21".to_owned(),
        format!("/waitlist/{entry}"),
        format!("/waitlist/position/{entry}"),
        format!("/waitlist/{entry}/notifications"),
    ] {
        let owner = reader.ask(&gym.pa, &path, None).await.expect(200);
        for etag in [owner.header("etag"), "*"] {
            reader.ask(&gym.ma, &path, Some(etag)).await.expect(404);
        }
        assert_eq!(reader.ask(&gym.pa, &path, Some("*")).await.status, 304, "{path}");
    }
    reader.ask(&gym.pa, "/bookings/my?limit=0", Some("*")).await.expect(400);
}

/// Returns every read with a documented 304, each with somebody who may ask it.
async fn conditional_reads(gym: &Gym) -> Vec<(&str, String)> {
    let entry = gym.join(21).await;
    let mut reads = vec![];
    for (path, methods) in backend::http::openapi::document()["paths"].as_object().unwrap() {
        if methods["get"]["responses"]["304"].is_null() {
            continue;
        }
        let path = path.trim_start_matches("/api/v1").replace("/profiles/{id}", "/profiles/21");
        let path = path.replace("/policies/{id}", "/policies/1").replace("{id}", &entry.to_string());
        let path = path.replace("{course_schedule_id}", "1").replace("{date}", "2030-03-11");
        let query = match path.as_str() {
            "/sessions" => "?from=2030-03-04&to=2030-03-05",
            "/compensation/balance" => "?profile_id=21",
            "/desk/day" => "?date=2030-03-11",
            "/makeup/available" => "?profile_id=11&original_booking_id=1",
            _ => "",
        };
        let who = match () {
            () if path.starts_with("/desk/") => &gym.coach,
            () if query.contains("11&") => &gym.ma,
            () => &gym.pa,
        };
        reads.push((who.as_str(), format!("{path}{query}")));
    }
    assert_eq!(reads.len(), 23);
    reads
}

#[tokio::test]
async fn every_read_with_a_documented_304_answers_it() {
    let gym = Gym::open().await;
    let reader = Reader::new(&gym);
    for (who, path) in conditional_reads(&gym).await {
        let etag = reader.ask(who, &path, None).await.expect(200).header("etag").to_owned();
        assert_eq!(reader.ask(who, &path, Some(&etag)).await.status, 304, "{path}");
    }
}

/// Another build may write the same content in another way: whoever has the old one is not told that nothing changed.
#[tokio::test]
async fn a_tag_of_another_build_is_not_valid() {
    let gym = Gym::open().await;
    let same = gym.app.of_build(backend::build::ID).await;
    let another = gym.app.of_build("another").await;
    for (who, path) in conditional_reads(&gym).await {
        let first = gym.get(who, &path).await.expect(200);
        let ask = async |app: &TestApp| {
            let request = app.request(Method::GET, &format!("/api/v1{path}"), Some(who));
            app.send(request.header("if-none-match", first.header("etag"))).await
        };
        assert_eq!(ask(&same).await.status, 304, "{path}");
        assert_eq!(ask(&another).await.expect(200).body, first.body, "{path}");
    }
}

#[tokio::test]
async fn cache_control_says_what_may_be_stored_and_by_whom() {
    let gym = Gym::open().await;
    // The dev clock can be moved, so every answer must be revalidated.
    for (path, keep) in [
        ("/policy", "no-cache"),
        ("/openapi.json", "no-cache"),
        ("/sessions?from=2030-03-04&to=2030-03-17", "no-cache"),
        ("/sessions/1/2030-03-11", "no-cache"),
        ("/bookings/my", "private, no-cache"),
        ("/profiles", "private, no-cache"),
    ] {
        let answer = gym.get(&gym.ma, path).await.expect(200);
        assert_eq!(answer.header("cache-control"), keep, "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
    }
}
