//! A MariaDB or MySQL server that a program starts for itself, on loopback, with its data under `var/db`, and stops when it
//! ends. `gym` uses it where `DATABASE_URL` is not set, and so do the tests.
//!
//! Files in `var/db`:
//! - `mysql/` or `mariadb/`: the data, a directory for each kind of server;
//! - `tmp/`: temporary tables. A server deletes everything in this directory when it starts, so no two share it;
//! - `lock`: held by the program that runs the server, so that no second server starts on the same data;
//! - `url`: the address, for other programs;
//! - `init.sql`: run by the server when it starts; sets a new password for the account `gym`;
//! - `pid` and `server.log`.
//!
//! A program that is killed hard leaves its server running; the next one finds it by `pid` and takes it over.

mod programs;

pub use programs::{Choice, Kind, Programs};

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::process::{Child, Command};

/// How long a start may take, crash recovery included.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a clean stop may take before the server is killed (InnoDB recovers at its next start).
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// What committed data survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the machine: a commit is on the disk before it is acknowledged.
    Machine,
    /// A crash of any process, but not of the machine: for tests, which create hundreds of databases.
    Process,
}

impl Durability {
    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &["--innodb-flush-log-at-trx-commit=1"],
            Self::Process => &["--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"],
        }
    }
}

/// How a private server is chosen and run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which kind of server.
    pub choice: Choice,
    /// Directories in which server programs are looked for, before those on PATH.
    pub programs: Vec<PathBuf>,
    /// What committed data survives.
    pub durability: Durability,
    /// Further arguments of the server.
    pub arguments: Vec<String>,
}

/// A server that this program uses: its own, or one that another program runs.
#[derive(Debug)]
pub struct PrivateServer {
    url: String,
    owned: Option<Owned>,
}

#[derive(Debug)]
struct Owned {
    pid: Pid,
    /// `None` for a server that was taken over: it is not our child.
    child: Option<Child>,
    dir: PathBuf,
    options: Options,
    _lock: File,
}

impl PrivateServer {
    /// Starts the server under `var/db`, or takes over one left by a program that was killed, or uses the one
    /// that another living program runs.
    ///
    /// # Errors
    /// No server program is installed (says what to install), it does not start (says where its log is), or another
    /// program runs a server there that is not the chosen one.
    pub async fn start(var: &Path, options: &Options) -> anyhow::Result<Self> {
        let dir = var.join("db");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .with_context(|| format!("cannot make the directory {}", dir.display()))?;
        let dir = fs::canonicalize(&dir)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("lock"))?;
        let mut waited = Duration::ZERO;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => return Err(e).context("cannot lock var/db/lock"),
            }
            // Another program runs the server: wait until it answers, or until that program ends.
            if let Some((url, kind)) = answering(&dir).await {
                if !options.choice.allows(kind) {
                    bail!(
                        "another program runs {kind} in {}: stop it first, or leave GYM_DATABASE out",
                        dir.display()
                    );
                }
                return Ok(Self { url, owned: None });
            }
            if waited >= START_TIMEOUT {
                bail!("another program holds {}/lock, but its database does not answer", dir.display());
            }
            tokio::time::sleep(POLL).await;
            waited += POLL;
        }
        if let Some(pid) = leftover(&dir) {
            if let Some((url, kind)) = answering(&dir).await
                && options.choice.allows(kind)
            {
                tracing::info!("taking over the private database that a killed program left running");
                return Ok(Self {
                    url,
                    owned: Some(Owned { pid, child: None, dir, options: options.clone(), _lock: lock }),
                });
            }
            stop_process(pid, START_TIMEOUT).await;
        }
        let (url, child) = launch(&dir, options).await?;
        let (pid, options) = (pid_of(&child)?, options.clone());
        Ok(Self { url, owned: Some(Owned { pid, child: Some(child), dir, options, _lock: lock }) })
    }

    /// Where the database answers, credentials included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this program runs the server (and stops it at its end).
    pub fn is_own(&self) -> bool {
        self.owned.is_some()
    }

    /// Kills the server, if it is this program's own: as a crash does.
    pub async fn crash(&mut self) {
        let Some(owned) = &mut self.owned else { return };
        match &mut owned.child {
            // An error means that it has ended already.
            Some(child) => drop(child.kill().await),
            None => kill_and_wait(owned.pid).await,
        }
    }

    /// Starts a server that has crashed again: on its data, at the same address, with the same password.
    ///
    /// # Errors
    /// It is not this program's own, its program is not installed any more, or it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let owned = self.owned.as_mut().context("another program runs this server")?;
        let programs = Programs::choose(&owned.dir, owned.options.choice, &owned.options.programs).await?;
        let port = self.url.parse::<MySqlConnectOptions>()?.get_port();
        let child = launch_on(&programs, &owned.dir, &owned.options, port, &self.url).await?;
        owned.pid = pid_of(&child)?;
        owned.child = Some(child);
        Ok(())
    }

    /// Stops the server, if it is this program's own. Close every pool before.
    pub async fn stop(mut self) {
        let Some(mut owned) = self.owned.take() else { return };
        // Removed first, so that no program connects to a server that is about to stop.
        let _ = fs::remove_file(owned.dir.join("url"));
        match owned.child.take() {
            Some(mut child) => {
                let _ = kill_process(owned.pid, Signal::TERM);
                if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
                    tracing::warn!("the private database did not stop in time and is killed");
                    let _ = child.kill().await;
                }
            }
            None => stop_process(owned.pid, STOP_TIMEOUT).await,
        }
    }
}

