//! The outbox dispatcher, with a mock of WeChat.

use crate::gym::{Gym, SEND, TOKEN, answers, answers_once, gives_token, login, outgoing, requests, verdict};
use backend::clock::Clock;
use backend::service::Context;
use backend::service::outbox::dispatch;
use backend::service::queue::settle;
use backend::service::sweep_runner::Stop;
use backend::wechat::Messenger;
use backend::wechat::messenger::Outgoing;
use backend::wechat::templates::Templates;
use logic::ids::SessionId;
use logic::policy::QuietHours;
use logic::session::Command;
use logic::status::Role;
use logic::{Minutes, Policy};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use wiremock::matchers::{body_partial_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn send(app: &Context) -> HashMap<&'static str, u64> {
    dispatch(app, &Stop::never()).await.unwrap().into_iter().collect()
}

/// Creates a mock of WeChat and a gym with one entry whose offer is in the outbox.
async fn offered() -> (MockServer, Gym, i64) {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    assert_eq!(gym.outbox().await[0].status, "pending");
    (wechat, gym, entry)
}

async fn bank(gym: &Gym, template: &str) -> Value {
    let body = json!({"results": {template: "accept"}});
    gym.app.post("/api/v1/subscriptions", Some(&gym.token(2)), body).await.expect(200).body
}

async fn banked(gym: &Gym) -> i64 {
    gym.count("SELECT COALESCE(SUM(remaining), 0) * 1 DIV 1 FROM subscription_grant").await
}

#[tokio::test]
async fn an_offer_is_sent_with_the_gyms_template_and_uses_one_consent() {
    let (wechat, gym, entry) = offered().await;
    answers(&wechat, 0, "ok").await;
    bank(&gym, "T-SPOT").await;
    assert_eq!(bank(&gym, "T-SPOT").await, json!({"remaining": {"T-SPOT": 2}}));
    assert_eq!(gym.sweep().await["delivered"], 1);
    let sent = requests(&wechat, SEND).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].url.query(), Some("access_token=token-1"));
    assert_eq!(
        sent[0].body_json::<Value>().unwrap(),
        json!({
            "touser": "o2", "template_id": "T-SPOT", "lang": "zh_CN",
            "page": format!("pages/waitlist/detail?id={entry}"),
            "data": {
                "thing8": {"value": "少儿体操"},
                "name2": {"value": "孩子二"},
                "time5": {"value": "2030年3月4日 08:30"},
            },
        })
    );
    let row = &gym.outbox().await[0];
    assert_eq!((row.status.as_str(), row.attempts, row.delivery.as_deref()), ("sent", 1, Some("delivered")));
    assert_eq!(banked(&gym).await, 1, "one accept buys one message");
    assert_eq!(gym.sweep().await["delivered"], 0, "once");
    // The first attempt succeeded, so the deadline stays.
    assert_eq!(gym.entry(entry).await.1.unwrap(), gym.now().plus(Minutes(30)));
}

/// Covers R2.77.
#[tokio::test]
async fn without_consent_a_message_is_undeliverable_and_the_offer_stands() {
    let (wechat, gym, entry) = offered().await;
    bank(&gym, "T-SPOT").await;
    answers(&wechat, 43101, "user refuse to accept the msg").await;
    let deadline = gym.entry(entry).await.1;
    assert_eq!(gym.sweep().await["undeliverable"], 1);
    gym.advance(120).await;
    assert_eq!(gym.sweep().await["undeliverable"], 0, "never tried again");
    let row = &gym.outbox().await[0];
    assert_eq!((row.status.as_str(), row.delivery.as_deref()), ("undeliverable", Some("undeliverable")));
    assert_eq!(gym.entry(entry).await, ("notified".to_owned(), deadline));
    assert_eq!(banked(&gym).await, 0, "WeChat knows better");
    gym.respond(2, entry, "confirm").await;
}

#[tokio::test]
async fn a_refused_field_is_named() {
    let (wechat, gym, _) = offered().await;
    answers(&wechat, 47003, "argument invalid! data.thing8.value invalid rid: 65f").await;
    assert_eq!(gym.sweep().await["failed"], 1);
    let row = &gym.outbox().await[0];
    assert_eq!((row.status.as_str(), row.delivery.as_deref()), ("failed", Some("failed")));
    assert!(row.last_error.as_deref().unwrap().contains("thing8"), "{row:?}");
    assert_eq!(requests(&wechat, SEND).await.len(), 1);
}

