//! Runs of judging again: today's rules over archived photos, from what was recorded of them.
//!
//! Each run is a row that is its own progress. A later judgement is fixed byte for byte, then put, then recorded, like
//! all evidence; the findings of before stay.

use std::num::NonZeroU32;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::column::{parsed, photo_key, unreadable};
use super::evidence::{self, By, Kind, Pending, encode, insert_findings};
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::judge_filter::JudgeFilter;
use crate::domain::object_key::PhotoKey;
use crate::domain::photo::PhotoId;
use crate::domain::sidecar::{self, LaterJudgement};
use crate::domain::verdict::{Finding, RULES_VERSION, Verdict};

/// A run's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub i64);

/// A run, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Which photos.
    pub filter: JudgeFilter,
    /// How many they were at its start.
    pub photos: i64,
    /// The last one that it judged.
    pub after_seq: i64,
    /// The last one that it will judge.
    pub last_seq: i64,
    /// How many it judged.
    pub judged: i64,
    /// How many of them have another outcome now.
    pub changed: i64,
    /// Whether it is through.
    pub is_ended: bool,
    /// Why it does not go on just now.
    pub trouble: Option<String>,
}

/// What changed, counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Change {
    /// `verdict`, or the name of a check.
    pub what: String,
    /// As it stood.
    pub before: String,
    /// As it is found now.
    pub after: String,
    /// So many photos.
    pub photos: i64,
}

/// A later judgement, to be fixed.
#[derive(Debug, Clone)]
pub struct Later {
    /// Of which photo.
    pub seq: i64,
    /// The judgement that stood when it was read.
    pub instead_of: u32,
    /// All findings.
    pub findings: Vec<Finding>,
    /// What changed by them.
    pub changes: Vec<(String, String, String)>,
    /// Now.
    pub now: Timestamp,
    /// 256 random bits, from which the salt is taken.
    pub salt: [u8; 32],
}

const RUN: &str =
    "SELECT id, filter, photos, after_seq, last_seq, judged, changed, ended_at IS NOT NULL, trouble
                   FROM judge_run";

impl Catalog {
    /// Begins a run, for whoever works it off; one with the same filter that is not through goes on instead.
    pub async fn begin_run(&self, filter: JudgeFilter, now_ms: i64) -> Result<RunId> {
        // Counted before: with a million photos it takes longer than a delivery should wait.
        let (photos, last_seq) = self.count_to_judge(filter.clone()).await?;
        let text = serde_json::to_string(&filter).map_err(|_| CatalogError::Unreadable("filter"))?;
        self.write(move |transaction| {
            let unfinished = transaction
                .query_row(
                    "SELECT id FROM judge_run WHERE ended_at IS NULL AND filter = ?1",
                    [&text],
                    |row| row.get(0).map(RunId),
                )
                .optional()
                .doing("look for a run")?;
            if let Some(run) = unfinished {
                return Ok(run);
            }
            transaction
                .execute(
                    "INSERT INTO judge_run (filter, started_at, photos, last_seq) VALUES (?1, ?2, ?3, ?4)",
                    params![text, now_ms, photos, last_seq],
                )
                .doing("begin a run")?;
            Ok(RunId(transaction.last_insert_rowid()))
        })
        .await
    }

