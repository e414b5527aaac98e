//! `gym serve` at an address that stays its own, however often it is killed.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use backend::sweeps::SWEEPS;
use serde_json::{Value, json};
use tests::program::built;
use tokio::time::Instant;

/// Between two looks at what the service says of itself.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Where its log goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Log {
    /// To a file, for a test that fails.
    Kept,
    /// To a device without room.
    Full,
}

/// The program, with settings of its own alone.
fn gym(var: &Path, database_url: &str) -> Command {
    let mut command = Command::new(built());
    for name in ["GYM_TIME_ZONE", "GYM_POLICY", "GYM_JWT_KEY", "GYM_WECHAT_BASE_URL", "GYM_TEMPLATES"] {
        command.env_remove(name);
    }
    command.env("DATABASE_URL", database_url).env("GYM_VAR", var).env("RUST_LOG", "info,backend=debug");
    command
}

/// Asserts that `gym doctor` finds nothing wrong.
pub(crate) fn doctor(var: &Path, database_url: &str) {
    let output = gym(var, database_url).args(["doctor", "--dev-clock"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A program that is killed and started again.
pub(crate) struct Service {
    var: PathBuf,
    database_url: String,
    log: Log,
    address: String,
    child: Option<Child>,
    client: reqwest::Client,
}

impl Service {
    pub(crate) fn new(var: &Path, database_url: &str, log: Log) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The port stays free for the program: nothing else here asks for that one.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (var, database_url) = (var.to_owned(), database_url.to_owned());
        Self { var, database_url, log, address, child: None, client }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts it and does not wait.
    pub(crate) fn start(&mut self) {
        let log = match self.log {
            Log::Kept => File::options().create(true).append(true).open(self.log_file()).unwrap(),
            Log::Full => File::options().write(true).open("/dev/full").unwrap(),
        };
        let mut command = gym(&self.var, &self.database_url);
        command.env("GYM_LISTEN", &self.address).args(["serve", "--dev-clock", "--sweeps"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error means that it has ended already.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    fn log_file(&self) -> PathBuf {
        self.var.join("gym.log")
    }

    /// Waits until `/readyz` says that a write could be made, with every sweep under way.
    pub(crate) async fn is_ready(&self) {
        loop {
            let ready = self.get_json("/readyz").await;
            if ready["status"] == "ready" && ready["sweeps_standing_still"] == json!([]) {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until every sweep that runs each second has run to its end since it was asked, and all others once.
    pub(crate) async fn loops_go_on(&self) {
        let asked = Instant::now();
        loop {
            let waits = asked.elapsed().as_secs_f64();
            let mut ages = Vec::with_capacity(SWEEPS.len());
            for sweep in &SWEEPS {
                let age = self.metric(&format!("gym_sweep_age_seconds{{sweep=\"{}\"}}", sweep.name)).await;
                ages.push(age.filter(|age| *age < waits || sweep.every > Duration::from_secs(1)));
            }
            if ages.iter().all(Option::is_some) {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    pub(crate) async fn log_lines_lost(&self) -> f64 {
        self.metric("gym_log_lines_lost_total").await.unwrap_or(0.0)
    }

    pub(crate) async fn set_clock(&self, now: &str) {
        let url = format!("{}/api/v1/dev/clock", self.base());
        let answer = self.client.put(url).json(&json!({"now": now})).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").await?;
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        line?.rsplit(' ').next()?.parse().ok()
    }

    async fn get_json(&self, path: &str) -> Value {
        let text = self.get(path).await.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What it says; `None` while it says nothing.
    async fn get(&self, path: &str) -> Option<String> {
        self.client.get(format!("{}{path}", self.base())).send().await.ok()?.text().await.ok()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking()
            && let Ok(log) = std::fs::read_to_string(self.log_file())
        {
            let lines: Vec<_> = log.lines().collect();
            eprintln!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}
