//! The worker's bindings.

use crate::border::report;
use crate::keys::Keys;
use crate::problem::Problem;
use crate::rates::Limits;
use logic::Code;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// How long the origin may take where nothing is said, in milliseconds.
const DEFAULT_TIMEOUT_MS: u32 = 3000;

/// What `wrangler.toml` and its secrets say. What is missing is told of when it is needed.
pub(crate) struct Config {
    origin: Option<String>,
    /// `JWT_JWKS`: the public keys of the tokens (RFC 7517), as JSON text.
    pub(crate) keys: Keys,
    /// `WEB_ORIGIN`: the origin of the web preview's page, the only one that browsers may call from; none if unset.
    pub(crate) web_origin: Option<String>,
    /// `EDGE_SECRET`: what proves to the origin that it is the edge that asks.
    pub(crate) edge_secret: Option<String>,
    /// `SERVICE_TOKEN`: what the cron handler shows to the origin.
    pub(crate) service_token: Option<String>,
    /// `ORIGIN_TIMEOUT_MS`: how long the origin may take, in milliseconds.
    pub(crate) origin_timeout_ms: u32,
    /// `DEV_CLOCK` is `1`: the origin's clock can be moved, so `/time` and `/dev/*` are the origin's to answer.
    pub(crate) dev_clock: bool,
    /// How often callers may ask.
    pub(crate) limits: Limits,
}

thread_local! {
    /// What was read last, and of which bindings.
    static READ: RefCell<Option<(JsValue, Rc<Config>)>> = const { RefCell::new(None) };
}

impl Config {
    /// What `env` says. The runtime hands the same object to every request of one version of a deployment, and its
    /// bindings do not change: they are read once.
    pub(crate) fn of(env: &JsValue) -> Rc<Self> {
        let known = READ.with_borrow(|read| {
            read.as_ref().filter(|(known, _)| known == env).map(|(_, config)| Rc::clone(config))
        });
        known.unwrap_or_else(|| {
            let config = Rc::new(Self::read(env));
            READ.set(Some((env.clone(), Rc::clone(&config))));
            config
        })
    }

    fn read(env: &JsValue) -> Self {
        Self {
            origin: text(env, "ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned()),
            keys: Keys::new(text(env, "JWT_JWKS").as_deref()),
            web_origin: text(env, "WEB_ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned()),
            edge_secret: text(env, "EDGE_SECRET"),
            service_token: text(env, "SERVICE_TOKEN"),
            origin_timeout_ms: timeout(text(env, "ORIGIN_TIMEOUT_MS")),
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
            report("binding ORIGIN is missing: it must name the backend, e.g. http://127.0.0.1:8080");
            Problem::new(Code::Internal, "the edge is not configured")
        })
    }
}

fn timeout(given: Option<String>) -> u32 {
    let Some(text) = given else { return DEFAULT_TIMEOUT_MS };
    text.parse().ok().filter(|&ms| ms > 0).unwrap_or_else(|| {
        report(&format!(
            "binding ORIGIN_TIMEOUT_MS is `{text}`: it must be whole milliseconds, e.g. {DEFAULT_TIMEOUT_MS}"
        ));
        DEFAULT_TIMEOUT_MS
    })
}

/// A binding's text; missing, empty and not a text are the same.
fn text(env: &JsValue, name: &str) -> Option<String> {
    let value = js_sys::Reflect::get(env, &name.into()).ok()?.as_string()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
