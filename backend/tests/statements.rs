//! Lists and the desk's reads take as many statements of the database with many rows as with few. The server counts those of everybody who
//! speaks to it: this test is alone in its binary, and so alone with its server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use logic::status::Role;
use serde_json::{Value, json};
use test_support::TestApp;

/// The account that reads, its profile with the bookings, and the first of the waiting profiles.
const FAMILY: i64 = 1;
const CHILD: i64 = 11;
const WAITING: i64 = 1001;
/// First ids of schedules: of classes that were missed, of shorter ones that made them up, of full ones.
const MISSED: i64 = 100;
const SHORT: i64 = 200;
const FULL: i64 = 300;
/// The schedule of the class that the desk looks at: everybody has booked it, and as many wait. Its day has other classes.
const BUSY: i64 = 400;
const BUSY_DATE: &str = "2030-03-11";
/// The first of the profiles that wait for it.
const CROWD: i64 = 2001;
/// Of the gym's staff.
const STAFF: i64 = 3;
/// First ids of bookings: missed and made up, missed and owed.
const MADE_UP: i64 = 10_000;
const OWED: i64 = 20_000;
/// One test at a time: the counts are the server's.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// The SELECTs of each list, the account being known and neither the release rates nor the version of the policy in force: one
/// that needs the latter, or has a class that no version judges for good, asks for the versions that came since.
const LISTS: [(&str, i64); 13] = [
    ("/sessions", 3),
    ("/bookings/my", 3),
    ("/waitlist/my", 5),
    ("/notifications/my", 2),
    ("/messages/my", 2),
    ("/makeup/my", 3),
    ("/makeup/owed", 4),
    ("/makeup/available", 9),
    ("/compensation/history", 3),
    ("/compensation/balance", 4),
    ("/desk/day", 7),
    ("/desk/sessions", 11),
    ("/desk/profiles", 17),
];
/// Longer than the cached release rates are valid.
const LONG_SECONDS: u32 = 3601;

/// The day of number `i` in the week of a Monday, and the hour of its class: no two overlap.
fn slot(monday: &str, i: i64) -> (NaiveDate, String) {
    let day = monday.parse::<NaiveDate>().unwrap() + Days::new(u64::try_from(i % 7).unwrap());
    (day, format!("{:02}:00", 8 + i / 7))
}

/// A gym in which every list has at least `rows` rows, none of them overdue: each class that is settled is a
/// transaction of its own.
async fn gym(rows: i64) -> TestApp {
    let app = TestApp::start().await;
    let mut schedules = Vec::new();
    let mut bookings = Vec::new();
    let mut profiles = vec![
        json!({"id": CHILD, "account_id": FAMILY, "name": "小满"}),
        json!({"id": 21, "account_id": 2, "name": "小寒"}),
    ];
    for i in 0..rows {
        let (_, time) = slot("2030-03-04", i);
        for (first, course, capacity) in [(MISSED, 1, 5), (SHORT, 2, 5), (FULL, 1, 1)] {
            schedules.push(json!({"id": first + i, "course_id": course, "weekday": i % 7 + 1,
                                  "start_time": time, "capacity": capacity}));
        }
        profiles.push(json!({"id": WAITING + i, "account_id": FAMILY, "name": "小雪"}));
        profiles.push(json!({"id": CROWD + i, "account_id": 2, "name": "小暑"}));
        bookings.push(json!({"id": 40_000 + i, "profile_id": WAITING + i, "course_schedule_id": BUSY,
                             "booking_date": BUSY_DATE, "status": "booked"}));
        for (id, profile, schedule, monday, status) in [
            (MADE_UP + i, CHILD, MISSED + i, "2030-03-04", "leave"),
            (OWED + i, CHILD, MISSED + i, "2030-02-25", "leave"),
            (30_000 + i, 21, FULL + i, "2030-03-11", "booked"),
        ] {
            bookings.push(json!({"id": id, "profile_id": profile, "course_schedule_id": schedule,
                                 "booking_date": slot(monday, i).0, "status": status}));
        }
    }
    schedules
        .push(json!({"id": BUSY, "course_id": 3, "weekday": 1, "start_time": "20:00", "capacity": rows}));
    let course = |id: i64, minutes: i64| json!({"id": id, "name": "课", "category": "gym", "duration_minutes": minutes});
    let busy =
        json!({"id": 3, "name": "课", "category": "other", "duration_minutes": 60, "queue_capacity": rows});
    let account = |id: i64, openid: &str, role: Role| json!({"id": id, "openid": openid, "role": role});
    let accounts = [
        account(FAMILY, "family", Role::Member),
        account(2, "other", Role::Member),
        account(STAFF, "staff", Role::Staff),
    ];
    let fixtures = json!({
        "courses": [course(1, 60), course(2, 30), busy], "schedules": schedules,
        "accounts": accounts, "profiles": profiles, "bookings": bookings,
    });
    app.load(&fixtures).await.unwrap();
    let token = app.token(FAMILY, Role::Member);
    let post = async |path: &str, body: Value| {
        app.post(&format!("/api/v1{path}"), Some(&token), body).await.expect(201).body["id"].as_i64().unwrap()
    };
    for i in 0..rows {
        let (date, _) = slot("2030-03-11", i);
        let body = json!({"profile_id": CHILD, "original_booking_id": MADE_UP + i,
                          "course_schedule_id": SHORT + i, "booking_date": date});
        post("/makeup/book", body).await;
        let body = json!({"profile_id": WAITING + i, "course_schedule_id": FULL + i, "booking_date": date});
        let entry = post("/waitlist/join", body.clone()).await;
        app.delete(&format!("/api/v1/waitlist/{entry}"), Some(&token)).await.expect(200);
        post("/waitlist/join", body).await;
        let body = json!({"profile_id": CROWD + i, "course_schedule_id": BUSY, "booking_date": BUSY_DATE});
        app.post("/api/v1/waitlist/join", Some(&app.token(2, Role::Member)), body).await.expect(201);
    }
    app
}

