//! The flags of `bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures the service and prints a line per measurement.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// The program to measure, a release build
    #[arg(long, value_name = "FILE")]
    pub(crate) gym: PathBuf,
    /// Where the database and the logs go; made, and removed at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) var: PathBuf,
    /// How long each measurement takes
    #[arg(long, default_value_t = 8)]
    pub(crate) seconds: u64,
    /// Connections that send one request after the other
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// What to measure; everything without it
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// Keep the directory, with the program's log in it
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Reads,
    Desk,
    Joins,
    Storm,
    Mixed,
    Lists,
    Sweep,
}

impl Args {
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub(crate) fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
