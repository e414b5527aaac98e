//! Guardians of a child: claiming it with a code, acting for it, being told, leaving.

use crate::gym::{Gym, place};
use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::Answer;

/// The first guardian of child 11 is account 1 (`ma`); account 2 is `pa`, 3 is staff.
const GUARDIANS: &str = "/profiles/11/guardians";

impl Gym {
    async fn code(&self, who: &str, profile: i64) -> String {
        let path = format!("/profiles/{profile}/claim-code");
        let answer = self.post(who, &path, json!({})).await.expect(200).body;
        answer["code"].as_str().unwrap().to_owned()
    }

    async fn claim(&self, who: &str, code: &str) -> Answer {
        self.post(who, "/profiles/claim", json!({ "code": code })).await
    }

    /// Makes `pa` a guardian of child 11 too.
    async fn invite_pa(&self) {
        let code = self.code(&self.ma, 11).await;
        self.claim(&self.pa, &code).await.expect(200);
    }

    async fn guardians(&self) -> Vec<(i64, bool, bool)> {
        let body = self.get(&self.coach, GUARDIANS).await.expect(200).body;
        let items = body["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                let [first, told] = ["first", "told"].map(|field| item[field].as_bool().unwrap());
                (item["account_id"].as_i64().unwrap(), first, told)
            })
            .collect()
    }

    async fn with_key(&self, method: Method, who: &str, path: &str, body: Value, key: &str) -> Answer {
        let request = self.app.request(method, &format!("/api/v1{path}"), Some(who)).json(&body);
        self.app.send(request.header("idempotency-key", key)).await
    }
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// R8.3, R8.4.
#[tokio::test]
async fn a_code_makes_its_user_a_guardian_once() {
    let gym = Gym::open().await;
    let first = gym.code(&gym.ma, 11).await;
    assert!(first.len() == 8 && first.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c)), "{first}");
    let answer = gym.post(&gym.ma, "/profiles/11/claim-code", json!({})).await.expect(200).body;
    assert_eq!(answer["expires_at"], "2030-03-07T00:00:00.000Z", "72 hours");
    gym.claim(&gym.pa, &first).await.expect(404);
    let code = answer["code"].as_str().unwrap().to_lowercase();
    let written = format!("{}-{}", &code[..4], &code[4..]);
    assert_eq!(gym.claim(&gym.pa, &written).await.expect(200).body, json!({"id": 11, "name": "小满"}));
    assert_eq!(gym.claim(&gym.pa, &code).await.expect(200).body["id"], 11, "the same account again");
    gym.claim(&gym.app.token(3, Role::Staff), &code).await.expect(404);
    assert_eq!(gym.guardians().await, [(1, true, true), (2, false, true)]);
    assert_eq!(names(&gym.get(&gym.pa, "/profiles").await), ["小满", "小寒", "小暑", "立秋"]);
    let another = gym.code(&gym.ma, 11).await;
    gym.claim(&gym.pa, &another).await.expect(200);
    assert_eq!(gym.count("SELECT COUNT(*) FROM claim_code WHERE used_by IS NULL").await, 1, "unused");
}

/// R8.3.
#[tokio::test]
async fn a_code_counts_at_its_last_instant_and_not_after() {
    let gym = Gym::open().await;
    let code = gym.code(&gym.ma, 11).await;
    gym.app.at("2030-03-07T00:00:00.001Z").await;
    gym.claim(&gym.pa, &code).await.expect(404);
    let gym = Gym::open().await;
    let code = gym.code(&gym.ma, 11).await;
    gym.app.at("2030-03-07T00:00:00.000Z").await;
    gym.claim(&gym.pa, &code).await.expect(200);
}

