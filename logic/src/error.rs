//! Refusals: why a rule says no. One table of codes for every program.

use crate::ids::BookingId;
use crate::time::{Instant, Minutes};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $title:literal;)*) => {
        /// A `code` of the contract: the name of a refusal of the rules, or of a general fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The name that clients see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// A short English summary, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title),* }
            }
        }
    };
}

codes! {
    // Refusals of the rules.
    /// The gym has called the class off (R2.15, R2.29, R2.85, R2.90, R3.28).
    ClassCancelled = "class_cancelled", "The gym has called this class off";
    /// The class has started (R2.8, R2.16, R2.30, R2.39, R2.85, R2.86, R3.22).
    ClassStarted = "class_started", "The class has started";
    /// The class starts later than `booking_horizon` from now (R2.87, R3.32).
    TooFarAhead = "too_far_ahead", "This class cannot be booked yet";
    /// The phase is not `open`, so nobody can join (R2.17).
    WaitlistClosed = "waitlist_closed", "The waitlist of this class is closed";
    /// The profile has a live booking in the session (R2.18, R2.31).
    AlreadyBooked = "already_booked", "This profile already has a seat in this class";
    /// The profile waits for the session or has an open offer for it (R2.19, R2.32).
    AlreadyWaiting = "already_waiting", "This profile already waits for this class or has an open offer";
    /// A seat is free and nobody waits, so the seat can be booked (R2.20).
    SpotAvailable = "spot_available", "A seat is free: book it";
    /// The queue has reached its capacity (R2.21).
    QueueFull = "queue_full", "The waitlist of this class is full";
    /// The profile is on as many waitlists as the policy allows (R2.22).
    TooManyWaitlists = "too_many_waitlists", "This profile has reached its limit of waitlists";
    /// A live booking or makeup of the profile overlaps (R2.33, R2.56, R3.14, R3.29).
    TimeConflict = "time_conflict", "This profile has another class at that time";
    /// The profile has as many places in classes to come as the policy allows (R2.88, R3.33).
    TooManyBookings = "too_many_bookings", "This profile has reached its limit of bookings";
    /// No seat is free that is neither held nor queued for (R2.34, R3.15).
    SessionFull = "session_full", "No seat is free";
    /// Leave was asked for later than `free_cancellation_lead` before class (R2.41).
    LeaveTooLate = "leave_too_late", "It is too late to take leave";
    /// The class is too close for an offer (R2.9).
    InsideHardStop = "inside_hard_stop", "No seat is offered this close to the class";
    /// The last notification time has passed (R2.10).
    PastLastNotification = "past_last_notification", "The last notification time has passed";
    /// The entry was notified within the interval (R2.11).
    NotifiedRecently = "notified_recently", "This entry was notified too recently";
    /// Staff notify an entry that is not waiting (R2.74).
    NotWaiting = "not_waiting", "This entry is not waiting";
    /// Staff notify an entry while no seat is free (R2.74).
    NoFreeSeat = "no_free_seat", "No seat is free to offer";
    /// The answer comes after the offer's deadline (R2.66).
    ResponseDeadlinePassed = "response_deadline_passed", "The time to answer this offer has passed";
    /// The original booking does not give the right to a makeup (R3.8).
    NotMissed = "not_missed", "That class was not missed in a way that can be made up";
    /// The original booking has a makeup already (R3.9, R2.38, R2.57).
    AlreadyMadeUp = "already_made_up", "That class has already been made up";
    /// The target class starts after the right to a makeup ends (R3.10, R2.57).
    MakeupExpired = "makeup_expired", "The right to make that class up ends before this one starts";
    /// The target class does not start after the missed one (R3.11).
    MakeupBeforeOriginal = "makeup_before_original", "A makeup class must start after the missed one";
    /// The target class starts too soon to be booked as a makeup (R3.12).
    MakeupTooLate = "makeup_too_late", "It is too late to book this class as a makeup";
    /// The two courses' categories differ (R3.13).
    CourseMismatch = "course_mismatch", "The two courses are of different categories";
    /// Minutes of the grant have been spent, so the makeup cannot be cancelled (R3.21).
    CompensationAlreadyUsed = "compensation_already_used", "Credit from this makeup has been spent";
    /// The live grants hold too few minutes (R2.35, R4.3).
    InsufficientCompensation = "insufficient_compensation", "There is not enough credit";
    /// A number of minutes is outside 1..=1440 (R3.2, R4.4).
    InvalidDuration = "invalid_duration", "A duration must be 1 to 1440 minutes";
    /// The policy's numbers contradict each other or are out of range (R1.15).
    InvalidPolicy = "invalid_policy", "The policy's numbers do not fit together";

    /// The child has as many guardians as a child may have (R8.1).
    TooManyGuardians = "too_many_guardians", "This child has six guardians already";
    /// The child would have no guardian (R8.2).
    LastGuardian = "last_guardian", "A child keeps its last guardian";
    /// The change would leave the gym without an owner (R7.5).
    LastOwner = "last_owner", "The gym needs an owner";

    // The errors of a login by another device, as RFC 8628 names them.
    /// Nobody has approved or denied the login yet.
    AuthorizationPending = "authorization_pending", "This login waits for its approval";
    /// As `authorization_pending`, and the client asks too often.
    SlowDown = "slow_down", "Ask less often";
    /// The login was denied.
    AccessDenied = "access_denied", "This login was denied";
    /// The login is spent, unknown or too old.
    ExpiredToken = "expired_token", "This login is over: begin again";

    // General codes of the contract.
    /// The request cannot be read: its JSON, a field, a parameter or an argument is wrong.
    InvalidRequest = "invalid_request", "The request is malformed";
    /// The request has no valid token.
    Unauthenticated = "unauthenticated", "A valid token is required";
    /// The token's role is not allowed to call the operation.
    Forbidden = "forbidden", "This role may not do that";
    /// The path or the row does not exist, or the row belongs to somebody else (R2.23).
    NotFound = "not_found", "Not found";
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", "This path does not support this method";
    /// The body of the request did not arrive in time.
    RequestTimeout = "request_timeout", "The request did not arrive in time";
    /// The current state does not allow the change; the detail says why.
    Conflict = "conflict", "The current state does not allow this";
    /// The idempotency key was used before for a different request.
    IdempotencyKeyReused = "idempotency_key_reused", "This idempotency key was used for another request";
    /// Another request with the same idempotency key has not finished.
    IdempotencyInProgress = "idempotency_in_progress", "A request with this idempotency key is in progress";
    /// The mini-program is older than the oldest version that is still served.
    ClientTooOld = "client_too_old", "This version of the mini-program is no longer served";
    /// The body is larger than 64 KiB.
    PayloadTooLarge = "payload_too_large", "The body is too large";
    /// The caller or its address has sent too many requests.
    RateLimited = "rate_limited", "Too many requests";
    /// The service failed in a way that the caller cannot change.
    Internal = "internal", "Internal error";
    /// The backend or its database cannot be reached, or is too busy.
    Unavailable = "unavailable", "Service temporarily unavailable";
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal, with the facts that explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the refusal.
    pub code: Code,
    /// The fields that this code carries.
    pub facts: Facts,
}

