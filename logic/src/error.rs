//! Why the rules say no, and what that is over HTTP: one table for every program.

use crate::ids::BookingId;
use crate::time::{Instant, Minutes};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// Every `code` of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All of them, in the table's order.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The name that clients see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status it answers with.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }

            /// One line of English that holds for every occurrence (RFC 9457 `title`).
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title),* }
            }
        }
    };
}

codes! {
    // Refusals of the rules.
    /// §2 joining, booking.
    ClassCancelled = "class_cancelled", 409, "The gym has called this class off";
    /// §2.
    ClassStarted = "class_started", 409, "The class has started";
    /// §2 joining: the phase is not `open`.
    WaitlistClosed = "waitlist_closed", 409, "The waitlist of this class is closed";
    /// §2.
    AlreadyBooked = "already_booked", 409, "This profile has a place in this class";
    /// §2.
    AlreadyWaiting = "already_waiting", 409, "This profile waits for this class, or has an open offer for it";
    /// §2 joining: book it instead.
    SpotAvailable = "spot_available", 409, "A seat is free: book it";
    /// §2 joining.
    QueueFull = "queue_full", 409, "The waitlist of this class is full";
    /// §2 joining.
    TooManyWaitlists = "too_many_waitlists", 409, "This profile waits for as many classes as it may";
    /// §2, §3.
    TimeConflict = "time_conflict", 409, "This profile has another class at that time";
    /// §2, §3.
    SessionFull = "session_full", 409, "No seat is free";
    /// §2 leave.
    LeaveTooLate = "leave_too_late", 409, "It is too late to take leave";
    /// §2 notifying: the hard stop.
    InsideHardStop = "inside_hard_stop", 409, "Nothing is offered this close to the class";
    /// §2 notifying.
    PastLastNotification = "past_last_notification", 409, "The last notification time has passed";
    /// §2 notifying: the interval per entry.
    NotifiedRecently = "notified_recently", 409, "This entry was notified too recently";
    /// §2 notify by staff.
    NotWaiting = "not_waiting", 409, "This entry is not waiting";
    /// §2 notify by staff.
    NoFreeSeat = "no_free_seat", 409, "No seat is free to offer";
    /// §2 answering.
    ResponseDeadlinePassed = "response_deadline_passed", 410, "The time to answer this offer has passed";
    /// §3.
    NotMissed = "not_missed", 409, "That class was not missed in a way that can be made up";
    /// §3.
    AlreadyMadeUp = "already_made_up", 409, "That class has been made up already";
    /// §3.
    MakeupExpired = "makeup_expired", 409, "The right to make that class up ends before this one starts";
    /// §3.
    MakeupBeforeOriginal = "makeup_before_original", 409, "A makeup class must start after the missed one";
    /// §3.
    MakeupTooLate = "makeup_too_late", 409, "It is too late to book this class as a makeup";
    /// §3.
    CourseMismatch = "course_mismatch", 409, "The two courses are of different categories";
    /// §3 cancelling.
    CompensationAlreadyUsed = "compensation_already_used", 409, "Credit from this makeup has been spent";
    /// §4.
    InsufficientCompensation = "insufficient_compensation", 409, "There is not enough credit";
    /// §3, §4: minutes outside 1..=1440.
    InvalidDuration = "invalid_duration", 422, "A duration must be 1 to 1440 minutes";
    /// §1.
    InvalidPolicy = "invalid_policy", 422, "The policy's numbers do not fit together";

    // The contract's general codes.
    /// The request is malformed.
    InvalidRequest = "invalid_request", 400, "The request is malformed";
    /// No token, or not a good one.
    Unauthenticated = "unauthenticated", 401, "A valid token is needed";
    /// The role may not do this.
    Forbidden = "forbidden", 403, "This role may not do that";
    /// It does not exist, or is not yours.
    NotFound = "not_found", 404, "There is no such thing";
    /// The path knows no such method.
    MethodNotAllowed = "method_not_allowed", 405, "This path does not take that method";
    /// The state does not allow it.
    Conflict = "conflict", 409, "The current state does not allow this";
    /// One key, two requests.
    IdempotencyKeyReused = "idempotency_key_reused", 409, "This idempotency key was used for another request";
    /// One key, two at once.
    IdempotencyInProgress = "idempotency_in_progress", 409, "A request with this idempotency key is under way";
    /// The mini-program that calls is older than the oldest version that is served.
    ClientTooOld = "client_too_old", 409, "This version of the mini-program is no longer served";
    /// The body is larger than 64 KiB.
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    /// Slow down.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// A fault of ours.
    Internal = "internal", 500, "Something went wrong on our side";
    /// The origin or the database is away.
    Unavailable = "unavailable", 503, "The service is away for a moment";
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule's "no", with the numbers that explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule.
    pub code: Code,
    /// The rule's own fields.
    pub facts: Facts,
}

/// The fields that a refusal carries besides its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Facts {
    /// None.
    #[default]
    None,
    /// The deadline that was missed (`response_deadline_passed`).
    Deadline(Instant),
    /// Minutes asked for and minutes there are (`insufficient_compensation`).
    Minutes {
        /// Asked for.
        required: Minutes,
        /// Spendable now.
        available: Minutes,
    },
    /// The bookings that stand in the way (`compensation_already_used`).
    Bookings(Vec<BookingId>),
    /// What is wrong, in words, and where (`conflict`, `invalid_policy`, `invalid_request`).
    Words(String),
}

impl Refusal {
    /// A refusal with words of its own.
    pub fn because(code: Code, words: impl Into<String>) -> Self {
        Self { code, facts: Facts::Words(words.into()) }
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
            Facts::Words(words) => f.write_str(words),
            _ => f.write_str(self.code.title()),
        }
    }
}

impl core::error::Error for Refusal {}
