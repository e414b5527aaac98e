//! Migrations: any of them may be killed at any point, and older and newer programs meet over one database.

use std::collections::BTreeMap;

use backend::db::{self, MIGRATIONS, SchemaState};
use backend::store::{self, server_error};
use sqlx::migrate::Migrate;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use test_support::{empty_database, new_database};

use crate::serving::{Serving, gym};

/// How every table was made, without the numbers that depend on its rows.
async fn tables(url: &str) -> BTreeMap<String, String> {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables WHERE table_schema = DATABASE()",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let mut tables = BTreeMap::new();
    for name in names {
        let show = AssertSqlSafe(format!("SHOW CREATE TABLE `{name}`"));
        let (_, made): (String, String) = sqlx::query_as(show).fetch_one(&mut conn).await.unwrap();
        let made: Vec<&str> = made.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT=")).collect();
        tables.insert(name, made.join(" "));
    }
    tables
}

/// A database that one program migrated without a break. Not a copy, in which MySQL orders the keys otherwise.
async fn migrated_at_once() -> String {
    let url = empty_database().await;
    db::migrate(&db::connect(&url).await.unwrap()).await.unwrap();
    url
}

/// A database as the program of that migration made it.
async fn migrated_up_to(version: i64) -> (String, MySqlConnection) {
    let url = empty_database().await;
    let mut conn = MySqlConnection::connect(&url).await.unwrap();
    conn.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version <= version) {
        store::migration_begin(&mut conn, migration.version, &migration.description, &migration.checksum)
            .await
            .unwrap();
        conn.execute(migration.sql.clone()).await.unwrap();
        store::migration_end(&mut conn, migration.version, std::time::Duration::ZERO).await.unwrap();
    }
    (url, conn)
}

/// Every program but the last is killed after one more statement than the one before.
#[tokio::test]
async fn a_migration_that_was_killed_after_any_statement_is_finished() {
    let url = empty_database().await;
    let mut conn = MySqlConnection::connect(&url).await.unwrap();
    conn.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in MIGRATIONS.iter() {
        let (version, text) = (migration.version, migration.sql.as_str());
        store::migration_begin(&mut conn, version, &migration.description, &migration.checksum)
            .await
            .unwrap();
        let statements = db::statements(text);
        for killed_after in 1..=statements.len() {
            for statement in &statements[..killed_after] {
                match conn.execute(AssertSqlSafe(statement.clone())).await {
                    Err(error) if server_error::says_done_already(&error, statement) => {}
                    done => drop(done.unwrap_or_else(|e| panic!("{version}, {killed_after}: {e}"))),
                }
            }
        }
        let last = MIGRATIONS.iter().map(|migration| migration.version).max();
        if Some(version) != last {
            store::migration_end(&mut conn, version, std::time::Duration::ZERO).await.unwrap();
        }
    }
    let pool = db::connect(&url).await.unwrap();
    db::migrate(&pool).await.unwrap();
    assert_eq!(db::schema_state(&pool).await.unwrap(), SchemaState::Current);
    let epochs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM read_epoch").fetch_one(&pool).await.unwrap();
    assert_eq!(epochs, 1);
    assert_eq!(tables(&url).await, tables(&migrated_at_once().await).await);
}

/// As releases before 0.2 left it: killed inside a migration, which sqlx takes for the end of everything.
#[tokio::test]
async fn a_migration_that_fails_is_gone_on_with_where_it_failed() {
    let url = empty_database().await;
    let pool = db::connect(&url).await.unwrap();
    // The name is taken: the third table of the first migration cannot be made.
    pool.execute("CREATE TABLE course (id INT)").await.unwrap();
    let error = format!("{:#}", db::migrate(&pool).await.unwrap_err());
    assert!(error.contains("migration 1") && error.contains("CREATE TABLE course"), "{error}");
    pool.execute("DROP TABLE course").await.unwrap();
    db::migrate(&pool).await.unwrap();
    assert_eq!(tables(&url).await, tables(&migrated_at_once().await).await);
}

