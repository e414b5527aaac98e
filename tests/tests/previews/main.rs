//! Previews: what the mini-program computes on the phone is what the service then does.
//!
//! For random facts, read over HTTP as the pages read them, the rule functions predict whether a class can make up a
//! missed one and with which difference, which grants a booking spends, and whether a profile may join a waitlist.
//!
//! `PREVIEW_SEED` replays one seed; `PREVIEW_STEPS` sets the number of steps of a seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod gym;
mod seen;

use chrono::NaiveDate;
use gym::{CHILD, Gym};
use logic::{Instant, Minutes};
use rand::RngExt;
use reqwest::Method;
use seen::{Seen, body, is, list, on_the_phone, said, verdict};
use serde_json::{Value, json};
use std::slice;

const STEPS: usize = 250;
const MONDAY: &str = "2030-03-04";
/// Days of classes.
const SPAN: u64 = 28;

impl Gym {
    /// Predicts whether a booking can be made up in a class, and on which terms.
    async fn make_up(&mut self) {
        let class = self.class();
        let seen = Seen::look(self, class).await;
        let missed: Vec<Value> =
            seen.bookings.iter().filter(|booking| !booking["makeup_until"].is_null()).cloned().collect();
        // The booking of a makeup, and one that got its minutes back, earn no makeup: the pages show no button.
        let others = |booking: &&Value| is(booking, "status", &["booked", "completed", "cancelled"]);
        let others: Vec<Value> = seen.bookings.iter().filter(others).cloned().collect();
        let from = if self.rng.random_bool(0.1) { others } else { missed };
        let Some(original) = self.pick(&from) else { return };
        if seen.session["status"] == "cancelled" || seen.is_withheld(self.now()) {
            return;
        }
        let (schedule, date) = (&original["course_schedule_id"], original["booking_date"].as_str().unwrap());
        let category =
            body(&self.family.get(&format!("/sessions/{schedule}/{date}")).await)["category"].clone();
        let facts = seen.makeup_facts(&original, &category, self.now());
        let policy = self.policy.clone();
        let allowed = self.on_the_phone("checkMakeup", facts.clone(), std::slice::from_ref(&policy));
        let (was, will_be) = (&original["duration_minutes"], &seen.session["duration_minutes"]);
        let minutes = self.on_the_phone("durationDifference", was.clone(), std::slice::from_ref(will_be));
        let available = format!(
            "/makeup/available?profile_id={CHILD}&original_booking_id={}&from={date}&to={date}",
            original["id"],
            date = class.1
        );
        let options = list(&self.family, &available).await;
        let option = options.iter().find(|option| seen.here(&option["session"]));

        let full = allowed["code"] == "session_full";
        if full {
            self.wait_to_make_up(&seen, class, &original, option).await;
        } else {
            assert_eq!(option.is_some(), allowed["ok"] == true, "{facts}: listed as {option:?}, {allowed}");
        }
        if let Some(option) = option {
            assert_eq!(option["duration_difference"], minutes["difference"]);
            assert_eq!(option["completion_type"], minutes["completionType"]);
            assert_eq!(option["compensation_minutes"], minutes["compensationMinutes"]);
        }
        let ask = json!({ "profile_id": CHILD, "original_booking_id": original["id"],
                          "course_schedule_id": class.0, "booking_date": class.1 });
        let before = self.balance().await;
        if full && self.rng.random_bool(0.5) {
            return;
        }
        let answer = self.family.json(Method::POST, "/makeup/book", &ask).await;
        let waits_now = full && verdict(&answer) == "already_waiting";
        if !waits_now {
            assert_eq!(verdict(&answer), said(&allowed), "{facts}: {}", answer.body);
        }
        self.note("makeup", &verdict(&answer));
        if answer.status == 201 {
            let made = body(&answer);
            assert_eq!(made["duration_difference"], minutes["difference"]);
            assert_eq!(made["completion_type"], minutes["completionType"]);
            let after = self.balance().await;
            let gained =
                after["available_minutes"].as_i64().unwrap() - before["available_minutes"].as_i64().unwrap();
            assert_eq!(json!(gained), minutes["compensationMinutes"], "the credit that was shown");
            self.note("minutes", made["completion_type"].as_str().unwrap());
        }
    }

    /// Predicts whether a full class can be waited for with the makeup in mind.
    async fn wait_to_make_up(
        &mut self,
        seen: &Seen,
        class: (i64, NaiveDate),
        original: &Value,
        option: Option<&Value>,
    ) {
        let may = self.on_the_phone("checkJoin", seen.join_facts(self.now()), slice::from_ref(&self.policy));
        assert_eq!(option.is_some(), may["ok"] == true, "{may} and {option:?}");
        if let Some(option) = option {
            assert_eq!(option["waitlist"], true);
        }
        if self.rng.random_bool(0.5) {
            let ask = json!({ "profile_id": CHILD, "course_schedule_id": class.0, "booking_date": class.1,
                              "makeup_for": original["id"] });
            let answer = self.family.json(Method::POST, "/waitlist/join", &ask).await;
            assert_eq!(verdict(&answer), said(&may), "{}", answer.body);
            self.note("wait for a makeup", &verdict(&answer));
            if answer.status == 201 && self.rng.random_bool(0.6) {
                let path = format!("/waitlist/{}", body(&answer)["id"]);
                self.family.send(Method::DELETE, &path, None, Vec::new()).await;
            }
        }
    }

