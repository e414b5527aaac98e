//! Authorization: every documented operation, called by every role.

use contract::Operation;
use contract::access::Access;
use contract::operation::{Body, Kind};
use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::TestApp;

/// Returns the documented operations as method and path.
fn documented() -> Vec<(String, String)> {
    let paths = backend::http::openapi::document()["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn the_table_and_the_document_have_the_same_operations() {
    let mut documented = documented();
    let mut table: Vec<_> =
        Operation::ALL.iter().map(|op| (op.method().as_str().to_owned(), op.path().to_owned())).collect();
    documented.sort();
    table.sort();
    assert_eq!(documented, table);
}

/// Rows of one child.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    profile: i64,
    /// A place in the class of a week ahead.
    booking: i64,
    /// What the path of the operation names.
    id: i64,
}

/// Rows that are not there.
pub(crate) const ABSENT: Rows = Rows { profile: 999, booking: 999, id: 999 };

/// Every role, its account and its child. The other's child is that of account 2.
const ROLES: [(Role, i64, i64); 5] = [
    (Role::Member, 1, 11),
    (Role::Coach, 3, 31),
    (Role::Staff, 4, 41),
    (Role::Owner, 5, 51),
    (Role::Service, 6, 61),
];
const OTHER: (i64, i64) = (2, 21);
/// An owner who makes the rows.
const MAKER: i64 = 9;

/// A gym whose service has a single connection: a transaction that asks for a second one would never end.
pub(crate) async fn gym() -> TestApp {
    let app = TestApp::start().await;
    let people = ROLES.map(|(role, account, profile)| (role, account, Some(profile)));
    let people = people.into_iter().chain([
        (Role::Member, OTHER.0, Some(OTHER.1)),
        (Role::Owner, MAKER, None),
        (Role::Member, 8, Some(81)),
    ]);
    let (mut accounts, mut profiles, mut bookings) = (vec![], vec![], vec![]);
    for (role, account, profile) in people {
        accounts.push(json!({"id": account, "openid": format!("a{account}"), "role": role}));
        let Some(profile) = profile else { continue };
        profiles.push(json!({"id": profile, "account_id": account, "name": "小满"}));
        // Account 8 takes the one seat of the class that the others wait for.
        let schedule = if account == 8 { 2 } else { 1 };
        bookings.push(json!({
            "id": profile * 10, "profile_id": profile, "course_schedule_id": schedule,
            "booking_date": "2030-03-11", "status": "booked",
        }));
    }
    let slot = |id, time, capacity| json!({"id": id, "course_id": 1, "weekday": 1, "start_time": time, "capacity": capacity});
    app.load(&json!({
        "courses": [{"id": 1, "name": "体操入门", "category": "gym", "duration_minutes": 60}],
        "schedules": [slot(1, "18:00", 20), slot(2, "20:00", 1)],
        "accounts": accounts, "profiles": profiles, "bookings": bookings,
    }))
    .await
    .unwrap();
    app.with_connections(1).await
}

/// Makes the row that the path of `operation` names, of this child.
async fn rows(app: &TestApp, operation: Operation, profile: i64) -> Rows {
    let maker = app.token(MAKER, Role::Owner);
    let post = async |path: String, body: Value| app.post(&path, Some(&maker), body).await;
    let booking = profile * 10;
    let made = Rows { profile, booking, id: booking };
    let path = operation.path();
    let id = if path.contains("/makeup/") {
        post(format!("/api/v1/bookings/{booking}/leave"), json!({})).await.expect(200);
        if !path.contains("{id}") {
            return made;
        }
        post("/api/v1/makeup/book".to_owned(), makeup(made)).await.expect(201).body["id"].as_i64().unwrap()
    } else if path.contains("/waitlist/") || operation == Operation::MessagesRead {
        let body = json!({"profile_id": profile, "course_schedule_id": 2, "booking_date": "2030-03-11"});
        let entry = post("/api/v1/waitlist/join".to_owned(), body).await.expect(201).body["id"].clone();
        if operation == Operation::MessagesRead {
            app.delete(&format!("/api/v1/waitlist/{entry}"), Some(&maker)).await.expect(200);
            let last = "SELECT MAX(id) FROM message WHERE profile_id = ?";
            sqlx::query_scalar(last).bind(profile).fetch_one(&app.app.pool).await.unwrap()
        } else {
            entry.as_i64().unwrap()
        }
    } else if path.contains("/profiles/") {
        profile
    } else {
        booking
    };
    Rows { id, ..made }
}

