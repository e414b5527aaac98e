//! From a request's method and path to the operation of the contract.
//!
//! Unknown paths and wrong methods are refused here, without asking the origin. So are malformed ids and dates in
//! paths, once the caller is known to be allowed: in the backend's order.

use contract::operation::HEALTH_PATH;
use contract::problem::Problem;
use contract::{Operation, date};
use logic::Code;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Who answers a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// The worker's own health.
    Health,
    /// An operation of the contract.
    Operation(Found<'a>),
}

/// A request's operation, and what its path says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// The operation.
    pub(crate) operation: Operation,
    /// The path as the caller wrote it.
    pub(crate) path: &'a str,
}

impl<'a> Found<'a> {
    /// Refuses a path with a malformed id or date, or with a function's name that is not UTF-8.
    ///
    /// # Errors
    /// `not_found`, as for an id that does not exist; `invalid_request` for the name.
    pub(crate) fn check_path(&self) -> Result<(), Problem> {
        if self.operation == Operation::RulesCall && self.last_segment().is_none() {
            return Err(Code::InvalidRequest.into());
        }
        if is_well_formed(self.operation.path(), self.path) { Ok(()) } else { Err(Problem::nothing_here()) }
    }

    /// The path's last segment, decoded; `None` if it is not UTF-8.
    pub(crate) fn last_segment(&self) -> Option<Cow<'a, str>> {
        percent_decode_str(self.path.rsplit('/').next().unwrap_or_default()).decode_utf8().ok()
    }
}

/// The route of `method` on `path`; HEAD goes where GET goes. Without the dev clock the operations under `/dev` do not
/// exist.
///
/// # Errors
/// `not_found` for an unknown path; `method_not_allowed` with `allow`.
pub(crate) fn find<'a>(method: &str, path: &'a str, dev_clock: bool) -> Result<Route<'a>, Problem> {
    if path == HEALTH_PATH {
        return match method {
            "GET" | "HEAD" => Ok(Route::Health),
            _ => Err(Problem::method_not_allowed("GET,HEAD".to_owned())),
        };
    }
    let operations = Operation::ALL.iter().filter(|operation| dev_clock || !operation.is_development());
    // Names come before parameters, as in every router: `{` is greater than any letter.
    let pattern = operations.map(|operation| operation.path()).filter(|pattern| fits(pattern, path)).min();
    let pattern = pattern.ok_or_else(Problem::nothing_here)?;
    match Operation::find(method, pattern) {
        Some(operation) => Ok(Route::Operation(Found { operation, path })),
        None => Err(Problem::method_not_allowed(Operation::allowed_at(pattern).unwrap_or_default())),
    }
}

/// Whether `path` has the segments of `pattern`, with any text for its parameters. A parameter may be empty, except at
/// the end of the path, as in the backend's router.
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

/// Whether every parameter of `pattern` is what its name says. A percent-encoded segment is left to the origin: the edge
/// must not be stricter.
fn is_well_formed(pattern: &str, path: &str) -> bool {
    pattern.split('/').zip(path.split('/')).all(|(name, segment)| match name {
        _ if segment.contains('%') => true,
        "{date}" => date::parse(segment).is_ok(),
        // Any text: an unknown function or code is refused by its name.
        "{fn}" | "{user_code}" => true,
        // Digits only: `+1` and `01` are refused.
        _ if name.starts_with('{') => {
            segment.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == segment)
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation_of(method: &str, path: &str, dev_clock: bool) -> Result<Operation, Problem> {
        match find(method, path, dev_clock)? {
            Route::Operation(found) => found.check_path().map(|()| found.operation),
            Route::Health => panic!("{path} is no operation"),
        }
    }

    fn code(method: &str, path: &str) -> Code {
        operation_of(method, path, false).unwrap_err().code
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in Operation::ALL {
            let path = operation
                .path()
                .replace("{id}", "7")
                .replace("{account_id}", "7")
                .replace("{course_schedule_id}", "7");
            let path = path.replace("{date}", "2026-03-02").replace("{fn}", "phase");
            assert_eq!(operation_of(operation.method().as_str(), &path, true), Ok(*operation), "{path}");
            let found = Found { operation: *operation, path: &path };
            assert!(found.check_path().is_ok(), "{path}");
        }
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
        let is_found = |path| operation_of("GET", path, false).is_ok();
        assert!(is_found("/api/v1/waitlist/9223372036854775807"));
        assert!(is_found("/api/v1/waitlist/%37"));
        assert!(is_found("/api/v1/sessions/7/2026-03-0%32"));
    }

    #[test]
    fn a_path_with_an_empty_id_is_still_that_path() {
        // The backend asks for a token first, and so does this table.
        assert!(find("POST", "/api/v1/bookings//leave", false).is_ok());
        assert_eq!(code("POST", "/api/v1/bookings//leave"), Code::NotFound);
        assert_eq!(code("PATCH", "/api/v1/sessions//2026-03-02"), Code::MethodNotAllowed);
        assert_eq!(find("GET", "/api/v1/waitlist/", false).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn a_wrong_method_names_the_right_ones() {
        let problem = find("POST", "/api/v1/waitlist/7", false).unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.headers(), [("allow", "GET,HEAD,DELETE".to_owned())]);
        assert_eq!(code("DELETE", "/api/v1/waitlist/my"), Code::MethodNotAllowed);
        assert_eq!(code("GET", "/api/v1/waitlist/join"), Code::MethodNotAllowed, "a name is no id");
        assert_eq!(code("POST", "/api/v1/waitlist/no-id"), Code::MethodNotAllowed);
        assert_eq!(code("PROPFIND", "/api/v1/time"), Code::MethodNotAllowed);
        assert!(find("HEAD", "/api/v1/policy", false).is_ok());
        assert_eq!(code("HEAD", "/api/v1/bookings"), Code::MethodNotAllowed);
    }

    #[test]
    fn the_operations_of_development_exist_with_the_dev_clock_only() {
        assert_eq!(code("PUT", "/api/v1/dev/clock"), Code::NotFound);
        assert_eq!(operation_of("PUT", "/api/v1/dev/clock", true), Ok(Operation::DevClockSet));
    }

    #[test]
    fn health_is_the_workers_own() {
        assert_eq!(find("HEAD", "/healthz", false), Ok(Route::Health));
        assert_eq!(find("POST", "/healthz", false).unwrap_err().code, Code::MethodNotAllowed);
    }

    #[test]
    fn a_function_is_named_by_the_last_segment() {
        let name = |path| Found { operation: Operation::RulesCall, path }.last_segment();
        assert_eq!(name("/api/v1/rules/mayNotify").as_deref(), Some("mayNotify"));
        assert_eq!(name("/api/v1/rules/may%4eotify").as_deref(), Some("mayNotify"));
        assert_eq!(name("/api/v1/rules/%ff"), None);
    }
}