/// Returns the number of SELECT statements of all clients so far. Not `Questions`, because the pool may open and set up
/// a connection at any time. While nothing is overdue a list writes nothing.
async fn selects(app: &TestApp) -> i64 {
    let status = "SHOW GLOBAL STATUS LIKE 'Com_select'";
    let (_, count): (String, String) = sqlx::query_as(status).fetch_one(&app.app.pool).await.unwrap();
    count.parse().unwrap()
}

/// Returns the number of rows and of statements of each list.
async fn read(app: &TestApp) -> BTreeMap<&'static str, (usize, i64)> {
    let (family, staff) = (app.token(FAMILY, Role::Member), app.token(STAFF, Role::Staff));
    let mut lists = BTreeMap::new();
    for (list, query) in [
        ("/sessions", "from=2030-03-04&to=2030-03-24&limit=100".to_owned()),
        ("/bookings/my", "limit=100".to_owned()),
        ("/waitlist/my", "limit=100".to_owned()),
        ("/notifications/my", "limit=100".to_owned()),
        ("/messages/my", "limit=100".to_owned()),
        ("/makeup/my", "limit=100".to_owned()),
        ("/makeup/owed", "limit=100".to_owned()),
        ("/makeup/available", format!("limit=100&profile_id={CHILD}&original_booking_id={OWED}")),
        ("/compensation/history", "limit=100".to_owned()),
        ("/compensation/balance", format!("profile_id={CHILD}")),
        ("/desk/day", format!("date={BUSY_DATE}")),
        ("/desk/sessions", format!("{BUSY}/{BUSY_DATE}")),
        ("/desk/profiles", CHILD.to_string()),
    ] {
        let begins_path = matches!(list, "/desk/sessions" | "/desk/profiles");
        let path = format!("/api/v1{list}{}{query}", if begins_path { "/" } else { "?" });
        let token = if list.starts_with("/desk") { &staff } else { &family };
        // Read once, so that the account is cached; then move the clock, so that the release rates are not.
        app.get(&path, Some(token)).await.expect(200);
        app.post("/api/v1/dev/clock/advance", None, json!({"seconds": LONG_SECONDS})).await.expect(200);
        let before = selects(app).await;
        let answer = app.get(&path, Some(token)).await.expect(200).body;
        let statements = selects(app).await - before;
        // The shortest of what grows.
        let grows: &[&str] = match list {
            "/compensation/balance" => &["/grants"],
            "/desk/sessions" => &["/roster", "/queue"],
            "/desk/profiles" => &["/bookings", "/makeups", "/balance/grants"],
            _ => &["/items"],
        };
        let rows = grows.iter().map(|rows| answer.pointer(rows).unwrap().as_array().unwrap().len()).min();
        lists.insert(list, (rows.unwrap(), statements));
    }
    lists
}

/// The SELECTs of a read of a place in line and of a join, the account being known.
async fn read_hot_paths(app: &TestApp) -> [i64; 2] {
    let token = app.token(FAMILY, Role::Member);
    let list = app.get("/api/v1/waitlist/my?status=waiting&limit=1", Some(&token)).await.expect(200).body;
    let entry = &list["items"][0];
    let position = format!("/api/v1/waitlist/position/{}", entry["id"]);
    let place = json!({"profile_id": entry["profile_id"], "course_schedule_id": entry["course_schedule_id"],
                       "booking_date": entry["booking_date"]});
    // Once, so that the release rates are cached.
    app.get(&position, Some(&token)).await.expect(200);
    let before = selects(app).await;
    app.get(&position, Some(&token)).await.expect(200);
    let read = selects(app).await;
    app.delete(&format!("/api/v1/waitlist/{}", entry["id"]), Some(&token)).await.expect(200);
    let left = selects(app).await;
    app.post("/api/v1/waitlist/join", Some(&token), place).await.expect(201);
    [read - before, selects(app).await - left]
}

/// Whether the caller is a guardian is asked in the statement that reads or locks the row.
#[tokio::test]
async fn the_hot_paths_ask_no_more_than_they_did() {
    let _alone = ALONE.lock().await;
    let app = gym(2).await;
    assert_eq!(read_hot_paths(&app).await, [1, 3], "position, join");
    let lists = read(&app).await.into_iter().map(|(list, (_, statements))| (list, statements));
    assert_eq!(lists.collect::<BTreeMap<_, _>>(), BTreeMap::from(LISTS));
}

#[tokio::test]
async fn a_list_needs_no_more_statements_for_more_rows() {
    let _alone = ALONE.lock().await;
    let (few, many) = (read(&gym(2).await).await, read(&gym(40).await).await);
    println!("few {few:?}\nmany {many:?}");
    for (list, (rows, statements)) in &few {
        let (more, for_more) = many[list];
        // A day of the timetable has a seventh of the classes.
        let least = if *list == "/desk/day" { 4 * rows } else { 40 };
        assert!(*rows >= 2 && more >= least, "{list} has {rows} rows and {more}");
        assert!(*statements >= 1, "{list} asks the database something");
        assert_eq!(*statements, for_more, "{list}: statements for {rows} rows, and for {more}");
    }
}
