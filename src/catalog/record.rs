//! The record: one fenced transaction after everything was read back, that makes a sealed photo an archived one.
//!
//! A crash before it leaves stored objects that the next try finds equal; after it the job is done.

use rusqlite::{Transaction, params};

use super::contention::wake_waiting;
use super::evidence::{By, record_put};
use super::job::{Try, held_by_us, insert_attempt};
use super::{Catalog, Doing as _, Result};
use crate::domain::job::Lease;

impl Catalog {
    /// Records that all objects of this job's seal were stored and read back.
    pub async fn record(&self, lease: Lease, tried: Try, now_ms: i64) -> Result<()> {
        self.write(move |transaction| record(transaction, lease, &tried, now_ms)).await
    }
}

fn record(transaction: &Transaction<'_>, lease: Lease, tried: &Try, now_ms: i64) -> Result<()> {
    let changed = transaction
        .prepare_cached(
            "UPDATE job SET state = 'done', spool = NULL, attached = NULL, sample = NULL, reason = NULL, failing_class = NULL, failing_since = NULL,
                    failing_tries = 0, updated_at = ?4
             WHERE id = ?1 AND state = 'leased' AND lease_start = ?2 AND lease_claim = ?3",
        )
        .and_then(|mut statement| statement.execute(params![lease.job.0, lease.start, lease.claim, now_ms]))
        .doing("record a photo")?;
    held_by_us(changed)?;
    let execute = |sql: &str| {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([lease.job.0, now_ms]))
            .doing("record a photo")
    };
    execute(
        "INSERT INTO photo_delivery (delivery_id, photo_seq, kind, linked_at)
         SELECT j.delivery_id, p.seq, CASE WHEN p.archived_at IS NULL THEN 'first' ELSE 'repeat' END, ?2
         FROM job j JOIN photo p ON p.seq = j.photo_seq WHERE j.id = ?1",
    )?;
    let archived = execute(
        "UPDATE photo SET archived_at = ?2
         WHERE archived_at IS NULL AND seq = (SELECT photo_seq FROM job WHERE id = ?1)",
    )?;
    record_put(transaction, By::Job(lease.job), now_ms)?;
    let outcome = if archived == 1 { "archived" } else { "repeat" };
    wake_waiting(transaction, lease.job)?;
    insert_attempt(transaction, lease.job, tried, outcome, None, now_ms)
}
