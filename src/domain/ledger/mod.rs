//! The ledger: a Merkle tree (RFC 9162, section 2.1) over all evidence, in the open formats of C2SP: `tlog-tiles`,
//! `tlog-checkpoint`, `signed-note` and `tlog-proof` (c2sp.org).
//!
//! Never reads or writes anything, and never knows a name, a place or a contact: a leaf holds hashes alone, so that an
//! erasure leaves the ledger intact.

pub mod checkpoint;
pub mod entry;
pub mod key;
pub mod proof;
pub mod standing;
pub mod tile;
pub mod tree;

#[cfg(test)]
mod rfc9162;
#[cfg(test)]
mod tests;

pub use tlog_tiles::Hash;
