//! How fast the service is: its own load, over HTTP, against `gym serve` on a database of its own with durable
//! commits, and beside it the bare statements on the same server. `scripts/bench --help`; what the numbers mean
//! is in docs/performance.md.

mod args;
mod bare;
mod gym;
mod http;
mod load;
mod scenario;
mod seed;
mod sweep;

use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use crate::args::{Args, Part};
use crate::gym::Gym;
use crate::load::Numbers;
use crate::scenario::Desk;

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
    let outcome = measure(args, &gym).await;
    gym.stop().await?;
    outcome
}

async fn measure(args: &Args, gym: &Gym) -> anyhow::Result<()> {
    let town = Arc::new(seed::town(gym).await.context("the gym's data cannot be made")?);
    let database = gym.database_url()?;
    println!(
        "{} cores, {} connections, {} s each; {}",
        std::thread::available_parallelism()?,
        args.connections,
        args.seconds,
        seed::server_version(&database).await?
    );
    Numbers::head();
    let (connections, span) = (args.connections, args.span());
    if args.wants(Part::Reads) {
        let before = gym.spent()?;
        let bare = bare::reads(&database, connections, span, &town)?;
        bare.print("bare: one position read", before, gym.spent()?);
        scenario::warm(gym, &town).await?;
        let before = gym.spent()?;
        let reads = scenario::reads(gym, args, &town).await?;
        reads.print("position reads", before, gym.spent()?);
        reads.print_ratio("  to the bare read", &bare);
        gym.memory("after reads")?;
    }
    if args.wants(Part::Desk) {
        for (view, name) in [(Desk::Day, "day"), (Desk::Class, "class")] {
            let before = gym.spent()?;
            let bare = bare::desk(&database, connections, span, &town, view)?;
            bare.print(&format!("bare: one {name} of the desk"), before, gym.spent()?);
            let before = gym.spent()?;
            let reads = scenario::desk(gym, args, &town, view).await?;
            reads.print(&format!("reads of a {name} of the desk"), before, gym.spent()?);
            reads.print_ratio("  to the bare read", &bare);
        }
        gym.memory("after the desk's reads")?;
    }
    if args.wants(Part::Joins) {
        let before = gym.spent()?;
        let bare = bare::joins(&database, connections, span, &town, bare::Spread::Wide)?;
        bare.print("bare: one join, 200 classes", before, gym.spent()?);
        let before = gym.spent()?;
        let joins = scenario::joins(gym, args, &town, scenario::Crowd::Spread).await?;
        joins.print("joins over 200 classes", before, gym.spent()?);
        joins.print_ratio("  to the bare join", &bare);
        gym.memory("after joins")?;
    }
    if args.wants(Part::Storm) {
        let before = gym.spent()?;
        let bare = bare::joins(&database, connections, span, &town, bare::Spread::One)?;
        bare.print("bare: one join, one class", before, gym.spent()?);
        let before = gym.spent()?;
        let joins = scenario::joins(gym, args, &town, scenario::Crowd::Storm).await?;
        joins.print("joins storming one class", before, gym.spent()?);
        joins.print_ratio("  to the bare join", &bare);
        town.storm_again();
        let before = gym.spent()?;
        let keyed = scenario::joins(gym, args, &town, scenario::Crowd::StormWithKeys).await?;
        keyed.print("the same with idempotency keys", before, gym.spent()?);
        keyed.print_ratio("  to those without", &joins);
        gym.memory("after the storms")?;
    }
    if args.wants(Part::Mixed) {
        let before = gym.spent()?;
        let full = scenario::mixed(gym, args, &town, None).await?;
        full.print("mixed day", before, gym.spent()?);
        let half = full.per_second() / 2.0;
        let before = gym.spent()?;
        let paced = scenario::mixed(gym, args, &town, Some(half)).await?;
        paced.print("mixed day at half load", before, gym.spent()?);
        gym.memory("after the mixed day")?;
    }
    if args.wants(Part::Sweep) {
        sweep::measure(gym, &database, &town).await?;
    }
    Ok(())
}
