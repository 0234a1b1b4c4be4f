//! The store as a catalogue knows it: whose marker it carries, and what it can do.
//!
//! Never the store itself: that is `archive`'s. These are the values and the rule that decide whether it may be used.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The version of the marker's format.
const SCHEMA: u32 = 1;

/// The random name of one archive: in its marker and in the one catalogue that fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreId(pub u128);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no id of a store")]
pub struct NotAStoreId;

impl FromStr for StoreId {
    type Err = NotAStoreId;

    fn from_str(text: &str) -> Result<Self, NotAStoreId> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        id.map(Self).ok_or(NotAStoreId)
    }
}

#[derive(Serialize, Deserialize)]
struct Marker {
    schema: u32,
    store_id: String,
}

/// The bytes of the marker object: the same for the same id, for ever.
pub fn marker_of(id: StoreId) -> Vec<u8> {
    format!("{{\"schema\":{SCHEMA},\"store_id\":\"{id}\"}}\n").into_bytes()
}

/// The id in a marker's bytes.
pub fn read_marker(bytes: &[u8]) -> Option<StoreId> {
    let marker: Marker = serde_json::from_slice(bytes).ok()?;
    (marker.schema == SCHEMA).then_some(())?;
    marker.store_id.parse().ok()
}

/// What lies where the marker belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A marker.
    Marker(StoreId),
    /// Something that is no marker of ours.
    Unreadable,
}

/// Whether a store belongs to a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// It does.
    Ours,
    /// Nobody's yet: it may be marked as ours.
    Unmarked,
    /// It must not be written to.
    No(NotOurs),
}

/// Why a store must not be written to, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// A marked store and a catalogue that knows no store.
    #[error(
        "this store was filled with another state folder: bring that folder back or one of its backups; if it is lost, \
         `keepmark rebuild` makes a new catalogue from this store; if this is to be another archive, give it a bucket or a \
         prefix of its own (archive.url)"
    )]
    CatalogueIsEmpty,
    /// The marker of another one.
    #[error(
        "this store belongs to another Keepmark: give this one a bucket or a prefix of its own, or correct archive.url"
    )]
    AnotherOne,
    /// Photos were archived, and the marker cannot be seen.
    #[error(
        "the store lacks .keepmark/store.json, and so seems not to be the one that holds the archived photos: correct \
         archive.url or mount the disk; if the archive was moved, copy that file too"
    )]
    MarkerIsGone,
    /// A marker that this program cannot read.
    #[error(
        "the store's .keepmark/store.json cannot be read: bring back the one that Keepmark wrote, or give this Keepmark \
         a bucket or a prefix of its own"
    )]
    MarkerIsUnreadable,
}

/// Holds a store's marker against the id that the catalogue fixed. Only a catalogue that has archived nothing may mark.
pub fn belongs(known: Option<StoreId>, has_archived: bool, found: Found) -> Belongs {
    match (found, known) {
        (Found::Marker(found), Some(known)) if found == known => Belongs::Ours,
        (Found::Marker(_), Some(_)) => Belongs::No(NotOurs::AnotherOne),
        (Found::Marker(_), None) => Belongs::No(NotOurs::CatalogueIsEmpty),
        (Found::Unreadable, _) => Belongs::No(NotOurs::MarkerIsUnreadable),
        (Found::Nothing, _) if has_archived => Belongs::No(NotOurs::MarkerIsGone),
        (Found::Nothing, _) => Belongs::Unmarked,
    }
}

/// What a probe learnt of one thing that a store should do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case", tag = "result", content = "reason")]
pub enum Capability {
    /// It does.
    Ok,
    /// It does not; in words.
    Failed(String),
    /// Not tried, or the try told nothing.
    #[default]
    Unknown,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// What a store can do, as a probe found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Capabilities {
    /// A second create-only put on a key is refused and leaves the first bytes.
    pub create_only: Capability,
    /// Of eight create-only puts at once on one key exactly one wins.
    pub one_winner: Capability,
    /// A put with a SHA-256 of its body is taken.
    pub checksum: Capability,
    /// An object is there as soon as its put is answered.
    pub read_after_write: Capability,
    /// Keys may hold letters of any script.
    pub unicode_keys: Capability,
    /// A body of more than one part arrives whole.
    pub large_body: Capability,
}

impl Capabilities {
    /// Each with its name in words, in the order of the probe.
    pub fn each(&self) -> [(&'static str, &Capability); 6] {
        let Self { create_only, one_winner, checksum, read_after_write, unicode_keys, large_body } = self;
        [
            ("create-only puts", create_only),
            ("one winner of eight puts at once", one_winner),
            ("SHA-256 on put", checksum),
            ("read after write", read_after_write),
            ("Unicode keys", unicode_keys),
            ("large body", large_body),
        ]
    }

    /// Whether the store itself keeps two puts on one key apart.
    pub fn keeps_the_first(&self) -> bool {
        self.create_only == Capability::Ok && self.one_winner == Capability::Ok
    }

    /// What it lacks, in words.
    pub fn failures(&self) -> Vec<String> {
        let failed = |(name, capability): &(&str, &Capability)| match capability {
            Capability::Failed(reason) => Some(format!("{name}: {reason}")),
            Capability::Ok | Capability::Unknown => None,
        };
        self.each().iter().filter_map(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: StoreId = StoreId(1);
    const OTHER: StoreId = StoreId(2);

    #[test]
    fn a_marker_is_read_back_and_nothing_else_is() {
        assert_eq!(read_marker(&marker_of(StoreId(u128::MAX))), Some(StoreId(u128::MAX)));
        for other in ["", "{}", r#"{"schema":2,"store_id":"00000000000000000000000000000001"}"#] {
            assert_eq!(read_marker(other.as_bytes()), None, "{other}");
        }
        assert_eq!("+000000000000000000000000000000f".parse::<StoreId>(), Err(NotAStoreId));
    }

    #[test]
    fn only_a_catalogue_that_has_archived_nothing_marks_a_store() {
        assert_eq!(belongs(None, false, Found::Nothing), Belongs::Unmarked);
        assert_eq!(
            belongs(Some(ONE), false, Found::Nothing),
            Belongs::Unmarked,
            "the put was cut by a crash"
        );
        assert_eq!(belongs(Some(ONE), true, Found::Nothing), Belongs::No(NotOurs::MarkerIsGone));
        assert_eq!(belongs(None, true, Found::Nothing), Belongs::No(NotOurs::MarkerIsGone));
    }

    #[test]
    fn a_store_is_used_only_by_the_catalogue_that_marked_it() {
        for archived in [false, true] {
            assert_eq!(belongs(Some(ONE), archived, Found::Marker(ONE)), Belongs::Ours);
            let other = belongs(Some(ONE), archived, Found::Marker(OTHER));
            assert_eq!(other, Belongs::No(NotOurs::AnotherOne));
            let empty = belongs(None, archived, Found::Marker(ONE));
            assert_eq!(empty, Belongs::No(NotOurs::CatalogueIsEmpty));
            let unreadable = belongs(Some(ONE), archived, Found::Unreadable);
            assert_eq!(unreadable, Belongs::No(NotOurs::MarkerIsUnreadable));
        }
    }
}
