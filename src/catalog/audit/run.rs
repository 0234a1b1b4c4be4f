//! Runs of the audit: every object, a sample, or the inventory. The row is the run's progress.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::catalog::audit::fixity::Reading;
use crate::catalog::column::unreadable;
use crate::catalog::draw::drawn;
use crate::catalog::filter::Sql;
use crate::catalog::{Catalog, Doing as _, Result};
use crate::domain::audit::{RunCounts, Status};
use crate::domain::photo::PhotoId;

/// Names of strangers that a run keeps; beyond them they are only counted.
const EXTRA_KEPT_MAX: usize = 10_000;

/// A run's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditId(pub i64);

/// What a run looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Every object, then the inventory.
    All,
    /// The objects of so many photos, drawn by a seed.
    Sample {
        /// At most so many.
        photos: usize,
        /// With it the same photos are drawn again.
        seed: String,
        /// Whether somebody named the seed: then a run with another one is another run.
        is_named: bool,
    },
    /// What the store lists, against the catalogue.
    Inventory,
}

impl Kind {
    /// The word in the catalogue and in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Sample { .. } => "sample",
            Self::Inventory => "inventory",
        }
    }
}

/// For what objects are read: each is counted once in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Because it is their turn.
    Reading,
    /// Because the list of the store says otherwise than the catalogue.
    Inventory,
}

/// A run, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRun {
    /// Its number.
    pub id: AuditId,
    /// `all`, `sample` or `inventory`.
    pub kind: String,
    /// Of a sample.
    pub seed: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub started_at_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub ended_at_ms: Option<i64>,
    /// To be read, counted at the start.
    pub objects: i64,
    /// Of a sample: the last photo that was read.
    pub after_seq: i64,
    /// What was counted so far.
    pub counts: RunCounts,
    /// The oldest reading of any object: when it ended, or by now. Milliseconds since 1970 UTC.
    pub oldest_read_at_ms: Option<i64>,
    /// Why it does not go on just now.
    pub trouble: Option<String>,
}

/// One thing that a run found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditResult {
    /// The name in the store.
    pub object_key: String,
    /// Changed, missing, unreadable or extra.
    pub status: Status,
    /// The sentence for a person.
    pub detail: String,
    /// Whose object it is.
    pub photo: Option<PhotoId>,
    /// The verification code of that photo.
    pub code: Option<String>,
}

pub(in crate::catalog) const RUN: &str =
    "SELECT id, kind, seed, started_at, ended_at, objects, after_seq, checked, intact, changed, missing,
    unreadable, extra, bytes, trouble,
    iif(ended_at IS NULL, (SELECT min(read_at) FROM audit_object), oldest_read_at) FROM audit_run";

impl Catalog {
    /// Begins a run, for whoever works it off; one of the same kind that is not through goes on instead.
    pub async fn begin_audit(&self, kind: Kind, now_ms: i64) -> Result<AuditId> {
        let drawn = match &kind {
            Kind::Sample { photos, seed, .. } => {
                let (photos, seed) = (*photos, seed.clone());
                let all = Sql::new("SELECT id, seq FROM photo WHERE archived_at IS NOT NULL", []);
                self.read(move |connection| Ok(drawn(connection, all, &seed, photos)?.1)).await?
            }
            Kind::All | Kind::Inventory => Vec::new(),
        };
        self.write(move |transaction| begin(transaction, &kind, &drawn, now_ms)).await
    }

