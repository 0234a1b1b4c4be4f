//! The seal: one short fenced transaction that fixes a photo's identity, its key and its sidecar byte for byte.
//!
//! A crash before it leaves a job that starts anew; a crash after it leaves a photo whose every later try, by any
//! worker in any life, sends the same bytes to the same keys.

use std::num::NonZeroU32;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::job::held_by_us;
use super::naming::{self, Names};
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::{Evidence, Pixels};
use crate::domain::job::{JobId, Lease};
use crate::domain::names::Segment;
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::object_key::{ObjectKey, PhotoKey, PhotoName};
use crate::domain::photo::{MediaType, PhotoId, Sha256};
use crate::domain::sidecar::{self, LaterJudgement, Named, Repeat, Sidecar};
use crate::domain::verdict::{Check, Finding, Judgement, RULES_VERSION, Verdict, reuse};

/// All that a seal needs to know.
#[derive(Clone)]
pub struct Draft {
    /// The raw delivery.
    pub body: Vec<u8>,
    /// What it claims.
    pub announced: Announcement,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When the download ended.
    pub downloaded_at: Timestamp,
    /// Where the photo came from.
    pub source_host: String,
    /// Of the photo's bytes.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
    /// What the file says.
    pub evidence: Evidence,
    /// All checks but `reuse`.
    pub judgement: Judgement,
    /// The synced spool file.
    pub spool: String,
    /// The folder part of the key.
    pub folder: FolderPattern,
    /// 128 random bits for the photo's id.
    pub photo_id: PhotoId,
    /// 256 random bits, from which the salts are taken.
    pub salt: [u8; 32],
    /// Now.
    pub now: Timestamp,
}

/// What the seal found.
#[derive(Debug, Clone)]
pub enum Sealing {
    /// Fixed: put these.
    Sealed(Sealed),
    /// Another job is at work on this very photo.
    Contended,
}

/// A sealed photo, or a repeat of an archived one: what has to be put, byte for byte.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The photo.
    pub photo: PhotoId,
    /// Where its bytes belong.
    pub object_key: PhotoKey,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
    /// By magic bytes.
    pub media_type: MediaType,
    /// Whether the photo itself is archived already: then this delivery repeats it.
    pub is_archived: bool,
    /// Objects of evidence, in the order of putting.
    pub pending: Vec<Pending>,
}

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

impl Catalog {
    /// Seals a photo under a lease.
    pub async fn seal(&self, lease: Lease, draft: Draft) -> Result<Sealing> {
        self.write(move |transaction| seal(transaction, lease, &draft)).await
    }

    /// What an earlier try of this job sealed.
    pub async fn sealed(&self, lease: Lease) -> Result<Sealed> {
        self.read(move |connection| sealed(connection, lease.job)).await
    }

    /// Names the spool file that holds a sealed photo's bytes again.
    pub async fn name_spool(&self, lease: Lease, spool: String) -> Result<()> {
        self.write(move |transaction| fence(transaction, lease, &spool)).await
    }

    /// Drops a seal of which nothing was stored, because its link now gives other bytes.
    pub async fn drop_seal(&self, lease: Lease) -> Result<()> {
        self.write(move |transaction| drop_seal(transaction, lease)).await
    }
}

fn seal(transaction: &Transaction<'_>, lease: Lease, draft: &Draft) -> Result<Sealing> {
    fence(transaction, lease, &draft.spool)?;
    let names = naming::names_of(transaction, &draft.announced)?;
    if let Some(earlier) = same_photo(transaction, names.team.id, draft)? {
        return seal_again(transaction, lease, draft, &earlier);
    }
    insert_photo(transaction, lease, draft, &names)?;
    sealed(transaction, lease.job).map(Sealing::Sealed)
}

/// Names the spool file in the row, if the lease still stands.
fn fence(transaction: &Transaction<'_>, lease: Lease, spool: &str) -> Result<()> {
    let changed = transaction
        .prepare_cached(
            "UPDATE job SET spool = ?4
             WHERE id = ?1 AND state = 'leased' AND lease_start = ?2 AND lease_claim = ?3",
        )
        .and_then(|mut statement| statement.execute(params![lease.job.0, lease.start, lease.claim, spool]))
        .doing("seal a photo")?;
    held_by_us(changed)
}

struct Earlier {
    seq: i64,
    id: PhotoId,
    object_key: PhotoKey,
    is_archived: bool,
    sealed_by: JobId,
    sealing_state: String,
}

