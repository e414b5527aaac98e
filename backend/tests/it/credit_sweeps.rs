//! Sweeps of credit and of the right to a makeup.

use crate::makeup_gym::*;
use backend::service::compensation::expire_of;
use logic::Minutes;
use logic::ids::ProfileId;
use serde_json::{Value, json};

const WEDNESDAY: &str = "2030-03-06";
const FRIDAY: &str = "2030-03-08";

/// Creates a gym in which [`CHILD`] has 30 minutes of credit until 2030-03-18 00:00 UTC.
async fn with_credit() -> Gym {
    let gym = Gym::new().await;
    gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201);
    gym
}

async fn sweep(gym: &Gym) -> Value {
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body
}

async fn sql(gym: &Gym, statement: &'static str) {
    sqlx::raw_sql(statement).execute(&gym.app.app.pool).await.unwrap();
}

#[tokio::test]
async fn the_sweep_expires_a_due_grant_once_as_of_its_expiry_time() {
    let gym = with_credit().await;
    gym.make_up(SIBLING, SIBLINGS_LEAVE, OVERLAPPING, WEDNESDAY).await.expect(201);
    gym.app.at("2030-03-17T23:59:59.999Z").await;
    assert_eq!(sweep(&gym).await["grants_expired"], 0);
    gym.app.at("2030-03-18T01:30:00.000Z").await;
    let (app, now) = (&gym.app.app, gym.app.app.clock.now());
    assert_eq!(expire_of(app, ProfileId(SIBLING), now).await.unwrap(), 1, "one profile's");
    assert_eq!(expire_of(app, ProfileId(SIBLING), now).await.unwrap(), 0);
    assert_eq!(sweep(&gym).await["grants_expired"], 1);
    assert_eq!(sweep(&gym).await["grants_expired"], 0);
    let newest = &gym.get(CHILD, "/compensation/history?profile_id=101").await["items"][0];
    assert_eq!((&newest["kind"], &newest["at"]), (&json!("expired"), &json!("2030-03-18T00:00:00.000Z")));
    gym.close().await;
}

/// Returns the messages of a sweep at `at`, without those about waitlists.
async fn told_at(gym: &Gym, at: &str) -> Vec<(String, String)> {
    gym.app.at(at).await;
    let said = |all: Value| -> Vec<(String, String)> {
        let item = |item: &Value| {
            let note = item["data"]["time4"]["value"].as_str().unwrap_or_default().to_owned();
            (item["template"].as_str().unwrap().to_owned(), note)
        };
        all["items"].as_array().unwrap().iter().map(item).collect()
    };
    let messages = "/api/v1/dev/messages?limit=100&openid=family";
    let before = said(gym.app.get(messages, None).await.expect(200).body).len();
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    let now = said(gym.app.get(messages, None).await.expect(200).body);
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    let again = said(gym.app.get(messages, None).await.expect(200).body);
    assert_eq!(again, now, "told once");
    now[before..].to_vec()
}

#[tokio::test]
async fn members_are_told_three_days_before_credit_and_makeup_rights_expire() {
    let gym = with_credit().await;
    let told = |template: &str, until: &str| vec![(template.to_owned(), until.to_owned())];
    assert_eq!(told_at(&gym, "2030-03-08T09:59:59.999Z").await, []);
    let expected = told("makeup_expiring", "2030年3月11日 18:00");
    assert_eq!(told_at(&gym, "2030-03-08T10:00:00.000Z").await, expected);
    assert_eq!(told_at(&gym, "2030-03-14T23:59:59.999Z").await, []);
    let expected = told("credit_expiring", "2030年3月18日 08:00");
    assert_eq!(told_at(&gym, "2030-03-15T00:00:00.000Z").await, expected);
    // Only the sibling's leave, because the child's was made up.
    let expected = told("makeup_expiring", "2030年3月18日 18:00");
    assert_eq!(told_at(&gym, "2030-03-15T10:00:00.000Z").await, expected);
    gym.app.at("2030-03-18T00:00:00.000Z").await;
    let swept = gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body;
    assert_eq!(swept["grants_expired"], 1);
    gym.close().await;
}

#[tokio::test]
async fn a_right_that_a_call_off_gives_back_is_reminded_of_although_its_reminder_had_been_skipped() {
    let gym = Gym::new().await;
    gym.make_up(CHILD, LEAVE, SUNDAY, "2030-03-17").await.expect(201);
    let told = |at: &'static str| told_at(&gym, at);
    told("2030-03-08T10:00:00.000Z").await;
    told("2030-03-15T09:00:00.000Z").await;
    let siblings = [("makeup_expiring".to_owned(), "2030年3月18日 18:00".to_owned())];
    assert_eq!(told("2030-03-15T10:00:00.000Z").await, siblings, "the child's is made up");
    gym.call_off(SUNDAY, "2030-03-17").await;
    assert!(gym.owed(CHILD).await.contains(&LEAVE));
    assert_eq!(told("2030-03-16T10:00:00.000Z").await, siblings, "now it is the child's");
    assert_eq!(told("2030-03-17T10:00:00.000Z").await, []);
    gym.close().await;
}

