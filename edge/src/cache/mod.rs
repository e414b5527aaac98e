//! Answers of the origin, kept where they may be: classes, lists and the policy for everyone, personal reads for their
//! own account, to be shown while the origin is away.
//!
//! Invariants: who may ask was checked before anything here is looked at. A personal answer is found by the account
//! and the role of a verified token, and by nothing that a caller writes. What is not fresh is shown only where the
//! origin said just now that it still holds, or is away; in that case with `age` and `x-served-stale: 1`.

mod kept;
mod store;

pub(crate) use kept::{For, Kept, kept};

use crate::answer::Answer;
use crate::border::{Body, EventContext, Lines, value};
use crate::clock;
use crate::forward::{self, Onward};
use crate::problem::Problem;
use contract::token::Claims;
use js_sys::encode_uri_component;
use logic::Instant;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Stored;

/// Names entries; nothing is ever asked there.
const HOST: &str = "https://kept.invalid";

/// Where an answer is kept. The origin is part of it: another origin has other rows.
fn key(origin: &str, whom: For, claims: Option<&Claims>, path_and_query: &str) -> Option<String> {
    let place = match whom {
        For::Everyone => "everyone".to_owned(),
        For::Account => own(claims?),
    };
    Some(format!("{HOST}/{}/{place}{path_and_query}", part(origin)))
}

fn own(claims: &Claims) -> String {
    format!("{}-{}", claims.role, part(&claims.sub))
}

/// When the account last wrote. Both of its roles write the same rows.
fn account_mark(origin: &str, claims: &Claims) -> String {
    format!("{HOST}/{}/written/{}", part(origin), part(&claims.sub))
}

/// When a write of the account last came to nothing that is known.
fn lost_mark(origin: &str, claims: &Claims) -> String {
    format!("{HOST}/{}/lost/{}", part(origin), part(&claims.sub))
}

/// When anybody last wrote to a class.
fn lists_mark(origin: &str) -> String {
    format!("{HOST}/{}/written", part(origin))
}

fn part(text: &str) -> String {
    encode_uri_component(text).into()
}

/// Whether `if-none-match` names `etag`, weakly compared (RFC 9110).
fn holds(if_none_match: Option<&str>, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if_none_match.unwrap_or_default().split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

/// Answers a GET whose answers are kept.
///
/// # Errors
/// `unavailable` when the origin is away and nothing that may be shown is at hand.
pub(crate) async fn read(
    onward: Onward<'_>,
    kept: Kept,
    claims: Option<&Claims>,
    context: &EventContext,
) -> Result<Answer, Problem> {
    let origin = onward.origin;
    let Some(key) = key(origin, kept.whom, claims, onward.path_and_query) else {
        return forward::send(onward).await;
    };
    let mine = value(onward.headers, "if-none-match").map(str::to_owned);
    let mut stored = Stored::find(&key).await;
    let asked_at = clock::now();
    if kept.whom == For::Everyone
        && let Some(found) = stored.take_if(|stored| stored.is_fresh(asked_at))
    {
        if !is_list(onward.path_and_query) || found.is_after(store::marked(&lists_mark(origin)).await) {
            let (held, age) = (holds(mine.as_deref(), &found.etag), age(&found, asked_at));
            return Ok(found.answer(held, [age]));
        }
        stored = Some(found);
    }
    let headers = with_tags(onward.headers, mine.as_deref(), stored.as_ref());
    let answered = forward::read(Onward { headers: &headers, ..onward }).await;
    match (answered, stored) {
        (Ok(reply), Some(found)) if reply.status == 304 => {
            let etag = reply.value("etag").unwrap_or_default();
            if !holds(Some(&found.etag), etag) {
                // The caller's own, and newer than what is kept.
                return Ok(Answer::of(reply));
            }
            if let Some(entry) = found.renewed(kept, asked_at) {
                context.after_the_answer(store::put(key, entry));
            }
            let held = holds(mine.as_deref(), etag);
            Ok(found.answer(held, []))
        }
        (Ok(reply), stored) if !forward::is_away(&reply) => {
            if reply.status == 200 {
                if let Some(entry) = store::entry(&reply, kept, asked_at) {
                    context.after_the_answer(store::put(key, entry));
                }
            } else if stored.is_some() && ends(reply.status) {
                // It must not come back when the origin is away.
                store::forget(&key).await;
            }
            Ok(Answer::of(reply))
        }
        (away, Some(found)) => {
            let now = clock::now();
            let young = kept.may_show(found.age_ms(now));
            let written = match claims {
                Some(claims) if kept.whom == For::Account && young => {
                    store::marked(&account_mark(origin, claims)).await
                }
                _ => None,
            };
            if young && found.is_after(written) {
                let (held, age) = (holds(mine.as_deref(), &found.etag), age(&found, now));
                return Ok(found.answer(held, [age, ("x-served-stale", "1".to_owned())]));
            }
            away.map(Answer::of)
        }
        (away, None) => away.map(Answer::of),
    }
}

/// Whether an answer says that what was kept is gone, or no longer its caller's. A fault that passes says neither.
fn ends(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 410)
}