/// The body that makes up the booking in the class a week later.
fn makeup(rows: Rows) -> Value {
    json!({
        "profile_id": rows.profile, "original_booking_id": rows.booking,
        "course_schedule_id": 1, "booking_date": "2030-03-18",
    })
}

/// The path with its query, and the body, of a valid call about `rows`.
pub(crate) fn call(operation: Operation, rows: Rows) -> (String, Option<Value>) {
    let Rows { profile, booking, id } = rows;
    let schedule = if id == ABSENT.id { "99" } else { "1" };
    // The child of account 5 is 51.
    let of_path = match operation {
        Operation::AccountsRole => profile / 10,
        Operation::PoliciesGet => 1,
        _ => id,
    };
    let path = operation
        .path()
        .replace("{id}", &of_path.to_string())
        .replace("{account_id}", &(profile / 10).to_string())
        .replace("{course_schedule_id}", schedule)
        .replace("{date}", "2030-03-11")
        .replace("{fn}", "version")
        .replace("{user_code}", "BCDFGHJK");
    let query = match operation {
        Operation::SessionsList => "?from=2030-03-04&to=2030-03-11".to_owned(),
        Operation::WaitlistDeadlineCheck => {
            format!("?course_schedule_id={schedule}&booking_date=2030-03-11")
        }
        Operation::BookingsMy
        | Operation::WaitlistMy
        | Operation::NotificationsMy
        | Operation::MessagesMy
        | Operation::MakeupMy
        | Operation::MakeupOwed
        | Operation::CompensationBalance
        | Operation::CompensationHistory => format!("?profile_id={profile}"),
        Operation::PeopleList => "?q=1".to_owned(),
        Operation::DeskDay => "?date=2030-03-11".to_owned(),
        Operation::MakeupAvailable => format!("?profile_id={profile}&original_booking_id={booking}"),
        _ => String::new(),
    };
    let place = json!({"profile_id": profile, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    let body = match operation {
        Operation::AuthLogin => json!({"code": "dev:ma"}),
        Operation::AuthDeviceToken => json!({"device_code": "unknown"}),
        Operation::AuthDeviceApprove => json!({"user_code": "BCDFGHJK", "approve": true}),
        Operation::AccountsRole => json!({"role": "member"}),
        Operation::RulesCall => json!({"args": []}),
        Operation::BookingsCreate | Operation::WaitlistJoin => place,
        Operation::BookingsMakeupRight => json!({"until": "2030-04-08T10:00:00.000Z", "reason": "住院"}),
        Operation::CompensationGrant => json!({"booking_id": booking, "minutes": 30, "reason": "停电"}),
        Operation::BookingsAttendance => json!({"status": "absent"}),
        Operation::DeskAttendance => json!({"items": [{"booking_id": booking, "status": "absent"}]}),
        Operation::SessionsCapacity => json!({"capacity": 30}),
        Operation::PoliciesCreate => json!({"policy": {"decision_window": 20}}),
        Operation::WaitlistNotify => json!({"waitlist_ids": [id]}),
        Operation::WaitlistProcessExpiry => json!({}),
        Operation::WaitlistRespond => json!({"action": "decline"}),
        Operation::MakeupBook => makeup(rows),
        Operation::CompensationPreview => json!({"profile_id": profile, "required_minutes": 15}),
        Operation::ProfilesClaim => json!({"code": "BBBBBBBB"}),
        Operation::ProfilesGuardianTold => json!({"told": true}),
        Operation::ProfilesCreate | Operation::ProfilesUpdate => json!({"name": "小满"}),
        Operation::MessagesRead => json!({ "up_to": id }),
        Operation::SubscriptionsCreate => json!({"results": {"spot_available": "accept"}}),
        Operation::DevClockSet => json!({"now": "2030-03-04T00:00:00Z"}),
        Operation::DevClockAdvance => json!({"seconds": 0}),
        _ if operation.body() == Body::Json => panic!("{operation:?} has no body in this test"),
        _ => return (path + &query, None),
    };
    (path + &query, Some(body))
}

/// Whether the operation names rows that may be absent.
fn names_a_row(operation: Operation) -> bool {
    let (path, body) = call(operation, ABSENT);
    operation.path().contains("{id}")
        || path.contains("99")
        || operation == Operation::MessagesRead
        || body.is_some_and(|body| body.get("profile_id").or(body.get("booking_id")).is_some())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    Own,
    Others,
    Absent,
}

/// What the table says: 403 before any row is looked at, then 404 for a row that is not there or not the caller's to
/// see; `None`: it is done, or refused by a rule.
fn refusal(operation: Operation, role: Role, whose: Whose) -> Option<u16> {
    let is_staff = role.is_at_least(Role::Staff);
    match (operation.access(), whose) {
        (Access::Anyone, _) => None,
        (access, _) if !access.includes(role) => Some(403),
        // A wrong code.
        _ if operation == Operation::ProfilesClaim => Some(404),
        // Nobody reads for another family.
        (_, Whose::Others) if operation == Operation::MessagesRead => Some(404),
        (Access::People, Whose::Others) if !is_staff && is_of_a_family(operation) => Some(404),
        (_, Whose::Absent) if names_a_row(operation) => Some(404),
        // No page waits with this code, whosever it is.
        _ if matches!(operation, Operation::AuthDeviceGet | Operation::AuthDeviceApprove) => Some(404),
        _ => None,
    }
}

/// Whether the operation is about rows of a family, not about a class.
fn is_of_a_family(operation: Operation) -> bool {
    let (path, body) = call(operation, ABSENT);
    operation.path().contains("{id}")
        || path.contains("profile_id=")
        || body.is_some_and(|body| body.get("profile_id").is_some())
}

#[tokio::test]
async fn every_role_may_do_exactly_what_the_table_says() {
    for &operation in Operation::ALL {
        // Each operation has its own gym, so that it cannot affect the next.
        let app = gym().await;
        let others = rows(&app, operation, OTHER.1).await;
        let send = async |token: Option<&str>, rows| {
            let (path, body) = call(operation, rows);
            let method = Method::from_bytes(operation.method().as_str().as_bytes()).unwrap();
            let mut request = app.request(method, &path, token);
            if let Some(body) = &body {
                request = request.json(body);
            }
            // Each with a key of its own, which writes store beside their answers.
            app.send(request.header("idempotency-key", uuid::Uuid::new_v4().to_string())).await
        };
        let anyone = operation.access() == Access::Anyone;
        assert!(anyone || send(None, others).await.status == 401, "{operation:?} without a token");
        for (role, account, profile) in ROLES {
            let own = rows(&app, operation, profile).await;
            for (whose, rows) in [(Whose::Absent, ABSENT), (Whose::Others, others), (Whose::Own, own)] {
                // A token of its own: it may log out.
                let answer = send(Some(&app.token(account, role)), rows).await;
                let what = format!("{operation:?}, {role}, {whose:?}: {}", answer.text);
                match refusal(operation, role, whose) {
                    Some(status) => assert_eq!(answer.status, status, "{what}"),
                    None => {
                        assert!(![401, 403, 404].contains(&answer.status) && answer.status < 500, "{what}")
                    }
                }
            }
        }
    }
}

/// Whether a request with a key is answered a second time from what was stored.
fn is_replayed(operation: Operation) -> bool {
    // The first logout ended the token.
    operation.keeps_its_answer() && operation != Operation::AuthLogout
}

#[tokio::test]
async fn every_write_is_answered_again_by_its_key() {
    for &operation in Operation::ALL.iter().filter(|operation| operation.kind() == Kind::Write) {
        let app = gym().await;
        let (role, account, profile) = if operation.access() == Access::People { ROLES[0] } else { ROLES[3] };
        let whose = if operation.access() == Access::People { profile } else { OTHER.1 };
        let rows = rows(&app, operation, whose).await;
        let token = app.token(account, role);
        let (path, body) = call(operation, rows);
        let send = async |path: &str, is_first: &str| {
            let method = Method::from_bytes(operation.method().as_str().as_bytes()).unwrap();
            let request = app.request(method, path, Some(&token)).header("idempotency-key", "k");
            let mut request = request.header("idempotency-first", is_first);
            if let Some(body) = &body {
                request = request.json(body);
            }
            app.send(request).await
        };
        let first = send(&path, "1").await;
        let again = send(&path, "0").await;
        // Something between the caller and the service sends the first request twice.
        let copy = send(&path, "1").await;
        let other = send(&format!("{path}?other=1"), "0").await;
        let what = format!("{operation:?}: {} {}, {} {}", first.status, first.text, again.status, again.text);
        assert!(first.status < 500 && first.header("idempotency-replayed").is_empty(), "{what}");
        if is_replayed(operation) {
            for again in [again, copy] {
                assert_eq!((again.status, &again.text), (first.status, &first.text), "{what}");
                assert_eq!(again.header("idempotency-replayed"), "true", "{what}");
            }
            assert_eq!(other.expect(409).code(), "idempotency_key_reused", "{what}");
        } else {
            assert_eq!(again.header("idempotency-replayed"), "", "{what}");
        }
    }
}

/// R7.2, R7.3: of one's own child everyone is the family.
#[tokio::test]
async fn who_is_of_the_gym_is_the_family_of_its_own_child() {
    let app = gym().await;
    for (role, account, profile) in ROLES.into_iter().filter(|(role, ..)| *role != Role::Service) {
        let token = app.token(account, role);
        // Beyond the horizon of members (R2.87), which does not bind staff.
        let far = json!({"profile_id": profile, "course_schedule_id": 1, "booking_date": "2030-06-24"});
        let refused = app.post("/api/v1/bookings", Some(&token), far.clone()).await.expect(409);
        assert_eq!(refused.code(), "too_far_ahead", "R7.2: {role}");
        let others = json!({"profile_id": OTHER.1, "course_schedule_id": 1, "booking_date": "2030-06-24"});
        let status = app.post("/api/v1/bookings", Some(&token), others).await.status;
        let expected = if role == Role::Staff {
            201
        } else if role == Role::Owner {
            409
        } else {
            404
        };
        assert_eq!(status, expected, "{role}: staff booked it, so that the owner finds it booked");
        let own = rows(&app, Operation::WaitlistGet, profile).await.id;
        if role.is_at_least(Role::Staff) {
            let ask = json!({"waitlist_ids": [own]});
            let result = app.post("/api/v1/waitlist/notify", Some(&token), ask).await.expect(200).body;
            let code = if role == Role::Owner { "no_free_seat" } else { "conflict" };
            assert_eq!(result["results"][0]["code"], code, "R7.3: {role}");
        }
        app.delete(&format!("/api/v1/waitlist/{own}"), Some(&token)).await.expect(200);
    }
    let acts: Vec<(i64, String, Option<i64>)> =
        sqlx::query_as("SELECT account_id, action, profile_id FROM audit WHERE account_id <> ? ORDER BY id")
            .bind(MAKER)
            .fetch_all(&app.app.pool)
            .await
            .unwrap();
    let acts: Vec<_> = acts.iter().map(|(by, action, profile)| (*by, &**action, *profile)).collect();
    let notified = |by| (by, "waitlist.notify", None);
    assert_eq!(acts, [(4, "booking.create", Some(OTHER.1)), notified(4), notified(5)], "R7.4");
    // Attendance is a power over the class: a coach records it for anyone, its own child included.
    app.at("2030-03-11T10:00:00.000Z").await;
    let coach = app.token(3, Role::Coach);
    for (account, profile) in [(3, 31), OTHER] {
        let path = format!("/api/v1/bookings/{}/attendance", profile * 10);
        app.post(&path, Some(&coach), json!({"status": "absent"})).await.expect(200);
        let last =
            "SELECT profile_id FROM audit WHERE action = 'booking.attendance' ORDER BY id DESC LIMIT 1";
        let recorded: i64 = sqlx::query_scalar(last).fetch_one(&app.app.pool).await.unwrap();
        assert_eq!(recorded, profile, "R7.3, R7.4: {account}");
    }
}
