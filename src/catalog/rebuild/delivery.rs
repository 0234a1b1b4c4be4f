//! Deliveries as sidecars, repeats and records hold them: each becomes a row again, once, with its job.
//!
//! One that the sender has brought again meanwhile is the same delivery: its row and its job are taken.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::execute;
use crate::catalog::delivery::{known, known_not_accepted};
use crate::catalog::{CatalogError, Doing as _, Result};
use crate::domain::delivery::{self, Announcement, DeliveryId};
use crate::domain::job::JobId;
use crate::domain::photo::Sha256;
use crate::domain::record::DeadLetter;

/// A delivery as an object of the store holds it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The raw body.
    pub body: Vec<u8>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// What brought it.
    pub source: String,
}

impl Kept {
    fn received_ms(&self) -> i64 {
        self.received_at.as_millisecond()
    }
}

/// The delivery that led to a photo, accepted, with its job done. An error where it led to another photo already.
pub(super) fn with_photo(transaction: &Transaction<'_>, kept: &Kept) -> Result<(DeliveryId, JobId)> {
    let announced = delivery::announcement(&kept.body).unwrap_or_default();
    let id = accepted(transaction, kept, &announced)?;
    execute(
        transaction,
        "INSERT INTO job (delivery_id, state, host, created_at, updated_at) VALUES (?1, 'done', ?2, ?3, ?3)
         ON CONFLICT (delivery_id) DO UPDATE
         SET state = 'done', due_at = NULL, reason = NULL, failing_class = NULL, failing_since = NULL, failing_tries = 0,
             spool = NULL, attached = NULL, sample = NULL",
        params![id.0, host_of(&announced), kept.received_ms()],
    )?;
    Ok((id, job_of(transaction, id)?))
}

/// A delivery that was given up, by its newest record. Nothing changes where it led to a photo later, or is at work here.
/// Returns whether it is a dead letter now.
pub(super) fn with_dead_letter(
    transaction: &Transaction<'_>,
    kept: &Kept,
    letter: &DeadLetter,
    sample: Option<&[u8]>,
    died_ms: i64,
) -> Result<(DeliveryId, bool)> {
    let announced = delivery::announcement(&kept.body).unwrap_or_default();
    let sha256 = Sha256::of(&kept.body);
    let same = same_delivery(transaction, &announced, sha256)?;
    if let Some(same) = same
        && let Some(state) = state_of(transaction, same)?
        && state != "dead"
    {
        return Ok((same, false));
    }
    let id = match same {
        // A body that was in quarantine, until a later parser read it.
        Some(same) if state_of(transaction, same)?.is_none() => {
            accept(transaction, same, &announced)?;
            same
        }
        Some(same) => same,
        None => accepted(transaction, kept, &announced)?,
    };
    execute(
        transaction,
        "INSERT INTO job (delivery_id, state, host, attempts, failing_class, reason, sample, created_at, updated_at)
         VALUES (?1, 'dead', ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (delivery_id) DO UPDATE
         SET attempts = excluded.attempts, failing_class = excluded.failing_class, reason = excluded.reason,
             sample = coalesce(excluded.sample, sample), updated_at = excluded.updated_at",
        params![
            id.0,
            host_of(&announced),
            letter.attempts,
            letter.class,
            letter.reason,
            sample,
            kept.received_ms(),
            died_ms
        ],
    )?;
    Ok((id, true))
}

/// A body in quarantine. Nothing changes where it is known, whatever became of it. Returns whether it is new.
pub(super) fn in_quarantine(
    transaction: &Transaction<'_>,
    kept: &Kept,
    reason: &str,
) -> Result<(DeliveryId, bool)> {
    let announced = delivery::announcement(&kept.body).unwrap_or_default();
    if let Some(same) = same_delivery(transaction, &announced, Sha256::of(&kept.body))? {
        return Ok((same, false));
    }
    let row = Row { outcome: "quarantined", event_id: None, reason: Some(reason), conflict_with: None };
    Ok((insert(transaction, kept, &row)?, true))
}

pub(super) fn link(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    photo_seq: i64,
    kind: &str,
    linked_ms: i64,
) -> Result<()> {
    execute(
        transaction,
        "INSERT INTO photo_delivery (delivery_id, photo_seq, kind, linked_at) VALUES (?1, ?2, ?3, ?4)",
        params![delivery.0, photo_seq, kind, linked_ms],
    )?;
    execute(
        transaction,
        "UPDATE job SET photo_seq = ?2 WHERE delivery_id = ?1",
        params![delivery.0, photo_seq],
    )
}

/// The row of these very bytes.
fn same_delivery(
    transaction: &Transaction<'_>,
    announced: &Announcement,
    sha256: Sha256,
) -> Result<Option<DeliveryId>> {
    let accepted = known(transaction, &announced.identity(sha256))?;
    match accepted.filter(|(_, found)| *found == sha256.to_string()) {
        Some((id, _)) => Ok(Some(id)),
        None => known_not_accepted(transaction, sha256),
    }
}

/// The delivery as a row that is accepted, or the conflict of one that is.
fn accepted(transaction: &Transaction<'_>, kept: &Kept, announced: &Announcement) -> Result<DeliveryId> {
    let sha256 = Sha256::of(&kept.body);
    let rival = known(transaction, &announced.identity(sha256))?;
    let same = same_delivery(transaction, announced, sha256)?;
    if let Some(same) = same.filter(|_| rival.as_ref().is_none_or(|(rival, _)| Some(*rival) == same)) {
        return take(transaction, same, kept, announced);
    }
    let Some((rival, _)) = rival else { return insert(transaction, kept, &Row::accepted(announced)) };
    if let Some(same) = same {
        return take_conflict(transaction, same);
    }
    let rival_received_ms: i64 = transaction
        .query_row("SELECT received_at FROM delivery WHERE id = ?1", [rival.0], |row| row.get(0))
        .doing("look up a delivery")?;
    if rival_received_ms <= kept.received_ms() {
        return insert(transaction, kept, &Row::conflict(announced, rival));
    }
    // The one that came first is the accepted one, in whatever order they come back.
    execute(transaction, "UPDATE delivery SET outcome = 'duplicate' WHERE id = ?1", params![rival.0])?;
    let id = insert(transaction, kept, &Row::accepted(announced))?;
    execute(
        transaction,
        "UPDATE delivery SET conflict_with = ?2 WHERE id = ?1 OR conflict_with = ?1",
        params![rival.0, id.0],
    )?;
    Ok(id)
}

/// A row that is there: the sender has brought it again since, or it was read otherwise before.
fn take(
    transaction: &Transaction<'_>,
    id: DeliveryId,
    kept: &Kept,
    announced: &Announcement,
) -> Result<DeliveryId> {
    expect_free(transaction, id)?;
    accept(transaction, id, announced)?;
    execute(
        transaction,
        "UPDATE delivery SET repeats = repeats + (received_at > ?2), received_at = min(received_at, ?2) WHERE id = ?1",
        params![id.0, kept.received_ms()],
    )?;
    Ok(id)
}

fn take_conflict(transaction: &Transaction<'_>, id: DeliveryId) -> Result<DeliveryId> {
    expect_free(transaction, id)?;
    Ok(id)
}

fn accept(transaction: &Transaction<'_>, id: DeliveryId, announced: &Announcement) -> Result<()> {
    execute(
        transaction,
        "UPDATE delivery SET outcome = 'accepted', reason = NULL, event_id = ?2 WHERE id = ?1 AND outcome <> 'accepted'",
        params![id.0, announced.event_id],
    )
}

/// A delivery leads to one photo.
fn expect_free(transaction: &Transaction<'_>, id: DeliveryId) -> Result<()> {
    let is_linked: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM photo_delivery WHERE delivery_id = ?1)")
        .and_then(|mut statement| statement.query_row([id.0], |row| row.get(0)))
        .doing("look up a delivery")?;
    if is_linked {
        return Err(CatalogError::Refused("its delivery led to another photo already".to_owned()));
    }
    Ok(())
}

