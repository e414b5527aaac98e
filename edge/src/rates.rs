//! How often callers may ask, counted by the platform where they connect. Reads are counted here alone; the backend
//! counts writes a second time, exactly (`backend/src/limits.rs`).
//!
//! A binding that is missing is a limit that is off: on the dev clock and in tests there are none.

use crate::border::{self, report};
use crate::problem::Problem;
use contract::client_address::network;
use logic::Code;
use std::net::IpAddr;
use wasm_bindgen::JsValue;

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

/// The bindings that count.
pub(crate) struct Limits {
    address_reads: Limit,
    address_writes: Limit,
    account_reads: Limit,
    account_writes: Limit,
}

impl Limits {
    pub(crate) fn of(env: &JsValue) -> Self {
        Self {
            address_reads: Limit::of(env, "ADDRESS_READS"),
            address_writes: Limit::of(env, "ADDRESS_WRITES"),
            account_reads: Limit::of(env, "ACCOUNT_READS"),
            account_writes: Limit::of(env, "ACCOUNT_WRITES"),
        }
    }

    /// Counts a request from `address`; all whose address nobody knows are one caller.
    ///
    /// # Errors
    /// `rate_limited` for one too many.
    pub(crate) async fn address(&self, kind: Kind, address: Option<IpAddr>) -> Result<(), Problem> {
        let limit = match kind {
            Kind::Read => &self.address_reads,
            Kind::Write => &self.address_writes,
        };
        limit.count(|| address.map_or_else(String::new, |address| network(address).to_string())).await
    }

    /// Counts a request of `account`.
    ///
    /// # Errors
    /// `rate_limited` for one too many.
    pub(crate) async fn account(&self, kind: Kind, account: &str) -> Result<(), Problem> {
        let limit = match kind {
            Kind::Read => &self.account_reads,
            Kind::Write => &self.account_writes,
        };
        limit.count(|| account.to_owned()).await
    }
}

/// One binding.
struct Limit {
    binding: &'static str,
    counter: Option<JsValue>,
}

impl Limit {
    fn of(env: &JsValue, binding: &'static str) -> Self {
        let counter =
            js_sys::Reflect::get(env, &binding.into()).ok().filter(|binding| !binding.is_undefined());
        Self { binding, counter }
    }

    async fn count(&self, key: impl FnOnce() -> String) -> Result<(), Problem> {
        let Some(counter) = &self.counter else { return Ok(()) };
        match border::counts(counter, &key()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(too_many()),
            Err(fault) => {
                // Better served than refused for a fault of ours: the backend counts writes too.
                report(&format!("binding {} does not count: {fault}", self.binding));
                Ok(())
            }
        }
    }
}

fn too_many() -> Problem {
    let detail = format!("too many requests: ask again in {PERIOD_SECONDS} s");
    Problem::new(Code::RateLimited, detail).with_header("retry-after", PERIOD_SECONDS.to_string())
}