#[tokio::test]
async fn other_refusals_are_permanent() {
    let (wechat, gym, _) = offered().await;
    answers(&wechat, 40037, "invalid template_id").await;
    assert_eq!(gym.sweep().await["failed"], 1);
    assert!(gym.outbox().await[0].last_error.as_deref().unwrap().contains("40037"));
}

#[tokio::test]
async fn a_late_acceptance_moves_the_deadline() {
    for fault in [verdict(45009, "reach max api daily quota limit"), ResponseTemplate::new(502)] {
        let (wechat, gym, entry) = offered().await;
        answers_once(&wechat, fault).await;
        answers(&wechat, 0, "ok").await;
        assert_eq!(gym.sweep().await["retried"], 1);
        let row = &gym.outbox().await[0];
        assert_eq!((row.status.as_str(), row.delivery.as_deref()), ("pending", Some("pending")));
        assert!(row.not_before.timestamp_millis() > gym.now().millis(), "later");
        assert_eq!(gym.sweep().await["delivered"], 0, "not before its time");
        gym.advance(60).await;
        assert_eq!(gym.sweep().await["delivered"], 1);
        let moved = gym.now().plus(Minutes(30));
        assert_eq!(
            gym.entry(entry).await,
            ("notified".to_owned(), Some(moved)),
            "30 minutes from acceptance"
        );
        let told = gym
            .count("SELECT CAST(UNIX_TIMESTAMP(response_deadline) AS SIGNED) FROM waitlist_notification")
            .await;
        assert_eq!(told * 1000, moved.millis());
        // WeChat's message and the list of notifications show the new deadline.
        let sent = requests(&wechat, SEND).await;
        let until =
            |number: usize| sent[number].body_json::<Value>().unwrap()["data"]["time5"]["value"].clone();
        assert_eq!((until(0), until(1)), (json!("2030年3月4日 08:30"), json!("2030年3月4日 08:31")));
        let shown =
            gym.app.get(&format!("/api/v1/waitlist/{entry}/notifications"), Some(&gym.token(2))).await;
        let text = shown.expect(200).body["items"][0]["message_content"].to_string();
        assert!(text.contains("请在 3月4日 周一 08:31 前确认"), "{text}");
        let said = gym.app.get("/api/v1/messages/my", Some(&gym.token(2))).await.expect(200).body;
        assert_eq!(said["items"][0]["text"].to_string(), text, "the list says the same");
        // The reminder and the expiry move, too.
        gym.advance(20 * 60 - 1).await;
        assert_eq!(gym.sweep().await["reminded"], 0);
        gym.advance(1).await;
        assert_eq!(gym.sweep().await["reminded"], 1);
        gym.advance(10 * 60).await;
        gym.respond(2, entry, "confirm").await;
    }
}

/// Covers R2.76.
#[tokio::test]
async fn a_late_acceptance_never_moves_the_deadline_past_the_cutoff() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers_once(&wechat, ResponseTemplate::new(500)).await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let entry = gym.join(2).await;
    // An offer at the last notification time ends at the cutoff, six hours before class.
    gym.app.at("2030-03-05T03:30:00.000Z").await;
    gym.free_the_seat().await;
    let deadline = gym.entry(entry).await.1;
    gym.sweep().await;
    gym.advance(60).await;
    assert_eq!(gym.sweep().await["delivered"], 1);
    assert_eq!(gym.entry(entry).await.1, deadline);
}

