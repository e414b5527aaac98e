//! Every path of the contract: method, pattern, who may, and who answers.
//!
//! Unknown paths and wrong methods are refused here, without asking the origin. So are malformed ids and dates in
//! paths, once the caller is known to be allowed: in the backend's order.

use crate::problem::Problem;
use crate::rates::Kind;
use Home::{Clock, Development, Edge, Origin};
use contract::access::Who::{self, Anyone, People, Staff, StaffAndService};
use contract::date;
use logic::Code;
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
    /// The edge, or the origin where its clock can be moved.
    Clock,
    /// The origin.
    Origin,
    /// The origin where its clock can be moved; elsewhere there is no such path.
    Development,
}

/// What a route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing, as every GET: a body is ignored.
    Ignored,
    /// Nothing: a body is refused, since it would ask for something that does not happen.
    None,
    /// JSON.
    Json,
}

/// Paths that take a POST for its arguments and change nothing.
const READS: [&str; 2] = ["/api/v1/rules/{fn}", "/api/v1/compensation/preview"];

struct Route {
    method: &'static str,
    /// `{id}` is a positive integer, `{date}` a date, any other `{name}` a segment that is not empty.
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
    /// Who may call it.
    pub(crate) who: Who,
    /// What the edge answers itself; `None` where the origin answers.
    pub(crate) local: Option<Local>,
    /// The route itself, as the table writes it.
    pub(crate) pattern: &'static str,
    /// Whether it exists for development alone: a sweep there answers when it is done.
    pub(crate) development: bool,
    /// The body that it takes.
    pub(crate) body: Body,
    /// Which rate limit it counts against.
    pub(crate) kind: Kind,
    /// Whether each id and date in the path is well-formed.
    is_well_formed: bool,
    /// The path's last segment, decoded: the function's name in `/rules/{fn}`.
    pub(crate) last_segment: Cow<'a, str>,
}

impl Found<'_> {
    /// Refuses a path with a malformed id or date.
    ///
    /// # Errors
    /// `not_found`, as for an id that does not exist.
    pub(crate) fn check_path(&self) -> Result<(), Problem> {
        if self.is_well_formed { Ok(()) } else { Err(nothing_there()) }
    }
}

fn nothing_there() -> Problem {
    Problem::new(Code::NotFound, "there is nothing at this path")
}

/// The route of `method` on `path`; HEAD goes where GET goes.
///
/// # Errors
/// `not_found` for an unknown path; `method_not_allowed` with `allow`.
pub(crate) fn find<'a>(method: &str, path: &'a str, dev_clock: bool) -> Result<Found<'a>, Problem> {
    let known = || ROUTES.iter().filter(|route| dev_clock || !matches!(route.home, Development));
    // Names come before parameters, as in every router: `{` is greater than any letter.
    let pattern = known().map(|route| route.pattern).filter(|pattern| fits(pattern, path)).min();
    let here = || known().filter(|route| Some(route.pattern) == pattern);
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
            body: if asked == "GET" { Body::Ignored } else { route.body },
            kind: if reads { Kind::Read } else { Kind::Write },
            who: route.who,
            local,
            is_well_formed: is_well_formed(route.pattern, path),
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
        return Err(nothing_there());
    }
    let problem = Problem::new(Code::MethodNotAllowed, Code::MethodNotAllowed.title());
    Err(problem.with_header("allow", allowed.join(",")))
}

/// Whether `path` has the segments of `pattern`, whatever stands in the place of its parameters. Nothing may stand there
/// too, save at the end: so the backend's router has it.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut names, mut segments) = (pattern.split('/').peekable(), path.split('/'));
    loop {
        match (names.next(), segments.next()) {
            (None, None) => return true,
            (Some(name), Some(segment)) if name == segment => {}
            (Some(name), Some(segment))
                if name.starts_with('{') && (!segment.is_empty() || names.peek().is_some()) => {}
            _ => return false,
        }
    }
}

