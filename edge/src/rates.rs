//! Rate limits, counted by the platform where callers connect. Reads are counted here alone; the backend counts writes
//! again, exactly (`backend/src/limits.rs`).
//!
//! Without its binding a limit is off: so it is on the dev clock and in most tests.

use contract::client_address::network;
use contract::operation::Kind;
use contract::problem::Problem;
use js_sys::Reflect;
use std::net::IpAddr;
use worker::{Env, RateLimiter, console_error};

/// The `retry-after` of a refusal, in seconds: the `period` of the bindings in wrangler.toml, which a worker cannot
/// read.
const PERIOD_SECONDS: u64 = 60;

/// The four limits.
pub(crate) struct Limits {
    address_reads: Limit,
    address_writes: Limit,
    account_reads: Limit,
    account_writes: Limit,
}

impl Limits {
    pub(crate) fn of(env: &Env) -> Self {
        Self {
            address_reads: Limit::of(env, "ADDRESS_READS"),
            address_writes: Limit::of(env, "ADDRESS_WRITES"),
            account_reads: Limit::of(env, "ACCOUNT_READS"),
            account_writes: Limit::of(env, "ACCOUNT_WRITES"),
        }
    }

    /// Counts a request from `address`. Callers without a known address count as one.
    ///
    /// # Errors
    /// `rate_limited` when there were too many.
    pub(crate) async fn address(&self, kind: Kind, address: Option<IpAddr>) -> Result<(), Problem> {
        let limit = match kind {
            Kind::Read => &self.address_reads,
            Kind::Write | Kind::Login => &self.address_writes,
        };
        limit.count(|| address.map_or_else(String::new, |address| network(address).to_string())).await
    }

    /// Counts a request of `account`.
    ///
    /// # Errors
    /// `rate_limited` when there were too many.
    pub(crate) async fn account(&self, kind: Kind, account: &str) -> Result<(), Problem> {
        let limit = match kind {
            Kind::Read => &self.account_reads,
            Kind::Write | Kind::Login => &self.account_writes,
        };
        limit.count(|| account.to_owned()).await
    }
}

/// One limit.
struct Limit {
    binding: &'static str,
    /// `None` if there is no such binding; an error if it is of another type.
    counter: Option<worker::Result<RateLimiter>>,
}

impl Limit {
    fn of(env: &Env, binding: &'static str) -> Self {
        let is_there = Reflect::has(env, &binding.into()).unwrap_or(false);
        Self { binding, counter: is_there.then(|| env.rate_limiter(binding)) }
    }

    async fn count(&self, key: impl FnOnce() -> String) -> Result<(), Problem> {
        let Some(counter) = &self.counter else { return Ok(()) };
        let counted = match counter {
            Ok(counter) => counter.limit(key()).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match counted {
            Ok(outcome) if !outcome.success => Err(Problem::rate_limited(PERIOD_SECONDS)),
            Ok(_) => Ok(()),
            Err(error) => {
                // Callers are served rather than refused for a fault of the deployment: the backend counts writes too.
                console_error!(
                    "binding {} does not count requests, so its limit is off: {error}",
                    self.binding
                );
                Ok(())
            }
        }
    }
}
