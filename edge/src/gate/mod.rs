//! What is refused before the origin is asked: by `logic`, over the parsed body, the policy in force and what is kept
//! of classes and of the caller's own reads.
//!
//! Invariants:
//! - Nothing is refused that the backend would not refuse, and a refusal is the backend's own: code, status, words.
//!   Where a fact is missing the origin is asked; it is never the gate that says yes.
//! - A write with an `Idempotency-Key` is the origin's, whatever it says: the key may have been answered before, and
//!   that answer is given again however late it is, or whatever else the request has become.
//! - A refusal holds whatever the gate does not know: its facts are those that favour the caller most. What it does
//!   know either cannot become untrue (when a class starts, whose profile it is, that a class was called off), or
//!   stands between the caller and another refusal, and is a minute old at most. So what is refused is refused by the
//!   backend too; within those seconds it may have another reason (a class that was called off just now).
//! - The origin's clock is not the edge's: a refusal must hold at every instant that the origin may read.

mod bodies;
mod facts;
mod windows;

use crate::border::Lines;
use crate::cache;
use crate::config::Config;
use crate::forward::Onward;
use crate::problem::Problem;
use crate::routes::{Body, Found};
use bodies::Ask;
use contract::token::Claims;
use facts::{Facts, Known};
use logic::Code;
use logic::status::Role;

/// A request whose caller may ask it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) route: &'a Found<'a>,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a Lines,
    pub(crate) body: &'a [u8],
    /// `None` where anyone may ask.
    pub(crate) caller: Option<&'a Claims>,
    pub(crate) config: &'a Config,
    pub(crate) request_id: &'a str,
}

/// What the gate made of a request that it lets through.
pub(crate) enum Passed {
    /// Nothing.
    Unread,
    /// It read what is asked, and would refuse the same another time, knew it what the origin refuses it for.
    Read(Ask),
}

/// Refuses what the backend would refuse.
///
/// # Errors
/// The backend's refusal.
pub(crate) async fn check(asked: Asked<'_>) -> Result<Passed, Problem> {
    let keyed = asked.route.is_keyed(asked.headers);
    // What is percent-encoded is left to the origin to read, as the routes leave it.
    if asked.route.body != Body::Json || keyed || asked.path.contains('%') {
        return Ok(Passed::Unread);
    }
    let Some(ask) = bodies::read(asked.route.pattern, asked.path, asked.body)? else {
        return Ok(Passed::Unread);
    };
    // Staff act for anyone: whom there is, the edge does not know.
    if let (Some(caller), Ok(origin)) = (asked.caller, asked.config.origin())
        && caller.role == Role::Member
    {
        let known = Known { asked: &asked, origin, caller };
        if let Some(facts) = Facts::find(&ask, &known).await
            && let Some(now) = known.now().await
        {
            windows::check(&facts, now)?;
        }
    }
    Ok(Passed::Read(ask))
}

/// After the origin refused what the gate let through: whether its reason is one that the gate can know another time.
pub(crate) fn is_worth_knowing(code: &str) -> bool {
    [
        Code::ClassCancelled,
        Code::ClassStarted,
        Code::WaitlistClosed,
        Code::MakeupExpired,
        Code::MakeupBeforeOriginal,
        Code::MakeupTooLate,
        Code::ResponseDeadlinePassed,
    ]
    .iter()
    .any(|known| known.as_str() == code)
}

/// Reads and keeps what the gate would have to know to refuse `ask` itself: for callers who ask again and again. Done
/// after the answer; what fails is not known then.
pub(crate) async fn learn(ask: Ask, origin: String, caller: Claims, authorization: String, timeout_ms: u32) {
    for (pattern, path) in facts::sources(&ask) {
        let Some(kept) = cache::kept(pattern) else { continue };
        let headers =
            vec![("authorization", authorization.clone()), ("accept", "application/json".to_owned())];
        let request_id = crate::keys::new_uuid();
        let onward = Onward {
            origin: &origin,
            method: "GET",
            path_and_query: &path,
            headers: &headers,
            body: vec![],
            timeout_ms,
            request_id: &request_id,
        };
        cache::refresh(onward, kept, &caller).await;
    }
}
