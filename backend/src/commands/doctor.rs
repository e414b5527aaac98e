//! `gym doctor`: what is wrong with this installation, a line each.

mod report;
mod tables;

use std::os::unix::fs::PermissionsExt;

use anyhow::bail;
use clap::Args;
use sqlx::mysql::MySqlPool;

use crate::auth::Keys;
use crate::clock::{self, Clock};
use crate::commands::database::Database;
use crate::config::Settings;
use crate::db::{self, SchemaState};
use crate::service::policies;
use crate::store::{self, ServerDefaults};
use crate::vitals::{self, APART_WORTH_SAYING_MS};

use report::Report;

/// The oldest versions that the schema can live with: constraints that are enforced, SKIP LOCKED.
const OLDEST_MYSQL: (u32, u32, u32) = (8, 0, 16);
const OLDEST_MARIADB: (u32, u32, u32) = (10, 6, 0);

/// Options of `gym doctor`.
#[derive(Args, Debug)]
pub(super) struct Doctor {
    /// The service is meant to run on the dev clock
    #[arg(long)]
    dev_clock: bool,
}

impl Doctor {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        run(settings, self.dev_clock).await
    }
}

async fn run(settings: &Settings, dev_clock: bool) -> anyhow::Result<()> {
    let mut report = Report::default();
    report.line("policy", settings.load_policy().map(|_| "checked").map_err(|e| format!("{e:#}")));
    report.line("messages", messages(settings).map_err(|e| format!("{e:#}")));
    report.line("time zone", Ok::<_, String>(settings.time_zone));
    report.line("signing key", key(settings));
    match Database::open_as_it_is(settings).await {
        Ok(database) => {
            report.line("database", server(&database.pool).await.map_err(|e| format!("{e:#}")));
            report.line("server defaults", defaults(&database.pool).await.map_err(|e| format!("{e:#}")));
            check_database(&mut report, &database.pool, settings, dev_clock).await;
            database.close().await;
        }
        Err(e) => report.line("database", Err::<&str, _>(format!("{e:#}"))),
    }
    if report.troubles > 0 {
        bail!("{} of these need attention", report.troubles);
    }
    Ok(())
}

/// Templates are needed where messages go to WeChat.
fn messages(settings: &Settings) -> anyhow::Result<String> {
    let Some(templates) = settings.load_outgoing()?.templates else {
        if settings.wechat_appid.is_some() {
            bail!("no message is sent: GYM_TEMPLATES is not set");
        }
        return Ok("no templates are set up".to_owned());
    };
    let missing = templates.missing();
    if !missing.is_empty() {
        bail!("GYM_TEMPLATES has no template for {}: these are not sent", missing.join(", "));
    }
    Ok("every message has its template".to_owned())
}

fn key(settings: &Settings) -> Result<String, String> {
    let path = settings.jwt_key();
    if !path.exists() {
        return Ok(format!("{} is made on the first start", path.display()));
    }
    let mode = path.metadata().map_err(|e| format!("{}: {e}", path.display()))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "{} can be read or written by others (mode {mode:o}); right: only its owner can (mode 600)",
            path.display()
        ));
    }
    Keys::load(&path).map(|keys| format!("kid {}", keys.kid())).map_err(|e| format!("{e:#}"))
}

/// What the database keeps counts, whatever the file says.
async fn stored_policy(settings: &Settings, pool: &MySqlPool) -> anyhow::Result<String> {
    let now = Clock::of_the_service(pool).await?.now();
    let Some(policy) = policies::in_force(pool, now).await? else {
        return Ok("made on the first start".to_owned());
    };
    let fields = settings.load_policy().map(|file| policies::differing(&file, &policy)).unwrap_or_default();
    Ok(if fields.is_empty() {
        "is that of the settings".to_owned()
    } else {
        format!("counts, and differs from the settings in {}", fields.join(", "))
    })
}