    /// One run.
    pub async fn audit_run(&self, id: AuditId) -> Result<Option<AuditRun>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE id = ?1"))
                .and_then(|mut statement| statement.query_row([id.0], run).optional())
                .doing("read an audit")
        })
        .await
    }

    /// The earliest run that is not through.
    pub async fn unfinished_audit(&self) -> Result<Option<AuditRun>> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE ended_at IS NULL ORDER BY id LIMIT 1"))
                .and_then(|mut statement| statement.query_row([], run).optional())
                .doing("look for an audit")
        })
        .await
    }

    /// The last runs, the newest first.
    pub async fn audit_runs(&self, limit: u32) -> Result<Vec<AuditRun>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{RUN} ORDER BY id DESC LIMIT ?1"))
                .and_then(|mut statement| statement.query_map([limit], run)?.collect())
                .doing("list audits")
        })
        .await
    }

    /// The last run that is through.
    pub async fn last_audit(&self) -> Result<Option<AuditRun>> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1"))
                .and_then(|mut statement| statement.query_row([], run).optional())
                .doing("look for the last audit")
        })
        .await
    }

    /// What a run found, in the order of names, behind this one.
    pub async fn audit_results(&self, id: AuditId, after: String, limit: u32) -> Result<Vec<AuditResult>> {
        self.read(move |connection| results(connection, id, &after, limit)).await
    }

    /// When an inventory was last begun; before the first, when the daemon first started. Milliseconds since 1970 UTC.
    pub async fn last_inventory(&self) -> Result<Option<i64>> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT coalesce((SELECT max(started_at) FROM audit_run WHERE kind IN ('all', 'inventory')),
                                     (SELECT min(started_at) FROM daemon_start))",
                    [],
                    |row| row.get(0),
                )
                .doing("look for the last inventory")
        })
        .await
    }

    /// All photos of a sample up to this one are read.
    pub async fn advance_sample(&self, id: AuditId, after_seq: i64) -> Result<()> {
        self.change_audit(id, "UPDATE audit_run SET after_seq = ?2 WHERE id = ?1", after_seq).await
    }

    /// So many objects were found listed as they should be; of an inventory alone, which reads only what differs.
    pub async fn count_listed(&self, id: AuditId, listed: i64) -> Result<()> {
        const SQL: &str = "UPDATE audit_run SET checked = ?2, objects = max(objects, ?2)
                           WHERE id = ?1 AND kind = 'inventory'";
        self.change_audit(id, SQL, listed).await
    }

    /// Keeps the names of strangers.
    pub async fn note_extra(
        &self,
        id: AuditId,
        extra: Vec<(String, u64)>,
        found_before: usize,
    ) -> Result<()> {
        let room = EXTRA_KEPT_MAX.saturating_sub(found_before);
        self.write(move |transaction| {
            for (key, size_bytes) in extra.iter().take(room) {
                let detail = format!("{size_bytes} bytes that Keepmark did not put there");
                insert_result(transaction, id, key, Status::Extra, &detail, None)?;
            }
            Ok(())
        })
        .await
    }

    /// So many strangers in all.
    pub async fn count_extra(&self, id: AuditId, extra: i64) -> Result<()> {
        self.change_audit(id, "UPDATE audit_run SET extra = ?2 WHERE id = ?1", extra).await
    }

    /// The run waits for this to end; nothing: it goes on.
    pub async fn note_audit_trouble(&self, id: AuditId, trouble: Option<String>) -> Result<()> {
        self.change_audit(id, "UPDATE audit_run SET trouble = ?2 WHERE id = ?1", trouble).await
    }

    async fn change_audit(
        &self,
        id: AuditId,
        sql: &'static str,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<()> {
        self.write(move |transaction| {
            transaction.execute(sql, params![id.0, value]).map(drop).doing("advance an audit")
        })
        .await
    }
}

