//! The measurements: for each a load on the service, beside it the bare statements, and the ratio of the two.

use std::sync::Arc;

use anyhow::Context;

use crate::args::{Args, Part};
use crate::bare::{Bare, Spread};
use crate::gym::Gym;
use crate::lists::{self, List};
use crate::load::Numbers;
use crate::scenario::{self, Crowd, Desk};
use crate::seed::{self, Town};
use crate::sweep;

/// Connections that the service has for requests (`backend/src/db.rs`).
const POOLED: usize = 24;

/// What every measurement needs.
struct Run<'a> {
    args: &'a Args,
    gym: &'a Gym,
    database: String,
    town: Arc<Town>,
}

/// Measures what `args` asks for, and prints a line for each measurement.
pub(crate) async fn all(args: &Args, gym: &Gym) -> anyhow::Result<()> {
    let town = Arc::new(seed::town(gym).await.context("the gym's data cannot be made")?);
    let run = Run { args, gym, database: gym.database_url()?, town };
    println!(
        "{} cores, {} connections, {} s each; {}",
        std::thread::available_parallelism()?,
        args.connections,
        args.seconds,
        seed::server_version(&run.database).await?
    );
    Numbers::head();
    if args.wants(Part::Reads) {
        run.reads().await?;
    }
    if args.wants(Part::Desk) {
        run.desk().await?;
    }
    if args.wants(Part::Joins) {
        run.joins().await?;
    }
    if args.wants(Part::Storm) {
        run.storm().await?;
    }
    if args.wants(Part::Mixed) {
        run.mixed().await?;
    }
    if args.wants(Part::Lists) {
        run.lists().await?;
    }
    if args.wants(Part::Sweep) {
        sweep::measure(gym, &run.database, &run.town).await?;
    }
    Ok(())
}

impl Run<'_> {
    /// Measures bare statements over as many connections as the load has.
    fn bare(
        &self,
        name: &str,
        send: impl FnOnce(&Bare<'_>) -> anyhow::Result<Numbers>,
    ) -> anyhow::Result<Numbers> {
        self.bare_over(self.args.connections, name, send)
    }

    /// Measures bare statements over as many connections as the service has.
    fn pooled(
        &self,
        name: &str,
        send: impl FnOnce(&Bare<'_>) -> anyhow::Result<Numbers>,
    ) -> anyhow::Result<Numbers> {
        self.bare_over(POOLED, name, send)
    }

    fn bare_over(
        &self,
        connections: usize,
        name: &str,
        send: impl FnOnce(&Bare<'_>) -> anyhow::Result<Numbers>,
    ) -> anyhow::Result<Numbers> {
        let (database, town) = (&self.database, &self.town);
        let before = self.gym.spent()?;
        let numbers = send(&Bare { database, connections, span: self.args.span(), town })?;
        numbers.print(name, before, self.gym.spent()?);
        Ok(numbers)
    }

    /// Measures a load on the service.
    async fn load(
        &self,
        name: &str,
        load: impl Future<Output = anyhow::Result<Numbers>>,
    ) -> anyhow::Result<Numbers> {
        let before = self.gym.spent()?;
        let numbers = load.await?;
        numbers.print(name, before, self.gym.spent()?);
        Ok(numbers)
    }

    async fn reads(&self) -> anyhow::Result<()> {
        let bare = self.bare("bare: one position read", |bare| bare.reads())?;
        scenario::warm(self.gym, &self.town).await?;
        let reads = self.load("position reads", scenario::reads(self.gym, self.args, &self.town)).await?;
        reads.print_ratio("  to the bare read", &bare);
        self.gym.memory("after reads")
    }

    async fn desk(&self) -> anyhow::Result<()> {
        for (view, name) in [(Desk::Day, "day"), (Desk::Class, "class")] {
            let bare = self.bare(&format!("bare: one {name} of the desk"), |bare| bare.desk(view))?;
            let load = scenario::desk(self.gym, self.args, &self.town, view);
            let reads = self.load(&format!("reads of a {name} of the desk"), load).await?;
            reads.print_ratio("  to the bare read", &bare);
        }
        self.gym.memory("after the desk's reads")
    }

    async fn joins(&self) -> anyhow::Result<()> {
        let bare = self.bare("bare: one join, 200 classes", |bare| bare.joins(Spread::Wide))?;
        let load = scenario::joins(self.gym, self.args, &self.town, Crowd::Spread);
        let joins = self.load("joins over 200 classes", load).await?;
        joins.print_ratio("  to the bare join", &bare);
        self.gym.memory("after joins")
    }

    async fn storm(&self) -> anyhow::Result<()> {
        let bare = self.bare("bare: one join, one class", |bare| bare.joins(Spread::One))?;
        let load = scenario::joins(self.gym, self.args, &self.town, Crowd::Storm);
        let joins = self.load("joins storming one class", load).await?;
        joins.print_ratio("  to the bare join", &bare);
        self.town.storm_again();
        let load = scenario::joins(self.gym, self.args, &self.town, Crowd::StormWithKeys);
        let keyed = self.load("the same with idempotency keys", load).await?;
        keyed.print_ratio("  to those without", &joins);
        self.gym.memory("after the storms")
    }

    async fn mixed(&self) -> anyhow::Result<()> {
        let bare = self.pooled("bare: mixed day", |bare| bare.mixed(None))?;
        scenario::warm(self.gym, &self.town).await?;
        let full = self.load("mixed day", scenario::mixed(self.gym, self.args, &self.town, None)).await?;
        full.print_ratio("  to the bare mix", &bare);
        let half = Some(full.per_second() / 2.0);
        let bare = self.pooled("bare: mixed day at half load", |bare| bare.mixed(half))?;
        let load = scenario::mixed(self.gym, self.args, &self.town, half);
        let paced = self.load("mixed day at half load", load).await?;
        paced.print_p99_ratio("  its p99 to that of the bare", &bare);
        self.gym.memory("after the mixed day")
    }

    async fn lists(&self) -> anyhow::Result<()> {
        let families = lists::seed(&self.database, &self.town).await?;
        for (list, name) in [
            (List::Classes, "a day of 200 classes"),
            (List::Bookings, "a family's bookings"),
            (List::Makeups, "makeups of a day"),
        ] {
            let bare = self.pooled(&format!("bare: {name}"), |bare| bare.list(list, &families))?;
            let (gym, args, town) = (self.gym, self.args, &self.town);
            let full = self.load(name, scenario::list(gym, args, town, &families, list)).await?;
            full.print_ratio("  to the bare read", &bare);
            let held = scenario::held(gym, town, &families, list).await?;
            let unchanged = self.load("  unchanged: 304", scenario::unchanged(gym, args, town, held)).await?;
            unchanged.print_ratio("  to the whole answer", &full);
        }
        self.gym.memory("after the lists")
    }
}
