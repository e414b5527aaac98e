//! Authorization: every documented operation, called by every role.

use contract::Operation;
use contract::access::Access;
use contract::operation::Body;
use reqwest::Method;
use serde_json::{Value, json};

use crate::gym::{Gym, place};

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

/// Returns the path with its query, and the body, of a valid call about the row `id`.
fn call(operation: Operation, id: i64) -> (String, Option<Value>) {
    let path = operation
        .path()
        .replace("{id}", &id.to_string())
        .replace("{course_schedule_id}", "1")
        .replace("{date}", "2030-03-11")
        .replace("{fn}", "version");
    let query = match operation {
        Operation::SessionsList => "?from=2030-03-04&to=2030-03-11",
        Operation::WaitlistDeadlineCheck => "?course_schedule_id=1&booking_date=2030-03-11",
        Operation::BookingsMy
        | Operation::WaitlistMy
        | Operation::NotificationsMy
        | Operation::MessagesMy
        | Operation::MakeupMy
        | Operation::MakeupOwed
        | Operation::CompensationBalance
        | Operation::CompensationHistory => "?profile_id=11",
        Operation::MakeupAvailable => "?profile_id=11&original_booking_id=1",
        _ => "",
    };
    let body = match operation {
        Operation::AuthLogin => json!({"code": "dev:ma"}),
        Operation::RulesCall => json!({"args": []}),
        Operation::BookingsCreate | Operation::WaitlistJoin => place(11),
        Operation::BookingsAttendance => json!({"status": "absent"}),
        Operation::SessionsCapacity => json!({"capacity": 1}),
        Operation::WaitlistNotify => json!({"waitlist_ids": [id]}),
        Operation::WaitlistProcessExpiry => json!({}),
        Operation::WaitlistRespond => json!({"action": "decline"}),
        Operation::MakeupBook => makeup(),
        Operation::CompensationPreview => json!({"profile_id": 11, "required_minutes": 15}),
        Operation::MessagesRead => json!({ "up_to": id }),
        Operation::SubscriptionsCreate => json!({"results": {"spot_available": "accept"}}),
        Operation::DevClockSet => json!({"now": "2030-03-04T00:00:00Z"}),
        Operation::DevClockAdvance => json!({"seconds": 0}),
        _ if operation.body() == Body::Json => panic!("{operation:?} has no body in this test"),
        _ => return (path + query, None),
    };
    (path + query, Some(body))
}

/// Returns the body that makes up booking 1 in the class a week later.
fn makeup() -> Value {
    json!({"profile_id": 11, "original_booking_id": 1, "course_schedule_id": 1, "booking_date": "2030-03-18"})
}

/// Creates the row that the path of `operation` names, owned by account 1 (`ma`), and returns its id.
async fn subject(gym: &Gym, operation: Operation) -> i64 {
    let made = if operation.path().contains("/makeup/") {
        gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(200);
        if !operation.path().contains("{id}") {
            return 1;
        }
        gym.post(&gym.ma, "/makeup/book", makeup()).await
    } else if operation.path().contains("/bookings/") {
        return 1;
    } else {
        gym.post(&gym.ma, "/waitlist/join", place(12)).await
    };
    if operation == Operation::MessagesRead {
        let entry = made.expect(201).body["id"].clone();
        gym.delete(&gym.ma, &format!("/waitlist/{entry}")).await.expect(200);
        return gym.count("SELECT id FROM message").await;
    }
    made.expect(201).body["id"].as_i64().unwrap()
}

/// Returns whether the operation is about rows of an account.
fn is_about_rows(operation: Operation, path: &str, body: Option<&Value>) -> bool {
    operation.path().contains("{id}")
        || path.contains("profile_id=")
        || body.is_some_and(|body| body.get("profile_id").is_some())
}

#[tokio::test]
async fn every_role_may_do_exactly_what_the_table_says() {
    for &operation in Operation::ALL {
        // Each call has its own gym, so that it cannot affect the next.
        let gym = Gym::open().await;
        let id = subject(&gym, operation).await;
        let (path, body) = call(operation, id);
        let about_rows = is_about_rows(operation, &path, body.as_ref());
        for (name, token) in [
            ("nobody", None),
            ("service", Some(&gym.cron)),
            ("other member", Some(&gym.pa)),
            ("member", Some(&gym.ma)),
            ("staff", Some(&gym.coach)),
        ] {
            let method = Method::from_bytes(operation.method().as_str().as_bytes()).unwrap();
            let mut request = gym.app.request(method, &path, token.map(String::as_str));
            if let Some(body) = &body {
                request = request.json(body);
            }
            let status = gym.app.send(request).await.status;
            let what = format!("{operation:?} {path} as {name}: {status}");
            let done = |status| status != 401 && status != 403 && status != 404 && status < 500;
            match (operation.access(), name) {
                (Access::Anyone, _) => assert!(done(status), "{what}"),
                (_, "nobody") => assert_eq!(status, 401, "{what}"),
                (Access::StaffAndService, "service" | "staff") => assert!(done(status), "{what}"),
                (Access::People | Access::Staff, "service") => assert_eq!(status, 403, "{what}"),
                (Access::Staff | Access::StaffAndService, "member" | "other member") => {
                    assert_eq!(status, 403, "{what}")
                }
                // Staff read for no family.
                (Access::People, "other member" | "staff") if operation == Operation::MessagesRead => {
                    assert_eq!(status, 404, "{what}");
                }
                (Access::People, "other member") if about_rows => assert_eq!(status, 404, "{what}"),
                _ => assert!(done(status), "{what}"),
            }
        }
    }
}
