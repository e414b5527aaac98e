//! `gym token`: signs with the key file alone; whether the account has that role is seen when the token is used.

use clap::Args;
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
    /// How long it lives, at most a day
    #[arg(long, value_name = "SECONDS", default_value_t = contract::token::MAX_LIFE_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(contract::token::MAX_LIFE_SECONDS)))]
    ttl: u32,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "must be member, staff or service".to_owned())
}

impl Token {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let keys = settings.load_keys()?;
        let (token, _) = token::issue(&keys, AccountId(self.account), self.role, self.ttl)?;
        println!("{token}");
        Ok(())
    }
}
