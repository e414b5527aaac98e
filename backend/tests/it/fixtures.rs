//! `gym fixtures load`: all or nothing, and repeatable.

use backend::fixtures::{self, File};
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

/// Returns fixtures with a class of two seats on Mondays at 18:00, one of them booked.
fn world() -> Value {
    json!({
        "courses": [{"id": 1, "name": "体操入门", "category": "gym", "duration_minutes": 60, "queue_capacity": 4}],
        "schedules": [{"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 2}],
        "accounts": [{"id": 1, "openid": "ma", "role": "member"}],
        "profiles": [
            {"id": 1, "account_id": 1, "name": "小满"},
            {"id": 2, "account_id": 1, "name": "小雪"},
            {"id": 3, "account_id": 1, "name": "小寒"},
        ],
        "bookings": [booking(1, 1, "booked")],
    })
}

fn booking(id: i64, profile: i64, status: &str) -> Value {
    json!({
        "id": id, "profile_id": profile, "course_schedule_id": 1, "booking_date": "2030-03-11", "status": status,
    })
}

async fn session(app: &TestApp) -> (u32, u32, String) {
    let (booked, capacity, starts_at): (u32, u32, chrono::DateTime<chrono::Utc>) =
        sqlx::query_as("SELECT booked, capacity, starts_at FROM class_session WHERE course_schedule_id = 1")
            .fetch_one(&app.app.pool)
            .await
            .unwrap();
    (booked, capacity, starts_at.to_rfc3339())
}

/// Returns every row of every table that fixtures write, to compare before and after.
async fn rows(app: &TestApp) -> Vec<String> {
    let mut all = vec![];
    for (table, columns) in [
        ("course", "id, name, category, duration_minutes, queue_capacity"),
        ("course_schedule", "id, course_id, weekday, start_time, capacity, duration_minutes"),
        ("account", "id, openid, role"),
        ("profile", "id, account_id, name"),
        ("class_session", "id, booking_date, starts_at, capacity, booked"),
        ("booking", "id, profile_id, session_id, status, cancelled_at"),
    ] {
        let sql = format!("SELECT CONCAT_WS('|', '{table}', {columns}) FROM {table} ORDER BY id");
        let found: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&app.app.pool).await.unwrap();
        all.extend(found);
    }
    all
}

#[tokio::test]
async fn bookings_create_their_class_and_take_its_seats() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    assert_eq!(session(&app).await, (1, 2, "2030-03-11T10:00:00+00:00".to_owned()));
}

#[tokio::test]
async fn a_second_load_changes_only_what_differs() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let before = rows(&app).await;
    app.load(&world()).await.unwrap();
    assert_eq!(rows(&app).await, before);

    let mut more = world();
    more["schedules"][0]["capacity"] = json!(3);
    more["profiles"][0]["name"] = json!("小满满");
    more["bookings"] = json!([booking(1, 1, "leave"), booking(2, 2, "booked"), booking(3, 3, "absent")]);
    app.load(&more).await.unwrap();
    assert_eq!(session(&app).await, (2, 3, "2030-03-11T10:00:00+00:00".to_owned()));
    assert!(rows(&app).await.contains(&"profile|1|1|小满满".to_owned()));
}

