//! The seal: one short fenced transaction that fixes a photo's identity, its key and its sidecar byte for byte.
//!
//! A crash before it leaves a job that starts anew; a crash after it leaves a photo whose every later try, by any
//! worker in any life, sends the same bytes to the same keys.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::column::{parsed, photo_key, unreadable};
use super::contention::{join, release_joined, same_photo};
use super::device_pair;
use super::equal::{Equal, equal_bytes, judge_again};
use super::evidence::{self, By, Kind, Pending, encode, insert_findings, pending_of};
use super::job::{Try, held_by_us};
use super::naming::{self, Names};
use super::team::count_votes;
use super::text::{forget_words, keep_words};
use super::versions::versions_of;
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::{Evidence, Pixels};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::job::{JobId, Lease};
use crate::domain::names::Segment;
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::object_key::{PhotoKey, PhotoName};
use crate::domain::photo::{MediaType, PhotoId, Sha256};
use crate::domain::sidecar::{self, Named, Sidecar};
use crate::domain::verdict::device::Pair;
use crate::domain::verdict::meaning::Vote;
use crate::domain::verdict::reuse::LookAlike;
use crate::domain::verdict::{Finding, Judgement, RULES_VERSION, Verdict, code, reuse};

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
    /// As the source host called the file.
    pub content_type: Option<String>,
    /// All checks but `code` and `reuse`.
    pub judgement: Judgement,
    /// Two names of the device that the rules could not decide on.
    pub device_pair: Option<Pair>,
    /// Photos that look like this one and should not.
    pub look_alikes: Vec<LookAlike>,
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
    /// Another job is at work on this very photo: this one waits for it, and its lease has ended.
    Waiting,
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

impl Catalog {
    /// Seals a photo under a lease.
    pub async fn seal(&self, lease: Lease, draft: Draft, tried: Try) -> Result<Sealing> {
        self.write(move |transaction| seal(transaction, lease, &draft, &tried)).await
    }

    /// Names the spool file that holds a sealed photo's bytes again.
    pub async fn name_spool(&self, lease: Lease, spool: String) -> Result<()> {
        self.write(move |transaction| fence(transaction, lease, &spool)).await
    }

    /// Drops a seal of which nothing was stored, because its link now gives other bytes. `false`: another photo's
    /// record refers to it, and it stays.
    pub async fn drop_seal(&self, lease: Lease) -> Result<bool> {
        self.write(move |transaction| drop_seal(transaction, lease)).await
    }
}

fn seal(transaction: &Transaction<'_>, lease: Lease, draft: &Draft, tried: &Try) -> Result<Sealing> {
    fence(transaction, lease, &draft.spool)?;
    let names = naming::names_of(transaction, &draft.announced)?;
    if let Some(earlier) = same_photo(transaction, names.team.id, draft)? {
        return join(transaction, lease, draft, &earlier, tried);
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

pub(super) fn point_job_at(transaction: &Transaction<'_>, job: JobId, photo_seq: i64) -> Result<()> {
    transaction
        .prepare_cached("UPDATE job SET photo_seq = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([job.0, photo_seq]))
        .map(drop)
        .doing("seal a photo")
}

fn insert_photo(transaction: &Transaction<'_>, lease: Lease, draft: &Draft, names: &Names) -> Result<()> {
    let others = equal_bytes(transaction, draft.sha256)?;
    let code = draft.announced.code.as_deref();
    let equal: Vec<_> = others.iter().map(Equal::as_known).collect();
    let mut findings = draft.judgement.findings.clone();
    findings.push(code::check(code, &versions_of(transaction, code, draft.sha256)?));
    findings.push(reuse::check(code, &equal, &draft.look_alikes));
    let verdict = Verdict::of(&findings);
    let object_key = free_key(transaction, draft, names)?;
    let seq = insert_photo_row(transaction, lease, draft, names, &object_key, verdict)?;
    insert_findings(transaction, seq, 1, &findings)?;
    insert_reading(transaction, seq, draft)?;
    keep_words(transaction, seq, &draft.announced, Some(&draft.evidence))?;
    learn(transaction, names.team.id, draft)?;
    let bytes = encode(&sidecar_of(draft, names, &object_key, &findings, verdict))?;
    let by = By::Job(lease.job);
    evidence::fix(transaction, seq, by, Kind::Sidecar(verdict), &object_key.sidecar(), &bytes)?;
    point_job_at(transaction, lease.job, seq)?;
    others
        .iter()
        .enumerate()
        .try_for_each(|(at, other)| judge_again(transaction, lease.job, draft, other, at))
}

/// What a later judgement needs: the text of tags is in the sidecar, and is no rule's business.
pub(super) fn insert_reading(transaction: &Transaction<'_>, seq: i64, draft: &Draft) -> Result<()> {
    let mut evidence = draft.evidence.clone();
    evidence.exif.tags.clear();
    let text = serde_json::to_string(&evidence).map_err(|_| CatalogError::Unreadable("reading"))?;
    transaction
        .prepare_cached("INSERT INTO reading (photo_seq, evidence, content_type) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![seq, text, draft.content_type]))
        .map(drop)
        .doing("keep what a file says")
}

/// What the photo teaches of its team.
pub(super) fn learn(transaction: &Transaction<'_>, team: i64, draft: &Draft) -> Result<()> {
    let now_ms = draft.now.as_millisecond();
    if let Some(pair) = &draft.device_pair {
        device_pair::met(transaction, pair, now_ms)?;
    }
    if draft.judgement.vote.is_some() { count_votes(transaction, team, now_ms) } else { Ok(()) }
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

pub(super) fn insert_photo_row(
    transaction: &Transaction<'_>,
    lease: Lease,
    draft: &Draft,
    names: &Names,
    object_key: &PhotoKey,
    verdict: Verdict,
) -> Result<i64> {
    let (width, height) = draft.evidence.dimensions.unzip();
    let judgement = &draft.judgement;
    transaction
        .prepare_cached(
            "INSERT INTO photo (id, team_id, project_id, member_id, code, sha256, size_bytes, media_type, width, height,
                                decoded, object_key, key_folded, photo_name, event_id, local_time, captured_at,
                                received_at, downloaded_at, source_host, sealed_by, sealed_at, verdict, vote, device,
                                shown_offset, announced_position, has_time, has_position, has_device, fingerprint,
                                is_turned)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                     ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)",
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
                judgement.local_time.to_string(),
                judgement.captured_at.map(Timestamp::as_millisecond),
                draft.received_at.as_millisecond(),
                draft.downloaded_at.as_millisecond(),
                draft.source_host,
                lease.job.0,
                draft.now.as_millisecond(),
                verdict.as_str(),
                judgement.vote.map(Vote::as_str),
                draft.announced.device,
                judgement.shown_offset_minutes,
                draft.announced.position_as_sent(),
                judgement.usable.time,
                judgement.usable.position,
                judgement.usable.device,
                draft.evidence.fingerprint.map(Fingerprint::to_bytes),
                draft.evidence.exif.is_turned(),
            ])
        })
        .doing("seal a photo")
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
        content_type: draft.content_type.clone(),
        rules_version: RULES_VERSION,
        verdict,
        findings: findings.to_vec(),
        sealed_at: Some(draft.now),
        vote: draft.judgement.vote,
        shown_offset_minutes: draft.judgement.shown_offset_minutes,
        program: sidecar::program(),
        salt: sidecar::salt(draft.salt, 1),
    }
}

