//! Makeups over HTTP (RULES §3).

use crate::makeup_gym::*;
use serde_json::json;

const WEDNESDAY: &str = "2030-03-06";
const THURSDAY: &str = "2030-03-07";
const FRIDAY: &str = "2030-03-08";

#[tokio::test]
async fn a_shorter_makeup_grants_the_difference_as_credit() {
    let gym = Gym::new().await;
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE], "the one that ends first first");
    let owed = gym.get(CHILD, "/makeup/owed?profile_id=101&limit=1").await;
    assert_eq!(owed["items"][0]["makeup_until"], "2030-03-11T10:00:00.000Z");
    let next = owed["next_cursor"].as_str().unwrap();
    let rest = gym.get(CHILD, &format!("/makeup/owed?profile_id=101&cursor={next}")).await;
    assert_eq!((id(&rest["items"][0]["booking"]), &rest["next_cursor"]), (LEAVE, &json!(null)));

    let makeup = gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body;
    let (made, grant) = (id(&makeup), makeup["compensation_id"].as_i64().unwrap());
    let expected = json!({
        "id": made, "original_booking_id": LEAVE, "profile_id": CHILD, "makeup_class_id": 2,
        "makeup_schedule_id": SHORT, "makeup_date": WEDNESDAY, "course_name": "课", "starts_at": "2030-03-06T10:00:00.000Z",
        "status": "confirmed", "original_duration": 90, "makeup_duration": 60, "duration_difference": 30,
        "completion_type": "partial", "compensation_id": grant,
    });
    assert_eq!(makeup, expected);
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE]);
    let place = gym.place(made).await;
    let booking = gym.booking(CHILD, place).await;
    assert_eq!((&booking["source"], &booking["status"]), (&json!("makeup"), &json!("booked")));

    let balance = gym.balance(CHILD).await;
    let expected = json!({
        "profile_id": CHILD, "available_minutes": 30, "expiring_soon_minutes": 0,
        "next_expiry": "2030-03-18T00:00:00.000Z",
        "grants": [{
            "id": grant, "original_booking_id": LEAVE, "source": "makeup", "compensation_minutes": 30, "remaining_minutes": 30,
            "status": "available", "created_time": "2030-03-04T00:00:00.000Z",
            "expiry_time": "2030-03-18T00:00:00.000Z", "used_time": null,
        }],
        "totals": {"granted": 30, "used": 0, "expired": 0, "revoked": 0},
    });
    assert_eq!(balance, expected);
    let history = gym.get(CHILD, "/compensation/history?profile_id=101").await;
    let expected = json!([{
        "at": "2030-03-04T00:00:00.000Z", "kind": "granted", "minutes": 30, "remaining_minutes": 30,
        "compensation_id": grant, "booking_id": place,
    }]);
    assert_eq!(history["items"], expected);
    let mine = gym.get(CHILD, "/makeup/my?profile_id=101&status=confirmed").await;
    assert_eq!(mine["items"], json!([makeup]));
    let counts = json!({"pending": 0, "confirmed": 1, "completed": 0, "cancelled": 0, "no_show": 0});
    assert_eq!(mine["counts"], counts);
    gym.close().await;
}

#[tokio::test]
async fn a_makeup_of_equal_or_greater_length_grants_no_credit() {
    let gym = Gym::new().await;
    let same = gym.make_up(CHILD, LEAVE, SAME, THURSDAY).await.expect(201).body;
    assert_eq!((&same["completion_type"], &same["compensation_id"]), (&json!("full"), &json!(null)));
    let long = gym.make_up(CHILD, OLD_LEAVE, LONG, FRIDAY).await.expect(201).body;
    assert_eq!((&long["completion_type"], &long["duration_difference"]), (&json!("extra"), &json!(-30)));
    assert_eq!(gym.balance(CHILD).await["grants"], json!([]));
    gym.close().await;
}

