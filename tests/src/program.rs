//! The program `gym` as a child process, for tests that kill it or run two of it over one database.

use serde_json::Value;
use std::collections::VecDeque;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// How many lines of the log are kept for a test that fails.
const LAST_WORDS: usize = 40;

/// The settings of a `gym serve --dev-clock`.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The database.
    pub database_url: String,
    /// The file with the key that signs tokens.
    pub var: PathBuf,
    /// A file of policy overrides.
    pub policy: Option<PathBuf>,
    /// The address of WeChat and the file of templates; without it messages go to the recorder.
    pub wechat: Option<(String, PathBuf)>,
    /// Whether sweeps run in the background.
    pub sweeps: bool,
}

/// A running program. It is killed when this is dropped.
pub struct Program {
    child: Child,
    base: String,
    log: Arc<Mutex<VecDeque<String>>>,
}

impl Program {
    /// Starts the program and waits until it serves.
    ///
    /// # Panics
    /// If the program ends; the message contains its log.
    pub fn start(setup: &Setup) -> Self {
        let mut command = Command::new(built());
        for name in ["GYM_TIME_ZONE", "GYM_JWT_KEY", "GYM_WECHAT_BASE_URL", "GYM_TEMPLATES", "RUST_LOG"] {
            command.env_remove(name);
        }
        command
            .args(["serve", "--dev-clock"])
            .env("DATABASE_URL", &setup.database_url)
            .env("GYM_VAR", &setup.var)
            .env("GYM_LISTEN", "127.0.0.1:0")
            .env("GYM_LOG", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        match &setup.policy {
            Some(file) => command.env("GYM_POLICY", file),
            None => command.env_remove("GYM_POLICY"),
        };
        if let Some((base, templates)) = &setup.wechat {
            command.env("GYM_WECHAT_BASE_URL", base).env("GYM_TEMPLATES", templates);
            command.env("GYM_WECHAT_APPID", "wx0").env("GYM_WECHAT_SECRET", "secret");
            command.env("GYM_WECHAT_RATE", "1000");
        }
        if setup.sweeps {
            command.arg("--sweeps");
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let base = loop {
            let Some(line) = keep_line(&mut lines, &log) else {
                let _ = child.wait();
                panic!("`gym serve` ended instead of serving:\n{}", text(&log));
            };
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["fields"]["message"] == "serving" {
                break format!("http://{}", entry["fields"]["address"].as_str().unwrap());
            }
        };
        let rest = Arc::clone(&log);
        std::thread::spawn(move || while keep_line(&mut lines, &rest).is_some() {});
        Self { child, base, log }
    }

    /// Returns the address without `/api/v1`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Kills the program with SIGKILL.
    pub fn kill(&mut self) {
        // An error means that it has already ended.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Returns the end of the log.
    pub fn last_words(&self) -> String {
        text(&self.log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn text(log: &Mutex<VecDeque<String>>) -> String {
    log.lock().unwrap().iter().map(String::as_str).collect()
}

/// Reads the next line; `None` at the end.
fn keep_line(lines: &mut BufReader<ChildStderr>, log: &Mutex<VecDeque<String>>) -> Option<String> {
    let mut line = String::new();
    if lines.read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let mut log = log.lock().unwrap();
    if log.len() == LAST_WORDS {
        log.pop_front();
    }
    log.push_back(line.clone());
    Some(line)
}

/// Builds the program from the current sources and returns its file.
///
/// # Panics
/// If it cannot be built.
pub fn built() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        // Remove the variables of the cargo that runs this test: ring's build script watches them, and would rebuild
        // itself and everything that depends on it, now and again for the next build.
        for (name, _) in env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
            {
                cargo.env_remove(name);
            }
        }
        let output = cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "-q", "-p", "backend", "--bin", "gym", "--message-format", "json"])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "the program gym cannot be built");
        let messages = String::from_utf8(output.stdout).unwrap();
        let mut files = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            (message["target"]["name"] == "gym").then_some(())?;
            message["executable"].as_str().map(PathBuf::from)
        });
        files.next_back().expect("cargo says where it put gym")
    })
}
