//! Objects of evidence: fixed byte for byte here, then put, then recorded.
//!
//! Never changed once they are fixed; only a seal of which nothing was stored may be dropped with them.

use rusqlite::{Connection, Row, Transaction, params};

use super::column::{object_key, parsed};
use super::judge_run::RunId;
use super::ledger::Recorded;
use super::{CatalogError, Doing as _, Result, ledger};
use crate::domain::job::JobId;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::sidecar;
use crate::domain::verdict::{Finding, Verdict};

/// An object of evidence that waits for its put.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Where it belongs.
    pub object_key: ObjectKey,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Their hash.
    pub sha256: Sha256,
}

/// What an object is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// The first one of a photo, with judgement 1.
    Sidecar(Verdict),
    /// A later judgement: its number and verdict.
    Judgement(u32, Verdict),
    /// One more delivery of an archived photo.
    Repeat,
}

/// Who puts an object.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The job whose seal it belongs to.
    Job(JobId),
    /// A run of judging again.
    Run(RunId),
    /// The keeper of records: one object, by the number of its row.
    Keeper(i64),
}

impl By {
    /// The column that names it, and its number.
    fn column(self) -> (&'static str, i64) {
        match self {
            Self::Job(job) => ("job_id", job.0),
            Self::Run(run) => ("run_id", run.0),
            Self::Keeper(evidence) => ("id", evidence),
        }
    }
}

/// Fixes an object that is to be put.
pub(super) fn fix(
    transaction: &Transaction<'_>,
    photo_seq: i64,
    by: By,
    kind: Kind,
    key: &ObjectKey,
    body: &[u8],
) -> Result<()> {
    let (word, judgement, verdict) = match kind {
        Kind::Sidecar(verdict) => ("sidecar", Some(1), Some(verdict)),
        Kind::Judgement(number, verdict) => ("judgement", Some(number), Some(verdict)),
        Kind::Repeat => ("repeat", None, None),
    };
    transaction
        .prepare_cached(
            "INSERT INTO evidence (photo_seq, job_id, run_id, kind, judgement, verdict, object_key, sha256, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut statement| {
            let hash = Sha256::of(body).to_string();
            let verdict = verdict.map(Verdict::as_str);
            let (job, run) = match by {
                By::Job(job) => (Some(job.0), None),
                By::Run(run) => (None, Some(run.0)),
                By::Keeper(_) => (None, None),
            };
            statement.execute(params![photo_seq, job, run, word, judgement, verdict, key.as_str(), hash, body])
        })
        .map(drop)
        .doing("fix an object of evidence")
}

/// The bytes of an object of evidence.
pub(super) fn encode(evidence: &impl serde::Serialize) -> Result<Vec<u8>> {
    sidecar::bytes_of(evidence).map_err(|_| CatalogError::Unreadable("object of evidence"))
}

/// What still has to be put, in the order of putting.
pub(super) fn pending_of(connection: &Connection, by: By) -> Result<Vec<Pending>> {
    let (column, number) = by.column();
    let sql = format!(
        "SELECT object_key, body, sha256 FROM evidence
         WHERE {column} = ?1 AND recorded_at IS NULL AND body IS NOT NULL ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql).doing("read what has to be put")?;
    let pending = |row: &Row<'_>| {
        Ok(Pending { object_key: object_key(row, 0)?, body: row.get(1)?, sha256: parsed(row, 2)? })
    };
    let rows = statement.query_map([number], pending).doing("read what has to be put")?;
    rows.collect::<rusqlite::Result<_>>().doing("read what has to be put")
}

/// All of it was put and read back: each is a leaf of the ledger from here on. The newest judgement whose object is
/// stored is the one that stands.
pub(super) fn record_put(transaction: &Transaction<'_>, by: By, now_ms: i64) -> Result<()> {
    let (column, number) = by.column();
    // Photos by statements of their own: SQLite plans a join of the two anew at each execution (measured).
    for recorded in recorded_now(transaction, column, number)? {
        ledger::add_leaf(transaction, &recorded)?;
        if recorded.kind == "judgement" {
            let photo = "UPDATE photo SET judgement = e.judgement, verdict = e.verdict FROM evidence e
                 WHERE e.id = ?1 AND photo.seq = ?2 AND photo.judgement < e.judgement";
            execute(transaction, photo, params![recorded.evidence, recorded.photo_seq])?;
        }
    }
    let sql = format!(
        "UPDATE evidence SET recorded_at = ?2, body = NULL WHERE {column} = ?1 AND recorded_at IS NULL"
    );
    execute(transaction, &sql, params![number, now_ms])
}

/// In the order in which it was fixed.
fn recorded_now(transaction: &Transaction<'_>, column: &str, number: i64) -> Result<Vec<Recorded>> {
    let recorded = |row: &Row<'_>| {
        Ok(Recorded { evidence: row.get(0)?, kind: row.get(1)?, sha256: row.get(2)?, photo_seq: row.get(3)? })
    };
    transaction
        .prepare_cached(&format!(
            "SELECT id, kind, sha256, photo_seq FROM evidence WHERE {column} = ?1 AND recorded_at IS NULL ORDER BY id"
        ))
        .and_then(|mut statement| statement.query_map([number], recorded)?.collect())
        .doing("record what was put")
}

fn execute(transaction: &Transaction<'_>, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<()> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values))
        .map(drop)
        .doing("record what was put")
}

/// Keeps the findings of one judgement.
pub(super) fn insert_findings(
    transaction: &Transaction<'_>,
    seq: i64,
    judgement: u32,
    findings: &[Finding],
) -> Result<()> {
    for (position, finding) in (0_u32..).zip(findings) {
        let content = serde_json::to_string(finding).map_err(|_| CatalogError::Unreadable("finding"))?;
        transaction
            .prepare_cached(
                "INSERT INTO finding (photo_seq, judgement, position, content) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut statement| statement.execute(params![seq, judgement, position, content]))
            .doing("keep a finding")?;
    }
    Ok(())
}

/// The findings of one judgement, in their order.
pub(super) fn findings_of(connection: &Connection, seq: i64, judgement: u32) -> Result<Vec<Finding>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT content FROM finding WHERE photo_seq = ?1 AND judgement = ?2 ORDER BY position",
        )
        .doing("read findings")?;
    let contents = statement
        .query_map(params![seq, judgement], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .doing("read findings")?;
    contents
        .iter()
        .map(|content| serde_json::from_str(content).map_err(|_| CatalogError::Unreadable("finding")))
        .collect()
}
