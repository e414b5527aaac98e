//! Rate limits of writes and logins, as token buckets: a burst of one minute's allowance is allowed, a higher rate is not.
//! Each process counts on its own.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use clap::Args;
use contract::client_address::network;
use contract::headers::{CLIENT_ADDRESS, EDGE_SECRET};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use logic::ids::AccountId;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Writes of one account in a minute: twice a second, which no person keeps up.
const ACCOUNT_WRITES: u32 = 120;
/// Writes from one address in a minute: a full waiting room may share one router.
const ADDRESS_WRITES: u32 = 600;
/// Logins from one address in a minute.
const ADDRESS_LOGINS: u32 = 60;
/// How many checks pass before the keys whose bucket is full again are dropped.
const FORGET_EVERY: u32 = 4096;

/// The settings of `gym serve`. 0 switches a limit off; a limit that is left out has its default, or is off under
/// `--dev-clock`.
#[derive(Args, Clone, Debug, Default)]
pub struct Rates {
    /// Writes of one account in a minute; 0: any number [default: 120, any number under --dev-clock]
    #[arg(long, env = "GYM_RATE_WRITES_PER_MINUTE", value_name = "N")]
    pub rate_writes_per_minute: Option<u32>,
    /// Writes from one address in a minute; 0: any number [default: 600, any number under --dev-clock]
    #[arg(long, env = "GYM_RATE_ADDRESS_WRITES_PER_MINUTE", value_name = "N")]
    pub rate_address_writes_per_minute: Option<u32>,
    /// Logins from one address in a minute; 0: any number [default: 60, any number under --dev-clock]
    #[arg(long, env = "GYM_RATE_LOGINS_PER_MINUTE", value_name = "N")]
    pub rate_logins_per_minute: Option<u32>,
    /// The secret that the edge sends with each request (its EDGE_SECRET), 16 characters or more. A request with it is
    /// limited by the address that the edge names; without a secret, the address of the connection counts
    #[arg(long, env = "GYM_EDGE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub edge_secret: Option<EdgeSecret>,
}

/// The secret that the edge shares with the backend.
#[derive(Clone, Debug)]
pub struct EdgeSecret(SecretString);

impl EdgeSecret {
    /// The smallest length in characters; a shorter secret could be guessed.
    const MIN_LENGTH: usize = 16;

    /// Whether `sent` is the secret, compared in constant time.
    pub fn is(&self, sent: &[u8]) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(sent).into()
    }
}

impl FromStr for EdgeSecret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = text.len() >= Self::MIN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !valid {
            return Err("it must be 16 or more printable ASCII characters, without spaces");
        }
        Ok(Self(text.into()))
    }
}

/// The limits in force.
#[derive(Default)]
pub struct Limits {
    account_writes: Option<Limit<AccountId>>,
    address_writes: Option<Limit<IpAddr>>,
    logins: Option<Limit<IpAddr>>,
    edge_secret: Option<EdgeSecret>,
    require_edge: bool,
}

impl Limits {
    /// The limits of `rates`; `dev` says whether the service runs on the dev clock.
    pub fn new(rates: &Rates, dev: bool) -> Self {
        let or = |set: Option<u32>, default| set.unwrap_or(if dev { 0 } else { default });
        Self {
            account_writes: Limit::per_minute(or(rates.rate_writes_per_minute, ACCOUNT_WRITES)),
            address_writes: Limit::per_minute(or(rates.rate_address_writes_per_minute, ADDRESS_WRITES)),
            logins: Limit::per_minute(or(rates.rate_logins_per_minute, ADDRESS_LOGINS)),
            edge_secret: rates.edge_secret.clone(),
            require_edge: false,
        }
    }

    /// Sets whether requests without the edge's secret are refused ([`Self::may_enter`]).
    #[must_use]
    pub fn require_edge(self, require_edge: bool) -> Self {
        Self { require_edge, ..self }
    }

    /// Whether a request may be answered: with [`Self::require_edge`] only one that has the edge's secret, else any.
    pub fn may_enter(&self, headers: &HeaderMap) -> bool {
        !self.require_edge || self.is_from_edge(headers)
    }

