//! Versions of the policy that owners set, and their lists (R1.21 to R1.26).

use super::audit::{self, Act};
use super::classes::{ClassName, Found};
use super::{Context, classes, sessions};
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, PolicyVersionRow};
use crate::unit::{Answer, Unit};
use contract::shapes::{Page, PolicySet, PolicyVersion, SetPolicy};
use logic::ids::PolicyId;
use logic::policy_version::{check_choice, effective_from};
use logic::status::SessionStatus;
use logic::{Code, Instant, Policy, Refusal};
use serde_json::{Map, Value, json};

/// `POST /policies`. Inserts come one after the other.
///
/// # Errors
/// `invalid_policy` for a time that is too soon, or numbers that a rule refuses; `invalid_request` for a field that there is
/// not, or a value of the wrong type; `unavailable` where the version that it is based on is of a newer program.
pub async fn set(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &SetPolicy,
    now: Instant,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "policy_set", |conn, _| {
        Box::pin(async move {
            let given = Value::Object(ask.policy.clone());
            if let Err(refusal) = check_fields(&given) {
                return Ok(Err(refusal));
            }
            store::policy_version_lock(conn, PolicyId(1)).await?;
            let versions = context.policies.all(&mut *conn).await?;
            let from = match effective_from(ask.effective_from, &versions.list, now) {
                Ok(from) => from,
                Err(refusal) => return Ok(Err(refusal)),
            };
            // In force strictly before it (R1.24).
            let base = versions.starting_at(Instant::clamped(from.millis() - 1))?;
            let policy = match Policy::clone(&base).patched(&given) {
                Ok(policy) => policy.to_json(),
                Err(refusal) => return Ok(Err(refusal)),
            };
            let row = PolicyVersionRow {
                id: PolicyId(versions.newest().0 + 1),
                effective_from: from,
                policy: policy.to_string(),
                created_by: caller.account,
                created_at: now,
            };
            store::policy_version_insert(conn, &row).await?;
            let older = store::policy_version_count_older(conn, from).await?;
            let act = Act::new("policy.set", format!("policy/{}", row.id));
            let detail = json!({ "effective_from": from, "policy": ask.policy });
            audit::record(conn, caller.account, act.after(detail), now).await?;
            let PolicyVersion { id, effective_from, policy, created_by, created_at } = shape(row)?;
            let older = u32::try_from(older).unwrap_or(u32::MAX);
            Ok(Ok(PolicySet { id, effective_from, policy, created_by, created_at, older }))
        })
    })
    .await
}

/// Checks that `fields` are fields of a policy, with values of their types: before anything is said of the time or a number.
fn check_fields(fields: &Value) -> Result<(), Refusal> {
    match Policy::default().patched(fields) {
        Err(refusal) if refusal.code == Code::InvalidRequest => Err(refusal),
        _ => Ok(()),
    }
}

/// `GET /policies`: by when they hold, then by their inserts, newest first.
pub async fn list(context: &Context, list: &Paging) -> Result<Page<PolicyVersion>, AppError> {
    let mut rows = store::policy_version_list(&context.pool, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.effective_from, row.id.0));
    Ok(Page { items: rows.into_iter().map(shape).collect::<Result<_, _>>()?, next_cursor })
}

/// `GET /policies/{id}`.
///
/// # Errors
/// `not_found`.
pub async fn get(context: &Context, id: PolicyId) -> Result<PolicyVersion, AppError> {
    let row = store::policy_version_get(&context.pool, id).await?;
    shape(row.ok_or_else(|| AppError::not_found(format!("there is no version {id} of the policy")))?)
}

/// `GET /policy`: the fields of the version in force, its id, and which version comes next.
///
/// # Errors
/// `unavailable` if this program cannot use it.
pub async fn in_force(context: &Context, now: Instant) -> Result<Value, AppError> {
    let (id, policy, next) = context.policies.all(&context.pool).await?.at(now)?;
    let mut answer = policy.to_json();
    answer["id"] = json!(id);
    answer["next"] = json!(next.map(|next| json!({ "id": next.id, "effective_from": next.effective_from })));
    Ok(answer)
}

/// `POST /sessions/{id}/{date}/policy`: the class takes the version that would judge it if none were fixed (R1.26).
///
/// # Errors
/// `not_found`; `conflict` where something was promised, or the class has started or is called off.
pub async fn choose(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    (schedule, date): ClassName,
    now: Instant,
) -> Result<Answer, AppError> {
    let mut conn = context.pool.acquire().await?;
    let found = classes::find(&mut conn, context.zone, (schedule, date)).await?;
    let row = match &found {
        Found::Timetable(class) => check_choice(SessionStatus::Scheduled, class.starts_at, false, now),
        Found::Row(_) => Ok(()),
    };
    let row = match row {
        Ok(()) => Ok(classes::ensure_row(&mut conn, context.zone, found).await?),
        Err(refusal) => Err(refusal),
    };
    drop(conn);
    context
        .write_on_row(unit, row, "session_policy", |conn, class| {
            Box::pin(async move {
                let (mut locked, _) = class.locked();
                let was_promised = store::class_session_has_promise(conn, locked.class.id).await?;
                let (status, starts_at) = (locked.state.shown_status(now), locked.class.starts_at);
                if let Err(refusal) = check_choice(status, starts_at, was_promised, now) {
                    return Ok(Err(refusal));
                }
                let policy = context.policies.all(&mut *conn).await?.starting_at(starts_at)?;
                let detail = |id: PolicyId, fixed: bool| json!({ "policy_id": id, "policy_fixed": fixed });
                let act = Act::new("session.policy", format!("session/{schedule}/{date}"));
                let act = act.before(detail(locked.class.policy.id(), locked.class.policy.is_fixed()));
                let act = act.after(detail(policy.id(), true));
                audit::record(conn, caller.account, act, now).await?;
                locked.set_policy(conn, policy).await?;
                Ok(Ok(sessions::read(context, conn, schedule, date, now).await?))
            })
        })
        .await
}

/// A version as it is stored, also one that this program cannot use.
fn shape(row: PolicyVersionRow) -> Result<PolicyVersion, AppError> {
    let policy: Map<String, Value> = serde_json::from_str(&row.policy).map_err(anyhow::Error::from)?;
    let PolicyVersionRow { id, effective_from, created_by, created_at, .. } = row;
    Ok(PolicyVersion { id, effective_from, policy, created_by, created_at })
}
