//! The rules by name over plain values: what `POST /rules/{fn}` answers and what the WASM package exports.
//!
//! Every host of the rules reads arguments and writes answers here, so all of them give the same answers.
//! The functions stand in one table, [`rule_functions!`](crate::rule_functions). From it come [`FUNCTIONS`],
//! the exports of the WASM package and the declarations in its `index.d.ts`; a test of `wasm-tool` compares
//! docs/API.md ("In the mini-program: the WASM package") with it.
//!
//! A refusal is an answer, `{ok: false, code, …}`; only malformed input is an error.

use crate::chance;
use crate::compensation::{self, Grant};
use crate::countdown;
use crate::deadline;
use crate::error::{Code, Refusal};
use crate::ids::GrantId;
use crate::joining::{self, JoinFacts};
use crate::makeup::{self, CompletionType, MakeupFacts};
use crate::policy::{FieldCase, Policy, PolicyPatch};
use crate::status::{BookingStatus, GrantStatus};
use crate::time::{Instant, Minutes};
use crate::value::{Fields, Value, ValueRef};

/// The table of rule functions: calls the macro `$callback` with every row.
///
/// A row holds the documentation, the JavaScript name, the Rust name, the arguments with their TypeScript
/// types (an optional one after a semicolon) and the TypeScript type of the answer.
#[macro_export]
macro_rules! rule_functions {
    ($callback:ident) => {
        $callback! {
            /// The time left at `now` until `target` (R5.1 to R5.3).
            countdown countdown(now: "Instant", target: "Instant") -> "Countdown";
            /// The last notification time and the response cutoff of a class (R2.1, R2.2).
            waitlistTimes waitlist_times(start: "Instant"; policy: "Partial<Policy> | null") -> "WaitlistTimes";
            /// The phase of a class's waitlist (R2.3).
            phase phase(start: "Instant", now: "Instant"; policy: "Partial<Policy> | null") -> "Phase";
            /// Whether the last notification time has come and the class has not started (R2.4).
            finalWindowActive final_window_active(
                start: "Instant", now: "Instant"; policy: "Partial<Policy> | null"
            ) -> "boolean";
            /// The last instant at which an offer sent at `sentAt` can be answered (R2.5).
            responseDeadline response_deadline(
                sentAt: "Instant", start: "Instant"; policy: "Partial<Policy> | null"
            ) -> "Instant";
            /// Whether a spot notification may go out (R2.7 to R2.11).
            mayNotify may_notify(facts: "NotifyFacts"; policy: "Partial<Policy> | null") -> "Verdict<NotifyRefusal>";
            /// The first instant at which a spot notification may go out (R2.12, R2.13).
            earliestNotification earliest_notification(
                facts: "NotifyFacts & { utcOffsetMinutes: Minutes }"; policy: "Partial<Policy> | null"
            ) -> "Verdict<NotifyRefusal, { at: Instant }>";
            /// Whether an answer to an offer is in time (R2.6).
            mayRespond may_respond(
                facts: "{ deadline: Instant; now: Instant }"
            ) -> "Verdict<'response_deadline_passed'>";
            /// The minutes that a makeup owes or gives free (R3.1 to R3.4).
            durationDifference duration_difference(
                original: "Minutes", makeup: "Minutes"
            ) -> "Verdict<'invalid_duration', DurationDifference>";
            /// The minutes that a booking would take from each grant (R4.1 to R4.5).
            planCompensation plan_compensation(
                grants: "Grant[]", required: "Minutes", now: "Instant"
            ) -> "CompensationPlan";
            /// Whether a profile may join a waitlist (R2.14 to R2.22).
            checkJoin check_join(facts: "JoinFacts"; policy: "Partial<Policy> | null") -> "Verdict<JoinRefusal>";
            /// Whether a missed class can be made up in another (R3.7 to R3.15).
            checkMakeup check_makeup(facts: "MakeupFacts"; policy: "Partial<Policy> | null") -> "Verdict<MakeupRefusal>";
            /// The chance of a seat, 0 to 1 with three decimals (R6.1, R6.3).
            promotionChance promotion_chance(rank: "number", expectedReleases: "number") -> "number";
            /// The default policy (R1.1 to R1.14).
            defaultPolicy default_policy() -> "Policy";
            /// The version of the package.
            version version() -> "string";
        }
    };
}

/// A rule function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The function's name in JavaScript and in `/rules/{fn}`.
    pub name: &'static str,
    /// The arguments' names, in order. A last argument named `policy` may be left out.
    pub arguments: &'static [&'static str],
    run: fn(&Arguments<'_>) -> Result<Value, Refusal>,
}

/// A rule function as TypeScript declares it.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// What the function returns, in English.
    pub doc: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The name and the TypeScript type of each required argument.
    pub required: &'static [(&'static str, &'static str)],
    /// The name and the TypeScript type of the argument that may be left out.
    pub optional: Option<(&'static str, &'static str)>,
    /// The TypeScript type of the answer.
    pub returns: &'static str,
}

macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $run:ident (
            $($argument:ident: $type:literal),* $(; $optional:ident: $optional_type:literal)?
        ) -> $returns:literal;
    )+) => {
        /// Every rule function.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            arguments: &[$(stringify!($argument),)* $(stringify!($optional),)?],
            run: $run,
        },)+];

        /// The TypeScript signature of every rule function.
        // Apart from `FUNCTIONS`, so that the WASM package does not carry these texts.
        pub const SIGNATURES: &[Signature] = &[$(Signature {
            doc: concat!($($doc),+),
            name: stringify!($name),
            required: &[$((stringify!($argument), $type),)*],
            optional: first(&[$((stringify!($optional), $optional_type))?]),
            returns: $returns,
        },)+];
    };
}

const fn first(given: &[(&'static str, &'static str)]) -> Option<(&'static str, &'static str)> {
    match given {
        [one, ..] => Some(*one),
        [] => None,
    }
}

rule_functions!(tables);

/// Answers the function `name`. Arguments left out at the end count as null.
///
/// # Errors
/// `not_found` for an unknown function; `invalid_request`, naming the argument and the field, for malformed input.
pub fn answer(name: &str, args: &[Value]) -> Result<Value, Refusal> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(Refusal::because(Code::NotFound, format!("unknown function `{name}`")));
    };
    let known = function.arguments.len();
    if args.len() > known {
        return Err(Refusal::because(
            Code::InvalidRequest,
            format!("{name} takes {known} arguments, not {}", args.len()),
        ));
    }
    (function.run)(&Arguments { names: function.arguments, values: args })
}

/// Answers the function `name` over JSON, as [`answer`] does.
///
/// # Errors
/// Those of [`answer`].
#[cfg(feature = "api")]
pub fn call(name: &str, args: &[serde_json::Value]) -> Result<serde_json::Value, Refusal> {
    let args: Vec<Value> = args.iter().map(Value::from).collect();
    answer(name, &args).map(serde_json::Value::from)
}

struct Arguments<'a> {
    names: &'static [&'static str],
    values: &'a [Value],
}

impl Arguments<'_> {
    /// Returns an argument, null if it was left out.
    fn at(&self, index: usize) -> ValueRef<'_> {
        let name = self.names.get(index).copied().unwrap_or_default();
        ValueRef::root(name, self.values.get(index).unwrap_or(&Value::Null))
    }

    /// Reads the policy, which is the last argument of every function that takes one.
    fn policy(&self) -> Result<Policy, Refusal> {
        let at = self.at(self.names.len().saturating_sub(1));
        let Some(patch) = at.optional(|at| PolicyPatch::read(at, FieldCase::Camel))? else {
            return Ok(Policy::default());
        };
        patch.apply(Policy::default()).map_err(|refusal| at.wrong(refusal))
    }
}

/// Returns `{ok: true, …}` with the outcome's fields, or `{ok: false, code}`.
fn verdict<const N: usize>(outcome: Result<[(&'static str, Value); N], Code>) -> Value {
    let (ok, rest) = match outcome {
        Ok(fields) => (true, fields.to_vec()),
        Err(code) => (false, vec![("code", Value::from(code.as_str()))]),
    };
    Value::Object([("ok", Value::from(ok))].into_iter().chain(rest).map(|(n, v)| (n.into(), v)).collect())
}

/// Returns `{ok: true}` or `{ok: false, code}`.
fn verdict_without_fields(outcome: Result<(), Code>) -> Value {
    verdict(outcome.map(|()| []))
}

fn countdown(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let left = countdown::countdown(args.at(0).instant()?, args.at(1).instant()?);
    Ok(Value::object([
        ("totalSeconds", left.total_seconds.into()),
        ("days", left.days.into()),
        ("hours", left.hours.into()),
        ("minutes", left.minutes.into()),
        ("seconds", left.seconds.into()),
        ("expired", left.expired.into()),
        ("text", left.text.into()),
    ]))
}

fn waitlist_times(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let times = deadline::waitlist_times(args.at(0).instant()?, &args.policy()?);
    Ok(Value::object([
        ("lastNotificationAt", times.last_notification_at.into()),
        ("responseCutoffAt", times.response_cutoff_at.into()),
    ]))
}

fn phase(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let phase = deadline::phase(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?);
    Ok(phase.as_str().into())
}

fn final_window_active(args: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(deadline::final_window_active(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?).into())
}

fn response_deadline(args: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(deadline::response_deadline(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?).into())
}

/// Reads the fields that both functions about a notification share: start, last notification, now.
fn notification(facts: &Fields<'_>) -> Result<(Instant, Option<Instant>, Instant), Refusal> {
    let start = facts.at("start").instant()?;
    let last_notified_at = facts.at("lastNotifiedAt").optional(ValueRef::instant)?;
    Ok((start, last_notified_at, facts.at("now").instant()?))
}

fn may_notify(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let (start, last, now) = notification(&facts.fields(&["start", "lastNotifiedAt", "now"])?)?;
    Ok(verdict_without_fields(deadline::may_notify(start, last, now, &args.policy()?)))
}

fn earliest_notification(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["start", "lastNotifiedAt", "now", "utcOffsetMinutes"])?;
    let (start, last, now) = notification(&facts)?;
    let utc_offset = Minutes(facts.at("utcOffsetMinutes").integer()?);
    let at = deadline::earliest_notification(start, last, now, utc_offset, &args.policy()?);
    Ok(verdict(at.map(|at| [("at", at.into())])))
}

fn may_respond(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["deadline", "now"])?;
    let outcome = deadline::may_respond(facts.at("deadline").instant()?, facts.at("now").instant()?);
    Ok(verdict_without_fields(outcome.map_err(|refusal| refusal.code)))
}

