//! Finds the database servers that are installed, and chooses one for a private database.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use tokio::process::Command;

/// The values of `GYM_DATABASE`: which server the private database runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// The server whose data is there already; without data MySQL, or MariaDB where there is no MySQL
    #[default]
    Auto,
    /// MySQL
    Mysql,
    /// MariaDB
    Mariadb,
}

impl Choice {
    /// Whether a server of that kind may be used.
    pub(crate) fn allows(self, kind: Kind) -> bool {
        match self {
            Self::Auto => true,
            Self::Mysql => kind == Kind::MySql,
            Self::Mariadb => kind == Kind::MariaDb,
        }
    }
}

/// A kind of database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}

impl Kind {
    /// Every kind; the one that is preferred first.
    pub const ALL: [Self; 2] = [Self::MySql, Self::MariaDb];

    /// The kind that a version names: the answer of `VERSION()`, or the output of `--version`.
    pub fn of_version(version: &str) -> Self {
        if version.contains("MariaDB") { Self::MariaDb } else { Self::MySql }
    }

    /// The value of `GYM_DATABASE` that chooses this kind, and the name of its data directory.
    pub fn word(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
        }
    }

    /// The name of the server program.
    fn program(self) -> &'static str {
        match self {
            Self::MySql => "mysqld",
            Self::MariaDb => "mariadbd",
        }
    }

    /// The kind of server that made a data directory, if it can be told: MySQL keeps its dictionary in `mysql.ibd`,
    /// MariaDB some of its tables in the Aria engine.
    pub(crate) fn that_made(data: &Path) -> Option<Self> {
        if data.join("mysql.ibd").exists() {
            Some(Self::MySql)
        } else if data.join("aria_log_control").exists() {
            Some(Self::MariaDb)
        } else {
            None
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        })
    }
}

/// An installed server.
#[derive(Clone, Debug)]
pub struct Programs {
    /// What it is.
    pub kind: Kind,
    /// The output of `--version`, from the number on.
    pub version: String,
    /// The server program.
    pub(crate) server: PathBuf,
    /// MariaDB alone: the script that makes a data directory.
    pub(crate) install: Option<PathBuf>,
}

impl Programs {
    /// The installed server of that kind, if there is one in `first`, on PATH, or in the usual directories for servers.
    ///
    /// # Errors
    /// MariaDB's server is there without the script that makes its data directory.
    pub async fn find(kind: Kind, first: &[PathBuf]) -> anyhow::Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
        let dirs: Vec<PathBuf> =
            first.iter().cloned().chain(std::env::split_paths(&path)).chain(usual).collect();
        for server in dirs.iter().map(|dir| dir.join(kind.program())).filter(|server| server.is_file()) {
            let output = Command::new(&server).args(["--no-defaults", "--version"]).output().await;
            let Ok(output) = output else { continue };
            // The output begins with the path of the program, which does not tell the kind.
            let said = String::from_utf8_lossy(&output.stdout);
            let version = said.split_once("Ver ").map_or("", |(_, version)| version.trim()).to_owned();
            // Debian's `mysqld` is MariaDB under an old name.
            if !output.status.success() || Kind::of_version(&version) != kind {
                continue;
            }
            let install = match kind {
                Kind::MySql => None,
                Kind::MariaDb => Some(
                    dirs.iter()
                        .map(|dir| dir.join("mariadb-install-db"))
                        .find(|script| script.is_file())
                        .context(
                            "mariadbd is installed but mariadb-install-db is not: install the rest of mariadb-server",
                        )?,
                ),
            };
            return Ok(Some(Self { kind, version, server, install }));
        }
        Ok(None)
    }

    /// The server for the private database in `dir`.
    ///
    /// # Errors
    /// No server that may run there is installed, or it is not clear which one is meant; says what to do.
    pub(crate) async fn choose(dir: &Path, choice: Choice, first: &[PathBuf]) -> anyhow::Result<Self> {
        let with_data = Kind::ALL.into_iter().filter(|kind| dir.join(kind.word()).exists());
        let wanted: Vec<Kind> = match (choice, with_data.collect::<Vec<_>>().as_slice()) {
            (Choice::Mysql, _) => vec![Kind::MySql],
            (Choice::Mariadb, _) => vec![Kind::MariaDb],
            (Choice::Auto, []) => Kind::ALL.to_vec(),
            (Choice::Auto, [kind]) => vec![*kind],
            (Choice::Auto, _) => bail!(
                "{} holds data of MySQL and of MariaDB: say which one is meant, GYM_DATABASE=mysql or \
                 GYM_DATABASE=mariadb",
                dir.display()
            ),
        };
        for kind in &wanted {
            let Some(programs) = Self::find(*kind, first).await? else { continue };
            let data = dir.join(kind.word());
            match Kind::that_made(&data) {
                Some(made_by) if made_by != *kind => bail!(
                    "{} was made by {made_by} and is not {kind}'s to open: move it away, or choose GYM_DATABASE={}",
                    data.display(),
                    made_by.word()
                ),
                _ => return Ok(programs),
            }
        }
        let missing = match (choice, wanted.as_slice()) {
            (Choice::Auto, [kind]) => {
                format!(
                    "{} holds data of {kind}, but {kind} is not installed",
                    dir.join(kind.word()).display()
                )
            }
            (_, [kind]) => format!("{kind} is not installed"),
            _ => "no database server is installed".to_owned(),
        };
        bail!(
            "{missing}: {} must be on PATH or in /usr/sbin (MySQL: `scripts/setup --mysql`; MariaDB: `apt-get install \
             mariadb-server-core mariadb-client-core`), or set DATABASE_URL to a server that runs, like \
             mysql://user:password@host:3306/gym",
            wanted.iter().map(|kind| kind.program()).collect::<Vec<_>>().join(" or ")
        )
    }
}

/// Moves a data directory from where earlier versions kept it, whichever server made it.
pub(crate) fn adopt_earlier_data(dir: &Path) -> anyhow::Result<()> {
    let earlier = dir.join("data");
    let Some(kind) = Kind::that_made(&earlier) else { return Ok(()) };
    let place = dir.join(kind.word());
    if place.exists() {
        return Ok(());
    }
    fs::rename(&earlier, &place).with_context(|| format!("cannot move {}", earlier.display()))
}