    /// Predicts whether the waitlist of a class can be joined.
    async fn join(&mut self) {
        let class = self.class();
        let seen = Seen::look(self, class).await;
        if seen.session["status"] == "cancelled" {
            return;
        }
        let facts = seen.join_facts(self.now());
        let may = self.on_the_phone("checkJoin", facts.clone(), slice::from_ref(&self.policy));
        let ask = json!({ "profile_id": CHILD, "course_schedule_id": class.0, "booking_date": class.1 });
        let answer = self.family.json(Method::POST, "/waitlist/join", &ask).await;
        assert_eq!(verdict(&answer), said(&may), "{facts}: {}", answer.body);
        self.note("join", &verdict(&answer));
    }

    async fn balance(&self) -> Value {
        body(&self.family.get(&format!("/compensation/balance?profile_id={CHILD}")).await)
    }

    /// Predicts which grants a booking that is paid with credit spends.
    async fn pay(&mut self) {
        let class = self.class();
        let seen = Seen::look(self, class).await;
        let balance = self.balance().await;
        // Every grant, expired ones included: the function ignores what cannot be spent.
        let grants: Vec<Value> = balance["grants"].as_array().unwrap().iter().map(on_the_phone).collect();
        let required = seen.session["duration_minutes"].clone();
        let more = [required.clone(), self.now().millis().into()];
        let plan = self.on_the_phone("planCompensation", grants.into(), &more);
        assert_eq!(plan["available"], balance["available_minutes"]);
        let ask = json!({ "profile_id": CHILD, "required_minutes": required });
        let preview = self.family.json(Method::POST, "/compensation/preview", &ask).await;
        assert_eq!(verdict(&preview), said(&plan), "{}", preview.body);
        let ask = json!({ "profile_id": CHILD, "course_schedule_id": class.0, "booking_date": class.1,
                          "pay_with_compensation": true });
        let answer = self.family.json(Method::POST, "/bookings", &ask).await;
        match verdict(&answer).as_str() {
            "yes" => {
                assert_eq!(plan["ok"], true, "{plan}, {}", answer.body);
                let booking = body(&answer);
                assert_eq!(booking["compensation_minutes_used"], required);
                let path = format!("/compensation/history?profile_id={CHILD}");
                let mut taken: Vec<Value> = list(&self.family, &path).await;
                taken.retain(|it| it["booking_id"] == booking["id"] && it["kind"] == "used");
                taken.reverse();
                let taken = taken.iter().map(|it| {
                    json!({ "compensationId": it["compensation_id"], "usedMinutes": it["minutes"],
                            "remainingMinutes": it["remaining_minutes"], "usageType": it["usage_type"] })
                });
                assert_eq!(plan["uses"], taken.collect::<Value>(), "what was planned is what was taken");
            }
            "insufficient_compensation" => {
                assert_eq!(plan["code"], "insufficient_compensation");
                assert_eq!(body(&answer)["available"], plan["available"]);
            }
            // Credit is checked last.
            _ => return,
        }
        self.note("pay", &verdict(&answer));
    }

    async fn play(&mut self, steps: usize) {
        let last = Instant::parse_rfc3339(&format!("{MONDAY}T00:00:00.000Z")).unwrap();
        let last = last.plus(Minutes::days(i64::try_from(SPAN).unwrap()));
        for _ in 0..steps {
            if self.rng.random_bool(0.25) && self.now() < last {
                let seconds = self.rng.random_range(1..4 * 3600);
                self.family.advance_clock(seconds).await.unwrap();
                if self.rng.random_bool(0.3) {
                    self.family.sweep().await.unwrap();
                }
            }
            match self.rng.random_range(0..100) {
                0..45 => self.live().await,
                45..75 => self.make_up().await,
                75..88 => self.pay().await,
                _ => self.join().await,
            }
        }
        tests::rows::check_invariants(&self.app.app.pool).await;
    }
}

fn steps() -> usize {
    std::env::var("PREVIEW_STEPS").map_or(STEPS, |steps| steps.parse().expect("PREVIEW_STEPS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_agree_with_the_service_for_a_fixed_seed() {
    let mut gym = Gym::draw(1).await;
    gym.play(2 * STEPS).await;
    println!("{:?}", gym.foreseen);
    for what in [
        "makeup: yes",
        "makeup: not_missed",
        "makeup: already_made_up",
        "makeup: makeup_expired",
        "makeup: makeup_before_original",
        "makeup: course_mismatch",
        "makeup: time_conflict",
        "makeup: session_full",
        "minutes: partial",
        "pay: insufficient_compensation",
        "pay: yes",
        "join: yes",
        "join: spot_available",
    ] {
        assert!(gym.foreseen.contains_key(what), "`{what}` never happened: {:?}", gym.foreseen);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_agree_with_the_service_for_a_random_seed() {
    let seed = std::env::var("PREVIEW_SEED").map_or_else(
        |_| rand::random_range(0..1 << 32),
        |seed| seed.parse().expect("PREVIEW_SEED is a number"),
    );
    println!("PREVIEW_SEED={seed}");
    let mut gym = Gym::draw(seed).await;
    gym.play(steps()).await;
    println!("{:?}", gym.foreseen);
}