/// Covers R8.7.
#[tokio::test]
async fn the_deadline_stays_where_another_guardian_was_told_at_once() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers_once(&wechat, ResponseTemplate::new(500)).await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    sqlx::query("INSERT INTO guardian (profile_id, account_id, since) VALUES (2, 1, '2030-03-01')")
        .execute(&mut *gym.db().await)
        .await
        .unwrap();
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    let deadline = gym.entry(entry).await.1;
    let sent = gym.sweep().await;
    assert_eq!((&sent["delivered"], &sent["retried"]), (&1.into(), &1.into()));
    gym.advance(60).await;
    assert_eq!(gym.sweep().await["delivered"], 1, "to the other one");
    assert_eq!(gym.entry(entry).await.1, deadline);
    let delivery: String = sqlx::query_scalar("SELECT delivery FROM message WHERE kind = 'spot_available'")
        .fetch_one(&mut *gym.db().await)
        .await
        .unwrap();
    assert_eq!(delivery, "delivered");
}

#[tokio::test]
async fn retries_end_with_the_offer() {
    let (wechat, gym, entry) = offered().await;
    answers(&wechat, -1, "system error").await;
    for _ in 0..40 {
        gym.sweep().await;
        gym.advance(60).await;
    }
    let row = &gym.outbox().await[0];
    assert!((25..=31).contains(&row.attempts), "one a minute, for half an hour: {row:?}");
    assert_ne!(row.status, "pending");
    assert_eq!(row.delivery.as_deref(), Some("failed"));
    assert_eq!(gym.entry(entry).await.0, "expired", "by its first deadline");
    let last = requests(&wechat, SEND).await.len();
    gym.advance(3600).await;
    gym.sweep().await;
    assert_eq!(requests(&wechat, SEND).await.len(), last);
}

#[tokio::test]
async fn a_message_about_an_ended_offer_is_not_sent() {
    let (wechat, gym, entry) = offered().await;
    answers_once(&wechat, ResponseTemplate::new(500)).await;
    answers(&wechat, 0, "ok").await;
    assert_eq!(gym.sweep().await["retried"], 1);
    gym.respond(2, entry, "decline").await;
    gym.advance(60).await;
    assert_eq!(gym.sweep().await["cancelled"], 1);
    let row = &gym.outbox().await[0];
    assert_eq!((row.status.as_str(), row.delivery.as_deref()), ("cancelled", Some("failed")));
    assert_eq!(row.last_error.as_deref(), Some("the offer is no longer open"));
    assert_eq!(deliveries(&gym, 2).await, [("spot_available".to_owned(), "failed".to_owned())]);
    assert_eq!(requests(&wechat, SEND).await.len(), 1);
}

#[tokio::test]
async fn an_offer_whose_row_has_no_deadline_is_a_fault_and_not_an_ended_offer() {
    let (wechat, gym, _) = offered().await;
    answers(&wechat, 0, "ok").await;
    sqlx::query("UPDATE waitlist SET response_deadline = NULL").execute(&mut *gym.db().await).await.unwrap();
    assert_eq!(send(&gym.app.app).await, HashMap::from([("set_aside", 1)]));
    assert_eq!(gym.outbox().await[0].status, "pending", "it is not cancelled");
    assert!(requests(&wechat, SEND).await.is_empty());
}

/// Returns the kinds and deliveries of the messages in a member's list, newest first.
async fn deliveries(gym: &Gym, member: i64) -> Vec<(String, String)> {
    let list = gym.app.get("/api/v1/messages/my", Some(&gym.token(member))).await.expect(200).body;
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| (text(item, "kind"), text(item, "delivery"))).collect()
}

#[tokio::test]
async fn a_message_without_a_template_stands_in_the_app_alone() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let entry = gym.join(2).await;
    gym.app.delete(&format!("/api/v1/waitlist/{entry}"), Some(&gym.token(2))).await.expect(200);
    assert_eq!(deliveries(&gym, 2).await, [("waitlist_left".to_owned(), "app_only".to_owned())]);
    let shown = gym.app.get(&format!("/api/v1/waitlist/{entry}/notifications"), Some(&gym.token(2))).await;
    assert_eq!(shown.expect(200).body["items"][0]["delivery"], "failed");
    assert!(gym.outbox().await.is_empty());
    gym.sweep().await;
    assert!(requests(&wechat, SEND).await.is_empty());
}

