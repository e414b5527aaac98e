//! The rules by name over plain values: what `/rules/{fn}` answers and what the WASM package exports (API, "In
//! the mini-program: the WASM package"). Every home reads arguments and writes answers here, so all give the same.
//!
//! A rule's "no" is an answer, `{ok: false, code, …}`; only malformed input is an error.

use crate::chance;
use crate::compensation::{self, Grant};
use crate::countdown;
use crate::deadline;
use crate::error::{Code, Refusal};
use crate::ids::GrantId;
use crate::joining::{JoinFacts, check_join};
use crate::makeup::{self, CompletionType, MakeupFacts, check_makeup};
use crate::policy::{FieldCase, Policy, PolicyPatch};
use crate::status::{BookingStatus, GrantStatus};
use crate::time::{Instant, Minutes};
use crate::value::{Fields, Value, ValueRef};

/// A function of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its arguments' names, in order. A last one named `policy` may be left out.
    pub arguments: &'static [&'static str],
    run: fn(&Arguments<'_>) -> Result<Value, Refusal>,
}

macro_rules! functions {
    ($($name:literal $run:ident ($($argument:literal),*);)*) => {
        /// Every function of the contract.
        pub const FUNCTIONS: &[Function] =
            &[$(Function { name: $name, arguments: &[$($argument),*], run: $run }),*];
    };
}

functions! {
    "countdown" count_down("now", "target");
    "waitlistTimes" waitlist_times("start", "policy");
    "phase" phase("start", "now", "policy");
    "finalWindowActive" final_window_active("start", "now", "policy");
    "responseDeadline" response_deadline("sentAt", "start", "policy");
    "mayNotify" may_notify("facts", "policy");
    "earliestNotification" earliest_notification("facts", "policy");
    "mayRespond" may_respond("facts");
    "durationDifference" duration_difference("original", "makeup");
    "planCompensation" plan_compensation("grants", "required", "now");
    "checkJoin" join("facts", "policy");
    "checkMakeup" make_up("facts", "policy");
    "promotionChance" promotion_chance("rank", "expectedReleases");
    "defaultPolicy" default_policy();
    "version" version();
}

/// Answers the function `name`. Arguments left out at the end are as good as null.
///
/// # Errors
/// `not_found` for an unknown function; `invalid_request`, naming the argument and the field, for malformed input.
pub fn answer(name: &str, args: &[Value]) -> Result<Value, Refusal> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(Refusal::because(Code::NotFound, format!("there is no function `{name}`")));
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

/// [`answer`] over JSON.
///
/// # Errors
/// As [`answer`].
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
    /// The place of an argument, given or not.
    fn at(&self, index: usize) -> ValueRef<'_> {
        let name = self.names.get(index).copied().unwrap_or_default();
        ValueRef::root(name, self.values.get(index).unwrap_or(&Value::Null))
    }

    /// The policy, which is the last argument wherever there is one.
    fn policy(&self) -> Result<Policy, Refusal> {
        let at = self.at(self.names.len().saturating_sub(1));
        let Some(patch) = at.optional(|at| PolicyPatch::read(at, FieldCase::Camel))? else {
            return Ok(Policy::default());
        };
        patch.apply(Policy::default()).map_err(|refusal| at.wrong(refusal))
    }
}

/// `{ok: true}` with `fields`, or `{ok: false, code}`.
fn verdict<const N: usize>(outcome: Result<[(&'static str, Value); N], Code>) -> Value {
    let (ok, rest) = match outcome {
        Ok(fields) => (true, fields.to_vec()),
        Err(code) => (false, vec![("code", Value::from(code.as_str()))]),
    };
    Value::Object([("ok", Value::from(ok))].into_iter().chain(rest).map(|(n, v)| (n.into(), v)).collect())
}

fn plain_verdict(outcome: Result<(), Code>) -> Value {
    verdict(outcome.map(|()| []))
}

fn count_down(args: &Arguments<'_>) -> Result<Value, Refusal> {
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

/// The fields that both questions about a notification share: start, last notification, now.
fn notification(facts: &Fields<'_>) -> Result<(Instant, Option<Instant>, Instant), Refusal> {
    let start = facts.at("start").instant()?;
    let last_notified_at = facts.at("lastNotifiedAt").optional(ValueRef::instant)?;
    Ok((start, last_notified_at, facts.at("now").instant()?))
}

fn may_notify(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let (start, last, now) = notification(&facts.fields(&["start", "lastNotifiedAt", "now"])?)?;
    Ok(plain_verdict(deadline::may_notify(start, last, now, &args.policy()?)))
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
    Ok(plain_verdict(outcome.map_err(|refusal| refusal.code)))
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
    let status = fields.at("status").optional(|at| {
        GrantStatus::parse(at.text()?).ok_or_else(|| at.wrong("there is no such status of a grant"))
    })?;
    Ok(Grant {
        id: GrantId(fields.at("id").integer()?),
        status: status.unwrap_or(GrantStatus::Available),
        remaining: Minutes(fields.at("remainingMinutes").integer()?),
        expiry_time: fields.at("expiryTime").instant()?,
    })
}

fn join(args: &Arguments<'_>) -> Result<Value, Refusal> {
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
        // Who asks this way sees that a class is called off, and does not ask.
        cancelled: false,
        start: facts.at("start").instant()?,
        already_booked: facts.at("alreadyBooked").flag()?,
        already_waiting: facts.at("alreadyWaiting").flag()?,
        free_seats: facts.at("freeSeats").count()?,
        queue_length: facts.at("queueLength").count()?,
        queue_capacity: facts.at("queueCapacity").optional(ValueRef::count)?,
        active_waitlists: facts.at("activeWaitlists").count()?,
    };
    Ok(plain_verdict(check_join(&facts, now, &args.policy()?)))
}

fn make_up(args: &Arguments<'_>) -> Result<Value, Refusal> {
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
    let original_status = BookingStatus::parse(status.text()?)
        .ok_or_else(|| status.wrong("there is no such status of a booking"))?;
    let now = facts.at("now").instant()?;
    let facts = MakeupFacts {
        original_status,
        // Who asks this way sees what the booking was.
        earns_no_makeup: false,
        made_up: facts.at("madeUp").flag()?,
        original_start: facts.at("originalStart").instant()?,
        target_start: facts.at("targetStart").instant()?,
        same_category: facts.at("sameCategory").flag()?,
        time_conflict: facts.at("timeConflict").flag()?,
        free_seats: facts.at("freeSeats").count()?,
    };
    Ok(plain_verdict(check_makeup(&facts, now, &args.policy()?)))
}

fn promotion_chance(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let (rank, expected) = (args.at(0).count()?, args.at(1));
    let releases = expected.number()?;
    if releases < 0.0 {
        return Err(expected.wrong("a number of releases is 0 or more"));
    }
    Ok(chance::promotion_chance(rank, releases).into())
}

fn default_policy(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Policy::default().view(FieldCase::Camel))
}

fn version(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(env!("CARGO_PKG_VERSION").into())
}
