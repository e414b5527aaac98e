//! One database server per test process, started when the first test asks, and one database per test.

use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use sqlx::{Connection, Executor, MySqlConnection};

use crate::db::private_server::{Durability, PrivateServer};

struct Server {
    url: String,
    /// Closed by the kernel when this process ends, however it ends: then the watchdog stops the server.
    _watchdog: Mutex<ChildStdin>,
}

/// `$1` is the server's process, `$2` its directory.
const WATCHDOG: &str = "cat > /dev/null; kill -TERM $1; \
    while [ -n \"$(tr -d '\\0' 2> /dev/null < /proc/$1/cmdline)\" ]; do sleep 0.1; done; rm -rf \"$2\"";

static SERVER: OnceLock<Server> = OnceLock::new();

/// The address of a new, empty database on the one server that the tests of this process share.
pub async fn new_database() -> String {
    // Tests have a runtime each; the server outlives them all, so it is started on a thread of its own.
    let server =
        tokio::task::spawn_blocking(|| SERVER.get_or_init(|| std::thread::spawn(start).join().unwrap()))
            .await
            .unwrap();
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    let mut conn = MySqlConnection::connect(&server.url).await.unwrap();
    let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    conn.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    let (server_part, _) = server.url.rsplit_once('/').unwrap();
    format!("{server_part}/{name}")
}

fn start() -> Server {
    let dir = tempfile::Builder::new().prefix("gym-test-").tempdir().unwrap().keep();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(PrivateServer::start(&dir, Durability::Process)).unwrap();
    let mut watchdog = {
        use std::os::unix::process::CommandExt;
        Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", &server.pid().unwrap().to_string()])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap()
    };
    let url = server.url().to_owned();
    // The watchdog stops it, not the end of this thread.
    std::mem::forget(server);
    std::mem::forget(runtime);
    Server { url, _watchdog: Mutex::new(watchdog.stdin.take().unwrap()) }
}