struct Row<'a> {
    outcome: &'static str,
    event_id: Option<&'a str>,
    reason: Option<&'a str>,
    conflict_with: Option<DeliveryId>,
}

impl<'a> Row<'a> {
    fn accepted(announced: &'a Announcement) -> Self {
        let event_id = announced.event_id.as_deref();
        Self { outcome: "accepted", event_id, reason: None, conflict_with: None }
    }

    fn conflict(announced: &'a Announcement, with: DeliveryId) -> Self {
        Self { outcome: "duplicate", conflict_with: Some(with), ..Self::accepted(announced) }
    }
}

/// Peer, headers and token are not in the store.
fn insert(transaction: &Transaction<'_>, kept: &Kept, row: &Row<'_>) -> Result<DeliveryId> {
    transaction
        .prepare_cached(
            "INSERT INTO delivery (source, received_at, headers, token, body, body_sha256, event_id, outcome, reason,
                                   conflict_with, last_seen_at)
             VALUES (?1, ?2, '{}', '', ?3, ?4, ?5, ?6, ?7, ?8, ?2)",
        )
        .and_then(|mut statement| {
            statement.insert(params![
                kept.source,
                kept.received_ms(),
                kept.body,
                Sha256::of(&kept.body).to_string(),
                row.event_id,
                row.outcome,
                row.reason,
                row.conflict_with.map(|id| id.0),
            ])
        })
        .map(DeliveryId)
        .doing("put a delivery back")
}

fn state_of(transaction: &Transaction<'_>, id: DeliveryId) -> Result<Option<String>> {
    transaction
        .prepare_cached("SELECT state FROM job WHERE delivery_id = ?1")
        .and_then(|mut statement| statement.query_row([id.0], |row| row.get(0)).optional())
        .doing("look up a job")
}

fn job_of(transaction: &Transaction<'_>, id: DeliveryId) -> Result<JobId> {
    transaction
        .prepare_cached("SELECT id FROM job WHERE delivery_id = ?1")
        .and_then(|mut statement| statement.query_row([id.0], |row| row.get(0).map(JobId)))
        .doing("look up a job")
}

fn host_of(announced: &Announcement) -> String {
    let link = announced.link().ok();
    link.and_then(|link| link.host_str().map(str::to_owned)).unwrap_or_default()
}
