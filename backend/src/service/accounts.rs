//! Accounts: logging in and out, and the roles of the people who work at the gym.

use super::audit::{self, Act, COMMAND_LINE};
use super::{Context, profiles};
use crate::auth::token::{PageLogin, Verified};
use crate::auth::{Caller, Keys, token};
use crate::error::AppError;
use crate::paging::Paging;
use crate::store::{self, AccountRow, Conn};
use crate::unit::{Answer, Unit, Verdict};
use contract::shapes::{Account, LoggedIn, LoggedOut, MAX_NAME, SetRole};
use contract::text::check_line;
use logic::ids::AccountId;
use logic::status::Role;
use logic::{Code, Instant, Refusal};
use serde_json::json;

/// The longest text that accounts and people are looked for by, in characters.
pub(super) const MAX_QUERY: usize = 50;

/// `POST /auth/login`: a token for the account of `openid`, which is made if there is none. The answer holds a secret and
/// is not stored. `renewable`: as the token of a page.
pub async fn log_in(
    context: &Context,
    unit: &Unit,
    keys: &Keys,
    openid: &str,
    renewable: bool,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "login", |conn, _| {
        Box::pin(async move {
            let account = store::account_ensure(conn, openid).await?;
            let token = if renewable {
                token::issue_for_page(keys, account.id, account.role, &PageLogin::begin())?
            } else {
                token::issue(keys, account.id, account.role, contract::token::MAX_ISSUED_SECONDS)?
            };
            Ok(Ok(logged_in(conn, account, token).await?))
        })
    })
    .await
}

/// What a login is answered.
pub(super) async fn logged_in(
    conn: &mut Conn,
    account: AccountRow,
    (token, expires_at): (String, Instant),
) -> Result<LoggedIn, AppError> {
    let profiles = profiles::of_account(conn, account.id).await?;
    let AccountRow { id: account_id, role, name, .. } = account;
    Ok(LoggedIn { token, expires_at, account_id, role, name, profiles })
}

/// `POST /auth/renew`: another token of the same login.
///
/// # Errors
/// `conflict` for a token that is not of a page's login, or a login that is a week old.
pub async fn renew(
    context: &Context,
    unit: &Unit,
    keys: &Keys,
    caller: &Caller,
    verified: &Verified,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "renew", |conn, _| {
        Box::pin(async move {
            let Some(login) = verified.page_login() else {
                return Err(AppError::conflict("this token is not of a page's login: log in again"));
            };
            let account = store::account_get(&mut *conn, caller.account).await?;
            // An account whose role has changed since its token was looked up logs in again.
            let account = account.filter(|account| account.role == caller.role);
            let account = account
                .ok_or_else(|| AppError::unauthenticated("the account has another role: log in again"))?;
            let token = token::issue_for_page(keys, account.id, account.role, &login)?;
            Ok(Ok(logged_in(conn, account, token).await?))
        })
    })
    .await
}

/// `POST /auth/logout`: ends a token, and every other one of its login.
///
/// # Errors
/// The database cannot write it.
pub async fn log_out(context: &Context, unit: &Unit, verified: &Verified) -> Result<Answer, AppError> {
    unit.write(&context.pool, "logout", |conn, _| {
        Box::pin(async move {
            store::revoked_token_insert(conn, &verified.jti).await?;
            Ok(Ok(LoggedOut {}))
        })
    })
    .await
}

/// `GET /accounts`: in the order of their numbers.
///
/// # Errors
/// `invalid_request` for a `q` of more than `MAX_QUERY` characters, or of none.
pub async fn list(
    context: &Context,
    q: Option<&str>,
    role: Option<Role>,
    list: &Paging,
) -> Result<Vec<Account>, AppError> {
    let q = q.map(|q| trimmed("q", q, MAX_QUERY)).transpose()?;
    let after = list.cursor.map_or(0, |cursor| cursor.id);
    let rows = store::account_list(&context.pool, q, role, after, list.fetch()).await?;
    Ok(rows.into_iter().map(shown).collect())
}

