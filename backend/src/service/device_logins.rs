//! Logging a page in by a phone that is logged in (RFC 8628), in real time, as tokens age. The page shows a code, and a
//! person who works at the gym types it in the mini-program.

use super::accounts::logged_in;
use super::{Context, short_code};
use crate::auth::token::{self, PageLogin};
use crate::auth::{Caller, Keys};
use crate::clock::real_now;
use crate::db::run_tx;
use crate::error::AppError;
use crate::store::{self, Conn, DeviceLoginRow, NewDeviceLogin};
use crate::unit::{Answer, Unit, Verdict};
use contract::shapes::{DeviceDecided, DeviceDecision, DeviceLogin, DeviceRequest, LoggedIn};
use logic::ids::AccountId;
use logic::status::Role;
use logic::{Code, Instant, Minutes, Refusal};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// How long a login waits for its approval, in seconds.
const LIFE_SECONDS: u32 = 600;
/// Seconds between two requests for the token.
const INTERVAL_SECONDS: u32 = 5;
/// What `slow_down` adds to the interval, in seconds.
const SLOWER_SECONDS: u32 = 5;
/// Wrong codes of one account in an hour.
const MISSES_MAX: i64 = 10;
/// The span in which they are counted.
const MISSES_SPAN: Minutes = Minutes(60);
/// The longest name of a browser that is kept, in characters.
const AGENT_MAX: usize = 200;

/// `POST /auth/device`.
///
/// # Errors
/// The database cannot write it.
pub async fn begin(context: &Context, unit: &Unit, agent: &str, address: IpAddr) -> Result<Answer, AppError> {
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_MAX).collect();
    let (agent, address) = (&agent, &address.to_string());
    unit.write(&context.pool, "device_login", |conn, _| {
        Box::pin(async move {
            let now = real_now();
            let device_code = secret();
            let user_code = short_code::random();
            store::device_login_insert(
                conn,
                &NewDeviceLogin {
                    device_hash: &hash(&device_code),
                    user_code: &user_code,
                    user_agent: agent,
                    address,
                    created_at: now,
                    expires_at: plus(now, LIFE_SECONDS),
                    interval_seconds: INTERVAL_SECONDS,
                },
            )
            .await?;
            let (expires_in, interval) = (LIFE_SECONDS, INTERVAL_SECONDS);
            Ok(Ok(DeviceLogin { device_code, user_code, expires_in, interval }))
        })
    })
    .await
}

/// 256 bits.
fn secret() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(device_code: &str) -> [u8; 32] {
    Sha256::digest(device_code).into()
}

fn plus(at: Instant, seconds: u32) -> Instant {
    Instant::clamped(at.millis() + i64::from(seconds) * 1000)
}

/// `POST /auth/device/token`: the token, once. The role is the one that the account has now.
///
/// # Errors
/// Those of RFC 8628.
pub async fn token(
    context: &Context,
    unit: &Unit,
    keys: &Keys,
    device_code: &str,
) -> Result<Answer, AppError> {
    let hash = hash(device_code);
    unit.write(&context.pool, "device_token", |conn, _| {
        Box::pin(async move {
            let now = real_now();
            let row = store::device_login_lock(conn, &hash).await?;
            match row.filter(|row| row.spent_at.is_none() && now < row.expires_at) {
                None => Ok(Err(Code::ExpiredToken.into())),
                Some(row) if row.decided_at.is_none() => pending(conn, &hash, &row, now).await,
                Some(row) => {
                    store::device_login_spend(conn, &hash, now).await?;
                    granted(conn, keys, row.account_id).await
                }
            }
        })
    })
    .await
}

async fn pending(
    conn: &mut Conn,
    hash: &[u8; 32],
    row: &DeviceLoginRow,
    now: Instant,
) -> Result<Verdict<LoggedIn>, AppError> {
    let too_soon = row.polled_at.is_some_and(|at| now < plus(at, row.interval_seconds));
    let interval = if too_soon { row.interval_seconds + SLOWER_SECONDS } else { row.interval_seconds };
    store::device_login_polled(conn, hash, interval, now).await?;
    Ok(Err(if too_soon { Code::SlowDown } else { Code::AuthorizationPending }.into()))
}

/// The token of a login that was decided: `approver` approved it; `None`: it was denied.
async fn granted(
    conn: &mut Conn,
    keys: &Keys,
    approver: Option<AccountId>,
) -> Result<Verdict<LoggedIn>, AppError> {
    let account = match approver {
        Some(id) => store::account_get(&mut *conn, id).await?,
        None => None,
    };
    let Some(account) = account.filter(|account| account.role.is_at_least(Role::Coach)) else {
        return Ok(Err(Code::AccessDenied.into()));
    };
    let token = token::issue_for_page(keys, account.id, account.role, &PageLogin::begin())?;
    Ok(Ok(logged_in(conn, account, token).await?))
}

/// `GET /auth/device/{user_code}`.
///
/// # Errors
/// `not_found` for a code that no login waits with; `rate_limited` after `MISSES_MAX` of these in an hour.
pub async fn look(context: &Context, caller: &Caller, typed: &str) -> Result<DeviceRequest, AppError> {
    let found = run_tx(&context.pool, "device_look", |conn, _| {
        Box::pin(async move { find(conn, caller.account, typed, real_now()).await })
    });
    let row = found.await?.map_err(AppError::from)?.1;
    let DeviceLoginRow { created_at, user_agent, address, .. } = row;
    Ok(DeviceRequest { created_at, user_agent, address })
}

/// `POST /auth/device/approve`.
///
/// # Errors
/// As [`look`].
pub async fn decide(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &DeviceDecision,
) -> Result<Answer, AppError> {
    unit.write(&context.pool, "device_approve", |conn, _| {
        Box::pin(async move {
            let now = real_now();
            let (hash, _) = match find(conn, caller.account, &ask.user_code, now).await? {
                Ok(found) => found,
                Err(refusal) => return Ok(Err(refusal)),
            };
            store::device_login_decide(conn, &hash, ask.approve.then_some(caller.account), now).await?;
            Ok(Ok(DeviceDecided { approved: ask.approve }))
        })
    })
    .await
}

type Found = (Vec<u8>, DeviceLoginRow);

/// The login that waits with a code, locked. A wrong code is counted in the transaction, under the lock of the account.
async fn find(
    conn: &mut Conn,
    account: AccountId,
    typed: &str,
    now: Instant,
) -> Result<Result<Found, Refusal>, AppError> {
    store::account_lock(conn, account).await?;
    let (misses, oldest) = store::device_login_miss_count(conn, account, now.minus(MISSES_SPAN)).await?;
    if let Some(oldest) = oldest.filter(|_| misses >= MISSES_MAX) {
        return Err(AppError::too_often_until(oldest.plus(MISSES_SPAN), now));
    }
    let found = match contract::short_code::normalize(typed) {
        Some(code) => store::device_login_find(conn, &code, now).await?,
        None => None,
    };
    if let Some(found) = found {
        return Ok(Ok(found));
    }
    store::device_login_miss_insert(conn, account, now).await?;
    Ok(Err(Refusal::because(Code::NotFound, "no page waits to be logged in with this code")))
}
