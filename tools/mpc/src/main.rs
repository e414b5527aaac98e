//! `mpc` turns a native WeChat mini-program folder into what the browser host runs, and checks it for what
//! Skyline (WeChat's renderer) does not have but Chromium would silently forgive.
//!
//! The mini-program is never changed: templates go through WeChat's own open-source compilers, scripts are carried
//! as they are, everything else is copied.

mod bundle;
mod lint;
mod package;
mod problem;
mod styles;
mod templates;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::package::Package;
use crate::problem::Problems;

/// Compiles and lints a native WeChat mini-program for the browser host.
#[derive(Parser)]
#[command(name = "mpc", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile the folder into `OUT/package.js` and copy its images and wasm beside it.
    Build {
        /// The folder that holds `app.json`.
        dir: PathBuf,
        /// Where to write; made when missing.
        #[arg(long)]
        out: PathBuf,
        /// First letters of the class prefixes of isolated components; two packages on one page need two.
        #[arg(long, default_value = "c")]
        scope: String,
    },
    /// Name what Skyline does not have, and print the package's size: exit 1 if anything is wrong or it is too large.
    Lint {
        /// The folder that holds `app.json`.
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            eprint!("{problems}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("mpc: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<Problems> {
    let mut problems = Problems::default();
    match command {
        Command::Build { dir, out, scope } => {
            let package = Package::read(dir, &mut problems)?;
            let script = bundle::compile(&package, scope, &mut problems)?;
            if problems.is_empty() {
                bundle::write(&package, &script, out)
                    .with_context(|| format!("writing {}", out.display()))?;
                println!(
                    "mpc: {} pages, {} components, {} files",
                    package.pages.len(),
                    package.components.len() - package.pages.len(),
                    package.files.len()
                );
            }
        }
        Command::Lint { dir } => {
            let package = Package::read(dir, &mut problems)?;
            lint::check(&package, &mut problems);
        }
    }
    Ok(problems)
}
