//! The database that a subcommand works on.

#[cfg(feature = "private-database")]
use anyhow::Context;
use anyhow::bail;
#[cfg(feature = "private-database")]
use private_database::{Durability, Options, PrivateServer};
use secrecy::ExposeSecret;
use sqlx::mysql::MySqlPool;

use crate::config::Settings;
use crate::db::{self, SchemaState};

/// An open database: of `DATABASE_URL`, or of the private server.
pub(super) struct Database {
    /// Its connections.
    pub(super) pool: MySqlPool,
    #[cfg(feature = "private-database")]
    server: Option<PrivateServer>,
}

impl Database {
    /// Opens it and brings its schema up to date.
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
    pub(super) async fn open_as_it_is(settings: &Settings) -> anyhow::Result<Self> {
        match &settings.database_url {
            Some(url) => Ok(Self {
                pool: db::connect(url.expose_secret()).await?,
                #[cfg(feature = "private-database")]
                server: None,
            }),
            None => Self::open_private(settings).await,
        }
    }

    #[cfg(not(feature = "private-database"))]
    async fn open_private(_: &Settings) -> anyhow::Result<Self> {
        bail!("DATABASE_URL is not set: name the database, like mysql://user:password@host:3306/gym")
    }

    #[cfg(feature = "private-database")]
    async fn open_private(settings: &Settings) -> anyhow::Result<Self> {
        let options = Options {
            choice: settings.database,
            programs: vec![settings.var.join("mysql/bin")],
            durability: Durability::Machine,
            arguments: db::server_arguments(),
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
        #[cfg(feature = "private-database")]
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}
