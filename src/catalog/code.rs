//! What is known under a verification code: its archived versions, what was announced under it, and codes that look alike.

use rusqlite::{Connection, Row, Transaction, params};

use super::column::{object_key, parsed, photo_key, unreadable};
use super::evidence::findings_of;
use super::verification::newest;
use super::{Catalog, Doing as _, Result};
use crate::domain::code::fold;
use crate::domain::delivery::{self, DeliveryId};
use crate::domain::object_key::{ObjectKey, PhotoKey};
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::verdict::{Finding, Verdict};
use crate::domain::verification::OfficialAnswer;

/// Announcements of one code that are named.
const ANNOUNCED_MAX: u32 = 8;
/// Codes that are suggested.
const ALIKE_MAX: u32 = 4;
/// Jobs of an earlier Keepmark whose code is read at once.
const BATCH: u32 = 100;

/// What is known under a code.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Archived photos, in the order of sealing.
    pub versions: Vec<Version>,
    /// Deliveries whose photo is not archived.
    pub announced: Vec<Announced>,
    /// Where there is neither: codes of archived photos that a person could take for this one.
    pub alike: Vec<String>,
}

/// An archived photo as it was recorded, and the objects that belong to it.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its own name.
    pub id: PhotoId,
    /// Its code.
    pub code: Option<String>,
    /// Where it lies.
    pub object_key: PhotoKey,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Of the findings that stand.
    pub verdict: Verdict,
    /// One a check.
    pub findings: Vec<Finding>,
    /// Sidecar, later judgements, repeats and records of it.
    pub evidence: Vec<Recorded>,
    /// What Timemark's own page said last, where somebody has asked it.
    pub official: Option<OfficialAnswer>,
}

/// An object of evidence as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the catalogue.
    pub number: i64,
    /// Where it lies.
    pub object_key: ObjectKey,
    /// Of its bytes.
    pub sha256: Sha256,
}

/// A delivery whose photo is not archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Which.
    pub delivery: DeliveryId,
    /// Whether it was given up.
    pub is_dead: bool,
    /// Why it is not archived, where something was in the way.
    pub reason: Option<String>,
}

impl Catalog {
    /// What is known under each of these codes, in their order; a code stands for itself alone.
    pub async fn known_by_codes(&self, codes: Vec<String>) -> Result<Vec<Known>> {
        self.read(move |connection| codes.iter().map(|code| known(connection, code)).collect()).await
    }

    /// The archived photos with these bytes, in the order of sealing.
    pub async fn versions_with_bytes(&self, sha256: Sha256, limit: u32) -> Result<Vec<Version>> {
        let sql =
            format!("{VERSION} p.sha256 = ?1 AND p.archived_at IS NOT NULL ORDER BY p.seq LIMIT {limit}");
        self.read(move |connection| versions(connection, &sql, &sha256.to_string())).await
    }

    /// Reads the codes of jobs that an earlier Keepmark made and that are not done; returns how many. Each batch is a
    /// transaction of its own.
    pub async fn keep_codes_of_earlier_jobs(&self) -> Result<u64> {
        let mut kept = 0;
        loop {
            let batch = self.read(jobs_without_code).await?;
            if batch.is_empty() {
                return Ok(kept);
            }
            kept += batch.len() as u64;
            self.write(move |transaction| keep_codes(transaction, &batch)).await?;
        }
    }
}

const VERSION: &str =
    "SELECT p.seq, p.id, p.code, p.object_key, p.sha256, p.verdict, p.judgement FROM photo p WHERE";

pub(super) const BY_CODE: &str =
    "SELECT p.seq, p.id, p.code, p.object_key, p.sha256, p.verdict, p.judgement FROM photo p
    WHERE p.code = ?1 AND p.archived_at IS NOT NULL ORDER BY p.seq";

pub(super) const ANNOUNCED: &str = "SELECT delivery_id, state = 'dead', reason FROM job
    WHERE code = ?1 AND state <> 'done' ORDER BY delivery_id DESC LIMIT ?2";

