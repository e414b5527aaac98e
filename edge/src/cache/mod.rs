//! Cached responses of the origin: classes, lists of classes and the policy for everyone; personal reads for their own
//! account, to be served while the origin is away (decision 7).
//!
//! Invariants: callers are authenticated before anything here is looked up. A personal response is found by the account
//! and the role of a verified token, and by nothing else that a caller writes. A response that is not fresh is served
//! only if the origin has just confirmed it, or is away; in that case with `age` and `x-served-stale: 1`.

mod entry;
mod policy;

use crate::clock;
use crate::http::{HeaderList, value};
use crate::origin::{self, OriginRequest};
use crate::reply::Reply;
use contract::cache::{Audience, CacheRule};
use contract::problem::Problem;
use contract::token::Claims;
use contract::{Operation, etag, headers, status};
use entry::CacheEntry;
use logic::Instant;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::{Context, ResponseBody};

/// The host in the keys of entries; nothing is ever fetched from it.
const HOST: &str = "https://cache.invalid";

/// The key of an entry; `None` where a personal read has no account, or nothing is cached. The origin is part of the key:
/// another origin has other rows.
fn key(origin: &str, audience: Audience, claims: Option<&Claims>, path_and_query: &str) -> Option<String> {
    let owner = match audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Account => claims.map(|claims| format!("{}-{}", claims.role, escape(&claims.sub)))?,
        Audience::Nobody => return None,
    };
    Some(format!("{HOST}/{}/{owner}{path_and_query}", escape(origin)))
}

/// The key for the account's last write. Both of an account's roles write the same rows.
fn account_write_key(origin: &str, claims: &Claims) -> String {
    format!("{HOST}/{}/written/{}", escape(origin), escape(&claims.sub))
}

/// The key for the account's last write whose outcome is not known.
fn unknown_outcome_key(origin: &str, claims: &Claims) -> String {
    format!("{HOST}/{}/unknown/{}", escape(origin), escape(&claims.sub))
}

/// The key for the last write of anybody to a class.
fn classes_write_key(origin: &str) -> String {
    format!("{HOST}/{}/written", escape(origin))
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Answers a GET whose responses are cached.
///
/// # Errors
/// `unavailable` when the origin is away and the cache has nothing that may be served.
pub(crate) async fn read(
    request: OriginRequest<'_>,
    rule: CacheRule,
    claims: Option<&Claims>,
    context: &Context,
) -> Result<Reply, Problem> {
    let origin = request.origin;
    let Some(key) = key(origin, rule.audience, claims, request.path_and_query) else {
        return origin::forward(request).await;
    };
    let if_none_match = value(request.headers, "if-none-match").unwrap_or_default().to_owned();
    let mut cached = CacheEntry::find(&key).await;
    let asked_at = clock::now();
    if rule.audience == Audience::Everyone
        && let Some(found) = cached.take_if(|cached| cached.is_fresh(asked_at))
    {
        let is_current = !is_list_of_classes(request.path_and_query)
            || found.is_newer_than(entry::last_write(&classes_write_key(origin)).await);
        if is_current {
            let (holds, age) = (etag::matches(&if_none_match, &found.etag), age(&found, asked_at));
            return Ok(found.into_reply(holds, [age]));
        }
        cached = Some(found);
    }
    let headers = with_both_tags(request.headers, &if_none_match, cached.as_ref());
    let fetched = origin::fetch_with_retry(OriginRequest { headers: &headers, ..request }).await;
    match (fetched, cached) {
        (Ok(fetched), Some(mut found)) if fetched.status == status::NOT_MODIFIED => {
            let etag = fetched.value("etag").unwrap_or_default();
            if !etag::matches(&found.etag, etag) {
                // The caller holds a newer response than the cache.
                return Ok(Reply::pass_on(fetched));
            }
            if let Some(entry) = found.renewed(rule, asked_at) {
                context.wait_until(entry::put(key, entry));
            }
            let holds = etag::matches(&if_none_match, etag);
            Ok(found.into_reply(holds, []))
        }
        (Ok(mut fetched), cached) if !origin::is_away(&fetched) => {
            if fetched.status == status::OK {
                if let Some(entry) = entry::new(&mut fetched, rule, asked_at) {
                    context.wait_until(entry::put(key, entry));
                }
            } else if cached.is_some() && status::is_gone(fetched.status) {
                // Otherwise it would be served again once the origin is away.
                entry::delete(&key).await;
            }
            Ok(Reply::pass_on(fetched))
        }
        (away, Some(found)) => {
            let now = clock::now();
            let allowed = rule.allows_stale(found.age_ms(now));
            let last_write = match claims {
                Some(claims) if rule.audience == Audience::Account && allowed => {
                    entry::last_write(&account_write_key(origin, claims)).await
                }
                _ => None,
            };
            if allowed && found.is_newer_than(last_write) {
                let (holds, age) = (etag::matches(&if_none_match, &found.etag), age(&found, now));
                return Ok(found.into_reply(holds, [age, (headers::SERVED_STALE, "1".to_owned())]));
            }
            away.map(Reply::pass_on)
        }
        (away, None) => away.map(Reply::pass_on),
    }
}

fn age(cached: &CacheEntry, now: Instant) -> (&'static str, String) {
    ("age", (cached.age_ms(now) / 1000).to_string())
}

fn is_list_of_classes(path_and_query: &str) -> bool {
    path_and_query.split('?').next() == Some(Operation::SessionsList.path())
}

/// The headers to the origin, with the tags of the cached response and of the one that the caller holds: a 304 may
/// confirm either.
fn with_both_tags(headers: &HeaderList, if_none_match: &str, cached: Option<&CacheEntry>) -> HeaderList {
    let tags: Vec<&str> = cached
        .map(|cached| cached.etag.as_str())
        .into_iter()
        .chain(Some(if_none_match).filter(|tags| !tags.is_empty()))
        .collect();
    let mut headers: HeaderList =
        headers.iter().filter(|(name, _)| *name != "if-none-match").cloned().collect();
    if !tags.is_empty() {
        headers.push(("if-none-match", tags.join(", ")));
    }
    headers
}

/// The origin's response to a write.
pub(crate) struct Written {
    /// What the caller is answered.
    pub(crate) reply: Reply,
    /// The code, where the origin refused.
    pub(crate) refused_with: Option<String>,
    /// Refused before any rule was asked: nothing was written.
    never_began: bool,
}

/// Sends a write, and invalidates what it may have changed: all that is cached for the account, lists of classes, and
/// the class that the request or the response names. Other accounts see the change when the origin is asked for them.
/// A rule's refusal invalidates too: overdue offers may have been settled on the way to it.
///
/// # Errors
/// `unavailable` when the origin does not answer. Something may have been written even then, so the precheck no longer
/// relies on what was cached before.
pub(crate) async fn write(request: OriginRequest<'_>, claims: &Claims) -> Result<Written, Problem> {
    let origin = request.origin;
    let mut classes: Vec<String> = class_in_path(request.path_and_query).into_iter().collect();
    classes.extend(classes_in(&request.body));
    let written = match origin::fetch(request).await {
        Ok(fetched) => fetched.bytes().await.map_err(|error| origin::cut_off(&error)).map(|body| {
            classes.extend(classes_in(&body));
            let refused_with = status::is_problem(fetched.status).then(|| code_in(&body)).flatten();
            let never_began = status::never_began(fetched.status);
            let reply = Reply::from_parts(fetched.status, fetched.headers, ResponseBody::Body(body));
            Written { reply, refused_with, never_began }
        }),
        Err(problem) => Err(problem),
    };
    match &written {
        Ok(Written { never_began: true, .. }) => {}
        Ok(_) => {
            let write_keys = [account_write_key(origin, claims), classes_write_key(origin)];
            let classes = classes.iter().filter_map(|path| key(origin, Audience::Everyone, None, path));
            entry::record_write(&write_keys, &classes.collect::<Vec<_>>()).await;
        }
        // Most likely the origin is away. The cache is then all that there is to serve, and tells its age.
        Err(_) => {
            let write_keys = [unknown_outcome_key(origin, claims), classes_write_key(origin)];
            entry::record_write(&write_keys, &[]).await;
        }
    }
    written
}

/// The code of a problem.
fn code_in(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value["code"].as_str()?.to_owned())
}

