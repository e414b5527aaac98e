//! One example of every shape, for the document.

use serde_json::{Map, Value, json};

/// Adds the examples to the schemas that have one; the example of a page has one item.
pub(super) fn add(schemas: &mut Map<String, Value>) {
    for (name, schema) in schemas {
        let example = match name.strip_prefix("Page_") {
            Some(item) => of(item).map(|item| json!({"items": [item], "next_cursor": null})),
            None => of(name),
        };
        if let Some(example) = example {
            schema["examples"] = json!([example]);
        }
    }
}

fn of(name: &str) -> Option<Value> {
    Some(match name {
        "Login" => json!({"code": "0a3cXXXXXXXX"}),
        "LoggedIn" => json!({
            "token": "eyJhbGciOiJFZERTQSJ9.…",
            "expires_at": "2026-03-02T10:00:00.000Z",
            "account_id": 7,
            "profiles": [of("Profile")],
        }),
        "Time" => json!({"now": "2026-03-01T02:00:00.000Z"}),
        "Profile" => json!({"id": 11, "name": "小满", "category": "U8"}),
        "Session" => json!({
            "course_schedule_id": 3, "booking_date": "2026-03-02", "course_id": 1, "course_name": "体操入门",
            "category": "gymnastics", "starts_at": "2026-03-02T10:00:00.000Z",
            "ends_at": "2026-03-02T11:00:00.000Z", "duration_minutes": 60, "capacity": 8, "booked": 8, "held": 0,
            "free": 0, "waiting": 2, "queue_capacity": 8, "phase": "open",
            "last_notification_at": "2026-03-02T03:30:00.000Z", "response_cutoff_at": "2026-03-02T04:00:00.000Z",
            "status": "scheduled",
        }),
        "Subscriptions" => json!({"results": {"b2xkLWZyaWVuZHM": "accept"}}),
        "Remaining" => json!({"remaining": {"b2xkLWZyaWVuZHM": 2}}),
        "ReadMessages" => json!({"up_to": 1000007}),
        "Unread" => json!({"unread": 0}),
        "Subject" => json!({"waitlist_id": 1000002, "course_schedule_id": 3, "booking_date": "2026-03-02"}),
        "Message" => json!({
            "id": 1000007, "profile_id": 11, "kind": "spot_available", "said_at": "2026-03-01T02:00:00.000Z",
            "title": "有名额了",
            "text": "小满候补的体操入门（3月2日 周一 18:00）有名额了，请在 3月1日 周日 10:30 前确认",
            "subject": of("Subject"), "delivery": "delivered", "read_at": null,
        }),
        "Messages" => json!({"items": [of("Message")], "next_cursor": null, "unread": 1}),
        "SetCapacity" => json!({"capacity": 10}),
        "Book" => json!({
            "profile_id": 11, "course_schedule_id": 3, "booking_date": "2026-03-02", "pay_with_compensation": false,
        }),
        "Booking" => json!({
            "id": 1000001, "profile_id": 11, "course_schedule_id": 3, "booking_date": "2026-03-02",
            "course_name": "体操入门", "starts_at": "2026-03-02T10:00:00.000Z", "duration_minutes": 60,
            "status": "booked", "source": "direct",
            "compensation_minutes_used": 0, "makeup_until": null, "created_at": "2026-03-01T02:00:00.000Z",
        }),
        "Attend" => json!({"status": "completed"}),
        "Join" => {
            json!({"profile_id": 11, "course_schedule_id": 3, "booking_date": "2026-03-02", "makeup_for": null})
        }
        "Entry" => json!({
            "id": 1000002, "profile_id": 11, "course_schedule_id": 3, "booking_date": "2026-03-02",
            "course_name": "体操入门", "starts_at": "2026-03-02T10:00:00.000Z", "position": 1, "status": "waiting",
            "join_time": "2026-03-01T02:00:00.000Z", "last_notified_at": null, "confirmed_at": null,
            "expires_at": "2026-03-02T03:30:00.000Z", "response_deadline": null, "makeup_for": null, "chance": 0.632, "chance_known": true,
        }),
        "Position" => json!({
            "waitlist_id": 1000002, "status": "waiting", "position": 1, "ahead": 0, "waiting_total": 2,
            "chance": 0.632, "chance_known": true, "estimated_wait_minutes": 480, "last_notification_at": "2026-03-02T03:30:00.000Z",
            "as_of": "2026-03-01T02:00:00.000Z",
        }),
        "NotifyAsk" => json!({"waitlist_ids": [1000002]}),
        "NotifyResults" => json!({"results": [of("NotifyResult"), {
            "waitlist_id": 1000003, "outcome": "refused", "code": "no_free_seat",
        }]}),
        "NotifyResult" => json!({
            "waitlist_id": 1000002, "outcome": "sent", "notification_id": 1000004,
            "response_deadline": "2026-03-01T02:30:00.000Z",
        }),
        "Respond" => json!({"action": "confirm"}),
        "Responded" => {
            let mut entry = of("Entry")?;
            entry["status"] = "confirmed".into();
            entry["confirmed_at"] = "2026-03-01T02:10:00.000Z".into();
            entry["last_notified_at"] = "2026-03-01T02:00:00.000Z".into();
            entry["response_deadline"] = "2026-03-01T02:30:00.000Z".into();
            (entry["position"], entry["chance"]) = (Value::Null, Value::Null);
            let mut booking = of("Booking")?;
            booking["source"] = "waitlist".into();
            json!({"entry": entry, "booking": booking, "makeup": null})
        }
        "Makeup" => json!({
            "id": 1000005, "original_booking_id": 1000001, "profile_id": 11, "makeup_class_id": 1,
            "makeup_schedule_id": 4, "makeup_date": "2026-03-05", "course_name": "体操小班", "starts_at": "2026-03-05T10:00:00.000Z",
            "status": "confirmed", "original_duration": 60, "makeup_duration": 45, "duration_difference": 15,
            "completion_type": "partial", "compensation_id": 1000006,
        }),
        "Notification" => json!({
            "id": 1000004, "waitlist_id": 1000002, "notification_type": "spot_available", "notification_round": 1,
            "sent_time": "2026-03-01T02:00:00.000Z", "response_deadline": "2026-03-01T02:30:00.000Z",
            "response_time": null, "status": "sent", "delivery": "delivered",
            "message_content": "小满候补的体操入门（3月2日 周一 18:00）有名额了，请在 3月1日 周日 10:30 前确认", "flow": of("Flow"),
        }),
        "Flow" => json!({
            "flow_start_time": "2026-03-01T02:00:00.000Z", "flow_completion_time": null, "expiration_reason": null,
        }),
        "EntryNotifications" => {
            json!({"items": [of("Notification")], "next_cursor": null, "counts": of("Counts")})
        }
        "Counts" => json!({"sent": 1, "responded": 0, "expired": 0, "cancelled": 0}),
        "DeadlineCheck" => json!({
            "starts_at": "2026-03-02T10:00:00.000Z", "last_notification_at": "2026-03-02T03:30:00.000Z",
            "response_cutoff_at": "2026-03-02T04:00:00.000Z", "phase": "open", "final_window_active": false,
            "seconds_to_last_notification": 91800, "overdue_settled": 1, "promoted": 1,
        }),
        "ProcessExpiry" => json!({"limit": 1000}),
        "Swept" => json!({"expired": 2, "promoted": 2, "closed": 0, "released": 0}),
        "RuleCall" => json!({"args": [60, 45]}),
        "RuleValue" => json!({"value": {
            "ok": true, "difference": 15, "completionType": "partial", "compensationMinutes": 15, "extraMinutes": 0,
        }}),
        "BookMakeup" => json!({
            "profile_id": 11, "original_booking_id": 1000001, "course_schedule_id": 4, "booking_date": "2026-03-07",
        }),
        "Owed" => json!({"booking": of("Booking"), "makeup_until": "2026-03-16T10:00:00.000Z"}),
        "MakeupOption" => json!({
            "session": of("Session"), "original_duration": 60, "makeup_duration": 45, "duration_difference": 15,
            "completion_type": "partial", "compensation_minutes": 15, "waitlist": false,
        }),
        "MakeupCounts" => json!({"pending": 0, "confirmed": 1, "completed": 0, "cancelled": 0, "no_show": 0}),
        "Makeups" => json!({"items": [of("Makeup")], "next_cursor": null, "counts": of("MakeupCounts")}),
        "Grant" => json!({
            "id": 1000005, "original_booking_id": 1000001, "compensation_minutes": 15, "remaining_minutes": 15,
            "status": "available", "created_time": "2026-03-03T02:00:00.000Z",
            "expiry_time": "2026-03-17T02:00:00.000Z", "used_time": null,
        }),
        "CreditTotals" => json!({"granted": 15, "used": 0, "expired": 0, "revoked": 0}),
        "Balance" => json!({
            "profile_id": 11, "available_minutes": 15, "expiring_soon_minutes": 0,
            "next_expiry": "2026-03-17T02:00:00.000Z", "grants": [of("Grant")], "totals": of("CreditTotals"),
        }),
        "CreditMovement" => json!({
            "at": "2026-03-03T02:00:00.000Z", "kind": "granted", "minutes": 15, "remaining_minutes": 15,
            "compensation_id": 1000005, "booking_id": 1000004,
        }),
        "CreditUse" => json!({
            "compensation_id": 1000005, "used_minutes": 15, "remaining_minutes": 0, "usage_type": "full_use",
        }),
        "PreviewAsk" => json!({"profile_id": 11, "required_minutes": 15}),
        "Preview" => json!({"uses": [of("CreditUse")], "available": 15}),
        "Advance" => json!({"seconds": 60}),
        "RecordedMessage" => json!({
            "openid": "o-1", "template": "spot_available", "page": "pages/waitlist/waitlist?id=1000002",
            "data": {"thing1": {"value": "体操入门"}}, "at": "2026-03-01T02:00:00.000Z", "waitlist_id": 1000002,
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use contract::shapes::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;

    /// The example is read as the shape and written back unchanged.
    fn holds<T: Serialize + DeserializeOwned>(name: &str) {
        let example = of(name).unwrap();
        let read: T = serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(serde_json::to_value(read).unwrap(), example, "{name}");
    }

    #[test]
    fn examples_are_what_they_are_examples_of() {
        holds::<Login>("Login");
        holds::<LoggedIn>("LoggedIn");
        holds::<Time>("Time");
        holds::<Profile>("Profile");
        holds::<Session>("Session");
        holds::<SetCapacity>("SetCapacity");
        holds::<Book>("Book");
        holds::<Booking>("Booking");
        holds::<Attend>("Attend");
        holds::<Join>("Join");
        holds::<Entry>("Entry");
        holds::<Position>("Position");
        holds::<NotifyAsk>("NotifyAsk");
        holds::<NotifyResults>("NotifyResults");
        holds::<Respond>("Respond");
        holds::<Responded>("Responded");
        holds::<Makeup>("Makeup");
        holds::<Notification>("Notification");
        holds::<EntryNotifications>("EntryNotifications");
        holds::<DeadlineCheck>("DeadlineCheck");
        holds::<ProcessExpiry>("ProcessExpiry");
        holds::<Swept>("Swept");
        holds::<BookMakeup>("BookMakeup");
        holds::<Owed>("Owed");
        holds::<MakeupOption>("MakeupOption");
        holds::<Makeups>("Makeups");
        holds::<Balance>("Balance");
        holds::<CreditMovement>("CreditMovement");
        holds::<PreviewAsk>("PreviewAsk");
        holds::<Preview>("Preview");
        holds::<ReadMessages>("ReadMessages");
        holds::<Unread>("Unread");
        holds::<Messages>("Messages");
        holds::<Subscriptions>("Subscriptions");
        holds::<Remaining>("Remaining");
        holds::<RuleCall>("RuleCall");
        holds::<RuleValue>("RuleValue");
    }

    /// Objects only: enums and ids need no example.
    #[test]
    fn every_object_has_an_example() {
        let document = crate::http::openapi::document();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            if schema["type"] == "object" && schema["properties"].is_object() {
                assert!(schema["examples"][0].is_object(), "{name} has no example");
            }
        }
    }
}
