//! Every path of the contract: method, pattern, who may, and who answers.
//!
//! Unknown paths, wrong methods and path ids that are no ids end here, without asking the origin.

use crate::problem::Problem;
use crate::rates::Kind;
use Home::{Clock, Development, Edge, Origin};
use logic::Code;
use logic::api::Who::{self, Anyone, People, Staff, StaffAndService};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What the edge answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Local {
    /// `/healthz`: the worker is alive, whatever the origin does.
    Health,
    /// `/time`.
    Time,
    /// `/rules/{fn}`.
    Rules,
}

/// Who answers a route.
#[derive(Clone, Copy)]
enum Home {
    /// The edge.
    Edge(Local),
    /// The edge; the origin where its clock can be moved.
    Clock,
    /// The origin.
    Origin,
    /// The origin where its clock can be moved; elsewhere there is no such path.
    Development,
}

/// What a route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing: what is sent all the same is not looked at.
    None,
    /// JSON.
    Json,
}

/// What is asked for by POST because of its arguments, and changes nothing.
const READS: [&str; 2] = ["/api/v1/rules/{fn}", "/api/v1/compensation/preview"];

struct Route {
    method: &'static str,
    /// `{id}` is a positive integer, any other `{name}` a segment that is not empty.
    pattern: &'static str,
    body: Body,
    who: Who,
    home: Home,
}

macro_rules! routes {
    ($($method:ident $pattern:literal $body:ident $who:ident $home:expr;)*) => {
        const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            pattern: $pattern,
            body: Body::$body,
            who: $who,
            home: $home,
        }),*];
    };
}

routes! {
    GET    "/healthz"                               None Anyone          Edge(Local::Health);

    POST   "/api/v1/auth/login"                     Json Anyone          Origin;
    GET    "/api/v1/time"                           None Anyone          Clock;
    GET    "/api/v1/policy"                         None Anyone          Origin;
    GET    "/api/v1/openapi.json"                   None Anyone          Origin;
    POST   "/api/v1/rules/{fn}"                     Json Anyone          Edge(Local::Rules);
    GET    "/api/v1/profiles"                       None People          Origin;

    GET    "/api/v1/sessions"                       None People          Origin;
    GET    "/api/v1/sessions/{id}/{date}"           None People          Origin;
    POST   "/api/v1/sessions/{id}/{date}/cancel"    None Staff           Origin;
    PUT    "/api/v1/sessions/{id}/{date}/capacity"  Json Staff           Origin;
    POST   "/api/v1/bookings"                       Json People          Origin;
    GET    "/api/v1/bookings/my"                    None People          Origin;
    DELETE "/api/v1/bookings/{id}"                  None People          Origin;
    POST   "/api/v1/bookings/{id}/leave"            None People          Origin;
    POST   "/api/v1/bookings/{id}/attendance"       Json Staff           Origin;

    POST   "/api/v1/waitlist/join"                  Json People          Origin;
    GET    "/api/v1/waitlist/my"                    None People          Origin;
    GET    "/api/v1/waitlist/{id}"                  None People          Origin;
    DELETE "/api/v1/waitlist/{id}"                  None People          Origin;
    GET    "/api/v1/waitlist/position/{id}"         None People          Origin;
    POST   "/api/v1/waitlist/notify"                Json Staff           Origin;
    PUT    "/api/v1/waitlist/{id}/respond"          Json People          Origin;
    GET    "/api/v1/waitlist/{id}/notifications"    None People          Origin;
    GET    "/api/v1/waitlist/deadline-check"        None People          Origin;
    POST   "/api/v1/waitlist/process-expiry"        Json StaffAndService Origin;
    GET    "/api/v1/notifications/my"               None People          Origin;
    POST   "/api/v1/subscriptions"                  Json People          Origin;

    GET    "/api/v1/makeup/available"               None People          Origin;
    GET    "/api/v1/makeup/owed"                    None People          Origin;
    POST   "/api/v1/makeup/book"                    Json People          Origin;
    GET    "/api/v1/makeup/my"                      None People          Origin;
    DELETE "/api/v1/makeup/{id}/cancel"             None People          Origin;
    GET    "/api/v1/compensation/balance"           None People          Origin;
    GET    "/api/v1/compensation/history"           None People          Origin;
    POST   "/api/v1/compensation/preview"           Json People          Origin;

    PUT    "/api/v1/dev/clock"                      Json Anyone          Development;
    POST   "/api/v1/dev/clock/advance"              Json Anyone          Development;
    POST   "/api/v1/dev/sweep"                      None Anyone          Development;
    GET    "/api/v1/dev/messages"                   None Anyone          Development;
}

