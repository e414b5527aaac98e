//! Grants, their uses and their ledger as rows.

use super::super::queue::{one, word};
use crate::db::Conn;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::compensation::{Grant, Use, expiry_of_grant, plan_compensation};
use logic::ids::{BookingId, GrantId, ProfileId};
use logic::ledger::{self, LedgerEntry};
use logic::status::{GrantStatus, Movement};
use logic::{Instant, Minutes, Policy, Refusal};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: i64,
    status: String,
    remaining_minutes: i32,
    expiry_time: DateTime<Utc>,
}

impl Row {
    pub(super) fn grant(&self) -> Result<Grant, AppError> {
        let Self { id, status, remaining_minutes, expiry_time } = self;
        Ok(Grant {
            id: GrantId(*id),
            status: word(GrantStatus::parse(status), "class_credit_compensation.status", status)?,
            remaining: Minutes(i64::from(*remaining_minutes)),
            expiry_time: (*expiry_time).into(),
        })
    }
}

/// The grants of a profile on which there is something to spend or to expire, locked in the order of their ids.
/// The profile is locked already.
pub(super) async fn available(conn: &mut Conn, profile: ProfileId) -> Result<Vec<Grant>, AppError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, status, remaining_minutes, expiry_time FROM class_credit_compensation \
         WHERE profile_id = ? AND status = 'available' ORDER BY id FOR UPDATE",
    )
    .bind(profile.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(Row::grant).collect()
}

/// What paying `required` minutes would take from the profile's grants, or why it cannot. The profile is locked.
pub(in crate::service) async fn plan(
    conn: &mut Conn,
    profile: ProfileId,
    required: Minutes,
    now: Instant,
) -> Result<Result<Vec<Use>, Refusal>, AppError> {
    Ok(plan_compensation(&available(conn, profile).await?, required, now))
}

/// Pays `booking` with these uses.
pub(in crate::service) async fn spend(
    conn: &mut Conn,
    booking: BookingId,
    uses: &[Use],
    now: Instant,
) -> Result<(), AppError> {
    for (moved, taken) in ledger::spend(uses, booking, now).iter().zip(uses) {
        write(conn, moved).await?;
        sqlx::query(
            "INSERT INTO compensation_usage (compensation_id, booking_id, used_minutes, remaining_minutes, \
             usage_time, usage_type) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(taken.compensation_id.0)
        .bind(booking.0)
        .bind(taken.used.0)
        .bind(taken.remaining.0)
        .bind(DateTime::<Utc>::from(now))
        .bind(taken.usage_type.as_str())
        .execute(&mut *conn)
        .await?;
    }
    let spent: i64 = uses.iter().map(|taken| taken.used.0).sum();
    let done = sqlx::query("UPDATE booking SET compensation_minutes_used = ? WHERE id = ?")
        .bind(spent)
        .bind(booking.0)
        .execute(conn)
        .await?;
    one(done.rows_affected(), "the booking to pay", booking.0)
}

#[derive(sqlx::FromRow)]
struct Spent {
    usage_id: i64,
    spent: i64,
    /// Whether the makeup that the grant came with is over before its class: only the gym ends one whose minutes are
    /// spent (RULES §3).
    forgiven: bool,
    #[sqlx(flatten)]
    grant: Row,
}

/// Gives the minutes that paid for `booking` back to the grants that they came from. Its profile is locked.
pub(in crate::service) async fn give_back(
    conn: &mut Conn,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    let spent: Vec<Spent> = sqlx::query_as(
        "SELECT u.id AS usage_id, CAST(u.used_minutes - u.restored_minutes AS SIGNED) AS spent, \
         EXISTS (SELECT 1 FROM makeup_booking m WHERE m.compensation_id = g.id AND m.status = 'cancelled') \
         AS forgiven, g.id, g.status, g.remaining_minutes, g.expiry_time \
         FROM compensation_usage u JOIN class_credit_compensation g ON g.id = u.compensation_id \
         WHERE u.booking_id = ? AND u.restored_minutes < u.used_minutes ORDER BY g.id FOR UPDATE",
    )
    .bind(booking.0)
    .fetch_all(&mut *conn)
    .await?;
    for spent in spent {
        let (grant, minutes) = (spent.grant.grant()?, Minutes(spent.spent));
        for moved in ledger::give_back(&grant, minutes, spent.forgiven, booking, now) {
            write(conn, &moved).await?;
        }
        sqlx::query("UPDATE compensation_usage SET restored_minutes = restored_minutes + ? WHERE id = ?")
            .bind(spent.spent)
            .bind(spent.usage_id)
            .execute(&mut *conn)
            .await?;
        sqlx::query(
            "UPDATE booking SET compensation_minutes_used = compensation_minutes_used - ? WHERE id = ?",
        )
        .bind(spent.spent)
        .bind(booking.0)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// A grant of `minutes` for what `original` missed, with the makeup's `booking`.
#[allow(clippy::too_many_arguments, reason = "the columns of one row")]
pub(in crate::service) async fn grant(
    conn: &mut Conn,
    profile: ProfileId,
    original: BookingId,
    booking: BookingId,
    minutes: Minutes,
    now: Instant,
    policy: &Policy,
) -> Result<GrantId, AppError> {
    let at = DateTime::<Utc>::from(now);
    let done = sqlx::query(
        "INSERT INTO class_credit_compensation (profile_id, original_booking_id, compensation_minutes, \
         remaining_minutes, status, created_time, expiry_time) VALUES (?, ?, ?, ?, 'available', ?, ?)",
    )
    .bind(profile.0)
    .bind(original.0)
    .bind(minutes.0)
    .bind(minutes.0)
    .bind(at)
    .bind(DateTime::<Utc>::from(expiry_of_grant(now, policy)))
    .execute(&mut *conn)
    .await?;
    let id = GrantId(i64::try_from(done.last_insert_id()).map_err(|e| AppError::Internal(e.into()))?);
    let granted = LedgerEntry {
        grant: id,
        kind: Movement::Granted,
        minutes,
        remaining: minutes,
        status: GrantStatus::Available,
        usage_type: None,
        booking: Some(booking),
        at: now,
    };
    enter(conn, &granted).await?;
    Ok(id)
}

/// Takes back what is left of the grant that came with the makeup's `booking`. Its profile is locked.
pub(in crate::service) async fn revoke_with_makeup(
    conn: &mut Conn,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT g.id, g.status, g.remaining_minutes, g.expiry_time FROM makeup_booking m \
         JOIN class_credit_compensation g ON g.id = m.compensation_id WHERE m.booking_id = ? FOR UPDATE",
    )
    .bind(booking.0)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(()) };
    for moved in ledger::revoke(&row.grant()?, booking, now) {
        write(conn, &moved).await?;
    }
    Ok(())
}

/// The bookings that spent minutes of the grant of the makeup's `booking` and have not given them back.
pub(in crate::service) async fn spent_by(
    conn: &mut Conn,
    booking: BookingId,
) -> Result<Vec<BookingId>, AppError> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT u.booking_id FROM makeup_booking m \
         JOIN compensation_usage u ON u.compensation_id = m.compensation_id \
         WHERE m.booking_id = ? AND u.restored_minutes < u.used_minutes ORDER BY u.booking_id",
    )
    .bind(booking.0)
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(BookingId).collect())
}

