//! The whole ledger, page by page, for whoever derives it again.
//!
//! Never concludes anything: what is read here is held against each other in `proof`.

use rusqlite::{OptionalExtension as _, Row, params};

use crate::catalog::column::{object_key, parsed};
use crate::catalog::ledger::checkpoint::{Signed, signed_checkpoint};
use crate::catalog::ledger::{entry, signed, unsigned};
use crate::catalog::{Catalog, Doing as _, Result};
use crate::domain::ledger::tile::TileName;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

/// Rows of one page.
const PAGE: u32 = 4096;

/// A leaf, and what its evidence says by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRow {
    /// From 0.
    pub number: u64,
    /// What is hashed.
    pub entry: String,
    /// What the entry would be if it were made today; none where the leaf names no evidence.
    pub by_evidence: Option<String>,
}

/// An object of the tree, as it was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileRow {
    /// Where it belongs.
    pub object_key: ObjectKey,
    /// Of its bytes.
    pub sha256: Sha256,
}

impl Catalog {
    /// The next leaves from this number on; none: there are no more.
    pub async fn leaves_from(&self, number: u64) -> Result<Vec<LeafRow>> {
        let sql = format!(
            "SELECT l.number, l.entry, e.kind, e.sha256, p.sha256 FROM ledger_leaf l
             LEFT JOIN evidence e ON e.id = l.evidence_id LEFT JOIN photo p ON p.seq = e.photo_seq
             WHERE l.number >= ?1 ORDER BY l.number LIMIT {PAGE}"
        );
        self.rows(sql, signed(number).to_string(), leaf_row).await
    }

    /// The next checkpoints from this size on, read back or not.
    pub async fn checkpoints_from(&self, size: u64) -> Result<Vec<Signed>> {
        let sql =
            format!("SELECT size, note FROM ledger_checkpoint WHERE size >= ?1 ORDER BY size LIMIT {PAGE}");
        self.rows(sql, signed(size).to_string(), signed_checkpoint).await
    }

    /// The next objects of the tree behind this key that were put and read back.
    pub async fn tiles_after(&self, key: String) -> Result<Vec<TileRow>> {
        let sql = format!(
            "SELECT object_key, sha256 FROM ledger_tile
             WHERE object_key > ?1 AND recorded_at IS NOT NULL ORDER BY object_key LIMIT {PAGE}"
        );
        self.rows(sql, key, |row| Ok(TileRow { object_key: object_key(row, 0)?, sha256: parsed(row, 1)? }))
            .await
    }

    /// The hashes that objects of the tree were fixed with, in their order; nothing where one was not.
    pub async fn fixed_tiles(&self, tiles: Vec<TileName>) -> Result<Vec<Option<Sha256>>> {
        self.read(move |connection| {
            let fixed = |tile: &TileName| {
                connection
                    .prepare_cached("SELECT sha256 FROM ledger_tile WHERE object_key = ?1")?
                    .query_row([ObjectKey::ledger_tile(tile).as_str()], |row| parsed(row, 0))
                    .optional()
            };
            tiles.iter().map(fixed).collect::<rusqlite::Result<_>>().doing("read a tile of the ledger")
        })
        .await
    }

    /// Recorded evidence that the ledger does not know.
    pub async fn count_evidence_without_leaf(&self) -> Result<u64> {
        const SQL: &str = "SELECT count(*) FROM evidence e WHERE e.recorded_at IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.evidence_id = e.id)";
        self.read(|connection| {
            connection.query_row(SQL, [], |row| unsigned(row, 0)).doing("look for evidence without a leaf")
        })
        .await
    }

    /// How many objects of the tree were put and read back.
    pub async fn recorded_tiles(&self) -> Result<u64> {
        const SQL: &str = "SELECT count(*) FROM ledger_tile WHERE recorded_at IS NOT NULL";
        self.read(|connection| connection.query_row(SQL, [], |row| unsigned(row, 0)).doing("count tiles"))
            .await
    }

    /// Columns that are integers compare with a text of digits by SQLite's affinity.
    async fn rows<T: Send + 'static>(
        &self,
        sql: String,
        after: String,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql).doing("read the ledger")?;
            let rows = statement.query_map(params![after], read).doing("read the ledger")?;
            rows.collect::<rusqlite::Result<_>>().doing("read the ledger")
        })
        .await
    }
}

fn leaf_row(row: &Row<'_>) -> rusqlite::Result<LeafRow> {
    let has_evidence = row.get_ref(2)? != rusqlite::types::ValueRef::Null;
    let by_evidence = if has_evidence { Some(entry(row, 2)?.to_string()) } else { None };
    Ok(LeafRow { number: unsigned(row, 0)?, entry: row.get(1)?, by_evidence })
}