#[tokio::test]
async fn a_kind_that_gets_a_template_is_sent_from_then_on() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let text = br#"{"offer_expired": {"id": "T-GONE", "fields": {"course": "thing1", "note": "thing2"}}}"#;
    let outgoing = Outgoing { templates: Some(Templates::read(text).unwrap()), ..outgoing() };
    let gym = Gym::sending_with(&wechat, outgoing, Policy::default(), 2).await;
    gym.join(2).await;
    gym.free_the_seat().await;
    gym.advance(1801).await;
    gym.sweep().await;
    let [expired, offer] = ["offer_expired", "spot_available"].map(str::to_owned);
    assert_eq!(
        deliveries(&gym, 2).await,
        [(expired, "delivered".to_owned()), (offer, "app_only".to_owned())]
    );
    let sent = requests(&wechat, SEND).await;
    assert_eq!(sent.len(), 1);
    let sent = sent[0].body_json::<Value>().unwrap();
    assert_eq!(
        (&sent["template_id"], &sent["data"]["thing1"]["value"]),
        (&json!("T-GONE"), &json!("少儿体操"))
    );
}

#[tokio::test]
async fn quiet_hours_keep_back_the_phone_alone() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let quiet_hours = Some(QuietHours { from: 22 * 60, to: 7 * 60 });
    let policy = Policy { quiet_hours, ..Policy::default() };
    let gym = Gym::sending_with(&wechat, outgoing(), policy, 2).await;
    gym.join(2).await;
    // 23:00 in Shanghai.
    let night = "2030-03-04T15:00:00.000Z";
    gym.app.at(night).await;
    let session = SessionId(gym.count("SELECT id FROM class_session").await);
    settle(&gym.app.app, session, Command::CallOff, gym.now()).await.unwrap();
    let said = async || {
        let list = gym.app.get("/api/v1/messages/my", Some(&gym.token(2))).await.expect(200).body;
        assert_eq!((&list["items"][0]["kind"], &list["unread"]), (&json!("class_cancelled"), &json!(1)));
        assert_eq!(list["items"][0]["said_at"], night);
        list["items"][0]["delivery"].as_str().unwrap().to_owned()
    };
    assert_eq!(said().await, "pending");
    gym.app.at("2030-03-04T22:59:59.000Z").await;
    assert_eq!(gym.sweep().await["delivered"], 0, "06:59:59");
    assert_eq!((said().await.as_str(), requests(&wechat, SEND).await.len()), ("pending", 0));
    gym.app.at("2030-03-04T23:00:00.000Z").await;
    assert_eq!(gym.sweep().await["delivered"], 2, "07:00:00, and to the family that had booked");
    assert_eq!(said().await, "delivered");
}

#[tokio::test]
async fn the_list_says_whether_a_message_reached_the_phone() {
    for (answer, delivery) in [(0, "delivered"), (43101, "undeliverable"), (40037, "failed")] {
        let (wechat, gym, _) = offered().await;
        assert_eq!(deliveries(&gym, 2).await, [("spot_available".to_owned(), "pending".to_owned())]);
        answers(&wechat, answer, "").await;
        gym.sweep().await;
        assert_eq!(deliveries(&gym, 2).await, [("spot_available".to_owned(), delivery.to_owned())]);
    }
}

#[tokio::test]
async fn a_message_whose_notification_was_settled_already_is_not_sent_again() {
    let (wechat, gym, _) = offered().await;
    answers(&wechat, 0, "ok").await;
    sqlx::query("UPDATE waitlist_notification SET delivery = 'failed'")
        .execute(&mut *gym.db().await)
        .await
        .unwrap();
    assert_eq!(gym.sweep().await["delivered"], 1);
    let row = &gym.outbox().await[0];
    assert_eq!((row.status.as_str(), row.delivery.as_deref()), ("sent", Some("failed")), "left as it was");
    gym.sweep().await;
    assert_eq!(requests(&wechat, SEND).await.len(), 1);
}

/// Inserts rows of the outbox directly, because twenty waitlists would be slow to set up.
async fn many_messages(gym: &Gym, messages: usize) {
    for n in 0..messages {
        sqlx::query(
            "INSERT INTO outbox (account_id, openid, template, page, data, created_at, not_before, give_up_at) \
             VALUES (2, ?, 'class_cancelled', 'p', '{}', ?, ?, ?)",
        )
        .bind(format!("o-{n}"))
        .bind(chrono::DateTime::<chrono::Utc>::from(gym.now()))
        .bind(chrono::DateTime::<chrono::Utc>::from(gym.now()))
        .bind(chrono::DateTime::<chrono::Utc>::from(gym.now().plus(Minutes(600))))
        .execute(&mut *gym.db().await)
        .await
        .unwrap();
    }
}