/// R8.1, R8.4.
#[tokio::test]
async fn a_child_of_nobody_gets_its_first_guardian_and_no_seventh() {
    let gym = Gym::open().await;
    let accounts: Vec<Value> =
        (41..=47).map(|id| json!({"id": id, "openid": format!("p{id}"), "role": "member"})).collect();
    gym.app.load(&json!({"accounts": accounts, "profiles": [{"id": 31, "name": "谷雨"}]})).await.unwrap();
    gym.post(&gym.ma, "/profiles/31/claim-code", json!({})).await.expect(404);
    for account in 41..=46 {
        let code = gym.code(&gym.coach, 31).await;
        gym.claim(&gym.app.token(account, Role::Member), &code).await.expect(200);
    }
    let first = gym.count("SELECT account_id FROM profile WHERE id = 31").await;
    assert_eq!(first, 41);
    let code = gym.code(&gym.coach, 31).await;
    let refused = gym.claim(&gym.app.token(47, Role::Member), &code).await.expect(409);
    assert_eq!(refused.code(), "too_many_guardians");
    gym.delete(&gym.coach, "/profiles/31/guardians/46").await.expect(200);
    gym.claim(&gym.app.token(47, Role::Member), &code).await.expect(404);
    // A file takes no guardian away, and makes none where there are some.
    gym.app.load(&json!({"profiles": [{"id": 31, "account_id": 47, "name": "谷雨"}]})).await.unwrap();
    assert_eq!(gym.count("SELECT COUNT(*) FROM guardian WHERE profile_id = 31").await, 5);
}

/// R8.5.
#[tokio::test]
async fn the_eleventh_wrong_code_within_an_hour_waits() {
    let gym = Gym::open().await;
    for _ in 0..10 {
        gym.claim(&gym.pa, "BBBBBBBB").await.expect(404);
        gym.advance(60).await;
    }
    let code = gym.code(&gym.ma, 11).await;
    let waits = gym.claim(&gym.pa, &code).await.expect(429);
    assert_eq!((waits.code(), waits.header("retry-after")), ("rate_limited", "3000"));
    gym.claim(&gym.app.token(3, Role::Staff), "BBBBBBBB").await.expect(404);
    gym.advance(2999).await;
    gym.claim(&gym.pa, &code).await.expect(429);
    gym.advance(1).await;
    gym.claim(&gym.pa, &code).await.expect(200);
}

/// R8.5.
#[tokio::test]
async fn wrong_codes_of_many_accounts_are_counted_for_their_address() {
    let gym = Gym::open().await;
    let accounts: Vec<Value> =
        (41..=47).map(|id| json!({"id": id, "openid": format!("p{id}"), "role": "member"})).collect();
    gym.app.load(&json!({ "accounts": accounts })).await.unwrap();
    for account in 41..=46 {
        for _ in 0..10 {
            gym.claim(&gym.app.token(account, Role::Member), "BBBBBBBB").await.expect(404);
        }
    }
    gym.claim(&gym.app.token(47, Role::Member), "BBBBBBBB").await.expect(429);
}

#[tokio::test]
async fn a_wrong_code_repeated_by_its_key_is_answered_as_before_and_not_counted() {
    let gym = Gym::open().await;
    let wrong = json!({"code": "BBBBBBBB"});
    for _ in 0..20 {
        gym.with_key(Method::POST, &gym.pa, "/profiles/claim", wrong.clone(), "k").await.expect(404);
    }
    assert_eq!(gym.count("SELECT COUNT(*) FROM claim_failure").await, 1);
    let code = gym.code(&gym.ma, 11).await;
    let right = json!({ "code": code });
    let other = gym.with_key(Method::POST, &gym.pa, "/profiles/claim", right.clone(), "k").await;
    assert_eq!(other.expect(409).code(), "idempotency_key_reused");
    for _ in 0..2 {
        gym.with_key(Method::POST, &gym.pa, "/profiles/claim", right.clone(), "l").await.expect(200);
    }
}

