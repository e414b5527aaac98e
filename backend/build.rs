//! Gives the program its build id: `GYM_BUILD`, else `git describe`, else the crate's version.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=GYM_BUILD");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    // A commit or a checkout writes to the log of HEAD, in a linked worktree too.
    if let Some(log) = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    let id = std::env::var("GYM_BUILD")
        .ok()
        .filter(|id| !id.trim().is_empty())
        .or_else(|| git(&["describe", "--always", "--tags", "--dirty"]))
        .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    println!("cargo:rustc-env=GYM_BUILD_ID={}", id.trim());
}

/// What git answers, if there is one and it knows these sources.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
