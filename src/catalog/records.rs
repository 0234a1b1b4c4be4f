//! Records: kept here byte for byte, put by their keeper, then recorded.
//!
//! Each takes the next number, for ever, in the transaction of what it tells: a dead letter without its record does not
//! exist.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::column::{object_key, parsed};
use super::evidence::{By, Pending, encode, record_put};
use super::rebuild::last_record_seen;
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::delivery::DeliveryId;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::record::{Record, RecordObject};
use crate::domain::sidecar;

/// A record that waits for its put.
#[derive(Debug, Clone)]
pub struct PendingRecord {
    /// Its place among all records.
    pub sequence: u64,
    /// The object.
    pub object: Pending,
}

/// Records that wait for their put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub records: i64,
    /// Of them, those whose key holds other bytes.
    pub refused: i64,
    /// The key of the first of those: records' keys name nobody.
    pub first_refused: Option<String>,
}

impl Catalog {
    /// Keeps a record; its keeper puts it. `salt`: 256 random bits. Returns its place among all records.
    pub async fn keep_record(&self, record: Record, salt: [u8; 32], now: Timestamp) -> Result<u64> {
        self.write(move |transaction| keep(transaction, &record, None, sidecar::salt(salt, 0), now)).await
    }

    /// At most `limit` records that were not put yet, behind this place, in their order.
    pub async fn pending_records(&self, after: u64, limit: u32) -> Result<Vec<PendingRecord>> {
        self.read(move |connection| pending(connection, after, limit)).await
    }

    /// These were put and read back.
    pub async fn records_put(&self, sequences: Vec<u64>, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            sequences.into_iter().try_for_each(|sequence| {
                let evidence: i64 = transaction
                    .prepare_cached("SELECT id FROM evidence WHERE sequence = ?1")
                    .and_then(|mut statement| statement.query_row([signed(sequence)], |row| row.get(0)))
                    .doing("record what was put")?;
                record_put(transaction, By::Keeper(evidence), now_ms)
            })
        })
        .await
    }

    /// Its key holds other bytes than this record's: it waits for somebody to look.
    pub async fn note_record_refused(&self, sequence: u64, now_ms: i64) -> Result<()> {
        const SQL: &str = "UPDATE evidence SET refused_at = ?2 WHERE sequence = ?1 AND recorded_at IS NULL AND refused_at IS NULL";
        self.write(move |transaction| {
            transaction
                .execute(SQL, params![signed(sequence), now_ms])
                .map(drop)
                .doing("note that a record was not put")
        })
        .await
    }

    /// How the records stand that wait for their put.
    pub async fn waiting_records(&self) -> Result<Waiting> {
        const SQL: &str = "SELECT count(*), count(refused_at), min(iif(refused_at IS NULL, NULL, object_key))
                           FROM evidence WHERE sequence IS NOT NULL AND recorded_at IS NULL";
        let waiting = |row: &Row<'_>| {
            Ok(Waiting { records: row.get(0)?, refused: row.get(1)?, first_refused: row.get(2)? })
        };
        self.read(move |connection| connection.query_row(SQL, [], waiting).doing("count records")).await
    }
}

/// Keeps a record in the transaction of what it tells, perhaps of a delivery. `salt`: 32 random hexadecimal digits.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    record: &Record,
    delivery: Option<DeliveryId>,
    salt: String,
    now: Timestamp,
) -> Result<u64> {
    let sequence = next_sequence(transaction)?;
    let object = RecordObject::new(record.clone(), sequence, now, salt);
    insert(transaction, &object, delivery)?;
    Ok(sequence)
}

/// Fixes the bytes that are to be put.
fn insert(transaction: &Transaction<'_>, object: &RecordObject, delivery: Option<DeliveryId>) -> Result<()> {
    let key = ObjectKey::record(object.sequence, object.record.kind());
    let body = encode(object)?;
    transaction
        .prepare_cached(
            "INSERT INTO evidence (photo_seq, delivery_id, kind, sequence, object_key, sha256, body)
             VALUES (?1, ?2, 'record', ?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                photo_of(transaction, &object.record)?,
                delivery.map(|delivery| delivery.0),
                signed(object.sequence),
                key.as_str(),
                Sha256::of(&body).to_string(),
                body,
            ])
        })
        .map(drop)
        .doing("keep a record")
}

fn photo_of(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<Option<i64>> {
    let Some(photo) = record.photo() else { return Ok(None) };
    transaction
        .prepare_cached("SELECT seq FROM photo WHERE id = ?1")?
        .query_row([photo.to_string()], |row| row.get(0))
        .optional()
}

fn next_sequence(transaction: &Transaction<'_>) -> Result<u64> {
    let last: i64 = transaction
        .prepare_cached("SELECT coalesce(max(sequence), 0) FROM evidence")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .doing("number a record")?;
    // Numbers in the store stay taken, also those of records that could not be read back.
    let last = last.max(last_record_seen(transaction).doing("number a record")?);
    u64::try_from(last + 1).map_err(|_| CatalogError::Unreadable("record number"))
}

fn pending(connection: &Connection, after: u64, limit: u32) -> Result<Vec<PendingRecord>> {
    let pending = |row: &Row<'_>| {
        let object = Pending { object_key: object_key(row, 1)?, body: row.get(2)?, sha256: parsed(row, 3)? };
        Ok(PendingRecord { sequence: row.get::<_, i64>(0)?.unsigned_abs(), object })
    };
    connection
        .prepare_cached(
            "SELECT sequence, object_key, body, sha256 FROM evidence
             WHERE sequence > ?1 AND sequence IS NOT NULL AND recorded_at IS NULL ORDER BY sequence LIMIT ?2",
        )
        .and_then(|mut statement| statement.query_map(params![signed(after), limit], pending)?.collect())
        .doing("read which records have to be put")
}

pub(super) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
