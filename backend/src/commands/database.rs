//! The database that a subcommand works on.

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use sqlx::mysql::MySqlPool;

use crate::config::Settings;
use crate::db::private_server::{Durability, Options, PrivateServer};
use crate::db::{self, SchemaState};

/// An open database: of `DATABASE_URL`, or of the private server.
pub(super) struct Database {
    /// Its connections.
    pub(super) pool: MySqlPool,
    server: Option<PrivateServer>,
}

impl Database {
    /// Opens it and brings its schema up to date.
    ///
    /// # Errors
    /// It does not answer, or cannot be migrated.
    pub(super) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let database = Self::open_as_it_is(settings).await?;
        match db::migrate(&database.pool).await {
            Ok(()) => Ok(database),
            Err(e) => {
                database.close().await;
                Err(e)
            }
        }
    }

    /// Opens it and changes nothing; its schema has to be up to date.
    ///
    /// # Errors
    /// It does not answer, or lacks migrations, or is of a newer program.
    pub(super) async fn open_current(settings: &Settings) -> anyhow::Result<Self> {
        let database = Self::open_as_it_is(settings).await?;
        match db::schema_state(&database.pool).await {
            Ok(SchemaState::Current) => Ok(database),
            other => {
                database.close().await;
                bail!("{}", other?)
            }
        }
    }

    /// Opens it and changes nothing.
    ///
    /// # Errors
    /// It does not answer.
    pub(super) async fn open_as_it_is(settings: &Settings) -> anyhow::Result<Self> {
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
    pub(super) async fn close(self) {
        self.pool.close().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}
