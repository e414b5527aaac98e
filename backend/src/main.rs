//! `gym`: the service, and what its operators run.

use std::io::Write;
use std::process::ExitCode;

use backend::commands::Cli;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not `eprintln!`, which panics where stderr cannot be written.
            let _ = writeln!(std::io::stderr(), "gym: {error:#}");
            ExitCode::FAILURE
        }
    }
}