fn begin(transaction: &Transaction<'_>, kind: &Kind, drawn: &[i64], now_ms: i64) -> Result<AuditId> {
    let (seed, named) = match kind {
        Kind::Sample { seed, is_named, .. } => (Some(seed), is_named.then_some(seed)),
        Kind::All | Kind::Inventory => (None, None),
    };
    let unfinished: Option<i64> = transaction
        .query_row(
            "SELECT id FROM audit_run WHERE ended_at IS NULL AND kind = ?1
             AND (?1 <> 'sample' OR ?2 = (SELECT count(*) FROM audit_sample WHERE run_id = id)
                                    AND coalesce(?3, seed) = seed)",
            params![kind.as_str(), i64::try_from(drawn.len()).unwrap_or(i64::MAX), named],
            |row| row.get(0),
        )
        .optional()
        .doing("look for an audit")?;
    if let Some(id) = unfinished {
        return Ok(AuditId(id));
    }
    // What was read in a time to come is read now.
    transaction
        .execute("UPDATE audit_object SET read_at = 0 WHERE read_at > ?1", [now_ms])
        .doing("begin an audit")?;
    transaction
        .execute(
            "INSERT INTO audit_run (kind, seed, started_at, objects)
             VALUES (?1, ?2, ?3, iif(?1 = 'all', (SELECT coalesce(sum(objects), 0) FROM audit_object_count), 0))",
            params![kind.as_str(), seed, now_ms],
        )
        .doing("begin an audit")?;
    let id = transaction.last_insert_rowid();
    for seq in drawn {
        transaction
            .prepare_cached("INSERT INTO audit_sample (run_id, photo_seq) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute([id, *seq]))
            .doing("draw a sample")?;
    }
    if !drawn.is_empty() {
        transaction
            .execute(
                "UPDATE audit_run SET objects = (SELECT count(*) FROM audit_sample WHERE run_id = ?1)
                     + (SELECT count(*) FROM audit_sample s JOIN evidence e ON e.photo_seq = s.photo_seq
                        WHERE s.run_id = ?1 AND e.recorded_at IS NOT NULL)
                 WHERE id = ?1",
                [id],
            )
            .doing("draw a sample")?;
    }
    Ok(AuditId(id))
}

/// Counts a reading in its run. What the inventory reads was counted already, unless it is a finding that is new.
pub(in crate::catalog) fn count_reading(
    transaction: &Transaction<'_>,
    run: AuditId,
    stage: Stage,
    reading: &Reading,
) -> Result<()> {
    let status = reading.status;
    let is_new = status == Status::Intact
        || insert_result(
            transaction,
            run,
            reading.object.object_key.as_str(),
            status,
            &reading.detail,
            reading.object.photo_seq,
        )?;
    let counts = match (stage, status) {
        (Stage::Reading, _) => 1,
        (Stage::Inventory, Status::Intact) => 0,
        (Stage::Inventory, _) => i64::from(is_new),
    };
    let checked = i64::from(stage == Stage::Reading);
    // The words of these statuses are the names of their columns.
    let column = status.as_str();
    transaction
        .prepare_cached(&format!(
            "UPDATE audit_run SET {column} = {column} + ?2, checked = checked + ?3, bytes = bytes + ?4, trouble = NULL
             WHERE id = ?1"
        ))
        .and_then(|mut statement| {
            let bytes = i64::try_from(reading.bytes).unwrap_or(i64::MAX);
            statement.execute(params![run.0, counts, checked, bytes])
        })
        .map(drop)
        .doing("count a reading")
}

/// Returns whether it is new in this run.
fn insert_result(
    transaction: &Transaction<'_>,
    run: AuditId,
    key: &str,
    status: Status,
    detail: &str,
    photo_seq: Option<i64>,
) -> Result<bool> {
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO audit_result (run_id, object_key, status, detail, photo_seq)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| statement.execute(params![run.0, key, status.as_str(), detail, photo_seq]))
        .map(|inserted| inserted == 1)
        .doing("keep what an audit found")
}

pub(in crate::catalog) fn run(row: &Row<'_>) -> rusqlite::Result<AuditRun> {
    Ok(AuditRun {
        id: AuditId(row.get(0)?),
        kind: row.get(1)?,
        seed: row.get(2)?,
        started_at_ms: row.get(3)?,
        ended_at_ms: row.get(4)?,
        objects: row.get(5)?,
        after_seq: row.get(6)?,
        counts: RunCounts {
            checked: row.get(7)?,
            intact: row.get(8)?,
            changed: row.get(9)?,
            missing: row.get(10)?,
            unreadable: row.get(11)?,
            extra: row.get(12)?,
            bytes: row.get(13)?,
        },
        trouble: row.get(14)?,
        oldest_read_at_ms: row.get(15)?,
    })
}

pub(in crate::catalog) fn results(
    connection: &Connection,
    id: AuditId,
    after: &str,
    limit: u32,
) -> Result<Vec<AuditResult>> {
    let result = |row: &Row<'_>| {
        let status: String = row.get(1)?;
        let photo: Option<String> = row.get(3)?;
        Ok(AuditResult {
            object_key: row.get(0)?,
            status: Status::from_word(&status).ok_or_else(|| unreadable(1))?,
            detail: row.get(2)?,
            photo: photo.and_then(|id| id.parse().ok()),
            code: row.get(4)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT r.object_key, r.status, r.detail, p.id, p.code
             FROM audit_result r LEFT JOIN photo p ON p.seq = r.photo_seq
             WHERE r.run_id = ?1 AND r.object_key > ?2 ORDER BY r.object_key LIMIT ?3",
        )
        .and_then(|mut statement| statement.query_map(params![id.0, after, limit], result)?.collect())
        .doing("list what an audit found")
}
