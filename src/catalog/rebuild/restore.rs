//! Putting back what objects of the store tell: photos, later judgements, repeats, records.
//!
//! What does not fit is named and left out, and takes nothing else with it. Nothing in the store is changed.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::delivery::{in_quarantine, link, with_dead_letter, with_photo};
use super::objects::{as_finding, note_findings};
use super::outcomes::{evidence_was_read, photo_was_read, put_audit, put_key_change, put_outcome};
use super::{Finding, RebuildId, execute, names, note_steps};
use crate::catalog::column::photo_key;
use crate::catalog::evidence::insert_findings;
use crate::catalog::records::signed;
use crate::catalog::seal::{Draft, insert_photo_row, insert_reading, learn};
use crate::catalog::text::keep_words;
use crate::catalog::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::delivery::DeliveryId;
use crate::domain::job::Lease;
use crate::domain::object_key::{ObjectKey, PhotoKey};
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::record::{Delivered, Read, Record};
use crate::domain::sidecar::{LaterJudgement, Repeat, Sidecar, decoded};

pub use super::delivery::Kept;

/// An object that was read, to be put back.
#[derive(Clone)]
pub struct Restored {
    /// Under which it lies.
    pub key: String,
    /// Of its bytes.
    pub sha256: Sha256,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// As the store says, milliseconds since 1970 UTC: what is known of when it was recorded.
    pub modified_ms: i64,
    /// What it tells; nothing: it tells nothing that could be put back, and the findings say why.
    pub told: Option<Told>,
    /// What was found while it was read.
    pub findings: Vec<Finding>,
}

/// What an object tells.
#[derive(Clone)]
pub enum Told {
    /// A photo: its sidecar, and what a seal made of it.
    Photo(Box<(Sidecar, Draft)>),
    /// A later judgement.
    Judgement(Box<LaterJudgement>),
    /// One more delivery of a photo.
    Repeat(Box<Repeat>),
    /// A record.
    Record(Box<Read>),
}

impl Catalog {
    /// Puts objects back in their order, in one commit.
    pub async fn restore(&self, id: RebuildId, objects: Vec<Restored>) -> Result<()> {
        self.write(move |transaction| objects.iter().try_for_each(|object| put_back(transaction, id, object)))
            .await
    }
}

/// In a savepoint of its own: an object that does not fit leaves a finding and nothing else.
fn put_back(transaction: &Transaction<'_>, id: RebuildId, object: &Restored) -> Result<()> {
    execute(transaction, "SAVEPOINT put_back", &[])?;
    let done = match &object.told {
        Some(told) => tell(transaction, id, object, told),
        None => Ok(()),
    };
    if let Err(error) = done {
        let Some(detail) = as_finding(&error) else { return Err(error) };
        execute(transaction, "ROLLBACK TO put_back", &[])?;
        note_findings(transaction, id, &[Finding::new(&object.key, "does_not_fit", detail)])?;
    }
    execute(transaction, "RELEASE put_back", &[])?;
    note_findings(transaction, id, &object.findings)?;
    execute(
        transaction,
        "UPDATE rebuild_object SET state = 'through' WHERE object_key = ?1",
        params![object.key],
    )?;
    note_steps(transaction, id, 1)
}

fn tell(transaction: &Transaction<'_>, id: RebuildId, object: &Restored, told: &Told) -> Result<()> {
    match told {
        Told::Photo(photo) => {
            put_photo(transaction, id, object, &photo.0, &photo.1)?;
            count(transaction, id, "photos")
        }
        Told::Judgement(judgement) => {
            put_judgement(transaction, id, object, judgement)?;
            count(transaction, id, "later_judgements")
        }
        Told::Repeat(repeat) => {
            put_repeat(transaction, id, object, repeat)?;
            count(transaction, id, "repeats")
        }
        Told::Record(record) => put_record(transaction, id, object, record),
    }
}

