//! What the world around the running program may do to it: a log that cannot be written, signals, settings that
//! would open it to strangers.

use std::process::Stdio;

use test_support::new_database;

use crate::serving::{Serving, gym};

/// A service over a database of the tests' server, with more log lines a request than usual.
async fn chatty(args: &[&str]) -> (tempfile::TempDir, Serving) {
    let dir = tempfile::tempdir().unwrap();
    let url = new_database().await;
    let mut command = gym(dir.path());
    command.env("DATABASE_URL", url).env("RUST_LOG", "info").arg("serve").arg("--dev-clock").args(args);
    let serving = Serving::spawn(&mut command);
    (dir, serving)
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Asks for the time `count` times: every request writes a line to the log.
async fn ask_often(serving: &Serving, count: usize) {
    let client = client();
    for n in 0..count {
        let answer = client.get(format!("{}/api/v1/time", serving.base)).send().await;
        assert_eq!(answer.unwrap_or_else(|e| panic!("request {n}: {e}")).status(), 200);
    }
}

#[tokio::test]
async fn a_log_whose_reader_is_gone_costs_no_answer() {
    let (_dir, mut serving) = chatty(&["--sweeps"]).await;
    drop(serving.log.take());
    ask_often(&serving, 50).await;
    serving.signal("-TERM");
    assert!(serving.wait().0.success());
}

#[tokio::test]
async fn a_log_that_nobody_reads_costs_no_answer() {
    let (_dir, mut serving) = chatty(&[]).await;
    // More than a pipe holds.
    ask_often(&serving, 1_000).await;
    serving.signal("-TERM");
    assert!(serving.wait().0.success());
}

#[tokio::test]
async fn a_log_on_a_full_disk_costs_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let url = new_database().await;
    // The log does not say the address: it is chosen here.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = gym(dir.path());
    command.env("DATABASE_URL", url).env("GYM_LISTEN", format!("127.0.0.1:{port}"));
    let child = command.args(["serve", "--dev-clock", "--sweeps"]).stderr(Stdio::from(full)).spawn().unwrap();
    let mut serving = Serving { child, base: format!("http://127.0.0.1:{port}"), log: None };
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(serving.child.try_wait().unwrap().is_none(), "it ended instead of serving");
        tokio::task::yield_now().await;
    }
    ask_often(&serving, 50).await;
    serving.signal("-TERM");
    assert!(serving.wait().0.success());
}

#[tokio::test]
async fn a_hangup_ends_nothing() {
    let (_dir, mut serving) = chatty(&[]).await;
    serving.signal("-HUP");
    ask_often(&serving, 1).await;
    serving.signal("-TERM");
    let (status, log) = serving.wait();
    assert!(status.success() && log.contains("SIGHUP is ignored"), "{status} {log}");
}

#[tokio::test]
async fn the_dev_clock_is_for_loopback_unless_asked_for_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = gym(dir.path());
    let refused = command.env("GYM_LISTEN", "0.0.0.0:0").args(["serve", "--dev-clock"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("--dev-clock-anywhere"), "{said}");
    assert!(!dir.path().join("db").exists(), "refused before anything was started");

    let mut command = gym(dir.path());
    command.env("GYM_LISTEN", "0.0.0.0:0").env("DATABASE_URL", new_database().await);
    let mut serving = Serving::spawn(command.args(["serve", "--dev-clock", "--dev-clock-anywhere"]));
    serving.signal("-TERM");
    assert!(serving.wait().0.success());
}

