//! HTTP status numbers, and what each says about the request that it answers. The status of a code is
//! [`problem::status`](crate::problem::status).

use logic::Code;

/// It succeeded.
pub const OK: u16 = 200;
/// It succeeded and created what its answer describes.
pub const CREATED: u16 = 201;
/// It succeeded, and there is nothing to say.
pub const NO_CONTENT: u16 = 204;
/// The caller has the answer already.
pub const NOT_MODIFIED: u16 = 304;

/// Whether it was refused or failed: the body is a problem.
pub const fn is_problem(status: u16) -> bool {
    status >= 400
}

/// Whether the server failed.
pub const fn is_fault(status: u16) -> bool {
    status >= 500
}

/// Whether the same request may be answered otherwise in a while: its sender paused, or the server or a proxy before it
/// recovered.
pub const fn is_passing(status: u16) -> bool {
    status == 429 || status > 500
}

/// Whether repeating the same request could not change it: such an answer is stored under an idempotency key.
pub const fn is_final(status: u16) -> bool {
    matches!(status, 200..=299 | 404 | 409 | 410 | 422)
}

/// Whether a write was refused before any rule was asked: it changed nothing.
pub const fn never_began(status: u16) -> bool {
    matches!(status, 400..=404 | 413 | 422 | 429)
}

/// Whether a read says that the resource is gone, or not the caller's any more. A passing fault says neither.
pub const fn is_gone(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 410)
}

/// The code that a status stands for where no problem came with it, as from a router or a limit; `None` for a success.
pub const fn code(status: u16) -> Option<Code> {
    Some(match status {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        408 => Code::RequestTimeout,
        413 => Code::PayloadTooLarge,
        503 | 504 => Code::Unavailable,
        400..=499 => Code::InvalidRequest,
        500..=599 => Code::Internal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::status;

    #[test]
    fn only_final_answers_are_stored() {
        for stored in [OK, CREATED, 404, 409, 410, 422] {
            assert!(is_final(stored), "{stored}");
        }
        for not_stored in [NOT_MODIFIED, 400, 401, 403, 405, 408, 413, 415, 429, 500, 503] {
            assert!(!is_final(not_stored), "{not_stored}");
        }
    }

    #[test]
    fn every_code_is_a_problem_that_either_passes_or_stays() {
        for known in Code::ALL {
            let status = status(*known);
            assert!(is_problem(status), "{known:?}");
            assert_eq!(
                is_passing(status),
                matches!(known, Code::RateLimited | Code::Unavailable),
                "{known:?}"
            );
            assert!(!(is_passing(status) && is_final(status)), "{known:?}");
        }
    }

    #[test]
    fn a_rule_refuses_only_what_began() {
        for refused_by_a_rule in [Code::QueueFull, Code::TimeConflict, Code::ResponseDeadlinePassed] {
            assert!(!never_began(status(refused_by_a_rule)), "{refused_by_a_rule:?}");
        }
        for refused_before in [Code::InvalidRequest, Code::Unauthenticated, Code::RateLimited] {
            assert!(never_began(status(refused_before)), "{refused_before:?}");
        }
    }

    #[test]
    fn a_status_without_a_problem_has_a_code() {
        for (bare, expected) in [
            (404, Some(Code::NotFound)),
            (415, Some(Code::InvalidRequest)),
            (500, Some(Code::Internal)),
            (502, Some(Code::Internal)),
            (504, Some(Code::Unavailable)),
            (NOT_MODIFIED, None),
            (OK, None),
        ] {
            assert_eq!(code(bare), expected, "{bare}");
        }
    }
}