async fn receivers(wechat: &MockServer) -> Vec<String> {
    let mut receivers: Vec<String> = requests(wechat, SEND)
        .await
        .iter()
        .map(|request| request.body_json::<Value>().unwrap()["touser"].as_str().unwrap().to_owned())
        .collect();
    receivers.sort();
    receivers
}

/// Returns another context over the same database and clock, with its own WeChat client and token.
fn another(gym: &Gym, wechat: &MockServer) -> Context {
    let messenger = Arc::new(Messenger::new(&login(wechat), outgoing()));
    Context { messenger, ..gym.app.app.context.clone() }
}

#[tokio::test]
async fn two_dispatchers_at_once_send_each_message_once() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 150).await;
    let (one, two) = (another(&gym, &wechat), another(&gym, &wechat));
    let (first, second) = tokio::join!(send(&one), send(&two));
    let delivered = |counts: &HashMap<_, u64>| counts.get("delivered").copied().unwrap_or(0);
    assert_eq!(delivered(&first) + delivered(&second), 150);
    let receivers = receivers(&wechat).await;
    let mut distinct = receivers.clone();
    distinct.dedup();
    assert_eq!((receivers.len(), distinct.len()), (150, 150));
}

#[tokio::test]
async fn a_killed_dispatchers_messages_are_sent_by_another_after_the_lease() {
    let wechat = MockServer::start().await;
    // The first dispatcher never gets its token and dies with its rows claimed.
    let stuck = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(path(TOKEN)).respond_with(stuck).up_to_n_times(1).with_priority(1).mount(&wechat).await;
    gives_token(&wechat, "token-2").await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 20).await;
    let doomed = another(&gym, &wechat);
    let task = tokio::spawn(async move { send(&doomed).await });
    while requests(&wechat, TOKEN).await.is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());

    // A service whose clock is ahead takes nothing: the lease is the database's.
    let clock = Clock::of_the_service(&gym.app.app.pool).await.unwrap();
    clock.as_dev().unwrap().advance(90).await.unwrap();
    let survivor = Context { clock, ..another(&gym, &wechat) };
    assert!(send(&survivor).await.is_empty(), "the lease lives");
    sqlx::query("UPDATE outbox SET claimed_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND")
        .execute(&gym.app.app.pool)
        .await
        .unwrap();
    assert_eq!(send(&survivor).await["delivered"], 20);
    let sent = receivers(&wechat).await;
    let mut distinct = sent.clone();
    distinct.dedup();
    assert_eq!((sent.len(), distinct.len()), (20, 20));
}

#[tokio::test]
async fn a_dispatcher_that_is_asked_to_stop_gives_its_rows_back() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 5).await;
    // With one message a second, the others still wait when the stop comes.
    let slow = Outgoing { rate: 1.try_into().unwrap(), ..outgoing() };
    let messenger = Arc::new(Messenger::new(&login(&wechat), slow));
    let app = Context { messenger, ..gym.app.app.context.clone() };
    let (tell, told) = tokio::sync::watch::channel(false);
    let stop = Stop::new(told);
    let task = tokio::spawn(async move { dispatch(&app, &stop).await.unwrap() });
    while requests(&wechat, SEND).await.is_empty() {
        tokio::task::yield_now().await;
    }
    tell.send(true).unwrap();
    let sent = task.await.unwrap()["delivered"];
    assert!(sent < 5, "{sent}");
    let rest = send(&another(&gym, &wechat)).await["delivered"];
    assert_eq!(sent + rest, 5, "no lease stands in the way");
    let tries = gym.count("SELECT CAST(MAX(attempts) AS SIGNED) FROM outbox").await;
    assert_eq!(tries, 1, "a row given back was not attempted");
}

