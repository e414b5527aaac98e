//! The guardians of a child: who claims it with a code, who is told, who leaves.

use super::access::{Acting, no_profile, require_profile};
use super::audit::{self, Act};
use super::{Context, outbox, short_code};
use crate::auth::{Caller, Keys};
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, Conn, GuardianRow, ProfileLock, Unlocked};
use crate::unit::{Answer, Unit};
use contract::shapes::{ClaimCode, Guardian, Page, Profile};
use logic::guardian::{
    ACCOUNT_FAILURES_MAX, CODE_VALIDITY, FAILURES_WITHIN, NETWORK_FAILURES_MAX, check_claim, check_removal,
    is_code_live, normal_code,
};
use logic::ids::{AccountId, ProfileId};
use logic::session::Actor;
use logic::{Code, Instant, Refusal};
use serde_json::json;
use std::collections::HashMap;

/// What the digests of claim codes are for.
const PURPOSE: &str = "claim code";

/// The guardians of a locked child, as the caller may change them.
struct Family {
    lock: ProfileLock,
    guardians: Vec<GuardianRow>,
    acting: Acting,
}

impl Family {
    /// # Errors
    /// `not_found` unless the caller is a guardian, or staff.
    async fn lock(
        conn: &mut Conn,
        locks: Unlocked,
        caller: &Caller,
        profile: ProfileId,
    ) -> Result<Self, AppError> {
        require_profile(&mut *conn, caller, profile).await?;
        let lock = locks.lock_profile(conn, profile).await?;
        let guardians = store::guardian_list_all(conn, &lock).await?;
        // Asked again under the lock: the caller may have been taken away meanwhile.
        let is_own = guardians.iter().any(|guardian| guardian.account_id == caller.account);
        let acting = Acting::of(caller, is_own).ok_or_else(|| no_profile(profile))?;
        Ok(Self { lock, guardians, acting })
    }

    fn caller(&self) -> Option<&GuardianRow> {
        self.guardians.iter().find(|guardian| guardian.account_id == self.acting.account)
    }

    /// The caller is staff, and acts for another family.
    fn is_by_staff(&self) -> bool {
        self.acting.by == Actor::Staff
    }

    fn is_by_first(&self) -> bool {
        self.caller().is_some_and(|guardian| guardian.is_first)
    }

    fn is_by(&self, account: AccountId) -> bool {
        self.caller().is_some_and(|guardian| guardian.account_id == account)
    }

    /// # Errors
    /// `not_found` for an account that is no guardian.
    fn guardian(&self, account: AccountId) -> Result<&GuardianRow, AppError> {
        let guardian = self.guardians.iter().find(|guardian| guardian.account_id == account);
        guardian.ok_or_else(|| AppError::not_found(format!("account {account} is no guardian of this child")))
    }
}

fn forbidden(who: &str) -> AppError {
    Refusal::because(Code::Forbidden, format!("this is for {who}")).into()
}

/// The guardians of children, in the order in which they became guardians.
pub(super) async fn families(
    conn: &mut Conn,
    children: &[ProfileId],
) -> Result<HashMap<ProfileId, Vec<Guardian>>, AppError> {
    let mut families: HashMap<ProfileId, Vec<Guardian>> = HashMap::new();
    for row in store::guardian_list_of(conn, children).await? {
        families.entry(row.profile_id).or_default().push(shape(&row.guardian));
    }
    Ok(families)
}

fn shape(row: &GuardianRow) -> Guardian {
    let GuardianRow { account_id, name, is_first, told, since } = row.clone();
    Guardian { account_id, name, first: is_first, told, since }
}

