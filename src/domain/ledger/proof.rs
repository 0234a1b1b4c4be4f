//! The proof that an entry is in the ledger, for the world outside (C2SP `tlog-proof`).
//!
//! Never trusted: what it says is checked against the entry and the key that the reader has.

use std::fmt;
use std::str::FromStr;

use super::Hash;
use super::checkpoint::{self, Checkpoint, NotACheckpoint};
use super::entry::leaf_hash;
use super::key::PublicKey;

const FORMAT: &str = "c2sp.org/tlog-proof@v1";
/// No tree of 64-bit size has longer paths.
const PATH_MAX: usize = 64;

/// The proof that one entry is in the tree of one checkpoint. Displayed in its exact text.
#[derive(Debug, Clone, PartialEq)]
pub struct InclusionProof {
    /// The number of the leaf, from 0.
    pub index: u64,
    /// From the leaf's sibling up to the root's child (RFC 9162, section 2.1.3).
    pub path: Vec<Hash>,
    /// The signed text.
    pub checkpoint: String,
}

/// A text that is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no `{FORMAT}`, or it is damaged")]
pub struct NotAProof;

/// The link of a proof that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The checkpoint.
    #[error("the checkpoint in the proof is not to be trusted")]
    Checkpoint(#[source] NotACheckpoint),
    /// From the leaf to the root.
    #[error("the path does not lead from this photo and sidecar to the root that the checkpoint signs")]
    Path,
}

impl InclusionProof {
    /// Holds the proof against an entry and a key; what its checkpoint says where every link holds.
    pub fn check(&self, entry: &str, key: &PublicKey) -> Result<Checkpoint, Broken> {
        let checkpoint = checkpoint::open(&self.checkpoint, key).map_err(Broken::Checkpoint)?;
        let Checkpoint { size, root } = checkpoint;
        tlog_tiles::check_record(&self.path, size, root, self.index, leaf_hash(entry))
            .map(|()| checkpoint)
            .map_err(|_| Broken::Path)
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}\nindex {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for InclusionProof {
    type Err = NotAProof;

    fn from_str(text: &str) -> Result<Self, NotAProof> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(NotAProof)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FORMAT) {
            return Err(NotAProof);
        }
        // What others add for themselves is nobody's proof.
        let _extra = lines.next_if(|line| line.starts_with("extra "));
        let digits = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(NotAProof)?;
        let index: u64 = digits.parse().map_err(|_| NotAProof)?;
        let path: Vec<_> = lines
            .take(PATH_MAX + 1)
            .map(Hash::parse_hash)
            .collect::<Result<_, _>>()
            .map_err(|_| NotAProof)?;
        if digits != index.to_string() || path.len() > PATH_MAX {
            return Err(NotAProof);
        }
        Ok(Self { index, path, checkpoint: checkpoint.to_owned() })
    }
}