/// The cached response to a GET of `path`, if the origin confirmed it at most `max_age_ms` ago and the account has
/// written nothing since.
pub(crate) async fn fact<T: DeserializeOwned>(
    origin: &str,
    audience: Audience,
    claims: Option<&Claims>,
    path: &str,
    max_age_ms: i64,
) -> Option<T> {
    let cached = CacheEntry::find(&key(origin, audience, claims, path)?).await?;
    if cached.age_ms(clock::now()) > max_age_ms {
        return None;
    }
    if let (Audience::Account, Some(claims)) = (audience, claims) {
        for key in [account_write_key(origin, claims), unknown_outcome_key(origin, claims)] {
            if !cached.is_newer_than(entry::last_write(&key).await) {
                return None;
            }
        }
    }
    cached.json().await
}

/// Asks the origin and stores the response.
pub(crate) async fn refresh(request: OriginRequest<'_>, rule: CacheRule, claims: &Claims) {
    let Some(key) = key(request.origin, rule.audience, Some(claims), request.path_and_query) else { return };
    let asked_at = clock::now();
    let Ok(mut fetched) = origin::fetch(request).await else { return };
    if fetched.status == status::OK
        && let Some(entry) = entry::new(&mut fetched, rule, asked_at)
    {
        entry::put(key, entry).await;
    }
}

/// The class that a path names, as the path that reads it.
fn class_in_path(path_and_query: &str) -> Option<String> {
    let rest = path_and_query.strip_prefix(Operation::SessionsList.path())?.strip_prefix('/')?;
    let mut segments = rest.split(['/', '?']);
    Some(class_path(segments.next()?, segments.next()?))
}

/// The classes that a request or a response names, as the paths that read them.
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
    Operation::SessionsGet.path_with(&[&schedule, &date])
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::status::Role;

    #[test]
    fn a_key_names_origin_account_and_role() {
        let claims = |sub: &str| Claims {
            sub: sub.into(),
            role: Role::Member,
            iat: 0,
            exp: 0,
            jti: String::new(),
            auth_time: None,
        };
        let of = |audience, claims: Option<&Claims>| key("http://h:1", audience, claims, "/api/v1/profiles");
        let everyone = of(Audience::Everyone, None).unwrap();
        assert_eq!(everyone, "https://cache.invalid/http%3A%2F%2Fh%3A1/everyone/api/v1/profiles");
        let own = of(Audience::Account, Some(&claims("7"))).unwrap();
        assert_eq!(own, "https://cache.invalid/http%3A%2F%2Fh%3A1/member-7/api/v1/profiles");
        assert_ne!(of(Audience::Account, Some(&claims("7/api"))).unwrap(), own);
        assert_eq!(of(Audience::Account, None), None);
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
