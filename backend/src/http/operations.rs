//! Every operation of the contract: who may, how it counts, and what it may be refused with. The gate reads this
//! table and lets nothing through that is not in it; the OpenAPI document shows it.

use axum::http::Method;
pub use contract::access::Who;
use logic::Code;

/// How an operation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It changes nothing of the caller's.
    Read,
    /// It does: it takes an `Idempotency-Key`, and the rate limits of writes hold.
    Write,
    /// An attempt to log in, with a rate limit of its own.
    Login,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// `GET`, …
    pub method: &'static str,
    /// As it is routed.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
    /// How it counts.
    pub kind: Kind,
    /// The codes of its own: see [`Operation::codes`] for all.
    own: &'static [Code],
}

impl Operation {
    /// Every code that it may be refused with.
    pub fn codes(&self) -> Vec<Code> {
        let mut codes = self.own.to_vec();
        if self.who != Who::Anyone {
            codes.extend([Code::Unauthenticated, Code::Forbidden]);
        }
        if self.method != "GET" {
            codes.extend([Code::InvalidRequest, Code::PayloadTooLarge]);
        }
        if self.kind == Kind::Write {
            codes.extend([Code::IdempotencyKeyReused, Code::IdempotencyInProgress]);
        }
        if self.path != "/api/v1/time" {
            codes.push(Code::ClientTooOld);
        }
        // Reads too: the edge counts them, the backend does not.
        codes.extend([Code::RateLimited, Code::Internal, Code::Unavailable]);
        // In the order of the one table of codes.
        Code::ALL.iter().copied().filter(|code| codes.contains(code)).collect()
    }
}

/// The operation behind a method and a routed path; `None` if there is none: the router then says 404 or 405.
pub fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    OPERATIONS.iter().find(|operation| operation.path == path && operation.method == method)
}

const fn op(
    method: &'static str,
    path: &'static str,
    who: Who,
    kind: Kind,
    own: &'static [Code],
) -> Operation {
    Operation { method, path, who, kind, own }
}

use Code as C;
use Kind::{Login, Read, Write};
use Who::{Anyone, People, Staff, StaffAndService};