    /// The address that a request comes from: the one that the edge names, if the request has the secret, or else that of
    /// the `peer` of the connection.
    pub fn address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let named = || headers.get(CLIENT_ADDRESS)?.to_str().ok()?.trim().parse().ok();
        if self.is_from_edge(headers) { named().unwrap_or(peer) } else { peer }
    }

    /// Whether a request has the edge's secret; false where no secret is configured.
    pub fn is_from_edge(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(EDGE_SECRET).map(HeaderValue::as_bytes);
        matches!((&self.edge_secret, sent), (Some(secret), Some(sent)) if secret.is(sent))
    }

    /// Counts a write of an account.
    pub fn account_write(&self, account: AccountId) -> Result<(), Duration> {
        count(&self.account_writes, &account)
    }

    /// Counts a write from an address.
    pub fn address_write(&self, address: IpAddr) -> Result<(), Duration> {
        count(&self.address_writes, &network(address))
    }

    /// Counts an attempt to log in.
    pub fn login(&self, address: IpAddr) -> Result<(), Duration> {
        count(&self.logins, &network(address))
    }
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    counted: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// Allows `count` a minute; `None`, no limit, for 0.
    fn per_minute(count: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(count)?);
        Some(Self { limiter: RateLimiter::keyed(quota), counted: AtomicU32::new(0) })
    }
}

fn count<K: Hash + Eq + Clone>(limit: &Option<Limit<K>>, key: &K) -> Result<(), Duration> {
    let Some(limit) = limit else { return Ok(()) };
    if limit.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
        limit.limiter.retain_recent();
    }
    limit.limiter.check_key(key).map_err(|until| until.wait_time_from(DefaultClock::default().now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(writes: u32) -> Rates {
        Rates { rate_writes_per_minute: Some(writes), ..Rates::default() }
    }

    #[test]
    fn each_caller_has_an_allowance_of_its_own() {
        let limits = Limits::new(&rates(2), true);
        let write = |account| limits.account_write(AccountId(account));
        assert_eq!((write(1), write(1)), (Ok(()), Ok(())));
        let wait = write(1).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(30), "{wait:?}");
        assert_eq!(write(2), Ok(()));
    }

    #[test]
    fn limits_are_off_under_the_dev_clock_unless_set() {
        let address = IpAddr::from([192, 0, 2, 1]);
        let (dev, real) = (Limits::new(&Rates::default(), true), Limits::new(&Rates::default(), false));
        let logins = |limits: &Limits| (0..1000).filter(|_| limits.login(address).is_ok()).count();
        assert_eq!(logins(&dev), 1000);
        assert!(logins(&real) < 100);
        let off = Limits::new(&rates(0), false);
        assert!((0..1000).all(|_| off.account_write(AccountId(1)).is_ok()));
    }

    #[test]
    fn only_the_edge_may_name_an_address() {
        let (peer, caller) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 0, 2, 7]));
        let secret = "0123456789abcdef";
        let address = |configured: Option<&str>, named: &'static str, sent: Option<&'static str>| {
            let edge_secret = configured.map(|text| text.parse().unwrap());
            let mut headers = HeaderMap::new();
            headers.insert(CLIENT_ADDRESS, HeaderValue::from_static(named));
            if let Some(sent) = sent {
                headers.insert(EDGE_SECRET, HeaderValue::from_static(sent));
            }
            Limits::new(&Rates { edge_secret, ..Rates::default() }, true).address(&headers, peer)
        };
        assert_eq!(address(Some(secret), "192.0.2.7", Some(secret)), caller);
        for wrong in
            [None, Some(""), Some("0123456789abcdeF"), Some("0123456789abcde"), Some("0123456789abcdef0")]
        {
            assert_eq!(address(Some(secret), "192.0.2.7", wrong), peer, "{wrong:?}");
        }
        assert_eq!(address(None, "192.0.2.7", Some(secret)), peer);
        assert_eq!(address(Some(secret), "nonsense", Some(secret)), peer);
    }

    #[test]
    fn a_secret_that_can_be_guessed_or_cannot_be_a_header_is_refused() {
        for bad in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdé"] {
            assert!(bad.parse::<EdgeSecret>().is_err(), "{bad}");
        }
        let secret: EdgeSecret = "0123456789abcdef".parse().unwrap();
        assert!(!format!("{secret:?}").contains("0123"));
    }
}
