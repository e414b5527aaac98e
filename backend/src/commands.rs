//! The program's subcommands.

pub mod doctor;
mod fixtures;
mod migrate;
mod serve;
mod sweep;
mod token;

use anyhow::Context;
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use sqlx::mysql::MySqlPool;

use crate::config::Settings;
use crate::db::private_server::{Durability, Options, PrivateServer};
use crate::{db, telemetry};

/// The service of the gym: classes, waitlists, makeups and class credit.
#[derive(Debug, Parser)]
#[command(name = "gym", version, about)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service until SIGTERM or Ctrl-C
    Serve(serve::Serve),
    /// Bring the database's schema up to date
    Migrate,
    /// Run what the service does in the background
    Sweep(sweep::Sweep),
    /// Print a token for an account
    Token(token::Token),
    /// Load the timetable, accounts and bookings of a file
    #[command(subcommand)]
    Fixtures(fixtures::Fixtures),
    /// Check settings, database, clock, key and counters, a line each
    Doctor,
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// What went wrong, for the program to print before it exits with 1.
    pub async fn run(self) -> anyhow::Result<()> {
        telemetry::start_logs();
        let settings = self.settings;
        match self.command {
            Command::Serve(serve) => serve.run(&settings).await,
            Command::Migrate => migrate::run(&settings).await,
            Command::Sweep(sweep) => sweep.run(&settings).await,
            Command::Token(token) => token.run(&settings),
            Command::Fixtures(fixtures) => fixtures.run(&settings).await,
            Command::Doctor => doctor::run(&settings).await,
        }
    }
}

/// An open database: of `DATABASE_URL`, or of the private server.
pub struct Database {
    /// Its connections.
    pub pool: MySqlPool,
    server: Option<PrivateServer>,
}

impl Database {
    /// Opens it and brings its schema up to date.
    ///
    /// # Errors
    /// It does not answer, or cannot be migrated.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let database = Self::open_as_it_is(settings).await?;
        match db::migrate(&database.pool).await {
            Ok(()) => Ok(database),
            Err(e) => {
                database.close().await;
                Err(e)
            }
        }
    }

    /// Opens it and changes nothing.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn open_as_it_is(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { pool: db::connect(url.expose_secret()).await?, server: None });
        }
        let options = Options {
            choice: settings.database,
            programs: vec![settings.var.join("mysql/bin")],
            durability: Durability::Machine,
        };
        let server = PrivateServer::start(&settings.var, &options).await.context("the private database")?;
        match db::connect(server.url()).await {
            Ok(pool) => Ok(Self { pool, server: Some(server) }),
            Err(e) => {
                server.stop().await;
                Err(e)
            }
        }
    }

    /// Closes the connections, and stops the private server if it is this program's own.
    pub async fn close(self) {
        self.pool.close().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}
