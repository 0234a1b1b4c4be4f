//! The catalogue: what Keepmark knows, in one SQLite file. The only home of SQL and of rusqlite.
//!
//! Speaks in operations and domain types; no SQL text, row or connection leaves this folder. One writer thread owns
//! the writing connection, a pool of query-only readers serves the rest. Never holds a transaction across I/O.

pub mod audit;
mod candidates;
pub mod code;
mod column;
mod connection;
mod contention;
pub mod copy;
pub mod delivery;
pub mod device_pair;
mod draw;
mod equal;
pub mod evidence;
pub mod filter;
pub mod history;
mod host;
pub mod human_sample;
pub mod job;
pub mod judge_run;
pub mod known;
pub mod ledger;
pub mod letters;
pub mod look_alikes;
mod naming;
mod new_job;
pub mod origin;
#[cfg(test)]
mod page_tests;
pub mod photo;
pub mod place;
pub mod project;
#[cfg(test)]
mod query_plan;
mod reach;
mod readers;
pub mod rebuild;
pub mod record;
pub mod recorded;
pub mod records;
pub mod retry;
pub mod seal;
pub mod search;
#[cfg(test)]
mod search_tests;
pub mod session;
pub mod start;
pub mod store;
pub mod take_back;
pub mod team;
pub mod text;
pub mod token;
pub mod user;
pub mod verification;
mod versions;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Transaction;

pub use connection::SCHEMA_VERSION;
pub use writer::BatchObserver;

use crate::domain::ledger::tree;

use readers::Readers;
use writer::{Lane, Writer};

/// Why an operation of the catalogue was not carried out. Nothing of it took effect.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// SQLite refused; most often the disk.
    #[error("could not {doing} in the catalogue")]
    Sqlite {
        /// What was attempted.
        doing: &'static str,
        /// SQLite's own words.
        source: Arc<rusqlite::Error>,
    },
    /// The file or its folder could not be opened.
    #[error("could not open the catalogue {}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// The reason.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// Written by a later Keepmark.
    #[error(
        "the catalogue {} is of version {found}, this program knows versions up to {SCHEMA_VERSION}: \
         install the Keepmark that wrote it, or a newer one", path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i32,
    },
    /// Not yet brought up to date.
    #[error(
        "the catalogue {} is of version {found}, this program needs {SCHEMA_VERSION}: \
         `keepmark serve` brings it up to date at its start", path.display()
    )]
    Older {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i32,
    },
    /// A pragma that durability depends on was not taken.
    #[error("SQLite did not take {pragma}: it says {found}")]
    Pragma {
        /// As set.
        pragma: String,
        /// As read back.
        found: String,
    },
    /// Too many operations wait, or the writer has ended.
    #[error("the catalogue takes no more work")]
    Closed,
    /// A fault of this program; the operation was rolled back.
    #[error("an operation of the catalogue failed; see the log")]
    Panicked,
    /// The lease was lost: somebody else has the job now.
    #[error("the lease on this job is lost")]
    LeaseLost,
    /// A name that is in use.
    #[error("{0}")]
    Taken(String),
    /// What was asked for would leave the catalogue in a state that nobody wants.
    #[error("{0}")]
    Refused(String),
    /// A stored value that this program did not write.
    #[error("the catalogue holds an unreadable {0}")]
    Unreadable(&'static str),
}

impl From<tree::Unfit> for CatalogError {
    fn from(_: tree::Unfit) -> Self {
        Self::Unreadable("tree of the ledger")
    }
}

impl CatalogError {
    /// Whether the disk or another process is in the way, and the same operation may succeed later.
    pub fn is_passing(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        match self {
            Self::Closed => true,
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(DiskFull | SystemIoFailure | DatabaseBusy | DatabaseLocked | CannotOpen)
            ),
            _ => false,
        }
    }
}

/// The result of every operation.
pub type Result<T> = std::result::Result<T, CatalogError>;

/// Puts a name on what SQLite was asked to do.
trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|source| CatalogError::Sqlite { doing, source: Arc::new(source) })
    }
}

/// A handle on the catalogue; clones share the writer and the readers.
#[derive(Clone)]
pub struct Catalog {
    writer: Writer,
    readers: Readers,
    look_alikes: look_alikes::SharedIndex,
}

impl Catalog {
    /// Opens the catalogue in a state folder, makes it where it is missing and brings it up to date. The caller holds
    /// the state folder's lock.
    pub fn open(state_dir: &Path, observer: BatchObserver) -> Result<Self> {
        let path = file_in(state_dir);
        let writing = connection::open_and_migrate(&path)?;
        Self::over(Writer::start(writing, observer), &path)
    }

    /// Opens an existing catalogue beside a daemon that may be running: never makes or migrates one.
    pub fn open_beside(state_dir: &Path) -> Result<Self> {
        let path = file_in(state_dir);
        let writing = connection::open_existing(&path)?;
        Self::over(Writer::start(writing, BatchObserver::default()), &path)
    }

    fn over(writer: Writer, path: &Path) -> Result<Self> {
        Ok(Self { writer, readers: Readers::open(path)?, look_alikes: Arc::default() })
    }

    /// Whether a state folder has a catalogue.
    pub fn exists_in(state_dir: &Path) -> bool {
        file_in(state_dir).exists()
    }

    /// Whether a commit goes through now, in the lane of arrivals. It writes a page: an empty one needs no disk.
    pub async fn can_commit(&self) -> Result<()> {
        self.write_arrival(|transaction| {
            let touch =
                "UPDATE daemon_start SET alive_at = alive_at WHERE id = (SELECT max(id) FROM daemon_start)";
            transaction
                .prepare_cached(touch)
                .and_then(|mut statement| statement.execute([]))
                .map(drop)
                .doing("commit")
        })
        .await
    }

    /// Runs in the writer's next transaction; the result is returned after its commit.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(Lane::Work, work).await
    }

    /// As [`Catalog::write`], in the lane that is reserved for accepting.
    async fn write_arrival<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(Lane::Arrivals, work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(work).await
    }
}

fn file_in(state_dir: &Path) -> PathBuf {
    state_dir.join("keepmark.db")
}
