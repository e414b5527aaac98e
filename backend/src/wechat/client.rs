//! A client of WeChat's server API. What answers there is not trusted further than needed: redirects are not followed
//! (they would take the app's secret along), answers are short and in time, and TLS is required but on loopback.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::{Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::request::{ask, choose_tls};
use super::token::{Tokens, Unobtainable};
use crate::error::AppError;

/// How long a call may take, connecting included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Logins that WeChat is asked about at once; more wait.
const LOGINS_AT_ONCE: usize = 16;

/// WeChat's server API for one mini-program: cheap to clone, with one access token for all clones.
#[derive(Clone)]
pub struct WeChat(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    jscode2session: Url,
    subscribe_send: Url,
    appid: String,
    secret: SecretString,
    tokens: Tokens,
    logins: Semaphore,
}

/// Why a message did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// 43101: the member gave no consent, or took it back. No later attempt changes that.
    #[error("the member did not subscribe to this message (43101)")]
    NoConsent,
    /// 47003: a field breaks its template's rules.
    #[error("WeChat refuses the field {field} (47003)")]
    Field {
        /// Which, as WeChat names it.
        field: String,
    },
    /// Another refusal that repeating is known not to change, such as an unknown template.
    #[error("WeChat refuses it: error {code}")]
    Refused {
        /// WeChat's `errcode`.
        code: i64,
    },
    /// It may well be taken later.
    #[error("{0}")]
    Later(String),
}

/// What `jscode2session` answers; it leaves `errcode` out where all went well.
#[derive(Deserialize)]
struct Session {
    #[serde(default)]
    errcode: i64,
    openid: Option<String>,
}

/// What became of a message. Without an `errcode` it was not WeChat that answered.
#[derive(Deserialize)]
struct Sent {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl WeChat {
    /// A client of the API at `base`.
    ///
    /// # Errors
    /// `base` is no URL, or is neither `https` nor on loopback; TLS cannot be set up.
    pub fn new(base: &str, appid: String, secret: SecretString) -> anyhow::Result<Self> {
        choose_tls();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .build()
            .context("the client for WeChat cannot be made")?;
        let base: Url = base.parse().with_context(|| format!("GYM_WECHAT_BASE_URL: `{base}` is no URL"))?;
        ensure!(
            base.scheme() == "https" || (base.scheme() == "http" && is_loopback(&base)),
            "GYM_WECHAT_BASE_URL: `{base}` must be https, since the app's secret goes there; http is for loopback"
        );
        let at = |path| base.join(path).context("GYM_WECHAT_BASE_URL");
        let tokens = Tokens::new(http.clone(), at("/cgi-bin/stable_token")?, appid.clone(), secret.clone());
        Ok(Self(Arc::new(Inner {
            jscode2session: at("/sns/jscode2session")?,
            subscribe_send: at("/cgi-bin/message/subscribe/send")?,
            http,
            appid,
            secret,
            tokens,
            logins: Semaphore::new(LOGINS_AT_ONCE),
        })))
    }

