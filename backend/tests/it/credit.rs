//! Class credit over HTTP (RULES §4).

use crate::makeup_gym::*;
use logic::compensation::{Grant, UsageType, plan_compensation};
use logic::ids::GrantId;
use logic::status::GrantStatus;
use logic::{Instant, Minutes};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const WEDNESDAY: &str = "2030-03-06";
const SATURDAY: &str = "2030-03-09";

/// Creates a gym in which [`CHILD`] has 30 minutes of credit; returns it with the makeup that earned them.
async fn with_credit() -> (Gym, i64) {
    let gym = Gym::new().await;
    let makeup = id(&gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    (gym, makeup)
}

fn told(history: &[(String, i64, i64)]) -> Vec<(&str, i64, i64)> {
    history.iter().map(|(kind, minutes, left)| (kind.as_str(), *minutes, *left)).collect()
}

async fn preview(gym: &Gym, minutes: i64) -> test_support::Answer {
    let ask = json!({"profile_id": CHILD, "required_minutes": minutes});
    gym.post(CHILD, "/compensation/preview", ask).await
}

#[tokio::test]
async fn credit_pays_for_a_class_and_is_restored_if_it_is_cancelled_in_time() {
    let (gym, makeup) = with_credit().await;
    let booking = gym.book(CHILD, HALF_HOUR, SATURDAY, true).await.expect(201).body;
    assert_eq!((&booking["compensation_minutes_used"], &booking["source"]), (&json!(30), &json!("direct")));
    let balance = gym.balance(CHILD).await;
    assert_eq!((&balance["available_minutes"], &balance["next_expiry"]), (&json!(0), &json!(null)));
    assert_eq!(balance["totals"], json!({"granted": 30, "used": 30, "expired": 0, "revoked": 0}));
    assert_eq!(balance["grants"][0]["status"], "used");
    assert_eq!(balance["grants"][0]["used_time"], "2030-03-04T00:00:00.000Z");
    let used = &gym.get(CHILD, "/compensation/history").await["items"][0];
    assert_eq!((&used["kind"], &used["usage_type"]), (&json!("used"), &json!("full_use")));
    assert_eq!(used["booking_id"], booking["id"]);
    // The makeup cannot be cancelled while its credit is spent.
    let refused = gym.cancel_makeup(CHILD, makeup).await;
    assert_eq!((refused.status, refused.code()), (409, "compensation_already_used"));
    assert_eq!(refused.body["bookings"], json!([booking["id"]]));
    assert_eq!(gym.cancel(CHILD, gym.place(makeup).await).await.code(), "compensation_already_used");

    let cancelled = gym.cancel(CHILD, id(&booking)).await.expect(200).body;
    assert_eq!(cancelled["compensation_minutes_used"], 0, "net of what came back");
    assert_eq!(gym.cancel(CHILD, id(&booking)).await.expect(200).body, cancelled, "again, the same");
    let balance = gym.balance(CHILD).await;
    assert_eq!((&balance["available_minutes"], &balance["totals"]["used"]), (&json!(30), &json!(0)));
    assert_eq!(
        (&balance["grants"][0]["status"], &balance["grants"][0]["used_time"]),
        (&json!("available"), &json!(null))
    );
    gym.cancel_makeup(CHILD, makeup).await.expect(200);
    let history = gym.history(CHILD).await;
    let expected = [("revoked", 30, 0), ("restored", 30, 30), ("used", 30, 0), ("granted", 30, 30)];
    assert_eq!(told(&history), expected);
    gym.close().await;
}

#[tokio::test]
async fn too_little_credit_books_nothing() {
    let (gym, _) = with_credit().await;
    let refused = gym.book(CHILD, SAME, "2030-03-07", true).await;
    assert_eq!((refused.status, refused.code()), (409, "insufficient_compensation"));
    assert_eq!((&refused.body["required"], &refused.body["available"]), (&json!(90), &json!(30)));
    let session = gym.get(CHILD, "/sessions/12/2030-03-07").await;
    assert_eq!(session["booked"], 0);
    assert_eq!(
        gym.book(SIBLING, HALF_HOUR, SATURDAY, true).await.body["available"],
        0,
        "a sibling's is not theirs"
    );
    let refused = preview(&gym, 31).await;
    assert_eq!((refused.code(), &refused.body["available"]), ("insufficient_compensation", &json!(30)));
    for absurd in [0, -1, 1441] {
        let refused = preview(&gym, absurd).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid_duration"));
    }
    assert_eq!(told(&gym.history(CHILD).await), [("granted", 30, 30)]);
    gym.close().await;
}

#[tokio::test]
async fn minutes_stay_spent_if_the_booking_is_cancelled_late() {
    let (gym, makeup) = with_credit().await;
    let booking = id(&gym.book(CHILD, HALF_HOUR, SATURDAY, true).await.expect(201).body);
    gym.app.at("2030-03-08T20:00:00.001Z").await;
    let cancelled = gym.cancel(CHILD, booking).await.expect(200).body;
    assert_eq!(cancelled["compensation_minutes_used"], 30);
    assert_eq!(gym.balance(CHILD).await["totals"]["used"], 30);
    assert_eq!(gym.cancel_makeup(CHILD, makeup).await.code(), "class_started");
    gym.close().await;
}

#[tokio::test]
async fn credit_restored_after_its_expiry_expires_at_once() {
    let (gym, _) = with_credit().await;
    let booking = id(&gym.book(CHILD, HALF_HOUR, "2030-03-23", true).await.expect(201).body);
    gym.app.at("2030-03-18T00:00:00.000Z").await;
    gym.cancel(CHILD, booking).await.expect(200);
    let history = gym.history(CHILD).await;
    let expected = [("expired", 30, 0), ("restored", 30, 30), ("used", 30, 0), ("granted", 30, 30)];
    assert_eq!(told(&history), expected);
    let balance = gym.balance(CHILD).await;
    assert_eq!(balance["grants"][0]["status"], "expired");
    assert_eq!(balance["totals"], json!({"granted": 30, "used": 0, "expired": 30, "revoked": 0}));
    gym.close().await;
}

#[tokio::test]
async fn no_read_shows_an_expired_grant_as_live() {
    let (gym, _) = with_credit().await;
    gym.app.at("2030-03-15T00:00:00.000Z").await;
    assert_eq!(gym.balance(CHILD).await["expiring_soon_minutes"], 30, "three days before");
    gym.app.at("2030-03-18T00:00:00.000Z").await;
    assert_eq!(preview(&gym, 10).await.body["available"], 0);
    assert_eq!(gym.book(CHILD, HALF_HOUR, "2030-03-23", true).await.body["available"], 0);
    let balance = gym.balance(CHILD).await;
    assert_eq!(
        (&balance["available_minutes"], &balance["grants"][0]["status"]),
        (&json!(0), &json!("expired"))
    );
    assert_eq!(told(&gym.history(CHILD).await)[0], ("expired", 30, 0));
    gym.close().await;
}

/// Covers R3.25, R3.26, R3.27.
#[tokio::test]
async fn a_class_called_off_gives_minutes_or_a_makeup_but_never_both() {
    let (gym, _) = with_credit().await;
    // The minutes of a paid booking are restored, even if a member would be too late, and nothing is owed.
    let paid = id(&gym.book(CHILD, HALF_HOUR, SATURDAY, true).await.expect(201).body);
    let plain = id(&gym.book(FRIEND, HALF_HOUR, SATURDAY, false).await.expect(201).body);
    gym.app.at("2030-03-09T01:59:00.000Z").await;
    gym.call_off(HALF_HOUR, SATURDAY).await;
    assert_eq!(gym.balance(CHILD).await["available_minutes"], 30);
    let booking = gym.booking(CHILD, paid).await;
    assert_eq!((&booking["status"], &booking["makeup_until"]), (&json!("cancelled_by_gym"), &json!(null)));
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE]);
    assert_eq!(gym.make_up(CHILD, paid, SUNDAY, "2030-03-10").await.code(), "not_missed");
    assert_eq!(gym.owed(FRIEND).await, [plain], "any other booking may be made up");
    gym.make_up(FRIEND, plain, SUNDAY, "2030-03-10").await.expect(201);
    gym.close().await;
}

