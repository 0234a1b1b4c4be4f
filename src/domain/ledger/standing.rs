//! Whether the checkpoint in the store is the one that the catalogue knows, and what to do where it is not.
//!
//! Never heals anything: a checkpoint that was put back may be all that is left of a rewrite.

use super::Hash;
use super::checkpoint::{Checkpoint, NotACheckpoint, open_by_any};
use super::key::PublicKey;

/// What the catalogue knows of its ledger.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The text of the checkpoint that the store gave back last, and its size.
    pub read_back: Option<(u64, String)>,
    /// The keys that signed, the present one first; none where nothing was ever signed.
    pub keys: Vec<PublicKey>,
    /// Why a rebuild could not bring the ledger back.
    pub distrust: Option<String>,
}

/// How the store's checkpoint stands to the catalogue's ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is the one that was read back last, or neither side has one.
    Same,
    /// It is of this very ledger and newer: the process ended between its put and the note of it.
    Unrecorded(Checkpoint),
    /// It is not what it should be.
    Amiss(Amiss),
}

/// What is wrong with the store's checkpoint, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Amiss {
    /// The catalogue lacks leaves that the ledger has.
    #[error(
        "the catalogue is behind the ledger: the store's ledger/checkpoint has {published} leaves, the catalogue {known}: \
         an older database was brought back. Bring back the newest state folder: what was archived since is not in this one"
    )]
    Behind {
        /// Leaves in the store's checkpoint.
        published: u64,
        /// Leaves in the catalogue.
        known: u64,
    },
    /// The same leaves are other ones.
    #[error(
        "the ledger is forked: the first {size} leaves of the catalogue are not those that the store's ledger/checkpoint \
         signs. An older database was brought back and went on, or a leaf was changed: bring back the state folder that \
         published this checkpoint, and keep both for who has to explain it"
    )]
    Forked {
        /// Leaves in the store's checkpoint.
        size: u64,
    },
    /// An older one of this ledger.
    #[error(
        "an older ledger/checkpoint lies in the store: {found} leaves, where {expected} were read back. Find out who put \
         it there, then put back what `keepmark ledger checkpoint` prints; nothing is published until then"
    )]
    Older {
        /// Leaves in the store's checkpoint.
        found: u64,
        /// Leaves in the last one that was read back.
        expected: u64,
    },
    /// None, where there was one.
    #[error(
        "the store's ledger/checkpoint is gone. Find out who removed it, then put back what `keepmark ledger checkpoint` \
         prints; nothing is published until then"
    )]
    Missing,
    /// Another text for the same tree.
    #[error(
        "the store's ledger/checkpoint is not the text that was put there. Find out who changed it, then put back what \
         `keepmark ledger checkpoint` prints; nothing is published until then"
    )]
    Altered,
    /// Not of this ledger's key.
    #[error(
        "the store's ledger/checkpoint is not this Keepmark's: {0}. Find out who put it there, then put back what \
         `keepmark ledger checkpoint` prints; nothing is published until then"
    )]
    Foreign(NotACheckpoint),
    /// A rebuild could not bring it back: the order of its leaves is not known here.
    #[error(
        "the ledger could not be rebuilt: {0}. Bring that back, from an older version in the store or from a copy, then run \
         `keepmark rebuild` once more: it puts the ledger back alone. Photos go on; nothing is published until then"
    )]
    NotRebuilt(String),
}

impl Amiss {
    /// The word for it in records.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Behind { .. } => "behind",
            Self::Forked { .. } => "forked",
            Self::Older { .. } => "older",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Foreign(_) => "foreign",
            Self::NotRebuilt(_) => "not_rebuilt",
        }
    }

    /// Whether photos have to wait: every further leaf would deepen a fork. Where only the store's copy is amiss, the
    /// catalogue's ledger is whole, and photos go on.
    pub fn holds_photos(&self) -> bool {
        match self {
            Self::Behind { .. } | Self::Forked { .. } => true,
            Self::Older { .. } | Self::Missing | Self::Altered | Self::Foreign(_) | Self::NotRebuilt(_) => {
                false
            }
        }
    }
}

/// Holds what the store has against what is known. `root_at` gives the root of the catalogue's first leaves, nothing
/// where it has fewer; `leaves` is how many it has.
pub fn compare<E>(
    found: Option<&str>,
    known: &Known,
    leaves: u64,
    root_at: impl FnOnce(u64) -> Result<Option<Hash>, E>,
) -> Result<Standing, E> {
    if let Some(reason) = &known.distrust {
        return Ok(Standing::Amiss(Amiss::NotRebuilt(reason.clone())));
    }
    let Some(found) = found else {
        let amiss = known.read_back.is_some().then_some(Standing::Amiss(Amiss::Missing));
        return Ok(amiss.unwrap_or(Standing::Same));
    };
    if known.read_back.as_ref().is_some_and(|(_, note)| note == found) {
        return Ok(Standing::Same);
    }
    if known.keys.is_empty() {
        let published = found.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default();
        return Ok(Standing::Amiss(Amiss::Behind { published, known: leaves }));
    }
    let checkpoint = match open_by_any(found, &known.keys) {
        Ok(checkpoint) => checkpoint,
        Err(reason) => return Ok(Standing::Amiss(Amiss::Foreign(reason))),
    };
    let size = checkpoint.size;
    let amiss = match root_at(size)? {
        None => Amiss::Behind { published: size, known: leaves },
        Some(root) if root != checkpoint.root => Amiss::Forked { size },
        Some(_) => match known.read_back {
            Some((expected, _)) if size < expected => Amiss::Older { found: size, expected },
            Some((expected, _)) if size == expected => Amiss::Altered,
            _ => return Ok(Standing::Unrecorded(checkpoint)),
        },
    };
    Ok(Standing::Amiss(amiss))
}