#[tokio::test]
async fn the_code_stands_nowhere_in_the_database() {
    let gym = Gym::open().await;
    let answer = gym.with_key(Method::POST, &gym.coach, "/profiles/11/claim-code", json!({}), "k").await;
    let code = answer.expect(200).body["code"].as_str().unwrap().to_owned();
    let again = gym.with_key(Method::POST, &gym.coach, "/profiles/11/claim-code", json!({}), "k").await;
    assert_ne!(again.expect(200).body["code"], code.as_str(), "not stored");
    assert_eq!(gym.count("SELECT COUNT(*) FROM idempotency_key").await, 0);
    let audited: Vec<String> =
        sqlx::query_scalar("SELECT CONCAT_WS(' ', action, subject, detail) FROM audit")
            .fetch_all(&gym.app.app.pool)
            .await
            .unwrap();
    assert_eq!(audited.len(), 2);
    assert!(
        audited.iter().all(|row| row.contains("profile.claim_code") && !row.contains(&code)),
        "{audited:?}"
    );
}

#[tokio::test]
async fn every_guardian_sees_and_acts_for_the_child() {
    let gym = Gym::open().await;
    for path in ["/bookings/my", "/profiles/11/guardians"] {
        let seen = gym.get(&gym.pa, path).await;
        assert!(seen.status == 404 || seen.body["items"] == json!([]), "{path}: {}", seen.body);
    }
    gym.invite_pa().await;
    let bookings = gym.get(&gym.pa, "/bookings/my").await.expect(200).body;
    assert_eq!(bookings["items"].as_array().unwrap().len(), 1, "once: {bookings}");
    gym.get(&gym.pa, "/bookings/my?profile_id=11").await.expect(200);
    gym.get(&gym.pa, "/bookings/my?profile_id=12").await.expect(404);
    gym.delete(&gym.pa, "/bookings/1").await.expect(200);
    gym.post(&gym.pa, "/bookings", place(11)).await.expect(201);
    let entry = gym.post(&gym.ma, "/waitlist/join", place(12)).await.expect(201).body["id"].clone();
    gym.get(&gym.pa, &format!("/waitlist/{entry}")).await.expect(404);
}

