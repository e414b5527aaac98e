//! What a profile has, had and could spend.

use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::{self, Scope};
use crate::service::{Context, shapes};
use crate::store::{self, CompensationEventRow, GrantView, StoreError};
use contract::shapes::{Balance, CreditMovement, CreditTotals, CreditUse, Grant, Page, Preview, PreviewAsk};
use logic::compensation::{self, plan_compensation};
use logic::ids::{GrantId, ProfileId};
use logic::{Instant, Minutes};

const GRANTS: &str = "class_credit_compensation";

/// `GET /compensation/balance`, for a profile that the caller may act for, after its version was taken, which settles:
/// grants past their end are shown as expired, whether or not a sweep has run.
pub async fn balance(context: &Context, profile: ProfileId, now: Instant) -> Result<Balance, AppError> {
    let mut rows = store::class_credit_compensation_list(&context.pool, profile).await?;
    rows.sort_by_key(|row| {
        if compensation::Grant::from(row.grant).is_live(now) {
            (0, row.grant.expiry_time.millis(), row.grant.id.0)
        } else {
            (1, -row.created_time.millis(), -row.grant.id.0)
        }
    });
    let live: Vec<compensation::Grant> = rows
        .iter()
        .map(|row| row.grant.into())
        .filter(|grant: &compensation::Grant| grant.is_live(now))
        .collect();
    let policy = context.policies.current(&context.pool, now).await?;
    let of_profile = |minutes| shapes::minutes("grants of profile", profile.0, minutes);
    let total =
        |minutes: fn(&GrantView) -> Minutes| of_profile(Minutes(rows.iter().map(|row| minutes(row).0).sum()));
    Ok(Balance {
        profile_id: profile,
        available_minutes: of_profile(compensation::available(&live, now))?,
        expiring_soon_minutes: of_profile(compensation::expiring_soon(&live, now, &policy))?,
        next_expiry: live.iter().map(|grant| grant.expiry_time).min(),
        grants: rows.iter().map(grant).collect::<Result<_, _>>()?,
        totals: CreditTotals {
            granted: total(|row| row.compensation_minutes)?,
            used: total(|row| row.used)?,
            expired: total(|row| row.expired)?,
            revoked: total(|row| row.revoked)?,
        },
    })
}

/// `GET /compensation/history`: every movement, newest first, after its version was taken, which settles.
pub async fn history(
    context: &Context,
    scope: &Scope,
    list: &Paging,
) -> Result<Page<CreditMovement>, AppError> {
    let mut rows = store::compensation_event_list(&context.pool, scope.owner(), list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.at, row.id));
    Ok(Page { items: rows.into_iter().map(movement).collect(), next_cursor })
}

/// `POST /compensation/preview`: what paying with credit would take now; changes nothing.
///
/// # Errors
/// `not_found` for a profile that is not the caller's; `invalid_duration`, `insufficient_compensation`, as the booking
/// would answer.
pub async fn preview(
    context: &Context,
    caller: &Caller,
    ask: &PreviewAsk,
    now: Instant,
) -> Result<Preview, AppError> {
    access::require_profile(&context.pool, caller, ask.profile_id).await?;
    let rows = store::class_credit_compensation_list_available(&context.pool, ask.profile_id).await?;
    let grants: Vec<_> = rows.into_iter().map(compensation::Grant::from).collect();
    let plan = plan_compensation(&grants, Minutes(ask.required_minutes), now)?;
    let of_grant = |id: GrantId, minutes| shapes::minutes(GRANTS, id.0, minutes);
    let uses = plan.iter().map(|taken| {
        Ok(CreditUse {
            compensation_id: taken.compensation_id,
            used_minutes: of_grant(taken.compensation_id, taken.used)?,
            remaining_minutes: of_grant(taken.compensation_id, taken.remaining)?,
            usage_type: taken.usage_type,
        })
    });
    let uses = uses.collect::<Result<_, StoreError>>()?;
    let available = compensation::available(&grants, now);
    Ok(Preview { uses, available: shapes::minutes("grants of profile", ask.profile_id.0, available)? })
}

fn grant(row: &GrantView) -> Result<Grant, StoreError> {
    let id = row.grant.id.0;
    Ok(Grant {
        id: row.grant.id,
        original_booking_id: row.original_booking_id,
        source: row.source,
        compensation_minutes: shapes::minutes(GRANTS, id, row.compensation_minutes)?,
        remaining_minutes: shapes::minutes(GRANTS, id, row.grant.remaining_minutes)?,
        status: row.grant.status,
        created_time: row.created_time,
        expiry_time: row.grant.expiry_time,
        used_time: row.used_time,
    })
}

fn movement(row: CompensationEventRow) -> CreditMovement {
    CreditMovement {
        at: row.at,
        kind: row.kind,
        minutes: row.minutes,
        remaining_minutes: row.remaining_minutes,
        compensation_id: row.compensation_id,
        booking_id: row.booking_id,
        usage_type: row.usage_type,
    }
}