/// `POST /profiles/{id}/claim-code`: a new code, which voids the one before. The answer holds a secret and is not stored.
///
/// # Errors
/// `not_found`; `forbidden` for another guardian than the first.
pub async fn claim_code(
    context: &Context,
    unit: &Unit,
    keys: &Keys,
    caller: &Caller,
    profile: ProfileId,
    now: Instant,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "profile_claim_code", |conn, tx| {
        Box::pin(async move {
            let family = Family::lock(conn, tx.locks(), caller, profile).await?;
            if !family.is_by_staff() && !family.is_by_first() {
                return Err(forbidden("the first guardian of this child"));
            }
            store::claim_code_void(conn, &family.lock).await?;
            let expires_at = now.plus(CODE_VALIDITY);
            let code = loop {
                let code = short_code::random();
                let hash = keys.digest(PURPOSE, code.as_bytes());
                match store::claim_code_insert(conn, &family.lock, &hash, expires_at).await {
                    Err(error) if error.is_duplicate() => {}
                    written => break written.map(|()| code)?,
                }
            };
            let act = Act::new("profile.claim_code", subject(profile)).to(profile);
            let act = act.after(json!({ "expires_at": expires_at }));
            audit::record_for(conn, &family.acting, act, now).await?;
            Ok(Ok(ClaimCode { code, expires_at }))
        })
    })
    .await
}

/// `POST /profiles/claim`: makes the caller a guardian of the child that the code is for. `network` is where the caller is.
///
/// # Errors
/// `not_found` for a code that is wrong, used or old; `too_many_guardians`; too many wrong codes.
pub async fn claim(
    context: &Context,
    unit: &Unit,
    keys: &Keys,
    (caller, network): (&Caller, &str),
    code: &str,
    now: Instant,
) -> Result<Answer, AppError> {
    let hash = keys.digest(PURPOSE, normal_code(code).as_bytes());
    let (hash, account) = (&hash, caller.account);
    unit.write(&context.pool, "profile_claim", |conn, tx| {
        Box::pin(async move {
            // One claim of an account at a time, so that none of its wrong codes goes uncounted.
            store::account_lock(conn, account).await?;
            require_few_failures(conn, account, network, now).await?;
            let claimed = match store::claim_code_get(conn, hash).await? {
                Some(code) => {
                    let lock = tx.locks().lock_profile(conn, code.profile_id).await?;
                    claim_locked(conn, &lock, hash, account, now).await?
                }
                None => Err(wrong_code()),
            };
            if claimed.as_ref().is_err_and(|refusal| refusal.code == Code::NotFound) {
                store::claim_failure_insert(conn, account, network, now).await?;
            }
            Ok(claimed)
        })
    })
    .await
}

fn wrong_code() -> Refusal {
    Refusal::because(Code::NotFound, "this code is wrong, used or older than 72 hours: ask for a new one")
}

/// The claim of a child that is locked; the code is read again, because another claim may have used it.
async fn claim_locked(
    conn: &mut Conn,
    profile: &ProfileLock,
    hash: &[u8; 32],
    account: AccountId,
    now: Instant,
) -> Result<Result<Profile, Refusal>, AppError> {
    let guardians = store::guardian_list_all(conn, profile).await?;
    let is_guardian = guardians.iter().any(|guardian| guardian.account_id == account);
    let Some(code) = store::claim_code_get(conn, hash).await? else { return Ok(Err(wrong_code())) };
    match code.used_by {
        Some(user) if user == account && is_guardian => {}
        None if is_code_live(code.expires_at, now) => {
            if !is_guardian {
                if let Err(code) = check_claim(guardians.len()) {
                    return Ok(Err(code.into()));
                }
                if !store::claim_code_use(conn, hash, account).await? {
                    return Ok(Err(wrong_code()));
                }
                store::guardian_insert(conn, profile, account, now).await?;
                if guardians.is_empty() {
                    store::profile_set_first_guardian(conn, profile, account).await?;
                }
            }
        }
        Some(_) | None => return Ok(Err(wrong_code())),
    }
    let row = store::profile_get(conn, profile).await?;
    Ok(Ok(Profile { id: row.id, name: row.name, category: row.category }))
}