#[tokio::test]
async fn all_callers_share_one_token() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 60).await;
    assert_eq!(gym.sweep().await["delivered"], 60);
    let asked = requests(&wechat, TOKEN).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].body_json::<Value>().unwrap(),
        json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s3cret", "force_refresh": false})
    );
}

#[tokio::test]
async fn a_token_said_to_live_for_ever_is_used_and_breaks_nothing() {
    let wechat = MockServer::start().await;
    let granted = json!({"access_token": "token-1", "expires_in": u64::MAX});
    Mock::given(path(TOKEN))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .mount(&wechat)
        .await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 1).await;
    assert_eq!(gym.sweep().await["delivered"], 1);
}

/// Two messages to one member at once: WeChat refuses the second (43108). It passes, and goes out later.
#[tokio::test]
async fn a_message_that_met_another_one_is_sent_again() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers_once(&wechat, verdict(43108, "concurrent")).await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 1).await;
    assert_eq!(gym.sweep().await["retried"], 1);
    gym.advance(5).await;
    assert_eq!(gym.sweep().await["delivered"], 1);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let wechat = MockServer::start().await;
    let grant = |token, seconds: u32| {
        ResponseTemplate::new(200).set_body_json(json!({"access_token": token, "expires_in": seconds}))
    };
    let old = Mock::given(path(TOKEN)).respond_with(grant("old", 299));
    old.up_to_n_times(1).with_priority(1).mount(&wechat).await;
    Mock::given(path(TOKEN)).respond_with(grant("new", 7200)).mount(&wechat).await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    for _ in 0..3 {
        many_messages(&gym, 1).await;
        gym.sweep().await;
    }
    let tokens: Vec<_> =
        requests(&wechat, SEND).await.iter().map(|r| r.url.query().unwrap().to_owned()).collect();
    assert_eq!(tokens, ["access_token=old", "access_token=new", "access_token=new"]);
    assert_eq!(requests(&wechat, TOKEN).await.len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_for_all_callers() {
    for code in [40001, 42001] {
        let wechat = MockServer::start().await;
        let forced = Mock::given(path(TOKEN)).and(body_partial_json(json!({"force_refresh": true})));
        let granted = json!({"access_token": "good", "expires_in": 7200});
        forced
            .respond_with(ResponseTemplate::new(200).set_body_json(granted))
            .with_priority(1)
            .mount(&wechat)
            .await;
        gives_token(&wechat, "stale").await;
        let stale = Mock::given(method("POST")).and(path(SEND)).and(query_param("access_token", "stale"));
        stale.respond_with(verdict(code, "access_token expired")).with_priority(1).mount(&wechat).await;
        answers(&wechat, 0, "ok").await;
        let gym = Gym::sending_to(&wechat, 2).await;
        many_messages(&gym, 30).await;
        let done = gym.sweep().await;
        assert_eq!((&done["delivered"], &done["retried"]), (&30.into(), &0.into()), "{code}");
        assert_eq!(requests(&wechat, TOKEN).await.len(), 2, "{code}: one token, and one forced");
    }
}

#[tokio::test]
async fn a_failed_refresh_is_retried_later_and_not_repeated_at_once() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "stale").await;
    answers(&wechat, 40001, "invalid credential").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    many_messages(&gym, 10).await;
    assert_eq!(gym.sweep().await["retried"], 10);
    let forced: Vec<_> = requests(&wechat, TOKEN)
        .await
        .into_iter()
        .filter(|r| r.body_json::<Value>().unwrap()["force_refresh"] == true)
        .collect();
    assert_eq!(forced.len(), 1);
}

#[tokio::test]
async fn stored_errors_contain_neither_the_secret_nor_the_token() {
    let gym = {
        let wechat = MockServer::start().await;
        let gym = Gym::sending_to(&wechat, 2).await;
        gym.join(2).await;
        gym.free_the_seat().await;
        gym
    };
    // The server no longer answers.
    assert_eq!(gym.sweep().await["retried"], 1);
    let error = gym.outbox().await[0].last_error.clone().unwrap();
    assert!(!error.contains("s3cret") && !error.contains("access_token="), "{error}");
    let token = gym.app.token(2, Role::Member);
    assert!(!error.contains(&token));
}
