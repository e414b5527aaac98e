//! WeChat's access token (`stable_token`): one refresh for all callers.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::request::ask;

/// A token that expires within this time is replaced before it is used. In the last five minutes of a token WeChat issues
/// the next one, and both are valid.
const BEFORE_END: Duration = Duration::from_secs(5 * 60);
/// The least time between two forced refreshes: WeChat allows 20 a day, at least 30 seconds apart.
const BETWEEN_FORCED: Duration = Duration::from_secs(60);

/// The longest life that a token is given here, whatever WeChat says; its tokens live for two hours.
const LONGEST_LIFE: Duration = Duration::from_secs(2 * 60 * 60);

/// WeChat gave no token.
#[derive(Debug, thiserror::Error)]
#[error("no access token from WeChat: {0}")]
pub(super) struct Unobtainable(String);

/// The current token. Its lock is held while a new one is fetched, so that callers wait for that one and fetch no other.
pub(super) struct Tokens {
    http: reqwest::Client,
    url: Url,
    appid: String,
    secret: SecretString,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<(SecretString, Instant)>,
    forced_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(default)]
    errcode: i64,
    access_token: Option<SecretString>,
    /// Seconds.
    #[serde(default)]
    expires_in: u64,
}

impl Tokens {
    pub(super) fn new(http: reqwest::Client, url: Url, appid: String, secret: SecretString) -> Self {
        Self { http, url, appid, secret, held: Mutex::default() }
    }

    /// Returns a token that is valid for some minutes.
    pub(super) async fn current(&self) -> Result<SecretString, Unobtainable> {
        let mut held = self.held.lock().await;
        match &held.token {
            Some((token, ends)) if *ends > Instant::now() + BEFORE_END => Ok(token.clone()),
            _ => self.fetch(&mut held, false).await,
        }
    }

    /// A token in place of one that WeChat refused: forced out of WeChat, unless another caller has replaced it
    /// meanwhile, or one was forced just before.
    pub(super) async fn instead_of(&self, refused: &SecretString) -> Result<SecretString, Unobtainable> {
        let mut held = self.held.lock().await;
        if let Some((token, _)) = &held.token
            && token.expose_secret() != refused.expose_secret()
        {
            return Ok(token.clone());
        }
        let now = Instant::now();
        if held.forced_at.is_some_and(|at| now.duration_since(at) < BETWEEN_FORCED) {
            return Err(Unobtainable("it refuses one that was forced just before".to_owned()));
        }
        held.forced_at = Some(now);
        self.fetch(&mut held, true).await
    }

    async fn fetch(&self, held: &mut Held, force: bool) -> Result<SecretString, Unobtainable> {
        held.token = None;
        let asked_at = Instant::now();
        let request = self.http.post(self.url.clone()).json(&json!({
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret.expose_secret(),
            "force_refresh": force,
        }));
        let granted: Granted = ask(request).await.map_err(|e| Unobtainable(e.to_string()))?;
        let (0, Some(token)) = (granted.errcode, granted.access_token) else {
            return Err(Unobtainable(format!("error {}", granted.errcode)));
        };
        metrics::counter!("gym_wechat_tokens_total", "forced" => if force { "yes" } else { "no" })
            .increment(1);
        let lives = Duration::from_secs(granted.expires_in).min(LONGEST_LIFE);
        held.token = Some((token.clone(), asked_at + lives));
        Ok(token)
    }
}
