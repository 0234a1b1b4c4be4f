//! The ledger's leaves, put back: those that the store's tiles name in their order, then evidence that no tile names.
//!
//! Never trusts an order by itself: whoever calls this holds the root against the store's checkpoint.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::objects::note_findings;
use super::{Finding, RebuildId, execute};
use crate::catalog::ledger::checkpoint::{self, Signed};
use crate::catalog::ledger::key::{insert_key, keys};
use crate::catalog::ledger::tree::{bytes_of, root_of};
use crate::catalog::ledger::{entry, leaves, signed};
use crate::catalog::{Catalog, Doing as _, Result};
use crate::domain::ledger::Hash;
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::tile::TileName;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

/// Rows of one commit: some milliseconds of the writer's time.
const ROWS: i64 = 4096;

/// An object of the tree as the store lists it.
#[derive(Debug, Clone)]
pub struct StoredTile {
    /// Which.
    pub name: TileName,
    /// As the store says.
    pub size_bytes: u64,
    /// As the store says, milliseconds since 1970 UTC.
    pub modified_ms: i64,
}

impl Catalog {
    /// Lets all leaves go that have a number here, so that they get it anew. Nothing of them was published from here.
    pub async fn let_leaves_go(&self) -> Result<()> {
        while self.write(let_go).await? {}
        Ok(())
    }

    /// Puts the next leaves back, as a bundle of the store names them.
    pub async fn put_leaves_back(&self, id: RebuildId, entries: Vec<String>) -> Result<()> {
        self.write(move |transaction| {
            let first = leaves(transaction)?;
            (first..).zip(&entries).try_for_each(|(number, entry)| put_back(transaction, id, number, entry))
        })
        .await
    }

    /// The root of the first leaves.
    pub async fn root_at(&self, size: u64) -> Result<Hash> {
        self.read(move |connection| root_of(connection, size)).await
    }

    /// Gives the evidence that has no leaf its numbers, behind all others, in the order in which it was put back.
    pub async fn sequence_the_rest(&self) -> Result<()> {
        let mut after = 0;
        while let Some(last) = self.write(move |transaction| sequence(transaction, after)).await? {
            after = last;
        }
        Ok(())
    }

    /// Objects of the tree that the store lists are recorded here again: those of its first leaves, `named` by it. What
    /// does not fit is a finding.
    pub async fn put_tiles_back(&self, id: RebuildId, tiles: Vec<StoredTile>, named: u64) -> Result<()> {
        self.write(move |transaction| {
            tiles.iter().try_for_each(|tile| put_tile(transaction, id, tile, tile.name.leaves_min() <= named))
        })
        .await
    }

    /// The ledger is what the store's checkpoint says. The keys in the order of their use.
    pub async fn put_checkpoint_back(
        &self,
        id: RebuildId,
        Signed { size, note }: Signed,
        keys: Vec<PublicKey>,
        now_ms: i64,
    ) -> Result<()> {
        self.write(move |transaction| {
            let sql =
                "INSERT OR REPLACE INTO rebuild_count (rebuild_id, what, objects) VALUES (?1, 'leaves', ?2)";
            execute(transaction, sql, params![id.0, signed(size)])?;
            put_keys(transaction, &keys)?;
            checkpoint::record(transaction, size, &note, now_ms)?;
            execute(transaction, "UPDATE ledger SET distrust = NULL", &[])
        })
        .await
    }

    /// The ledger could not be put back, for this reason: nothing is published until it is. Where the reason is nothing,
    /// there never was a ledger in the store.
    pub async fn distrust_ledger(
        &self,
        id: RebuildId,
        reason: Option<Finding>,
        keys: Vec<PublicKey>,
    ) -> Result<()> {
        self.write(move |transaction| {
            put_keys(transaction, &keys)?;
            let detail = reason.as_ref().map(|finding| &finding.detail);
            execute(transaction, "UPDATE ledger SET distrust = ?1", params![detail])?;
            note_findings(transaction, id, reason.as_slice())
        })
        .await
    }
}

fn let_go(transaction: &Transaction<'_>) -> Result<bool> {
    execute(transaction, "CREATE INDEX IF NOT EXISTS evidence_by_sha256 ON evidence (sha256)", &[])?;
    let last = signed(leaves(transaction)?);
    execute(transaction, "DELETE FROM ledger_leaf WHERE number >= ?1", params![last - ROWS])?;
    for table in ["ledger_hashes", "ledger_tile", "ledger_checkpoint"] {
        execute(transaction, &format!("DELETE FROM {table}"), &[])?;
    }
    execute(transaction, "UPDATE ledger SET grown = 0", &[])?;
    Ok(last > ROWS)
}