/// Covers R3.25, R4.8.
#[tokio::test]
async fn a_family_is_told_whether_the_credit_of_a_called_off_class_can_still_be_spent() {
    for (now, said) in [
        ("2030-03-17T00:00:00.000Z", "补偿时长已退回"),
        ("2030-03-18T00:00:00.000Z", "抵扣的补偿时长已过期，请联系场馆"),
    ] {
        let (gym, _) = with_credit().await;
        gym.book(CHILD, HALF_HOUR, "2030-03-23", true).await.expect(201);
        gym.app.at(now).await;
        gym.call_off(HALF_HOUR, "2030-03-23").await;
        let list = gym.get(CHILD, "/messages/my").await;
        let told = list["items"].as_array().unwrap().iter().find(|item| item["kind"] == "class_cancelled");
        let text = told.unwrap()["text"].as_str().unwrap();
        assert!(text.ends_with(said), "{now}: {text}");
        gym.close().await;
    }
}

/// Covers R3.23, R3.24.
#[tokio::test]
async fn a_makeup_called_off_is_owed_again_once_and_its_spent_minutes_are_forgiven() {
    let gym = Gym::new().await;
    let makeup = gym.make_up(CHILD, LEAVE, HALF_HOUR, SATURDAY).await.expect(201).body;
    let place = gym.place(id(&makeup)).await;
    let paid = id(&gym.book(CHILD, SUNDAY, "2030-03-10", true).await.expect(201).body);
    gym.call_off(HALF_HOUR, SATURDAY).await;
    let balance = gym.balance(CHILD).await;
    assert_eq!(balance["totals"], json!({"granted": 60, "used": 30, "expired": 0, "revoked": 30}));
    assert_eq!(balance["grants"][0]["status"], "revoked");
    assert_eq!(gym.get(CHILD, "/makeup/my").await["items"][0]["status"], "cancelled");
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE], "the original, not the makeup");
    assert_eq!(gym.make_up(CHILD, place, SAME, "2030-03-14").await.code(), "not_missed");
    // Forgiven minutes do not become credit again when their booking is cancelled.
    gym.cancel(CHILD, paid).await.expect(200);
    assert_eq!(gym.balance(CHILD).await["available_minutes"], 0);
    let history = gym.history(CHILD).await;
    let expected =
        [("revoked", 30, 0), ("restored", 30, 30), ("revoked", 30, 0), ("used", 30, 30), ("granted", 60, 60)];
    assert_eq!(told(&history), expected);
    gym.close().await;
}