pub(super) fn sealed(connection: &Connection, job: JobId) -> Result<Sealed> {
    let mut sealed = connection
        .prepare_cached(
            "SELECT p.id, p.object_key, p.sha256, p.size_bytes, p.media_type, p.archived_at IS NOT NULL
             FROM job j JOIN photo p ON p.seq = j.photo_seq WHERE j.id = ?1",
        )
        .and_then(|mut statement| statement.query_row([job.0], sealed_photo))
        .doing("read a seal")?;
    sealed.pending = pending_of(connection, By::Job(job))?;
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

fn drop_seal(transaction: &Transaction<'_>, lease: Lease) -> Result<bool> {
    let photo_seq: Option<i64> = transaction
        .query_row(
            "SELECT p.seq FROM job j JOIN photo p ON p.seq = j.photo_seq
             WHERE j.id = ?1 AND j.state = 'leased' AND j.lease_start = ?2 AND j.lease_claim = ?3
               AND p.archived_at IS NULL AND p.sealed_by = j.id",
            params![lease.job.0, lease.start, lease.claim],
            |row| row.get(0),
        )
        .optional()
        .doing("drop a seal")?;
    let photo_seq = photo_seq.ok_or(CatalogError::LeaseLost)?;
    let is_referred_to: bool = transaction
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM evidence WHERE photo_seq = ?1 AND job_id <> ?2 AND kind = 'judgement')",
            [photo_seq, lease.job.0],
            |row| row.get(0),
        )
        .doing("drop a seal")?;
    if is_referred_to {
        return Ok(false);
    }
    release_joined(transaction, lease.job, photo_seq)?;
    forget(transaction, lease.job, photo_seq)?;
    Ok(true)
}

fn forget(transaction: &Transaction<'_>, job: JobId, photo_seq: i64) -> Result<()> {
    let execute = |sql: &str, id: i64| transaction.execute(sql, [id]).map(drop).doing("drop a seal");
    // Judgements that told other photos of this one go with it.
    execute(
        "DELETE FROM finding WHERE (photo_seq, judgement) IN
           (SELECT photo_seq, judgement FROM evidence
            WHERE job_id = ?1 AND recorded_at IS NULL AND kind = 'judgement')",
        job.0,
    )?;
    execute("DELETE FROM evidence WHERE job_id = ?1 AND recorded_at IS NULL", job.0)?;
    execute("DELETE FROM finding WHERE photo_seq = ?1", photo_seq)?;
    execute("DELETE FROM reading WHERE photo_seq = ?1", photo_seq)?;
    execute("UPDATE job SET photo_seq = NULL, spool = NULL WHERE id = ?1", job.0)?;
    forget_words(transaction, photo_seq)?;
    execute("DELETE FROM photo WHERE seq = ?1", photo_seq)
}