async fn check_database(report: &mut Report, database: &MySqlPool, settings: &Settings, dev_clock: bool) {
    let state = match db::schema_state(database).await {
        Ok(SchemaState::Current) => Ok("up to date"),
        Ok(other) => Err(other.to_string()),
        Err(e) => Err(e.to_string()),
    };
    let current = state.is_ok();
    report.line("migrations", state);
    if !current {
        return;
    }
    report.line("stored policy", stored_policy(settings, database).await.map_err(|e| format!("{e:#}")));
    report.line("clock", clock(database, dev_clock).await.map_err(|e| format!("{e:#}")));
    let before = report.troubles;
    if let Err(e) = tables::check(report, database, settings.time_zone).await {
        report.line("tables", Err::<&str, _>(e));
    }
    if report.troubles == before {
        report.line("counters", Ok::<_, String>("agree with the rows"));
    }
}

/// Which server it is, and its version.
async fn server(pool: &MySqlPool) -> anyhow::Result<String> {
    let version = store::server_version(pool).await?;
    let (server, oldest) =
        if version.contains("MariaDB") { ("MariaDB", OLDEST_MARIADB) } else { ("MySQL", OLDEST_MYSQL) };
    if version_numbers(&version).is_none_or(|numbers| numbers < oldest) {
        let (major, minor, patch) = oldest;
        bail!("{server} {version} is too old: {major}.{minor}.{patch} or newer is needed");
    }
    Ok(format!("{server} {version}"))
}

/// The three numbers that a version begins with.
fn version_numbers(version: &str) -> Option<(u32, u32, u32)> {
    let number = |text: &str| text.parse::<u32>().ok();
    let mut numbers = version.split(['.', '-', '+']).map(number);
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

/// The service sets these at every connect. But a pooler between it and the server may forget what a session was set
/// to: then the server's own defaults hold.
async fn defaults(pool: &MySqlPool) -> anyhow::Result<&'static str> {
    let ServerDefaults { lock_wait, wait_timeout, sql_mode, time_zone: zone } =
        store::server_defaults(pool).await?;
    let mut wrong = Vec::new();
    if lock_wait > i64::from(db::LOCK_WAIT_SECONDS) {
        wrong.push(format!("innodb_lock_wait_timeout is {lock_wait}, not {}", db::LOCK_WAIT_SECONDS));
    }
    if wait_timeout != i64::from(db::WAIT_TIMEOUT_SECONDS) {
        wrong.push(format!("wait_timeout is {wait_timeout}, not {}", db::WAIT_TIMEOUT_SECONDS));
    }
    if !sql_mode.contains("STRICT_TRANS_TABLES") {
        wrong.push(format!("sql_mode is {sql_mode}, without STRICT_TRANS_TABLES"));
    }
    if !["+00:00", "UTC"].contains(&zone.as_str()) {
        wrong.push(format!("time_zone is {zone}, not +00:00"));
    }
    if !wrong.is_empty() {
        bail!("{} (docs/operations.md, \"The database\")", wrong.join("; "));
    }
    Ok("lock wait, wait_timeout, sql_mode and time_zone are as the service sets them")
}

async fn clock(pool: &MySqlPool, dev_clock: bool) -> anyhow::Result<String> {
    let ahead_ms = clock::ahead_of_database(pool).await?;
    if ahead_ms.abs() > APART_WORTH_SAYING_MS {
        bail!("{}", vitals::apart(ahead_ms));
    }
    Ok(match Clock::of_the_service(pool).await? {
        Clock::Real => "real time".to_owned(),
        dev if dev_clock => format!("the dev clock stands at {}", dev.now().to_rfc3339()),
        dev => bail!(
            "the dev clock stands at {}; right: real time, which `gym serve` sets (where the dev clock is meant: gym \
             doctor --dev-clock)",
            dev.now().to_rfc3339()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::version_numbers;

    #[test]
    fn a_version_begins_with_three_numbers() {
        assert_eq!(version_numbers("9.7.4-2"), Some((9, 7, 4)));
        assert_eq!(version_numbers("10.11.19-MariaDB-0+deb12u1"), Some((10, 11, 19)));
        assert_eq!(version_numbers("unknown"), None);
    }
}