    /// One run.
    pub async fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE id = ?1"))
                .and_then(|mut statement| statement.query_row([id.0], run).optional())
                .doing("read a run")
        })
        .await
    }

    /// The earliest run that is not through.
    pub async fn unfinished_run(&self) -> Result<Option<Run>> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE ended_at IS NULL ORDER BY id LIMIT 1"))
                .and_then(|mut statement| statement.query_row([], run).optional())
                .doing("look for a run")
        })
        .await
    }

    /// What a run changed.
    pub async fn changes_of(&self, id: RunId) -> Result<Vec<Change>> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT what, before, after, photos FROM judge_change WHERE run_id = ?1
                     ORDER BY what <> 'verdict', what, photos DESC",
                )
                .doing("read the changes of a run")?;
            let change = |row: &Row<'_>| {
                Ok(Change { what: row.get(0)?, before: row.get(1)?, after: row.get(2)?, photos: row.get(3)? })
            };
            let rows = statement.query_map([id.0], change).doing("read the changes of a run")?;
            rows.collect::<rusqlite::Result<_>>().doing("read the changes of a run")
        })
        .await
    }

    /// Fixes later judgements and counts their changes, in one commit. Left out is a photo that this run has fixed
    /// already, and one that was judged by somebody else since it was read: that judgement knows more.
    pub async fn fix_judgements(&self, run: RunId, later: Vec<Later>) -> Result<()> {
        if later.is_empty() {
            return Ok(());
        }
        self.write(move |transaction| later.iter().try_for_each(|later| fix(transaction, run, later))).await
    }

    /// What a run has fixed and not yet put.
    pub async fn pending_of_run(&self, run: RunId) -> Result<Vec<Pending>> {
        self.read(move |connection| evidence::pending_of(connection, By::Run(run))).await
    }

    /// All that the run had to put was read back, and all photos up to this one are judged.
    pub async fn advance_run(&self, run: RunId, after_seq: i64, judged: i64, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            evidence::record_put(transaction, By::Run(run), now_ms)?;
            transaction
                .execute(
                    "UPDATE judge_run SET after_seq = ?2, judged = judged + ?3, trouble = NULL WHERE id = ?1",
                    params![run.0, after_seq, judged],
                )
                .map(drop)
                .doing("advance a run")
        })
        .await
    }

    /// The run is through.
    pub async fn end_run(&self, run: RunId, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute("UPDATE judge_run SET ended_at = ?2, trouble = NULL WHERE id = ?1", [run.0, now_ms])
                .map(drop)
                .doing("end a run")
        })
        .await
    }

    /// The run waits for this to end.
    pub async fn note_run_trouble(&self, run: RunId, trouble: String) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute("UPDATE judge_run SET trouble = ?2 WHERE id = ?1", params![run.0, trouble])
                .map(drop)
                .doing("note why a run waits")
        })
        .await
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let filter: String = row.get(1)?;
    Ok(Run {
        id: RunId(row.get(0)?),
        filter: serde_json::from_str(&filter).map_err(|_| unreadable(1))?,
        photos: row.get(2)?,
        after_seq: row.get(3)?,
        last_seq: row.get(4)?,
        judged: row.get(5)?,
        changed: row.get(6)?,
        is_ended: row.get(7)?,
        trouble: row.get(8)?,
    })
}

fn fix(transaction: &Transaction<'_>, run: RunId, later: &Later) -> Result<()> {
    let (id, key, newest): (PhotoId, PhotoKey, u32) = transaction
        .query_row(
            "SELECT id, object_key, (SELECT max(judgement) FROM finding WHERE photo_seq = seq)
             FROM photo WHERE seq = ?1",
            [later.seq],
            |row| Ok((parsed(row, 0)?, photo_key(row, 1)?, row.get(2)?)),
        )
        .doing("judge a photo again")?;
    if newest != later.instead_of {
        return Ok(());
    }
    let judgement = newest + 1;
    let verdict = Verdict::of(&later.findings);
    let object = LaterJudgement {
        schema: sidecar::SCHEMA,
        photo_id: id,
        judgement,
        judged_at: later.now,
        cause: "judged again by the rules of this program".to_owned(),
        rules_version: RULES_VERSION,
        verdict,
        findings: later.findings.clone(),
        program: sidecar::program(),
        salt: sidecar::salt(later.salt, 0),
    };
    insert_findings(transaction, later.seq, judgement, &later.findings)?;
    let version = NonZeroU32::new(judgement).unwrap_or(NonZeroU32::MIN);
    let kind = Kind::Judgement(judgement, verdict);
    evidence::fix(transaction, later.seq, By::Run(run), kind, &key.judgement(version), &encode(&object)?)?;
    for (what, before, after) in &later.changes {
        count_change(transaction, run, what, before, after)?;
    }
    transaction
        .execute("UPDATE judge_run SET changed = changed + 1 WHERE id = ?1", [run.0])
        .map(drop)
        .doing("judge a photo again")
}

fn count_change(
    transaction: &Transaction<'_>,
    run: RunId,
    what: &str,
    before: &str,
    after: &str,
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO judge_change (run_id, what, before, after, photos) VALUES (?1, ?2, ?3, ?4, 1)
             ON CONFLICT (run_id, what, before, after) DO UPDATE SET photos = photos + 1",
        )
        .and_then(|mut statement| statement.execute(params![run.0, what, before, after]))
        .map(drop)
        .doing("count a change")
}
