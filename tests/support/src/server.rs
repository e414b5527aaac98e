//! One database server of each kind per test process, started when the first test asks, and one database per test.
//!
//! A new server starts on a copy of a data directory that already holds the schema. That directory is made once, under
//! `var/test-data`, and again when the server's version or a migration changes. A new database is a copy of its tables:
//! it takes one round trip, and not every migration again.

use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use clap::ValueEnum;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use tempfile::TempDir;

use backend::db;
use private_database::{Choice, Durability, Kind, Options, PrivateServer, Programs};

struct Server {
    url: String,
    /// Statements that make the schema in an empty database, and fill in the rows that migrations insert.
    schema: String,
    /// Closed by the kernel when this process ends, however it ends: then the watchdog stops the server.
    _watchdog: Mutex<ChildStdin>,
}

/// `$1` is the server's directory; which process it is by now stands in a file there, which goes with the process.
const WATCHDOG: &str = "cat > /dev/null; if pid=$(cat \"$1/db/pid\"); then kill -TERM $pid; \
    while [ -n \"$(tr -d '\\0' 2> /dev/null < /proc/$pid/cmdline)\" ]; do sleep 0.1; done; fi; rm -rf \"$1\"";

static MYSQL: OnceLock<Server> = OnceLock::new();
static MARIADB: OnceLock<Server> = OnceLock::new();

/// The repository's `var`.
fn var() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../var")
}

/// The directory of the MySQL that `scripts/setup --mysql` fetches.
fn mysql_programs() -> PathBuf {
    var().join("mysql/bin")
}

/// PATH for a program that a test starts, so that it finds the same servers and their tools as the test.
pub fn path_with_servers() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = [mysql_programs(), var().join("mariadb/bin")];
    let dirs = own.into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).unwrap()
}

/// The kinds of server that are installed; the one that is preferred first.
pub async fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        if Programs::find(kind, &[mysql_programs()]).await.unwrap().is_some() {
            kinds.push(kind);
        }
    }
    kinds
}

/// The kind of server that tests run on: what `GYM_DATABASE` says, else the preferred one of those installed.
async fn chosen_kind() -> Kind {
    let choice = std::env::var("GYM_DATABASE").unwrap_or_default();
    match Choice::from_str(if choice.is_empty() { "auto" } else { &choice }, false) {
        Ok(Choice::Mysql) => Kind::MySql,
        Ok(Choice::Mariadb) => Kind::MariaDb,
        Ok(Choice::Auto) => {
            *kinds().await.first().expect("no database server is installed: run scripts/setup")
        }
        Err(e) => panic!("GYM_DATABASE: {e}"),
    }
}

/// The address of a new database with the program's schema, on the one server that the tests of this process share.
pub async fn new_database() -> String {
    new_database_on(chosen_kind().await).await
}

/// The same on a server of that kind.
pub async fn new_database_on(kind: Kind) -> String {
    database_on(kind, |server| &server.schema).await
}

/// The address of a new database without any table.
pub async fn empty_database() -> String {
    database_on(chosen_kind().await, |_| "").await
}

async fn database_on(kind: Kind, schema: fn(&Server) -> &str) -> String {
    let shared = match kind {
        Kind::MySql => &MYSQL,
        Kind::MariaDb => &MARIADB,
    };
    // Tests have a runtime each; the server outlives them all, so it is started on a thread of its own.
    let server = tokio::task::spawn_blocking(move || {
        shared.get_or_init(|| std::thread::spawn(move || start(kind)).join().unwrap())
    })
    .await
    .unwrap();
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    let mut conn = MySqlConnection::connect(&server.url).await.unwrap();
    let create = format!(
        "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE {name};\n{}",
        schema(server)
    );
    conn.execute(AssertSqlSafe(create)).await.unwrap();
    conn.close().await.unwrap();
    server.url.replace("/gym?", &format!("/{name}?"))
}

/// A server that one test has to itself, to be killed and started again. It holds a database `gym` with the program's
/// schema, and stops with the test.
pub struct OwnServer {
    kind: Kind,
    data: PathBuf,
    server: PrivateServer,
    _watchdog: ChildStdin,
}