#[tokio::test]
async fn a_seat_can_pass_to_another_profile_within_one_file() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let mut handed = world();
    handed["bookings"] = json!([booking(2, 1, "booked"), booking(1, 1, "cancelled")]);
    app.load(&handed).await.unwrap();
    assert_eq!(session(&app).await.0, 1);
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_names_the_fault() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    app.load(&json!({"accounts": [{"id": 5, "openid": "taken", "role": "staff"}]})).await.unwrap();
    let before = rows(&app).await;
    let broken = |change: fn(&mut Value)| {
        let mut world = world();
        // The first part of the file is valid and new, so a partial load would show.
        world["courses"][0]["name"] = json!("改了");
        change(&mut world);
        world
    };
    for (fixtures, wanted) in [
        (broken(|w| w["bookings"][0]["booking_date"] = json!("2030-03-12")), "bookings[0].booking_date"),
        (broken(|w| w["bookings"][0]["booking_date"] = json!("2101-01-03")), "bookings[0].booking_date"),
        (broken(|w| w["bookings"][0]["profile_id"] = json!(99)), "bookings[0].profile_id"),
        (broken(|w| w["bookings"][0]["course_schedule_id"] = json!(99)), "bookings[0].course_schedule_id"),
        (broken(|w| w["bookings"][0]["status"] = json!("maybe")), "bookings[0].status"),
        (broken(|w| w["bookings"][0]["id"] = json!(1_000_000)), "bookings[0].id"),
        (broken(|w| w["bookings"][0]["note"] = json!("x")), "bookings[0].note"),
        (
            broken(|w| w["bookings"] = json!([booking(1, 1, "booked"), booking(2, 1, "booked")])),
            "bookings[1].profile_id",
        ),
        (
            broken(|w| {
                w["bookings"] =
                    json!([booking(1, 1, "booked"), booking(2, 2, "booked"), booking(3, 3, "booked")]);
            }),
            "bookings[2].status",
        ),
        (broken(|w| w["schedules"][0]["capacity"] = json!(0)), "schedules[0].capacity"),
        (broken(|w| w["schedules"][0]["course_id"] = json!(99)), "schedules[0].course_id"),
        (broken(|w| w["profiles"][1]["account_id"] = json!(99)), "profiles[1].account_id"),
        (broken(|w| w["accounts"][0]["openid"] = json!("taken")), "accounts[0].openid"),
        (broken(|w| w["lessons"] = json!([])), "lessons"),
    ] {
        let fault = app.load(&fixtures).await.unwrap_err();
        assert!(fault.contains(wanted), "`{fault}` should name {wanted}");
        assert_eq!(rows(&app).await, before, "{wanted}");
    }
}

#[tokio::test]
async fn the_services_own_rows_start_at_a_million() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let (lowest,): (i64,) =
        sqlx::query_as("SELECT MIN(id) FROM class_session").fetch_one(&app.app.pool).await.unwrap();
    assert!(lowest >= 1_000_000, "{lowest}");
}

/// The number of seats and the minutes of the gym's class.
async fn class_of(gym: &crate::gym::Gym) -> (i64, i64) {
    let seats = gym.count("SELECT CAST(capacity AS SIGNED) FROM class_session").await;
    (seats, gym.count("SELECT CAST(duration_minutes AS SIGNED) FROM class_session").await)
}

fn timetable(capacity: u32, minutes: u32) -> serde_json::Value {
    json!({
        "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": minutes}],
        "schedules": [{"id": 1, "course_id": 1, "weekday": 2, "start_time": "18:00", "capacity": capacity}],
    })
}

#[tokio::test]
async fn a_class_that_has_started_stays_as_it_was_and_one_to_come_follows_the_file() {
    let gym = crate::gym::Gym::new(1).await;
    gym.app.load(&timetable(2, 60)).await.unwrap();
    assert_eq!(class_of(&gym).await, (2, 60));
    gym.advance(34 * 60 * 60).await;
    gym.app.load(&timetable(9, 30)).await.unwrap();
    assert_eq!(class_of(&gym).await, (2, 60), "it starts at this instant");
}

