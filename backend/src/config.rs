//! The program's settings: flags or environment (docs: the contract's "Running it").

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;
use logic::Policy;
use secrecy::SecretString;

use crate::auth::Keys;
use crate::text_file;
use crate::wechat::Login;
use crate::wechat::messenger::{Outgoing, PACE};
use crate::wechat::templates::Templates;

/// The settings that every subcommand takes.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// The database, like mysql://user:password@host:3306/gym. Left out: a private MariaDB or MySQL server is
    /// started on loopback, with its data under var/, and stopped with the program
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<SecretString>,

    /// Without DATABASE_URL: which server the private database runs on
    #[cfg(feature = "private-database")]
    #[arg(long, env = "GYM_DATABASE", default_value = "auto", global = true, value_name = "SERVER")]
    pub database: private_database::Choice,

    /// Where the service answers
    #[arg(long, env = "GYM_LISTEN", default_value = "127.0.0.1:8080", global = true, value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// A JSON file of policy overrides, named as in GET /policy
    #[arg(long, env = "GYM_POLICY", global = true, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The gym's IANA time zone: class times are local to it
    #[arg(long, env = "GYM_TIME_ZONE", default_value = "Asia/Shanghai", global = true, value_name = "ZONE")]
    pub time_zone: Tz,

    /// Where WeChat's API answers; left out: its own address, or under --dev-clock the recorder and dev logins
    #[arg(long, env = "GYM_WECHAT_BASE_URL", global = true, value_name = "URL")]
    pub wechat_base_url: Option<String>,

    /// The mini-program's id
    #[arg(long, env = "GYM_WECHAT_APPID", global = true, value_name = "ID")]
    pub wechat_appid: Option<String>,

    /// The mini-program's secret
    #[arg(long, env = "GYM_WECHAT_SECRET", hide_env_values = true, global = true, value_name = "SECRET")]
    pub wechat_secret: Option<SecretString>,

    /// A JSON file with the ids and fields of the subscribe messages (docs/operations.md)
    #[arg(long, env = "GYM_TEMPLATES", global = true, value_name = "FILE")]
    pub templates: Option<PathBuf>,

    /// Messages a second that are handed to WeChat at most
    #[arg(long, env = "GYM_WECHAT_RATE", default_value_t = PACE.rate, global = true, value_name = "N")]
    pub wechat_rate: NonZeroU32,

    /// Messages that are under way to WeChat at once at most
    #[arg(long, env = "GYM_WECHAT_CONCURRENCY", default_value_t = PACE.concurrency, global = true,
          value_name = "N")]
    pub wechat_concurrency: NonZeroU32,

    /// The signing key, PKCS #8 PEM; made on first start when missing [default: jwt.key under --var]
    #[arg(long, env = "GYM_JWT_KEY", global = true, value_name = "FILE")]
    pub jwt_key: Option<PathBuf>,

    /// A JWK set of the public keys of earlier signing keys, whose tokens are accepted until they expire
    #[arg(long, env = "GYM_JWT_RETIRED", global = true, value_name = "FILE")]
    pub jwt_retired: Option<PathBuf>,

    /// The directory of the files that the program creates: the private database, the signing key
    #[arg(long, env = "GYM_VAR", default_value = "var", global = true, value_name = "DIR")]
    pub var: PathBuf,
}

impl Settings {
    /// The path of the signing key.
    pub fn jwt_key(&self) -> PathBuf {
        self.jwt_key.clone().unwrap_or_else(|| self.var.join("jwt.key"))
    }

    /// Loads the keys that sign and verify tokens, or creates the signing key.
    pub fn load_keys(&self) -> anyhow::Result<Keys> {
        Keys::load_or_create(&self.jwt_key(), self.jwt_retired.as_deref())
    }

    /// Loads how messages are sent: the templates and the pace.
    pub fn load_outgoing(&self) -> anyhow::Result<Outgoing> {
        let templates = match &self.templates {
            None => None,
            Some(path) => Some(
                std::fs::read(path)
                    .context("the file cannot be read")
                    .and_then(|text| Templates::read(text_file::utf8(&text)?))
                    .with_context(|| format!("GYM_TEMPLATES: {}", path.display()))?,
            ),
        };
        Ok(Outgoing { templates, rate: self.wechat_rate, concurrency: self.wechat_concurrency })
    }

    /// Chooses how a login code is exchanged for an openid; `dev` is whether the service runs on the dev clock.
    pub fn load_login(&self, dev: bool) -> anyhow::Result<Login> {
        if dev && self.wechat_base_url.is_none() {
            return Ok(Login::Dev);
        }
        let (Some(appid), Some(secret)) = (&self.wechat_appid, &self.wechat_secret) else {
            tracing::warn!("nobody can log in: GYM_WECHAT_APPID and GYM_WECHAT_SECRET are not set");
            return Ok(Login::Unset);
        };
        Login::by_wechat(self.wechat_base_url.as_deref(), appid, secret)
    }

    /// Loads the policy: the defaults, or the file that `GYM_POLICY` names.
    pub fn load_policy(&self) -> anyhow::Result<Policy> {
        match &self.policy {
            None => Ok(Policy::default()),
            Some(path) => read_policy(path).with_context(|| format!("GYM_POLICY: {}", path.display())),
        }
    }
}

fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let text = std::fs::read(path).context("the file cannot be read")?;
    let json: serde_json::Value =
        serde_json::from_slice(text_file::utf8(&text)?).context("the file is not JSON")?;
    Ok(Policy::from_json(&json)?)
}
