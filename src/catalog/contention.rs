//! Contention: several jobs with one photo, the same by team, code and bytes.
//!
//! One of them has sealed it. The others are repeats at once, fixed beside it; they wait until it is archived, and
//! never fetch it again. If the sealing job dies, one of them takes its seal over.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::column::{parsed, photo_key};
use super::evidence::{self, By, Kind, encode};
use super::job::{Try, held_by_us, insert_attempt};
use super::seal::{Draft, Sealing, point_job_at, sealed};
use super::{Catalog, Doing as _, Result};
use crate::domain::job::{JobId, Lease};
use crate::domain::object_key::PhotoKey;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::sidecar::{self, Repeat};

/// A waiting job looks by itself after this, should its wake-up ever be lost.
const LOOK_MS: i64 = 3_600_000;

impl Catalog {
    /// What an earlier try of this job sealed or joined, as it stands now.
    pub async fn resume_seal(&self, lease: Lease, tried: Try, now_ms: i64) -> Result<Sealing> {
        self.write(move |transaction| proceed(transaction, lease, &tried, now_ms)).await
    }
}

/// The photo that another job has sealed.
pub(super) struct Earlier {
    seq: i64,
    id: PhotoId,
    object_key: PhotoKey,
}

pub(super) fn same_photo(transaction: &Transaction<'_>, team: i64, draft: &Draft) -> Result<Option<Earlier>> {
    let earlier =
        |row: &Row<'_>| Ok(Earlier { seq: row.get(0)?, id: parsed(row, 1)?, object_key: photo_key(row, 2)? });
    transaction
        .prepare_cached(
            "SELECT seq, id, object_key FROM photo WHERE team_id = ?1 AND coalesce(code, '') = ?2 AND sha256 = ?3",
        )
        .and_then(|mut statement| {
            let code = draft.announced.code.as_deref().unwrap_or_default();
            statement.query_row(params![team, code, draft.sha256.to_string()], earlier).optional()
        })
        .doing("look for the same photo")
}

/// Makes a job a repeat of the photo.
pub(super) fn join(
    transaction: &Transaction<'_>,
    lease: Lease,
    draft: &Draft,
    photo: &Earlier,
    tried: &Try,
) -> Result<Sealing> {
    point_job_at(transaction, lease.job, photo.seq)?;
    let repeat = Repeat {
        schema: sidecar::SCHEMA,
        photo_id: photo.id,
        event_id: draft.announced.event_id.clone(),
        received_at: draft.received_at,
        delivery: sidecar::encoded(&draft.body),
        program: sidecar::program(),
        salt: sidecar::salt(draft.salt, 0),
    };
    let bytes = encode(&repeat)?;
    let key = photo.object_key.repeat(Sha256::of(&bytes));
    evidence::fix(transaction, photo.seq, By::Job(lease.job), Kind::Repeat, &key, &bytes)?;
    proceed(transaction, lease, tried, draft.now.as_millisecond())
}

/// Goes on where the photo is archived or this job's own to archive; else waits for the job whose it is.
fn proceed(transaction: &Transaction<'_>, lease: Lease, tried: &Try, now_ms: i64) -> Result<Sealing> {
    let (photo_seq, is_archived, sealer, state): (i64, bool, i64, String) = transaction
        .query_row(
            "SELECT p.seq, p.archived_at IS NOT NULL, p.sealed_by, s.state
             FROM job j JOIN photo p ON p.seq = j.photo_seq JOIN job s ON s.id = p.sealed_by WHERE j.id = ?1",
            [lease.job.0],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .doing("read a seal")?;
    if is_archived || sealer == lease.job.0 {
        return sealed(transaction, lease.job).map(Sealing::Sealed);
    }
    if state == "dead" {
        take_over(transaction, lease, photo_seq, JobId(sealer))?;
        return sealed(transaction, lease.job).map(Sealing::Sealed);
    }
    wait(transaction, lease, JobId(sealer), tried, now_ms)?;
    Ok(Sealing::Waiting)
}

/// The dead job's seal and what it still had to put are this job's now.
fn take_over(transaction: &Transaction<'_>, lease: Lease, photo_seq: i64, sealer: JobId) -> Result<()> {
    let execute =
        |sql: &str, ids: [i64; 2]| transaction.execute(sql, ids).map(drop).doing("take a seal over");
    execute("UPDATE photo SET sealed_by = ?2 WHERE seq = ?1", [photo_seq, lease.job.0])?;
    execute(
        "UPDATE evidence SET job_id = ?2 WHERE job_id = ?1 AND recorded_at IS NULL",
        [sealer.0, lease.job.0],
    )?;
    // The dead job's own file goes at the next start; this one has its own.
    execute("UPDATE job SET photo_seq = NULL, spool = NULL WHERE id = ?1 AND ?2 = ?2", [sealer.0, 0])
}

fn wait(transaction: &Transaction<'_>, lease: Lease, sealer: JobId, tried: &Try, now_ms: i64) -> Result<()> {
    let changed = transaction
        .execute(
            "UPDATE job SET state = 'scheduled', waits_for = ?4, due_at = ?5, updated_at = ?6,
                    reason = 'another delivery of the same photo is being archived'
             WHERE id = ?1 AND state = 'leased' AND lease_start = ?2 AND lease_claim = ?3",
            params![lease.job.0, lease.start, lease.claim, sealer.0, now_ms + LOOK_MS, now_ms],
        )
        .doing("wait for another job")?;
    held_by_us(changed)?;
    insert_attempt(transaction, lease.job, tried, "waiting", None, now_ms)
}

/// Whoever waited for this job is ready: its photo is archived, or its seal is free to be taken over.
pub(super) fn wake_waiting(transaction: &Transaction<'_>, job: JobId) -> Result<()> {
    transaction
        .prepare_cached(
            "UPDATE job SET state = 'ready', waits_for = NULL, due_at = NULL, class = max(class, 1)
             WHERE waits_for = ?1 AND state = 'scheduled'",
        )
        .and_then(|mut statement| statement.execute([job.0]))
        .map(drop)
        .doing("wake waiting jobs")
}

/// The photo goes with its seal: whoever joined it begins anew.
pub(super) fn release_joined(transaction: &Transaction<'_>, job: JobId, photo_seq: i64) -> Result<()> {
    let execute = |sql: &str| transaction.execute(sql, [job.0, photo_seq]).map(drop).doing("drop a seal");
    execute("DELETE FROM evidence WHERE job_id <> ?1 AND photo_seq = ?2 AND kind = 'repeat'")?;
    execute("UPDATE job SET photo_seq = NULL, spool = NULL WHERE id <> ?1 AND photo_seq = ?2")?;
    wake_waiting(transaction, job)
}
