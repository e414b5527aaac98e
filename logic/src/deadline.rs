//! Waitlist deadlines: when a spot may be offered, and how long the answer may take (RULES §2).

use serde::{Deserialize, Serialize};

use crate::error::{Code, Facts, Refusal};
use crate::policy::{Policy, QuietHours};
use crate::time::{DAY_MINUTES, Instant, Minutes};

/// The two instants that bound a class's waitlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// No spot notification goes out after this.
    pub last_notification_at: Instant,
    /// No answer counts after this.
    pub response_cutoff_at: Instant,
}

/// Where a class's waitlist stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Offers may go out; one may join.
    Open,
    /// The last offers may still be answered.
    Deciding,
    /// Seats are for direct booking only.
    Closed,
    /// The class has started.
    Started,
}

impl Phase {
    /// The name that clients see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Deciding => "deciding",
            Self::Closed => "closed",
            Self::Started => "started",
        }
    }
}

/// The bounds of the waitlist of a class that starts at `start`.
pub const fn waitlist_times(start: Instant, policy: &Policy) -> Times {
    let last_notification_at = start.minus(policy.last_notification_lead);
    Times { last_notification_at, response_cutoff_at: last_notification_at.plus(policy.decision_window) }
}

/// Where the waitlist stands at `now`; each bound itself still belongs to the earlier phase, save the start.
pub fn phase(start: Instant, now: Instant, policy: &Policy) -> Phase {
    let times = waitlist_times(start, policy);
    if now >= start {
        Phase::Started
    } else if now <= times.last_notification_at {
        Phase::Open
    } else if now <= times.response_cutoff_at {
        Phase::Deciding
    } else {
        Phase::Closed
    }
}

/// Whether the last notification time has come and the class has not: the plan's
/// `is_notification_window_active`.
pub fn final_window_active(start: Instant, now: Instant, policy: &Policy) -> bool {
    waitlist_times(start, policy).last_notification_at <= now && now < start
}

/// Until when an offer sent at `sent_at` may be answered: the decision window, never past the cutoff.
pub fn response_deadline(sent_at: Instant, start: Instant, policy: &Policy) -> Instant {
    sent_at.plus(policy.decision_window).min(waitlist_times(start, policy).response_cutoff_at)
}

/// The deadline of an offer whose message was taken at `accepted_at`, after an attempt that failed: as if it had been
/// sent then, never earlier than it was (RULES §2).
pub fn deadline_after_late_delivery(
    accepted_at: Instant,
    deadline: Instant,
    start: Instant,
    policy: &Policy,
) -> Instant {
    response_deadline(accepted_at, start, policy).max(deadline)
}

/// Whether an answer at `now` is in time; the deadline itself is.
///
/// # Errors
/// `response_deadline_passed`, with the deadline.
pub fn may_respond(deadline: Instant, now: Instant) -> Result<(), Refusal> {
    if now <= deadline {
        Ok(())
    } else {
        Err(Refusal { code: Code::ResponseDeadlinePassed, facts: Facts::Deadline(deadline) })
    }
}

/// Whether a spot notification may go out at `now` to an entry last notified at `last_notified_at`.
///
/// # Errors
/// The first that holds of `class_started`, `inside_hard_stop`, `past_last_notification`, `notified_recently`.
pub fn may_notify(
    start: Instant,
    last_notified_at: Option<Instant>,
    now: Instant,
    policy: &Policy,
) -> Result<(), Code> {
    if now >= start {
        Err(Code::ClassStarted)
    } else if start.millis_since(now) < policy.no_notification_within.millis() {
        Err(Code::InsideHardStop)
    } else if now > waitlist_times(start, policy).last_notification_at {
        Err(Code::PastLastNotification)
    } else if last_notified_at
        .is_some_and(|last| now.millis_since(last) < policy.min_notification_interval.millis())
    {
        Err(Code::NotifiedRecently)
    } else {
        Ok(())
    }
}

/// The newest `last_notified_at` that is not `notified_recently` at `now`: the same rule as
/// [`may_notify`]'s, as a bound for a query.
pub const fn notification_interval_cutoff(now: Instant, policy: &Policy) -> Instant {
    now.minus(policy.min_notification_interval)
}

/// The first instant from `now` on at which a spot notification may go out. The interval rule pushes it later;
/// quiet hours push it to their end if that is still in time, and otherwise do not count.
///
/// `utc_offset` is the gym's local time minus UTC, in minutes, around `now`.
///
/// # Errors
/// The refusal of [`may_notify`] that would hold by then.
pub fn earliest_notification(
    start: Instant,
    last_notified_at: Option<Instant>,
    now: Instant,
    utc_offset: Minutes,
    policy: &Policy,
) -> Result<Instant, Code> {
    let free_of_interval =
        last_notified_at.map_or(now, |last| now.max(last.plus(policy.min_notification_interval)));
    may_notify(start, last_notified_at, free_of_interval, policy)?;
    let awake =
        policy.quiet_hours.map_or(free_of_interval, |quiet| quiet_end(free_of_interval, utc_offset, quiet));
    Ok(if awake <= waitlist_times(start, policy).last_notification_at { awake } else { free_of_interval })
}

/// When the reminder of an offer made at `sent_at` is due: `expiry_reminder_before` its `deadline`. `None` for an
/// offer so short that its reminder would come no later than the offer itself.
pub fn reminder_at(sent_at: Instant, deadline: Instant, policy: &Policy) -> Option<Instant> {
    let at = deadline.minus(policy.expiry_reminder_before);
    (at > sent_at).then_some(at)
}

/// When news that asks for no answer goes out: now, or at the end of the quiet hours if that is before `until`, when
/// the news is stale.
pub fn informational_message_at(
    now: Instant,
    until: Instant,
    utc_offset: Minutes,
    policy: &Policy,
) -> Instant {
    let awake = policy.quiet_hours.map_or(now, |quiet| quiet_end(now, utc_offset, quiet));
    if awake < until { awake } else { now }
}

/// `at`, or the end of the quiet span that `at` lies in.
fn quiet_end(at: Instant, utc_offset: Minutes, quiet: QuietHours) -> Instant {
    let day = Minutes(DAY_MINUTES).millis();
    // Both operands are taken modulo a day first, so that no offset overflows.
    let time_of_day = (at.millis().rem_euclid(day) + utc_offset.millis().rem_euclid(day)).rem_euclid(day);
    let from = Minutes(i64::from(quiet.from)).millis();
    let into = (time_of_day - from).rem_euclid(day);
    let length = (Minutes(i64::from(quiet.to)).millis() - from).rem_euclid(day);
    if into < length { Instant::clamped(at.millis().saturating_add(length - into)) } else { at }
}

/// Whether a booking cancelled at `now` gives spent credit back, and leave may be taken (RULES §2, Direct booking).
pub const fn free_cancellation(start: Instant, now: Instant, policy: &Policy) -> bool {
    start.millis_since(now) >= policy.free_cancellation_lead.millis()
}
