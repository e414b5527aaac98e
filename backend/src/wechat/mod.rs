//! WeChat's server API, as far as logging in goes.

pub mod message;

use std::time::Duration;

use anyhow::Context;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::config::Settings;
use crate::error::AppError;

/// Where WeChat answers unless `GYM_WECHAT_BASE_URL` says otherwise.
const WECHAT: &str = "https://api.weixin.qq.com";
/// What an account's openid may be long (the column's width).
const MAX_OPENID: usize = 128;

/// How the code of a login becomes an openid.
pub enum Login {
    /// `dev:<openid>` is that openid: under the dev clock, without WeChat.
    Dev,
    /// WeChat's `jscode2session`.
    WeChat(WeChat),
    /// Nobody can log in until `GYM_WECHAT_APPID` and `GYM_WECHAT_SECRET` are set.
    Unset,
}

impl Login {
    /// What the settings ask for.
    ///
    /// # Errors
    /// The base URL is malformed, or TLS cannot be set up.
    pub fn new(settings: &Settings, dev: bool) -> anyhow::Result<Self> {
        if dev && settings.wechat_base_url.is_none() {
            return Ok(Self::Dev);
        }
        let (Some(appid), Some(secret)) = (&settings.wechat_appid, &settings.wechat_secret) else {
            tracing::warn!("nobody can log in: GYM_WECHAT_APPID and GYM_WECHAT_SECRET are not set");
            return Ok(Self::Unset);
        };
        let base = settings.wechat_base_url.as_deref().unwrap_or(WECHAT);
        Ok(Self::WeChat(WeChat::new(base, appid.clone(), secret.clone())?))
    }

    /// The openid that `code` stands for.
    ///
    /// # Errors
    /// `unauthenticated` for a code that is not good; `unavailable` if WeChat cannot be asked.
    pub async fn openid(&self, code: &str) -> Result<String, AppError> {
        let openid = match self {
            Self::Dev => match code.strip_prefix("dev:") {
                Some(openid) => openid.to_owned(),
                None => return Err(AppError::unauthenticated("a dev login's code is `dev:<openid>`")),
            },
            Self::WeChat(wechat) => wechat.jscode2session(code).await?,
            Self::Unset => return Err(AppError::Unavailable("WeChat logins are not set up".to_owned())),
        };
        if openid.is_empty() || openid.len() > MAX_OPENID || openid.chars().any(char::is_control) {
            return Err(AppError::invalid(format!("an openid is 1 to {MAX_OPENID} bytes of text")));
        }
        Ok(openid)
    }
}

/// Names the library that does TLS, before a client is made.
pub(crate) fn choose_tls() {
    // Said once per process; a second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client of WeChat's server API.
pub struct WeChat {
    http: reqwest::Client,
    jscode2session: Url,
    appid: String,
    secret: SecretString,
}

/// What `jscode2session` answers: an openid, or an error code.
#[derive(Deserialize)]
struct Session {
    openid: Option<String>,
    #[serde(default)]
    errcode: i64,
}

impl WeChat {
    /// A client of the API at `base`.
    ///
    /// # Errors
    /// `base` is no URL, or TLS cannot be set up.
    pub fn new(base: &str, appid: String, secret: SecretString) -> anyhow::Result<Self> {
        choose_tls();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(5))
            .build()
            .context("the client for WeChat cannot be made")?;
        let base: Url = base.parse().with_context(|| format!("GYM_WECHAT_BASE_URL: `{base}` is no URL"))?;
        let jscode2session = base.join("/sns/jscode2session").context("GYM_WECHAT_BASE_URL")?;
        Ok(Self { http, jscode2session, appid, secret })
    }

    async fn jscode2session(&self, code: &str) -> Result<String, AppError> {
        // Errors of reqwest show the URL, and this one holds the secret.
        let away = |e: reqwest::Error| AppError::Unavailable(format!("WeChat: {}", e.without_url()));
        let query = [
            ("appid", self.appid.as_str()),
            ("secret", self.secret.expose_secret()),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let answer = self.http.get(self.jscode2session.clone()).query(&query).send().await.map_err(away)?;
        let session: Session = answer.error_for_status().map_err(away)?.json().await.map_err(away)?;
        match (session.errcode, session.openid) {
            (0, Some(openid)) => Ok(openid),
            // invalid code, code been used, code blocked
            (40029 | 40163 | 40226, _) => Err(AppError::unauthenticated("WeChat does not accept the code")),
            (errcode, _) => Err(AppError::Unavailable(format!("WeChat answered error {errcode}"))),
        }
    }
}
