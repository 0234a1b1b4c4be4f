//! The tree as it is kept: rows of hashes, one for each tile, the last of each level growing.
//!
//! Never holds more than the tiles of the right edge: a tree of a million leaves needs some kilobytes.

use tlog_tiles::{HashReader, Tile};

use super::Hash;
use super::tile::{HEIGHT, WIDTH};

/// The length of a hash.
const HASH_BYTES: usize = tlog_tiles::HASH_SIZE;

/// A tree whose rows do not fit together, or a question that it cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("the rows of the ledger's tree do not fit together")]
pub struct Unfit;

/// The right edge of a tree: its size and, for each level, the hashes of the tile that is not full yet.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    size: u64,
    open: Vec<Vec<u8>>,
}

impl Edge {
    /// The edge of a tree of `size` leaves, whose rows are asked for by level and number; longer rows are cut.
    pub fn of<E: From<Unfit>>(
        size: u64,
        mut row: impl FnMut(u8, u64) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Self, E> {
        let mut open = Vec::new();
        for level in levels(size) {
            let hashes = size >> (HEIGHT * level);
            let width = usize::try_from(hashes % u64::from(WIDTH)).unwrap_or_default();
            let mut bytes =
                if width == 0 { Vec::new() } else { row(level, hashes >> HEIGHT)?.ok_or(Unfit)? };
            if bytes.len() < width * HASH_BYTES {
                return Err(Unfit.into());
            }
            bytes.truncate(width * HASH_BYTES);
            open.push(bytes);
        }
        Ok(Self { size, open })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Each tile that becomes full is told by level, number and bytes.
    pub fn push<E>(
        &mut self,
        leaf: Hash,
        mut full: impl FnMut(u8, u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut hash, mut index) = (leaf, self.size);
        self.size += 1;
        for level in 0.. {
            let at = usize::from(level);
            if self.open.len() == at {
                self.open.push(Vec::new());
            }
            self.open[at].extend(hash.0);
            if self.open[at].len() < WIDTH as usize * HASH_BYTES {
                break;
            }
            index >>= HEIGHT;
            full(level, index, &self.open[at])?;
            hash = Tile::subtree_hash(&self.open[at]);
            self.open[at].clear();
        }
        Ok(())
    }

    /// The tiles that are not full, by level, number and bytes.
    pub fn open_tiles(&self) -> impl Iterator<Item = (u8, u64, &[u8])> {
        let numbered = levels(self.size).map(|level| (level, self.size >> (HEIGHT * level) >> HEIGHT));
        let tiles = numbered.zip(&self.open).map(|((level, number), bytes)| (level, number, &bytes[..]));
        tiles.filter(|(.., bytes)| !bytes.is_empty())
    }

    /// The root of the tree (RFC 9162, section 2.1.1).
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        // From the right: smaller subtrees before larger ones.
        for bytes in &self.open {
            let mut end = bytes.len() / HASH_BYTES;
            while end > 0 {
                // The rightmost complete subtree is as wide as the lowest bit of what is left.
                let begin = end & (end - 1);
                let subtree = Tile::subtree_hash(&bytes[begin * HASH_BYTES..end * HASH_BYTES]);
                root = Some(root.map_or(subtree, |right| tlog_tiles::node_hash(subtree, right)));
                end = begin;
            }
        }
        root.unwrap_or(tlog_tiles::EMPTY_HASH)
    }
}

/// The levels that a tree of this size has.
fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..u8::try_from(u64::BITS).unwrap_or(u8::MAX) / HEIGHT)
        .take_while(move |level| size >> (HEIGHT * level) > 0)
}

/// A tree whose rows are asked for one by one.
pub struct Rows<F>(pub F);

impl<F: Fn(u8, u64) -> Option<Vec<u8>>> Rows<F> {
    /// The root of the first `size` leaves.
    pub fn root(&self, size: u64) -> Result<Hash, Unfit> {
        tlog_tiles::tree_hash(size, self).map_err(|_| Unfit)
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162, section 2.1.3).
    pub fn inclusion(&self, size: u64, index: u64) -> Result<Vec<Hash>, Unfit> {
        tlog_tiles::prove_record(size, index, self).map_err(|_| Unfit)
    }
}

impl<F: Fn(u8, u64) -> Option<Vec<u8>>> HashReader for Rows<F> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hash = |&index: &u64| {
            let tile = Tile::from_index(HEIGHT, index);
            let row = (self.0)(tile.level(), tile.level_index()).ok_or(tlog_tiles::Error::InvalidTile)?;
            tile.hash_at_index(&row, index)
        };
        indexes.iter().map(hash).collect()
    }
}
