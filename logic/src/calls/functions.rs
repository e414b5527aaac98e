//! What each function of the table does: reads its arguments, asks the rule, writes the answer.

use super::Arguments;
use crate::booking::{self, BookFacts};
use crate::chance;
use crate::compensation::{self, Grant};
use crate::countdown;
use crate::deadline;
use crate::error::{Code, Refusal};
use crate::ids::{GrantId, PolicyId};
use crate::joining::{self, JoinFacts};
use crate::makeup::{self, CompletionType, MakeupFacts, MakeupRight};
use crate::policy::{FieldCase, Policy};
use crate::policy_version::{self, PolicyVersion};
use crate::session::Actor;
use crate::status::{BookingSource, BookingStatus, EntryStatus, GrantStatus};
use crate::time::{Instant, Minutes, overlap};
use crate::value::{Fields, Value, ValueRef};

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

/// Like [`verdict_without_fields`], for a refusal with facts.
fn refused_or_not(outcome: Result<(), Refusal>) -> Value {
    verdict_without_fields(outcome.map_err(|refusal| refusal.code))
}

pub(super) fn countdown(args: &Arguments<'_>) -> Result<Value, Refusal> {
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

pub(super) fn waitlist_times(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let times = deadline::waitlist_times(args.at(0).instant()?, &args.policy()?);
    Ok(Value::object([
        ("lastNotificationAt", times.last_notification_at.into()),
        ("responseCutoffAt", times.response_cutoff_at.into()),
    ]))
}

pub(super) fn phase(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let phase = deadline::phase(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?);
    Ok(phase.as_str().into())
}

pub(super) fn final_window_active(args: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(deadline::final_window_active(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?).into())
}

pub(super) fn response_deadline(args: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(deadline::response_deadline(args.at(0).instant()?, args.at(1).instant()?, &args.policy()?).into())
}

/// Reads the fields that both functions about a notification share: start, last notification, now.
fn notification(facts: &Fields<'_>) -> Result<(Instant, Option<Instant>, Instant), Refusal> {
    let start = facts.at("start").instant()?;
    let last_notified_at = facts.at("lastNotifiedAt").optional(ValueRef::instant)?;
    Ok((start, last_notified_at, facts.at("now").instant()?))
}

pub(super) fn may_notify(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let (start, last, now) = notification(&facts.fields(&["start", "lastNotifiedAt", "now"])?)?;
    Ok(verdict_without_fields(deadline::may_notify(start, last, now, &args.policy()?)))
}

pub(super) fn earliest_notification(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["start", "lastNotifiedAt", "now", "utcOffsetMinutes"])?;
    let (start, last, now) = notification(&facts)?;
    let utc_offset = Minutes(facts.at("utcOffsetMinutes").integer()?);
    let at = deadline::earliest_notification(start, last, now, utc_offset, &args.policy()?);
    Ok(verdict(at.map(|at| [("at", at.into())])))
}

pub(super) fn may_respond(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["deadline", "now"])?;
    let outcome = deadline::may_respond(facts.at("deadline").instant()?, facts.at("now").instant()?);
    Ok(refused_or_not(outcome))
}

pub(super) fn duration_difference(args: &Arguments<'_>) -> Result<Value, Refusal> {
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

pub(super) fn plan_compensation(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let grants = grants(args)?;
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

pub(super) fn credit_balance(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let grants = grants(args)?;
    let (now, policy) = (args.at(1).instant()?, args.policy()?);
    let live = compensation::live_grants(&grants, now);
    let next_expiry = live.first().map_or(Value::Null, |grant| grant.expiry_time.into());
    let rows: Vec<Value> = live
        .iter()
        .map(|grant| {
            Value::object([
                ("id", grant.id.0.into()),
                ("remainingMinutes", grant.remaining.0.into()),
                ("expiryTime", grant.expiry_time.into()),
                ("expiresSoon", deadline::ends_soon(grant.expiry_time, now, &policy).into()),
            ])
        })
        .collect();
    Ok(Value::object([
        ("available", compensation::available(&live, now).0.into()),
        ("expiringSoon", compensation::expiring_soon(&live, now, &policy).0.into()),
        ("nextExpiry", next_expiry),
        ("grants", rows.into()),
    ]))
}

/// Reads the grants, which are the first argument.
fn grants(args: &Arguments<'_>) -> Result<Vec<Grant>, Refusal> {
    let grants = args.at(0);
    grants.items()?.map(|at| grant(&at)).collect()
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

pub(super) fn check_book(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&[
        "start",
        "now",
        "cancelled",
        "alreadyBooked",
        "entryStatus",
        "responseDeadline",
        "timeConflict",
        "liveBookings",
        "freeSeats",
    ])?;
    let (start, now, policy) = (facts.at("start").instant()?, facts.at("now").instant()?, args.policy()?);
    let status = facts
        .at("entryStatus")
        .optional(|at| EntryStatus::parse(at.text()?).ok_or_else(|| at.wrong("not a status of an entry")))?;
    let deadline = facts.at("responseDeadline").optional(ValueRef::instant)?;
    let in_time = deadline.is_none_or(|deadline| deadline::may_respond(deadline, now).is_ok());
    let already_waiting = status
        .filter(|status| in_time || *status != EntryStatus::Notified)
        .is_some_and(|status| booking::blocks_booking(status, deadline::phase(start, now, &policy)));
    let facts = BookFacts {
        by: Actor::Member,
        cancelled: facts.at("cancelled").flag()?,
        start,
        late_until: None,
        already_booked: facts.at("alreadyBooked").flag()?,
        already_waiting,
        time_conflict: facts.at("timeConflict").flag()?,
        live_bookings: facts.at("liveBookings").optional(ValueRef::count)?.unwrap_or(0),
        bookable_seats: facts.at("freeSeats").count()?,
    };
    Ok(refused_or_not(booking::check_book(&facts, now, &policy)))
}

pub(super) fn check_cancel(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["status", "start", "now"])?;
    let (start, now, policy) = (facts.at("start").instant()?, facts.at("now").instant()?, args.policy()?);
    let outcome = booking::check_cancel(booking_status(&facts.at("status"))?, start, now);
    let free = deadline::free_cancellation(start, now, &policy);
    Ok(verdict(outcome.map(|()| [("free", free.into())]).map_err(|refusal| refusal.code)))
}

pub(super) fn check_leave(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&["status", "source", "start", "now"])?;
    let source = facts.at("source");
    let is_makeup = BookingSource::parse(source.text()?)
        .map(|source| source == BookingSource::Makeup)
        .ok_or_else(|| source.wrong("not a source of a booking"))?;
    let outcome = booking::check_leave(
        booking_status(&facts.at("status"))?,
        (is_makeup, false),
        facts.at("start").instant()?,
        facts.at("now").instant()?,
        &args.policy()?,
    );
    Ok(refused_or_not(outcome))
}

