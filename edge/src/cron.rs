//! The platform's clock: a backstop that settles what nobody touched (ARCHITECTURE, "An offer expires").
//!
//! While the origin is away it is asked less and less often. That it is away is remembered by this instance of the
//! worker, not in the Cache API: the platform may run any minute's event elsewhere, where neither would be known, and
//! one that does not know asks once a minute at most, as if nothing were wrong. The memory costs nothing and needs no
//! binding; what is due stays due, and members' own requests settle it before they are answered.

use crate::border::{note, report};
use crate::config::Config;
use crate::forward::{self, Onward};
use crate::keys;
use logic::Instant;
use std::cell::Cell;
use wasm_bindgen::JsValue;

const PATH: &str = "/api/v1/waitlist/process-expiry";
/// The longest that an absent origin is left alone, in minutes.
const LONGEST_PAUSE: i64 = 16;
const MINUTE_MS: i64 = 60_000;

thread_local! {
    static AWAY: Cell<Away> = const { Cell::new(Away::NOT) };
}

/// For how long the origin has been away.
#[derive(Clone, Copy)]
struct Away {
    /// Calls in a row that it did not answer.
    calls: u32,
    /// When it is asked again, in epoch milliseconds.
    next_ms: i64,
}

impl Away {
    const NOT: Self = Self { calls: 0, next_ms: i64::MIN };

    fn is_due(self, now: Instant) -> bool {
        now.millis() >= self.next_ms
    }

    /// After one more call without an answer: in 2 minutes, then 4, 8, 16, 16, … Half a minute less, since events come
    /// a little early or late.
    fn again(self, now: Instant) -> Self {
        let calls = self.calls.saturating_add(1);
        let pause = 2_i64.saturating_pow(calls).min(LONGEST_PAUSE);
        Self { calls, next_ms: now.millis() + pause * MINUTE_MS - MINUTE_MS / 2 }
    }
}

/// Asks the origin once to settle what is overdue, for the minute `scheduled`. Says in the log what came of it.
pub(crate) async fn run(env: &JsValue, scheduled: Instant) {
    let config = Config::of(env);
    let Some(token) = &config.service_token else {
        note(&format!("cron: the secret SERVICE_TOKEN is unset, so {PATH} is not called"));
        return;
    };
    let Ok(origin) = config.origin() else { return };
    let away = AWAY.get();
    if !away.is_due(scheduled) {
        note(&format!("cron: the origin was away {} times in a row: not asked this minute", away.calls));
        return;
    }
    let request_id = keys::new_uuid();
    let headers = vec![
        ("authorization", format!("Bearer {token}")),
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    let onward = Onward {
        origin,
        method: "POST",
        path_and_query: PATH,
        headers: &headers,
        body: b"{}".to_vec(),
        timeout_ms: config.origin_timeout_ms,
        request_id: &request_id,
    };
    let is_away = match forward::ask(onward).await {
        Ok(reply) => {
            let status = reply.status;
            let text = String::from_utf8(reply.bytes().await.unwrap_or_default()).unwrap_or_default();
            if status == 200 {
                note(&format!("cron: request {request_id}: {text}"));
            } else {
                report(&format!("cron: request {request_id}: the origin refused with {status}: {text}"));
            }
            // 429 too: it asks to be left alone. Any other refusal is not mended by waiting.
            status > 500 || status == 429
        }
        Err(fault) => {
            report(&format!("cron: request {request_id}: the origin did not answer: {fault}"));
            true
        }
    };
    AWAY.set(if is_away { away.again(scheduled) } else { Away::NOT });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_origin_is_asked_less_and_less_often() {
        let mut away = Away::NOT;
        let mut asked = vec![];
        for minute in 0..80 {
            let now = Instant::clamped(minute * MINUTE_MS);
            if away.is_due(now) {
                asked.push(minute);
                away = away.again(now);
            }
        }
        assert_eq!(asked, [0, 2, 6, 14, 30, 46, 62, 78]);
    }

    #[test]
    fn an_event_that_comes_early_counts() {
        let away = Away::NOT.again(Instant::clamped(0));
        assert!(away.is_due(Instant::clamped(2 * MINUTE_MS - 900)));
        assert!(!away.is_due(Instant::clamped(MINUTE_MS + 900)));
        assert!(
            (0..200).fold(away, |away, _| away.again(Instant::clamped(0))).is_due(Instant::clamped(960_000))
        );
    }
}
