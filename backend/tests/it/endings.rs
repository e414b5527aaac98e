//! What families are told when credit, a right to a makeup, an offer or a class ends, and when a right begins.

use crate::makeup_gym::*;
use logic::Policy;
use logic::status::Role;
use serde_json::{Value, json};

const WEDNESDAY: &str = "2030-03-06";

/// Returns the messages of a kind to a child, newest first.
async fn told(gym: &Gym, child: i64, kind: &str) -> Vec<Value> {
    let list = gym.get(child, &format!("/messages/my?limit=100&profile_id={child}")).await;
    list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).cloned().collect()
}

async fn sweep(gym: &Gym) -> Value {
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body
}

/// What others do to its places is told, and of what it does itself that it left a waitlist.
#[tokio::test]
async fn what_a_family_does_itself_makes_no_message_but_one() {
    let gym = Gym::new().await;
    // A booking that is cancelled, and one that takes leave; a makeup with credit, which pays for a booking, and is
    // cancelled with it.
    let booking = id(&gym.book(CHILD, SAME, "2030-03-07", false).await.expect(201).body);
    gym.cancel(CHILD, booking).await.expect(200);
    let booking = id(&gym.book(CHILD, LONG, "2030-03-08", false).await.expect(201).body);
    gym.post(CHILD, &format!("/bookings/{booking}/leave"), json!({})).await.expect(200);
    let makeup = id(&gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    let paid = id(&gym.book(CHILD, HALF_HOUR, "2030-03-09", true).await.expect(201).body);
    gym.cancel(CHILD, paid).await.expect(200);
    gym.cancel_makeup(CHILD, makeup).await.expect(200);
    // An offer that it declines, one that it takes after joining again, and a place in a queue that it leaves.
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    let place = json!({"profile_id": CHILD, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
    let entry = id(&gym.post(CHILD, "/waitlist/join", place.clone()).await.expect(201).body);
    gym.cancel(FRIEND, taken).await.expect(200);
    let decline = json!({"action": "decline"});
    gym.put(CHILD, &format!("/waitlist/{entry}/respond"), decline).await.expect(200);
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    gym.post(CHILD, "/waitlist/join", place.clone()).await.expect(201);
    gym.delete(CHILD, &format!("/waitlist/{entry}")).await.expect(200);
    gym.app.at("2030-03-04T02:00:00.000Z").await;
    gym.post(CHILD, "/waitlist/join", place).await.expect(201);
    gym.cancel(FRIEND, taken).await.expect(200);
    gym.confirm(CHILD, entry).await.expect(200);
    let list = gym.get(CHILD, "/messages/my").await;
    let kinds: Vec<_> = list["items"].as_array().unwrap().iter().map(|said| said["kind"].clone()).collect();
    assert_eq!(kinds, ["spot_available", "waitlist_left", "spot_available"]);
    assert_eq!(gym.get(FRIEND, "/messages/my").await["items"], json!([]));
    gym.close().await;
}

#[tokio::test]
async fn credit_that_expires_is_told_once() {
    let gym = Gym::new().await;
    gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201);
    assert_eq!(told(&gym, CHILD, "credit_granted").await, [] as [Value; 0], "the family made it up itself");
    let grant = gym.balance(CHILD).await["grants"][0]["id"].clone();
    gym.app.at("2030-03-17T23:59:59.999Z").await;
    sweep(&gym).await;
    assert!(told(&gym, CHILD, "credit_expired").await.is_empty());
    gym.app.at("2030-03-18T00:00:01.000Z").await;
    // A read that must not show a dead grant as alive expires it, as the sweep would.
    gym.balance(CHILD).await;
    sweep(&gym).await;
    let said = told(&gym, CHILD, "credit_expired").await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["text"], "小满有30分钟补偿时长已于 3月18日 周一 08:00 到期");
    assert_eq!(
        (&said[0]["subject"], &said[0]["delivery"]),
        (&json!({ "grant_id": grant }), &json!("app_only"))
    );
    gym.close().await;
}

#[tokio::test]
async fn a_right_to_a_makeup_that_ends_unused_is_told_once() {
    let gym = Gym::new().await;
    // The child makes its leave up; its older leave and the sibling's leave stay owed.
    gym.make_up(CHILD, LEAVE, LONG, "2030-03-08").await.expect(201);
    gym.app.at("2030-03-18T10:00:00.000Z").await;
    assert_eq!(sweep(&gym).await["makeups_ended"], 1, "the older one; a right's last instant belongs to it");
    gym.app.at("2030-03-18T10:00:00.001Z").await;
    assert_eq!(sweep(&gym).await["makeups_ended"], 1);
    assert_eq!(sweep(&gym).await["makeups_ended"], 0);
    let of = |booking: i64, date: &str| json!({"booking_id": booking, "course_schedule_id": MISSED, "booking_date": date});
    let child = told(&gym, CHILD, "makeup_expired").await;
    assert_eq!(child.len(), 1, "what was made up has not ended unused");
    assert_eq!(
        child[0]["text"],
        "小满缺的课（2月25日 周一 18:00）没有补上，补课资格已于 3月11日 周一 18:00 到期"
    );
    assert_eq!(child[0]["subject"], of(OLD_LEAVE, "2030-02-25"));
    let sibling = told(&gym, SIBLING, "makeup_expired").await;
    assert_eq!(
        sibling.iter().map(|said| said["subject"].clone()).collect::<Vec<_>>(),
        [of(SIBLINGS_LEAVE, "2030-03-04")]
    );
    gym.close().await;
}

#[tokio::test]
async fn a_right_that_ended_long_ago_is_no_news() {
    let gym = Gym::new().await;
    gym.app.at("2030-03-30T00:00:00.000Z").await;
    assert_eq!(sweep(&gym).await["makeups_ended"], 0);
    assert!(told(&gym, CHILD, "makeup_expired").await.is_empty());
}

#[tokio::test]
async fn an_absence_that_may_be_made_up_is_told() {
    let gym = Gym::with(Policy { makeup_for_absence: true, ..Policy::default() }).await;
    let booking = id(&gym.book(CHILD, SHORT, WEDNESDAY, false).await.expect(201).body);
    gym.app.at("2030-03-06T12:00:00.000Z").await;
    let staff = gym.app.token(9, Role::Staff);
    let path = format!("/api/v1/bookings/{booking}/attendance");
    let attend = async |status: &str| {
        gym.app.post(&path, Some(&staff), json!({ "status": status })).await.expect(200);
        told(&gym, CHILD, "makeup_granted").await
    };
    assert!(attend("completed").await.is_empty());
    let said = attend("absent").await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["text"], "小满缺的课（3月6日 周三 18:00）可以在 3月20日 周三 18:00 前补课");
    assert_eq!(
        said[0]["subject"],
        json!({"booking_id": booking, "course_schedule_id": SHORT, "booking_date": WEDNESDAY})
    );
    assert_eq!(attend("absent").await.len(), 1, "a repeat is no news");
    gym.close().await;
}