#[tokio::test]
async fn a_fully_forgiven_grant_does_not_become_credit_again() {
    let gym = Gym::new().await;
    gym.make_up(CHILD, LEAVE, HALF_HOUR, SATURDAY).await.expect(201);
    let first = id(&gym.book(CHILD, SUNDAY, "2030-03-10", true).await.expect(201).body);
    let second = id(&gym.book(CHILD, SUNDAY, "2030-03-17", true).await.expect(201).body);
    let balance = gym.balance(CHILD).await;
    assert_eq!((&balance["available_minutes"], &balance["grants"][0]["status"]), (&json!(0), &json!("used")));
    gym.call_off(HALF_HOUR, SATURDAY).await;
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE]);
    gym.cancel(CHILD, first).await.expect(200);
    assert_eq!(gym.balance(CHILD).await["available_minutes"], 0);
    // A new makeup has its own grant: only that one is credit.
    gym.make_up(CHILD, LEAVE, HALF_HOUR, "2030-03-16").await.expect(201);
    gym.cancel(CHILD, second).await.expect(200);
    let balance = gym.balance(CHILD).await;
    assert_eq!(balance["available_minutes"], 60);
    assert_eq!(balance["totals"], json!({"granted": 120, "used": 0, "expired": 0, "revoked": 60}));
    gym.close().await;
}

