//! The program under measurement: `gym serve` with a private database.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use backend::auth::{Keys, token};
use logic::ids::AccountId;
use logic::status::Role;
use tokio::process::{Child, Command};

use crate::http::{Connection, Request};

/// The largest limits that a policy may have, so that no rule limits the load: the same profiles are in every class.
const POLICY: &str = r#"{"active_waitlists_per_profile": 10000, "live_bookings_per_profile": 1000}"#;

/// Processor time in ticks of a hundredth of a second, by process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    gym: u64,
    database: u64,
    load: u64,
}

impl Spent {
    /// Returns the processor time per request since `before`, in microseconds: gym, database, load.
    #[allow(clippy::cast_precision_loss, reason = "ticks and requests are far below 2^53")]
    pub(crate) fn per_request(self, before: Self, requests: usize) -> [f64; 3] {
        let each = |now: u64, then: u64| (now - then) as f64 * 10_000.0 / requests.max(1) as f64;
        [each(self.gym, before.gym), each(self.database, before.database), each(self.load, before.load)]
    }
}

/// Returns the user and system time of a process.
fn ticks(pid: &str) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may contain blanks; the fields after it do not.
    let (_, rest) = stat.rsplit_once(") ").context("/proc/PID/stat is not as expected")?;
    let mut times = rest.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let mut next = || times.next().context("/proc/PID/stat is short")?.context("no number in /proc/PID/stat");
    Ok(next()? + next()?)
}

/// The running program.
pub(crate) struct Gym {
    program: PathBuf,
    var: PathBuf,
    child: Child,
    /// `127.0.0.1:port`
    pub(crate) address: String,
    keys: Keys,
}

impl Gym {
    /// Starts `program` with all its files under `var` and waits until it is ready.
    pub(crate) async fn start(program: &Path, var: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(var)?;
        let var = var.canonicalize()?;
        std::fs::write(var.join("policy.json"), POLICY)?;
        let keys = Keys::load_or_create(&var.join("jwt.key"), None)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let child = Self::command(program, &var)
            // With the dev clock the time stands still, so that no class starts during a measurement, and rate limits
            // and background sweeps are off.
            .args(["serve", "--dev-clock", "--listen", &address])
            .stderr(File::create(var.join("gym.log"))?)
            .spawn()
            .with_context(|| format!("{} cannot be run", program.display()))?;
        let mut gym = Self { program: program.to_owned(), var, child, address, keys };
        gym.ready().await?;
        Ok(gym)
    }

    fn command(program: &Path, var: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("GYM_VAR", var)
            .env("GYM_POLICY", var.join("policy.json"))
            .env_remove("DATABASE_URL")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        for _ in 0..1200 {
            if let Ok(mut connection) = Connection::open(&self.address).await
                && connection
                    .send(&Request { method: "GET", path: "/readyz", ..Request::default() })
                    .await
                    .is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("gym ended with {status}: see {}", self.var.join("gym.log").display());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("gym does not answer: see {}", self.var.join("gym.log").display())
    }

    /// Returns the URL of its database.
    pub(crate) fn database_url(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.var.join("db/url"))?.trim().to_owned())
    }

    /// Returns a token for a member.
    pub(crate) fn token(&self, account: i64, role: Role) -> anyhow::Result<String> {
        Ok(token::issue(&self.keys, AccountId(account), role, contract::token::MAX_ISSUED_SECONDS)?.0)
    }

    /// Runs `gym sweep --once` beside the service and returns its output.
    pub(crate) async fn sweep(&self) -> anyhow::Result<String> {
        let output = Self::command(&self.program, &self.var)
            .env("DATABASE_URL", self.database_url()?)
            .args(["sweep", "--once"])
            .output()
            .await?;
        if !output.status.success() {
            bail!("gym sweep: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Returns the processor time used so far.
    pub(crate) fn spent(&self) -> anyhow::Result<Spent> {
        let database = std::fs::read_to_string(self.var.join("db/pid"))?;
        let gym = self.child.id().context("gym has ended")?.to_string();
        Ok(Spent { gym: ticks(&gym)?, database: ticks(database.trim())?, load: ticks("self")? })
    }

    /// Prints the current and the peak memory of the program.
    pub(crate) fn memory(&self, when: &str) -> anyhow::Result<()> {
        let pid = self.child.id().context("gym has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let megabytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            let kilobytes: u64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap_or(0);
            kilobytes / 1024
        };
        println!("  gym {when}: {} MB, at most {} MB", megabytes("VmRSS"), megabytes("VmHWM"));
        Ok(())
    }

    /// Stops the program with SIGTERM.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().context("gym has ended by itself")?;
        let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
        let status = self.child.wait().await?;
        anyhow::ensure!(status.success(), "gym ended with {status}");
        Ok(())
    }
}