fn put_photo(
    transaction: &Transaction<'_>,
    id: RebuildId,
    object: &Restored,
    sidecar: &Sidecar,
    draft: &Draft,
) -> Result<()> {
    let names = names::names_of(transaction, sidecar, &draft.announced)?;
    let kept = Kept { body: draft.body.clone(), received_at: sidecar.received_at, source: "hook".to_owned() };
    let (delivery, job) = with_photo(transaction, &kept)?;
    let key = PhotoKey::from_stored(sidecar.object_key.clone())
        .map_err(|_| CatalogError::Unreadable("object key"))?;
    let lease = Lease { job, start: 0, claim: 0 };
    let seq = insert_photo_row(transaction, lease, draft, &names, &key, sidecar.verdict)?;
    insert_findings(transaction, seq, 1, &sidecar.findings)?;
    insert_reading(transaction, seq, draft)?;
    keep_words(transaction, seq, &draft.announced, Some(&draft.evidence))?;
    learn(transaction, names.team.id, draft)?;
    let evidence = Evidence { kind: "sidecar", judgement: Some(1), verdict: Some(sidecar.verdict.as_str()) };
    keep(transaction, id, object, (seq, Some(job.0)), &key.sidecar(), &evidence)?;
    link(transaction, delivery, seq, "first", object.modified_ms)?;
    let sql = "UPDATE photo SET archived_at = ?2 WHERE seq = ?1";
    execute(transaction, sql, params![seq, object.modified_ms])?;
    photo_was_read(transaction, id, seq)
}

fn put_judgement(
    transaction: &Transaction<'_>,
    id: RebuildId,
    object: &Restored,
    later: &LaterJudgement,
) -> Result<()> {
    let (seq, key) = photo(transaction, later.photo_id)?;
    let number = std::num::NonZeroU32::new(later.judgement).ok_or(CatalogError::Unreadable("judgement"))?;
    insert_findings(transaction, seq, later.judgement, &later.findings)?;
    let verdict = later.verdict.as_str();
    let evidence = Evidence { kind: "judgement", judgement: Some(later.judgement), verdict: Some(verdict) };
    keep(transaction, id, object, (seq, None), &key.judgement(number), &evidence)?;
    execute(
        transaction,
        "UPDATE photo SET judgement = ?2, verdict = ?3 WHERE seq = ?1 AND judgement < ?2",
        params![seq, later.judgement, verdict],
    )
}

fn put_repeat(
    transaction: &Transaction<'_>,
    id: RebuildId,
    object: &Restored,
    repeat: &Repeat,
) -> Result<()> {
    let (seq, key) = photo(transaction, repeat.photo_id)?;
    let kept =
        Kept { body: body_of(&repeat.delivery)?, received_at: repeat.received_at, source: "hook".to_owned() };
    let (delivery, job) = with_photo(transaction, &kept)?;
    let evidence = Evidence { kind: "repeat", judgement: None, verdict: None };
    keep(transaction, id, object, (seq, Some(job.0)), &key.repeat(object.sha256), &evidence)?;
    link(transaction, delivery, seq, "repeat", object.modified_ms)
}

/// A record of a later Keepmark is kept as evidence, and nothing is made of it.
fn put_record(transaction: &Transaction<'_>, id: RebuildId, object: &Restored, read: &Read) -> Result<()> {
    let (sequence, delivery, photo_seq) = match read {
        Read::Known(record) => {
            let delivery = put_told(transaction, id, &record.record, record.at.as_millisecond())?;
            let photo_seq = record.record.photo().map(|id| photo(transaction, id)).transpose()?;
            count(transaction, id, "records")?;
            (record.sequence, delivery, photo_seq.map(|(seq, _)| seq))
        }
        Read::Later { sequence, .. } => {
            count(transaction, id, "records_of_later_versions")?;
            (*sequence, None, None)
        }
        Read::Unreadable => return Err(CatalogError::Unreadable("record")),
    };
    execute(
        transaction,
        "INSERT INTO evidence (photo_seq, delivery_id, kind, sequence, object_key, sha256, recorded_at)
         VALUES (?1, ?2, 'record', ?3, ?4, ?5, ?6)",
        params![
            photo_seq,
            delivery.map(|delivery| delivery.0),
            signed(sequence),
            object.key,
            object.sha256.to_string(),
            object.modified_ms
        ],
    )?;
    evidence_was_read(transaction, id, object.size_bytes)
}