/// In a rolling release the programs beside it go on writing.
#[tokio::test]
async fn a_migration_that_waits_for_a_row_longer_than_a_lock_wait_goes_on() {
    let (url, mut conn) = migrated_up_to(16).await;
    let next = MIGRATIONS.iter().find(|migration| migration.version == 17).unwrap();
    store::migration_begin(&mut conn, next.version, &next.description, &next.checksum).await.unwrap();
    let statements = db::statements(next.sql.as_str());
    let (update, before) = statements.split_last().unwrap();
    assert!(update.starts_with("UPDATE booking"), "{update}");
    for statement in before {
        conn.execute(AssertSqlSafe(statement.clone())).await.unwrap();
    }
    for statement in [
        "INSERT INTO account (id, openid, role) VALUES (1, 'o', 'member')",
        "INSERT INTO profile (id, account_id, name) VALUES (1, 1, '小满')",
        "INSERT INTO course (id, name, category, duration_minutes) VALUES (1, '体操', 'gym', 60)",
        "INSERT INTO course_schedule (id, course_id, weekday, start_time, capacity) VALUES (1, 1, 1, '18:00', 8)",
        "INSERT INTO class_session (id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity) \
         VALUES (1, 1, '2030-03-04', '2030-03-04 10:00', '2030-03-04 11:00', 60, 8)",
        "INSERT INTO booking (id, profile_id, session_id, course_schedule_id, booking_date) \
         VALUES (1, 1, 1, 1, '2030-03-04')",
    ] {
        conn.execute(statement).await.unwrap();
    }
    let mut writer = conn.begin().await.unwrap();
    writer.execute("SELECT id FROM booking WHERE id = 1 FOR UPDATE").await.unwrap();
    let pool = db::connect(&url).await.unwrap();
    let migrating = tokio::spawn(async move { db::migrate(&pool).await });
    // The server's wait for a lock is in real time.
    tokio::time::sleep(std::time::Duration::from_secs(u64::from(db::LOCK_WAIT_SECONDS) + 2)).await;
    writer.rollback().await.unwrap();
    migrating.await.unwrap().unwrap();
    let status: String =
        sqlx::query_scalar("SELECT file_status FROM booking").fetch_one(&mut conn).await.unwrap();
    assert_eq!(status, "booked");
}

#[tokio::test]
async fn two_programs_that_migrate_at_once_wait_for_each_other() {
    let url = empty_database().await;
    let (one, other) = (db::connect(&url).await.unwrap(), db::connect(&url).await.unwrap());
    let (first, second) = tokio::join!(db::migrate(&one), db::migrate(&other));
    first.unwrap();
    second.unwrap();
    assert_eq!(db::schema_state(&one).await.unwrap(), SchemaState::Current);
}

