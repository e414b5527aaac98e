//! Versions of the policy: set, listed, and fixed for a class by what is first done to it.

use futures_util::future::join_all;
use logic::status::Role;
use serde_json::{Value, json};

use crate::gym::{CLASS, Gym, place};

/// The class a week after [`CLASS`].
const NEXT: &str = "/api/v1/sessions/1/2030-03-18";
/// Dates of further classes.
const DATES: [&str; 6] = ["2030-03-18", "2030-03-25", "2030-04-01", "2030-04-08", "2030-04-15", "2030-04-22"];
/// Before all of them.
const FROM: &str = "2030-03-10T00:00:00.000Z";

/// The gym, and the token of an owner.
async fn gym() -> (Gym, String) {
    let gym = Gym::open().await;
    gym.app.load(&json!({"accounts": [{"id": 5, "openid": "owner", "role": "owner"}]})).await.unwrap();
    let owner = gym.app.token(5, Role::Owner);
    (gym, owner)
}

async fn set(gym: &Gym, owner: &str, from: Option<&str>, policy: Value) -> Value {
    let mut body = json!({ "policy": policy });
    if let Some(from) = from {
        body["effective_from"] = json!(from);
    }
    gym.post(owner, "/policies", body).await.expect(201).body
}

/// The version of a class, and whether it is fixed.
async fn version(gym: &Gym, class: &str) -> (i64, bool) {
    let class = gym.app.get(class, Some(&gym.pa)).await.expect(200).body;
    (class["policy_id"].as_i64().unwrap(), class["policy_fixed"].as_bool().unwrap())
}

/// Covers R1.21, R1.22.
#[tokio::test]
async fn a_class_keeps_the_version_of_the_first_accepted_write() {
    let (gym, owner) = gym().await;
    let beside = Gym::over(gym.app.beside().await).await;
    assert_eq!(version(&gym, CLASS).await, (1, false), "a file fixes nothing");
    let second = set(&gym, &owner, None, json!({"decision_window": 20})).await;
    assert_eq!((&second["id"], &second["older"], &second["created_by"]), (&json!(2), &json!(0), &json!(5)));
    for gym in [&gym, &beside] {
        assert_eq!(version(gym, CLASS).await, (2, false), "a read fixes nothing");
        let refused = gym.post(&gym.pa, "/bookings", place(21)).await.expect(409);
        assert_eq!((refused.code(), version(gym, CLASS).await), ("session_full", (2, false)));
    }
    let entry = beside.join(21).await;
    let third = set(&gym, &owner, Some("2030-03-10T00:00:00.000Z"), json!({"decision_window": 10})).await;
    assert_eq!((&third["id"], &third["older"]), (&json!(3), &json!(1)), "the class that is fixed");
    for gym in [&gym, &beside] {
        assert_eq!((version(gym, CLASS).await, version(gym, NEXT).await), ((2, true), (3, false)));
    }
    gym.cancel_booking().await;
    let offer = gym.get(&gym.pa, &format!("/waitlist/{entry}")).await.expect(200).body;
    let sent = logic::Instant::parse_rfc3339(offer["last_notified_at"].as_str().unwrap()).unwrap();
    assert_eq!(offer["response_deadline"], json!(sent.plus(logic::Minutes(20))));
    gym.post(&gym.coach, "/sessions/1/2030-03-11/cancel", json!({})).await.expect(200);
    let fourth = set(&gym, &owner, Some("2030-03-10T00:00:00.000Z"), json!({})).await;
    assert_eq!(
        (&fourth["older"], &fourth["policy"]["decision_window"]),
        (&json!(0), &json!(20)),
        "called off"
    );
}

