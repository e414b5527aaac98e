//! Every operation of the API, once: its method and path, who may call it, how it counts, what its body is, how its
//! answers are cached and which codes it may be refused with.
//!
//! The backend authorizes by this table, the edge routes by it, and the OpenAPI document shows it.

use crate::access::Access;
use crate::cache::{CLASSES, CREDIT, CacheRule, DESK, NEVER, NOTIFICATIONS, QUEUE, SETTINGS, VERSIONS};
use core::fmt::Display;
use logic::Code;

/// What the path of every operation starts with.
pub const PREFIX: &str = "/api/v1";
/// What the path of an operation starts with that exists under `--dev-clock` only.
pub const DEV_PREFIX: &str = "/api/v1/dev/";
/// Outside the API, at the edge and at the backend alike: the program is alive.
pub const HEALTH_PATH: &str = "/healthz";
/// Outside the API, at the backend alone: a write could be made.
pub const READY_PATH: &str = "/readyz";

/// The method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, which answers `HEAD` too.
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What kind of call it is, for rate limits and idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It changes nothing for the caller.
    Read,
    /// It changes something: it accepts an `Idempotency-Key`, and the rate limits of writes apply.
    Write,
    /// It is a step of a login and has a rate limit of its own. Its answer holds a secret and is never stored.
    Login,
}

/// What a request's body must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Anything: it is not read.
    Ignored,
    /// Nothing, or an object without fields.
    Empty,
    /// Nothing, or JSON.
    Optional,
    /// JSON.
    Json,
}

/// One row of the table.
struct Row {
    method: Method,
    path: &'static str,
    id: &'static str,
    access: Access,
    kind: Kind,
    body: Body,
    cache: Option<CacheRule>,
    refusals: &'static [Code],
}

macro_rules! operations {
    ($($name:ident $id:ident $method:ident $path:literal $access:ident $kind:ident $body:ident $cache:ident
       [$($code:ident),*];)*) => {
        /// An operation of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $(#[doc = concat!("`", stringify!($method), " ", $path, "`")] $name),* }

        impl Operation {
            /// All of them, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row {
                        method: Method::$method,
                        path: $path,
                        id: stringify!($id),
                        access: Access::$access,
                        kind: Kind::$kind,
                        body: Body::$body,
                        cache: $cache,
                        refusals: &[$(Code::$code),*],
                    }),*
                }
            }
        }
    };
}

