//! `gym`: the service, and what its operators run.

use std::process::ExitCode;

use backend::commands::Cli;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gym: {error:#}");
            ExitCode::FAILURE
        }
    }
}