/// Covers R1.21, R1.22.
#[tokio::test]
async fn an_entry_and_a_booking_name_the_version_of_their_class() {
    let (gym, owner) = gym().await;
    let booked = async || {
        let list = gym.get(&gym.ma, "/bookings/my").await.expect(200).body;
        list["items"][0]["policy_id"].clone()
    };
    assert_eq!(booked().await, json!(1));
    set(&gym, &owner, None, json!({"decision_window": 20})).await;
    assert_eq!(booked().await, json!(2), "a file fixes nothing: a later version may come to apply");
    let entry = gym.join(21).await;
    set(&gym, &owner, Some(FROM), json!({"decision_window": 10})).await;
    assert_eq!(booked().await, json!(2));
    let left = gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(200).body;
    let owed = gym.get(&gym.ma, "/makeup/owed").await.expect(200).body;
    let offered = gym.get(&gym.pa, "/waitlist/my").await.expect(200).body;
    let confirmed = gym.respond(entry, "confirm").await.expect(200).body;
    let at_desk = gym.get(&gym.coach, "/desk/sessions/1/2030-03-11").await.expect(200).body;
    for row in [
        &left,
        &owed["items"][0]["booking"],
        &offered["items"][0],
        &confirmed["entry"],
        &confirmed["booking"],
        &at_desk["roster"][0]["booking"],
    ] {
        assert_eq!(row["policy_id"], json!(2), "{row}");
    }
}

/// Covers R1.23, R1.24.
#[tokio::test]
async fn a_version_is_refused_where_it_is_too_soon_malformed_or_wrong() {
    let (gym, owner) = gym().await;
    let now = gym.app.app.clock.now();
    let soonest = now.plus(logic::Minutes(2));
    for (body, status, code) in [
        (json!({"policy": {}, "effective_from": soonest.minus(logic::Minutes(1))}), 422, "invalid_policy"),
        (json!({"policy": {}, "effective_from": "1971-01-01T00:00:00.000Z"}), 422, "invalid_policy"),
        (json!({"policy": {"decision_window": 0}}), 422, "invalid_policy"),
        (json!({"policy": {"last_notification_lead": 380}}), 422, "invalid_policy"),
        (json!({"policy": {"decision_window": "soon"}}), 400, "invalid_request"),
        (json!({"policy": {"colour": 1}}), 400, "invalid_request"),
        (json!({"policy": {"id": 2}}), 400, "invalid_request"),
        (json!({"policy": {"next": null}}), 400, "invalid_request"),
        (json!({"policy": {"effective_from": "2031-01-01T00:00:00.000Z"}}), 400, "invalid_request"),
        (json!({"policy": []}), 400, "invalid_request"),
        (json!({"policy": null}), 400, "invalid_request"),
        (json!({"effective_from": "tomorrow", "policy": {}}), 400, "invalid_request"),
        (json!({"effective_from": "2031-01-01T00:00:00.000Z"}), 400, "invalid_request"),
        (json!({"policy": {}, "colour": 1}), 400, "invalid_request"),
    ] {
        let refused = gym.post(&owner, "/policies", body.clone()).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{body}: {}", refused.text);
    }
    let copy = set(&gym, &owner, None, json!({})).await;
    assert_eq!(copy["effective_from"], json!(soonest));
    let first = gym.get(&owner, "/policies/1").await.expect(200).body;
    assert_eq!((&copy["policy"], &first["created_by"]), (&first["policy"], &json!(0)));
    assert_eq!(first["effective_from"], "1971-01-01T00:00:00.000Z");
    // A mistake is withdrawn at once: so soon, only the same instant is taken.
    set(&gym, &owner, None, json!({"decision_window": 25})).await;
    gym.app.at(&soonest.minus(logic::Minutes(1)).to_rfc3339()).await;
    let soon = soonest.to_rfc3339();
    let withdrawn = set(&gym, &owner, Some(&soon), json!({"expiring_soon_days": 5})).await;
    assert_eq!((&withdrawn["id"], &withdrawn["policy"]["decision_window"]), (&json!(4), &json!(30)));
    assert_eq!(gym.app.get("/api/v1/policies/9", None).await.expect(404).code(), "not_found");
}

