//! Waitlist deadlines: when a seat may be offered, and how long an answer may take (R2.1 to R2.13).

use serde::{Deserialize, Serialize};

use crate::error::{Code, Facts, Refusal};
use crate::policy::{Policy, QuietHours};
use crate::time::{DAY_MINUTES, Instant, Minutes};

/// The two instants that limit a class's waitlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// No spot notification goes out after this instant (R2.1).
    pub last_notification_at: Instant,
    /// No answer is in time after this instant (R2.2).
    pub response_cutoff_at: Instant,
}

/// The phase of a class's waitlist (R2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Seats may be offered, and profiles may join.
    Open,
    /// The last offers may still be answered.
    Deciding,
    /// Seats are for direct booking only.
    Closed,
    /// The class has started.
    Started,
}

impl Phase {
    /// Returns the name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Deciding => "deciding",
            Self::Closed => "closed",
            Self::Started => "started",
        }
    }
}

/// Returns the limits of the waitlist of a class that starts at `start` (R2.1, R2.2).
pub const fn waitlist_times(start: Instant, policy: &Policy) -> Times {
    let last_notification_at = start.minus(policy.last_notification_lead);
    Times { last_notification_at, response_cutoff_at: last_notification_at.plus(policy.decision_window) }
}

/// Returns the phase at `now` (R2.3). Each limit belongs to the earlier phase, except the start of the class.
pub fn phase(start: Instant, now: Instant, policy: &Policy) -> Phase {
    let times = waitlist_times(start, policy);
    if now >= start {
        Phase::Started
    } else if is_list_open(times.last_notification_at, now) {
        Phase::Open
    } else if now <= times.response_cutoff_at {
        Phase::Deciding
    } else {
        Phase::Closed
    }
}

/// Returns whether a list whose last notification time is `closes_at` can be joined at `now` (R2.3).
pub fn is_list_open(closes_at: Instant, now: Instant) -> bool {
    now <= closes_at
}

/// Returns whether the last notification time has come and the class has not started (R2.4). The plan calls this
/// `is_notification_window_active`.
pub fn final_window_active(start: Instant, now: Instant, policy: &Policy) -> bool {
    waitlist_times(start, policy).last_notification_at <= now && now < start
}

/// Returns the deadline for answering an offer sent at `sent_at`: the end of the decision window, but never later
/// than the response cutoff (R2.5).
pub fn response_deadline(sent_at: Instant, start: Instant, policy: &Policy) -> Instant {
    sent_at.plus(policy.decision_window).min(waitlist_times(start, policy).response_cutoff_at)
}

/// Returns the new deadline of an offer whose message was accepted at `accepted_at` after a failed attempt: as if
/// the offer had been sent then, but never earlier than the old `deadline` (R2.76).
pub fn deadline_after_late_delivery(
    accepted_at: Instant,
    deadline: Instant,
    start: Instant,
    policy: &Policy,
) -> Instant {
    response_deadline(accepted_at, start, policy).max(deadline)
}

/// Checks whether an answer at `now` is in time; the deadline itself is (R2.6).
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

/// Checks whether a spot notification may go out at `now` to an entry last notified at `last_notified_at` (R2.7).
///
/// # Errors
/// The first of these that holds: `class_started`, `inside_hard_stop`, `past_last_notification`,
/// `notified_recently`.
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

/// Returns the latest `last_notified_at` that is not `notified_recently` at `now`: the interval rule of
/// [`may_notify`] as a limit for a query.
pub const fn notification_interval_cutoff(now: Instant, policy: &Policy) -> Instant {
    now.minus(policy.min_notification_interval)
}

/// Returns the first instant from `now` on at which a spot notification may go out (R2.12). The interval moves it
/// later. Quiet hours move it to their end if that is not too late; otherwise they are ignored (R2.13).
///
/// `utc_offset` is the gym's local time minus UTC.
pub fn earliest_notification(
    start: Instant,
    last_notified_at: Option<Instant>,
    now: Instant,
    utc_offset: Minutes,
    policy: &Policy,
) -> Result<Instant, Code> {
    let after_interval =
        last_notified_at.map_or(now, |last| now.max(last.plus(policy.min_notification_interval)));
    may_notify(start, last_notified_at, after_interval, policy)?;
    let after_quiet =
        policy.quiet_hours.map_or(after_interval, |quiet| quiet_end(after_interval, utc_offset, quiet));
    Ok(if after_quiet <= waitlist_times(start, policy).last_notification_at {
        after_quiet
    } else {
        after_interval
    })
}

