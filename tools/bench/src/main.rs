//! How fast the service is: its own load, over HTTP, against `gym serve` on a database of its own with durable
//! commits, and beside it the bare statements on the same server. `scripts/bench --help`; what the numbers mean
//! is in docs/performance.md.

mod args;
mod bare;
mod gym;
mod http;
mod lists;
mod load;
mod measure;
mod scenario;
mod seed;
mod sweep;

use clap::Parser;

use crate::args::Args;
use crate::gym::Gym;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(!args.var.exists(), "{} is there already: remove it", args.var.display());
    // One thread: the load shares the machine with what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(&args));
    if !args.keep {
        let _ = std::fs::remove_dir_all(&args.var);
    }
    outcome
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let gym = Gym::start(&args.gym, &args.var).await?;
    let outcome = measure::all(args, &gym).await;
    gym.stop().await?;
    outcome
}