operations! {
    AuthLogin auth_login Post "/api/v1/auth/login"
        Anyone Login Json NEVER [Unauthenticated];
    AuthDevice auth_device Post "/api/v1/auth/device"
        Anyone Login Empty NEVER [];
    AuthDeviceToken auth_device_token Post "/api/v1/auth/device/token"
        Anyone Login Json NEVER [AuthorizationPending, SlowDown, AccessDenied, ExpiredToken];
    AuthDeviceApprove auth_device_approve Post "/api/v1/auth/device/approve"
        Coach Write Json NEVER [NotFound];
    AuthDeviceGet auth_device_get Get "/api/v1/auth/device/{user_code}"
        Coach Read Ignored NEVER [NotFound];
    AuthRenew auth_renew Post "/api/v1/auth/renew"
        People Login Empty NEVER [Conflict];
    AuthLogout auth_logout Post "/api/v1/auth/logout"
        People Write Empty NEVER [];
    TimeGet time_get Get "/api/v1/time"
        Anyone Read Ignored NEVER [];
    PolicyGet policy_get Get "/api/v1/policy"
        Anyone Read Ignored SETTINGS [];
    PoliciesCreate policies_create Post "/api/v1/policies"
        Owner Write Json NEVER [InvalidPolicy];
    PoliciesList policies_list Get "/api/v1/policies"
        Owner Read Ignored NEVER [InvalidRequest];
    PoliciesGet policies_get Get "/api/v1/policies/{id}"
        Anyone Read Ignored VERSIONS [NotFound];
    OpenapiGet openapi_get Get "/api/v1/openapi.json"
        Anyone Read Ignored SETTINGS [];
    RulesCall rules_call Post "/api/v1/rules/{fn}"
        Anyone Read Json NEVER [NotFound];
    AccountsList accounts_list Get "/api/v1/accounts"
        Owner Read Ignored NEVER [InvalidRequest];
    AccountsRole accounts_role Put "/api/v1/accounts/{id}/role"
        Owner Write Json NEVER [NotFound, Conflict, LastOwner];
    PeopleList people_list Get "/api/v1/people"
        Staff Read Ignored NEVER [InvalidRequest];
    AuditList audit_list Get "/api/v1/audit"
        Owner Read Ignored NEVER [InvalidRequest];
    ProfilesList profiles_list Get "/api/v1/profiles"
        People Read Ignored QUEUE [InvalidRequest];
    ProfilesCreate profiles_create Post "/api/v1/profiles"
        Staff Write Json NEVER [];
    ProfilesUpdate profiles_update Put "/api/v1/profiles/{id}"
        Staff Write Json NEVER [NotFound];
    ProfilesClaim profiles_claim Post "/api/v1/profiles/claim"
        People Write Json NEVER [NotFound, TooManyGuardians];
    ProfilesClaimCode profiles_claim_code Post "/api/v1/profiles/{id}/claim-code"
        People Write Empty NEVER [NotFound];
    ProfilesGuardians profiles_guardians Get "/api/v1/profiles/{id}/guardians"
        People Read Ignored QUEUE [InvalidRequest, NotFound];
    ProfilesGuardianTold profiles_guardian_told Put "/api/v1/profiles/{id}/guardians/{account_id}"
        People Write Json NEVER [NotFound];
    ProfilesGuardianRemove profiles_guardian_remove Delete "/api/v1/profiles/{id}/guardians/{account_id}"
        People Write Empty NEVER [NotFound, LastGuardian];

    SessionsList sessions_list Get "/api/v1/sessions"
        People Read Ignored CLASSES [InvalidRequest];
    SessionsGet sessions_get Get "/api/v1/sessions/{course_schedule_id}/{date}"
        People Read Ignored CLASSES [NotFound];
    SessionsCancel sessions_cancel Post "/api/v1/sessions/{course_schedule_id}/{date}/cancel"
        Staff Write Empty NEVER [NotFound, ClassStarted];
    SessionsCapacity sessions_capacity Put "/api/v1/sessions/{course_schedule_id}/{date}/capacity"
        Staff Write Json NEVER [NotFound, ClassCancelled, ClassStarted, Conflict];
    SessionsPolicy sessions_policy Post "/api/v1/sessions/{course_schedule_id}/{date}/policy"
        Owner Write Empty NEVER [NotFound, Conflict];

    BookingsCreate bookings_create Post "/api/v1/bookings"
        People Write Json NEVER
        [NotFound, ClassCancelled, ClassStarted, TooFarAhead, AlreadyBooked, AlreadyWaiting, TimeConflict,
         TooManyBookings, SessionFull, InsufficientCompensation, AlreadyMadeUp, Conflict];
    BookingsMy bookings_my Get "/api/v1/bookings/my"
        People Read Ignored QUEUE [InvalidRequest, NotFound];
    BookingsCancel bookings_cancel Delete "/api/v1/bookings/{id}"
        People Write Empty NEVER [NotFound, ClassStarted, Conflict, CompensationAlreadyUsed];
    BookingsLeave bookings_leave Post "/api/v1/bookings/{id}/leave"
        People Write Optional NEVER [NotFound, ClassStarted, LeaveTooLate, Conflict];
    BookingsAttendance bookings_attendance Post "/api/v1/bookings/{id}/attendance"
        Coach Write Json NEVER [NotFound, AlreadyMadeUp, Conflict];

    BookingsMakeupRight bookings_makeup_right Put "/api/v1/bookings/{id}/makeup-right"
        Staff Write Json NEVER [NotFound, NotMissed, AlreadyMadeUp, Conflict];

    DeskDay desk_day Get "/api/v1/desk/day"
        Coach Read Ignored DESK [InvalidRequest];
    DeskSession desk_session Get "/api/v1/desk/sessions/{course_schedule_id}/{date}"
        Coach Read Ignored DESK [NotFound];
    DeskProfile desk_profile Get "/api/v1/desk/profiles/{id}"
        Staff Read Ignored DESK [NotFound];
    DeskAttendance desk_attendance Put "/api/v1/desk/sessions/{course_schedule_id}/{date}/attendance"
        Coach Write Json NEVER [NotFound, AlreadyMadeUp, Conflict];

    WaitlistJoin waitlist_join Post "/api/v1/waitlist/join"
        People Write Json NEVER
        [NotFound, ClassCancelled, ClassStarted, TooFarAhead, WaitlistClosed, AlreadyBooked, AlreadyWaiting, SpotAvailable,
         QueueFull, TooManyWaitlists, NotMissed, AlreadyMadeUp, MakeupExpired, MakeupBeforeOriginal, MakeupTooLate,
         CourseMismatch, TimeConflict];
    WaitlistMy waitlist_my Get "/api/v1/waitlist/my"
        People Read Ignored QUEUE [InvalidRequest, NotFound];
    WaitlistNotify waitlist_notify Post "/api/v1/waitlist/notify"
        Staff Write Json NEVER [NotFound];
    // Not cached: it settles what is overdue.
    WaitlistDeadlineCheck waitlist_deadline_check Get "/api/v1/waitlist/deadline-check"
        People Read Ignored NEVER [InvalidRequest, NotFound];
    WaitlistProcessExpiry waitlist_process_expiry Post "/api/v1/waitlist/process-expiry"
        StaffAndService Write Json NEVER [];
    WaitlistPosition waitlist_position Get "/api/v1/waitlist/position/{id}"
        People Read Ignored QUEUE [NotFound];
    WaitlistGet waitlist_get Get "/api/v1/waitlist/{id}"
        People Read Ignored QUEUE [NotFound];
    WaitlistLeave waitlist_leave Delete "/api/v1/waitlist/{id}"
        People Write Empty NEVER [NotFound, Conflict];
    WaitlistNotifications waitlist_notifications Get "/api/v1/waitlist/{id}/notifications"
        People Read Ignored NOTIFICATIONS [InvalidRequest, NotFound];
    WaitlistRespond waitlist_respond Put "/api/v1/waitlist/{id}/respond"
        People Write Json NEVER
        [NotFound, TimeConflict, Conflict, ResponseDeadlinePassed, AlreadyMadeUp, MakeupExpired];
    NotificationsMy notifications_my Get "/api/v1/notifications/my"
        People Read Ignored NOTIFICATIONS [InvalidRequest, NotFound];
    MessagesMy messages_my Get "/api/v1/messages/my"
        People Read Ignored NOTIFICATIONS [InvalidRequest, NotFound];
    MessagesRead messages_read Put "/api/v1/messages/read"
        People Write Json NEVER [NotFound];
    SubscriptionsCreate subscriptions_create Post "/api/v1/subscriptions"
        People Write Json NEVER [];
    SubscriptionsGet subscriptions_get Get "/api/v1/subscriptions"
        People Read Ignored QUEUE [];

    MakeupAvailable makeup_available Get "/api/v1/makeup/available"
        People Read Ignored QUEUE [InvalidRequest, NotFound, NotMissed, AlreadyMadeUp];
    MakeupBook makeup_book Post "/api/v1/makeup/book"
        People Write Json NEVER
        [NotFound, ClassCancelled, ClassStarted, AlreadyBooked, AlreadyWaiting, NotMissed, AlreadyMadeUp,
         MakeupExpired, MakeupBeforeOriginal, MakeupTooLate, CourseMismatch, TooFarAhead, TimeConflict,
         TooManyBookings, SessionFull];
    MakeupMy makeup_my Get "/api/v1/makeup/my"
        People Read Ignored QUEUE [InvalidRequest, NotFound];
    MakeupOwed makeup_owed Get "/api/v1/makeup/owed"
        People Read Ignored QUEUE [InvalidRequest, NotFound];
    MakeupCancel makeup_cancel Delete "/api/v1/makeup/{id}/cancel"
        People Write Empty NEVER [NotFound, ClassStarted, Conflict, CompensationAlreadyUsed];
    CompensationBalance compensation_balance Get "/api/v1/compensation/balance"
        People Read Ignored CREDIT [InvalidRequest, NotFound];
    CompensationHistory compensation_history Get "/api/v1/compensation/history"
        People Read Ignored CREDIT [InvalidRequest, NotFound];
    CompensationGrant compensation_grant Post "/api/v1/compensation/grants"
        Staff Write Json NEVER [NotFound, Conflict, InvalidDuration];
    CompensationPreview compensation_preview Post "/api/v1/compensation/preview"
        People Read Json NEVER [NotFound, InsufficientCompensation, InvalidDuration];

    // Only under --dev-clock; without it there is no route to any of these.
    DevClockSet dev_clock_set Put "/api/v1/dev/clock"
        Anyone Read Json NEVER [Conflict];
    DevClockAdvance dev_clock_advance Post "/api/v1/dev/clock/advance"
        Anyone Read Json NEVER [];
    DevMessages dev_messages Get "/api/v1/dev/messages"
        Anyone Read Ignored NEVER [InvalidRequest];
    DevSweep dev_sweep Post "/api/v1/dev/sweep"
        Anyone Read Empty NEVER [];
}