#[tokio::test]
async fn an_absence_that_earns_nothing_is_not_told() {
    let gym = Gym::new().await;
    let booking = id(&gym.book(CHILD, SHORT, WEDNESDAY, false).await.expect(201).body);
    gym.app.at("2030-03-06T12:00:00.000Z").await;
    let staff = gym.app.token(9, Role::Staff);
    let path = format!("/api/v1/bookings/{booking}/attendance");
    gym.app.post(&path, Some(&staff), json!({"status": "absent"})).await.expect(200);
    let list = gym.get(CHILD, "/messages/my").await;
    assert_eq!(list["items"], json!([]));
}

/// Covers R2.57.
#[tokio::test]
async fn an_offer_that_is_void_when_it_is_confirmed_is_told_once() {
    let gym = Gym::new().await;
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    let entry = id(&gym.wait_to_make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    gym.cancel(FRIEND, taken).await.expect(200);
    gym.make_up(CHILD, LEAVE, LONG, "2030-03-08").await.expect(201);
    for _ in 0..2 {
        gym.confirm(CHILD, entry).await.expect(409);
    }
    let said = told(&gym, CHILD, "offer_withdrawn").await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["text"], "小满的课（3月6日 周三 18:00）：要补的课已另补或已过期，名额已收回");
    assert_eq!(said[0]["subject"]["waitlist_id"], entry);
    gym.close().await;
}

#[tokio::test]
async fn a_class_that_is_called_off_is_told_once_with_what_it_leaves() {
    let gym = Gym::new().await;
    // The friend has an ordinary booking, the child a makeup; the sibling waits and is offered a seat.
    gym.book(FRIEND, LONG, "2030-03-08", false).await.expect(201);
    let makeup = id(&gym.make_up(CHILD, LEAVE, LONG, "2030-03-08").await.expect(201).body);
    let body = json!({"profile_id": SIBLING, "course_schedule_id": LONG, "booking_date": "2030-03-08"});
    let entry = id(&gym.post(SIBLING, "/waitlist/join", body).await.expect(201).body);
    let staff = gym.app.token(9, Role::Staff);
    let class = format!("/api/v1/sessions/{LONG}/2030-03-08");
    gym.app.put(&format!("{class}/capacity"), Some(&staff), json!({"capacity": 3})).await.expect(200);
    for _ in 0..2 {
        gym.app.post(&format!("{class}/cancel"), Some(&staff), json!({})).await.expect(200);
    }
    let of = async |child: i64| {
        let list = gym.get(child, &format!("/messages/my?profile_id={child}")).await;
        let items: Vec<Value> = list["items"].as_array().unwrap().clone();
        let others = items.iter().filter(|said| said["kind"] != "class_cancelled");
        let others: Vec<Value> = others.map(|said| said["kind"].clone()).collect();
        let mut called_off = items.into_iter().filter(|said| said["kind"] == "class_cancelled");
        let said = called_off.next().unwrap();
        assert!(called_off.next().is_none(), "told once");
        (
            said["text"].as_str().unwrap().split_once('：').unwrap().1.to_owned(),
            said["subject"].clone(),
            others,
        )
    };
    let (text, _, others) = of(FRIEND).await;
    assert_eq!(text, "本节课已由场馆取消，敬请谅解。可以在 3月22日 周五 18:00 前补课");
    assert!(others.is_empty());
    let (text, subject, others) = of(CHILD).await;
    assert_eq!(text, "本节课已由场馆取消，敬请谅解。缺的课可以另补");
    assert_eq!(
        subject,
        json!({"booking_id": gym.place(makeup).await, "course_schedule_id": LONG, "booking_date": "2030-03-08"})
    );
    assert!(others.is_empty());
    let (text, subject, others) = of(SIBLING).await;
    assert_eq!(text, "本节课已由场馆取消，敬请谅解");
    assert_eq!(
        (&subject["waitlist_id"], others),
        (&json!(entry), vec![json!("spot_available")]),
        "one, not two"
    );
    gym.close().await;
}