/// Covers R1.21.
#[tokio::test]
async fn versions_are_listed_and_the_one_in_force_names_the_next() {
    let (gym, owner) = gym().await;
    let policy = async || gym.app.get("/api/v1/policy", None).await.expect(200).body;
    assert_eq!((&policy().await["id"], &policy().await["next"]), (&json!(1), &Value::Null));
    let (later, sooner) = ("2030-06-01T00:00:00.000Z", "2030-05-01T00:00:00.000Z");
    for (from, window) in [(later, 21), (sooner, 22), (sooner, 23)] {
        set(&gym, &owner, Some(from), json!({ "decision_window": window })).await;
    }
    let next = json!({"id": 4, "effective_from": sooner});
    assert_eq!((&policy().await["id"], &policy().await["next"]), (&json!(1), &next));
    let page = gym.get(&owner, "/policies?limit=2").await.expect(200).body;
    let rest = gym.get(&owner, &format!("/policies?cursor={}", page["next_cursor"].as_str().unwrap())).await;
    let rest = rest.expect(200).body;
    let ids = |page: &Value| -> Vec<i64> {
        page["items"].as_array().unwrap().iter().map(|version| version["id"].as_i64().unwrap()).collect()
    };
    assert_eq!((ids(&page), ids(&rest)), (vec![2, 4], vec![3, 1]));
    gym.app.at(sooner).await;
    let owner = gym.app.token(5, Role::Owner);
    let now = policy().await;
    assert_eq!((&now["id"], &now["decision_window"], &now["next"]["id"]), (&json!(4), &json!(23), &json!(2)));
    let tag = gym.app.get("/api/v1/policies/4", None).await.expect(200);
    assert_eq!(
        (tag.header("cache-control"), tag.body["policy"]["decision_window"].as_i64()),
        ("no-cache", Some(23))
    );
    let audited: Vec<(i64, String)> =
        sqlx::query_as("SELECT account_id, subject FROM audit WHERE action = 'policy.set' ORDER BY id")
            .fetch_all(&gym.app.app.pool)
            .await
            .unwrap();
    assert_eq!(audited, [2, 3, 4].map(|id| (5, format!("policy/{id}"))));
    gym.get(&owner, "/policies").await.expect(200);
}