#[tokio::test]
async fn refusals_come_in_the_order_of_rules() {
    let gym = Gym::new().await;
    let attended = gym.book(CHILD, SUNDAY, "2030-03-10", false).await.expect(201).body;
    let code = async |original: i64, schedule: i64, date: &str| {
        let answer = gym.make_up(CHILD, original, schedule, date).await;
        (answer.status, answer.code().to_owned())
    };
    let refused = |code: &str| (409, code.to_owned());
    // Each refusal is tested where the later ones hold, too.
    assert_eq!(code(id(&attended), SWIMMING, "2030-02-28").await, refused("not_missed"));
    assert_eq!(code(LEAVE, SWIMMING, "2030-03-21").await, refused("makeup_expired"));
    assert_eq!(code(LEAVE, MISSED, "2030-03-04").await, refused("makeup_before_original"));
    assert_eq!(code(OLD_LEAVE, SWIMMING, "2030-02-28").await, refused("makeup_too_late"));
    gym.book(CHILD, SWIMMING, THURSDAY, false).await.expect(201);
    assert_eq!(code(LEAVE, SWIMMING, THURSDAY).await, refused("course_mismatch"));
    gym.book(CHILD, OVERLAPPING, WEDNESDAY, false).await.expect(201);
    gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201);
    assert_eq!(code(LEAVE, SHORT, WEDNESDAY).await, refused("time_conflict"));
    assert_eq!(code(LEAVE, OVERLAPPING, WEDNESDAY).await, refused("time_conflict"), "the class itself");
    assert_eq!(gym.make_up(SIBLING, SIBLINGS_LEAVE, SHORT, WEDNESDAY).await.code(), "session_full");
    gym.make_up(CHILD, LEAVE, LONG, FRIDAY).await.expect(201);
    assert_eq!(code(LEAVE, SWIMMING, "2030-03-21").await, refused("already_made_up"));
    gym.call_off(SWIMMING, THURSDAY).await;
    assert_eq!(code(LEAVE, SWIMMING, THURSDAY).await, refused("class_cancelled"));
    gym.app.at("2030-03-07T09:00:00.001Z").await;
    assert_eq!(code(OLD_LEAVE, SAME, THURSDAY).await, refused("makeup_too_late"));
    gym.close().await;
}

#[tokio::test]
async fn bookings_of_other_accounts_are_not_found() {
    let gym = Gym::new().await;
    for (profile, original) in [(CHILD, SIBLINGS_LEAVE), (FRIEND, LEAVE), (CHILD, 99_999)] {
        let answer = gym.make_up(profile, original, SHORT, WEDNESDAY).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"));
        let path = format!("/makeup/available?profile_id={profile}&original_booking_id={original}");
        assert_eq!(gym.try_get(profile, &path).await.status, 404);
    }
    let makeup = id(&gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    assert_eq!(gym.cancel_makeup(FRIEND, makeup).await.status, 404);
    for path in ["/makeup/owed", "/makeup/my", "/compensation/balance", "/compensation/history"] {
        assert_eq!(gym.try_get(FRIEND, &format!("{path}?profile_id={CHILD}")).await.status, 404);
    }
    let ask = json!({"profile_id": CHILD, "required_minutes": 10});
    assert_eq!(gym.post(FRIEND, "/compensation/preview", ask).await.status, 404);
    assert_eq!(gym.get(FRIEND, "/makeup/my").await["items"], json!([]));
    gym.close().await;
}

#[tokio::test]
async fn a_cancelled_makeup_is_owed_again_and_can_be_booked_again() {
    let gym = Gym::new().await;
    let made = gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body;
    let first_place = gym.place(id(&made)).await;
    assert_eq!(gym.post(CHILD, &format!("/bookings/{first_place}/leave"), json!({})).await.status / 100, 4);
    // The freed seat is offered to the queue first.
    let waiting = json!({"profile_id": FRIEND, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
    let entry = id(&gym.post(FRIEND, "/waitlist/join", waiting).await.expect(201).body);
    let cancelled = gym.cancel_makeup(CHILD, id(&made)).await.expect(200).body;
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(gym.get(FRIEND, &format!("/waitlist/{entry}")).await["status"], "notified");
    assert_eq!(gym.cancel_makeup(CHILD, id(&made)).await.expect(200).body, cancelled, "again, the same");
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE]);
    let balance = gym.balance(CHILD).await;
    assert_eq!(balance["totals"], json!({"granted": 30, "used": 0, "expired": 0, "revoked": 30}));
    assert_eq!(balance["grants"][0]["status"], "revoked");
    // Once the seat is free again, the same makeup row opens again with a new grant.
    gym.delete(FRIEND, &format!("/waitlist/{entry}")).await.expect(200);
    let again = gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body;
    assert_eq!(id(&again), id(&made));
    assert_ne!(again["compensation_id"], made["compensation_id"]);
    // Cancelling its booking cancels the makeup.
    gym.cancel(CHILD, gym.place(id(&again)).await).await.expect(200);
    assert_eq!(gym.get(CHILD, "/makeup/my").await["items"][0]["status"], "cancelled");
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE]);
    gym.close().await;
}

