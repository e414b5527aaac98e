//! Refuses a write before the origin is asked: by `logic`, from the parsed body, the policy in force and what is cached
//! of classes and of the caller's own reads (decision 7).
//!
//! Invariants:
//! - It refuses nothing that the backend would not refuse, with the backend's own code, status and words. Where a fact
//!   is missing the origin is asked, and only the origin ever says yes.
//! - A write with an `Idempotency-Key` is left to the origin, unless it is the key's first attempt: the key may have
//!   been answered before, and that answer is repeated however late the repeat is, or whatever else the request has
//!   become ([`idempotency`](crate::idempotency)).
//! - A refusal holds whatever the edge does not know: unknown facts are taken in the caller's favour. What it does know
//!   either cannot change (when a class starts, whose profile it is, that a class was called off), or stands between the
//!   caller and another refusal, and is a minute old at most. So the backend refuses too; within that minute perhaps for
//!   another reason (the class was called off just now).
//! - A class is judged by the version of the policy that judges it at the origin. Where a version that the edge cannot know
//!   of may come to apply before the origin decides, the origin is asked (R1.25). An owner may let a class take another
//!   version (R1.26), so before a refusal the class is read again, unless that can no longer happen to it.
//! - The origin's clock is not the edge's: a refusal must hold at every instant that the origin's clock may show.

mod bodies;
mod facts;
mod subject;
mod windows;

use crate::cache;
use crate::origin::OriginRequest;
use bodies::Ask;
use contract::body;
use contract::operation::Body;
use contract::problem::Problem;
use contract::token::Claims;
use facts::{Facts, Sources};
use logic::Code;
use logic::status::Role;
pub(crate) use subject::Subject;

/// What the precheck found out about a request that it lets through.
pub(crate) enum Passed {
    /// Nothing: it did not look at the body.
    Unread,
    /// What the request asks. Had it known more, it might have refused.
    Read(Ask),
}

/// Refuses what the backend would refuse.
pub(crate) async fn check(subject: Subject<'_>) -> Result<Passed, Problem> {
    // A percent-encoded path is left to the origin, as the route table leaves it.
    let expected = subject.route.operation.body();
    if !matches!(expected, Body::Json | Body::Optional)
        || !subject.may_judge
        || subject.route.path.contains('%')
    {
        return Ok(Passed::Unread);
    }
    let Some(ask) = bodies::read(subject.route, subject.body)? else {
        return Ok(Passed::Unread);
    };
    // Staff act for anyone, and the edge does not know every profile.
    if let (Some(caller), Ok(origin)) = (subject.caller, subject.config.origin())
        && caller.role == Role::Member
    {
        let sources = Sources { subject: &subject, origin, caller };
        if let Some(facts) = Facts::find(&ask, &sources).await
            && let Some(now) = sources.now().await
            && facts.has_its_version(now)
            && let Err(refusal) = windows::check(&facts, now)
            && sources.confirm_version(&facts, now).await
        {
            return Err(refusal);
        }
    }
    Ok(Passed::Read(ask))
}

/// Whether the origin refused, with this code, for a reason that the precheck can know the next time.
pub(crate) fn can_be_learned(code: &str) -> bool {
    [
        Code::ClassCancelled,
        Code::ClassStarted,
        Code::TooFarAhead,
        Code::WaitlistClosed,
        Code::MakeupExpired,
        Code::MakeupBeforeOriginal,
        Code::MakeupTooLate,
        Code::ResponseDeadlinePassed,
    ]
    .iter()
    .any(|known| known.as_str() == code)
}

/// Reads and caches the facts by which the precheck would refuse `ask`, for callers who ask again and again. Runs after
/// the response; a read that fails is left out.
pub(crate) async fn learn(ask: Ask, origin: String, caller: Claims, authorization: String, timeout_ms: u32) {
    for read in facts::reads(&ask) {
        learn_one(read, &origin, &caller, &authorization, timeout_ms).await;
    }
    if let Some(read) = facts::version_read(&ask, &origin, &caller).await {
        learn_one(read, &origin, &caller, &authorization, timeout_ms).await;
    }
}

async fn learn_one(
    (operation, path): facts::Read,
    origin: &str,
    caller: &Claims,
    authorization: &str,
    timeout_ms: u32,
) {
    let Some(rule) = operation.cache() else { return };
    let headers = vec![("authorization", authorization.to_owned()), ("accept", body::MEDIA_TYPE.to_owned())];
    let request_id = crate::keys::new_uuid();
    let request = OriginRequest {
        origin,
        method: "GET",
        path_and_query: &path,
        headers: &headers,
        body: vec![],
        timeout_ms,
        request_id: &request_id,
    };
    cache::refresh(request, rule, caller).await;
}