/// Whether every parameter of `pattern` is what its name says. What is percent-encoded is left to the origin to read:
/// the edge is never the stricter one.
fn is_well_formed(pattern: &str, path: &str) -> bool {
    pattern.split('/').zip(path.split('/')).all(|(name, segment)| match name {
        _ if segment.contains('%') => true,
        // Digits alone: `+1` and `01` name nothing.
        "{id}" => segment.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == segment),
        "{date}" => date::parse(segment).is_ok(),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(method: &str, path: &str) -> Code {
        find(method, path, false).and_then(|found| found.check_path()).unwrap_err().code
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in ROUTES {
            let path =
                route.pattern.replace("{id}", "7").replace("{date}", "2026-03-02").replace("{fn}", "phase");
            let found = find(route.method, &path, true).unwrap();
            assert_eq!((found.who, found.pattern), (route.who, route.pattern), "{} {path}", route.method);
        }
    }

    #[test]
    fn the_routes_are_those_of_the_contract() {
        let contract: serde_json::Value =
            serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
        let mut operations = 0;
        for (path, methods) in contract["paths"].as_object().unwrap() {
            let example = path.replace("{date}", "2026-03-02").replace("{fn}", "phase");
            let example = example.replace("{id}", "7").replace("{course_schedule_id}", "7");
            for (method, operation) in methods.as_object().unwrap() {
                let found = find(&method.to_uppercase(), &example, true).unwrap();
                assert_eq!(operation["security"].is_null(), found.who == Anyone, "{method} {path}");
                assert_eq!(operation["requestBody"].is_null(), found.body != Body::Json, "{method} {path}");
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let keyed = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
                let writes = keyed || path.ends_with("/login");
                assert_eq!(writes, found.kind == Kind::Write, "{method} {path}");
                operations += 1;
            }
        }
        // `/healthz` of the edge is not in the contract.
        assert_eq!(ROUTES.len(), operations + 1);
    }

    #[test]
    fn unknown_paths_and_malformed_ids_are_not_found() {
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
            "/api/v1/sessions/7/2026-3-2",
            "/api/v1/sessions/7/2026-02-30",
            "/api/v1/sessions/7/today",
            "/api/v1/sessions/0/2026-03-02",
            "/api/v1/sessions//2026-03-02",
            "/metrics",
            "/readyz",
        ] {
            assert_eq!(code("GET", path), Code::NotFound, "{path}");
        }
        let is_found = |path| find("GET", path, false).and_then(|found| found.check_path()).is_ok();
        assert!(is_found("/api/v1/waitlist/9223372036854775807"));
        assert!(is_found("/api/v1/waitlist/%37"));
        assert!(is_found("/api/v1/sessions/7/2026-03-0%32"));
    }

    #[test]
    fn a_path_with_an_empty_id_is_still_that_path() {
        // The backend asks for a token first, and so does this table.
        let found = find("POST", "/api/v1/bookings//leave", false).unwrap();
        assert_eq!((found.who, found.check_path().unwrap_err().code), (People, Code::NotFound));
        assert_eq!(code("PATCH", "/api/v1/sessions//2026-03-02"), Code::MethodNotAllowed);
        assert_eq!(find("GET", "/api/v1/waitlist/", false).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn a_wrong_method_names_the_right_ones() {
        let problem = find("POST", "/api/v1/waitlist/7", false).unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.headers, [("allow", "GET,HEAD,DELETE".to_owned())]);
        assert_eq!(code("DELETE", "/api/v1/waitlist/my"), Code::MethodNotAllowed);
        assert_eq!(code("GET", "/api/v1/waitlist/join"), Code::MethodNotAllowed, "a name is no id");
        assert_eq!(code("POST", "/api/v1/waitlist/no-id"), Code::MethodNotAllowed);
        assert_eq!(code("PROPFIND", "/api/v1/time"), Code::MethodNotAllowed);
        assert!(find("HEAD", "/api/v1/policy", false).is_ok());
        assert_eq!(code("HEAD", "/api/v1/bookings"), Code::MethodNotAllowed);
    }

    #[test]
    fn the_origin_answers_for_a_clock_that_can_be_moved() {
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