    /// The openid that a login code stands for.
    ///
    /// # Errors
    /// `unauthenticated` for a code that is not good; `unavailable` if WeChat cannot be asked.
    pub(super) async fn jscode2session(&self, code: &str) -> Result<String, AppError> {
        let inner = &*self.0;
        let query = [
            ("appid", inner.appid.as_str()),
            ("secret", inner.secret.expose_secret()),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let request = inner.http.get(inner.jscode2session.clone()).query(&query);
        // The semaphore is never closed.
        let _turn = inner.logins.acquire().await;
        let session: Session =
            ask(request).await.map_err(|e| AppError::Unreachable(format!("WeChat: {e}")))?;
        match (session.errcode, session.openid) {
            (0, Some(openid)) => Ok(openid),
            // invalid code, code been used, code blocked, missing code
            (40029 | 40163 | 40226 | 41008, _) => {
                Err(AppError::unauthenticated("WeChat does not accept the code"))
            }
            (errcode, _) => Err(AppError::Unreachable(format!("WeChat answered error {errcode}"))),
        }
    }

    /// Sends a subscribe message once. An access token that WeChat no longer takes is replaced and the message sent
    /// again, once.
    pub async fn send(
        &self,
        openid: &str,
        template_id: &str,
        page: &str,
        data: &Value,
    ) -> Result<(), SendError> {
        let message = json!({
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "data": data,
            "lang": "zh_CN",
        });
        let token = self.0.tokens.current().await?;
        match self.post(&message, &token).await? {
            (40001 | 40014 | 42001, _) => {
                let fresh = self.0.tokens.instead_of(&token).await?;
                verdict(self.post(&message, &fresh).await?)
            }
            answer => verdict(answer),
        }
    }

    async fn post(&self, message: &Value, token: &SecretString) -> Result<(i64, String), SendError> {
        let request = self
            .0
            .http
            .post(self.0.subscribe_send.clone())
            .query(&[("access_token", token.expose_secret())])
            .json(message);
        let sent: Sent = ask(request).await.map_err(|e| SendError::Later(format!("WeChat: {e}")))?;
        Ok((sent.errcode, sent.errmsg))
    }
}

impl From<Unobtainable> for SendError {
    fn from(why: Unobtainable) -> Self {
        Self::Later(why.to_string())
    }
}

/// Whether a URL's host is this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// What an `errcode` means for the message. The list is WeChat's and open: what is not known here may pass, and is
/// tried again while there is time.
fn verdict((code, message): (i64, String)) -> Result<(), SendError> {
    match code {
        0 => Ok(()),
        43101 => Err(SendError::NoConsent),
        47003 => Err(SendError::Field { field: field_of(&message).unwrap_or("(unnamed)").to_owned() }),
        // invalid openid, invalid template id, invalid page
        40003 | 40037 | 41030 => Err(SendError::Refused { code }),
        // Busy (-1); a token again refused; the minute's or the day's quota spent (45009, 45011, 45047); two messages
        // to one member at once (43108); whatever comes.
        code => Err(SendError::Later(format!("WeChat answered error {code}"))),
    }
}

/// The field that a 47003 names: `argument invalid! data.thing1.value invalid`.
fn field_of(message: &str) -> Option<&str> {
    let rest = message.split_once("data.")?.1;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_tried_again() {
        let of = |code| verdict((code, String::new()));
        assert_eq!(of(0), Ok(()));
        assert_eq!(of(43101), Err(SendError::NoConsent));
        for code in [40003, 40037, 41030] {
            assert_eq!(of(code), Err(SendError::Refused { code }));
        }
        for code in [-1, 43108, 45009, 40001, 1, 99_999] {
            assert!(matches!(of(code), Err(SendError::Later(_))), "{code}");
        }
    }

    #[test]
    fn the_secret_goes_to_https_or_to_this_machine() {
        let made = |base: &str| WeChat::new(base, "wx1".to_owned(), "s3cret".into()).map(drop);
        for base in
            ["https://api.weixin.qq.com", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"]
        {
            made(base).unwrap();
        }
        for base in ["http://api.weixin.qq.com", "http://127.0.0.1.example", "ftp://127.0.0.1", "nonsense"] {
            let error = made(base).unwrap_err().to_string();
            assert!(error.contains("GYM_WECHAT_BASE_URL"), "{base}: {error}");
        }
    }

    #[test]
    fn a_47003_names_its_field() {
        let message = "argument invalid! data.thing1.value invalid rid: 6f-1";
        assert_eq!(field_of(message), Some("thing1"));
        assert_eq!(field_of("argument invalid! data.short_thing12"), Some("short_thing12"));
        assert_eq!(field_of("argument invalid!"), None);
        assert_eq!(field_of("data."), None);
    }
}