#[tokio::test]
async fn only_the_edge_enters_where_it_is_required() {
    let dir = tempfile::tempdir().unwrap();
    let refused = gym(dir.path()).env("GYM_REQUIRE_EDGE", "1").arg("serve").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("GYM_EDGE_SECRET"), "{said}");

    let secret = "a-secret-of-the-edge";
    let mut command = gym(dir.path());
    command.env("GYM_REQUIRE_EDGE", "1").env("GYM_EDGE_SECRET", secret);
    command.env("DATABASE_URL", new_database().await).args(["serve", "--dev-clock"]);
    let serving = Serving::spawn(&mut command);
    let client = client();
    let ask = async |path: &str, secret: Option<&str>| {
        let request = client.get(format!("{}{path}", serving.base));
        let request = match secret {
            Some(secret) => request.header("x-edge-secret", secret),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    for path in ["/api/v1/time", "/api/v1/nowhere", "/nowhere", "/metrics", "/docs/", "/api/v1/dev/messages"]
    {
        assert_eq!(ask(path, None).await, 403, "{path}");
        assert_eq!(ask(path, Some("another-secret-of-16")).await, 403, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(path, None).await, 200, "{path}");
    }
    assert_eq!(ask("/api/v1/time", Some(secret)).await, 200);
    assert_eq!(ask("/api/v1/nowhere", Some(secret)).await, 404);
}

#[tokio::test]
async fn operators_have_a_listener_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = gym(dir.path());
    command.env("GYM_ADMIN_LISTEN", "127.0.0.1:0").env("DATABASE_URL", new_database().await);
    let (serving, lines) = Serving::spawn_and_log(command.arg("serve"));
    let admin = lines.iter().find(|line| line["fields"]["message"] == "serving operators").unwrap();
    let admin = format!("http://{}", admin["fields"]["address"].as_str().unwrap());
    let client = client();
    for (url, wanted) in [
        (format!("{admin}/healthz"), 200),
        (format!("{admin}/readyz"), 200),
        (format!("{admin}/metrics"), 200),
        (format!("{admin}/api/v1/time"), 404),
        (format!("{}/healthz", serving.base), 200),
        (format!("{}/readyz", serving.base), 200),
        (format!("{}/metrics", serving.base), 404),
        (format!("{}/api/v1/time", serving.base), 200),
    ] {
        assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), wanted, "{url}");
    }
    let ready = crate::serving::get_json(&format!("{admin}/readyz")).await;
    assert_eq!(ready["sweeps_standing_still"], serde_json::json!([]));
    let metrics = client.get(format!("{admin}/metrics")).send().await.unwrap().text().await.unwrap();
    for metric in ["gym_sweep_age_seconds{sweep=\"queues\"}", "gym_log_lines_lost_total 0"] {
        assert!(metrics.contains(metric), "{metric}");
    }
}

#[tokio::test]
async fn the_build_names_itself() {
    let dir = tempfile::tempdir().unwrap();
    let said = crate::serving::stdout(&crate::serving::run(dir.path(), &["--version"]));
    assert_eq!(said, format!("gym {}", backend::build::VERSION));
    let (_dir, serving) = chatty(&[]).await;
    let health = crate::serving::get_json(&format!("{}/healthz", serving.base)).await;
    assert_eq!(health["build"], backend::build::ID);
}

/// More sockets than the process may have descriptors, all of them idle, keep nobody out.
#[tokio::test]
async fn idle_connections_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_gym");
    command.args(["-c", &format!("ulimit -n 96 && exec {program} serve --dev-clock")]);
    command.env("GYM_VAR", dir.path()).env("GYM_LISTEN", "127.0.0.1:0").env("GYM_LOG", "json");
    command.env("DATABASE_URL", new_database().await);
    let serving = Serving::spawn(&mut command);
    let address = serving.base.trim_start_matches("http://").to_owned();
    let idle: Vec<_> = (0..110).map(|_| std::net::TcpStream::connect(&address).unwrap()).collect();
    ask_often(&serving, 5).await;
    drop(idle);
}

/// As `gym … | head -1` leaves it.
#[tokio::test]
async fn output_that_nobody_reads_is_an_error_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let url = new_database().await;
    for args in [&["migrate"][..], &["doctor"], &["sweep", "--once"]] {
        let mut command = gym(dir.path());
        command.env("DATABASE_URL", &url).args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code().is_some_and(|code| code <= 1) && !said.contains("panicked"),
            "{args:?}: {said}"
        );
    }
}