/// Returns from when an entry that joined at `joined_at` may be told of a seat (R2.95): as [`earliest_notification`] since
/// it joined or was last told, so that the instant stays once it has passed.
///
/// # Errors
/// The refusal of R2.8 to R2.10 that holds at `now`, or at that instant if it lies ahead.
pub fn notifiable_from(
    start: Instant,
    (joined_at, last_notified_at): (Instant, Option<Instant>),
    now: Instant,
    utc_offset: Minutes,
    policy: &Policy,
) -> Result<Instant, Code> {
    let from = earliest_notification(
        start,
        last_notified_at,
        last_notified_at.unwrap_or(joined_at),
        utc_offset,
        policy,
    )?;
    may_notify(start, last_notified_at, now.max(from), policy)?;
    Ok(from)
}

/// Returns when the reminder of an offer made at `sent_at` is due: `expiry_reminder_before` its `deadline` (R2.78).
/// `None` for an offer so short that its reminder would come no later than the offer itself.
pub fn reminder_at(sent_at: Instant, deadline: Instant, policy: &Policy) -> Option<Instant> {
    let at = deadline.minus(policy.expiry_reminder_before);
    (at > sent_at).then_some(at)
}

/// Returns when a message that asks for no answer goes out: now, or at the end of the quiet hours if that is before
/// `until`, when the message becomes stale (R2.79).
pub fn informational_message_at(
    now: Instant,
    until: Instant,
    utc_offset: Minutes,
    policy: &Policy,
) -> Instant {
    let after_quiet = policy.quiet_hours.map_or(now, |quiet| quiet_end(now, utc_offset, quiet));
    if after_quiet < until { after_quiet } else { now }
}

/// Returns when a message about a class that is said at `now` becomes stale: at the start of the class, or at its end if it
/// has started (R2.99).
pub fn stale_at(start: Instant, end: Instant, now: Instant) -> Instant {
    if now < start { start } else { end }
}

/// Returns the end of the quiet hours if `at` lies in them, else `at`.
fn quiet_end(at: Instant, utc_offset: Minutes, quiet: QuietHours) -> Instant {
    let day = Minutes(DAY_MINUTES).millis();
    // Reduce both operands modulo a day first, so that no offset overflows.
    let time_of_day = (at.millis().rem_euclid(day) + utc_offset.millis().rem_euclid(day)).rem_euclid(day);
    let from = Minutes(i64::from(quiet.from)).millis();
    let into = (time_of_day - from).rem_euclid(day);
    let length = (Minutes(i64::from(quiet.to)).millis() - from).rem_euclid(day);
    if into < length { Instant::clamped(at.millis().saturating_add(length - into)) } else { at }
}

/// Returns whether what ends at `end` ends soon at `now`: within [`Policy::expiring_soon`] (R1.13, R3.31, R4.14).
pub fn ends_soon(end: Instant, now: Instant, policy: &Policy) -> bool {
    end <= now.plus(policy.expiring_soon)
}

/// Returns whether cancelling at `now` is free: it gives spent credit back (R2.40), and leave may be taken (R2.41).
pub const fn free_cancellation(start: Instant, now: Instant, policy: &Policy) -> bool {
    start.millis_since(now) >= policy.free_cancellation_lead.millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers R2.99.
    #[test]
    fn what_is_said_after_the_start_of_a_class_is_worth_something_until_its_end() {
        let (start, end) = (Instant::clamped(1_000_000), Instant::clamped(2_000_000));
        let stale = |now| stale_at(start, end, Instant::clamped(now));
        assert_eq!((stale(999_999), stale(1_000_000)), (start, end));
    }
}