fn same_photo(transaction: &Transaction<'_>, team: i64, draft: &Draft) -> Result<Option<Earlier>> {
    transaction
        .prepare_cached(
            "SELECT p.seq, p.id, p.object_key, p.archived_at IS NOT NULL, p.sealed_by, j.state
             FROM photo p JOIN job j ON j.id = p.sealed_by
             WHERE p.team_id = ?1 AND coalesce(p.code, '') = ?2 AND p.sha256 = ?3",
        )
        .and_then(|mut statement| {
            let code = draft.announced.code.as_deref().unwrap_or_default();
            statement.query_row(params![team, code, draft.sha256.to_string()], earlier).optional()
        })
        .doing("look for the same photo")
}

fn earlier(row: &Row<'_>) -> rusqlite::Result<Earlier> {
    Ok(Earlier {
        seq: row.get(0)?,
        id: parsed(row, 1)?,
        object_key: photo_key(row, 2)?,
        is_archived: row.get(3)?,
        sealed_by: JobId(row.get(4)?),
        sealing_state: row.get(5)?,
    })
}

/// The same team, code and bytes again: a repeat of an archived photo, or the take-over of a dead job's seal.
fn seal_again(
    transaction: &Transaction<'_>,
    lease: Lease,
    draft: &Draft,
    earlier: &Earlier,
) -> Result<Sealing> {
    if earlier.is_archived {
        point_job_at(transaction, lease.job, earlier.seq)?;
        insert_repeat(transaction, lease.job, draft, earlier)?;
    } else if earlier.sealing_state == "dead" {
        transaction
            .execute("UPDATE photo SET sealed_by = ?2 WHERE seq = ?1", params![earlier.seq, lease.job.0])
            .doing("take a seal over")?;
        transaction
            .execute(
                "UPDATE evidence SET job_id = ?2 WHERE job_id = ?1 AND recorded_at IS NULL",
                params![earlier.sealed_by.0, lease.job.0],
            )
            .doing("take a seal over")?;
        transaction
            .execute("UPDATE job SET photo_seq = NULL, spool = NULL WHERE id = ?1", [earlier.sealed_by.0])
            .doing("take a seal over")?;
        point_job_at(transaction, lease.job, earlier.seq)?;
    } else {
        return Ok(Sealing::Contended);
    }
    sealed(transaction, lease.job).map(Sealing::Sealed)
}

fn point_job_at(transaction: &Transaction<'_>, job: JobId, photo_seq: i64) -> Result<()> {
    transaction
        .prepare_cached("UPDATE job SET photo_seq = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([job.0, photo_seq]))
        .map(drop)
        .doing("seal a photo")
}

fn insert_photo(transaction: &Transaction<'_>, lease: Lease, draft: &Draft, names: &Names) -> Result<()> {
    let others = equal_bytes(transaction, draft.sha256)?;
    let code = draft.announced.code.as_deref();
    let mut findings = draft.judgement.findings.clone();
    findings.push(reuse::check(code, &others.iter().map(|other| other.code.clone()).collect::<Vec<_>>()));
    let verdict = Verdict::of(&findings);
    let object_key = free_key(transaction, draft, names)?;
    let seq = insert_photo_row(transaction, lease, draft, names, &object_key, verdict)?;
    insert_findings(transaction, seq, 1, &findings)?;
    let bytes = encode(&sidecar_of(draft, names, &object_key, &findings, verdict))?;
    let judged = Judged { judgement: 1, verdict };
    insert_evidence(transaction, seq, lease.job, "sidecar", Some(&judged), &object_key.sidecar(), &bytes)?;
    point_job_at(transaction, lease.job, seq)?;
    others
        .iter()
        .enumerate()
        .try_for_each(|(at, other)| judge_again(transaction, lease.job, draft, other, at))
}

/// Another photo with the same bytes.
struct Equal {
    seq: i64,
    id: PhotoId,
    code: Option<String>,
    object_key: PhotoKey,
}

/// The earliest few with a code and without: a picture that a source host serves in place of thousands of photos must
/// not make each seal dearer than the one before.
fn equal_bytes(transaction: &Transaction<'_>, sha256: Sha256) -> Result<Vec<Equal>> {
    let mut statement = transaction
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
fn judge_again(
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
    let codes: Vec<_> =
        others.into_iter().filter(|other| other.seq != photo.seq).map(|other| other.code).collect();
    let again = reuse::check(photo.code.as_deref(), &codes);
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
        salt: salt(draft, 2 + at),
    };
    insert_findings(transaction, photo.seq, judgement, &findings)?;
    let version = NonZeroU32::new(judgement).unwrap_or(NonZeroU32::MIN);
    let key = photo.object_key.judgement(version);
    let judged = Judged { judgement, verdict };
    insert_evidence(transaction, photo.seq, job, "judgement", Some(&judged), &key, &encode(&later)?)
}

fn insert_repeat(transaction: &Transaction<'_>, job: JobId, draft: &Draft, photo: &Earlier) -> Result<()> {
    let repeat = Repeat {
        schema: sidecar::SCHEMA,
        photo_id: photo.id,
        event_id: draft.announced.event_id.clone(),
        received_at: draft.received_at,
        delivery: sidecar::encoded(&draft.body),
        program: sidecar::program(),
        salt: salt(draft, 0),
    };
    let bytes = encode(&repeat)?;
    let key = photo.object_key.repeat(Sha256::of(&bytes));
    insert_evidence(transaction, photo.seq, job, "repeat", None, &key, &bytes)
}

/// The photo's key; where another photo has it, the one with the id's first digits.
fn free_key(transaction: &Transaction<'_>, draft: &Draft, names: &Names) -> Result<PhotoKey> {
    let name = PhotoName {
        team: &names.team.segment,
        project: &names.project.segment,
        member: &names.member.segment,
        local_time: draft.judgement.local_time,
        code: draft.announced.code.as_deref(),
        sha256: draft.sha256,
        media_type: draft.evidence.media_type,
    };
    let key = PhotoKey::new(&draft.folder, &name);
    let taken: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM photo WHERE key_folded = ?1)")
        .and_then(|mut statement| statement.query_row([key.folded()], |row| row.get(0)))
        .doing("look for a free key")?;
    Ok(if taken { PhotoKey::with_id(&draft.folder, &name, draft.photo_id) } else { key })
}