/// A request's route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// Who may.
    pub(crate) who: Who,
    /// What answers it here; `None` when the origin does.
    pub(crate) local: Option<Local>,
    /// The route itself, as the table writes it.
    pub(crate) pattern: &'static str,
    /// Whether it exists for development alone: a sweep there answers when it is through.
    pub(crate) development: bool,
    /// What it reads.
    pub(crate) body: Body,
    /// What it counts as.
    pub(crate) kind: Kind,
    /// The path's last segment, decoded: the function's name in `/rules/{fn}`.
    pub(crate) last_segment: Cow<'a, str>,
}

/// The route of `method` on `path`; HEAD goes where GET goes.
///
/// # Errors
/// `not_found` for an unknown path or an id that is none; `method_not_allowed` with `allow`.
pub(crate) fn find<'a>(method: &str, path: &'a str, dev_clock: bool) -> Result<Found<'a>, Problem> {
    let here = || {
        ROUTES.iter().filter(move |route| {
            (dev_clock || !matches!(route.home, Development)) && matches(route.pattern, path)
        })
    };
    let asked = if method == "HEAD" { "GET" } else { method };
    if let Some(route) = here().find(|route| route.method == asked) {
        let local = match route.home {
            Edge(local) => Some(local),
            Clock if !dev_clock => Some(Local::Time),
            Clock | Origin | Development => None,
        };
        let reads = asked == "GET" || READS.contains(&route.pattern) || matches!(route.home, Development);
        let last = path.rsplit('/').next().unwrap_or_default();
        let last_segment = match percent_decode_str(last).decode_utf8() {
            Err(_) if local == Some(Local::Rules) => {
                return Err(Problem::new(Code::InvalidRequest, Code::InvalidRequest.title()));
            }
            decoded => decoded.unwrap_or(Cow::Borrowed(last)),
        };
        return Ok(Found {
            pattern: route.pattern,
            development: matches!(route.home, Development),
            body: route.body,
            kind: if reads { Kind::Read } else { Kind::Write },
            who: route.who,
            local,
            last_segment,
        });
    }
    let mut allowed: Vec<&str> = vec![];
    for route in here() {
        allowed.push(route.method);
        if route.method == "GET" {
            allowed.push("HEAD");
        }
    }
    if allowed.is_empty() {
        return Err(Problem::new(Code::NotFound, "there is nothing at this path"));
    }
    let problem = Problem::new(Code::MethodNotAllowed, Code::MethodNotAllowed.title());
    Err(problem.with_header("allow", allowed.join(",")))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some("{id}"), Some(segment)) if may_be_id(segment) => {}
            (Some("{id}"), _) => return false,
            (Some(name), Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
            (Some(name), Some(segment)) if name == segment => {}
            _ => return false,
        }
    }
}