impl Drop for PrivateServer {
    /// For programs that end without [`PrivateServer::stop`]: signals the server and does not wait.
    fn drop(&mut self) {
        if let Some(owned) = &self.owned {
            let _ = kill_process(owned.pid, Signal::TERM);
        }
    }
}

fn pid_of(child: &Child) -> anyhow::Result<Pid> {
    child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
        .context("the database server ended as soon as it was started")
}

/// Sends SIGTERM, waits up to `patience`, then kills: for a process that is not our child.
async fn stop_process(pid: Pid, patience: Duration) {
    let _ = kill_process(pid, Signal::TERM);
    let mut waited = Duration::ZERO;
    while is_alive(pid) {
        if waited >= patience {
            let _ = kill_process(pid, Signal::KILL);
            return;
        }
        tokio::time::sleep(POLL).await;
        waited += POLL;
    }
}

/// Sends SIGKILL and waits for the end of a process that is not our child.
async fn kill_and_wait(pid: Pid) {
    let _ = kill_process(pid, Signal::KILL);
    while is_alive(pid) {
        tokio::time::sleep(POLL).await;
    }
}

/// Whether the process runs. A zombie, which has ended but was not waited for, has no command line.
fn is_alive(pid: Pid) -> bool {
    test_kill_process(pid).is_ok()
        && fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()))
            .is_ok_and(|command| !command.is_empty())
}

/// A server process that works on this data directory though nobody holds the lock.
fn leftover(dir: &Path) -> Option<Pid> {
    let text = fs::read_to_string(dir.join("pid")).ok()?;
    let pid = Pid::from_raw(text.trim().parse().ok()?)?;
    // Another process may have the number by now: its command line must name this data directory.
    let command = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    let ours = format!("--datadir={}/", dir.display());
    command.split(|b| *b == 0).any(|arg| arg.starts_with(ours.as_bytes())).then_some(pid)
}

/// The address in `url` and the kind of server that answers there; `None` if none does.
async fn answering(dir: &Path) -> Option<(String, Kind)> {
    let url = fs::read_to_string(dir.join("url")).ok()?.trim().to_owned();
    let kind = kind_at(&url).await?;
    Some((url, kind))
}

/// The kind of server that answers at `url`; `None` if none does.
///
/// Uses TLS where the server has it: MySQL takes the first login of an account only over TLS, and caches it until the server
/// stops. Later logins need no TLS.
async fn kind_at(url: &str) -> Option<Kind> {
    let options: MySqlConnectOptions = url.parse().ok()?;
    let mut conn =
        options.ssl_mode(MySqlSslMode::Preferred).disable_statement_logging().connect().await.ok()?;
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut conn).await.ok()?;
    let _ = conn.close().await;
    Some(Kind::of_version(&version))
}