/// Returns the tasks and their rows that are set aside.
async fn set_aside(gym: &Gym) -> Vec<(String, i64, String)> {
    sqlx::query_as("SELECT task, subject_id, error FROM sweep_setback ORDER BY task, subject_id")
        .fetch_all(&gym.app.app.pool)
        .await
        .unwrap()
}

/// Rows of one profile cannot be written: each sweep sets them aside with the error, does the rest, and retries later.
#[tokio::test]
async fn a_row_that_cannot_be_written_delays_no_other() {
    let gym = with_credit().await;
    gym.make_up(SIBLING, SIBLINGS_LEAVE, OVERLAPPING, WEDNESDAY).await.expect(201);
    let own = format!(
        "SELECT g.id FROM class_credit_compensation g WHERE g.profile_id = {CHILD} ORDER BY g.id LIMIT 1"
    );
    let grant: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(own)).fetch_one(&gym.app.app.pool).await.unwrap();
    sql(
        &gym,
        "CREATE TRIGGER poisoned_grant BEFORE UPDATE ON class_credit_compensation FOR EACH ROW \
         IF NEW.profile_id = 101 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a poisoned grant'; END IF",
    )
    .await;
    sql(
        &gym,
        "CREATE TRIGGER poisoned_booking BEFORE UPDATE ON booking FOR EACH ROW \
         IF NEW.profile_id = 101 AND NEW.makeup_reminded_at IS NOT NULL \
         THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a poisoned booking'; END IF",
    )
    .await;
    let poisoned = async |task: &str, subject: i64, error: &str| {
        let all = set_aside(&gym).await;
        let found = all.iter().find(|row| (row.0.as_str(), row.1) == (task, subject));
        assert!(found.is_some_and(|row| row.2.contains(error)), "{task} {subject}: {all:?}");
    };

    // Three days before, the sibling's rows are marked; the child's leave and grant cannot be.
    gym.app.at("2030-03-15T10:00:00.000Z").await;
    let done = sweep(&gym).await;
    assert_eq!((&done["grants_reminded"], &done["makeups_reminded"]), (&json!(1), &json!(0)), "{done}");
    poisoned("grant_reminders", grant, "a poisoned grant").await;
    poisoned("makeup_reminders", LEAVE, "a poisoned booking").await;
    let marked: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM booking WHERE id = ? AND makeup_reminded_at IS NOT NULL")
            .bind(SIBLINGS_LEAVE)
            .fetch_one(&gym.app.app.pool)
            .await
            .unwrap();
    assert_eq!(marked, 1, "looked at, though the child's was not done");
    gym.app.at("2030-03-18T00:00:00.000Z").await;
    let done = sweep(&gym).await;
    assert_eq!(done["grants_expired"], 1, "the sibling's");
    poisoned("credit", CHILD, "a poisoned grant").await;

    // Once repaired, the next try succeeds and clears the setback.
    sql(&gym, "DROP TRIGGER poisoned_grant").await;
    sql(&gym, "DROP TRIGGER poisoned_booking").await;
    assert_eq!(sweep(&gym).await["grants_expired"], 0, "it waits ten seconds");
    gym.app.at("2030-03-18T00:00:10.000Z").await;
    assert_eq!(sweep(&gym).await["grants_expired"], 1);
    gym.app.at("2030-03-18T10:00:00.001Z").await;
    sweep(&gym).await;
    assert_eq!(set_aside(&gym).await, []);
    gym.close().await;
}

