//! `gym doctor`: what is wrong with this installation, a line each.

use std::fmt::Display;

use anyhow::bail;
use sqlx::mysql::MySqlPool;

use crate::auth::Keys;
use crate::clock::{Clock, real_now};
use crate::commands::Database;
use crate::config::Settings;
use crate::db;
use crate::db::private_server::{Kind, version_numbers};
use crate::service::compensation::LEDGER;

/// Seconds of difference between this machine's clock and the database's that are worth a word.
const CLOCKS_APART_SECONDS: i64 = 5;

struct Report {
    troubles: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: Result<impl Display, impl Display>) {
        match outcome {
            Ok(well) => println!("ok       {what}: {well}"),
            Err(wrong) => {
                self.troubles += 1;
                println!("TROUBLE  {what}: {wrong}");
            }
        }
    }
}

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut report = Report { troubles: 0 };
    report.line("policy", settings.load_policy().map(|_| "checked").map_err(|e| format!("{e:#}")));
    report.line("messages", messages(settings).map_err(|e| format!("{e:#}")));
    report.line("time zone", Ok::<_, String>(settings.time_zone));
    report.line("signing key", key(settings));
    match Database::open_as_it_is(settings).await {
        Ok(database) => {
            report.line("database", server(&database.pool).await.map_err(|e| format!("{e:#}")));
            report.line("server defaults", defaults(&database.pool).await.map_err(|e| format!("{e:#}")));
            check_database(&mut report, &database.pool).await;
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
    Keys::load(&path).map(|keys| format!("kid {}", keys.kid())).map_err(|e| format!("{e:#}"))
}

async fn check_database(report: &mut Report, pool: &MySqlPool) {
    let missing = match db::missing_migrations(pool).await {
        Ok(0) => Ok("up to date"),
        Ok(n) => Err(format!("{n} are missing: run `gym migrate`")),
        Err(e) => Err(e.to_string()),
    };
    let current = missing.is_ok();
    report.line("migrations", missing);
    if !current {
        return;
    }
    report.line("clock", clock(pool).await.map_err(|e| format!("{e:#}")));
    let mut well = true;
    for (what, query) in CONSISTENCY.into_iter().chain(LEDGER) {
        match sqlx::query_scalar::<_, i64>(query).fetch_all(pool).await {
            Ok(ids) if ids.is_empty() => {}
            Ok(ids) => {
                well = false;
                report.line(what, Err::<&str, _>(format!("rows {ids:?}")));
            }
            Err(e) => {
                well = false;
                report.line(what, Err::<&str, _>(e));
            }
        }
    }
    if well {
        report.line("counters", Ok::<_, String>("agree with the rows"));
    }
}

/// Which server it is, and its version.
async fn server(pool: &MySqlPool) -> anyhow::Result<String> {
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(pool).await?;
    let kind = Kind::of_version(&version);
    let oldest = kind.oldest();
    if version_numbers(&version).is_none_or(|numbers| numbers < oldest) {
        let (major, minor, patch) = oldest;
        bail!("{kind} {version} is too old: {major}.{minor}.{patch} or newer is needed");
    }
    Ok(format!("{kind} {version}"))
}

/// The service sets these at every connect. But a pooler between it and the server may forget what a session was set
/// to: then the server's own defaults hold.
async fn defaults(pool: &MySqlPool) -> anyhow::Result<&'static str> {
    let (lock_wait, wait_timeout, sql_mode, zone): (i64, i64, String, String) = sqlx::query_as(
        "SELECT CAST(@@global.innodb_lock_wait_timeout AS SIGNED), CAST(@@global.wait_timeout AS SIGNED), \
         @@global.sql_mode, CASE @@global.time_zone WHEN 'SYSTEM' THEN @@system_time_zone ELSE @@global.time_zone END",
    )
    .fetch_one(pool)
    .await?;
    let mut wrong = Vec::new();
    if lock_wait > i64::from(db::LOCK_WAIT_SECONDS) {
        wrong.push(format!("innodb_lock_wait_timeout is {lock_wait}, not {}", db::LOCK_WAIT_SECONDS));
    }
    if wait_timeout < i64::from(db::WAIT_TIMEOUT_SECONDS) {
        wrong.push(format!("wait_timeout is {wait_timeout}, not {} or more", db::WAIT_TIMEOUT_SECONDS));
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

async fn clock(pool: &MySqlPool) -> anyhow::Result<String> {
    let server: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT NOW(3)").fetch_one(pool).await?;
    let apart = (real_now().millis() - server.timestamp_millis()) / 1000;
    if apart.abs() > CLOCKS_APART_SECONDS {
        bail!("this machine's clock and the database's are {apart} s apart");
    }
    Ok(match Clock::of_the_service(pool).await? {
        Clock::Real => "real time".to_owned(),
        dev => format!("the dev clock stands at {}", dev.now().to_rfc3339()),
    })
}

/// What should select nothing, and the first ids of what it selects.
pub const CONSISTENCY: [(&str, &str); 5] = [
    (
        "class_session.booked is not the number of live bookings",
        "SELECT s.id FROM class_session s LEFT JOIN booking b \
           ON b.session_id = s.id AND b.status IN ('booked', 'completed', 'absent') \
         GROUP BY s.id, s.booked HAVING s.booked <> COUNT(b.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.held is not the number of live offers",
        "SELECT s.id FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'notified' \
         GROUP BY s.id, s.held HAVING s.held <> COUNT(w.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.waiting is not the number of waiting entries",
        "SELECT s.id FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'waiting' \
         GROUP BY s.id, s.waiting HAVING s.waiting <> COUNT(w.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.next_ticket was given already",
        "SELECT s.id FROM class_session s JOIN waitlist w ON w.session_id = s.id \
         GROUP BY s.id, s.next_ticket HAVING s.next_ticket <= MAX(w.`position`) ORDER BY s.id LIMIT 10",
    ),
    (
        "a grant's minutes do not add up with its ledger",
        "SELECT g.id FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         GROUP BY g.id, g.compensation_minutes, g.remaining_minutes \
         HAVING g.compensation_minutes <> g.remaining_minutes + COALESCE(SUM(CASE e.kind \
           WHEN 'granted' THEN 0 WHEN 'restored' THEN -e.minutes ELSE e.minutes END), 0) \
         ORDER BY g.id LIMIT 10",
    ),
];