/// What is named and not there stays a leaf: the tree is what it was.
fn put_back(transaction: &Transaction<'_>, id: RebuildId, number: u64, text: &str) -> Result<()> {
    let evidence = evidence_of(transaction, text)?;
    if evidence.is_none() {
        let what = text.lines().nth(1).unwrap_or_default();
        let detail = format!(
            "the ledger names it and the store has no such object: {what}. `keepmark rebuild` left it out; its leaf stays"
        );
        note_findings(
            transaction,
            id,
            &[Finding::new(format!("ledger leaf {number}"), "leaf_without_object", detail)],
        )?;
    }
    execute(
        transaction,
        "INSERT INTO ledger_leaf (number, evidence_id, entry) VALUES (?1, ?2, ?3)",
        params![signed(number), evidence, text],
    )
}

/// The evidence whose entry is this very text, and that has no leaf yet.
fn evidence_of(transaction: &Transaction<'_>, text: &str) -> Result<Option<i64>> {
    let Some(sha256) = text.trim_end().rsplit(' ').next() else { return Ok(None) };
    let found = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, entry(row, 1)?.to_string()));
    let found = transaction
        .prepare_cached(
            "SELECT e.id, e.kind, e.sha256, p.sha256 FROM evidence e LEFT JOIN photo p ON p.seq = e.photo_seq
             WHERE e.sha256 = ?1 AND e.recorded_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.evidence_id = e.id)
             ORDER BY e.id LIMIT 1",
        )
        .and_then(|mut statement| statement.query_row([sha256], found).optional())
        .doing("look for the object of a leaf")?;
    Ok(found.filter(|(_, entry)| entry == text).map(|(id, _)| id))
}

/// The last evidence of this part; nothing: there was none left.
fn sequence(transaction: &Transaction<'_>, after: i64) -> Result<Option<i64>> {
    let rest: Vec<(i64, String)> = transaction
        .prepare_cached(
            "SELECT e.id, e.kind, e.sha256, p.sha256 FROM evidence e LEFT JOIN photo p ON p.seq = e.photo_seq
             WHERE e.id > ?1 AND e.recorded_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.evidence_id = e.id)
             ORDER BY e.id LIMIT ?2",
        )
        .and_then(|mut statement| {
            let rest = |row: &Row<'_>| Ok((row.get(0)?, entry(row, 1)?.to_string()));
            statement.query_map([after, ROWS], rest)?.collect()
        })
        .doing("look for evidence without a leaf")?;
    let first = leaves(transaction)?;
    for (number, (evidence, entry)) in (first..).zip(&rest) {
        let sql = "INSERT INTO ledger_leaf (number, evidence_id, entry) VALUES (?1, ?2, ?3)";
        execute(transaction, sql, params![signed(number), evidence, entry])?;
    }
    if rest.is_empty() {
        execute(transaction, "DROP INDEX IF EXISTS evidence_by_sha256", &[])?;
    }
    Ok(rest.last().map(|(id, _)| *id))
}

/// By what the leaves say; whether the store's bytes are those, `keepmark ledger check` reads.
fn put_tile(transaction: &Transaction<'_>, id: RebuildId, tile: &StoredTile, is_named: bool) -> Result<()> {
    let key = ObjectKey::ledger_tile(&tile.name);
    let bytes = if is_named { Some(bytes_of(transaction, &tile.name)?) } else { None };
    let Some(bytes) = bytes.filter(|bytes| bytes.len() as u64 == tile.size_bytes) else {
        let detail =
            "it does not fit the leaves that the store's bundles of entries name; it was left as it is";
        return note_findings(transaction, id, &[Finding::new(key.as_str(), "tile_does_not_fit", detail)]);
    };
    execute(
        transaction,
        "INSERT INTO ledger_tile (object_key, sha256, recorded_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (object_key) DO UPDATE SET recorded_at = excluded.recorded_at",
        params![key.as_str(), Sha256::of(&bytes).to_string(), tile.modified_ms],
    )
}

/// Records of changes have put some of them back; the order of use is known only here.
fn put_keys(transaction: &Transaction<'_>, all: &[PublicKey]) -> Result<()> {
    let mut known = keys(transaction)?;
    known.reverse();
    let first: Vec<_> = all.iter().filter(|key| !known.contains(key)).cloned().collect();
    execute(transaction, "DELETE FROM ledger_key", &[])?;
    first.iter().chain(&known).try_for_each(|key| insert_key(transaction, key))
}