/// Joins Wednesday's full class with [`CHILD`], to make up `original`, and then with [`SIBLING`].
async fn waiting(gym: &Gym, original: i64) -> (i64, i64) {
    gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201);
    let first = id(&gym.wait_to_make_up(CHILD, original, SHORT, WEDNESDAY).await.expect(201).body);
    let body = json!({"profile_id": SIBLING, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
    (first, id(&gym.post(SIBLING, "/waitlist/join", body).await.expect(201).body))
}

async fn status(gym: &Gym, entry: i64) -> Value {
    gym.get(CHILD, &format!("/waitlist/{entry}")).await["status"].clone()
}

/// Returns the messages about the entry, newest first.
async fn news(gym: &Gym, entry: i64) -> Vec<Value> {
    let page = gym.get(CHILD, &format!("/waitlist/{entry}/notifications")).await;
    let news = page["items"].as_array().unwrap().iter();
    news.filter(|item| item["notification_type"] == "queue_update").cloned().collect()
}

#[tokio::test]
async fn an_entry_whose_class_was_made_up_elsewhere_ends_with_a_message() {
    let gym = Gym::new().await;
    let (entry, behind) = waiting(&gym, LEAVE).await;
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 0, "it is owed");
    gym.make_up(CHILD, LEAVE, LONG, FRIDAY).await.expect(201);
    assert_eq!(status(&gym, entry).await, "waiting", "nothing depends on the sweep being on time");
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 1);
    assert_eq!(status(&gym, entry).await, "cancelled");
    let told = news(&gym, entry).await;
    assert_eq!(told.len(), 1);
    let text = "小满的课（3月6日 周三 18:00）：缺课已另约补课或已过期，已退出候补";
    assert_eq!(told[0]["message_content"], text);
    let sent = "/api/v1/dev/messages?limit=100&openid=family";
    let sent = gym.app.get(sent, None).await.expect(200).body;
    let lapsed = sent["items"].as_array().unwrap().iter().filter(|it| it["template"] == "waitlist_lapsed");
    assert_eq!(lapsed.map(|it| it["waitlist_id"].clone()).collect::<Vec<_>>(), [json!(entry)]);
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 0, "once");
    assert_eq!(status(&gym, behind).await, "waiting");
    let front = news(&gym, behind).await;
    assert!(front[0]["message_content"].as_str().unwrap().contains("排到第一位"), "{front:?}");
    gym.close().await;
}

/// Cancels the booking that fills the class of [`waiting`].
async fn free_the_seat(gym: &Gym) {
    let taken: i64 = sqlx::query_scalar("SELECT id FROM booking WHERE profile_id = ? AND status = 'booked'")
        .bind(FRIEND)
        .fetch_one(&gym.app.app.pool)
        .await
        .unwrap();
    gym.cancel(FRIEND, taken).await.expect(200);
}

#[tokio::test]
async fn a_seat_that_frees_before_the_sweep_goes_past_an_entry_whose_makeup_lapsed() {
    let gym = Gym::new().await;
    let (entry, behind) = waiting(&gym, LEAVE).await;
    gym.make_up(CHILD, LEAVE, LONG, FRIDAY).await.expect(201);
    free_the_seat(&gym).await;
    let statuses = (status(&gym, entry).await, status(&gym, behind).await);
    assert_eq!(statuses, ("cancelled".into(), "notified".into()));
    let told = news(&gym, entry).await;
    assert_eq!(told.len(), 1, "and was offered nothing: {told:?}");
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 0, "it has ended");
    gym.close().await;
}

#[tokio::test]
async fn an_offer_whose_makeup_lapsed_passes_its_seat_on() {
    let gym = Gym::new().await;
    let (entry, behind) = waiting(&gym, LEAVE).await;
    free_the_seat(&gym).await;
    assert_eq!(status(&gym, entry).await, "notified");
    // The class with the leave is booked again, so nothing is owed any more.
    gym.book(CHILD, MISSED, "2030-03-04", false).await.expect(201);
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 1);
    assert_eq!(
        (status(&gym, entry).await, status(&gym, behind).await),
        ("cancelled".into(), "notified".into())
    );
    let offer: (String, String) = sqlx::query_as(
        "SELECT n.status, f.expiration_reason FROM waitlist_notification n \
         JOIN waitlist_flow f ON f.waitlist_notification_id = n.id WHERE n.waitlist_id = ?",
    )
    .bind(entry)
    .fetch_one(&gym.app.app.pool)
    .await
    .unwrap();
    assert_eq!(offer, ("cancelled".to_owned(), "system_error".to_owned()));
    assert_eq!(gym.confirm(CHILD, entry).await.status, 409, "over");
    gym.close().await;
}

#[tokio::test]
async fn an_entry_ends_when_its_right_to_a_makeup_ends() {
    // A class can be booked as a makeup until a day before; its waitlist is open until six and a half hours before.
    let policy = logic::Policy { makeup_booking_lead: Minutes(24 * 60), ..logic::Policy::default() };
    let gym = Gym::with(policy).await;
    gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201);
    let entry = id(&gym.wait_to_make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    gym.app.at("2030-03-05T10:00:00.000Z").await;
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 0, "the last instant");
    gym.app.at("2030-03-05T10:00:00.001Z").await;
    assert_eq!(sweep(&gym).await["makeups_lapsed"], 1);
    assert_eq!(status(&gym, entry).await, "cancelled");
    assert_eq!(news(&gym, entry).await.len(), 1);
    gym.close().await;
}
