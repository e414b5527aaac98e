//! Children and their families, as staff find them and keep what the gym knows of them.

use super::Context;
use super::access::require_profile;
use super::accounts::{MAX_QUERY, trimmed};
use super::audit::{self, Act};
use super::guardians;
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, PersonRow, ProfileDetails};
use crate::unit::{Answer, Unit};
use contract::shapes::{MAX_PEOPLE, People, Person, ProfileAsk, StaffProfile};
use logic::Instant;
use logic::ids::ProfileId;
use logic::people::PhoneQuery;
use serde_json::json;

/// `GET /people`: who is found by name or phone (R9.2), with their guardians.
///
/// # Errors
/// `invalid_request` unless `q` has 1 to `MAX_QUERY` characters.
pub async fn find(context: &Context, q: &str) -> Result<People, AppError> {
    let q = trimmed("q", q, MAX_QUERY)?;
    let most = u32::try_from(MAX_PEOPLE + 1).unwrap_or(u32::MAX);
    let mut rows = store::profile_find(&context.pool, q, PhoneQuery::read(q).as_ref(), most).await?;
    let more = rows.len() > MAX_PEOPLE;
    rows.truncate(MAX_PEOPLE);
    let ids: Vec<ProfileId> = rows.iter().map(|row| row.id).collect();
    let mut families = guardians::families(&mut *context.pool.acquire().await?, &ids).await?;
    let person = |PersonRow { id, details }: PersonRow| Person {
        profile: shape(id, details),
        guardians: families.remove(&id).unwrap_or_default(),
    };
    Ok(People { items: rows.into_iter().map(person).collect(), more })
}

/// `POST /profiles`: a child without a guardian, until a family claims it.
///
/// # Errors
/// `invalid_request`, naming the field.
pub async fn create(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &ProfileAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    let details = &checked(context, ask, now)?;
    unit.write(&context.pool, "profile_create", |conn, _| {
        Box::pin(async move {
            let id = store::profile_insert(conn, details).await?;
            let act = Act::new("profile.create", subject(id)).to(id);
            let act = act.after(json!({ "fields": changed(&ProfileDetails::default(), details) }));
            audit::record(conn, caller.account, act, now).await?;
            Ok(Ok(shape(id, details.clone())))
        })
    })
    .await
}

/// `PUT /profiles/{id}`: all that the gym knows of a child.
///
/// # Errors
/// `not_found`; `invalid_request`, naming the field.
pub async fn update(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: ProfileId,
    ask: &ProfileAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    let details = &checked(context, ask, now)?;
    unit.write(&context.pool, "profile_update", |conn, tx| {
        Box::pin(async move {
            require_profile(&mut *conn, caller, id).await?;
            let lock = tx.locks().lock_profile(conn, id).await?;
            let before = store::profile_details(conn, &lock).await?;
            let fields = changed(&before, details);
            if !fields.is_empty() {
                store::profile_update(conn, &lock, details).await?;
                let act = Act::new("profile.update", subject(id)).to(id).after(json!({ "fields": fields }));
                audit::record(conn, caller.account, act, now).await?;
            }
            Ok(Ok(shape(id, details.clone())))
        })
    })
    .await
}

/// What is to be written.
///
/// # Errors
/// `invalid_request`, naming the field: a child that is not born yet comes to no class.
fn checked(context: &Context, ask: &ProfileAsk, now: Instant) -> Result<ProfileDetails, AppError> {
    let ProfileAsk { name, birth_date, category, phone, note } = ask.checked()?;
    let today = context.local(now).date_naive();
    if let Some(born) = birth_date.filter(|born| *born > today) {
        return Err(AppError::invalid(format!("birth_date: {born} is after today, {today}")));
    }
    Ok(ProfileDetails { name, category, birth_date, phone, note })
}

/// The names of the fields that differ (R9.4).
fn changed(before: &ProfileDetails, after: &ProfileDetails) -> Vec<&'static str> {
    let fields = [
        ("name", before.name != after.name),
        ("category", before.category != after.category),
        ("birth_date", before.birth_date != after.birth_date),
        ("phone", before.phone != after.phone),
        ("note", before.note != after.note),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

fn shape(id: ProfileId, details: ProfileDetails) -> StaffProfile {
    let ProfileDetails { name, category, birth_date, phone, note } = details;
    StaffProfile { id, name, category, birth_date, phone, note }
}

/// How the audit names a profile.
fn subject(id: ProfileId) -> String {
    format!("profile/{id}")
}
