//! Table `audit`.

use super::{Conn, Result, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, AuditId, ProfileId, ScheduleId, SessionId};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// What somebody did.
#[derive(Clone, Debug)]
pub struct AuditAct {
    /// `resource.verb`.
    pub action: &'static str,
    /// `resource/id`.
    pub subject: String,
    /// The child that it was about.
    pub profile: Option<ProfileId>,
    /// What it was.
    pub before: Option<Value>,
    /// What it became, or what was asked for.
    pub after: Value,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
}

/// Records what an account did.
pub async fn audit_insert(conn: &mut Conn, account: AccountId, act: &AuditAct, at: Instant) -> Result<()> {
    sqlx::query(sql!(
        audit_insert,
        "INSERT INTO audit (account_id, action, subject, profile_id, before_detail, detail, reason, `at`) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(account)
    .bind(act.action)
    .bind(&act.subject)
    .bind(act.profile)
    .bind(act.before.as_ref().map(Json))
    .bind(Json(&act.after))
    .bind(&act.reason)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A row of the audit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditRow {
    pub id: AuditId,
    pub at: Instant,
    pub account_id: AccountId,
    /// What the gym calls the account.
    pub account_name: Option<String>,
    pub action: String,
    pub subject: String,
    pub profile_id: Option<ProfileId>,
    pub before_detail: Option<Json<Value>>,
    pub detail: Json<Value>,
    pub reason: Option<String>,
}

/// Which rows of the audit are asked for.
#[derive(Clone, Debug)]
pub struct AuditFilter<'a> {
    pub subject: Option<&'a str>,
    pub account: Option<AccountId>,
    pub profile: Option<ProfileId>,
    /// The first instant.
    pub from: Instant,
    /// The instant after the last one.
    pub until: Instant,
}

/// The columns of an [`AuditRow`], of the tables `audit d` and `account a`.
macro_rules! columns {
    () => {
        "d.id, d.`at`, d.account_id, a.name AS account_name, d.action, d.subject, d.profile_id, d.before_detail, \
         d.detail, d.reason"
    };
}

/// A page of the audit, newest first.
pub async fn audit_list(
    db: impl MySqlExecutor<'_>,
    filter: &AuditFilter<'_>,
    list: &Paging,
) -> Result<Vec<AuditRow>> {
    let mut select = QueryBuilder::<MySql>::new(sql!(
        audit_list,
        "SELECT ",
        columns!(),
        " FROM audit d LEFT JOIN account a ON a.id = d.account_id"
    ));
    select.push(" WHERE d.`at` >= ").push_bind(filter.from);
    select.push(" AND d.`at` < ").push_bind(filter.until);
    if let Some(subject) = filter.subject {
        select.push(" AND d.subject = ").push_bind(subject);
    }
    if let Some(account) = filter.account {
        select.push(" AND d.account_id = ").push_bind(account);
    }
    if let Some(profile) = filter.profile {
        select.push(" AND d.profile_id = ").push_bind(profile);
    }
    if let Some(cursor) = list.cursor {
        select.push(" AND d.`at` <= ").push_bind(cursor.at);
        select.push(" AND (d.`at` < ").push_bind(cursor.at);
        select.push(" OR d.id < ").push_bind(cursor.id).push(")");
    }
    select.push(" ORDER BY d.`at` DESC, d.id DESC LIMIT ").push_bind(list.fetch());
    Ok(select.build_query_as().fetch_all(db).await?)
}

/// The last `limit` rows of the audit about a class: about itself, its bookings, its entries or its makeups; the newest
/// first.
pub async fn audit_list_of_class(
    conn: &mut Conn,
    (session, class): (SessionId, &str),
    (schedule, date): (ScheduleId, NaiveDate),
    limit: u32,
) -> Result<Vec<AuditRow>> {
    let statement = sql!(
        audit_list_of_class,
        "SELECT ",
        columns!(),
        " FROM (SELECT ? AS subject \
         UNION ALL SELECT CONCAT('booking/', id) FROM booking WHERE session_id = ? \
         UNION ALL SELECT CONCAT('waitlist/', id) FROM waitlist WHERE session_id = ? \
         UNION ALL SELECT CONCAT('makeup/', id) FROM makeup_booking WHERE makeup_schedule_id = ? AND makeup_date = ?) \
         about STRAIGHT_JOIN audit d FORCE INDEX (idx_audit_subject) ON d.subject = about.subject LEFT JOIN account a ON a.id = d.account_id \
         ORDER BY d.`at` DESC, d.id DESC LIMIT ?"
    );
    let query = sqlx::query_as(statement).bind(class).bind(session).bind(session).bind(schedule).bind(date);
    Ok(query.bind(limit).fetch_all(conn).await?)
}
