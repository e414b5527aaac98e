//! `gym token`: issues tokens with the key file, and ends them before their time. Both are recorded in the audit.
//!
//! Whether the account has that role is seen when the token is used.

use std::io::Write;

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use contract::token::MAX_ISSUED_SECONDS;
use logic::ids::AccountId;
use logic::status::Role;
use logic::{Instant, Refusal};
use serde_json::json;
use sqlx::mysql::MySqlPool;

use crate::auth::token;
use crate::clock::Clock;
use crate::commands::account::parse_role;
use crate::commands::database::Database;
use crate::commands::output::print;
use crate::config::Settings;
use crate::db::run_tx;
use crate::service::audit::{self, Act};
use crate::store;
use crate::vitals::APART_TOO_FAR_MS;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Token {
    #[command(subcommand)]
    revoke: Option<Command>,
    /// Whose token it is: an account's id
    #[arg(long, value_name = "N", required = true, value_parser = clap::value_parser!(i64).range(1..))]
    account: Option<i64>,
    /// What it lets its bearer do: the role that the account has
    #[arg(long, required = true, value_parser = parse_role, value_name = "member|coach|staff|owner|service")]
    role: Option<Role>,
    /// How long it lives; more than 86340, a day less a minute, is cut to that
    #[arg(long, value_name = "SECONDS", default_value_t = MAX_ISSUED_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..))]
    ttl: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// End tokens before their time: within 30 s no backend takes them any more
    Revoke(Revoke),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Revoke {
    /// Every token of this account that was issued until now
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    account: Option<i64>,
    /// The one token with this id: its claim `jti`
    #[arg(long, value_name = "ID")]
    jti: Option<String>,
}

impl Token {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let database = Database::open(settings).await?;
        let done = match &self.revoke {
            Some(Command::Revoke(revoke)) => revoke.run(&database.pool).await,
            None => self.issue(settings, &database.pool).await,
        };
        database.close().await;
        print(&done?)
    }

    async fn issue(&self, settings: &Settings, pool: &MySqlPool) -> anyhow::Result<String> {
        let (Some(account), Some(role)) = (self.account, self.role) else {
            bail!("name an account and its role");
        };
        let keys = settings.load_keys()?;
        let ttl = self.ttl.min(MAX_ISSUED_SECONDS);
        if ttl < self.ttl {
            // Standard output is the token alone.
            let cut = format!("gym: --ttl is cut from {} to {ttl} s, the longest life of a token", self.ttl);
            let _ = writeln!(std::io::stderr(), "{cut}");
        }
        let jti = uuid::Uuid::new_v4().to_string();
        let (token, _) = token::issue_as(&keys, AccountId(account), role, ttl, &jti)?;
        let act = Act::new("token.issue", format!("account/{account}"));
        let act = act.after(json!({ "role": role, "seconds": ttl, "jti": jti }));
        let now = Clock::of_the_service(pool).await?.now();
        let mut conn = pool.acquire().await?;
        audit::record_command(&mut conn, act, now).await?;
        Ok(token)
    }
}

impl Revoke {
    async fn run(&self, pool: &MySqlPool) -> anyhow::Result<String> {
        let now = Clock::of_the_service(pool).await?.now();
        if let Some(jti) = &self.jti {
            ensure!(
                !jti.is_empty() && jti.len() <= 64 && jti.is_ascii(),
                "--jti: an id is 1 to 64 ASCII characters"
            );
            run_tx(pool, "token_revoke", |conn, _| {
                Box::pin(async move {
                    store::revoked_token_insert(conn, jti).await?;
                    let act = Act::new("token.revoke", format!("token/{jti}"));
                    audit::record_command(conn, act, now).await
                })
            })
            .await?;
            return Ok(format!("the token {jti} is revoked"));
        }
        let account = AccountId(self.account.unwrap_or_default());
        // A token is dated by its issuer's clock, which may be that much ahead.
        let from = Instant::clamped(store::server_now(pool).await?.millis() + APART_TOO_FAR_MS);
        run_tx(pool, "token_revoke", |conn, _| {
            Box::pin(async move {
                if !store::account_revoke_tokens(conn, account, from).await? {
                    return Err(Refusal::because(
                        logic::Code::NotFound,
                        format!("there is no account {account}"),
                    )
                    .into());
                }
                let act = Act::new("token.revoke", format!("account/{account}"));
                audit::record_command(conn, act.after(json!({ "issued_before": from })), now).await
            })
        })
        .await?;
        Ok(format!("tokens of account {account} that were issued before {} are revoked", from.to_rfc3339()))
    }
}
