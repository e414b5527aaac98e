//! The record of what the people who work at the gym changed: who, what, when. It is written in the transaction of the
//! change, and read by owners.

use super::access::Acting;
use super::classes::ClassName;
use super::{Context, timetable};
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, AuditAct, AuditFilter, AuditRow, Conn};
use chrono::{NaiveDate, NaiveTime};
use contract::paging::CURSOR_LAST_MILLIS;
use contract::shapes::{AuditEntry, Page};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use logic::session::Actor;
use serde_json::Value;

/// What was done.
#[derive(Clone, Debug)]
pub struct Act(AuditAct);

impl Act {
    /// `action` (`resource.verb`) on `subject` (`resource/id`).
    pub fn new(action: &'static str, subject: impl Into<String>) -> Self {
        Self(AuditAct {
            action,
            subject: subject.into(),
            profile: None,
            before: None,
            after: Value::Object(serde_json::Map::new()),
            reason: None,
        })
    }

    /// To a child.
    #[must_use]
    pub fn to(mut self, profile: ProfileId) -> Self {
        self.0.profile = Some(profile);
        self
    }

    /// What it was.
    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.0.before = Some(before);
        self
    }

    /// Why, in the words of who did it.
    #[must_use]
    pub fn because<'a>(mut self, reason: impl Into<Option<&'a str>>) -> Self {
        self.0.reason = reason.into().map(str::to_owned);
        self
    }

    /// What it became, or what was asked for.
    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.0.after = after;
        self
    }
}

/// Records what was done for a child by somebody other than its family (R7.4).
///
/// # Errors
/// The row cannot be written.
pub async fn record_for(conn: &mut Conn, acting: &Acting, act: Act, now: Instant) -> Result<(), AppError> {
    match acting.by {
        Actor::Staff => record(conn, acting.account, act, now).await,
        Actor::Member => Ok(()),
    }
}

/// Records a power over a class, a person or an account (R7.4).
///
/// # Errors
/// The row cannot be written.
pub async fn record(conn: &mut Conn, account: AccountId, act: Act, now: Instant) -> Result<(), AppError> {
    Ok(store::audit_insert(conn, account, &act.0, now).await?)
}

/// The account of what is done at the command line.
pub const COMMAND_LINE: AccountId = AccountId(0);

/// Records what an operator did by a command.
///
/// # Errors
/// The row cannot be written.
pub async fn record_command(conn: &mut Conn, act: Act, now: Instant) -> Result<(), AppError> {
    record(conn, COMMAND_LINE, act, now).await
}

/// Which rows of the record are asked for. `None` keeps all.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// `resource/id`, exactly.
    pub subject: Option<&'a str>,
    /// Who did it.
    pub account: Option<AccountId>,
    /// The child that it was about.
    pub profile: Option<ProfileId>,
    /// The first day of the gym.
    pub from: Option<NaiveDate>,
    /// The last day of the gym.
    pub to: Option<NaiveDate>,
}

/// `GET /audit`: the record, newest first.
///
/// # Errors
/// `invalid_request` if `to` is before `from`.
pub async fn list(
    context: &Context,
    wanted: &Wanted<'_>,
    list: &Paging,
) -> Result<Page<AuditEntry>, AppError> {
    let Wanted { subject, account, profile, from, to } = *wanted;
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(AppError::invalid(format!("to: {to} is before from, {from}")));
    }
    let begins = |day: NaiveDate| {
        let at = timetable::starts_at(context.zone, day, NaiveTime::MIN);
        Instant::clamped(at.millis().clamp(0, CURSOR_LAST_MILLIS))
    };
    let end = Instant::clamped(CURSOR_LAST_MILLIS);
    let filter = AuditFilter {
        subject,
        account,
        profile,
        from: from.map_or(Instant::clamped(0), begins),
        until: to.and_then(|to| to.succ_opt()).map_or(end, begins),
    };
    let mut rows = store::audit_list(&context.pool, &filter, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.at, row.id.0));
    Ok(Page { items: rows.into_iter().map(shape).collect(), next_cursor })
}

/// How the audit names a class.
pub(super) fn class_subject((schedule, date): ClassName) -> String {
    format!("session/{schedule}/{date}")
}

/// A row of the record.
pub(super) fn shape(row: AuditRow) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: row.at,
        account_id: row.account_id,
        account_name: row.account_name,
        action: row.action,
        subject: row.subject,
        profile_id: row.profile_id,
        before: row.before_detail.map_or(Value::Null, |before| before.0),
        after: row.detail.0,
        reason: row.reason,
    }
}