pub(super) const ALIKE: &str = "SELECT DISTINCT code FROM photo
    WHERE replace(replace(replace(upper(code), 'O', '0'), 'I', '1'), 'L', '1') = ?1
      AND code IS NOT NULL AND archived_at IS NOT NULL
    LIMIT ?2";

fn known(connection: &Connection, code: &str) -> Result<Known> {
    let versions = versions(connection, BY_CODE, code)?;
    if !versions.is_empty() {
        return Ok(Known { versions, ..Known::default() });
    }
    let announced = announced(connection, code)?;
    let alike = if announced.is_empty() { alike(connection, code)? } else { Vec::new() };
    Ok(Known { versions, announced, alike })
}

/// A version with what other tables add still missing.
type Columns = (i64, u32, Version);

fn versions(connection: &Connection, sql: &str, value: &str) -> Result<Vec<Version>> {
    let rows: Vec<Columns> = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map([value], version)?.collect())
        .doing("look up a code")?;
    rows.into_iter().map(|columns| with_others(connection, columns)).collect()
}

fn version(row: &Row<'_>) -> rusqlite::Result<Columns> {
    let verdict: String = row.get(5)?;
    let version = Version {
        id: parsed(row, 1)?,
        code: row.get(2)?,
        object_key: photo_key(row, 3)?,
        sha256: parsed(row, 4)?,
        verdict: Verdict::from_word(&verdict).ok_or_else(|| unreadable(5))?,
        findings: Vec::new(),
        evidence: Vec::new(),
        official: None,
    };
    Ok((row.get(0)?, row.get(6)?, version))
}

fn with_others(connection: &Connection, (seq, judgement, version): Columns) -> Result<Version> {
    let recorded = |row: &Row<'_>| {
        Ok(Recorded { number: row.get(0)?, object_key: object_key(row, 1)?, sha256: parsed(row, 2)? })
    };
    let evidence = connection
        .prepare_cached(
            "SELECT id, object_key, sha256 FROM evidence
             WHERE photo_seq = ?1 AND recorded_at IS NOT NULL ORDER BY id",
        )
        .and_then(|mut statement| statement.query_map([seq], recorded)?.collect())
        .doing("look up a code")?;
    let (findings, official) = (findings_of(connection, seq, judgement)?, newest(connection, seq)?);
    Ok(Version { findings, evidence, official, ..version })
}

fn announced(connection: &Connection, code: &str) -> Result<Vec<Announced>> {
    let announced = |row: &Row<'_>| {
        Ok(Announced { delivery: DeliveryId(row.get(0)?), is_dead: row.get(1)?, reason: row.get(2)? })
    };
    connection
        .prepare_cached(ANNOUNCED)
        .and_then(|mut statement| statement.query_map(params![code, ANNOUNCED_MAX], announced)?.collect())
        .doing("look up a code")
}

fn alike(connection: &Connection, code: &str) -> Result<Vec<String>> {
    connection
        .prepare_cached(ALIKE)
        .and_then(|mut statement| {
            statement.query_map(params![fold(code), ALIKE_MAX], |row| row.get(0))?.collect()
        })
        .doing("look up codes that look alike")
}

fn jobs_without_code(connection: &Connection) -> Result<Vec<(i64, String)>> {
    let code = |row: &Row<'_>| {
        let body: Vec<u8> = row.get(1)?;
        let announced = delivery::announcement(&body).unwrap_or_default();
        Ok((row.get(0)?, announced.code.unwrap_or_default()))
    };
    connection
        .prepare_cached(
            "SELECT j.id, d.body FROM job j JOIN delivery d ON d.id = j.delivery_id
             WHERE j.code IS NULL AND j.state <> 'done' LIMIT ?1",
        )
        .and_then(|mut statement| statement.query_map([BATCH], code)?.collect())
        .doing("look for jobs without a code")
}

fn keep_codes(transaction: &Transaction<'_>, batch: &[(i64, String)]) -> Result<()> {
    for (job, code) in batch {
        transaction
            .prepare_cached("UPDATE job SET code = ?2 WHERE id = ?1")
            .and_then(|mut statement| statement.execute(params![job, code]))
            .doing("keep the code of a job")?;
    }
    Ok(())
}