impl Operation {
    /// The operation of a request: `path` is the path of the table, with its parameters' names. `HEAD` is answered as
    /// `GET`.
    pub fn find(method: &str, path: &str) -> Option<Self> {
        let method = if method == "HEAD" { "GET" } else { method };
        Self::ALL.iter().copied().find(|op| op.path() == path && op.method().as_str() == method)
    }

    /// The methods of the operations at a path of the table, as the header `allow` lists them; `None` if there is no
    /// operation.
    pub fn allowed_at(path: &str) -> Option<String> {
        let methods = Self::ALL.iter().filter(|op| op.path() == path).map(|op| match op.method() {
            Method::Get => "GET,HEAD",
            other => other.as_str(),
        });
        let methods: Vec<&str> = methods.collect();
        (!methods.is_empty()).then(|| methods.join(","))
    }

    /// Its method.
    pub const fn method(self) -> Method {
        self.row().method
    }

    /// Its path, with `{name}` for each parameter: `{date}` is a date, `{fn}` a function's name,
    /// `{user_code}` a code, any other an id.
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// Its path with `values` in place of the parameters, in order.
    pub fn path_with(self, values: &[&dyn Display]) -> String {
        let mut values = values.iter();
        let segments = self.path().split('/').map(|segment| match segment.strip_prefix('{') {
            Some(_) => values.next().map(ToString::to_string).unwrap_or_default(),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Its name in the OpenAPI document: `waitlist_respond`.
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// Who may call it.
    pub const fn access(self) -> Access {
        self.row().access
    }

    /// How it counts.
    pub const fn kind(self) -> Kind {
        self.row().kind
    }

    /// What its body must be.
    pub const fn body(self) -> Body {
        self.row().body
    }

    /// How its answers are cached; `None`: they are not.
    pub const fn cache(self) -> Option<CacheRule> {
        self.row().cache
    }

    /// Whether its answers carry an `etag`: those of every read that is cached.
    pub const fn is_conditional(self) -> bool {
        self.cache().is_some()
    }

    /// Whether its answer is stored under the idempotency key of the request: not one that holds a secret.
    pub const fn keeps_its_answer(self) -> bool {
        !matches!(self, Self::AuthLogin | Self::ProfilesClaimCode)
    }

    /// Whether it exists under `--dev-clock` only.
    pub fn is_development(self) -> bool {
        self.path().starts_with(DEV_PREFIX)
    }

    /// Every code that it may be refused with, in the order of [`Code::ALL`].
    pub fn codes(self) -> Vec<Code> {
        let row = self.row();
        let mut codes = row.refusals.to_vec();
        if row.access != Access::Anyone {
            codes.extend([Code::Unauthenticated, Code::Forbidden]);
        }
        if row.body != Body::Ignored {
            codes.extend([Code::InvalidRequest, Code::PayloadTooLarge]);
        }
        if row.kind == Kind::Write {
            codes.push(Code::IdempotencyKeyReused);
        }
        if self != Self::TimeGet {
            codes.push(Code::ClientTooOld);
        }
        // Reads are rate-limited at the edge.
        codes.extend([Code::RateLimited, Code::Internal, Code::Unavailable]);
        Code::ALL.iter().copied().filter(|code| codes.contains(code)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::DEPRECATED;
    use std::collections::HashSet;

    #[test]
    fn each_operation_has_its_own_method_path_and_id() {
        let routes: HashSet<_> = Operation::ALL.iter().map(|op| (op.method().as_str(), op.path())).collect();
        let ids: HashSet<_> = Operation::ALL.iter().map(|op| op.id()).collect();
        assert_eq!((routes.len(), ids.len()), (Operation::ALL.len(), Operation::ALL.len()));
        for op in Operation::ALL {
            assert_eq!(Operation::find(op.method().as_str(), op.path()), Some(*op));
            assert_eq!(op.id(), snake_case(&format!("{op:?}")));
        }
    }

    fn snake_case(name: &str) -> String {
        let mut text = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.push(letter.to_ascii_lowercase());
        }
        text
    }

    #[test]
    fn no_operation_answers_a_deprecated_code() {
        for op in Operation::ALL {
            assert!(DEPRECATED.iter().all(|code| !op.codes().contains(code)), "{op:?}");
        }
    }

    #[test]
    fn head_is_answered_as_get() {
        assert_eq!(Operation::find("HEAD", "/api/v1/time"), Some(Operation::TimeGet));
        assert_eq!(Operation::find("POST", "/api/v1/time"), None);
        assert_eq!(Operation::allowed_at("/api/v1/waitlist/{id}").as_deref(), Some("GET,HEAD,DELETE"));
        assert_eq!(Operation::allowed_at("/api/v1/nothing"), None);
    }

    #[test]
    fn parameters_are_filled_in_in_order() {
        let path = Operation::SessionsCapacity.path_with(&[&7, &"2026-03-02"]);
        assert_eq!(path, "/api/v1/sessions/7/2026-03-02/capacity");
        assert_eq!(Operation::TimeGet.path_with(&[]), "/api/v1/time");
    }

    #[test]
    fn only_reads_are_cached_and_only_gets_have_no_body() {
        for op in Operation::ALL {
            assert!(op.cache().is_none() || op.method() == Method::Get, "{op:?}");
            assert_eq!(op.body() == Body::Ignored, op.method() == Method::Get, "{op:?}");
        }
    }

    #[test]
    fn the_service_may_call_one_operation() {
        let service = Operation::ALL.iter().filter(|op| op.access() == Access::StaffAndService);
        assert_eq!(service.collect::<Vec<_>>(), [&Operation::WaitlistProcessExpiry]);
    }
}
