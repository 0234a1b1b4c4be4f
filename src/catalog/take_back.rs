//! The take-back at a start: what an earlier start left at work is ready again.
//!
//! The first crash in an inspection makes a suspect; a suspect that goes on crashing is given up, visibly.

use rusqlite::Transaction;

use super::start::Start;
use super::{Catalog, Doing as _, Result, letters};
use crate::domain::job::JobId;
use crate::domain::sidecar;

/// Ends of the process while a suspect's file was read without decoding, before its job is dead.
const SUSPECT_CRASHES_MAX: i64 = 3;

/// What the take-back at the start found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Jobs that an earlier start had leased.
    pub leased: usize,
    /// Of these, the ones that were being inspected.
    pub suspects: usize,
    /// Jobs that waited for a mend and are tried again.
    pub held: usize,
}

impl Catalog {
    /// At a start: jobs leased by earlier starts are ready again, those that were being inspected as suspects; jobs
    /// that waited for a mend are tried again. `salt`: 256 random bits, for the records of jobs that are dead by it.
    pub async fn take_back(&self, start: Start, inspecting: Vec<JobId>, salt: [u8; 32]) -> Result<TakenBack> {
        self.write(move |transaction| take_back(transaction, start, &inspecting, salt)).await
    }
}

fn take_back(
    transaction: &Transaction<'_>,
    start: Start,
    inspecting: &[JobId],
    salt: [u8; 32],
) -> Result<TakenBack> {
    let now_ms = start.started_at_ms;
    let mut suspects = 0;
    for job in inspecting {
        suspects += transaction
            .execute(
                "UPDATE job SET crashes = crashes + 1 WHERE id = ?1 AND state = 'leased' AND lease_start < ?2",
                [job.0, start.id],
            )
            .doing("take jobs back")?;
    }
    transaction
        .execute(
            "INSERT INTO attempt (job_id, number, started_at, ended_at, phase, outcome, size_bytes)
             SELECT id, attempts, updated_at, ?2, 'unknown', 'crashed', 0
             FROM job WHERE state = 'leased' AND lease_start < ?1",
            [start.id, now_ms],
        )
        .doing("take jobs back")?;
    give_up_suspects(transaction, start, salt)?;
    let leased = transaction
        .execute(
            "UPDATE job SET state = 'ready', updated_at = ?2 WHERE state = 'leased' AND lease_start < ?1",
            [start.id, now_ms],
        )
        .doing("take jobs back")?;
    let held = transaction
        .execute(
            "UPDATE job SET state = 'ready', class = max(class, 1), updated_at = ?1 WHERE state = 'held'",
            [now_ms],
        )
        .doing("take jobs back")?;
    Ok(TakenBack { leased, suspects, held })
}

/// The first crash makes a suspect; only those in that state count against it.
fn give_up_suspects(transaction: &Transaction<'_>, start: Start, salt: [u8; 32]) -> Result<()> {
    let now_ms = start.started_at_ms;
    let given_up: Vec<i64> = transaction
        .prepare(
            "UPDATE job SET state = 'dead', failing_class = 'crash', updated_at = ?2,
                    reason = 'the program ended each time this file was read'
             WHERE state = 'leased' AND lease_start < ?1 AND crashes > ?3 RETURNING id",
        )
        .and_then(|mut statement| {
            let values = [start.id, now_ms, SUSPECT_CRASHES_MAX];
            statement.query_map(values, |row| row.get(0))?.collect()
        })
        .doing("take jobs back")?;
    given_up
        .into_iter()
        .enumerate()
        .try_for_each(|(at, job)| letters::job_died(transaction, JobId(job), sidecar::salt(salt, at), now_ms))
}