/// A text without the blanks around it.
///
/// # Errors
/// `invalid_request`, naming the field, as [`check_line`] says.
pub(super) fn trimmed<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str, AppError> {
    let text = text.trim();
    check_line(text, longest).map_err(|wrong| AppError::invalid(format!("{field}: {wrong}")))?;
    Ok(text)
}

/// `PUT /accounts/{id}/role` (R7.5).
///
/// # Errors
/// `conflict` for one's own account or a machine's; `last_owner`; `not_found`.
pub async fn set_role(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: AccountId,
    ask: &SetRole,
    now: Instant,
) -> Result<Answer, AppError> {
    let name = ask.name.as_deref().map(checked_name).transpose()?;
    let change = RoleChange { by: caller.account, role: ask.role.into(), name, may_be_last: false };
    let change = &change;
    unit.write(&context.pool, "account_role", |conn, _| {
        Box::pin(async move { change_role(conn, id, change, now).await })
    })
    .await
}

/// The name of a person, without the blanks around it.
///
/// # Errors
/// `invalid_request` beyond [`MAX_NAME`] characters, or as [`check_line`] says.
pub fn checked_name(name: &str) -> Result<&str, AppError> {
    trimmed("name", name, MAX_NAME)
}

/// A role to be given.
#[derive(Clone, Copy, Debug)]
pub struct RoleChange<'a> {
    /// Who gives it.
    pub by: AccountId,
    /// The role.
    pub role: Role,
    /// The name of the person; `None`: as it is.
    pub name: Option<&'a str>,
    /// Whether the gym may be left without an owner.
    pub may_be_last: bool,
}

impl<'a> RoleChange<'a> {
    /// A role that an operator gives by a command.
    pub const fn by_command(role: Role, name: Option<&'a str>, may_be_last: bool) -> Self {
        Self { by: COMMAND_LINE, role, name, may_be_last }
    }
}

/// Gives an account a role. The owners are locked in the order of their ids, with the account, so that no two changes
/// each leave the other's owner as the last one.
///
/// # Errors
/// As [`set_role`]; `forbidden` if who gives it is no owner any more.
pub async fn change_role(
    conn: &mut Conn,
    id: AccountId,
    change: &RoleChange<'_>,
    now: Instant,
) -> Result<Verdict<Account>, AppError> {
    let RoleChange { by, role, name, may_be_last } = *change;
    if by == id {
        return Ok(Err(Refusal::because(Code::Conflict, "nobody changes their own role: ask another owner")));
    }
    let mut ids = store::account_owners(conn).await?;
    ids.extend([id, by]);
    let rows = store::account_lock_all(conn, &ids).await?;
    let owns = |row: &&AccountRow| row.role == Role::Owner;
    let Some(before) = rows.iter().find(|row| row.id == id) else {
        return Ok(Err(Refusal::because(Code::NotFound, format!("there is no account {id}"))));
    };
    let others = rows.iter().filter(owns).filter(|row| row.id != id).count();
    if before.role == Role::Owner && role != Role::Owner && others == 0 && !may_be_last {
        return Ok(Err(Refusal::because(
            Code::LastOwner,
            format!("account {id} is the last owner: make another one first"),
        )));
    }
    if by != COMMAND_LINE {
        if !rows.iter().filter(owns).any(|row| row.id == by) {
            return Err(Code::Forbidden.into());
        }
        if before.role == Role::Service {
            return Ok(Err(Refusal::because(Code::Conflict, format!("account {id} is a machine"))));
        }
    }
    let name = name.map(str::to_owned).or_else(|| before.name.clone());
    let after = AccountRow { name, role, role_is_set: true, ..before.clone() };
    if after != *before {
        store::account_set_role(conn, before.role, &after).await?;
        let act = Act::new("account.role", format!("account/{id}"));
        let facts = |row: &AccountRow| json!({ "role": row.role, "name": row.name });
        audit::record(conn, by, act.before(facts(before)).after(facts(&after)), now).await?;
    }
    Ok(Ok(shown(after)))
}

/// An account as owners see it.
pub fn shown(row: AccountRow) -> Account {
    Account { account_id: row.id, name: row.name, role: row.role }
}