/// Creates the data directory under another name first, so that an interrupted attempt leaves no half of one.
async fn initialise(programs: &Programs, dir: &Path, durability: Durability) -> anyhow::Result<()> {
    let (fresh, data) = (dir.join("data.new"), dir.join(programs.kind.word()));
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let datadir = format!("--datadir={}", fresh.display());
    let mut command = match &programs.install {
        Some(install) => {
            let mut command = Command::new(install);
            command.args(["--no-defaults", "--skip-test-db"]);
            command
        }
        None => {
            let mut command = Command::new(&programs.server);
            // The log that it starts with is the smallest: the server makes it larger when it runs.
            command.args(["--no-defaults", "--initialize-insecure", "--innodb-redo-log-capacity=8M"]);
            command
        }
    };
    command.arg(datadir).args(durability.args());
    in_own_place(&mut command, dir);
    let output = command.output().await.context("the database's data directory cannot be made")?;
    if !output.status.success() {
        bail!(
            "the database's data directory cannot be made ({}): {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    fs::rename(fresh, data)?;
    Ok(())
}

/// Temporary tables in a directory of its own; and the servers refuse to run as root unless told so.
fn in_own_place(command: &mut Command, dir: &Path) {
    command.env("TMPDIR", temporary(dir));
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
}

fn temporary(dir: &Path) -> PathBuf {
    dir.join("tmp")
}

/// Starts the server and waits until it answers.
async fn launch(dir: &Path, options: &Options) -> anyhow::Result<(String, Child)> {
    programs::adopt_earlier_data(dir)?;
    let programs = Programs::choose(dir, options.choice, &options.programs).await?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(temporary(dir))?;
    if !dir.join(programs.kind.word()).exists() {
        initialise(&programs, dir, options.durability).await?;
    }
    let password = uuid::Uuid::new_v4().simple().to_string();
    write_private(&dir.join("init.sql"), &init_sql(&password))?;
    // A free port can be taken before the server binds it: then another is tried.
    let mut last = anyhow::anyhow!("no port was tried");
    for _ in 0..3 {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        // Loopback cannot be overheard, and TLS would slow every new connection.
        let url = format!("mysql://gym:{password}@127.0.0.1:{port}/gym?ssl-mode=disabled");
        match launch_on(&programs, dir, options, port, &url).await {
            Ok(child) => {
                write_private(&dir.join("url"), &url)?;
                return Ok((url, child));
            }
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// The statements that the server runs when it starts, one a line. Only `gym` can log in over TCP.
fn init_sql(password: &str) -> String {
    [
        "CREATE DATABASE IF NOT EXISTS gym CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;".to_owned(),
        "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';".to_owned(),
        format!("CREATE USER IF NOT EXISTS 'gym'@'127.0.0.1' IDENTIFIED BY '{password}';"),
        format!("ALTER USER 'gym'@'127.0.0.1' IDENTIFIED BY '{password}';"),
        "GRANT ALL PRIVILEGES ON *.* TO 'gym'@'127.0.0.1' WITH GRANT OPTION;".to_owned(),
        String::new(),
    ]
    .join("\n")
}

async fn launch_on(
    programs: &Programs,
    dir: &Path,
    options: &Options,
    port: u16,
    url: &str,
) -> anyhow::Result<Child> {
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(dir.join("server.log"))?;
    let mut command = Command::new(&programs.server);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", dir.join(programs.kind.word()).display()))
        .arg(format!("--pid-file={}", dir.join("pid").display()))
        .arg(format!("--init-file={}", dir.join("init.sql").display()))
        .arg(format!("--port={port}"))
        // Relative to the data directory: a full path may be longer than a socket's may be.
        .args(["--socket=gym.sock", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"])
        .args(options.durability.args())
        .args(["--character-set-server=utf8mb4", "--max-connections=300"])
        .args(&options.arguments)
        // `loose`: a server that lacks the option ignores it.
        .args(["--loose-mysqlx=OFF", "--loose-performance-schema=OFF"])
        .stdin(std::process::Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Ctrl-C in a terminal signals the whole group; the program stops its server itself, after its own work.
        .process_group(0);
    in_own_place(&mut command, dir);
    let mut child =
        command.spawn().with_context(|| format!("{} cannot be run", programs.server.display()))?;
    let mut waited = Duration::ZERO;
    loop {
        if kind_at(url).await.is_some() {
            return Ok(child);
        }
        let log = dir.join("server.log");
        if let Some(status) = child.try_wait()? {
            bail!("the private database server ended with {status}: see {}", log.display());
        }
        if waited >= START_TIMEOUT {
            let _ = child.kill().await;
            bail!("the private database server does not answer: see {}", log.display());
        }
        tokio::time::sleep(POLL).await;
        waited += POLL;
    }
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    fs::rename(&fresh, path).with_context(|| format!("cannot write {}", path.display()))
}
