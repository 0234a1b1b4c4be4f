//! Upkeep: what works through the archive without being asked by a delivery. Today's rules over archived photos,
//! copies of the database, and the catalogue made anew.
//!
//! Never downloads from a source host, never deletes, never changes what stands: a later judgement is one more object.

pub mod backup;
pub mod judge;
pub mod rebuild;
pub mod rotation;

use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::standing::Amiss;
use crate::domain::store::NotOurs;
use crate::domain::verdict::rules::Rules;

/// What upkeep works with.
#[derive(Clone)]
pub struct Upkeep {
    /// The photos, and the runs over them.
    pub catalog: Catalog,
    /// Where later judgements go.
    pub archive: Archive,
    /// By which photos are judged.
    pub rules: Rules,
    /// The public half of the ledger's key as it was here at the start: it may be what opens the store's checkpoint.
    pub known_key: Option<PublicKey>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// Why upkeep does not go on.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The store is another catalogue's, or nobody's any more.
    #[error("{0}")]
    NotOurs(NotOurs),
    /// The ledger has leaves that this catalogue lacks, or other ones.
    #[error("{0}")]
    Ledger(Amiss),
    /// Nothing was ever archived there.
    #[error("the store has no marker yet: start `keepmark serve` once")]
    Unmarked,
}
