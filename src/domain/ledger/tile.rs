//! The objects that the ledger is stored as: tiles of hashes and bundles of entries (C2SP `tlog-tiles`).
//!
//! Never holds their bytes: those come from the tree and from the leaves.

use tlog_tiles::Tile;

/// How many hashes or entries a full tile has.
pub const WIDTH: u32 = 256;
/// How many levels there can be.
const LEVELS: u8 = 64;
/// The binary logarithm of the width.
pub(super) const HEIGHT: u8 = 8;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Hashes: at level 0 those of leaves, above it those of full tiles of the level below.
    Hashes {
        /// At most 63.
        level: u8,
    },
    /// Entries, each behind its length in two bytes.
    Entries,
}

/// The name of one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileName {
    /// What it holds.
    pub kind: Kind,
    /// Which one of its level, from 0.
    pub number: u64,
    /// How many hashes or entries it has: 1 to [`WIDTH`]; fewer only at the right edge of a tree.
    pub width: u32,
}

impl TileName {
    /// The path below the ledger's own: `tile/0/x001/x234/067`, `tile/1/000.p/5`, `tile/entries/000`.
    pub fn path(&self) -> String {
        let (level, is_data) = match self.kind {
            Kind::Hashes { level } => (level, false),
            Kind::Entries => (0, true),
        };
        let path = Tile::new(HEIGHT, level, self.number, self.width, is_data).path();
        // The library writes Go's own paths: with the height, and `data` for entries.
        path.replacen("tile/8/data/", "tile/entries/", 1).replacen("tile/8/", "tile/", 1)
    }

    /// The tile with this path, which must be written exactly as [`TileName::path`] does.
    pub fn from_path(path: &str) -> Option<Self> {
        let (level, number) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if level == "entries" { "data" } else { level };
        // The library panics at levels and widths that there cannot be.
        let is_possible = level == "data" || level.parse::<u8>().is_ok_and(|level| level < LEVELS);
        if !is_possible || number.ends_with(".p/0") {
            return None;
        }
        let tile = Tile::from_path(&format!("tile/8/{level}/{number}")).ok()?;
        let kind = if tile.is_data() { Kind::Entries } else { Kind::Hashes { level: tile.level() } };
        let name = Self { kind, number: tile.level_index(), width: tile.width() };
        (name.path() == path).then_some(name)
    }

    /// How many leaves a tree has at least that has this tile.
    pub fn leaves_min(&self) -> u64 {
        let level = match self.kind {
            Kind::Hashes { level } => u32::from(level),
            Kind::Entries => 0,
        };
        let hashes = self.number.saturating_mul(u64::from(WIDTH)).saturating_add(self.width.into());
        hashes.saturating_mul(u64::from(WIDTH).saturating_pow(level))
    }

    /// Whether nothing will ever be added to it.
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }
}

/// What has to be stored so that a tree of `new` leaves can be read where one of `old` leaves could. Bundles of
/// entries stand behind the tiles of level 0.
pub fn tiles_between(old: u64, new: u64) -> Vec<TileName> {
    let of = |tile: Tile| {
        let name = |kind| TileName { kind, number: tile.level_index(), width: tile.width() };
        let entries = (tile.level() == 0).then(|| name(Kind::Entries));
        std::iter::once(name(Kind::Hashes { level: tile.level() })).chain(entries)
    };
    Tile::new_tiles(HEIGHT, old, new).into_iter().flat_map(of).collect()
}

/// The bytes of a bundle: each entry behind its length, two bytes, the more significant first. `None`: an entry is longer
/// than 65,535 bytes.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend(entry.as_bytes());
    }
    Some(bytes)
}

/// The entries of a bundle. `None`: these bytes are none.
pub fn entries_of(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(std::str::from_utf8(entry).ok()?.to_owned());
        bytes = rest;
    }
    bytes.is_empty().then_some(entries)
}