fn duration_difference(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let (original, made_up) = (Minutes(args.at(0).integer()?), Minutes(args.at(1).integer()?));
    Ok(verdict(makeup::duration_difference(original, made_up).map(|difference| {
        [
            ("difference", difference.0.into()),
            ("completionType", CompletionType::of(difference).as_str().into()),
            ("compensationMinutes", difference.0.max(0).into()),
            ("extraMinutes", (-difference.0).max(0).into()),
        ]
    })))
}

fn plan_compensation(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let grants = args.at(0);
    let grants = grants.items()?.map(|at| grant(&at)).collect::<Result<Vec<_>, _>>()?;
    let (required, now) = (Minutes(args.at(1).integer()?), args.at(2).instant()?);
    let plan = compensation::plan_compensation(&grants, required, now);
    let ok = plan.is_ok();
    let (uses, refusal) = match plan {
        Ok(uses) => (uses, None),
        Err(refusal) => (Vec::new(), Some(("code", Value::from(refusal.code.as_str())))),
    };
    let uses: Vec<Value> = uses.iter().map(compensation_use).collect();
    let fields = [
        ("ok", Value::from(ok)),
        ("uses", uses.into()),
        ("available", compensation::available(&grants, now).0.into()),
    ];
    Ok(Value::Object(fields.into_iter().chain(refusal).map(|(name, value)| (name.into(), value)).collect()))
}

fn compensation_use(taken: &compensation::Use) -> Value {
    Value::object([
        ("compensationId", taken.compensation_id.0.into()),
        ("usedMinutes", taken.used.0.into()),
        ("remainingMinutes", taken.remaining.0.into()),
        ("usageType", taken.usage_type.as_str().into()),
    ])
}

fn grant(at: &ValueRef<'_>) -> Result<Grant, Refusal> {
    let fields = at.fields(&["id", "remainingMinutes", "expiryTime", "status"])?;
    let status = fields
        .at("status")
        .optional(|at| GrantStatus::parse(at.text()?).ok_or_else(|| at.wrong("not a status of a grant")))?;
    Ok(Grant {
        id: GrantId(fields.at("id").integer()?),
        status: status.unwrap_or(GrantStatus::Available),
        remaining: Minutes(fields.at("remainingMinutes").integer()?),
        expiry_time: fields.at("expiryTime").instant()?,
    })
}

fn check_join(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&[
        "start",
        "now",
        "alreadyBooked",
        "alreadyWaiting",
        "freeSeats",
        "queueLength",
        "queueCapacity",
        "activeWaitlists",
    ])?;
    let now = facts.at("now").instant()?;
    let facts = JoinFacts {
        // Clients do not ask about a class that is called off.
        cancelled: false,
        start: facts.at("start").instant()?,
        already_booked: facts.at("alreadyBooked").flag()?,
        already_waiting: facts.at("alreadyWaiting").flag()?,
        free_seats: facts.at("freeSeats").count()?,
        queue_length: facts.at("queueLength").count()?,
        queue_capacity: facts.at("queueCapacity").optional(ValueRef::count)?,
        active_waitlists: facts.at("activeWaitlists").count()?,
    };
    Ok(verdict_without_fields(joining::check_join(&facts, now, &args.policy()?)))
}

fn check_makeup(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&[
        "originalStatus",
        "madeUp",
        "originalStart",
        "targetStart",
        "now",
        "sameCategory",
        "timeConflict",
        "freeSeats",
    ])?;
    let status = facts.at("originalStatus");
    let original_status =
        BookingStatus::parse(status.text()?).ok_or_else(|| status.wrong("not a status of a booking"))?;
    let now = facts.at("now").instant()?;
    let facts = MakeupFacts {
        original_status,
        // Clients ask only about bookings that can give the right to a makeup.
        earns_no_makeup: false,
        made_up: facts.at("madeUp").flag()?,
        original_start: facts.at("originalStart").instant()?,
        target_start: facts.at("targetStart").instant()?,
        same_category: facts.at("sameCategory").flag()?,
        time_conflict: facts.at("timeConflict").flag()?,
        free_seats: facts.at("freeSeats").count()?,
    };
    Ok(verdict_without_fields(makeup::check_makeup(&facts, now, &args.policy()?)))
}

fn promotion_chance(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let (rank, expected) = (args.at(0).count()?, args.at(1));
    let releases = expected.number()?;
    if releases < 0.0 {
        return Err(expected.wrong("a number of releases must be 0 or more"));
    }
    Ok(chance::promotion_chance(rank, releases).into())
}

fn default_policy(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Policy::default().view(FieldCase::Camel))
}

fn version(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(env!("CARGO_PKG_VERSION").into())
}