/// # Errors
/// [`AppError::TooOften`] after too many wrong codes of the account, or from its network, within an hour.
async fn require_few_failures(
    conn: &mut Conn,
    account: AccountId,
    network: &str,
    now: Instant,
) -> Result<(), AppError> {
    let since = now.minus(FAILURES_WITHIN);
    let of_account = store::claim_failure_list_of_account(conn, account, since, ACCOUNT_FAILURES_MAX).await?;
    let of_network = store::claim_failure_list_of_network(conn, network, since, NETWORK_FAILURES_MAX).await?;
    let full = [(of_account, ACCOUNT_FAILURES_MAX), (of_network, NETWORK_FAILURES_MAX)];
    let waits = full.into_iter().filter(|(failures, most)| failures.len() >= *most as usize);
    let until =
        waits.filter_map(|(failures, _)| failures.last().map(|first| first.plus(FAILURES_WITHIN))).max();
    until.map_or(Ok(()), |until| Err(AppError::too_often_until(until, now)))
}

/// `GET /profiles/{id}/guardians`, for its guardians and the staff.
///
/// # Errors
/// `not_found`.
pub async fn list(
    context: &Context,
    caller: &Caller,
    profile: ProfileId,
    list: &Paging,
) -> Result<Page<Guardian>, AppError> {
    require_profile(&context.pool, caller, profile).await?;
    let mut rows = store::guardian_list(&context.pool, profile, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.since, row.account_id.0));
    Ok(Page { items: rows.iter().map(shape).collect(), next_cursor })
}

/// `PUT /profiles/{id}/guardians/{account_id}`: whether a guardian is told, by itself or staff.
///
/// # Errors
/// `not_found`; `forbidden` for another guardian.
pub async fn set_told(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    (profile, account): (ProfileId, AccountId),
    told: bool,
    now: Instant,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "guardian_told", |conn, tx| {
        Box::pin(async move {
            let family = Family::lock(conn, tx.locks(), caller, profile).await?;
            let guardian = family.guardian(account)?;
            if !family.is_by_staff() && !family.is_by(account) {
                return Err(forbidden("this guardian itself"));
            }
            store::guardian_set_told(conn, &family.lock, account, told).await?;
            let act = Act::new("guardian.told", subject(profile)).to(profile);
            let act = act.before(json!({ "account_id": account, "told": guardian.told }));
            let act = act.after(json!({ "account_id": account, "told": told }));
            audit::record_for(conn, &family.acting, act, now).await?;
            Ok(Ok(Guardian { told, ..shape(guardian) }))
        })
    })
    .await
}

/// `DELETE /profiles/{id}/guardians/{account_id}`: by staff, the first guardian, or the guardian itself. Voids the child's
/// unused code, and cancels what is not sent yet.
///
/// # Errors
/// `not_found`; `forbidden` for another guardian; `last_guardian`.
pub async fn remove(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    (profile, account): (ProfileId, AccountId),
    now: Instant,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "guardian_remove", |conn, tx| {
        Box::pin(async move {
            let family = Family::lock(conn, tx.locks(), caller, profile).await?;
            let guardian = family.guardian(account)?;
            if !family.is_by_staff() && !family.is_by_first() && !family.is_by(account) {
                return Err(forbidden("the first guardian of this child, and this guardian itself"));
            }
            if let Err(code) = check_removal(family.guardians.len()) {
                return Ok(Err(code.into()));
            }
            store::guardian_delete(conn, &family.lock, account).await?;
            let next = family.guardians.iter().find(|other| other.account_id != account);
            if let Some(next) = next.filter(|_| guardian.is_first) {
                store::profile_set_first_guardian(conn, &family.lock, next.account_id).await?;
            }
            store::claim_code_void(conn, &family.lock).await?;
            outbox::cancel(conn, profile, account).await?;
            let act = Act::new("guardian.remove", subject(profile)).to(profile);
            let act = act.before(json!({ "account_id": account })).after(json!({}));
            audit::record_for(conn, &family.acting, act, now).await?;
            Ok(Ok(shape(guardian)))
        })
    })
    .await
}

/// How the audit names a profile.
fn subject(profile: ProfileId) -> String {
    format!("profile/{profile}")
}
