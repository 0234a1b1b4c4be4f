//! What a leaf of the ledger says: which evidence there is, by hashes alone.
//!
//! Never changed: the text is hashed, and stands for ever. Readers take kinds that they do not know as they are:
//! erasures, hand-overs and time-stamps will be leaves one day.

use std::fmt;

use tlog_tiles::Hash;

use crate::domain::photo::Sha256;

/// The first line of every entry.
const FORMAT: &str = "keepmark-leaf/v1";

/// One piece of evidence. Displayed as the exact text of the entry, two lines that both end in a newline:
///
/// ```text
/// keepmark-leaf/v1
/// photo {SHA-256 of the photo} {SHA-256 of its sidecar}
/// ```
///
/// or, in place of the second line, `judgement`, `repeat` or `record` and the SHA-256 of that object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// An archived photo.
    Photo {
        /// Of the original bytes.
        photo: Sha256,
        /// Of the sidecar's, which hold a random salt.
        sidecar: Sha256,
    },
    /// A later judgement.
    Judgement(Sha256),
    /// A repeated delivery.
    Repeat(Sha256),
    /// A record of something that is no photo.
    Record(Sha256),
}

impl Entry {
    /// The hash of the leaf: SHA-256 of a zero byte and the entry (RFC 9162, section 2.1.1).
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.to_string())
    }
}

/// The hash of the leaf with this entry, of whatever kind.
pub fn leaf_hash(entry: &str) -> Hash {
    tlog_tiles::record_hash(entry.as_bytes())
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}")?;
        match self {
            Self::Photo { photo, sidecar } => writeln!(f, "photo {photo} {sidecar}"),
            Self::Judgement(object) => writeln!(f, "judgement {object}"),
            Self::Repeat(object) => writeln!(f, "repeat {object}"),
            Self::Record(object) => writeln!(f, "record {object}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_two_lines_of_hashes() {
        let (one, two) = (Sha256([0x11; 32]), Sha256([0x22; 32]));
        assert_eq!(
            Entry::Photo { photo: one, sidecar: two }.to_string(),
            format!("keepmark-leaf/v1\nphoto {} {}\n", "11".repeat(32), "22".repeat(32))
        );
        for (entry, word) in [
            (Entry::Judgement(one), "judgement"),
            (Entry::Repeat(one), "repeat"),
            (Entry::Record(one), "record"),
        ] {
            assert_eq!(entry.to_string(), format!("keepmark-leaf/v1\n{word} {}\n", "11".repeat(32)));
        }
    }
}