fn insert_photo_row(
    transaction: &Transaction<'_>,
    lease: Lease,
    draft: &Draft,
    names: &Names,
    object_key: &PhotoKey,
    verdict: Verdict,
) -> Result<i64> {
    let (width, height) = draft.evidence.dimensions.unzip();
    transaction
        .prepare_cached(
            "INSERT INTO photo (id, team_id, project_id, member_id, code, sha256, size_bytes, media_type, width, height,
                                decoded, object_key, key_folded, photo_name, event_id, local_time, captured_at,
                                received_at, downloaded_at, source_host, sealed_by, sealed_at, verdict)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                     ?22, ?23)",
        )
        .and_then(|mut statement| {
            statement.insert(params![
                draft.photo_id.to_string(),
                names.team.id,
                names.project.id,
                names.member.id,
                draft.announced.code,
                draft.sha256.to_string(),
                i64::try_from(draft.size_bytes).unwrap_or(i64::MAX),
                draft.evidence.media_type.content_type(),
                width,
                height,
                draft.evidence.pixels == Pixels::Decoded,
                object_key.as_str(),
                object_key.folded(),
                draft.announced.photo_name,
                draft.announced.event_id,
                draft.judgement.local_time.to_string(),
                draft.judgement.captured_at.map(Timestamp::as_millisecond),
                draft.received_at.as_millisecond(),
                draft.downloaded_at.as_millisecond(),
                draft.source_host,
                lease.job.0,
                draft.now.as_millisecond(),
                verdict.as_str(),
            ])
        })
        .doing("seal a photo")
}

fn insert_findings(
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

struct Judged {
    judgement: u32,
    verdict: Verdict,
}

fn insert_evidence(
    transaction: &Transaction<'_>,
    photo_seq: i64,
    job: JobId,
    kind: &str,
    judged: Option<&Judged>,
    key: &ObjectKey,
    body: &[u8],
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO evidence (photo_seq, job_id, kind, judgement, verdict, object_key, sha256, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                photo_seq,
                job.0,
                kind,
                judged.map(|judged| judged.judgement),
                judged.map(|judged| judged.verdict.as_str()),
                key.as_str(),
                Sha256::of(body).to_string(),
                body,
            ])
        })
        .map(drop)
        .doing("fix an object of evidence")
}

fn sidecar_of(
    draft: &Draft,
    names: &Names,
    key: &PhotoKey,
    findings: &[Finding],
    verdict: Verdict,
) -> Sidecar {
    let announced = &draft.announced;
    let both =
        |name: &Option<String>, segment: &Segment| Named { name: name.clone(), segment: segment.to_string() };
    Sidecar {
        schema: sidecar::SCHEMA,
        photo_id: draft.photo_id,
        object_key: key.as_str().to_owned(),
        sha256: draft.sha256,
        size_bytes: draft.size_bytes,
        media_type: draft.evidence.media_type.content_type().to_owned(),
        code: announced.code.clone(),
        team: both(&announced.team, &names.team.segment),
        project: both(&announced.project, &names.project.segment),
        member: both(&announced.member, &names.member.segment),
        local_time: draft.judgement.local_time,
        captured_at: draft.judgement.captured_at,
        received_at: draft.received_at,
        downloaded_at: draft.downloaded_at,
        source_host: draft.source_host.clone(),
        delivery: sidecar::encoded(&draft.body),
        evidence: draft.evidence.clone(),
        rules_version: RULES_VERSION,
        verdict,
        findings: findings.to_vec(),
        program: sidecar::program(),
        salt: salt(draft, 1),
    }
}

