//! The ledger's checkpoints: signed once for each size, then put, then read back; and proofs by the last one.
//!
//! Never two roots of one size: the size is the key, and no row is ever changed but to note that it was read back.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::catalog::ledger::key::fix_key;
use crate::catalog::ledger::tree::{fix_edge, grow, rows};
use crate::catalog::ledger::{signed, unsigned};
use crate::catalog::{Catalog, CatalogError, Doing as _, Result, rebuild};
use crate::domain::ledger::checkpoint::{self, Checkpoint};
use crate::domain::ledger::key::SigningKey;
use crate::domain::ledger::proof::InclusionProof;
use crate::domain::photo::PhotoId;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// How many leaves it has.
    pub size: u64,
    /// Its text.
    pub note: String,
}

/// Whether there is a proof for a photo.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// There is.
    Ready(InclusionProof),
    /// Its leaf is in no checkpoint yet that the store gave back.
    Unpublished,
}

impl Catalog {
    /// The checkpoint to publish next: one that was signed and never read back, else one over all leaves of the tree,
    /// signed here. Nothing where every leaf is in the last one.
    pub async fn sign_checkpoint(&self, key: SigningKey, now_ms: i64) -> Result<Option<Signed>> {
        self.write(move |transaction| sign(transaction, &key, now_ms)).await
    }

    /// The store gave this checkpoint back. One that this database does not know is of this very tree, by a comparison
    /// that was made before: it is kept as if it were signed here.
    pub async fn record_checkpoint(&self, size: u64, note: String, now_ms: i64) -> Result<()> {
        self.write(move |transaction| record(transaction, size, &note, now_ms)).await
    }

    /// The last checkpoint that the store gave back: its size and text.
    pub async fn last_checkpoint(&self) -> Result<Option<Signed>> {
        self.read(|connection| Ok(last_read_back(connection)?.map(|(size, note)| Signed { size, note })))
            .await
    }

    /// The archived photos with this very code, in the order of sealing.
    pub async fn photos_with_code(&self, code: String) -> Result<Vec<PhotoId>> {
        const SQL: &str = "SELECT id FROM photo WHERE code = ?1 AND archived_at IS NOT NULL ORDER BY seq";
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(SQL).doing("look for a code")?;
            let ids = statement
                .query_map([code], |row| crate::catalog::column::parsed(row, 0))
                .doing("look for a code")?;
            ids.collect::<rusqlite::Result<_>>().doing("look for a code")
        })
        .await
    }

    /// The proof that an archived photo and its sidecar are in the ledger, by the last checkpoint that the store gave
    /// back; nothing where there is no such photo.
    pub async fn proof_of(&self, photo: PhotoId) -> Result<Option<Proof>> {
        self.read(move |connection| proof(connection, photo)).await
    }
}

pub(in crate::catalog) fn sign(
    transaction: &Transaction<'_>,
    key: &SigningKey,
    now_ms: i64,
) -> Result<Option<Signed>> {
    let newest = transaction
        .query_row(
            "SELECT size, note, read_back_at IS NULL FROM ledger_checkpoint ORDER BY size DESC LIMIT 1",
            [],
            |row| Ok((signed_checkpoint(row)?, row.get::<_, bool>(2)?)),
        )
        .optional()
        .doing("read the newest checkpoint")?;
    let old = match newest {
        Some((unread, true)) => return Ok(Some(unread)),
        Some((last, false)) => last.size,
        None => 0,
    };
    // Its leaves may not be in their order yet.
    if rebuild::is_under_way(transaction)? {
        return Ok(None);
    }
    fix_key(transaction, key)?;
    let edge = grow(transaction)?.edge;
    let size = edge.size();
    if size <= old {
        return Ok(None);
    }
    fix_edge(transaction, old, size)?;
    let note = checkpoint::sign(&Checkpoint { size, root: edge.root() }, key)
        .map_err(|error| CatalogError::Refused(error.to_string()))?;
    transaction
        .execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (?1, ?2, ?3)",
            params![signed(size), note, now_ms],
        )
        .doing("fix a checkpoint")?;
    Ok(Some(Signed { size, note }))
}

pub(in crate::catalog) fn record(
    transaction: &Transaction<'_>,
    size: u64,
    note: &str,
    now_ms: i64,
) -> Result<()> {
    let old = last_read_back(transaction)?.map_or(0, |(size, _)| size);
    let changed = transaction
        .execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at, read_back_at) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (size) DO UPDATE SET read_back_at = excluded.read_back_at WHERE note = excluded.note",
            params![signed(size), note, now_ms],
        )
        .doing("record a checkpoint")?;
    if changed == 0 {
        return Err(CatalogError::Refused(format!("there is another checkpoint of {size} leaves")));
    }
    // Where this database did not know it, it did not know the tiles of its right edge either.
    fix_edge(transaction, old, size)
}

/// The last checkpoint that the store gave back.
pub(in crate::catalog) fn last_read_back(connection: &Connection) -> Result<Option<(u64, String)>> {
    connection
        .prepare_cached(
            "SELECT size, note FROM ledger_checkpoint WHERE read_back_at IS NOT NULL ORDER BY size DESC LIMIT 1",
        )
        .and_then(|mut statement| statement.query_row([], signed_checkpoint).optional())
        .map(|found| found.map(|Signed { size, note }| (size, note)))
        .doing("read the last checkpoint")
}

pub(in crate::catalog) fn proof(connection: &Connection, photo: PhotoId) -> Result<Option<Proof>> {
    let number = connection
        .prepare_cached(
            "SELECT l.number FROM photo p
             JOIN evidence e ON e.photo_seq = p.seq AND e.kind = 'sidecar'
             JOIN ledger_leaf l ON l.evidence_id = e.id WHERE p.id = ?1",
        )
        .and_then(|mut statement| statement.query_row([photo.to_string()], |row| unsigned(row, 0)).optional())
        .doing("look for a photo in the ledger")?;
    number.map(|index| proof_of_leaf(connection, index)).transpose()
}

/// The proof that a leaf is in the last checkpoint that the store gave back.
pub(in crate::catalog) fn proof_of_leaf(connection: &Connection, index: u64) -> Result<Proof> {
    match last_read_back(connection)? {
        Some((size, checkpoint)) if index < size => {
            let path = rows(connection).inclusion(size, index)?;
            Ok(Proof::Ready(InclusionProof { index, path, checkpoint }))
        }
        _ => Ok(Proof::Unpublished),
    }
}

pub(in crate::catalog) fn signed_checkpoint(row: &Row<'_>) -> rusqlite::Result<Signed> {
    Ok(Signed { size: unsigned(row, 0)?, note: row.get(1)? })
}
