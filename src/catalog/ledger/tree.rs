//! The ledger's tree as it is kept, and the objects that it is stored as: fixed by their hash, then put, then recorded.
//!
//! Never holds the writer for long: the tree grows by parts, and each part is a transaction.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::catalog::column::{object_key, parsed};
use crate::catalog::evidence::Pending;
use crate::catalog::ledger::{signed, unsigned};
use crate::catalog::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::ledger::Hash;
use crate::domain::ledger::entry::leaf_hash;
use crate::domain::ledger::tile::{Kind, TileName, WIDTH, bundle, tiles_between};
use crate::domain::ledger::tree::{Edge, Rows};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

/// Leaves that one transaction adds to the tree: some milliseconds of the writer's time.
pub(in crate::catalog) const LEAVES_AT_ONCE: u64 = 16 * WIDTH as u64;
/// Objects whose bytes are in memory at once: a bundle has some 40 KiB.
const TILES_AT_ONCE: u32 = 32;

impl Catalog {
    /// Adds the next leaves to the tree and fixes the tiles that become full. Whether there are more.
    pub async fn grow_ledger(&self) -> Result<bool> {
        self.write(|transaction| Ok(grow(transaction)?.is_more)).await
    }

    /// Tiles and bundles that have to be put, some at a time.
    pub async fn pending_tiles(&self) -> Result<Vec<Pending>> {
        self.read(pending).await
    }

    /// These were put and read back.
    pub async fn record_tiles(&self, keys: Vec<ObjectKey>, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            keys.iter().try_for_each(|key| {
                transaction
                    .prepare_cached("UPDATE ledger_tile SET recorded_at = ?2 WHERE object_key = ?1")
                    .and_then(|mut statement| statement.execute(params![key.as_str(), now_ms]))
                    .map(drop)
                    .doing("record a tile of the ledger")
            })
        })
        .await
    }
}

/// The tree after it grew.
pub(in crate::catalog) struct Grown {
    pub edge: Edge,
    pub is_more: bool,
}

/// Adds up to [`LEAVES_AT_ONCE`] leaves.
pub(in crate::catalog) fn grow(transaction: &Transaction<'_>) -> Result<Grown> {
    let mut edge = edge_at(transaction, grown(transaction)?)?;
    let before = edge.size();
    let mut full = Vec::new();
    each_entry(transaction, before, LEAVES_AT_ONCE, |entry| {
        edge.push(leaf_hash(entry), |level, number, hashes| {
            keep_row(transaction, level, number, hashes)?;
            full.push(TileName { kind: Kind::Hashes { level }, number, width: WIDTH });
            if level == 0 {
                full.push(TileName { kind: Kind::Entries, number, width: WIDTH });
            }
            Ok(())
        })
    })?;
    for (level, number, hashes) in edge.open_tiles() {
        keep_row(transaction, level, number, hashes)?;
    }
    full.iter().try_for_each(|tile| fix(transaction, tile))?;
    transaction
        .execute("UPDATE ledger SET grown = ?1", [signed(edge.size())])
        .doing("let the ledger grow")?;
    Ok(Grown { is_more: edge.size() - before == LEAVES_AT_ONCE, edge })
}

/// Fixes the tiles of the right edge that a checkpoint of `new` leaves needs, where one of `old` leaves was before.
pub(in crate::catalog) fn fix_edge(transaction: &Transaction<'_>, old: u64, new: u64) -> Result<()> {
    tiles_between(old, new).iter().filter(|tile| !tile.is_full()).try_for_each(|tile| fix(transaction, tile))
}

/// The root of the first `size` leaves, which are there.
pub(in crate::catalog) fn root_of(connection: &Connection, size: u64) -> Result<Hash> {
    let kept = grown(connection)?;
    if size <= kept {
        return Ok(rows(connection).root(size)?);
    }
    let mut edge = edge_at(connection, kept)?;
    each_entry(connection, kept, size - kept, |entry| edge.push(leaf_hash(entry), |_, _, _| Ok(())))?;
    if edge.size() == size {
        Ok(edge.root())
    } else {
        Err(CatalogError::Unreadable("row of leaves in the ledger"))
    }
}

/// The tree by its rows.
pub(in crate::catalog) fn rows(connection: &Connection) -> Rows<impl Fn(u8, u64) -> Option<Vec<u8>>> {
    Rows(|level, number| row(connection, level, number).ok().flatten())
}

