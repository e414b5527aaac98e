//! The cron handler: a backstop that settles what is overdue and nobody touched.
//!
//! While the origin is away it is asked less and less often. This instance of the worker remembers that, not the Cache
//! API: the platform may run each event elsewhere, where neither is known. An instance that does not know asks once a
//! minute, as if nothing were wrong. What is overdue stays due, and members' own requests settle it before they are
//! answered.

use crate::config::Config;
use crate::http::HeaderList;
use crate::keys;
use crate::origin::{self, OriginRequest};
use contract::headers::{EDGE_CRON, EDGE_SECRET};
use contract::{Operation, body, status};
use logic::Instant;
use std::cell::Cell;
use worker::{Env, console_error, console_log};

const PATH: &str = Operation::WaitlistProcessExpiry.path();
/// The longest pause while the origin is away, in minutes.
const LONGEST_PAUSE: i64 = 16;
const MINUTE_MS: i64 = 60_000;

thread_local! {
    static AWAY: Cell<Away> = const { Cell::new(Away::NOT) };
}

/// Since when the origin has been away, in calls.
#[derive(Clone, Copy)]
struct Away {
    /// Calls in a row that were not answered.
    calls: u32,
    /// When the next call is due, in epoch milliseconds.
    next_ms: i64,
}

impl Away {
    const NOT: Self = Self { calls: 0, next_ms: i64::MIN };

    fn is_due(self, now: Instant) -> bool {
        now.millis() >= self.next_ms
    }

    /// After one more call without an answer: the next is due in 2 minutes, then 4, 8, 16, 16, …; half a minute less,
    /// since events come a little early or late.
    fn again(self, now: Instant) -> Self {
        let calls = self.calls.saturating_add(1);
        let pause = 2_i64.saturating_pow(calls).min(LONGEST_PAUSE);
        Self { calls, next_ms: now.millis() + pause * MINUTE_MS - MINUTE_MS / 2 }
    }
}

/// The headers by which the origin knows the cron handler: the edge's secret, or else a token of the service. Never
/// both: beside a token the secret would not count.
fn credential(edge_secret: Option<&str>, service_token: Option<&str>) -> Option<HeaderList> {
    match (edge_secret, service_token) {
        (Some(secret), _) => Some(vec![(EDGE_SECRET, secret.to_owned()), (EDGE_CRON, "1".to_owned())]),
        (None, Some(token)) => Some(vec![("authorization", format!("Bearer {token}"))]),
        (None, None) => None,
    }
}

/// Asks the origin once to settle what is overdue, for the minute `scheduled`, and logs the outcome.
pub(crate) async fn run(env: &Env, scheduled: Instant) {
    let config = Config::of(env);
    let Some(credential) = credential(config.edge_secret.as_deref(), config.service_token.as_deref()) else {
        console_log!("cron: neither EDGE_SECRET nor SERVICE_TOKEN is set, so {PATH} is not called");
        return;
    };
    let Ok(origin) = config.origin() else { return };
    let away = AWAY.get();
    if !away.is_due(scheduled) {
        console_log!("cron: the origin was away {} times in a row: not asked this minute", away.calls);
        return;
    }
    let request_id = keys::new_uuid();
    let mut headers = credential;
    headers.push(("content-type", body::MEDIA_TYPE.to_owned()));
    headers.push(("accept", body::MEDIA_TYPE.to_owned()));
    let request = OriginRequest {
        origin,
        method: "POST",
        path_and_query: PATH,
        headers: &headers,
        body: b"{}".to_vec(),
        timeout_ms: config.origin_write_timeout_ms,
        request_id: &request_id,
    };
    let is_away = match origin::send(request).await {
        Ok(response) => {
            let status = response.status;
            let text = String::from_utf8(response.bytes().await.unwrap_or_default()).unwrap_or_default();
            if status == status::OK {
                console_log!("cron: request {request_id}: {text}");
            } else {
                console_error!("cron: request {request_id}: the origin refused with {status}: {text}");
            }
            // Waiting does not help against any other refusal.
            status::is_passing(status)
        }
        Err(error) => {
            console_error!("cron: request {request_id}: the origin did not answer: {error}");
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
