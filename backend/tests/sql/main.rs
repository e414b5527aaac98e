//! Every SQL text of the backend, on every kind of server that is installed: the server takes it, and finds its rows
//! without reading a whole table that grows.
//!
//! The texts are found twice. The server logs what it is asked while days of a gym are played: so statements that are
//! put together at run time are seen whole, and with values. And the sources are read: a text that the days do not reach
//! is prepared by itself, and one that cannot be prepared by itself must be part of what was logged.
//!
//! The log is the whole server's: this test is alone in its binary.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod days;
mod plans;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use private_database::Kind;
use sources::on_one_line;
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr};
use test_support::{TestApp, kinds};

/// What a server was asked to run.
#[derive(Default)]
struct Log {
    /// With `?` in the places of values.
    prepared: BTreeSet<String>,
    /// With values: by the text without them, those of one run.
    executed: BTreeMap<String, String>,
}

/// What `days` ask the server.
async fn log_of(app: &TestApp, days: impl Future<Output = ()>) -> Log {
    let start = "SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON";
    app.app.pool.execute(start).await.unwrap();
    days.await;
    app.app.pool.execute("SET GLOBAL general_log = OFF").await.unwrap();
    let select = "SELECT CONVERT(command_type USING utf8mb4) AS command, CAST(argument AS BINARY) AS argument \
                  FROM mysql.general_log WHERE command_type IN ('Prepare', 'Execute')";
    let mut log = Log::default();
    for row in sqlx::raw_sql(select).fetch_all(&app.app.pool).await.unwrap() {
        let argument = String::from_utf8_lossy(row.get::<&[u8], _>("argument")).into_owned();
        // A comment ends with its line.
        let lines: Vec<&str> = argument.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let text = on_one_line(&lines.join(" "));
        if row.get::<&str, _>("command") == "Prepare" {
            log.prepared.insert(text);
        } else {
            log.executed.insert(without_values(&text), text);
        }
    }
    log
}

/// A statement with `?` for each number and each quoted text.
fn without_values(statement: &str) -> String {
    let mut text = String::new();
    let mut chars = statement.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if c == '\'' {
            while let Some(c) = chars.next() {
                match c {
                    '\\' => drop(chars.next()),
                    '\'' => break,
                    _ => {}
                }
            }
            text.push('?');
        } else if c.is_ascii_digit() && !before.is_alphanumeric() && before != '_' {
            while chars.next_if(char::is_ascii_digit).is_some() {}
            text.push('?');
        } else {
            text.push(c);
        }
        before = c;
    }
    text
}

/// What is wrong with the backend's statements on a server of that kind.
async fn check(kind: Kind) -> Vec<String> {
    let wechat = days::wechat().await;
    let (login, outgoing) = days::ways(&wechat);
    let app = TestApp::on(kind, login, outgoing).await;
    let recorder = app.beside().await;
    let mut log = log_of(&app, days::play(&app, &recorder)).await;
    let rows = plans::add_history(&app).await;
    let later = log_of(&app, days::play_on(&app)).await;
    log.prepared.extend(later.prepared);
    log.executed.extend(later.executed);
    plans::analyze(&app, &rows).await;

    let mut wrong = Vec::new();
    let mut prepared_alone = 0;
    let texts = sources::texts();
    for text in &texts {
        if log.prepared.iter().any(|statement| text.is_in(statement)) {
            continue;
        }
        match app.app.pool.prepare(AssertSqlSafe(text.text.clone()).into_sql_str()).await {
            Ok(_) => prepared_alone += 1,
            Err(e) => wrong.push(format!(
                "{kind}, {}: neither run by the days nor good by itself ({e}): {}",
                text.file, text.text
            )),
        }
    }
    let mut explained = 0;
    for (shape, statement) in &log.executed {
        // MariaDB logs a few statements without their values.
        let without = log.prepared.contains(statement) && statement.contains('?');
        if without || !["SELECT", "UPDATE", "DELETE", "WITH"].iter().any(|word| shape.starts_with(word)) {
            continue;
        }
        explained += 1;
        for fault in plans::full_scans(&app, statement, &rows).await {
            wrong.push(format!("{kind}: {fault}: {shape}"));
        }
    }
    println!(
        "{kind}: {} texts, {} statements run, {prepared_alone} texts prepared by themselves, {explained} plans; rows {rows:?}",
        texts.len(),
        log.prepared.len()
    );
    assert!(
        texts.len() > 100 && log.prepared.len() > 100 && explained > 80,
        "the statements are not found any more"
    );
    wrong
}

#[tokio::test]
async fn every_server_takes_every_statement_and_reads_no_table_whole() {
    let mut wrong = Vec::new();
    for kind in kinds().await {
        wrong.extend(check(kind).await);
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn statements_that_differ_in_values_alone_are_one() {
    assert_eq!(
        without_values("SELECT a1 FROM t2 WHERE b = 'it''s \\'5' AND c=-5"),
        "SELECT a1 FROM t2 WHERE b = ?? AND c=-?"
    );
}

/// The servers do not do it: an automatic column is of the type that ends in 2038.
#[test]
fn every_update_of_a_table_with_updated_at_writes_it() {
    let tables = ["waitlist", "waitlist_notification", "class_credit_compensation", "makeup_booking"];
    let mut updates = 0;
    for text in sources::texts() {
        if tables.iter().any(|table| text.text.starts_with(&format!("UPDATE {table} "))) {
            updates += 1;
            assert!(text.text.contains("updated_at = UTC_TIMESTAMP(3)"), "{text:?}");
        }
    }
    assert!(updates >= 15, "{updates}");
}
