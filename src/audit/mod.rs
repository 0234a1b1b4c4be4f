//! The audit: is everything still there, and is it what was archived? By code, object by object, and as an inventory.
//!
//! Never writes into the store and never deletes: a finding is told, and what follows from it is a person's decision.
//! While the store cannot be seen to be ours, nothing is called missing.

pub mod code;
mod comparison;
pub mod fixity;
mod inventory;
pub mod list;
pub mod report;
pub mod run_report;

use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::store::{Belongs, NotOurs, belongs};

/// What an audit works with.
#[derive(Clone)]
pub struct Audit {
    /// What was recorded.
    pub catalog: Catalog,
    /// What is there.
    pub archive: Archive,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// Why an audit does not go on. What it had not told yet is not told.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store as a whole; a single object is a finding.
    #[error("nothing was judged, because the store cannot be read")]
    Archive(#[source] ArchiveError),
    /// Without its marker the store may be another one, or an empty folder.
    #[error(
        "nothing is called missing, because the store cannot be seen to be the one of this catalogue: {0}"
    )]
    NotOurs(NotOurs),
    /// Nothing was ever archived there.
    #[error("the store has no marker yet: start `keepmark serve` once")]
    Unmarked,
}

impl Audit {
    /// What is mounted or configured may be another store by now. Asked before objects are read, and again before what
    /// was not found is told: the disk may have gone in between.
    pub(crate) async fn expect_our_store(&self) -> Result<(), AuditError> {
        let known = self.catalog.store().await?.id;
        let found = self.archive.marker().await.map_err(AuditError::Archive)?;
        match belongs(known, self.catalog.has_archived().await?, found) {
            Belongs::Ours => Ok(()),
            Belongs::No(reason) => Err(AuditError::NotOurs(reason)),
            Belongs::Unmarked => Err(AuditError::Unmarked),
        }
    }
}
