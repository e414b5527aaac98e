//! `gym token`: signs with the key file alone; whether the account has that role is seen when the token is used.

use std::io::Write;

use clap::Args;
use contract::token::MAX_ISSUED_SECONDS;
use logic::ids::AccountId;
use logic::status::Role;

use crate::auth::token;
use crate::config::Settings;

#[derive(Args, Debug)]
pub(super) struct Token {
    /// Whose token it is: an account's id
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    account: i64,
    /// What it lets its bearer do: the role that the account has
    #[arg(long, value_parser = parse_role, value_name = "member|staff|service")]
    role: Role,
    /// How long it lives; more than 86340, a day less a minute, is cut to that
    #[arg(long, value_name = "SECONDS", default_value_t = MAX_ISSUED_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..))]
    ttl: u32,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "must be member, staff or service".to_owned())
}

impl Token {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let keys = settings.load_keys()?;
        let ttl = self.ttl.min(MAX_ISSUED_SECONDS);
        if ttl < self.ttl {
            // Standard output is the token alone.
            let cut = format!("gym: --ttl is cut from {} to {ttl} s, the longest life of a token", self.ttl);
            let _ = writeln!(std::io::stderr(), "{cut}");
        }
        let (token, _) = token::issue(&keys, AccountId(self.account), self.role, ttl)?;
        println!("{token}");
        Ok(())
    }
}