/// Covers R1.26.
#[tokio::test]
async fn an_owner_lets_a_class_take_a_new_version_while_nothing_was_promised() {
    let (gym, owner) = gym().await;
    let choose = async |date: &str| gym.post(&owner, &format!("/sessions/1/{date}/policy"), json!({})).await;
    // Booked, so fixed; but nothing depends on the version yet.
    let booked = json!({"profile_id": 21, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    let booking = gym.post(&gym.pa, "/bookings", booked).await.expect(201).body["id"].clone();
    set(&gym, &owner, None, json!({"decision_window": 20})).await;
    assert_eq!(version(&gym, NEXT).await, (1, true));
    let chosen = choose("2030-03-18").await.expect(200).body;
    assert_eq!((&chosen["policy_id"], &chosen["policy_fixed"]), (&json!(2), &json!(true)));
    assert_eq!(version(&gym, NEXT).await, (2, true));
    // A class without a row gets one.
    choose("2030-03-25").await.expect(200);
    set(&gym, &owner, None, json!({"decision_window": 25})).await;
    assert_eq!(version(&gym, "/api/v1/sessions/1/2030-03-25").await, (2, true));
    gym.post(&gym.pa, &format!("/bookings/{booking}/leave"), json!({})).await.expect(200);
    gym.join(22).await;
    gym.post(&gym.coach, "/sessions/1/2030-03-25/cancel", json!({})).await.expect(200);
    // Leave that was undone was leave all the same.
    let undone = |date: &str| json!({"profile_id": 21, "course_schedule_id": 1, "booking_date": date});
    let left = gym.post(&gym.pa, "/bookings", undone("2030-04-01")).await.expect(201).body["id"].clone();
    gym.post(&gym.pa, &format!("/bookings/{left}/leave"), json!({})).await.expect(200);
    gym.post(&gym.pa, "/bookings", undone("2030-04-01")).await.expect(201);
    for promised in ["2030-03-18", "2030-03-11", "2030-03-25", "2030-02-25", "2030-04-01"] {
        assert_eq!(choose(promised).await.expect(409).code(), "conflict", "{promised}");
    }
    assert_eq!(choose("2030-03-12").await.expect(404).code(), "not_found");
    let audited: Vec<String> =
        sqlx::query_scalar("SELECT subject FROM audit WHERE action = 'session.policy' ORDER BY id")
            .fetch_all(&gym.app.app.pool)
            .await
            .unwrap();
    assert_eq!(audited, ["session/1/2030-03-18", "session/1/2030-03-25"]);
}

/// Covers R1.22.
#[tokio::test]
async fn a_version_of_a_newer_program_stops_its_classes_alone() {
    let (gym, _) = gym().await;
    gym.join(21).await;
    let newer = "INSERT INTO policy_version (id, effective_from, policy, created_by) \
                 SELECT 2, '2030-03-10', JSON_SET(policy, '$.a_newer_field', 1), 0 FROM policy_version";
    sqlx::query(newer).execute(&gym.app.app.pool).await.unwrap();
    let refused = gym.app.get(NEXT, Some(&gym.pa)).await.expect(503);
    assert!(refused.text.contains("the policy of this class is of a newer program"), "{}", refused.text);
    let booking = json!({"profile_id": 22, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    gym.post(&gym.pa, "/bookings", booking).await.expect(503);
    assert_eq!(version(&gym, CLASS).await, (1, true));
    gym.cancel_booking().await;
    gym.app.get("/api/v1/policy", None).await.expect(200);
    gym.app.at("2030-03-10T00:00:00.000Z").await;
    let (ma, pa) = (gym.app.token(1, Role::Member), gym.app.token(2, Role::Member));
    gym.app.get("/api/v1/policy", None).await.expect(503);
    gym.get(&pa, "/waitlist/my").await.expect(200);
    gym.get(&ma, "/compensation/balance?profile_id=11").await.expect(200);
    let ready = gym.app.get("/readyz", None).await.expect(200).body;
    assert_eq!(ready["policies_of_a_newer_program"], json!([2]));
    let as_stored = gym.app.get("/api/v1/policies/2", None).await.expect(200).body;
    assert_eq!(as_stored["policy"]["a_newer_field"], 1);
}

/// Covers R1.22: two services, each setting versions while both book.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_that_race_with_first_bookings_leave_every_class_with_one() {
    let (gym, owner) = gym().await;
    let beside = Gym::over(gym.app.beside().await).await;
    let services = [&gym, &beside];
    let (from, dates) = (Some(FROM), DATES);
    // Each has a signing key of its own.
    let owners = [owner, beside.app.token(5, Role::Owner)];
    let setting = join_all((0..8_usize).map(|i| {
        let (service, owner) = (services[i % 2], &owners[i % 2]);
        async move {
            set(service, owner, from, json!({ "decision_window": 11 + i })).await["id"].as_i64().unwrap()
        }
    }));
    let booking =
        join_all(dates.iter().flat_map(|date| [21, 22].map(|child| (date, child))).map(|(date, child)| {
            let service = services[usize::from(child == 22)];
            let body = json!({"profile_id": child, "course_schedule_id": 1, "booking_date": date});
            async move { service.post(&service.pa, "/bookings", body).await.status }
        }));
    let (mut ids, booked) = tokio::join!(setting, booking);
    ids.sort_unstable();
    assert_eq!(ids, (2..=9).collect::<Vec<_>>(), "inserts come one after the other");
    assert_eq!(booked.iter().filter(|status| **status == 201).count(), dates.len(), "{booked:?}");
    let mut fixed = Vec::new();
    for date in dates {
        let class = format!("/api/v1/sessions/1/{date}");
        let seen = version(&gym, &class).await;
        assert_eq!(seen, version(&beside, &class).await);
        assert!(seen.1 && (1..=9).contains(&seen.0), "{seen:?}");
        fixed.push(seen);
    }
    let older = set(&beside, &owners[1], from, json!({})).await["older"].as_u64().unwrap();
    assert_eq!(older, 6, "those that are booked");
    for (date, before) in dates.iter().zip(fixed) {
        assert_eq!(version(&gym, &format!("/api/v1/sessions/1/{date}")).await, before);
    }
}

/// Covers R1.22: versions race with the first joins of full classes, and then with the answers to their offers.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_that_race_with_joins_and_confirms_move_no_deadline() {
    let (gym, owner) = gym().await;
    // A file fixes nothing, so the classes are full, and the joins come first.
    let booked = DATES.iter().zip(900..).map(|(date, id)| {
        json!({"id": id, "profile_id": 11, "course_schedule_id": 1, "booking_date": date, "status": "booked"})
    });
    gym.app.load(&json!({ "bookings": booked.collect::<Vec<_>>() })).await.unwrap();
    let policy = |window: usize| json!({"decision_window": window, "active_waitlists_per_profile": 9});
    set(&gym, &owner, Some(FROM), policy(30)).await;
    let beside = Gym::over(gym.app.beside().await).await;
    let services = [&gym, &beside];
    let owners = [owner, beside.app.token(5, Role::Owner)];
    let set_all = |windows: std::ops::Range<usize>| {
        join_all(windows.map(|window| {
            let (service, owner) = (services[window % 2], &owners[window % 2]);
            async move { set(service, owner, Some(FROM), policy(window)).await }
        }))
    };
    let joins =
        join_all(DATES.iter().flat_map(|date| [21, 22].map(|child| (date, child))).map(|(date, child)| {
            let service = services[usize::from(child == 22)];
            let body = json!({"profile_id": child, "course_schedule_id": 1, "booking_date": date});
            async move { service.post(&service.pa, "/waitlist/join", body).await.expect(201).body }
        }));
    let (_, joined) = tokio::join!(set_all(10..18), joins);
    let mut versions = Vec::new();
    for date in DATES {
        let seen = version(&gym, &format!("/api/v1/sessions/1/{date}")).await;
        assert!(seen.1, "a join fixes the version");
        versions.push(seen.0);
    }
    for ((date, booking), before) in DATES.iter().zip(900..).zip(&versions) {
        gym.delete(&gym.ma, &format!("/bookings/{booking}")).await.expect(200);
        let class = version(&beside, &format!("/api/v1/sessions/1/{date}")).await;
        assert_eq!(class, (*before, true));
    }
    let entries: Vec<i64> = joined.iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
    let mut offers = Vec::new();
    for (entry, version) in entries.iter().zip(versions.iter().flat_map(|version| [version, version])) {
        let shown = gym.get(&gym.pa, &format!("/waitlist/{entry}")).await.expect(200).body;
        let Some(deadline) = shown["response_deadline"].as_str() else { continue };
        let policy = gym.app.get(&format!("/api/v1/policies/{version}"), None).await.expect(200).body;
        let window = logic::Minutes(policy["policy"]["decision_window"].as_i64().unwrap());
        let sent = logic::Instant::parse_rfc3339(shown["last_notified_at"].as_str().unwrap()).unwrap();
        assert_eq!(deadline, sent.plus(window).to_rfc3339(), "version {version}");
        offers.push((*entry, deadline.to_owned()));
    }
    assert_eq!(offers.len(), DATES.len());
    let answers = join_all(offers.iter().enumerate().map(|(i, (entry, _))| {
        let service = services[i % 2];
        async move { service.respond(*entry, "confirm").await.status }
    }));
    let (_, answered) = tokio::join!(set_all(20..26), answers);
    assert_eq!(answered, [200; DATES.len()]);
    let kept = "SELECT response_deadline FROM waitlist_notification WHERE notification_type = 'spot_available' \
                AND waitlist_id = ?";
    for (entry, deadline) in offers {
        let ends: Vec<logic::Instant> =
            sqlx::query_scalar(kept).bind(entry).fetch_all(&gym.app.app.pool).await.unwrap();
        assert_eq!(ends.iter().map(|end| end.to_rfc3339()).collect::<Vec<_>>(), [deadline]);
    }
    for (date, before) in DATES.iter().zip(versions) {
        assert_eq!(version(&beside, &format!("/api/v1/sessions/1/{date}")).await, (before, true));
    }
}
