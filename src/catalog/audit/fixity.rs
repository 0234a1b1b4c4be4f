//! When each archived object was last read, and how it was. The oldest reading is the next.
//!
//! Never a row without a reading: what storing read back is the first one, and triggers keep it.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::catalog::audit::run::{AuditId, Stage, count_reading};
use crate::catalog::column::{object_key, parsed, unreadable};
use crate::catalog::{Catalog, Doing as _, Result};
use crate::domain::audit::Status;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::{PhotoId, Sha256};

/// What an object is to the catalogue, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectId {
    /// A sidecar, a later judgement, a repeat.
    Evidence(i64),
    /// The original bytes.
    Photo(i64),
    /// A part of the ledger's tree.
    Tile(i64),
}

impl ObjectId {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Evidence(number) => ("evidence", number),
            Self::Photo(number) => ("photo", number),
            Self::Tile(number) => ("tile", number),
        }
    }

    fn of(kind: &str, number: i64) -> Option<Self> {
        match kind {
            "evidence" => Some(Self::Evidence(number)),
            "photo" => Some(Self::Photo(number)),
            "tile" => Some(Self::Tile(number)),
            _ => None,
        }
    }
}

/// An archived object as it was recorded.
#[derive(Debug, Clone)]
pub struct Object {
    /// Which.
    pub id: ObjectId,
    /// Where it lies.
    pub object_key: ObjectKey,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Their number, where it is known.
    pub size_bytes: Option<u64>,
    /// Whose it is.
    pub photo_seq: Option<i64>,
}

/// What reading an object showed.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which.
    pub object: Object,
    /// Intact, changed, missing or unreadable.
    pub status: Status,
    /// The sentence for a person; empty where all is well.
    pub detail: String,
    /// So many bytes were read.
    pub bytes: u64,
}

/// An object that was not intact when it was last read.
#[derive(Debug, Clone)]
pub struct NotIntact {
    /// Where it lies or lay.
    pub object_key: ObjectKey,
    /// How it is.
    pub status: Status,
    /// Found first, milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// Whose it is.
    pub photo: Option<PhotoId>,
    /// The verification code of that photo.
    pub code: Option<String>,
}

/// How the objects are, by their last readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Read and the same.
    pub intact: i64,
    /// Read and other bytes.
    pub changed: i64,
    /// Not there.
    pub missing: i64,
    /// There and not given.
    pub unreadable: i64,
    /// The oldest of these readings, milliseconds since 1970 UTC.
    pub oldest_ms: Option<i64>,
}

impl Standing {
    /// Objects in all.
    pub fn objects(&self) -> i64 {
        self.intact + self.not_intact()
    }

    /// Those that somebody should look at.
    pub fn not_intact(&self) -> i64 {
        self.changed + self.missing + self.unreadable
    }
}

pub(in crate::catalog) const OLDEST: &str =
    "SELECT kind, number FROM audit_object WHERE read_at < ?1 ORDER BY read_at LIMIT ?2";
/// What was not intact then is looked at before its turn.
pub(in crate::catalog) const FOUND: &str = "SELECT kind, number FROM audit_object WHERE result <> 'intact' AND read_at < ?1 ORDER BY kind, number LIMIT ?2";
const NEXT_IN_ORDER: &str =
    "SELECT kind, number FROM audit_object WHERE (kind, number) > (?1, ?2) ORDER BY kind, number LIMIT ?3";

impl Catalog {
    /// At most so many objects that were last read before then, the oldest reading first.
    pub async fn oldest_read(&self, before_ms: i64, limit: u32) -> Result<Vec<Object>> {
        self.read(move |connection| {
            let ids = ids(connection, OLDEST, params![before_ms, limit])?;
            objects(connection, &ids)
        })
        .await
    }

    /// At most so many objects that were not intact when they were last read, before then.
    pub async fn found_before(&self, before_ms: i64, limit: u32) -> Result<Vec<Object>> {
        self.read(move |connection| {
            let ids = ids(connection, FOUND, params![before_ms, limit])?;
            objects(connection, &ids)
        })
        .await
    }

    /// Readings of a time to come are by a clock that was wrong, or by the store's: these objects are due.
    pub async fn distrust_readings_after(&self, now_ms: i64) -> Result<()> {
        const SQL: &str = "UPDATE audit_object SET read_at = 0 WHERE read_at > ?1";
        self.write(move |transaction| {
            transaction.execute(SQL, [now_ms]).map(drop).doing("look for readings of a time to come")
        })
        .await
    }

