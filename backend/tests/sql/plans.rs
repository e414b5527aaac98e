//! How a server would find the rows of a statement, once the gym has a history.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, Row};
use test_support::TestApp;

/// Every id of a copied gym lies this much above the original's, times the number of the copy.
const APART: i64 = 10_000_000;
/// Copies of the gym in the past.
const COPIES: i64 = 100;
/// Each is so much older than the one before: more than the days that are played.
const WEEKS_APART: i64 = 5;
/// Copies of what is kept for 400 days, up to the end of what is played: a purge would find older ones at once, and then
/// it reads most of the table.
const COPIES_KEPT: i64 = 7;
/// A statement may look at this many rows of a table whatever it is asked: less than any table has that grows.
const FEW: u64 = 100;
/// Tables that hold few rows by their nature; the timetable is one for all the past.
const SMALL: [&str; 7] = [
    "_sqlx_migrations",
    "course",
    "course_schedule",
    "dev_clock",
    "read_epoch",
    "sweep_setback",
    "sweep_run",
];
/// Ids of rows of the timetable.
const TIMETABLE: [&str; 3] = ["course_schedule_id", "makeup_schedule_id", "makeup_class_id"];

/// Fills the tables with the past: the gym as it stands, again and again, older each time and long over.
/// Hands back the number of rows of each table that grows.
pub(crate) async fn add_history(app: &TestApp) -> BTreeMap<String, u64> {
    let pool = &app.app.pool;
    let mut conn = pool.acquire().await.unwrap();
    conn.execute("SET SESSION foreign_key_checks = 0").await.unwrap();
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT CONVERT(table_name USING utf8mb4), CONVERT(column_name USING utf8mb4), \
         CONVERT(data_type USING utf8mb4), CONVERT(column_key USING utf8mb4) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND COALESCE(generation_expression, '') = '' \
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (table, column, kind, key) in columns {
        if SMALL.contains(&table.as_str()) {
            continue;
        }
        let value = match kind.as_str() {
            "bigint" if !TIMETABLE.contains(&column.as_str()) => format!("`{column}` + n.n * {APART}"),
            "timestamp" | "datetime" | "date" => format!("`{column}` - INTERVAL n.n * {WEEKS_APART} WEEK"),
            "varchar" if key == "UNI" => format!("CONCAT(`{column}`, '-', n.n)"),
            "char" if key == "UNI" => "UUID()".to_owned(),
            _ => format!("`{column}`"),
        };
        tables.entry(table).or_default().push((format!("`{column}`"), value));
    }
    let numbers = (1..=COPIES).map(|n| format!("SELECT {n} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    let mut rows = BTreeMap::new();
    for (table, columns) in tables {
        let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let copy = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} CROSS JOIN ({numbers}) n WHERE n.n <= {}",
            names.join(", "),
            values.join(", "),
            if table.starts_with("message") { COPIES_KEPT } else { COPIES }
        );
        conn.execute(AssertSqlSafe(copy)).await.unwrap_or_else(|e| panic!("{table}: {e}"));
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(count).fetch_one(&mut *conn).await.unwrap();
        rows.insert(table, u64::try_from(count).unwrap());
    }
    // The past is settled.
    for settle in [
        "UPDATE class_session SET due_at = NULL, offers_due_at = NULL, freed_at = NULL, held = 0, waiting = 0, \
         finished_at = ends_at",
        "UPDATE waitlist SET reminder_at = NULL, status = IF(status IN ('waiting', 'notified'), 'expired', status)",
        "UPDATE booking SET status = IF(status = 'booked', 'completed', status), makeup_reminded_at = created_at, \
         makeup_ended_at = created_at",
        "UPDATE outbox SET status = 'sent'",
        "UPDATE class_credit_compensation SET status = 'expired', remaining_minutes = 0, reminded_at = created_time",
    ] {
        conn.execute(AssertSqlSafe(format!("{settle} WHERE id > {APART}"))).await.unwrap();
    }
    conn.close().await.unwrap();
    rows
}

/// Lets the server count what is in the tables.
pub(crate) async fn analyze(app: &TestApp, rows: &BTreeMap<String, u64>) {
    let all = rows.keys().cloned().collect::<Vec<_>>().join(", ");
    app.app.pool.execute(AssertSqlSafe(format!("ANALYZE TABLE {all}"))).await.unwrap();
}

/// What is wrong with the plan of a statement with its values in it: a table that grows is read whole.
pub(crate) async fn full_scans(app: &TestApp, statement: &str, rows: &BTreeMap<String, u64>) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN FORMAT=TRADITIONAL {statement}"));
    let plan = match sqlx::raw_sql(explain).fetch_all(&app.app.pool).await {
        Ok(plan) => plan,
        Err(e) => return vec![format!("it cannot be explained: {e}")],
    };
    let mut wrong = Vec::new();
    for step in plan {
        let text = |column: &str| step.get::<Option<String>, _>(column).unwrap_or_default();
        let (alias, access) = (text("table"), text("type"));
        let Some(table) = table_of(statement, &alias, rows) else { continue };
        // A number on MySQL, text on MariaDB.
        let looked_at: u64 =
            step.try_get("rows").unwrap_or_else(|_| text("rows").parse().unwrap_or_default());
        if ["ALL", "index"].contains(&access.as_str()) && looked_at > FEW && rows[&table] > FEW {
            wrong.push(format!(
                "{access} of {table}: {looked_at} of {} rows, key {:?}, {}",
                rows[&table],
                text("key"),
                text("Extra")
            ));
        }
    }
    wrong
}

/// The table behind an alias.
fn table_of(statement: &str, alias: &str, rows: &BTreeMap<String, u64>) -> Option<String> {
    if rows.contains_key(alias) {
        return Some(alias.to_owned());
    }
    let words: Vec<&str> = statement.split(|c: char| c.is_whitespace() || ",()".contains(c)).collect();
    let named = words.windows(2).find(|pair| pair[1] == alias && rows.contains_key(pair[0]));
    named.map(|pair| pair[0].to_owned())
}
