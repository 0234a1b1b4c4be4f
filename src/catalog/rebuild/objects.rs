//! The objects of the store as a rebuild works them off, and what does not fit among them.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{RebuildId, execute, note_steps};
use crate::catalog::{Catalog, CatalogError, Doing as _, Result};

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

impl Catalog {
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

pub(super) fn note_findings(
    transaction: &Transaction<'_>,
    id: RebuildId,
    findings: &[Finding],
) -> Result<()> {
    findings.iter().try_for_each(|finding| {
        execute(
            transaction,
            "INSERT OR IGNORE INTO rebuild_finding (rebuild_id, object_key, finding, detail) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, finding.object_key, finding.finding, finding.detail],
        )
    })
}

/// An error that is this one object's, and no trouble of the disk's: its words, as a finding.
pub(super) fn as_finding(error: &CatalogError) -> Option<String> {
    if error.is_passing() {
        return None;
    }
    let cause = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Some(format!("{error}{cause}"))
}