#[tokio::test]
async fn the_seats_that_staff_set_for_a_date_are_left_by_a_file() {
    let gym = crate::gym::Gym::new(1).await;
    gym.app.load(&json!({"accounts": [{"id": 900, "openid": "staff", "role": "staff"}]})).await.unwrap();
    let staff = gym.app.token(900, logic::status::Role::Staff);
    let path = format!("/api/v1/sessions/1/{}/capacity", crate::gym::DATE);
    gym.app.put(&path, Some(&staff), json!({"capacity": 5})).await.expect(200);
    gym.app.load(&timetable(3, 60)).await.unwrap();
    assert_eq!(class_of(&gym).await, (5, 60));
    gym.app.put(&path, Some(&staff), json!({"capacity": 1001})).await.expect(400);
    gym.app.put(&path, Some(&staff), json!({})).await.expect(400);

    // Also where staff chose the number that the slot has already.
    let set = gym.app.put(&path, Some(&staff), json!({"capacity": 3})).await.expect(200).body;
    assert_eq!((&set["capacity"], &set["capacity_own"]), (&json!(3), &json!(true)));
    gym.app.load(&timetable(4, 60)).await.unwrap();
    assert_eq!(class_of(&gym).await, (3, 60));

    let given_back = gym.app.put(&path, Some(&staff), json!({"capacity": null})).await.expect(200).body;
    assert_eq!((&given_back["capacity"], &given_back["capacity_own"]), (&json!(4), &json!(false)));
    gym.app.load(&timetable(6, 60)).await.unwrap();
    assert_eq!(class_of(&gym).await, (6, 60), "the class follows the file again");
}

/// What a load says.
async fn say(app: &TestApp, fixtures: &Value) -> String {
    let file = File::read(fixtures.to_string().as_bytes()).unwrap();
    fixtures::load(&app.app.pool, app.app.zone, &app.app.policies, &file).await.unwrap().to_string()
}

/// Covers R2.92.
#[tokio::test]
async fn a_class_that_somebody_booked_is_neither_moved_nor_ended_by_a_file() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let before = rows(&app).await;
    let changes: [fn(&mut Value); 8] = [
        |w| w["schedules"][0]["weekday"] = json!(2),
        |w| w["schedules"][0]["start_time"] = json!("18:30"),
        |w| w["schedules"][0]["duration_minutes"] = json!(45),
        |w| w["schedules"][0]["valid_until"] = json!("2030-03-10"),
        |w| w["schedules"][0]["valid_from"] = json!("2030-03-12"),
        |w| w["courses"][0]["duration_minutes"] = json!(45),
        |w| w["courses"][0]["category"] = json!("swim"),
        |w| {
            let other = json!({"id": 2, "name": "武术", "category": "gym", "duration_minutes": 60});
            w["courses"].as_array_mut().unwrap().push(other);
            w["schedules"][0]["course_id"] = json!(2);
        },
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut changed = world();
        change(&mut changed);
        let fault = app.load(&changed).await.unwrap_err();
        assert_eq!(fault, "sessions_affected: 1: 1/2030-03-11", "change {i}");
        assert_eq!(rows(&app).await, before, "change {i}");
    }

    let mut allowed = world();
    allowed["courses"][0]["name"] = json!("体操");
    allowed["schedules"][0]["capacity"] = json!(1);
    allowed["schedules"][0]["valid_from"] = json!("2030-03-11");
    allowed["schedules"][0]["valid_until"] = json!("2030-03-11");
    app.load(&allowed).await.unwrap();
    assert_eq!(session(&app).await.1, 1);
    allowed["schedules"][0]["capacity"] = json!(0);
    let fault = app.load(&allowed).await.unwrap_err();
    assert!(
        fault.contains(
            "schedules[0].capacity: 0 is less than the 1 places that are booked or held in 1/2030-03-11"
        ),
        "{fault}"
    );
}

/// Covers R2.92.
#[tokio::test]
async fn of_many_classes_that_a_file_would_move_all_are_counted_and_the_first_hundred_named() {
    let app = TestApp::start().await;
    let first = chrono::NaiveDate::from_ymd_opt(2030, 3, 11).unwrap();
    let dates: Vec<String> = first.iter_weeks().take(103).map(|date| date.to_string()).collect();
    let mut many = world();
    let booked = (1..).zip(&dates).map(|(id, date)| {
        let mut booked = booking(id, 1, "booked");
        booked["booking_date"] = date.as_str().into();
        booked
    });
    many["bookings"] = booked.collect();
    app.load(&many).await.unwrap();
    let before = rows(&app).await;
    many["schedules"][0]["start_time"] = json!("18:30");
    let fault = app.load(&many).await.unwrap_err();
    let named: Vec<String> = dates[..100].iter().map(|date| format!("1/{date}")).collect();
    assert_eq!(fault, format!("sessions_affected: 103: {}", named.join(", ")));
    assert_eq!(rows(&app).await, before);
}

