//! A dump under load and the binary log after it, restored on another server as docs/operations.md says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use logic::status::Role;
use private_database::Kind;
use serde_json::json;
use sqlx::mysql::MySqlConnectOptions;
use test_support::{OwnServer, TestApp, path_with_servers};
use tests::rows;

use crate::service::doctor;

/// Families that book and cancel all the time.
const FAMILIES: i64 = 6;
/// Bookings before the dump, and after it.
const SOME: usize = 30;

/// The tools of a kind of server.
struct Tools {
    dump: &'static str,
    /// With where the binary log stands, as a comment.
    position: &'static str,
    log: &'static str,
    client: &'static str,
}

impl Tools {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::MySql => {
                Self { dump: "mysqldump", position: "--source-data=2", log: "mysqlbinlog", client: "mysql" }
            }
            Kind::MariaDb => Self {
                dump: "mariadb-dump",
                position: "--master-data=2",
                log: "mariadb-binlog",
                client: "mariadb",
            },
        }
    }
}

/// A tool that logs in at `url`.
fn tool(name: &str, url: &str) -> Command {
    let options: MySqlConnectOptions = url.parse().unwrap();
    let (_, secret) = url.split_once("gym:").unwrap();
    let (password, _) = secret.split_once('@').unwrap();
    let mut command = local_tool(name);
    command.args(["--host=127.0.0.1", "--user=gym", &format!("--port={}", options.get_port())]);
    command.env("MYSQL_PWD", password);
    command
}

/// A tool that reads files.
fn local_tool(name: &str) -> Command {
    let path = path_with_servers();
    let program = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file());
    let mut command =
        Command::new(program.unwrap_or_else(|| panic!("{name} is not here: run scripts/setup --mysql")));
    command.arg("--no-defaults");
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Books and cancels until the end.
async fn family(app: &TestApp, id: i64, bookings: &AtomicUsize, ends: &AtomicBool) {
    let token = app.token(id, Role::Member);
    let place = json!({"profile_id": id, "course_schedule_id": 1, "booking_date": "2030-03-05"});
    while !ends.load(Ordering::SeqCst) {
        let booked = app.post("/api/v1/bookings", Some(&token), place.clone()).await.expect(201);
        let path = format!("/api/v1/bookings/{}", booked.body["id"]);
        app.delete(&path, Some(&token)).await.expect(200);
        bookings.fetch_add(1, Ordering::SeqCst);
    }
}

async fn until(bookings: &AtomicUsize, count: usize) {
    while bookings.load(Ordering::SeqCst) < count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_under_load_and_the_log_after_it_are_restored() {
    let server = OwnServer::start(&["--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"]).await;
    let tools = Tools::of(server.kind());
    let app = TestApp::at_database(server.url()).await;
    let account = |id: i64| json!({"id": id, "openid": format!("o{id}"), "role": "member"});
    let child = |id: i64| json!({"id": id, "account_id": id, "name": format!("孩子{id}")});
    app.load(&json!({
        "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": 60}],
        "schedules": [{"id": 1, "course_id": 1, "weekday": 2, "start_time": "18:00", "capacity": 10}],
        "accounts": (1..=FAMILIES).map(account).collect::<Vec<_>>(),
        "profiles": (1..=FAMILIES).map(child).collect::<Vec<_>>(),
    }))
    .await
    .unwrap();

    let dir = tempfile::tempdir().unwrap();
    let (dump, log) = (dir.path().join("gym.sql"), dir.path().join("later.sql"));
    let (bookings, ends) = (AtomicUsize::new(0), AtomicBool::new(false));
    let load = futures_util::future::join_all((1..=FAMILIES).map(|id| family(&app, id, &bookings, &ends)));
    let dumping = async {
        until(&bookings, SOME).await;
        let mut command = tool(tools.dump, server.url());
        command.args(["--single-transaction", "--quick", tools.position, "gym"]);
        command.stdout(File::create(&dump).unwrap());
        tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap();
        until(&bookings, bookings.load(Ordering::SeqCst) + SOME).await;
        ends.store(true, Ordering::SeqCst);
    };
    futures_util::join!(load, dumping);
    let before = rows::fingerprint(&app.app.pool).await;

    let other = OwnServer::start(&[]).await;
    run(tool(tools.client, other.url()).args(["--execute", "DROP DATABASE gym; CREATE DATABASE gym"]));
    run(tool(tools.client, other.url()).arg("gym").stdin(File::open(&dump).unwrap()));
    doctor(dir.path(), other.url());
    let restored = TestApp::at_database(other.url()).await;
    assert_ne!(rows::fingerprint(&restored.app.pool).await, before, "something was written after the dump");

    let (first, position) = position(&dump);
    let mut reading = local_tool(tools.log);
    reading.args(["--database=gym", &format!("--start-position={position}")]);
    reading.args(logs_from(server.data(), &first)).stdout(File::create(&log).unwrap());
    run(reading.stdin(Stdio::null()));
    run(tool(tools.client, other.url()).arg("gym").stdin(File::open(&log).unwrap()));
    doctor(dir.path(), other.url());
    assert_eq!(rows::fingerprint(&restored.app.pool).await, before);
}

/// Where the binary log stood when the dump was taken: its file and the position, in the first lines of the dump.
fn position(dump: &Path) -> (String, u64) {
    // Keys and hashes are bytes, not text.
    let text = String::from_utf8_lossy(&fs::read(dump).unwrap()).into_owned();
    let line = text.lines().find(|line| line.contains("LOG_FILE=")).expect("the dump names the binary log");
    let file = line.split('\'').nth(1).unwrap().to_owned();
    let position = line.rsplit("LOG_POS=").next().unwrap().trim_end_matches(';');
    (file, position.parse().unwrap())
}

/// The binary logs from that one on.
fn logs_from(data: &Path, first: &str) -> Vec<PathBuf> {
    let names = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut logs: Vec<String> = names
        .filter(|name| {
            name.strip_prefix("binlog.").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
        })
        .filter(|name| name.as_str() >= first)
        .collect();
    logs.sort();
    logs.iter().map(|name| data.join(name)).collect()
}