/// A positive integer in digits alone: `+1` and `01` name nothing. What is percent-encoded is left to the origin to read: the edge is never the stricter one.
fn may_be_id(segment: &str) -> bool {
    segment.contains('%') || segment.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(method: &str, path: &str) -> Code {
        find(method, path, false).unwrap_err().code
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in ROUTES {
            let path =
                route.pattern.replace("{id}", "7").replace("{date}", "2026-03-02").replace("{fn}", "phase");
            let found = find(route.method, &path, true).unwrap();
            assert_eq!(found.who, route.who, "{} {path}", route.method);
        }
    }

    #[test]
    fn the_routes_are_the_contract_s() {
        let contract: serde_json::Value =
            serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
        let mut operations = 0;
        for (path, methods) in contract["paths"].as_object().unwrap() {
            let example = path.replace("{date}", "2026-03-02").replace("{fn}", "phase");
            let example = example.replace("{id}", "7").replace("{course_schedule_id}", "7");
            for (method, operation) in methods.as_object().unwrap() {
                let found = find(&method.to_uppercase(), &example, true).unwrap();
                assert_eq!(operation["security"].is_null(), found.who == Anyone, "{method} {path}");
                assert_eq!(operation["requestBody"].is_null(), found.body == Body::None, "{method} {path}");
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let keyed = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
                let writes = keyed || path.ends_with("/login");
                assert_eq!(writes, found.kind == Kind::Write, "{method} {path}");
                operations += 1;
            }
        }
        // The edge's own is its health.
        assert_eq!(ROUTES.len(), operations + 1);
    }

    #[test]
    fn no_two_routes_take_the_same_request() {
        for (index, route) in ROUTES.iter().enumerate() {
            let path =
                route.pattern.replace("{id}", "7").replace("{date}", "2026-03-02").replace("{fn}", "phase");
            for other in &ROUTES[index + 1..] {
                assert!(other.method != route.method || !matches(other.pattern, &path), "{path}");
            }
        }
    }

    #[test]
    fn unknown_paths_and_ids_that_are_none_are_not_found() {
        for path in [
            "/",
            "",
            "/api/v1",
            "/api/v1/time/",
            "/api/v2/time",
            "/api/v1/waitlist/0",
            "/api/v1/waitlist/-1",
            "/api/v1/waitlist/1.5",
            "/api/v1/waitlist/+1",
            "/api/v1/waitlist/01",
            "/api/v1/waitlist/abc",
            "/api/v1/waitlist/9223372036854775808",
            "/api/v1/waitlist/",
            "/api/v1/rules/",
            "/api/v1/sessions/7/",
            "/metrics",
            "/readyz",
        ] {
            assert_eq!(code("GET", path), Code::NotFound, "{path}");
        }
        assert!(find("GET", "/api/v1/waitlist/9223372036854775807", false).is_ok());
        assert!(find("GET", "/api/v1/waitlist/%37", false).is_ok());
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let problem = find("POST", "/api/v1/waitlist/7", false).unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.headers, [("allow", "GET,HEAD,DELETE".to_owned())]);
        assert_eq!(code("DELETE", "/api/v1/waitlist/my"), Code::MethodNotAllowed);
        assert_eq!(code("PROPFIND", "/api/v1/time"), Code::MethodNotAllowed);
        assert!(find("HEAD", "/api/v1/policy", false).is_ok());
        assert_eq!(code("HEAD", "/api/v1/bookings"), Code::MethodNotAllowed);
    }

    #[test]
    fn a_movable_clock_is_the_origins() {
        let time = |dev_clock| find("GET", "/api/v1/time", dev_clock).unwrap().local;
        assert_eq!((time(false), time(true)), (Some(Local::Time), None));
        assert_eq!(code("PUT", "/api/v1/dev/clock"), Code::NotFound);
        assert_eq!(find("PUT", "/api/v1/dev/clock", true).unwrap().local, None);
    }

    #[test]
    fn the_service_has_one_path() {
        let for_service: Vec<_> = ROUTES.iter().filter(|route| route.who == StaffAndService).collect();
        assert_eq!(for_service.len(), 1);
        assert_eq!(
            (for_service[0].method, for_service[0].pattern),
            ("POST", "/api/v1/waitlist/process-expiry")
        );
    }

    #[test]
    fn a_function_is_named_by_the_last_segment() {
        assert_eq!(find("POST", "/api/v1/rules/mayNotify", false).unwrap().last_segment, "mayNotify");
        assert_eq!(find("POST", "/api/v1/rules/may%4eotify", false).unwrap().last_segment, "mayNotify");
        assert_eq!(code("POST", "/api/v1/rules/%ff"), Code::InvalidRequest);
    }
}