/// Moves minutes on a grant as it was loaded, and enters that in the ledger.
pub(super) async fn write(conn: &mut Conn, moved: &LedgerEntry) -> Result<(), AppError> {
    let change = if moved.kind == Movement::Restored { moved.minutes.0 } else { -moved.minutes.0 };
    let at = DateTime::<Utc>::from(moved.at);
    let used_up = (moved.status == GrantStatus::Used).then_some(at);
    let last_use = moved.booking.filter(|_| used_up.is_some());
    let done = sqlx::query(
        "UPDATE class_credit_compensation SET remaining_minutes = ?, status = ?, used_time = ?, used_booking_id = ? \
         WHERE id = ? AND remaining_minutes = ?",
    )
    .bind(moved.remaining.0)
    .bind(moved.status.as_str())
    .bind(used_up)
    .bind(last_use.map(|booking| booking.0))
    .bind(moved.grant.0)
    .bind(moved.remaining.0 - change)
    .execute(&mut *conn)
    .await?;
    one(done.rows_affected(), "the grant as it was loaded", moved.grant.0)?;
    enter(conn, moved).await
}

async fn enter(conn: &mut Conn, moved: &LedgerEntry) -> Result<(), AppError> {
    let done = sqlx::query(
        "INSERT INTO compensation_event (compensation_id, profile_id, booking_id, kind, minutes, \
         remaining_minutes, usage_type, `at`) \
         SELECT id, profile_id, ?, ?, ?, ?, ?, ? FROM class_credit_compensation WHERE id = ?",
    )
    .bind(moved.booking.map(|booking| booking.0))
    .bind(moved.kind.as_str())
    .bind(moved.minutes.0)
    .bind(moved.remaining.0)
    .bind(moved.usage_type.map(logic::compensation::UsageType::as_str))
    .bind(DateTime::<Utc>::from(moved.at))
    .bind(moved.grant.0)
    .execute(conn)
    .await?;
    one(done.rows_affected(), "the grant of a movement", moved.grant.0)
}
