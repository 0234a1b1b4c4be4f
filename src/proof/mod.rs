//! Proof: the ledger's way to the store, and what a stranger needs to check it without Keepmark.
//!
//! Never changes evidence, and never goes on from a checkpoint in the store that is not the one it put there: what an
//! older one means is for people to find out.

pub mod bundle;
pub mod check;
pub mod distributor;
pub mod key;
pub mod new_key;
pub mod publisher;
pub mod verify;

use crate::archive::{Archive, ArchiveError};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::ledger::standing::Amiss;
use crate::domain::store::{Belongs, NotOurs, StoreId, belongs};

use key::KeyError;

/// Why something of the ledger was not done.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The store is another catalogue's, or nobody's any more.
    #[error("{0}")]
    NotOurs(NotOurs),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The checkpoint in the store.
    #[error("{0}")]
    Amiss(Amiss),
    /// The store took a checkpoint and returns another.
    #[error("the store does not return the checkpoint that it was given: it is tried again")]
    NotReadBack,
}

/// The id of the store that this catalogue marked; nothing where there is no marker yet. Without it, what is not found is
/// not missing: another store, or an empty folder, may be in its place.
async fn our_store(catalog: &Catalog, archive: &Archive) -> Result<Option<StoreId>, ProofError> {
    let known = catalog.store().await?.id;
    match belongs(known, catalog.has_archived().await?, archive.marker().await?) {
        Belongs::Ours => Ok(known),
        Belongs::Unmarked => Ok(None),
        Belongs::No(reason) => Err(ProofError::NotOurs(reason)),
    }
}

impl ProofError {
    /// The word for it in records.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Catalog(_) => "catalogue",
            Self::Archive(_) => "object",
            Self::NotOurs(_) => "store",
            Self::Key(_) => "key",
            Self::Amiss(amiss) => amiss.word(),
            Self::NotReadBack => "not_read_back",
        }
    }

    /// Whether a person has to act: a store or a disk in trouble mends itself, and is told elsewhere.
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Catalog(error) => !error.is_passing(),
            Self::Archive(error) => matches!(error, ArchiveError::Conflict),
            // The gate of the store says it.
            Self::NotOurs(_) | Self::NotReadBack => false,
            Self::Key(_) | Self::Amiss(_) => true,
        }
    }
}