fn booking_status(at: &ValueRef<'_>) -> Result<BookingStatus, Refusal> {
    BookingStatus::parse(at.text()?).ok_or_else(|| at.wrong("not a status of a booking"))
}

pub(super) fn time_conflict(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let one = class_time(&args.at(0))?;
    let others = args.at(1);
    let others = others.items()?.map(|at| class_time(&at)).collect::<Result<Vec<_>, _>>()?;
    Ok(others.into_iter().any(|other| overlap(one, other)).into())
}

/// Reads a class's start and end.
fn class_time(at: &ValueRef<'_>) -> Result<(Instant, Instant), Refusal> {
    let fields = at.fields(&["start", "minutes"])?;
    let start = fields.at("start").instant()?;
    Ok((start, start.plus(Minutes(fields.at("minutes").integer()?))))
}

pub(super) fn makeup_right(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let (until, now, policy) = (args.at(0).instant()?, args.at(1).instant()?, args.policy()?);
    let outcome = if makeup::right_is_open(until, now) { Ok(()) } else { Err(Code::MakeupExpired) };
    Ok(verdict(outcome.map(|()| [("endsSoon", deadline::ends_soon(until, now, &policy).into())])))
}

pub(super) fn check_join(args: &Arguments<'_>) -> Result<Value, Refusal> {
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
        by: Actor::Member,
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
    Ok(refused_or_not(joining::check_join(&facts, now, &args.policy()?)))
}

pub(super) fn check_makeup(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let facts = args.at(0);
    let facts = facts.fields(&[
        "originalStatus",
        "madeUp",
        "originalStart",
        "targetStart",
        "now",
        "sameCategory",
        "timeConflict",
        "liveBookings",
        "freeSeats",
        "makeupUntil",
    ])?;
    let original_status = booking_status(&facts.at("originalStatus"))?;
    let now = facts.at("now").instant()?;
    let facts = MakeupFacts {
        by: Actor::Member,
        original_status,
        // Without it, clients ask only about bookings that can give the right to a makeup.
        right: facts
            .at("makeupUntil")
            .optional(ValueRef::instant)?
            .map_or(MakeupRight::ByPolicy, MakeupRight::Until),
        made_up: facts.at("madeUp").flag()?,
        original_start: facts.at("originalStart").instant()?,
        target_start: facts.at("targetStart").instant()?,
        same_category: facts.at("sameCategory").flag()?,
        time_conflict: facts.at("timeConflict").flag()?,
        live_bookings: facts.at("liveBookings").optional(ValueRef::count)?.unwrap_or(0),
        free_seats: facts.at("freeSeats").count()?,
    };
    Ok(refused_or_not(makeup::check_makeup(&facts, now, &args.policy()?)))
}

pub(super) fn policy_at(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let choice = args.at(0);
    let choice = choice.fields(&["versions", "startsAt"])?;
    let given = choice.at("versions");
    let mut versions = Vec::new();
    for at in given.items()? {
        let fields = at.fields(&["id", "effectiveFrom"])?;
        let id = PolicyId(fields.at("id").integer()?);
        versions.push(PolicyVersion { id, effective_from: fields.at("effectiveFrom").instant()? });
    }
    let starts_at = choice.at("startsAt").instant()?;
    match policy_version::policy_at(&versions, starts_at) {
        Some(id) => Ok(Value::object([("id", id.0.into())])),
        None => Err(given.wrong("must hold a version that is in force at `startsAt`")),
    }
}

pub(super) fn promotion_chance(args: &Arguments<'_>) -> Result<Value, Refusal> {
    let (rank, expected) = (args.at(0).count()?, args.at(1));
    let releases = expected.number()?;
    if releases < 0.0 {
        return Err(expected.wrong("a number of releases must be 0 or more"));
    }
    Ok(chance::promotion_chance(rank, releases).into())
}

pub(super) fn default_policy(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Policy::default().view(FieldCase::Camel))
}

pub(super) fn version(_: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(env!("CARGO_PKG_VERSION").into())
}
