//! `gym account`: lists the people who work at the gym and gives them roles. It makes the first owner.

use clap::{Args, Subcommand};
use logic::ids::AccountId;
use logic::status::Role;
use sqlx::mysql::MySqlPool;

use crate::clock::Clock;
use crate::commands::database::Database;
use crate::commands::output::print;
use crate::config::Settings;
use crate::db::run_tx;
use crate::service::accounts::{self, RoleChange};
use crate::store::{self, AccountRow};
use crate::wechat::checked_openid;

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// List accounts, a line each: number, role, name
    List(List),
    /// Give an account a role; files leave it as it is from then on
    SetRole(SetRole),
}

#[derive(Args, Debug)]
pub(super) struct List {
    /// Only accounts with this role; left out: everybody but members
    #[arg(long, value_parser = parse_role, value_name = "member|coach|staff|owner|service")]
    role: Option<Role>,
}

#[derive(Args, Debug)]
pub(super) struct SetRole {
    #[command(flatten)]
    who: Who,
    /// The role
    #[arg(long, value_parser = parse_role, value_name = "member|coach|staff|owner|service")]
    role: Role,
    /// The person's name; left out: as it is
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Take the role of the last owner too
    #[arg(long)]
    force: bool,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Who {
    /// The account's number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    id: Option<i64>,
    /// Who it is to WeChat; an account that was never seen is made
    #[arg(long, value_name = "X")]
    openid: Option<String>,
}

/// Reads a role's name.
pub(super) fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "must be member, coach, staff, owner or service".to_owned())
}

impl Account {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let database = Database::open(settings).await?;
        let done = match self {
            Self::List(list) => list.run(&database.pool).await,
            Self::SetRole(set) => set.run(&database.pool).await,
        };
        database.close().await;
        print(&done?)
    }
}

impl List {
    async fn run(&self, pool: &MySqlPool) -> anyhow::Result<String> {
        let roles: &[Role] = match &self.role {
            Some(role) => std::slice::from_ref(role),
            None => &[Role::Owner, Role::Staff, Role::Coach, Role::Service],
        };
        let mut lines = Vec::new();
        for role in roles {
            let mut after = 0;
            loop {
                let rows = store::account_list(pool, None, Some(*role), after, PAGE).await?;
                let Some(last) = rows.last() else { break };
                after = last.id.0;
                lines.extend(rows.iter().map(line));
            }
        }
        Ok(lines.join("\n"))
    }
}

/// Accounts that are read at once.
const PAGE: u32 = 500;

fn line(AccountRow { id, role, name, .. }: &AccountRow) -> String {
    format!("{id}\t{role}\t{}", name.as_deref().unwrap_or("-"))
}

impl SetRole {
    async fn run(&self, pool: &MySqlPool) -> anyhow::Result<String> {
        let now = Clock::of_the_service(pool).await?.now();
        let Self { who, role, force, .. } = self;
        let name = self.name.as_deref().map(accounts::checked_name).transpose()?;
        who.openid.as_deref().map(checked_openid).transpose()?;
        let change = &RoleChange::by_command(*role, name, *force);
        let account = run_tx(pool, "account_role", |conn, _| {
            Box::pin(async move {
                let id = match &who.openid {
                    Some(openid) => store::account_ensure(conn, openid).await?.id,
                    None => AccountId(who.id.unwrap_or_default()),
                };
                Ok(accounts::change_role(conn, id, change, now).await??)
            })
        })
        .await?;
        Ok(format!("account {} is {} now", account.account_id, account.role))
    }
}