/// Covers R2.91.
#[tokio::test]
async fn a_slot_has_classes_from_its_first_date_to_its_last() {
    let app = TestApp::start().await;
    let mut world = world();
    world["schedules"][0]["valid_from"] = json!("2030-03-11");
    world["schedules"][0]["valid_until"] = json!("2030-03-18");
    app.load(&world).await.unwrap();
    let token = app.token(1, Role::Member);
    let listed =
        app.get("/api/v1/sessions?from=2030-03-04&to=2030-03-31", Some(&token)).await.expect(200).body;
    let dates: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["booking_date"].as_str().unwrap())
        .collect();
    assert_eq!(dates, ["2030-03-11", "2030-03-18"]);
    for (date, status) in [("2030-03-04", 404), ("2030-03-11", 409), ("2030-03-18", 201), ("2030-03-25", 404)]
    {
        let place = json!({"profile_id": 1, "course_schedule_id": 1, "booking_date": date});
        app.post("/api/v1/bookings", Some(&token), place).await.expect(status);
    }
    world["schedules"][0]["valid_until"] = json!("2030-03-10");
    assert!(app.load(&world).await.unwrap_err().contains("schedules[0].valid_until: 2030-03-10 is before"));
}

#[tokio::test]
async fn a_booking_that_somebody_else_changed_is_left_by_a_file() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let token = app.token(1, Role::Member);
    app.delete("/api/v1/bookings/1", Some(&token)).await.expect(200);
    let before = rows(&app).await;
    assert!(
        say(&app, &world()).await.starts_with("left as they are: booking 1 (cancelled)\nloaded 1 courses")
    );
    assert_eq!(rows(&app).await, before, "it does not come back to life");

    // What a file ended, a file does not begin again either; what it changes otherwise is its own to change.
    let mut ended = world();
    ended["bookings"] = json!([booking(2, 2, "booked"), booking(3, 3, "leave")]);
    assert!(say(&app, &ended).await.starts_with("loaded"));
    ended["bookings"] = json!([booking(2, 2, "absent"), booking(3, 3, "booked")]);
    assert!(say(&app, &ended).await.starts_with("left as they are: booking 3 (leave)\nloaded"));
    let statuses: Vec<String> = sqlx::query_scalar("SELECT CAST(status AS CHAR) FROM booking ORDER BY id")
        .fetch_all(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(statuses, ["cancelled", "absent", "leave"]);
}

#[tokio::test]
async fn a_timetable_and_its_roster_can_be_two_files() {
    let app = TestApp::start().await;
    let world = world();
    let timetable = json!({"courses": world["courses"], "schedules": world["schedules"]});
    let roster =
        json!({"accounts": world["accounts"], "profiles": world["profiles"], "bookings": world["bookings"]});
    assert!(app.load(&roster).await.unwrap_err().contains("bookings[0].course_schedule_id"));
    app.load(&timetable).await.unwrap();
    app.load(&roster).await.unwrap();
    assert_eq!(session(&app).await.0, 1);
    app.load(&timetable).await.unwrap();
    assert_eq!(session(&app).await.0, 1, "the timetable alone leaves the roster");
}

