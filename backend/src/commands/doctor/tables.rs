//! What is wrong in the tables: a line a row, with its table, its id, what is wrong and what would be right.

use chrono_tz::Tz;
use logic::ids::SessionId;
use sqlx::mysql::MySqlPool;

use super::report::Report;
use crate::clock::Clock;
use crate::db::{self, MIGRATIONS};
use crate::service::timetable;
use crate::store::{self, Conn};

/// Classes that are read at once.
const CLASSES_AT_ONCE: u32 = 1_000;
/// Rows that one check reports at most.
const ROWS_MAX: usize = 10;

/// Reports all that is wrong in the tables.
pub(super) async fn check(report: &mut Report, pool: &MySqlPool, zone: Tz) -> anyhow::Result<()> {
    let now = Clock::of_the_service(pool).await?;
    let conn = &mut *pool.acquire().await?;
    schema(report, conn).await?;
    for check in store::checks() {
        for row in check.run(&mut *conn).await? {
            wrong_row(report, check.table, &row.id, &row.wrong, check.right);
        }
    }
    for key in store::schema_list_foreign_keys(&mut *conn).await? {
        for row in store::schema_list_orphans(&mut *conn, &key).await? {
            let right = format!("{} is an id of {}", key.column_name, key.referenced_table);
            wrong_row(report, &key.table_name, &row.id, &row.wrong, &right);
        }
    }
    starts(report, conn, zone, &now).await
}

fn wrong_row(report: &mut Report, table: &str, id: &str, wrong: &str, right: &str) {
    report.line(&format!("{table} {id}"), Err::<&str, _>(format!("{wrong}; right: {right}")));
}

/// Reports migrations of a newer release, and keys and constraints that were dropped.
async fn schema(report: &mut Report, conn: &mut Conn) -> anyhow::Result<()> {
    for row in store::migration_list(&mut *conn).await? {
        if MIGRATIONS.iter().all(|migration| migration.version != row.version) {
            let done = if row.success { "" } else { ", half done" };
            let wrong = format!("{} ({}{done}) is of a newer release", row.version, row.description);
            let line = format!("{wrong}; right: the `gym doctor` of the newest release that runs here");
            report.line("migrations", Err::<&str, _>(line));
        }
    }
    for missing in db::missing_parts(conn).await? {
        let part = missing.part;
        let wrong = format!("{} {} is not there", part.kind, part.name);
        let line = format!("{wrong}; right: as migration {} made it", missing.migration);
        report.line(&part.table_name, Err::<&str, _>(line));
    }
    Ok(())
}

/// Reports classes to come that do not start when the timetable says.
async fn starts(report: &mut Report, conn: &mut Conn, zone: Tz, clock: &Clock) -> anyhow::Result<()> {
    let (mut after, mut reported) = (SessionId(0), 0);
    loop {
        let rows = store::class_session_list_starts(&mut *conn, clock.now(), after, CLASSES_AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in rows {
            let right = timetable::starts_at(zone, row.booking_date, row.start_time);
            if right != row.starts_at && reported < ROWS_MAX {
                reported += 1;
                let wrong = format!("it starts at {}", row.starts_at.to_rfc3339());
                let right =
                    format!("at {}, as its schedule and the time zone {zone} say", right.to_rfc3339());
                wrong_row(report, "class_session", &row.id.to_string(), &wrong, &right);
            }
        }
    }
}
