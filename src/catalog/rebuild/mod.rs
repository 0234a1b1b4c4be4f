//! The rebuild as a row, and what the store's listing named: the progress of whoever makes this catalogue anew.
//!
//! While a rebuild is open no job is claimed and no record is put; deliveries are accepted as ever.

mod begin;
mod delivery;
pub mod leaves;
mod names;
mod objects;
mod outcomes;
pub mod restore;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::column::unreadable;
use super::{Catalog, Doing as _, Result};
use crate::domain::store::StoreId;

pub use objects::{Finding, Kind, Object, ReadSidecar};

/// A rebuild's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildId(pub i64);

/// How far a rebuild came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The store is listed.
    Listing,
    /// Sidecars are read, and the photos that they tell of.
    Reading,
    /// Photos are put back in the order of their sealing.
    Photos,
    /// Later judgements and repeats are put back.
    Companions,
    /// Records are put back.
    Records,
    /// The ledger is put back.
    Ledger,
    /// It is through, or was given up.
    Ended,
}

impl Phase {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Listing, "listing"),
        (Self::Reading, "reading"),
        (Self::Photos, "photos"),
        (Self::Companions, "companions"),
        (Self::Records, "records"),
        (Self::Ledger, "ledger"),
        (Self::Ended, "ended"),
    ];

    /// The word in the catalogue.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(phase, _)| *phase == self).map_or("", |(_, word)| *word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(phase, _)| *phase)
    }
}

/// A rebuild, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// Its number.
    pub id: RebuildId,
    /// What is done just now.
    pub phase: Phase,
    /// The store that it reads, once its marker was seen.
    pub store: Option<StoreId>,
    /// Steps, known after the listing.
    pub steps: i64,
    /// Steps that are done.
    pub steps_done: i64,
    /// Why it does not go on just now; of one that ended: why it was given up.
    pub trouble: Option<String>,
}

const REBUILD: &str = "SELECT id, phase, store_id, steps, steps_done, trouble FROM rebuild";

impl Catalog {
    /// A rebuild, as far as it came.
    pub async fn rebuild(&self, id: RebuildId) -> Result<Option<Rebuild>> {
        self.read(move |connection| {
            connection
                .query_row(&format!("{REBUILD} WHERE id = ?1"), [id.0], rebuild)
                .optional()
                .doing("read a rebuild")
        })
        .await
    }

    /// The rebuild that is not through.
    pub async fn open_rebuild(&self) -> Result<Option<Rebuild>> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{REBUILD} WHERE ended_at IS NULL"))
                .and_then(|mut statement| statement.query_row([], rebuild).optional())
                .doing("look for a rebuild")
        })
        .await
    }

    /// Notes whose store it reads; the marker must say so at every batch.
    pub async fn note_rebuilt_store(&self, id: RebuildId, store: StoreId) -> Result<()> {
        self.change_rebuild("UPDATE rebuild SET store_id = ?2 WHERE id = ?1", id, store.to_string()).await
    }

    /// It waits for this to end.
    pub async fn note_rebuild_trouble(&self, id: RebuildId, trouble: String) -> Result<()> {
        self.change_rebuild("UPDATE rebuild SET trouble = ?2 WHERE id = ?1", id, trouble).await
    }

    /// It cannot be done; jobs go on as before.
    pub async fn give_rebuild_up(&self, id: RebuildId, reason: String, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            execute(
                transaction,
                "UPDATE rebuild SET trouble = ?2, ended_at = ?3, phase = 'ended' WHERE id = ?1",
                params![id.0, reason, now_ms],
            )?;
            execute(transaction, "DELETE FROM rebuild_object", &[])
        })
        .await
    }

    /// All is listed: records that wait here get numbers behind those in the store, and the steps are counted.
    pub async fn end_listing(&self, id: RebuildId, last_record: u64) -> Result<()> {
        self.write(move |transaction| {
            begin::number_records_after(transaction, last_record)?;
            execute(
                transaction,
                "UPDATE rebuild SET phase = 'reading', trouble = NULL, last_record = ?2,
                        steps = (SELECT coalesce(sum(CASE kind WHEN 'sidecar' THEN 2 WHEN 'photo' THEN 0 ELSE 1 END), 0)
                                 FROM rebuild_object)
                 WHERE id = ?1",
                params![id.0, super::records::signed(last_record)],
            )
        })
        .await
    }

    /// The next phase begins.
    pub async fn enter_phase(&self, id: RebuildId, phase: Phase) -> Result<()> {
        let sql = "UPDATE rebuild SET phase = ?2, trouble = NULL WHERE id = ?1";
        self.change_rebuild(sql, id, phase.as_str().to_owned()).await
    }

    /// All is put back: the store is this catalogue's own from here on, and jobs go on.
    pub async fn end_rebuild(&self, id: RebuildId, store: StoreId, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            execute(
                transaction,
                "UPDATE store SET store_id = ?1, trouble = NULL, trouble_since = NULL",
                params![store.to_string()],
            )?;
            execute(
                transaction,
                "UPDATE rebuild SET phase = 'ended', ended_at = ?2, trouble = NULL WHERE id = ?1",
                params![id.0, now_ms],
            )?;
            execute(transaction, "DELETE FROM rebuild_object", &[])
        })
        .await
    }

    async fn change_rebuild(&self, sql: &'static str, id: RebuildId, value: String) -> Result<()> {
        self.write(move |transaction| execute(transaction, sql, params![id.0, value])).await
    }
}

/// Whether a rebuild is under way: then no job is claimed.
pub(super) fn is_under_way(connection: &Connection) -> Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM rebuild WHERE ended_at IS NULL)")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .doing("look for a rebuild")
}

/// The highest number of a record that any store of this catalogue was seen to hold.
pub(super) fn last_record_seen(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(last_record), 0) FROM rebuild")?
        .query_row([], |row| row.get(0))
}

fn note_steps(transaction: &Transaction<'_>, id: RebuildId, steps: i64) -> Result<()> {
    let sql = "UPDATE rebuild SET steps_done = steps_done + ?2, trouble = NULL WHERE id = ?1";
    execute(transaction, sql, params![id.0, steps])
}

fn execute(transaction: &Transaction<'_>, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<()> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values))
        .map(drop)
        .doing("rebuild the catalogue")
}

fn rebuild(row: &Row<'_>) -> rusqlite::Result<Rebuild> {
    let (phase, store): (String, Option<String>) = (row.get(1)?, row.get(2)?);
    Ok(Rebuild {
        id: RebuildId(row.get(0)?),
        phase: Phase::from_word(&phase).ok_or_else(|| unreadable(1))?,
        store: store.map(|id| id.parse().map_err(|_| unreadable(2))).transpose()?,
        steps: row.get(3)?,
        steps_done: row.get(4)?,
        trouble: row.get(5)?,
    })
}
