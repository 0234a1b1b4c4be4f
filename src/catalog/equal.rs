//! Photos with equal bytes: looked up inside every seal, and the earlier ones told of the later one.

use std::num::NonZeroU32;

use rusqlite::{Connection, Row, Transaction};

use super::column::{parsed, photo_key};
use super::evidence::{self, By, Kind, encode, findings_of, insert_findings};
use super::seal::Draft;
use super::{Doing as _, Result};
use crate::domain::job::JobId;
use crate::domain::object_key::PhotoKey;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::sidecar::{self, LaterJudgement};
use crate::domain::verdict::{Check, RULES_VERSION, Verdict, reuse};

/// Another photo with the same bytes.
pub(super) struct Equal {
    pub(super) seq: i64,
    id: PhotoId,
    code: Option<String>,
    object_key: PhotoKey,
}

impl Equal {
    pub(super) fn as_known(&self) -> reuse::Equal {
        reuse::Equal { photo: self.id, code: self.code.clone() }
    }
}

/// The earliest few with a code and without: a picture that a source host serves in place of thousands of photos must
/// not make each seal dearer than the one before.
pub(super) fn equal_bytes(connection: &Connection, sha256: Sha256) -> Result<Vec<Equal>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT * FROM (SELECT seq, id, code, object_key FROM photo
                            WHERE sha256 = ?1 AND code IS NOT NULL ORDER BY seq LIMIT 8)
             UNION ALL
             SELECT * FROM (SELECT seq, id, code, object_key FROM photo
                            WHERE sha256 = ?1 AND code IS NULL ORDER BY seq LIMIT 8)",
        )
        .doing("look for equal bytes")?;
    let equal = |row: &Row<'_>| {
        Ok(Equal { seq: row.get(0)?, id: parsed(row, 1)?, code: row.get(2)?, object_key: photo_key(row, 3)? })
    };
    let rows = statement.query_map([sha256.to_string()], equal).doing("look for equal bytes")?;
    rows.collect::<rusqlite::Result<_>>().doing("look for equal bytes")
}

/// The earlier photo learns of the later one: a judgement of its own, where that changes what was found.
pub(super) fn judge_again(
    transaction: &Transaction<'_>,
    job: JobId,
    draft: &Draft,
    photo: &Equal,
    at: usize,
) -> Result<()> {
    let judgement: u32 = transaction
        .query_row("SELECT max(judgement) FROM finding WHERE photo_seq = ?1", [photo.seq], |row| row.get(0))
        .doing("judge a photo again")?;
    let mut findings = findings_of(transaction, photo.seq, judgement)?;
    let others = equal_bytes(transaction, draft.sha256)?;
    let others: Vec<_> = others.iter().filter(|other| other.seq != photo.seq).map(Equal::as_known).collect();
    let again = reuse::check(photo.code.as_deref(), &others, &[]);
    if findings.iter().any(|finding| finding.check == Check::Reuse && finding.outcome == again.outcome) {
        return Ok(());
    }
    findings.retain(|finding| finding.check != Check::Reuse);
    findings.push(again);
    let (judgement, verdict) = (judgement + 1, Verdict::of(&findings));
    let later = LaterJudgement {
        schema: sidecar::SCHEMA,
        photo_id: photo.id,
        judgement,
        judged_at: draft.now,
        cause: "another photo with the same bytes arrived".to_owned(),
        rules_version: RULES_VERSION,
        verdict,
        findings: findings.clone(),
        program: sidecar::program(),
        salt: sidecar::salt(draft.salt, 2 + at),
    };
    insert_findings(transaction, photo.seq, judgement, &findings)?;
    let version = NonZeroU32::new(judgement).unwrap_or(NonZeroU32::MIN);
    let key = photo.object_key.judgement(version);
    let kind = Kind::Judgement(judgement, verdict);
    evidence::fix(transaction, photo.seq, By::Job(job), kind, &key, &encode(&later)?)
}
