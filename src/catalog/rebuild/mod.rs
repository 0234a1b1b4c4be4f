//! The rebuild as a row, and what the store's listing named: the progress of whoever makes this catalogue anew.
//!
//! While a rebuild is open no job is claimed and no record is put; deliveries are accepted as ever.

mod begin;
mod delivery;
mod names;
pub mod restore;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::column::unreadable;
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::store::StoreId;

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

/// The kinds of objects that a catalogue is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A photo's bytes.
    Photo,
    /// Its sidecar.
    Sidecar,
    /// A later judgement.
    Judgement,
    /// One more delivery.
    Repeat,
    /// A record.
    Record,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Sidecar => "sidecar",
            Self::Judgement => "judgement",
            Self::Repeat => "repeat",
            Self::Record => "record",
        }
    }
}

/// An object of the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key, relative to the archive's URL.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// As the store says.
    pub size_bytes: u64,
    /// As the store says, milliseconds since 1970 UTC.
    pub modified_ms: i64,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Which object.
    pub object_key: String,
    /// A word for programs.
    pub finding: String,
    /// A sentence for people.
    pub detail: String,
}

impl Finding {
    /// Of an object.
    pub fn new(object_key: impl Into<String>, finding: &str, detail: impl Into<String>) -> Self {
        Self { object_key: object_key.into(), finding: finding.to_owned(), detail: detail.into() }
    }
}

/// A sidecar that was read, with its photo.
#[derive(Debug, Clone)]
pub struct ReadSidecar {
    /// The sidecar's key.
    pub key: String,
    /// When the photo was sealed, milliseconds since 1970 UTC; nothing: it cannot be put back.
    pub sealed_ms: Option<i64>,
    /// What does not fit.
    pub findings: Vec<Finding>,
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

    /// Keeps a part of the listing. A key that is known already stays as it is.
    pub async fn note_listed(&self, objects: Vec<Object>) -> Result<()> {
        self.write(move |transaction| {
            objects.iter().try_for_each(|object| {
                execute(
                    transaction,
                    "INSERT INTO rebuild_object (object_key, kind, size_bytes, modified_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (object_key) DO NOTHING",
                    params![
                        object.key,
                        object.kind.as_str(),
                        i64::try_from(object.size_bytes).unwrap_or(i64::MAX),
                        object.modified_ms
                    ],
                )
            })
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

    /// The next objects of a kind that are as listed (photos: as read), in their order.
    pub async fn next_objects(&self, kind: Kind, is_read: bool, limit: u32) -> Result<Vec<Object>> {
        self.read(move |connection| next_objects(connection, kind, is_read, limit)).await
    }

    /// How long a listed object is; nothing where the listing did not name it.
    pub async fn listed_size(&self, key: String) -> Result<Option<u64>> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT size_bytes FROM rebuild_object WHERE object_key = ?1")
                .and_then(|mut statement| {
                    statement.query_row([key], |row| row.get(0).map(i64::unsigned_abs)).optional()
                })
                .doing("look up a listed object")
        })
        .await
    }

    /// Sidecars were read, and their photos.
    pub async fn note_read(&self, id: RebuildId, sidecars: Vec<ReadSidecar>) -> Result<()> {
        self.write(move |transaction| {
            for sidecar in &sidecars {
                note_findings(transaction, id, &sidecar.findings)?;
                execute(
                    transaction,
                    "UPDATE rebuild_object SET sealed_at = ?2, state = CASE WHEN ?2 IS NULL THEN 'through' ELSE 'read' END
                     WHERE object_key = ?1",
                    params![sidecar.key, sidecar.sealed_ms],
                )?;
                let steps = if sidecar.sealed_ms.is_some() { 1 } else { 2 };
                note_steps(transaction, id, steps)?;
            }
            Ok(())
        })
        .await
    }

    /// Names the photos beside which the listing has no sidecar: what is known of them went with it.
    pub async fn name_photos_without_sidecar(&self, id: RebuildId) -> Result<()> {
        self.write(move |transaction| {
            execute(
                transaction,
                "INSERT OR IGNORE INTO rebuild_finding (rebuild_id, object_key, finding, detail)
                 SELECT ?1, p.object_key, 'photo_without_sidecar',
                        'nothing beside this photo says what it is; it was left where it is'
                 FROM rebuild_object p WHERE p.kind = 'photo'
                    AND NOT EXISTS (SELECT 1 FROM rebuild_object s WHERE s.object_key = p.object_key || '.json')",
                params![id.0],
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

    /// What was put back, counted.
    pub async fn rebuilt_counts(&self, id: RebuildId) -> Result<Vec<(String, i64)>> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT what, objects FROM rebuild_count WHERE rebuild_id = ?1 ORDER BY what")
                .and_then(|mut statement| {
                    statement.query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
                })
                .doing("read what was rebuilt")
        })
        .await
    }

    /// What did not fit, in the order of keys.
    pub async fn rebuild_findings(&self, id: RebuildId) -> Result<Vec<Finding>> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT object_key, finding, detail FROM rebuild_finding WHERE rebuild_id = ?1 ORDER BY 1, 2",
                )
                .and_then(|mut statement| {
                    let finding = |row: &Row<'_>| {
                        Ok(Finding { object_key: row.get(0)?, finding: row.get(1)?, detail: row.get(2)? })
                    };
                    statement.query_map([id.0], finding)?.collect()
                })
                .doing("read what did not fit")
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

fn next_objects(connection: &Connection, kind: Kind, is_read: bool, limit: u32) -> Result<Vec<Object>> {
    let state = if is_read { "read" } else { "listed" };
    let object = |row: &Row<'_>| {
        Ok(Object {
            key: row.get(0)?,
            kind,
            size_bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            modified_ms: row.get(2)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT object_key, size_bytes, modified_at FROM rebuild_object
             WHERE kind = ?1 AND state = ?2 AND state <> 'through' ORDER BY sealed_at, object_key LIMIT ?3",
        )
        .and_then(|mut statement| {
            statement.query_map(params![kind.as_str(), state, limit], object)?.collect()
        })
        .doing("read what has to be rebuilt")
}

fn note_findings(transaction: &Transaction<'_>, id: RebuildId, findings: &[Finding]) -> Result<()> {
    findings.iter().try_for_each(|finding| {
        execute(
            transaction,
            "INSERT OR IGNORE INTO rebuild_finding (rebuild_id, object_key, finding, detail) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, finding.object_key, finding.finding, finding.detail],
        )
    })
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

/// An error that is this one object's, and no trouble of the disk's: its words, as a finding.
fn as_finding(error: &CatalogError) -> Option<String> {
    if error.is_passing() {
        return None;
    }
    let cause = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Some(format!("{error}{cause}"))
}