/// The fields that a refusal carries besides its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Facts {
    /// No fields.
    #[default]
    None,
    /// The deadline that has passed (`response_deadline_passed`).
    Deadline(Instant),
    /// When the class can be joined or booked (`too_far_ahead`).
    BookableFrom(Instant),
    /// The minutes required and the minutes available (`insufficient_compensation`).
    Minutes {
        /// The minutes to spend.
        required: Minutes,
        /// The minutes of all live grants.
        available: Minutes,
    },
    /// The bookings that prevent the change (`compensation_already_used`).
    Bookings(Vec<BookingId>),
    /// The item of a list that is refused, and why.
    Item {
        /// Its index, from 0.
        index: usize,
        /// A sentence that says what is wrong.
        detail: String,
    },
    /// A sentence that says what is wrong and where (`conflict`, `invalid_policy`, `invalid_request`).
    Detail(String),
}

impl Refusal {
    /// Creates a refusal whose detail says what is wrong.
    pub fn because(code: Code, detail: impl Into<String>) -> Self {
        Self { code, facts: Facts::Detail(detail.into()) }
    }

    /// Returns the same refusal, which names the item of a list that it is about.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        Self { code: self.code, facts: Facts::Item { index, detail: self.to_string() } }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, facts: Facts::None }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.facts {
            Facts::Detail(detail) | Facts::Item { detail, .. } => f.write_str(detail),
            _ => f.write_str(self.code.title()),
        }
    }
}

impl core::error::Error for Refusal {}