    /// All objects, one part after another, in the order of their ids.
    pub async fn objects_after(&self, after: Option<ObjectId>, limit: u32) -> Result<Vec<Object>> {
        self.read(move |connection| {
            let (kind, number) = after.map_or(("", 0), ObjectId::parts);
            let ids = ids(connection, NEXT_IN_ORDER, params![kind, number, limit])?;
            objects(connection, &ids)
        })
        .await
    }

    /// Photos of a sample behind this one, and all their objects.
    pub async fn sampled_after(
        &self,
        run: AuditId,
        after_seq: i64,
        photos: u32,
    ) -> Result<(Vec<Object>, i64)> {
        self.read(move |connection| sampled(connection, run, after_seq, photos)).await
    }

    /// What lies or will lie under these names: the object, or nothing where the catalogue knows of none. One that is not
    /// recorded yet is known and has no object.
    pub async fn known_keys(&self, keys: Vec<String>) -> Result<Vec<KnownKey>> {
        self.read(move |connection| keys.iter().map(|key| known_key(connection, key)).collect()).await
    }

    /// Keeps readings, and counts them in a run where one asked for them.
    pub async fn note_readings(
        &self,
        run: Option<(AuditId, Stage)>,
        readings: Vec<Reading>,
        read_at_ms: i64,
    ) -> Result<()> {
        self.write(move |transaction| {
            for reading in &readings {
                note(transaction, reading, read_at_ms)?;
                if let Some((run, stage)) = run {
                    count_reading(transaction, run, stage, reading)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// How the objects are.
    pub async fn fixity(&self) -> Result<Standing> {
        self.read(standing).await
    }

    /// Objects that are not intact, at most so many.
    pub async fn not_intact(&self, limit: u32) -> Result<Vec<NotIntact>> {
        self.read(move |connection| not_intact(connection, limit)).await
    }
}

/// What the catalogue knows of a name in the store.
#[derive(Debug, Clone)]
pub enum KnownKey {
    /// Nothing: the object is a stranger.
    Unknown,
    /// It is being archived just now.
    UnderWay,
    /// It was archived.
    Archived(Object),
}

fn ids(connection: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<ObjectId>> {
    let id = |row: &Row<'_>| {
        let kind: String = row.get(0)?;
        ObjectId::of(&kind, row.get(1)?).ok_or_else(|| unreadable(0))
    };
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(values, id)?.collect())
        .doing("look for objects to read")
}

fn objects(connection: &Connection, ids: &[ObjectId]) -> Result<Vec<Object>> {
    ids.iter().map(|id| object(connection, *id)).collect()
}

fn object(connection: &Connection, id: ObjectId) -> Result<Object> {
    let sql = match id {
        ObjectId::Photo(_) => {
            "SELECT p.object_key, p.sha256, o.size_bytes, p.seq FROM photo p
             JOIN audit_object o ON o.kind = 'photo' AND o.number = p.seq WHERE p.seq = ?1"
        }
        ObjectId::Evidence(_) => {
            "SELECT e.object_key, e.sha256, o.size_bytes, e.photo_seq FROM evidence e
             JOIN audit_object o ON o.kind = 'evidence' AND o.number = e.id WHERE e.id = ?1"
        }
        ObjectId::Tile(_) => {
            "SELECT t.object_key, t.sha256, o.size_bytes, NULL FROM ledger_tile t
             JOIN audit_object o ON o.kind = 'tile' AND o.number = t.id WHERE t.id = ?1"
        }
    };
    let object = |row: &Row<'_>| {
        let size: Option<i64> = row.get(2)?;
        Ok(Object {
            id,
            object_key: object_key(row, 0)?,
            sha256: parsed(row, 1)?,
            size_bytes: size.and_then(|size| u64::try_from(size).ok()),
            photo_seq: row.get(3)?,
        })
    };
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([id.parts().1], object))
        .doing("read what was recorded of an object")
}

fn sampled(connection: &Connection, run: AuditId, after_seq: i64, photos: u32) -> Result<(Vec<Object>, i64)> {
    let seqs: Vec<i64> = connection
        .prepare_cached(
            "SELECT photo_seq FROM audit_sample WHERE run_id = ?1 AND photo_seq > ?2
             ORDER BY photo_seq LIMIT ?3",
        )
        .and_then(|mut statement| {
            statement.query_map(params![run.0, after_seq, photos], |row| row.get(0))?.collect()
        })
        .doing("read a sample")?;
    let mut found = Vec::new();
    for seq in &seqs {
        found.push(object(connection, ObjectId::Photo(*seq))?);
        let evidence: Vec<i64> = connection
            .prepare_cached(
                "SELECT id FROM evidence WHERE photo_seq = ?1 AND recorded_at IS NOT NULL ORDER BY id",
            )
            .and_then(|mut statement| statement.query_map([seq], |row| row.get(0))?.collect())
            .doing("read a sample")?;
        for id in evidence {
            found.push(object(connection, ObjectId::Evidence(id))?);
        }
    }
    Ok((found, seqs.last().copied().unwrap_or(after_seq)))
}

fn known_key(connection: &Connection, key: &str) -> Result<KnownKey> {
    for (sql, id) in [
        (
            "SELECT seq, archived_at IS NOT NULL FROM photo WHERE object_key = ?1",
            ObjectId::Photo as fn(i64) -> ObjectId,
        ),
        ("SELECT id, recorded_at IS NOT NULL FROM evidence WHERE object_key = ?1", ObjectId::Evidence),
        ("SELECT id, recorded_at IS NOT NULL FROM ledger_tile WHERE object_key = ?1", ObjectId::Tile),
    ] {
        let found: Option<(i64, bool)> = connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .doing("look up an object")?;
        match found {
            Some((number, true)) => return Ok(KnownKey::Archived(object(connection, id(number))?)),
            Some((_, false)) => return Ok(KnownKey::UnderWay),
            None => {}
        }
    }
    Ok(KnownKey::Unknown)
}

fn note(transaction: &Transaction<'_>, reading: &Reading, read_at_ms: i64) -> Result<()> {
    let (kind, number) = reading.object.id.parts();
    transaction
        .prepare_cached(
            "UPDATE audit_object
             SET read_at = ?3, result = ?4,
                 found_at = CASE ?4 WHEN 'intact' THEN NULL ELSE coalesce(found_at, ?3) END
             WHERE kind = ?1 AND number = ?2",
        )
        .and_then(|mut statement| {
            statement.execute(params![kind, number, read_at_ms, reading.status.as_str()])
        })
        .map(drop)
        .doing("keep a reading")
}

fn standing(connection: &Connection) -> Result<Standing> {
    let objects = |status: Status| {
        connection
            .prepare_cached("SELECT objects FROM audit_object_count WHERE result = ?1")
            .and_then(|mut statement| statement.query_row([status.as_str()], |row| row.get(0)).optional())
            .map(Option::unwrap_or_default)
            .doing("count objects")
    };
    Ok(Standing {
        intact: objects(Status::Intact)?,
        changed: objects(Status::Changed)?,
        missing: objects(Status::Missing)?,
        unreadable: objects(Status::Unreadable)?,
        oldest_ms: connection
            .query_row("SELECT min(read_at) FROM audit_object", [], |row| row.get(0))
            .doing("look for the oldest reading")?,
    })
}

fn not_intact(connection: &Connection, limit: u32) -> Result<Vec<NotIntact>> {
    let found = |row: &Row<'_>| {
        let status: String = row.get(1)?;
        let photo: Option<String> = row.get(3)?;
        Ok(NotIntact {
            object_key: object_key(row, 0)?,
            status: Status::from_word(&status).ok_or_else(|| unreadable(1))?,
            since_ms: row.get(2)?,
            photo: photo.and_then(|id| id.parse().ok()),
            code: row.get(4)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT coalesce(p.object_key, e.object_key, t.object_key), o.result, coalesce(o.found_at, o.read_at), w.id, w.code
             FROM audit_object o
             LEFT JOIN photo p ON o.kind = 'photo' AND p.seq = o.number
             LEFT JOIN evidence e ON o.kind = 'evidence' AND e.id = o.number
             LEFT JOIN ledger_tile t ON o.kind = 'tile' AND t.id = o.number
             LEFT JOIN photo w ON w.seq = coalesce(p.seq, e.photo_seq)
             WHERE o.result <> 'intact' ORDER BY o.kind, o.number LIMIT ?1",
        )
        .and_then(|mut statement| statement.query_map([limit], found)?.collect())
        .doing("list objects that are not intact")
}