/// Covers R2.53.
#[tokio::test]
async fn cancelling_a_makeup_again_settles_the_overdue_offer_of_its_class() {
    let gym = Gym::new().await;
    let made = gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body;
    let waiting = json!({"profile_id": FRIEND, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
    gym.post(FRIEND, "/waitlist/join", waiting).await.expect(201);
    gym.cancel_makeup(CHILD, id(&made)).await.expect(200);
    assert_eq!(gym.app.count("SELECT COUNT(*) FROM waitlist WHERE status = 'notified'").await, 1);
    gym.app.post("/api/v1/dev/clock/advance", None, json!({ "seconds": 1_801 })).await.expect(200);
    gym.cancel_makeup(CHILD, id(&made)).await.expect(200);
    assert_eq!(gym.app.count("SELECT COUNT(*) FROM waitlist WHERE status = 'notified'").await, 0);
    gym.close().await;
}

#[tokio::test]
async fn a_makeup_can_be_cancelled_until_its_class_starts() {
    let gym = Gym::new().await;
    let made = id(&gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    gym.app.at("2030-03-06T10:00:00.000Z").await;
    assert_eq!(gym.cancel_makeup(CHILD, made).await.code(), "class_started");
    gym.close().await;
}

#[tokio::test]
async fn a_full_class_can_be_waited_for_with_a_makeup_in_mind() {
    let gym = Gym::new().await;
    // The checks of the join come first.
    let answer = gym.wait_to_make_up(CHILD, SIBLINGS_LEAVE, SHORT, WEDNESDAY).await;
    assert_eq!((answer.status, answer.code()), (409, "spot_available"));
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    let answer = gym.wait_to_make_up(CHILD, SIBLINGS_LEAVE, SHORT, WEDNESDAY).await;
    assert_eq!((answer.status, answer.code()), (404, "not_found"), "a sibling's booking");
    assert_eq!(gym.get(CHILD, "/waitlist/my").await["items"], json!([]));

    let entry = gym.wait_to_make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body;
    assert_eq!(entry["makeup_for"], LEAVE);
    gym.cancel(FRIEND, taken).await.expect(200);
    let answer = gym.confirm(CHILD, id(&entry)).await.expect(200).body;
    assert_eq!(answer["booking"]["source"], "makeup");
    assert_eq!(answer["makeup"]["original_booking_id"], LEAVE);
    assert_eq!(answer["makeup"]["duration_difference"], 30);
    assert_eq!(gym.confirm(CHILD, id(&entry)).await.expect(200).body, answer, "again, the same");
    assert_eq!(gym.balance(CHILD).await["available_minutes"], 30);
    assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE]);
    gym.close().await;
}

#[tokio::test]
async fn a_makeup_booked_elsewhere_voids_the_offer() {
    let gym = Gym::new().await;
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    let entry = id(&gym.wait_to_make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
    gym.cancel(FRIEND, taken).await.expect(200);
    gym.make_up(CHILD, LEAVE, SAME, THURSDAY).await.expect(201);
    assert_eq!(gym.confirm(CHILD, entry).await.code(), "already_made_up");
    assert_eq!(gym.get(CHILD, &format!("/waitlist/{entry}")).await["status"], "cancelled");
    let flow: String = sqlx::query_scalar("SELECT expiration_reason FROM waitlist_flow")
        .fetch_one(&gym.app.app.pool)
        .await
        .unwrap();
    assert_eq!(flow, "system_error");
    gym.close().await;
}

#[tokio::test]
async fn booking_the_class_again_ends_the_right_to_a_makeup() {
    let gym = Gym::new().await;
    gym.make_up(CHILD, LEAVE, LONG, FRIDAY).await.expect(201);
    let again = gym.book(CHILD, MISSED, "2030-03-04", false).await;
    assert_eq!((again.status, again.code()), (409, "already_made_up"), "the right was used");
    gym.book(SIBLING, MISSED, "2030-03-04", false).await.expect(201);
    assert_eq!(gym.owed(SIBLING).await, [0; 0]);
    assert_eq!(gym.booking(SIBLING, SIBLINGS_LEAVE).await["status"], "cancelled");
    assert_eq!(gym.make_up(SIBLING, SIBLINGS_LEAVE, SAME, THURSDAY).await.code(), "not_missed");
    gym.close().await;
}

#[tokio::test]
async fn the_available_makeups_are_those_that_can_be_booked_or_waited_for() {
    let gym = Gym::new().await;
    gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201);
    gym.book(FRIEND, SHORT, "2030-03-13", false).await.expect(201);
    gym.book(CHILD, OVERLAPPING, "2030-03-13", false).await.expect(201);
    gym.call_off(OVERLAPPING, "2030-03-13").await;
    gym.book(CHILD, SAME, "2030-03-14", false).await.expect(201);
    let days = "from=2030-03-04&to=2030-03-24";
    let path = format!("/makeup/available?profile_id={CHILD}&original_booking_id={LEAVE}&{days}&limit=3");
    let (mut listed, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let behind = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = gym.get(CHILD, &format!("{path}{behind}")).await;
        listed.extend(page["items"].as_array().unwrap().clone());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let all = gym.get(CHILD, &format!("/sessions?{days}&limit=100")).await;
    let (mut open, mut full) = (0, 0);
    for class in all["items"].as_array().unwrap() {
        let (schedule, date) =
            (class["course_schedule_id"].as_i64().unwrap(), class["booking_date"].as_str().unwrap());
        let option = listed.iter().find(|option| {
            option["session"]["course_schedule_id"] == schedule && option["session"]["booking_date"] == date
        });
        if option.is_some_and(|option| option["waitlist"] == true) {
            full += 1;
            assert_eq!(gym.make_up(CHILD, LEAVE, schedule, date).await.code(), "session_full");
            let entry = gym.wait_to_make_up(CHILD, LEAVE, schedule, date).await.expect(201).body;
            gym.delete(CHILD, &format!("/waitlist/{}", id(&entry))).await.expect(200);
            continue;
        }
        let answer = gym.make_up(CHILD, LEAVE, schedule, date).await;
        assert_eq!(answer.status == 201, option.is_some(), "{schedule} {date}: {}", answer.text);
        if let Some(option) = option {
            open += 1;
            assert_eq!(&option["session"], class);
            for field in ["original_duration", "makeup_duration", "duration_difference", "completion_type"] {
                assert_eq!(option[field], answer.body[field]);
            }
            let credit = &gym.balance(CHILD).await["available_minutes"];
            assert_eq!(&option["compensation_minutes"], credit);
            gym.cancel_makeup(CHILD, id(&answer.body)).await.expect(200);
        }
    }
    assert_eq!(listed.len(), open + full);
    assert!(open > 5 && full == 2, "{open} open, {full} full");
    let made_up = gym.make_up(CHILD, LEAVE, SAME, THURSDAY).await.expect(201);
    assert_eq!(gym.get(CHILD, &path).await["items"], json!([]), "{}", made_up.text);
    gym.close().await;
}

#[tokio::test]
async fn a_closed_waitlist_does_not_block_booking_a_makeup() {
    let gym = Gym::new().await;
    let taken = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    let body = json!({"profile_id": CHILD, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
    gym.post(CHILD, "/waitlist/join", body).await.expect(201);
    let days = format!("from={WEDNESDAY}&to={WEDNESDAY}");
    let path = format!("/makeup/available?profile_id={CHILD}&original_booking_id={LEAVE}&{days}");
    let short = |page: serde_json::Value| {
        let options = page["items"].as_array().unwrap().clone();
        options.into_iter().find(|option| option["session"]["course_schedule_id"] == SHORT)
    };
    assert_eq!(short(gym.get(CHILD, &path).await), None, "one waits already");
    // After the last notification time anyone can book the seat, whether or not the sweep has closed the waitlist.
    gym.app.at("2030-03-06T03:40:00.000Z").await;
    gym.cancel(FRIEND, taken).await.expect(200);
    assert_eq!(short(gym.get(CHILD, &path).await).unwrap()["waitlist"], false);
    gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201);
    gym.close().await;
}