fn age(stored: &Stored, now: Instant) -> (&'static str, String) {
    ("age", (stored.age_ms(now) / 1000).to_string())
}

/// Whether a path for everyone is a list of classes.
fn is_list(path_and_query: &str) -> bool {
    path_and_query.split('?').next() == Some("/api/v1/sessions")
}

/// The headers to the origin: it is asked about what is kept and what the caller holds, whichever it is.
fn with_tags(headers: &Lines, mine: Option<&str>, stored: Option<&Stored>) -> Lines {
    let tags: Vec<&str> = stored.map(|stored| stored.etag.as_str()).into_iter().chain(mine).collect();
    let mut lines: Lines = headers.iter().filter(|(name, _)| *name != "if-none-match").cloned().collect();
    if !tags.is_empty() {
        lines.push(("if-none-match", tags.join(", ")));
    }
    lines
}

/// What the origin answered to a write.
pub(crate) struct Written {
    pub(crate) answer: Answer,
    /// The code, where it refused.
    pub(crate) refused_with: Option<String>,
    /// Refused before any rule was asked: nothing was written.
    never_began: bool,
}

/// Sends a write, and forgets what it may have changed: all that is kept for the account, lists of classes, and the
/// class that the request or the answer names. What it changed for others they are told when they ask the origin. A
/// rule's refusal counts too: overdue offers may have been settled on the way to it.
///
/// # Errors
/// `unavailable` when the origin does not answer; also then something may have been written, and no rule goes by what is
/// kept from before.
pub(crate) async fn write(onward: Onward<'_>, claims: &Claims) -> Result<Written, Problem> {
    let origin = onward.origin;
    let mut classes: Vec<String> = class_in_path(onward.path_and_query).into_iter().collect();
    classes.extend(classes_in(&onward.body));
    let written = match forward::answered(onward).await {
        Ok(reply) => reply.bytes().await.map_err(|fault| forward::broken(&fault)).map(|body| {
            classes.extend(classes_in(&body));
            let refused_with = (reply.status >= 400).then(|| code_in(&body)).flatten();
            let never_began = matches!(reply.status, 400..=404 | 413 | 422 | 429);
            let answer = Answer::from_origin(reply.status, reply.lines, Body::Bytes(body));
            Written { answer, refused_with, never_began }
        }),
        Err(problem) => Err(problem),
    };
    match &written {
        Ok(Written { never_began: true, .. }) => {}
        Ok(_) => {
            let marks = [account_mark(origin, claims), lists_mark(origin)];
            let classes = classes.iter().filter_map(|path| key(origin, For::Everyone, None, path));
            store::note_write(&marks, &classes.collect::<Vec<_>>()).await;
        }
        // Most likely the origin is away: what is kept is all that there is to show, and says how old it is.
        Err(_) => store::note_write(&[lost_mark(origin, claims), lists_mark(origin)], &[]).await,
    }
    written
}