#[tokio::test]
async fn two_concurrent_bookings_never_overspend_a_grant() {
    let (gym, makeup) = with_credit().await;
    let (mut paid, mut given_up) = (0, 0);
    for week in 0..6 {
        let (saturday, sunday) =
            (format!("2030-03-{:02}", 9 + week % 2 * 7), format!("2030-03-{:02}", 10 + week % 2 * 7));
        // The last round also races the cancellation of the makeup.
        let cancel = async { if week == 5 { Some(gym.cancel_makeup(CHILD, makeup).await) } else { None } };
        let (one, other, cancel) = tokio::join!(
            gym.book(CHILD, HALF_HOUR, &saturday, true),
            gym.book(CHILD, SUNDAY, &sunday, true),
            cancel
        );
        let won: Vec<_> = [&one, &other].into_iter().filter(|answer| answer.status == 201).collect();
        for lost in [&one, &other].into_iter().filter(|answer| answer.status != 201) {
            assert_eq!(lost.code(), "insufficient_compensation", "{}", lost.text);
        }
        match &cancel {
            Some(answer) if answer.status == 200 => {
                given_up += 1;
                assert_eq!(won.len(), 0, "spent and revoked");
            }
            Some(answer) => {
                assert_eq!((answer.code(), won.len()), ("compensation_already_used", 1));
            }
            None => assert_eq!(won.len(), 1, "{} {}", one.text, other.text),
        }
        for answer in won {
            paid += 1;
            gym.cancel(CHILD, id(&answer.body)).await.expect(200);
        }
    }
    assert_eq!(paid + given_up, 6);
    gym.close().await;
}