/// Covers R2.90.
#[tokio::test]
async fn a_weekday_that_moves_leaves_the_old_day_closed_and_readable() {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let token = app.token(1, Role::Member);
    let place = |profile: i64, date: &str| json!({"profile_id": profile, "course_schedule_id": 1, "booking_date": date});
    // 2030-03-11 has a booking that was given up; nobody ever used 2030-03-18.
    app.delete("/api/v1/bookings/1", Some(&token)).await.expect(200);
    let mut moved = world();
    moved["schedules"][0]["weekday"] = json!(2);
    moved["bookings"] = json!([]);
    app.load(&moved).await.unwrap();

    let old = app.get("/api/v1/sessions/1/2030-03-11", Some(&token)).await.expect(200).body;
    assert_eq!(old["status"], "cancelled");
    for path in ["/api/v1/bookings", "/api/v1/waitlist/join"] {
        let refused = app.post(path, Some(&token), place(2, "2030-03-11")).await.expect(409);
        assert_eq!(refused.code(), "class_cancelled", "{path}");
        app.post(path, Some(&token), place(2, "2030-03-18")).await.expect(404);
    }
    app.get("/api/v1/sessions/1/2030-03-18", Some(&token)).await.expect(404);
    app.delete("/api/v1/bookings/1", Some(&token)).await.expect(200);
    app.post("/api/v1/bookings", Some(&token), place(2, "2030-03-12")).await.expect(201);
    let again = app.load(&world()).await.unwrap_err();
    assert!(again.contains("sessions_affected: 1: 1/2030-03-12"), "{again}");
}

#[tokio::test]
async fn a_class_that_somebody_waits_for_keeps_its_time_and_gets_the_seats_of_a_file() {
    let app = TestApp::start().await;
    let mut world = world();
    world["schedules"][0]["capacity"] = json!(1);
    app.load(&world).await.unwrap();
    let token = app.token(1, Role::Member);
    let place = json!({"profile_id": 2, "course_schedule_id": 1, "booking_date": "2030-03-11"});
    let entry = app.post("/api/v1/waitlist/join", Some(&token), place).await.expect(201).body["id"].clone();
    app.delete("/api/v1/bookings/1", Some(&token)).await.expect(200);
    let mut moved = world.clone();
    moved["bookings"] = json!([]);
    moved["schedules"][0]["weekday"] = json!(2);
    assert!(app.load(&moved).await.unwrap_err().contains("sessions_affected: 1: 1/2030-03-11"));

    moved["schedules"] = world["schedules"].clone();
    moved["schedules"][0]["capacity"] = json!(3);
    app.load(&moved).await.unwrap();
    app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    let status = app.get(&format!("/api/v1/waitlist/{entry}"), Some(&token)).await.expect(200).body;
    assert_eq!(status["status"], "notified");
    assert_eq!(session(&app).await.1, 3);
}

/// Loads another timetable in a transaction of its own, books while it is under way, then commits; returns the answer.
async fn book_while(change: &'static str) -> (TestApp, Answer) {
    let app = TestApp::start().await;
    app.load(&world()).await.unwrap();
    let mut tx = app.app.pool.begin().await.unwrap();
    sqlx::query(change).execute(&mut *tx).await.unwrap();
    let token = app.token(1, Role::Member);
    let place = json!({"profile_id": 1, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    let change_when_it_waits = async {
        let mut looks = 0;
        while app.count(WAITING).await == 0 {
            looks += 1;
            assert!(looks < 10_000, "the booking waits for nobody");
        }
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(app.post("/api/v1/bookings", Some(&token), place), change_when_it_waits);
    (app, answer)
}

/// Statements that insert a class, and so wait for its slot.
const WAITING: &str = "SELECT COUNT(*) FROM information_schema.processlist \
    WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%class_session_insert%'";

#[tokio::test]
async fn the_first_booking_of_a_class_follows_a_timetable_that_changes_meanwhile() {
    let (_, answer) = book_while("UPDATE course_schedule SET start_time = '19:30' WHERE id = 1").await;
    assert_eq!(answer.expect(201).body["starts_at"], "2030-03-18T11:30:00.000Z");
    let (app, answer) = book_while("UPDATE course_schedule SET weekday = 2 WHERE id = 1").await;
    answer.expect(404);
    let rows = app.count("SELECT COUNT(*) FROM class_session WHERE booking_date = '2030-03-18'").await;
    assert_eq!(rows, 0);
    let (_, answer) = book_while("UPDATE course SET duration_minutes = 45 WHERE id = 1").await;
    assert_eq!(answer.expect(201).body["duration_minutes"], 45);
}
