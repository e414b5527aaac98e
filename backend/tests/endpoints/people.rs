//! People: how staff find a child, what the gym knows of it, and the record that owners read.

use crate::gym::{Gym, place};
use logic::status::Role;
use serde_json::{Value, json};

impl Gym {
    /// Writes a profile; returns its id.
    async fn child(&self, ask: Value) -> i64 {
        self.post(&self.coach, "/profiles", ask).await.expect(201).body["id"].as_i64().unwrap()
    }

    /// The names that `q` finds, in their order.
    async fn find(&self, q: &str) -> Vec<String> {
        let url = reqwest::Url::parse_with_params("http://gym/api/v1/people", [("q", q)]).unwrap();
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let body = self.app.get(&path, Some(&self.coach)).await.expect(200).body;
        let items = body["items"].as_array().unwrap().iter();
        items.map(|item| item["profile"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A page of the record, as an owner reads it.
    async fn record(&self, query: &str) -> Value {
        let owner = self.app.token(9, Role::Owner);
        self.get(&owner, &format!("/audit?{query}")).await.expect(200).body
    }

    async fn with_owner() -> Self {
        let gym = Self::open().await;
        let owner = json!({"accounts": [{"id": 9, "openid": "li", "role": "owner"}]});
        gym.app.load(&owner).await.unwrap();
        gym
    }
}

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect()
}

/// R9.2.
#[tokio::test]
async fn a_child_is_found_by_how_its_name_begins_in_any_case() {
    let gym = Gym::open().await;
    for name in ["Zoë Wang", "zoe%", "ZOE_1", "Zoey", "!zoe", "\\zoe"] {
        gym.child(json!({ "name": name })).await;
    }
    assert_eq!(gym.find("小").await, ["小寒", "小暑", "小满", "小雪"]);
    assert_eq!(gym.find(" 小满 ").await, ["小满"]);
    assert_eq!(gym.find("满").await, Vec::<String>::new());
    assert_eq!(gym.find("zOE").await, ["zoe%", "ZOE_1", "Zoey"]);
    assert_eq!(gym.find("ZOË").await, ["Zoë Wang"]);
    assert_eq!(gym.find("zoe%").await, ["zoe%"], "text");
    assert_eq!(gym.find("zoe_").await, ["ZOE_1"], "text");
    assert_eq!(gym.find("%").await, Vec::<String>::new());
    assert_eq!(gym.find("!").await, ["!zoe"]);
    assert_eq!(gym.find("\\").await, ["\\zoe"]);
}

/// R9.1, R9.2.
#[tokio::test]
async fn a_child_is_found_by_the_digits_of_its_phone_with_or_without_86() {
    let gym = Gym::open().await;
    for (name, phone) in
        [("甲", "+8613800001234"), ("乙", "13800005678"), ("丙", "8613911111234"), ("丁", "+85212345678")]
    {
        gym.child(json!({"name": name, "phone": phone})).await;
    }
    gym.child(json!({"name": "138号"})).await;
    for whole in ["13800001234", "8613800001234", "+8613800001234", "+86 138-0000-1234"] {
        assert_eq!(gym.find(whole).await, ["甲"], "{whole}");
    }
    assert_eq!(gym.find("138").await, ["138号", "乙", "甲"]);
    assert_eq!(gym.find("86138").await, ["乙", "甲"]);
    assert_eq!(gym.find("1234").await, ["丙", "甲"], "how it ends");
    assert_eq!(gym.find("852").await, ["丁"]);
    assert_eq!(gym.find("234").await, Vec::<String>::new(), "too few digits for an ending");
    assert_eq!(gym.find("0000").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_search_shows_at_most_20_with_their_families() {
    let gym = Gym::open().await;
    for number in 0..20 {
        gym.child(json!({"name": format!("立夏{number:02}")})).await;
    }
    let body = gym.get(&gym.coach, "/people?q=立夏").await.expect(200).body;
    assert_eq!((body["items"].as_array().unwrap().len(), &body["more"]), (20, &json!(false)));
    gym.child(json!({"name": "立夏20"})).await;
    let body = gym.get(&gym.coach, "/people?q=立夏").await.expect(200).body;
    assert_eq!((body["items"].as_array().unwrap().len(), &body["more"]), (20, &json!(true)));
    assert_eq!(body["items"][19]["profile"]["name"], "立夏19");
    let code = gym.post(&gym.ma, "/profiles/11/claim-code", json!({})).await.expect(200).body["code"].clone();
    gym.advance(1).await;
    gym.post(&gym.pa, "/profiles/claim", json!({ "code": code })).await.expect(200);
    let body = gym.get(&gym.coach, "/people?q=小满").await.expect(200).body;
    let family = body["items"][0]["guardians"].as_array().unwrap().clone();
    let family: Vec<_> = family.iter().map(|one| (&one["account_id"], &one["first"], &one["told"])).collect();
    let yes = json!(true);
    assert_eq!(family, [(&json!(1), &yes, &yes), (&json!(2), &json!(false), &yes)]);
}

#[tokio::test]
async fn staff_write_a_child_that_a_family_then_claims() {
    let gym = Gym::open().await;
    let ask =
        json!({"name": " 谷雨 ", "birth_date": "2020-02-29", "phone": "13800001234", "note": "怕高\n慢慢来"});
    let written = gym.post(&gym.coach, "/profiles", ask.clone()).await.expect(201).body;
    let id = written["id"].as_i64().unwrap();
    assert_eq!(
        written,
        json!({"id": id, "name": "谷雨", "category": null, "birth_date": "2020-02-29", "phone": "13800001234",
               "note": "怕高\n慢慢来"})
    );
    assert!(id >= 1_000_000, "the service's own rows");
    let path = format!("/profiles/{id}/claim-code");
    let code = gym.post(&gym.coach, &path, json!({})).await.expect(200).body["code"].clone();
    let claimed = gym.post(&gym.pa, "/profiles/claim", json!({ "code": code })).await.expect(200).body;
    assert_eq!(claimed, json!({"id": id, "name": "谷雨"}), "R9.3: the family is shown no note");
    let whole = json!({"name": "谷雨", "category": "启蒙"});
    let path = format!("/profiles/{id}");
    let now = gym.put(&gym.coach, &path, whole.clone()).await.expect(200).body;
    assert_eq!(
        now,
        json!({"id": id, "name": "谷雨", "category": "启蒙", "birth_date": null, "phone": null, "note": null})
    );
    let profiles = gym.get(&gym.pa, "/profiles").await.expect(200).text;
    assert!(profiles.contains("启蒙") && !profiles.contains("怕高"), "R9.3: {profiles}");
    for (who, status) in [(&gym.pa, 403), (&gym.cron, 403), (&gym.coach, 200)] {
        gym.put(who, &path, whole.clone()).await.expect(status);
    }
    let unborn = json!({"name": "谷雨", "birth_date": "2030-03-05"});
    gym.put(&gym.coach, &path, unborn).await.expect(400);
    gym.put(&gym.coach, &path, json!({"name": "谷雨", "birth_date": "2030-03-04"})).await.expect(200);
    // The file knows a name alone, and takes nothing else away.
    gym.put(&gym.coach, "/profiles/11", json!({"name": "小满", "note": "左撇子"})).await.expect(200);
    gym.app.load(&crate::gym::world()).await.unwrap();
    let found = gym.get(&gym.coach, "/people?q=小满").await.expect(200).body;
    assert_eq!(found["items"][0]["profile"]["note"], "左撇子");
}

/// R9.4.
#[tokio::test]
async fn the_record_of_a_profile_names_its_fields_alone() {
    let gym = Gym::with_owner().await;
    let id = gym.child(json!({"name": "谷雨", "phone": "13800001234", "note": "怕高"})).await;
    let path = format!("/profiles/{id}");
    let again = json!({"name": "谷雨", "phone": "+8613800001234", "note": "怕高"});
    gym.put(&gym.coach, &path, again.clone()).await.expect(200);
    gym.put(&gym.coach, &path, again).await.expect(200);
    let page = gym.record(&format!("profile={id}")).await;
    assert_eq!(actions(&page), ["profile.update", "profile.create"], "nothing changed the second time");
    let [update, create] = [0, 1].map(|at| &page["items"][at]);
    assert_eq!(update["after"], json!({"fields": ["phone"]}));
    assert_eq!(create["after"], json!({"fields": ["name", "phone", "note"]}));
    assert_eq!(
        (&create["account_id"], &create["before"], &create["reason"]),
        (&json!(3), &Value::Null, &Value::Null)
    );
    assert_eq!(create["subject"], format!("profile/{id}"));
    assert_eq!(create["at"], "2030-03-04T00:00:00.000Z");
    let text = page.to_string();
    assert!(!text.contains("13800001234") && !text.contains("怕高") && !text.contains("谷雨"), "{text}");
}

#[tokio::test]
async fn owners_read_the_record_by_subject_account_child_and_day() {
    let gym = Gym::with_owner().await;
    let owner = gym.app.token(9, Role::Owner);
    let name = json!({"role": "staff", "name": "王前台"});
    gym.put(&owner, "/accounts/3/role", name).await.expect(200);
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 2})).await.expect(200);
    gym.advance(24 * 3600).await;
    let booked = gym.post(&gym.coach, "/bookings", place(21)).await.expect(201).body["id"].clone();
    gym.delete(&gym.coach, &format!("/bookings/{booked}")).await.expect(200);
    gym.advance(24 * 3600).await;
    // The command line.
    gym.app.load(&json!({"accounts": [{"id": 8, "openid": "xu", "role": "member"}]})).await.unwrap();
    gym.app.load(&json!({"accounts": [{"id": 8, "openid": "xu", "role": "coach"}]})).await.unwrap();
    let all = ["account.role", "booking.cancel", "booking.create", "session.capacity", "account.role"];
    for (query, expected) in [
        (String::new(), &all[..]),
        (format!("subject=booking/{booked}"), &["booking.cancel"]),
        ("subject=booking/".to_owned(), &[]),
        ("subject=BOOKING/1".to_owned(), &[]),
        ("subject=session/1/2030-03-11".to_owned(), &["booking.create", "session.capacity"]),
        ("account=3".to_owned(), &["booking.cancel", "booking.create", "session.capacity"]),
        ("account=0".to_owned(), &["account.role"]),
        ("profile=21".to_owned(), &["booking.cancel", "booking.create"]),
        ("profile=21&account=9".to_owned(), &[]),
        ("from=2030-03-05".to_owned(), &all[..3]),
        ("to=2030-03-04".to_owned(), &all[3..]),
        ("from=2030-03-05&to=2030-03-05".to_owned(), &all[1..3]),
        ("from=2030-03-07".to_owned(), &[]),
    ] {
        assert_eq!(actions(&gym.record(&query).await), expected, "{query}");
    }
    let capacity = &gym.record("subject=session/1/2030-03-11&account=3&to=2030-03-04").await["items"][0];
    assert_eq!((&capacity["account_name"], &capacity["profile_id"]), (&json!("王前台"), &Value::Null));
    assert_eq!(gym.record("account=0").await["items"][0]["account_name"], Value::Null);
    // Page by page.
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = gym.record(&query).await;
        seen.extend(actions(&page).iter().map(|action| (*action).to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(seen, all);
    for who in [&gym.coach, &gym.pa, &gym.cron] {
        gym.get(who, "/audit").await.expect(403);
    }
}
