//! How often callers may ask, counted by the platform where they connect. Reads are counted here alone; the backend
//! counts writes a second time, exactly (`backend/src/limits.rs`).
//!
//! A binding that is missing is a limit that is off: on the dev clock and in tests there are none.

use crate::problem::Problem;
use logic::Code;
use logic::api::network;
use std::net::IpAddr;
use worker::{Env, console_error};

/// What `retry-after` says, in seconds: the `period` of the bindings in wrangler.toml, which nobody tells a worker.
const PERIOD_SECONDS: u32 = 60;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes nothing of the caller's.
    Read,
    /// It does, or is an attempt to log in.
    Write,
}

/// Counts a request from `address`; all whose address nobody knows are one caller.
///
/// # Errors
/// `rate_limited` for one too many.
pub(crate) async fn address(env: &Env, kind: Kind, address: Option<IpAddr>) -> Result<(), Problem> {
    let binding = match kind {
        Kind::Read => "ADDRESS_READS",
        Kind::Write => "ADDRESS_WRITES",
    };
    let key = address.map_or_else(String::new, |address| network(address).to_string());
    count(env, binding, key).await
}

/// Counts a request of `account`.
///
/// # Errors
/// `rate_limited` for one too many.
pub(crate) async fn account(env: &Env, kind: Kind, account: &str) -> Result<(), Problem> {
    let binding = match kind {
        Kind::Read => "ACCOUNT_READS",
        Kind::Write => "ACCOUNT_WRITES",
    };
    count(env, binding, account.to_owned()).await
}

async fn count(env: &Env, binding: &str, key: String) -> Result<(), Problem> {
    if !js_sys::Reflect::has(env, &binding.into()).unwrap_or(false) {
        return Ok(());
    }
    let counted = match env.rate_limiter(binding) {
        Ok(limiter) => limiter.limit(key).await,
        Err(fault) => Err(fault),
    };
    match counted {
        Ok(outcome) if !outcome.success => Err(too_many()),
        Ok(_) => Ok(()),
        Err(fault) => {
            // Better served than refused for a fault of ours: the backend counts writes too.
            console_error!("binding {binding} does not count: {fault}");
            Ok(())
        }
    }
}

fn too_many() -> Problem {
    let detail = format!("too many requests: ask again in {PERIOD_SECONDS} s");
    Problem::new(Code::RateLimited, detail).with_header("retry-after", PERIOD_SECONDS.to_string())
}