/// What a record tells beside that it exists, and the delivery that it tells of. A finding of the ledger is that alone.
fn put_told(
    transaction: &Transaction<'_>,
    id: RebuildId,
    record: &Record,
    at_ms: i64,
) -> Result<Option<DeliveryId>> {
    match record {
        Record::DeadLetter(letter) => {
            let sample = letter.sample.as_deref().map(body_of).transpose()?;
            let kept = kept(&letter.delivery)?;
            let (delivery, is_dead) = with_dead_letter(transaction, &kept, letter, sample.as_deref(), at_ms)?;
            if is_dead {
                count_letters(transaction, id, delivery)?;
            }
            Ok(Some(delivery))
        }
        Record::Quarantined(quarantined) => {
            let kept = kept(&quarantined.delivery)?;
            let (delivery, is_new) = in_quarantine(transaction, &kept, &quarantined.reason)?;
            if is_new {
                count(transaction, id, "quarantined")?;
            }
            Ok(Some(delivery))
        }
        Record::HumanOutcome(outcome) => put_outcome(transaction, id, outcome, at_ms).map(|()| None),
        Record::AuditRun(run) => put_audit(transaction, id, run).map(|()| None),
        Record::KeyChange(change) => put_key_change(transaction, id, change).map(|()| None),
        Record::LedgerFinding(_) => Ok(None),
    }
}

/// A letter that died twice is one.
fn count_letters(transaction: &Transaction<'_>, id: RebuildId, delivery: DeliveryId) -> Result<()> {
    let is_known: bool = transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM evidence WHERE delivery_id = ?1 AND object_key LIKE '%\\_dead\\_letter.json' ESCAPE '\\')",
        )
        .and_then(|mut statement| statement.query_row([delivery.0], |row| row.get(0)))
        .doing("count dead letters")?;
    if is_known { Ok(()) } else { count(transaction, id, "dead_letters") }
}

fn kept(delivered: &Delivered) -> Result<Kept> {
    let body = body_of(&delivered.body)?;
    if Sha256::of(&body) != delivered.sha256 {
        return Err(CatalogError::Refused("the delivery in it has another SHA-256 than it says".to_owned()));
    }
    Ok(Kept { body, received_at: delivered.received_at, source: delivered.source.clone() })
}

fn body_of(text: &str) -> Result<Vec<u8>> {
    decoded(text).ok_or(CatalogError::Unreadable("delivery"))
}

/// What a row of evidence says beside key and hash.
struct Evidence<'a> {
    kind: &'static str,
    judgement: Option<u32>,
    verdict: Option<&'a str>,
}

/// Under the key where it belongs: one that lies elsewhere was named while it was read.
fn keep(
    transaction: &Transaction<'_>,
    id: RebuildId,
    object: &Restored,
    (photo_seq, job): (i64, Option<i64>),
    key: &ObjectKey,
    evidence: &Evidence<'_>,
) -> Result<()> {
    execute(
        transaction,
        "INSERT INTO evidence (photo_seq, job_id, kind, judgement, verdict, object_key, sha256, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            photo_seq,
            job,
            evidence.kind,
            evidence.judgement,
            evidence.verdict,
            key.as_str(),
            object.sha256.to_string(),
            object.modified_ms
        ],
    )?;
    evidence_was_read(transaction, id, object.size_bytes)
}

fn photo(transaction: &Transaction<'_>, id: PhotoId) -> Result<(i64, PhotoKey)> {
    let found = |row: &Row<'_>| Ok((row.get(0)?, photo_key(row, 1)?));
    let photo = transaction
        .prepare_cached("SELECT seq, object_key FROM photo WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.to_string()], found).optional())
        .doing("look up a photo")?;
    photo.ok_or_else(|| CatalogError::Refused(format!("its photo {id} was not found in the store")))
}

pub(super) fn count(transaction: &Transaction<'_>, id: RebuildId, what: &str) -> Result<()> {
    execute(
        transaction,
        "INSERT INTO rebuild_count (rebuild_id, what, objects) VALUES (?1, ?2, 1)
         ON CONFLICT (rebuild_id, what) DO UPDATE SET objects = objects + 1",
        params![id.0, what],
    )
}