/// Notes a migration that this program does not know.
async fn later_migration(url: &str, description: &str) {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    store::migration_begin(&mut conn, 9_000, description, &[1]).await.unwrap();
    store::migration_end(&mut conn, 9_000, std::time::Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn an_older_program_goes_on_over_what_was_added_and_refuses_what_was_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let url = new_database().await;
    later_migration(&url, "another column").await;
    for args in [&["serve", "--dev-clock"][..], &["serve", "--dev-clock", "--no-migrate"]] {
        let mut serving = Serving::spawn(gym(dir.path()).env("DATABASE_URL", &url).args(args));
        assert!(serving.is_ready().await);
        serving.signal("-TERM");
        assert!(serving.wait().0.success());
    }
    let doctor = gym(dir.path()).env("DATABASE_URL", &url).arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    for line in ["up to date", "9000 (another column) is of a newer release"] {
        assert!(said.contains(line), "{said}");
    }

    let url = new_database().await;
    let serving = Serving::spawn(gym(dir.path()).env("DATABASE_URL", &url).args(["serve", "--dev-clock"]));
    later_migration(&url, "contract drop waitlist.rank").await;
    assert!(!serving.is_ready().await, "one that runs already is taken out");
    drop(serving);
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap();
    for args in [&["serve"][..], &["serve", "--no-migrate"], &["migrate"], &["sweep", "--once"]] {
        let refused = gym(dir.path()).env("DATABASE_URL", &url).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{args:?}");
        assert!(
            said.contains("version 9000") && said.contains(&format!("up to {newest}")),
            "{args:?}: {said}"
        );
    }
}

/// The URL of an account that may read and write rows of the database, and nothing else.
pub(crate) async fn as_rows_only(url: &str) -> String {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    let name = format!("rows_{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let database: String =
        sqlx::query_scalar("SELECT CONVERT(DATABASE() USING utf8mb4)").fetch_one(&mut conn).await.unwrap();
    for statement in [
        format!("CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY 'secret'"),
        // Not into the tables and FLUSH: on MySQL that ends every login without TLS until there was one with it.
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{name}'@'127.0.0.1'"),
    ] {
        conn.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    // MySQL takes the first login of an account only over TLS.
    let (_, at) = url.split_once('@').unwrap();
    format!("mysql://{name}:secret@{}", at.replace("ssl-mode=disabled", "ssl-mode=preferred"))
}

#[tokio::test]
async fn a_program_that_does_not_migrate_needs_no_right_to_change_tables() {
    let dir = tempfile::tempdir().unwrap();
    let url = as_rows_only(&new_database().await).await;
    let mut serving =
        Serving::spawn(gym(dir.path()).env("DATABASE_URL", &url).args(["serve", "--no-migrate"]));
    assert!(serving.is_ready().await);
    serving.signal("-TERM");
    assert!(serving.wait().0.success());

    let empty = as_rows_only(&empty_database().await).await;
    let refused =
        gym(dir.path()).env("DATABASE_URL", &empty).args(["serve", "--no-migrate"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("migrations are missing: 1, 2"), "{said}");
}

/// `TIMESTAMP` ends on 2038-01-19. What older programs bind and read is of that type, and goes on to be taken.
#[tokio::test]
async fn no_column_ends_in_2038_and_what_it_held_stays() {
    let (url, mut conn) = migrated_up_to(8).await;
    let at: chrono::DateTime<chrono::Utc> = "2031-07-06T05:04:03.210Z".parse().unwrap();
    sqlx::query("INSERT INTO dev_clock (id, stood_at) VALUES (1, ?)")
        .bind(at)
        .execute(&mut conn)
        .await
        .unwrap();
    let pool = db::connect(&url).await.unwrap();
    db::migrate(&pool).await.unwrap();
    let ending: Vec<String> = sqlx::query_scalar(
        "SELECT CONVERT(CONCAT(table_name, '.', column_name) USING utf8mb4) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND (data_type = 'timestamp' OR extra LIKE '%on update%')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(ending, [""; 0]);
    let held: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("SELECT stood_at FROM dev_clock").fetch_one(&mut conn).await.unwrap();
    assert_eq!(held, at);
    let late: chrono::DateTime<chrono::Utc> = "2098-07-06T05:04:03.210Z".parse().unwrap();
    // In a session with another zone too.
    conn.execute("SET time_zone = '+08:00'").await.unwrap();
    let instant = logic::Instant::from(late);
    store::dev_clock_set(&mut conn, instant).await.unwrap();
    let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM dev_clock WHERE stood_at = ?")
        .bind(instant)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(found, 1);
    let held: logic::Instant =
        sqlx::query_scalar("SELECT stood_at FROM dev_clock").fetch_one(&pool).await.unwrap();
    assert_eq!(held, instant);
}

/// An earlier program did not say who had set the seats of a date.
#[tokio::test]
async fn seats_that_differ_from_their_slots_become_the_dates_own() {
    let (url, mut conn) = migrated_up_to(15).await;
    for statement in [
        "INSERT INTO course (id, name, category, duration_minutes) VALUES (1, '体操', 'gym', 60)",
        "INSERT INTO course_schedule (id, course_id, weekday, start_time, capacity) VALUES (1, 1, 1, '18:00', 8)",
        "INSERT INTO class_session (course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity) \
         VALUES (1, '2030-03-04', '2030-03-04 10:00', '2030-03-04 11:00', 60, 8), \
         (1, '2030-03-11', '2030-03-11 10:00', '2030-03-11 11:00', 60, 9)",
    ] {
        conn.execute(statement).await.unwrap();
    }
    let pool = db::connect(&url).await.unwrap();
    db::migrate(&pool).await.unwrap();
    let own: Vec<bool> = sqlx::query_scalar("SELECT capacity_own FROM class_session ORDER BY booking_date")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(own, [false, true]);
}
