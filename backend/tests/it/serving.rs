//! `gym serve` and the other commands as processes of their own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The program, with settings of its own alone.
pub(crate) fn gym(var: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gym"));
    for name in
        ["DATABASE_URL", "GYM_POLICY", "GYM_TIME_ZONE", "GYM_JWT_KEY", "GYM_WECHAT_BASE_URL", "RUST_LOG"]
    {
        command.env_remove(name);
    }
    command.env("PATH", test_support::path_with_servers());
    command.env("GYM_VAR", var).env("GYM_LISTEN", "127.0.0.1:0").env("GYM_LOG", "json");
    command
}

/// Runs a command to its end.
pub(crate) fn run(var: &Path, args: &[&str]) -> Output {
    gym(var).args(args).output().unwrap()
}

/// What a command that went well printed.
pub(crate) fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

/// `gym serve`, running.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) base: String,
    pub(crate) log: Option<BufReader<std::process::ChildStderr>>,
}

impl Serving {
    /// With `args`, over a private database under `var`.
    pub(crate) fn start(var: &Path, args: &[&str]) -> Self {
        Self::spawn(gym(var).arg("serve").args(args))
    }

    /// Starts it as `command` says, and waits until it answers.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_and_log(command).0
    }

    /// As [`Self::spawn`], with what it logged until then.
    #[allow(clippy::zombie_processes, reason = "waited for in `wait` or on drop")]
    pub(crate) fn spawn_and_log(command: &mut Command) -> (Self, Vec<Value>) {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended instead of serving: {lines:?}");
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["fields"]["message"] == "serving" {
                let base = format!("http://{}", entry["fields"]["address"].as_str().unwrap());
                return (Self { child, base, log: Some(log) }, lines);
            }
            lines.push(entry);
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    pub(crate) fn wait(&mut self) -> (std::process::ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        if let Some(log) = &mut self.log {
            log.read_to_string(&mut rest).unwrap();
        }
        (status, rest)
    }

    /// Whether `/readyz` says that it is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        get_json(&format!("{}/readyz", self.base)).await["status"] == "ready"
    }

    pub(crate) async fn now(&self) -> Value {
        get_json(&format!("{}/api/v1/time", self.base)).await["now"].clone()
    }
}

impl Drop for Serving {
    /// A test that failed leaves nothing running.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("-TERM");
            let _ = self.child.wait();
        }
    }
}

/// The JSON at `url`.
pub(crate) async fn get_json(url: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().json().await.unwrap()
}