/// Inserts grants with a ledger, as many makeups would leave them.
async fn random_grants(gym: &Gym, rng: &mut StdRng) {
    let now = gym.app.app.clock.now();
    for _ in 0..rng.random_range(0..6) {
        let minutes = rng.random_range(1..=60_i64);
        // Few expiry times, so that some coincide and some have passed.
        let ends = now.plus(Minutes(rng.random_range(-1..3) * 60));
        let at = |instant: Instant| chrono::DateTime::<chrono::Utc>::from(instant);
        let grant = sqlx::query(
            "INSERT INTO class_credit_compensation (profile_id, original_booking_id, compensation_minutes, \
             remaining_minutes, created_time, expiry_time) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(CHILD)
        .bind(LEAVE)
        .bind(minutes)
        .bind(minutes)
        .bind(at(now.minus(Minutes(1000))))
        .bind(at(ends))
        .execute(&gym.app.app.pool)
        .await
        .unwrap()
        .last_insert_id();
        sqlx::query(
            "INSERT INTO compensation_event (compensation_id, profile_id, kind, minutes, remaining_minutes, `at`) \
             VALUES (?, ?, 'granted', ?, ?, ?)",
        )
        .bind(grant)
        .bind(CHILD)
        .bind(minutes)
        .bind(minutes)
        .bind(at(now.minus(Minutes(1000))))
        .execute(&gym.app.app.pool)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_booking_spends_what_the_preview_said() {
    let gym = Gym::new().await;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut booked, mut refused) = (0, 0);
    for _ in 0..12 {
        random_grants(&gym, &mut rng).await;
        let now = gym.app.app.clock.now();
        // The plan that the mini-program computes from the grants ...
        let shown = gym.balance(CHILD).await;
        let grants: Vec<Grant> = shown["grants"].as_array().unwrap().iter().map(read_grant).collect();
        let plan = plan_compensation(&grants, Minutes(30), now);
        // ... equals the server's preview and the uses of the booking.
        let preview = preview(&gym, 30).await;
        assert_eq!(gym.balance(CHILD).await, shown, "a preview changes nothing");
        let answer = gym.book(CHILD, HALF_HOUR, SATURDAY, true).await;
        let Ok(plan) = plan else {
            refused += 1;
            for answer in [preview, answer] {
                assert_eq!(answer.code(), "insufficient_compensation");
                assert_eq!(answer.body["available"], shown["available_minutes"]);
            }
            continue;
        };
        booked += 1;
        let planned: Vec<Value> = plan
            .iter()
            .map(|taken| {
                json!({"compensation_id": taken.compensation_id, "used_minutes": taken.used,
                       "remaining_minutes": taken.remaining, "usage_type": taken.usage_type})
            })
            .collect();
        assert_eq!(preview.expect(200).body["uses"], json!(planned));
        let booking = id(&answer.expect(201).body);
        let rows: Vec<(i64, i32, i32, String)> = sqlx::query_as(
            "SELECT compensation_id, used_minutes, remaining_minutes, usage_type FROM compensation_usage \
             WHERE booking_id = ? ORDER BY id",
        )
        .bind(booking)
        .fetch_all(&gym.app.app.pool)
        .await
        .unwrap();
        let taken: Vec<Value> = rows
            .iter()
            .map(|(grant, used, left, kind)| {
                json!({"compensation_id": grant, "used_minutes": used, "remaining_minutes": left,
                       "usage_type": UsageType::parse(kind)})
            })
            .collect();
        assert_eq!(taken, planned);
        if rng.random_bool(0.5) {
            gym.cancel(CHILD, booking).await.expect(200);
            assert_eq!(gym.balance(CHILD).await, shown, "as if it had never been");
        } else {
            gym.call_off(HALF_HOUR, SATURDAY).await;
            break;
        }
    }
    assert!(booked + refused > 0);
    gym.close().await;
}

fn read_grant(grant: &Value) -> Grant {
    Grant {
        id: GrantId(id(grant)),
        status: GrantStatus::parse(grant["status"].as_str().unwrap()).unwrap(),
        remaining: Minutes(grant["remaining_minutes"].as_i64().unwrap()),
        expiry_time: Instant::parse_rfc3339(grant["expiry_time"].as_str().unwrap()).unwrap(),
    }
}

#[tokio::test]
async fn the_doctor_reports_minutes_that_do_not_add_up() {
    let (gym, _) = with_credit().await;
    gym.book(CHILD, HALF_HOUR, SATURDAY, true).await.expect(201);
    for (fault, repair) in [
        (
            "UPDATE class_credit_compensation SET remaining_minutes = 1",
            "UPDATE class_credit_compensation SET remaining_minutes = 0",
        ),
        (
            "UPDATE class_credit_compensation SET status = 'available'",
            "UPDATE class_credit_compensation SET status = 'used'",
        ),
        (
            "UPDATE compensation_event SET remaining_minutes = 1 WHERE kind = 'used'",
            "UPDATE compensation_event SET remaining_minutes = 0 WHERE kind = 'used'",
        ),
        (
            "UPDATE compensation_event SET kind = 'revoked' WHERE kind = 'used'",
            "UPDATE compensation_event SET kind = 'used' WHERE kind = 'revoked'",
        ),
        (
            "UPDATE compensation_event SET kind = 'restored' WHERE kind = 'granted'",
            "UPDATE compensation_event SET kind = 'granted' WHERE kind = 'restored'",
        ),
        (
            "UPDATE compensation_usage SET restored_minutes = 1",
            "UPDATE compensation_usage SET restored_minutes = 0",
        ),
        (
            "UPDATE booking SET compensation_minutes_used = 29 WHERE source = 'direct' AND status = 'booked'",
            "UPDATE booking SET compensation_minutes_used = 30 WHERE source = 'direct' AND status = 'booked'",
        ),
        ("UPDATE makeup_booking SET status = 'cancelled'", "UPDATE makeup_booking SET status = 'confirmed'"),
        (
            "UPDATE makeup_booking SET duration_difference = 20",
            "UPDATE makeup_booking SET duration_difference = 30",
        ),
    ] {
        assert_ne!(
            sqlx::query(fault).execute(&gym.app.app.pool).await.unwrap().rows_affected(),
            0,
            "{fault}"
        );
        assert_ne!(gym.troubles().await, [""; 0], "{fault}");
        sqlx::query(repair).execute(&gym.app.app.pool).await.unwrap();
        assert_eq!(gym.troubles().await, [""; 0], "{repair}");
    }
    gym.close().await;
}

#[tokio::test]
async fn a_makeup_is_completed_after_its_class() {
    let (gym, makeup) = with_credit().await;
    gym.app.at("2030-03-06T11:00:00.000Z").await;
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    let mine = gym.get(CHILD, "/makeup/my?profile_id=101").await;
    assert_eq!((id(&mine["items"][0]), &mine["items"][0]["status"]), (makeup, &json!("completed")));
    assert_eq!(mine["counts"]["completed"], 1);
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE], "made up");
    gym.close().await;
}