impl OwnServer {
    /// Starts it, of the kind that tests run on, with further arguments.
    pub async fn start(arguments: &[&str]) -> Self {
        let (kind, dir) = (chosen_kind().await, directory());
        copy_data_with_schema(kind, dir.path()).await;
        let data = dir.path().join("db").join(kind.word());
        let (server, watchdog) = start_watched(kind, dir, arguments).await;
        Self { kind, data, server, _watchdog: watchdog }
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The directory of its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The address of its database `gym`, for an account that may do everything.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Kills it.
    pub async fn crash(&mut self) {
        self.server.crash().await;
    }

    /// Starts it again at the same address.
    pub async fn start_again(&mut self) {
        self.server.start_again().await.unwrap();
    }
}

fn start(kind: Kind) -> Server {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (url, schema, watchdog) = runtime.block_on(async {
        let dir = directory();
        copy_data_with_schema(kind, dir.path()).await;
        let (server, watchdog) = start_watched(kind, dir, &[]).await;
        let url = server.url().to_owned();
        // The watchdog stops it, not the end of this thread.
        std::mem::forget(server);
        let schema = read_schema(&url).await;
        (url, schema, watchdog)
    });
    std::mem::forget(runtime);
    Server { url, schema, _watchdog: Mutex::new(watchdog) }
}

fn directory() -> TempDir {
    tempfile::Builder::new().prefix("gym-test-").tempdir().unwrap()
}

/// Starts a server in `dir`. It ends, and the directory goes, when what is handed back with it is dropped.
#[allow(clippy::zombie_processes, reason = "the watchdog outlives this process")]
async fn start_watched(kind: Kind, dir: TempDir, arguments: &[&str]) -> (PrivateServer, ChildStdin) {
    use std::os::unix::process::CommandExt;
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    let options = Options {
        choice: match kind {
            Kind::MySql => Choice::Mysql,
            Kind::MariaDb => Choice::Mariadb,
        },
        programs: vec![mysql_programs()],
        durability: Durability::Process,
        arguments: db::server_arguments().into_iter().chain(arguments).collect(),
    };
    let server = PrivateServer::start(dir.path(), &options).await.unwrap();
    let mut watchdog = Command::new("sh")
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(dir.keep())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    (server, watchdog.stdin.take().unwrap())
}

/// Puts a data directory where a server in `dir` keeps it, with the schema in its database `gym`.
async fn copy_data_with_schema(kind: Kind, dir: &Path) {
    let programs = Programs::find(kind, &[mysql_programs()]).await.unwrap();
    let programs = programs.unwrap_or_else(|| panic!("{kind} is not installed: run scripts/setup --mysql"));
    let mut key = DefaultHasher::new();
    programs.version.hash(&mut key);
    db::MIGRATIONS.iter().for_each(|migration| migration.checksum.hash(&mut key));
    let home = var().join("test-data");
    fs::create_dir_all(&home).unwrap();
    // One test process at a time: the others wait for the directory that it makes.
    let lock = File::create(home.join(format!("{}.lock", kind.word()))).unwrap();
    lock.lock().unwrap();
    let place = home.join(format!("{}-{:016x}", kind.word(), key.finish()));
    if !place.exists() {
        for earlier in fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()) {
            let name = earlier.file_name().unwrap().to_string_lossy();
            if name.starts_with(&format!("{}-", kind.word())) {
                fs::remove_dir_all(&earlier).unwrap();
            }
        }
        let work = directory();
        let data = work.path().join("db").join(kind.word());
        let (server, _watchdog) = start_watched(kind, work, &[]).await;
        let pool = db::connect(server.url()).await.unwrap();
        db::migrate(&pool).await.unwrap();
        pool.close().await;
        server.stop().await;
        copy(&data, &place.with_extension("new"));
        fs::rename(place.with_extension("new"), &place).unwrap();
    }
    let data = dir.join("db").join(kind.word());
    fs::create_dir_all(data.parent().unwrap()).unwrap();
    copy(&place, &data);
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp")
        .args(["-a", "--reflink=auto", "--sparse=always"])
        .args([from, to])
        .status()
        .unwrap();
    assert!(done.success(), "{} cannot be copied to {}", from.display(), to.display());
}

/// The statements that make the tables and rows of the server's database `gym` in another one.
async fn read_schema(url: &str) -> String {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables WHERE table_schema = 'gym'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let mut schema = "SET foreign_key_checks = 0;\n".to_owned();
    for table in &tables {
        let show = AssertSqlSafe(format!("SHOW CREATE TABLE {table}"));
        let (_, create): (String, String) = sqlx::query_as(show).fetch_one(&mut conn).await.unwrap();
        schema += &format!("{create};\n");
        let rows = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        if sqlx::query_scalar::<_, i64>(rows).fetch_one(&mut conn).await.unwrap() > 0 {
            schema += &format!("INSERT INTO {table} SELECT * FROM gym.{table};\n");
        }
    }
    conn.close().await.unwrap();
    // What no two databases share.
    schema + "UPDATE read_epoch SET epoch = UUID();\nSET foreign_key_checks = 1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watchdog_of_a_server_that_has_ended_ends_too() {
        let dir = directory().keep();
        let watch =
            Command::new("sh").args(["-c", WATCHDOG, "watchdog"]).arg(&dir).stdin(Stdio::null()).output();
        assert!(watch.unwrap().status.success() && !dir.exists());
    }
}