/// R8.6.
#[tokio::test]
async fn a_message_goes_once_to_each_guardian_who_is_told() {
    let gym = Gym::open().await;
    let code = gym.code(&gym.pa, 21).await;
    gym.claim(&gym.ma, &code).await.expect(200);
    let entry = gym.join(21).await;
    gym.put(&gym.ma, "/profiles/21/guardians/1", json!({"told": false})).await.expect(200);
    gym.cancel_booking().await;
    assert_eq!((gym.told("pa").await, gym.told("ma").await), (vec!["spot_available".to_owned()], vec![]));
    for who in [&gym.pa, &gym.ma] {
        let said = gym.get(who, "/messages/my?profile_id=21").await.expect(200).body;
        let kinds: Vec<_> = said["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "spot_available").count(), 1, "{said}");
    }
    let read = gym.get(&gym.ma, "/messages/my").await.expect(200).body["items"][0]["id"].clone();
    gym.put(&gym.ma, "/messages/read", json!({ "up_to": read })).await.expect(200);
    assert_ne!(gym.get(&gym.pa, "/messages/my").await.expect(200).body["unread"], 0, "each reads for itself");
    gym.put(&gym.pa, "/profiles/21/guardians/2", json!({"told": false})).await.expect(200);
    gym.advance(1801).await;
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    assert_eq!(gym.status(entry).await, "expired", "sweeps go on");
}

/// R8.6.
#[tokio::test]
async fn an_offer_to_a_child_nobody_is_told_about_is_undeliverable_and_stands() {
    let gym = Gym::open().await;
    gym.put(&gym.pa, "/profiles/21/guardians/2", json!({"told": false})).await.expect(200);
    let entry = gym.join(21).await;
    gym.cancel_booking().await;
    assert_eq!(gym.status(entry).await, "notified");
    assert!(gym.messages("pa").await.is_empty());
    let said = gym.get(&gym.pa, "/messages/my").await.expect(200).body;
    assert!(
        said["items"].as_array().unwrap().iter().all(|item| item["delivery"] == "undeliverable"),
        "{said}"
    );
    gym.respond(entry, "confirm").await.expect(200);
}

/// R8.8.
#[tokio::test]
async fn the_first_answer_of_two_guardians_counts() {
    let gym = Gym::open().await;
    let code = gym.code(&gym.pa, 21).await;
    gym.claim(&gym.ma, &code).await.expect(200);
    let entry = gym.join(21).await;
    gym.cancel_booking().await;
    let answer = async |who: &str, action: &str| {
        gym.put(who, &format!("/waitlist/{entry}/respond"), json!({ "action": action })).await
    };
    let confirmed = answer(&gym.ma, "confirm").await.expect(200).body;
    assert_eq!(answer(&gym.pa, "confirm").await.expect(200).body["booking"], confirmed["booking"]);
    assert_eq!(answer(&gym.pa, "decline").await.expect(409).code(), "conflict");
}

/// R8.2.
#[tokio::test]
async fn a_guardian_may_be_taken_away_by_those_who_may_and_never_the_last() {
    let gym = Gym::open().await;
    let stranger = gym.app.token(2, Role::Member);
    gym.delete(&stranger, "/profiles/11/guardians/1").await.expect(404);
    assert_eq!(gym.delete(&gym.ma, "/profiles/11/guardians/1").await.expect(409).code(), "last_guardian");
    assert_eq!(gym.delete(&gym.coach, "/profiles/11/guardians/1").await.expect(409).code(), "last_guardian");
    gym.advance(1).await;
    gym.invite_pa().await;
    let code = gym.code(&gym.ma, 11).await;
    gym.delete(&gym.pa, "/profiles/11/guardians/1").await.expect(403);
    gym.post(&gym.pa, "/profiles/11/claim-code", json!({})).await.expect(403);
    gym.put(&gym.ma, "/profiles/11/guardians/2", json!({"told": false})).await.expect(403);
    gym.delete(&gym.ma, "/profiles/11/guardians/3").await.expect(404);
    let row = gym.delete(&gym.ma, "/profiles/11/guardians/1").await.expect(200).body;
    assert_eq!((&row["account_id"], &row["first"]), (&json!(1), &json!(true)));
    assert_eq!(gym.guardians().await, [(2, true, true)], "the next is first");
    assert_eq!(gym.count("SELECT account_id FROM profile WHERE id = 11").await, 2);
    gym.claim(&gym.ma, &code).await.expect(404);
}

#[tokio::test]
async fn a_guardian_who_was_taken_away_has_no_access_from_the_next_request_on() {
    let gym = Gym::open().await;
    gym.invite_pa().await;
    gym.with_key(Method::DELETE, &gym.pa, "/bookings/1", json!({}), "mine").await.expect(200);
    gym.with_key(Method::DELETE, &gym.pa, "/bookings/1", json!({}), "mine").await.expect(200);
    let path = "/profiles/11/guardians/2";
    gym.with_key(Method::DELETE, &gym.pa, path, json!({}), "leave").await.expect(200);
    gym.with_key(Method::DELETE, &gym.pa, path, json!({}), "leave").await.expect(200);
    gym.with_key(Method::DELETE, &gym.pa, "/bookings/1", json!({}), "mine").await.expect(404);
    gym.get(&gym.pa, GUARDIANS).await.expect(404);
    assert_eq!(gym.get(&gym.pa, "/bookings/my").await.expect(200).body["items"], json!([]));
    assert_eq!(names(&gym.get(&gym.pa, "/profiles").await), ["小寒", "小暑", "立秋"]);
}

#[tokio::test]
async fn a_list_is_another_one_once_a_child_is_added() {
    let gym = Gym::open().await;
    let tag = gym.get(&gym.pa, "/bookings/my").await.expect(200).header("etag").to_owned();
    gym.invite_pa().await;
    let request =
        gym.app.request(Method::GET, "/api/v1/bookings/my", Some(&gym.pa)).header("if-none-match", &tag);
    assert_eq!(gym.app.send(request).await.status, 200);
}

#[tokio::test]
async fn an_account_with_a_child_is_not_deleted() {
    let gym = Gym::open().await;
    let deleted = sqlx::query("DELETE FROM account WHERE id = 1").execute(&gym.app.app.pool).await;
    assert!(deleted.is_err());
    assert_eq!(gym.count("SELECT COUNT(*) FROM profile WHERE account_id = 1").await, 2);
}
