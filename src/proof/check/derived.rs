//! The tree and its objects as the leaves make them, leaf by leaf.
//!
//! Never holds more than the right edge and one bundle of entries.

use std::convert::Infallible;

use crate::domain::ledger::entry::leaf_hash;
use crate::domain::ledger::tile::{Kind, TileName, WIDTH, bundle};
use crate::domain::ledger::tree::Edge;
use crate::domain::photo::Sha256;

/// What was derived so far.
#[derive(Default)]
pub(super) struct Derived {
    edge: Edge,
    /// Of the bundle that is not full yet.
    entries: Vec<String>,
    full: Vec<(TileName, Sha256)>,
}

impl Derived {
    /// How many leaves there were.
    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The right edge.
    pub(super) fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Adds a leaf.
    pub(super) fn push(&mut self, entry: String) {
        let full = &mut self.full;
        let Ok(()) = self.edge.push(leaf_hash(&entry), |level, number, hashes| {
            full.push((TileName { kind: Kind::Hashes { level }, number, width: WIDTH }, Sha256::of(hashes)));
            Ok::<_, Infallible>(())
        });
        self.entries.push(entry);
        if self.entries.len() == WIDTH as usize {
            self.full.extend(self.open_bundle());
            self.entries.clear();
        }
    }

    /// The objects that became full since this was asked last.
    pub(super) fn take_full(&mut self) -> Vec<(TileName, Sha256)> {
        std::mem::take(&mut self.full)
    }

    /// The objects of the right edge that are not full.
    pub(super) fn open(&self) -> Vec<(TileName, Sha256)> {
        let tiles = self.edge.open_tiles().map(|(level, number, hashes)| {
            let width = u32::try_from(hashes.len() / 32).unwrap_or_default();
            (TileName { kind: Kind::Hashes { level }, number, width }, Sha256::of(hashes))
        });
        tiles.chain(self.open_bundle()).collect()
    }

    fn open_bundle(&self) -> Option<(TileName, Sha256)> {
        let width = u32::try_from(self.entries.len()).ok().filter(|width| *width > 0)?;
        let number = (self.size() - 1) / u64::from(WIDTH);
        let bytes = bundle(self.entries.iter().map(String::as_str))?;
        Some((TileName { kind: Kind::Entries, number, width }, Sha256::of(&bytes)))
    }
}
