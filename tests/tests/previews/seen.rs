//! What the mini-program's pages read, and the facts that they derive from it.

use crate::gym::{CHILD, Gym};
use chrono::NaiveDate;
use logic::Instant;
use serde_json::{Value, json};
use tests::{Answer, Client};

/// Reads every item of one of the account's lists.
pub(super) async fn list(family: &Client, path: &str) -> Vec<Value> {
    let page: Value = serde_json::from_str(&family.get(&format!("{path}&limit=100")).await.body).unwrap();
    assert!(page["next_cursor"].is_null(), "{path} has more than a page");
    page["items"].as_array().unwrap().clone()
}

pub(super) fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Returns `yes`, or the code of the refusal.
pub(super) fn verdict(answer: &Answer) -> String {
    if answer.status < 300 { "yes".to_owned() } else { answer.problem().code }
}

pub(super) fn said(verdict: &Value) -> String {
    if verdict["ok"] == true { "yes".to_owned() } else { verdict["code"].as_str().unwrap().to_owned() }
}

pub(super) fn millis(at: &Value) -> i64 {
    Instant::parse_rfc3339(at.as_str().unwrap()).unwrap().millis()
}

pub(super) fn span(item: &Value) -> (i64, i64) {
    let start = millis(&item["starts_at"]);
    (start, start + item["duration_minutes"].as_i64().unwrap() * 60_000)
}

pub(super) fn is(item: &Value, field: &str, words: &[&str]) -> bool {
    words.contains(&item[field].as_str().unwrap())
}

/// What the pages show about the profile and a class.
pub(super) struct Seen {
    pub(super) session: Value,
    pub(super) bookings: Vec<Value>,
    pub(super) entries: Vec<Value>,
    pub(super) makeups: Vec<Value>,
}

impl Seen {
    pub(super) async fn look(gym: &Gym, (schedule, date): (i64, NaiveDate)) -> Self {
        let own = format!("profile_id={CHILD}");
        let session = gym.family.get(&format!("/sessions/{schedule}/{date}")).await;
        Self {
            session: body(&session),
            bookings: list(&gym.family, &format!("/bookings/my?{own}")).await,
            entries: list(&gym.family, &format!("/waitlist/my?{own}")).await,
            makeups: list(&gym.family, &format!("/makeup/my?{own}")).await,
        }
    }

    /// Returns the live bookings of the profile that overlap the class, its booking of the class included.
    pub(super) fn conflict(&self) -> bool {
        let class = span(&self.session);
        self.bookings
            .iter()
            .filter(|booking| is(booking, "status", &["booked", "completed", "absent"]))
            .any(|booking| span(booking).0 < class.1 && class.0 < span(booking).1)
    }

    pub(super) fn here(&self, item: &Value) -> bool {
        item["course_schedule_id"] == self.session["course_schedule_id"]
            && item["booking_date"] == self.session["booking_date"]
    }

    pub(super) fn made_up(&self, original: &Value) -> bool {
        let live = ["pending", "confirmed", "completed", "no_show"];
        let its = |makeup: &&Value| makeup["original_booking_id"] == original["id"];
        self.makeups.iter().filter(its).any(|makeup| is(makeup, "status", &live))
    }

    /// Returns the facts of `checkMakeup`, as the page `makeup/select` derives them.
    pub(super) fn makeup_facts(&self, original: &Value, category: &Value, now: Instant) -> Value {
        json!({
            "originalStatus": original["status"], "madeUp": self.made_up(original),
            "originalStart": span(original).0, "targetStart": span(&self.session).0, "now": now.millis(),
            "sameCategory": self.session["category"] == *category, "timeConflict": self.conflict(),
            "freeSeats": self.session["free"],
        })
    }

    /// Returns the facts of `checkJoin`.
    pub(super) fn join_facts(&self, now: Instant) -> Value {
        let count = |name: &str| self.session[name].as_i64().unwrap();
        let live: Vec<&Value> =
            self.entries.iter().filter(|entry| is(entry, "status", &["waiting", "notified"])).collect();
        // A closed waitlist has no waiting entries, even before the sweep has run.
        let counts = live
            .iter()
            .filter(|entry| entry["status"] == "notified" || millis(&entry["expires_at"]) >= now.millis());
        let booked = self.bookings.iter().filter(|booking| self.here(booking));
        json!({
            "start": span(&self.session).0, "now": now.millis(),
            "alreadyBooked": booked.into_iter().any(|it| is(it, "status", &["booked", "completed", "absent"])),
            "alreadyWaiting": live.iter().any(|entry| self.here(entry)),
            "freeSeats": count("capacity") - count("booked") - count("held"),
            "queueLength": count("waiting") + count("held"), "queueCapacity": count("queue_capacity"),
            "activeWaitlists": counts.count(),
        })
    }

    /// Returns whether the pages withhold the class: the profile waits or has an open offer, or has used the right to a
    /// makeup that its leave from the class gave.
    pub(super) fn is_withheld(&self, now: Instant) -> bool {
        let open = millis(&self.session["last_notification_at"]) >= now.millis();
        let waits = |it: &Value| it["status"] == "notified" || (it["status"] == "waiting" && open);
        self.entries.iter().any(|entry| self.here(entry) && waits(entry))
            || self.bookings.iter().any(|it| self.here(it) && it["status"] == "leave" && self.made_up(it))
    }
}

/// Converts a grant to the argument of `planCompensation`.
pub(super) fn on_the_phone(grant: &Value) -> Value {
    json!({ "id": grant["id"], "remainingMinutes": grant["remaining_minutes"],
            "expiryTime": millis(&grant["expiry_time"]), "status": grant["status"] })
}
