//! What a profile has, had and could spend.

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::Scope;
use crate::service::places::Places;
use crate::service::queue::{count, word};
use chrono::{DateTime, Utc};
use contract::shapes::{Balance, CreditMovement, CreditTotals, CreditUse, Grant, Page, Preview, PreviewAsk};
use logic::compensation::{self, UsageType, plan_compensation};
use logic::ids::{BookingId, GrantId, ProfileId};
use logic::status::{GrantStatus, Movement};
use logic::{Instant, Minutes};

/// `GET /compensation/balance`, of a profile that the caller was seen to act for, once its version was taken, which
/// settles: grants that have run out are shown as that, whether or not a sweep has come by.
///
/// # Errors
/// The database's.
pub async fn balance(app: &App, profile: ProfileId, now: Instant) -> Result<Balance, AppError> {
    // One statement, so that grants and sums are of one moment.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT g.id, g.original_booking_id, g.compensation_minutes, g.remaining_minutes, g.status, g.created_time, \
         g.expiry_time, g.used_time, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'used' THEN e.minutes WHEN 'restored' THEN -e.minutes END), 0) \
              AS SIGNED) AS used, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'expired' THEN e.minutes END), 0) AS SIGNED) AS expired, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'revoked' THEN e.minutes END), 0) AS SIGNED) AS revoked \
         FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         WHERE g.profile_id = ? GROUP BY g.id ORDER BY g.id",
    )
    .bind(profile.0)
    .fetch_all(&app.pool)
    .await?;
    let mut grants = rows.iter().map(Row::grant).collect::<Result<Vec<_>, _>>()?;
    let spendable = |grant: &Grant| plain(grant).is_live(now);
    grants.sort_by_key(|grant| match spendable(grant) {
        true => (0, grant.expiry_time.millis(), grant.id.0),
        false => (1, -grant.created_time.millis(), -grant.id.0),
    });
    let live: Vec<_> = grants.iter().map(plain).filter(|grant| grant.is_live(now)).collect();
    let soon = now.plus(app.policy.expiring_soon);
    let ending: Vec<_> = live.iter().filter(|grant| grant.expiry_time <= soon).copied().collect();
    let total = |minutes: fn(&Row) -> i64| whole(Minutes(rows.iter().map(minutes).sum()));
    Ok(Balance {
        profile_id: profile,
        available_minutes: whole(compensation::available(&live, now)),
        expiring_soon_minutes: whole(compensation::available(&ending, now)),
        next_expiry: live.iter().map(|grant| grant.expiry_time).min(),
        grants,
        totals: CreditTotals {
            granted: total(|row| i64::from(row.compensation_minutes)),
            used: total(|row| row.used),
            expired: total(|row| row.expired),
            revoked: total(|row| row.revoked),
        },
    })
}

/// `GET /compensation/history`: every movement, newest first, once its version was taken, which settles.
///
/// # Errors
/// The database's.
pub async fn history(app: &App, scope: &Scope, list: &Paging) -> Result<Page<CreditMovement>, AppError> {
    let mut rows: Vec<EventRow> = sqlx::query_as(
        "SELECT e.id, e.`at`, e.kind, e.minutes, e.remaining_minutes, e.compensation_id, e.booking_id, e.usage_type \
         FROM compensation_event e JOIN profile p ON p.id = e.profile_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR e.profile_id = ?) \
         AND (? IS NULL OR e.`at` < ? OR (e.`at` = ? AND e.id < ?)) ORDER BY e.`at` DESC, e.id DESC LIMIT ?",
    )
    .scope(scope)
    .page(list)
    .fetch_all(&app.pool)
    .await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.at.into(), row.id));
    let items = rows.iter().map(EventRow::movement).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}

/// `POST /compensation/preview`: what paying with credit would take now, changing nothing.
///
/// # Errors
/// `not_found` for a profile that is not the caller's; `invalid_duration`, `insufficient_compensation`, as the
/// booking would answer.
pub async fn preview(
    app: &App,
    caller: &Caller,
    ask: &PreviewAsk,
    now: Instant,
) -> Result<Preview, AppError> {
    let mut conn = app.pool.acquire().await?;
    caller.require_profile(&mut conn, ask.profile_id).await?;
    let rows: Vec<super::rows::Row> = sqlx::query_as(
        "SELECT id, status, remaining_minutes, expiry_time FROM class_credit_compensation \
         WHERE profile_id = ? AND status = 'available' ORDER BY id",
    )
    .bind(ask.profile_id.0)
    .fetch_all(&mut *conn)
    .await?;
    let grants = rows.iter().map(super::rows::Row::grant).collect::<Result<Vec<_>, _>>()?;
    let plan = plan_compensation(&grants, Minutes(ask.required_minutes), now)?;
    let uses = plan.iter().map(|taken| CreditUse {
        compensation_id: taken.compensation_id,
        used_minutes: whole(taken.used),
        remaining_minutes: whole(taken.remaining),
        usage_type: taken.usage_type,
    });
    Ok(Preview { uses: uses.collect(), available: whole(compensation::available(&grants, now)) })
}

/// Minutes that the rules keep at or above zero.
fn whole(minutes: Minutes) -> u32 {
    u32::try_from(minutes.0).unwrap_or(0)
}

fn plain(grant: &Grant) -> compensation::Grant {
    compensation::Grant {
        id: grant.id,
        status: grant.status,
        remaining: Minutes(i64::from(grant.remaining_minutes)),
        expiry_time: grant.expiry_time,
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    original_booking_id: i64,
    compensation_minutes: i32,
    remaining_minutes: i32,
    status: String,
    created_time: DateTime<Utc>,
    expiry_time: DateTime<Utc>,
    used_time: Option<DateTime<Utc>>,
    used: i64,
    expired: i64,
    revoked: i64,
}

impl Row {
    fn grant(&self) -> Result<Grant, AppError> {
        let status = &self.status;
        Ok(Grant {
            id: GrantId(self.id),
            original_booking_id: BookingId(self.original_booking_id),
            compensation_minutes: count(self.compensation_minutes),
            remaining_minutes: count(self.remaining_minutes),
            status: word(GrantStatus::parse(status), "class_credit_compensation.status", status)?,
            created_time: self.created_time.into(),
            expiry_time: self.expiry_time.into(),
            used_time: self.used_time.map(Instant::from),
        })
    }
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: i64,
    at: DateTime<Utc>,
    kind: String,
    minutes: i32,
    remaining_minutes: i32,
    compensation_id: i64,
    booking_id: Option<i64>,
    usage_type: Option<String>,
}

impl EventRow {
    fn movement(&self) -> Result<CreditMovement, AppError> {
        let usage = self.usage_type.as_deref();
        Ok(CreditMovement {
            at: self.at.into(),
            kind: word(Movement::parse(&self.kind), "compensation_event.kind", &self.kind)?,
            minutes: count(self.minutes),
            remaining_minutes: count(self.remaining_minutes),
            compensation_id: GrantId(self.compensation_id),
            booking_id: self.booking_id.map(BookingId),
            usage_type: usage
                .map(|text| word(UsageType::parse(text), "compensation_event.usage_type", text))
                .transpose()?,
        })
    }
}