pub(in crate::catalog) fn edge_at(connection: &Connection, size: u64) -> Result<Edge> {
    Edge::of(size, |level, number| row(connection, level, number))
}

fn grown(connection: &Connection) -> Result<u64> {
    connection
        .prepare_cached("SELECT grown FROM ledger")
        .and_then(|mut statement| statement.query_row([], |row| unsigned(row, 0)))
        .doing("read the ledger's tree")
}

fn row(connection: &Connection, level: u8, number: u64) -> Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT hashes FROM ledger_hashes WHERE level = ?1 AND number = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![level, signed(number)], |row| row.get(0)).optional()
        })
        .doing("read the ledger's tree")
}

fn keep_row(transaction: &Transaction<'_>, level: u8, number: u64, hashes: &[u8]) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO ledger_hashes (level, number, hashes) VALUES (?1, ?2, ?3)
             ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes",
        )
        .and_then(|mut statement| statement.execute(params![level, signed(number), hashes]))
        .map(drop)
        .doing("let the ledger grow")
}

/// The entries of some leaves, in their order.
pub(in crate::catalog) fn each_entry(
    connection: &Connection,
    first: u64,
    count: u64,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    let mut statement = connection
        .prepare_cached("SELECT entry FROM ledger_leaf WHERE number >= ?1 AND number < ?2 ORDER BY number")
        .doing("read the leaves of the ledger")?;
    let end = signed(first.saturating_add(count));
    let mut rows = statement.query([signed(first), end]).doing("read the leaves of the ledger")?;
    while let Some(row) = rows.next().doing("read the leaves of the ledger")? {
        each(row.get_ref(0).and_then(|text| Ok(text.as_str()?)).doing("read the leaves of the ledger")?)?;
    }
    Ok(())
}

fn fix(transaction: &Transaction<'_>, tile: &TileName) -> Result<()> {
    let sha256 = Sha256::of(&bytes_of(transaction, tile)?).to_string();
    transaction
        .prepare_cached(
            "INSERT INTO ledger_tile (object_key, sha256) VALUES (?1, ?2) ON CONFLICT (object_key) DO NOTHING",
        )
        .and_then(|mut statement| {
            statement.execute(params![ObjectKey::ledger_tile(tile).as_str(), sha256])
        })
        .map(drop)
        .doing("fix a tile of the ledger")
}

/// The bytes of a tile or bundle, from the tree and the leaves.
pub(in crate::catalog) fn bytes_of(connection: &Connection, tile: &TileName) -> Result<Vec<u8>> {
    let unfit = CatalogError::Unreadable("tile of the ledger");
    match tile.kind {
        Kind::Hashes { level } => {
            let mut hashes = row(connection, level, tile.number)?.unwrap_or_default();
            let length = tile.width as usize * 32;
            if hashes.len() < length {
                return Err(unfit);
            }
            hashes.truncate(length);
            Ok(hashes)
        }
        Kind::Entries => {
            let mut entries = Vec::with_capacity(tile.width as usize);
            each_entry(connection, tile.number * u64::from(WIDTH), u64::from(tile.width), |entry| {
                entries.push(entry.to_owned());
                Ok(())
            })?;
            let whole = entries.len() == tile.width as usize;
            bundle(entries.iter().map(String::as_str)).filter(|_| whole).ok_or(unfit)
        }
    }
}

/// Whatever was changed in between is not put: the object would not be what was fixed.
pub(in crate::catalog) fn pending(connection: &Connection) -> Result<Vec<Pending>> {
    let sql = format!(
        "SELECT object_key, sha256 FROM ledger_tile WHERE recorded_at IS NULL ORDER BY object_key LIMIT {TILES_AT_ONCE}"
    );
    let mut statement = connection.prepare_cached(&sql).doing("read what the ledger has to put")?;
    let fixed = statement
        .query_map([], |row| Ok((object_key(row, 0)?, parsed::<Sha256>(row, 1)?)))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .doing("read what the ledger has to put")?;
    let with_bytes = |(object_key, sha256): (ObjectKey, Sha256)| {
        let tile = object_key.as_ledger_tile().ok_or(CatalogError::Unreadable("tile of the ledger"))?;
        let body = bytes_of(connection, &tile)?;
        if Sha256::of(&body) != sha256 {
            return Err(CatalogError::Refused(format!(
                "the leaves of {} were changed in the database after they were fixed: `keepmark ledger check` says more",
                tile.path()
            )));
        }
        Ok(Pending { object_key, body, sha256 })
    };
    fixed.into_iter().map(with_bytes).collect()
}