/// The code of a problem.
fn code_in(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value["code"].as_str()?.to_owned())
}

/// What is kept of a path, if the origin said so at most `holds_ms` ago, and the account wrote nothing since.
pub(crate) async fn fact<T: DeserializeOwned>(
    origin: &str,
    whom: For,
    claims: Option<&Claims>,
    path: &str,
    holds_ms: i64,
) -> Option<T> {
    let stored = Stored::find(&key(origin, whom, claims, path)?).await?;
    if stored.age_ms(clock::now()) > holds_ms {
        return None;
    }
    if let (For::Account, Some(claims)) = (whom, claims) {
        for mark in [account_mark(origin, claims), lost_mark(origin, claims)] {
            if !stored.is_after(store::marked(&mark).await) {
                return None;
            }
        }
    }
    stored.json().await
}

/// Asks the origin for what is read there, and keeps it.
pub(crate) async fn refresh(onward: Onward<'_>, kept: Kept, claims: &Claims) {
    let Some(key) = key(onward.origin, kept.whom, Some(claims), onward.path_and_query) else { return };
    let asked_at = clock::now();
    let Ok(reply) = forward::answered(onward).await else { return };
    if reply.status == 200
        && let Some(entry) = store::entry(&reply, kept, asked_at)
    {
        store::put(key, entry).await;
    }
}

/// The class that a path names, as the path that it is read at.
fn class_in_path(path_and_query: &str) -> Option<String> {
    let rest = path_and_query.strip_prefix("/api/v1/sessions/")?;
    let mut segments = rest.split(['/', '?']);
    Some(class_path(segments.next()?, segments.next()?))
}

/// The classes that a request or an answer names.
fn classes_in(body: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return vec![] };
    let named = |value: &Value, schedule: &str, date: &str| {
        Some(class_path(&value[schedule].as_i64()?.to_string(), value[date].as_str()?))
    };
    let within = [&value, &value["entry"], &value["booking"], &value["makeup"]];
    let mut classes: Vec<String> = within
        .into_iter()
        .filter_map(|value| {
            named(value, "course_schedule_id", "booking_date")
                .or_else(|| named(value, "makeup_schedule_id", "makeup_date"))
        })
        .collect();
    classes.dedup();
    classes
}

fn class_path(schedule: &str, date: &str) -> String {
    format!("/api/v1/sessions/{schedule}/{date}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        for mine in ["W/\"a\"", "\"a\"", "\"x\", W/\"a\"", "*"] {
            assert!(holds(Some(mine), "W/\"a\""), "{mine}");
        }
        for mine in [None, Some("\"b\""), Some(""), Some("a")] {
            assert!(!holds(mine, "W/\"a\""), "{mine:?}");
        }
    }

    #[test]
    fn a_write_names_its_classes() {
        let of = |text: &str| classes_in(text.as_bytes());
        let one = ["/api/v1/sessions/1/2026-03-02"];
        assert_eq!(of(r#"{"course_schedule_id": 1, "booking_date": "2026-03-02", "profile_id": 3}"#), one);
        assert_eq!(of(r#"{"makeup_schedule_id": 1, "makeup_date": "2026-03-02"}"#), one);
        assert_eq!(
            of(r#"{"entry": {"course_schedule_id": 1, "booking_date": "2026-03-02"}, "booking": null}"#),
            one
        );
        assert!(of("").is_empty() && of("[1]").is_empty() && of(r#"{"booking_date": 7}"#).is_empty());
        assert_eq!(class_in_path("/api/v1/sessions/1/2026-03-02/cancel").as_deref(), Some(one[0]));
        assert_eq!(class_in_path("/api/v1/sessions/1/2026-03-02").as_deref(), Some(one[0]));
        assert_eq!(class_in_path("/api/v1/bookings"), None);
    }
}
