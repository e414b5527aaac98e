//! Quiet hours, in a zone whose offset changes between now and the class.

use backend::service::Context;
use backend::service::waitlist::Waitlist;
use backend::wechat::Login;
use backend::{App, sweeps};
use logic::Policy;
use logic::status::Role;
use serde_json::{Value, json};
use test_support::TestApp;

/// The service of `test` in another zone.
fn in_berlin(test: &TestApp) -> App {
    let context = Context { zone: chrono_tz::Europe::Berlin, ..test.app.context.clone() };
    App { waitlist: Waitlist::new(context.clone()), context, ..test.app.clone() }
}

/// Summer time begins in Berlin on 2030-03-31: on the 29th it is still an hour behind the class's day.
#[tokio::test]
async fn quiet_hours_end_by_the_clock_on_the_wall_now() {
    let policy = Policy::from_json(&json!({"quiet_hours": {"from": 1320, "to": 480}})).unwrap();
    let test = TestApp::with(policy, Login::Dev).await;
    test.load(&json!({
        "courses": [{"id": 1, "name": "体操", "category": "gym", "duration_minutes": 60}],
        "schedules": [{"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 1}],
        "accounts": [{"id": 1, "openid": "o1", "role": "member"}, {"id": 2, "openid": "o2", "role": "member"},
                     {"id": 9, "openid": "o9", "role": "staff"}],
        "profiles": [{"id": 1, "account_id": 1, "name": "小满"}, {"id": 2, "account_id": 2, "name": "乐乐"}],
        "bookings": [{"id": 1, "profile_id": 1, "course_schedule_id": 1, "booking_date": "2030-04-01",
                      "status": "booked"}],
    }))
    .await
    .unwrap();
    let (app, listener) = (in_berlin(&test), tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap());
    let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let stop = backend::service::sweep_runner::Stop::never();
    let limits = backend::server::Connections::default();
    tokio::spawn(backend::server::serve(listener, backend::http::service(app.clone()), limits, stop));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    test.at("2030-03-29T05:00:00Z").await;
    let body = json!({"profile_id": 2, "course_schedule_id": 1, "booking_date": "2030-04-01"});
    let joined =
        client.post(format!("{base}/waitlist/join")).bearer_auth(test.token(2, Role::Member)).json(&body);
    assert_eq!(joined.send().await.unwrap().status(), 201);
    let left = client.delete(format!("{base}/bookings/1")).bearer_auth(test.token(1, Role::Member));
    assert_eq!(left.send().await.unwrap().status(), 200);
    let desk =
        client.get(format!("{base}/desk/sessions/1/2030-04-01")).bearer_auth(test.token(9, Role::Staff));
    let desk: Value = desk.send().await.unwrap().json().await.unwrap();
    assert_eq!(desk["queue"][0]["notifiable_at"], "2030-03-29T07:00:00.000Z");

    // 07:30 in Berlin; by the offset of the class's day it would be 08:30.
    test.at("2030-03-29T06:30:00Z").await;
    assert_eq!(sweeps::run_all(&app).await.unwrap()["promoted"], 0);
    test.at("2030-03-29T06:59:59Z").await;
    assert_eq!(sweeps::run_all(&app).await.unwrap()["promoted"], 0);
    test.at("2030-03-29T07:00:00Z").await;
    assert_eq!(sweeps::run_all(&app).await.unwrap()["promoted"], 1);
}