/// All of them.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    op("POST", "/api/v1/auth/login", Anyone, Login, &[C::Unauthenticated]),
    op("GET", "/api/v1/time", Anyone, Read, &[]),
    op("GET", "/api/v1/policy", Anyone, Read, &[]),
    op("GET", "/api/v1/openapi.json", Anyone, Read, &[]),
    op("POST", "/api/v1/rules/{fn}", Anyone, Read, &[C::InvalidRequest, C::NotFound, C::PayloadTooLarge]),
    op("GET", "/api/v1/profiles", People, Read, &[C::InvalidRequest]),

    op("GET", "/api/v1/sessions", People, Read, &[C::InvalidRequest]),
    op("GET", "/api/v1/sessions/{course_schedule_id}/{date}", People, Read, &[C::NotFound]),
    op("POST", "/api/v1/sessions/{course_schedule_id}/{date}/cancel", Staff, Write, &[C::NotFound, C::ClassStarted]),
    op("PUT", "/api/v1/sessions/{course_schedule_id}/{date}/capacity", Staff, Write,
        &[C::NotFound, C::ClassCancelled, C::ClassStarted, C::Conflict]),

    op("POST", "/api/v1/bookings", People, Write,
        &[C::NotFound, C::ClassCancelled, C::ClassStarted, C::AlreadyBooked, C::AlreadyWaiting, C::TimeConflict,
          C::SessionFull, C::InsufficientCompensation, C::AlreadyMadeUp]),
    op("GET", "/api/v1/bookings/my", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("DELETE", "/api/v1/bookings/{id}", People, Write,
        &[C::NotFound, C::ClassStarted, C::Conflict, C::CompensationAlreadyUsed]),
    op("POST", "/api/v1/bookings/{id}/leave", People, Write,
        &[C::NotFound, C::ClassStarted, C::LeaveTooLate, C::Conflict]),
    op("POST", "/api/v1/bookings/{id}/attendance", Staff, Write, &[C::NotFound, C::Conflict]),

    op("POST", "/api/v1/waitlist/join", People, Write,
        &[C::NotFound, C::ClassCancelled, C::ClassStarted, C::WaitlistClosed, C::AlreadyBooked, C::AlreadyWaiting,
          C::SpotAvailable, C::QueueFull, C::TooManyWaitlists, C::NotMissed, C::AlreadyMadeUp, C::MakeupExpired,
          C::MakeupBeforeOriginal, C::MakeupTooLate, C::CourseMismatch, C::TimeConflict]),
    op("GET", "/api/v1/waitlist/my", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("POST", "/api/v1/waitlist/notify", Staff, Write, &[C::NotFound]),
    op("GET", "/api/v1/waitlist/deadline-check", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("POST", "/api/v1/waitlist/process-expiry", StaffAndService, Write, &[]),
    op("GET", "/api/v1/waitlist/position/{id}", People, Read, &[C::NotFound]),
    op("GET", "/api/v1/waitlist/{id}", People, Read, &[C::NotFound]),
    op("DELETE", "/api/v1/waitlist/{id}", People, Write, &[C::NotFound, C::Conflict]),
    op("GET", "/api/v1/waitlist/{id}/notifications", People, Read, &[C::NotFound]),
    op("PUT", "/api/v1/waitlist/{id}/respond", People, Write,
        &[C::NotFound, C::TimeConflict, C::Conflict, C::ResponseDeadlinePassed, C::AlreadyMadeUp, C::MakeupExpired]),
    op("GET", "/api/v1/notifications/my", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("POST", "/api/v1/subscriptions", People, Write, &[]),

    op("GET", "/api/v1/makeup/available", People, Read, &[C::InvalidRequest, C::NotFound, C::NotMissed, C::AlreadyMadeUp]),
    op("POST", "/api/v1/makeup/book", People, Write,
        &[C::NotFound, C::ClassCancelled, C::ClassStarted, C::AlreadyBooked, C::AlreadyWaiting, C::NotMissed,
          C::AlreadyMadeUp, C::MakeupExpired, C::MakeupBeforeOriginal, C::MakeupTooLate, C::CourseMismatch,
          C::TimeConflict, C::SessionFull]),
    op("GET", "/api/v1/makeup/my", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("GET", "/api/v1/makeup/owed", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("DELETE", "/api/v1/makeup/{id}/cancel", People, Write,
        &[C::NotFound, C::ClassStarted, C::Conflict, C::CompensationAlreadyUsed]),
    op("GET", "/api/v1/compensation/balance", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("GET", "/api/v1/compensation/history", People, Read, &[C::InvalidRequest, C::NotFound]),
    op("POST", "/api/v1/compensation/preview", People, Read,
        &[C::InvalidRequest, C::NotFound, C::InsufficientCompensation, C::InvalidDuration, C::PayloadTooLarge]),

    // Only under --dev-clock; without it there is no route to any of them.
    op("PUT", "/api/v1/dev/clock", Anyone, Read, &[C::InvalidRequest, C::Conflict]),
    op("POST", "/api/v1/dev/clock/advance", Anyone, Read, &[C::InvalidRequest]),
    op("GET", "/api/v1/dev/messages", Anyone, Read, &[C::InvalidRequest]),
    op("POST", "/api/v1/dev/sweep", Anyone, Read, &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_stands_once() {
        for (i, operation) in OPERATIONS.iter().enumerate() {
            let same = |other: &Operation| (other.method, other.path) == (operation.method, operation.path);
            assert!(!OPERATIONS[i + 1..].iter().any(same), "{} {}", operation.method, operation.path);
        }
    }

    #[test]
    fn head_is_get() {
        assert!(find(&Method::HEAD, "/api/v1/time").is_some_and(|operation| operation.method == "GET"));
        assert!(find(&Method::POST, "/api/v1/time").is_none());
    }
}
