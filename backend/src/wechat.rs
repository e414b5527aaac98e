//! WeChat: logging in, and messages to members.

pub mod client;
pub mod fields;
pub mod message;
pub mod messenger;
pub(crate) mod request;
pub mod templates;
mod token;

pub use client::WeChat;
pub use messenger::Messenger;

use crate::error::AppError;
use secrecy::SecretString;

/// Where WeChat answers unless `GYM_WECHAT_BASE_URL` says otherwise.
const WECHAT: &str = "https://api.weixin.qq.com";
/// The longest login code. WeChat's have 32 characters.
pub const MAX_CODE: usize = 128;
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
    /// A login by WeChat's API at `base`, or at its own address.
    pub fn by_wechat(base: Option<&str>, appid: &str, secret: &SecretString) -> anyhow::Result<Self> {
        let base = base.unwrap_or(WECHAT);
        Ok(Self::WeChat(WeChat::new(base, appid.to_owned(), secret.clone())?))
    }

    /// Whether `dev:<openid>` logs in.
    pub const fn is_dev(&self) -> bool {
        matches!(self, Self::Dev)
    }

    /// The openid that `code` stands for.
    ///
    /// # Errors
    /// `invalid_request` for what cannot be a code; `unauthenticated` for a code that is not good; `unavailable` if
    /// WeChat cannot be asked.
    pub async fn openid(&self, code: &str) -> Result<String, AppError> {
        if !(1..=MAX_CODE).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AppError::invalid(format!("code: 1 to {MAX_CODE} visible ASCII characters")));
        }
        let openid = match self {
            Self::Dev => match code.strip_prefix("dev:") {
                Some(openid) => openid.to_owned(),
                None => return Err(AppError::unauthenticated("a dev login's code is `dev:<openid>`")),
            },
            Self::WeChat(wechat) => wechat.jscode2session(code).await?,
            Self::Unset => return Err(AppError::Unavailable("WeChat logins are not set up")),
        };
        checked_openid(&openid)?;
        Ok(openid)
    }
}

/// Checks who somebody is to WeChat.
///
/// # Errors
/// `invalid_request` unless it is 1 to 128 bytes of text.
pub fn checked_openid(openid: &str) -> Result<&str, AppError> {
    if openid.is_empty() || openid.len() > MAX_OPENID || openid.chars().any(char::is_control) {
        return Err(AppError::invalid(format!("an openid is 1 to {MAX_OPENID} bytes of text")));
    }
    Ok(openid)
}