fn encode(evidence: &impl serde::Serialize) -> Result<Vec<u8>> {
    sidecar::bytes_of(evidence).map_err(|_| CatalogError::Unreadable("object of evidence"))
}

/// 128 bits, different for each object of one seal.
fn salt(draft: &Draft, object: usize) -> String {
    let mut seed = draft.salt.to_vec();
    seed.extend(object.to_be_bytes());
    Sha256::of(&seed).to_string()[..32].to_owned()
}

fn sealed(connection: &Connection, job: JobId) -> Result<Sealed> {
    let mut sealed = connection
        .prepare_cached(
            "SELECT p.id, p.object_key, p.sha256, p.size_bytes, p.media_type, p.archived_at IS NOT NULL
             FROM job j JOIN photo p ON p.seq = j.photo_seq WHERE j.id = ?1",
        )
        .and_then(|mut statement| statement.query_row([job.0], sealed_photo))
        .doing("read a seal")?;
    let mut statement = connection
        .prepare_cached(
            "SELECT object_key, body, sha256 FROM evidence
             WHERE job_id = ?1 AND recorded_at IS NULL AND body IS NOT NULL ORDER BY id",
        )
        .doing("read a seal")?;
    let pending = |row: &Row<'_>| {
        Ok(Pending { object_key: stored_key(row, 0)?, body: row.get(1)?, sha256: parsed(row, 2)? })
    };
    let rows = statement.query_map([job.0], pending).doing("read a seal")?;
    sealed.pending = rows.collect::<rusqlite::Result<_>>().doing("read a seal")?;
    Ok(sealed)
}

fn sealed_photo(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    let media_type: String = row.get(4)?;
    let size_bytes: i64 = row.get(3)?;
    Ok(Sealed {
        photo: parsed(row, 0)?,
        object_key: photo_key(row, 1)?,
        sha256: parsed(row, 2)?,
        size_bytes: u64::try_from(size_bytes).map_err(|_| unreadable(3))?,
        media_type: MediaType::from_content_type(&media_type).ok_or_else(|| unreadable(4))?,
        is_archived: row.get(5)?,
        pending: Vec::new(),
    })
}

fn drop_seal(transaction: &Transaction<'_>, lease: Lease) -> Result<()> {
    let photo_seq: Option<i64> = transaction
        .query_row(
            "SELECT p.seq FROM job j JOIN photo p ON p.seq = j.photo_seq
             WHERE j.id = ?1 AND j.state = 'leased' AND j.lease_start = ?2 AND j.lease_claim = ?3
               AND p.archived_at IS NULL",
            params![lease.job.0, lease.start, lease.claim],
            |row| row.get(0),
        )
        .optional()
        .doing("drop a seal")?;
    let photo_seq = photo_seq.ok_or(CatalogError::LeaseLost)?;
    let execute = |sql: &str, id: i64| transaction.execute(sql, [id]).map(drop).doing("drop a seal");
    // Judgements that told other photos of this one go with it.
    execute(
        "DELETE FROM finding WHERE (photo_seq, judgement) IN
           (SELECT photo_seq, judgement FROM evidence
            WHERE job_id = ?1 AND recorded_at IS NULL AND kind = 'judgement')",
        lease.job.0,
    )?;
    execute("DELETE FROM evidence WHERE job_id = ?1 AND recorded_at IS NULL", lease.job.0)?;
    execute("DELETE FROM finding WHERE photo_seq = ?1", photo_seq)?;
    execute("UPDATE job SET photo_seq = NULL, spool = NULL WHERE id = ?1", lease.job.0)?;
    execute("DELETE FROM photo WHERE seq = ?1", photo_seq)
}

pub(super) fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(column))
}

fn stored_key(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectKey> {
    ObjectKey::from_stored(row.get(column)?).map_err(|_| unreadable(column))
}

pub(super) fn photo_key(row: &Row<'_>, column: usize) -> rusqlite::Result<PhotoKey> {
    PhotoKey::from_stored(row.get(column)?).map_err(|_| unreadable(column))
}

/// A stored value that this program did not write.
pub(super) fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "a value of ours".to_owned(), rusqlite::types::Type::Text)
}
