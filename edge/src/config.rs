//! The worker's bindings.

use crate::keys::Keys;
use crate::rates::Limits;
use contract::problem::Problem;
use logic::Code;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Env, console_error};

/// How long the origin may take for a read where `ORIGIN_TIMEOUT_MS` is unset, in milliseconds.
const DEFAULT_TIMEOUT_MS: u32 = 3000;
/// The same for a write and `ORIGIN_WRITE_TIMEOUT_MS`: longer than the backend takes at most.
const DEFAULT_WRITE_TIMEOUT_MS: u32 = 9000;

/// The bindings of `wrangler.toml` and its secrets. A missing one is reported when it is needed.
pub(crate) struct Config {
    origin: Option<String>,
    /// `JWT_JWKS`: the public keys of the tokens (RFC 7517), as JSON text.
    pub(crate) keys: Keys,
    /// `WEB_ORIGIN`: the origin of the web preview, the only one whose pages may call; none if unset.
    pub(crate) web_origin: Option<String>,
    /// `EDGE_SECRET`: proves to the origin that the edge asks.
    pub(crate) edge_secret: Option<String>,
    /// `SERVICE_TOKEN`: the token of the cron handler where there is no `EDGE_SECRET`.
    pub(crate) service_token: Option<String>,
    /// `ORIGIN_TIMEOUT_MS`: how long the origin may take for a read, in milliseconds.
    pub(crate) origin_timeout_ms: u32,
    /// `ORIGIN_WRITE_TIMEOUT_MS`: how long the origin may take for a write, in milliseconds.
    pub(crate) origin_write_timeout_ms: u32,
    /// `DEV_CLOCK` is `1`: the origin's clock can be moved, so the origin answers `/time` and `/dev/*`.
    pub(crate) dev_clock: bool,
    /// How often callers may ask.
    pub(crate) limits: Limits,
}

thread_local! {
    /// The configuration that was read last, and the bindings that it was read from.
    static READ: RefCell<Option<(Env, Rc<Config>)>> = const { RefCell::new(None) };
}

impl Config {
    /// Reads the bindings, once: the runtime hands the same object to every event of one deployed version, and its
    /// bindings do not change.
    pub(crate) fn of(env: &Env) -> Rc<Self> {
        let known = READ.with_borrow(|read| {
            read.as_ref().filter(|(known, _)| **known == **env).map(|(_, config)| Rc::clone(config))
        });
        known.unwrap_or_else(|| {
            let config = Rc::new(Self::read(env));
            READ.set(Some((env.clone(), Rc::clone(&config))));
            config
        })
    }

    fn read(env: &Env) -> Self {
        Self {
            origin: text(env, "ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned()),
            keys: Keys::new(text(env, "JWT_JWKS").as_deref()),
            web_origin: text(env, "WEB_ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned()),
            edge_secret: text(env, "EDGE_SECRET"),
            service_token: text(env, "SERVICE_TOKEN"),
            origin_timeout_ms: timeout(env, "ORIGIN_TIMEOUT_MS", DEFAULT_TIMEOUT_MS),
            origin_write_timeout_ms: timeout(env, "ORIGIN_WRITE_TIMEOUT_MS", DEFAULT_WRITE_TIMEOUT_MS),
            dev_clock: text(env, "DEV_CLOCK").as_deref() == Some("1"),
            limits: Limits::of(env),
        }
    }

    /// `ORIGIN`: scheme, host and port of the backend, without a slash at the end.
    ///
    /// # Errors
    /// `internal` when the binding is missing; the log names it.
    pub(crate) fn origin(&self) -> Result<&str, Problem> {
        self.origin.as_deref().ok_or_else(|| {
            console_error!("binding ORIGIN is missing: it must name the backend, e.g. http://127.0.0.1:8080");
            Problem::new(Code::Internal, "the edge is not configured")
        })
    }
}

fn timeout(env: &Env, name: &str, default: u32) -> u32 {
    let Some(text) = text(env, name) else { return default };
    text.parse().ok().filter(|&ms| ms > 0).unwrap_or_else(|| {
        console_error!("binding {name} is `{text}`: it must be whole milliseconds, e.g. {default}");
        default
    })
}

/// A binding's text, trimmed. `None` if it is missing, empty or of another type.
fn text(env: &Env, name: &str) -> Option<String> {
    let value = env.var(name).ok()?.to_string();
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
