//! The queue: claim under a lease, settle.
//!
//! Every change of a leased job is a compare-and-swap on its lease; zero rows changed means that somebody else has
//! the job now, and nothing else of the operation takes effect.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::contention::wake_waiting;
use super::start::Start;
use super::{Catalog, CatalogError, Doing as _, Result, host, letters, rebuild};
use crate::domain::delivery::DeliveryId;
use crate::domain::job::{Class, Ending, Failing, Failure, Job, JobId, Lease, State};
use crate::domain::sidecar;

/// A try that ended, for its attempt row.
#[derive(Debug, Clone)]
pub struct Try {
    /// When it began, milliseconds since 1970 UTC.
    pub started_at_ms: i64,
    /// The last phase that it entered.
    pub phase: &'static str,
    /// Bytes downloaded.
    pub size_bytes: u64,
}

/// Why jobs of one kind are not done, and how many they are.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// `scheduled`, `dead` or `held`.
    pub state: String,
    /// The sentence.
    pub reason: String,
    /// How many.
    pub jobs: i64,
    /// The first delivery of them.
    pub delivery: DeliveryId,
}

impl Catalog {
    /// Leases the next ready job: fresh ones first, then retries, then replays; at most `per_host` at once from one
    /// host, and none from a host that is held. Jobs that have become due are ready. None while the catalogue is rebuilt: they are
    /// matched against what comes back.
    pub async fn claim(&self, start: Start, claim: i64, per_host: u32, now_ms: i64) -> Result<Option<Job>> {
        self.write(move |transaction| {
            if rebuild::is_under_way(transaction)? {
                return Ok(None);
            }
            promote_due(transaction, now_ms)?;
            let Some(id) = host::next_ready(transaction, per_host, now_ms)? else { return Ok(None) };
            let lease = Lease { job: JobId(id), start: start.id, claim };
            transaction
                .prepare_cached(
                    "UPDATE job SET state = 'leased', lease_start = ?2, lease_claim = ?3, attempts = attempts + 1,
                            due_at = NULL, updated_at = ?4
                     WHERE id = ?1 AND state = 'ready'",
                )
                .and_then(|mut statement| statement.execute(params![id, start.id, claim, now_ms]))
                .doing("lease a job")?;
            leased(transaction, lease).map(Some)
        })
        .await
    }

    /// Ends a try without an archived photo. `salt`: 256 random bits, for the record of a dead letter.
    pub async fn settle(
        &self,
        lease: Lease,
        ending: Ending,
        tried: Try,
        salt: [u8; 32],
        now_ms: i64,
    ) -> Result<()> {
        self.write(move |transaction| {
            settle(transaction, lease, &ending, &tried, now_ms)?;
            match ending {
                Ending::GiveUp(_) => {
                    letters::job_died(transaction, lease.job, sidecar::salt(salt, 0), now_ms)
                }
                Ending::Retry { .. } | Ending::Hold(_) => Ok(()),
            }
        })
        .await
    }

    /// Gives a job back unfinished at the daemon's stop; the try does not count.
    pub async fn give_back(&self, lease: Lease, tried: Try, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            let changed = transaction
                .execute(
                    "UPDATE job SET state = 'ready', updated_at = ?4
                     WHERE id = ?1 AND state = 'leased' AND lease_start = ?2 AND lease_claim = ?3",
                    params![lease.job.0, lease.start, lease.claim, now_ms],
                )
                .doing("give a job back")?;
            held_by_us(changed)?;
            insert_attempt(transaction, lease.job, &tried, "given_back", None, now_ms)
        })
        .await
    }

    /// The spool files that unfinished jobs name.
    pub async fn named_spool_files(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare(
                    "SELECT spool FROM job WHERE spool IS NOT NULL AND state <> 'done'
                     UNION ALL SELECT attached FROM job WHERE attached IS NOT NULL AND state <> 'done'",
                )
                .doing("list spool files")?;
            let rows = statement.query_map([], |row| row.get(0)).doing("list spool files")?;
            rows.collect::<rusqlite::Result<_>>().doing("list spool files")
        })
        .await
    }

    /// How many jobs are in each state.
    pub async fn queue(&self) -> Result<Vec<(State, i64)>> {
        self.read(|connection| {
            let count = |state: State| {
                connection
                    .prepare_cached("SELECT jobs FROM job_count WHERE state = ?1")
                    .and_then(|mut statement| {
                        statement.query_row([state.as_str()], |row| row.get(0)).optional()
                    })
                    .map(|count| (state, count.unwrap_or(0)))
                    .doing("count jobs")
            };
            State::ALL.into_iter().map(count).collect()
        })
        .await
    }

    /// When the next scheduled job is due, milliseconds since 1970 UTC.
    pub async fn next_due(&self) -> Result<Option<i64>> {
        self.read(|connection| {
            connection
                .query_row("SELECT min(due_at) FROM job WHERE state = 'scheduled'", [], |row| row.get(0))
                .doing("look for due jobs")
        })
        .await
    }

    /// The receipt of the oldest delivery that still waits, milliseconds since 1970 UTC.
    pub async fn oldest_waiting(&self) -> Result<Option<i64>> {
        const SQL: &str = "SELECT min(created_at) FROM (
                 SELECT min(created_at) AS created_at FROM job WHERE state = 'ready'
                 UNION ALL SELECT min(created_at) FROM job WHERE state = 'scheduled'
                 UNION ALL SELECT min(created_at) FROM job WHERE state = 'leased'
                 UNION ALL SELECT min(created_at) FROM job WHERE state = 'held')";
        self.read(|connection| connection.query_row(SQL, [], |row| row.get(0)).doing("look for waiting jobs"))
            .await
    }

    /// Why jobs are retried, dead or held, the most frequent reasons first.
    pub async fn troubles(&self, limit: u32) -> Result<Vec<Trouble>> {
        const SQL: &str = "SELECT state, reason, count(*), min(delivery_id) FROM (
                 SELECT state, reason, delivery_id FROM job WHERE state = 'dead'
                 UNION ALL SELECT state, reason, delivery_id FROM job WHERE state = 'held'
                 UNION ALL SELECT state, reason, delivery_id FROM job WHERE state = 'scheduled')
             WHERE reason IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT ?1";
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(SQL).doing("list troubles")?;
            let trouble = |row: &Row<'_>| {
                let delivery = DeliveryId(row.get(3)?);
                Ok(Trouble { state: row.get(0)?, reason: row.get(1)?, jobs: row.get(2)?, delivery })
            };
            let rows = statement.query_map([limit], trouble).doing("list troubles")?;
            rows.collect::<rusqlite::Result<_>>().doing("list troubles")
        })
        .await
    }
}

/// Zero rows changed: the lease was lost.
pub(super) fn held_by_us(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(CatalogError::LeaseLost) }
}

const PROMOTE_DUE: &str =
    "UPDATE job SET state = 'ready', class = max(class, 1), due_at = NULL, waits_for = NULL
     WHERE state = 'scheduled' AND due_at <= ?1";

fn promote_due(transaction: &Transaction<'_>, now_ms: i64) -> Result<()> {
    transaction
        .prepare_cached(PROMOTE_DUE)
        .and_then(|mut statement| statement.execute([now_ms]))
        .map(drop)
        .doing("wake due jobs")
}

fn leased(connection: &Connection, lease: Lease) -> Result<Job> {
    let mut job = leased_alone(connection, lease)?;
    let mut statement = connection
        .prepare_cached(
            // One that has a job announces another photo.
            "SELECT body FROM delivery WHERE conflict_with = ?1
               AND NOT EXISTS (SELECT 1 FROM job WHERE job.delivery_id = delivery.id) ORDER BY id LIMIT 8",
        )
        .doing("read conflicts")?;
    let bodies = statement.query_map([job.delivery.0], |row| row.get(0)).doing("read conflicts")?;
    job.conflicts = bodies.collect::<rusqlite::Result<_>>().doing("read conflicts")?;
    Ok(job)
}

fn leased_alone(connection: &Connection, lease: Lease) -> Result<Job> {
    connection
        .prepare_cached(
            "SELECT j.delivery_id, d.body, d.received_at, j.attempts, j.failing_class, j.failing_since,
                    j.failing_tries, j.crashes, p.id, j.spool, j.attached
             FROM job j JOIN delivery d ON d.id = j.delivery_id LEFT JOIN photo p ON p.seq = j.photo_seq
             WHERE j.id = ?1",
        )
        .and_then(|mut statement| statement.query_row([lease.job.0], |row| job(row, lease)))
        .doing("read a job")
}

fn job(row: &Row<'_>, lease: Lease) -> rusqlite::Result<Job> {
    let class: Option<String> = row.get(4)?;
    let since_ran_ms: Option<i64> = row.get(5)?;
    let tries = row.get(6)?;
    let failing = class
        .and_then(|word| Class::from_word(&word))
        .zip(since_ran_ms)
        .map(|(class, since_ran_ms)| Failing { class, since_ran_ms, tries });
    Ok(Job {
        lease,
        delivery: DeliveryId(row.get(0)?),
        body: row.get(1)?,
        received_at_ms: row.get(2)?,
        attempts: row.get(3)?,
        failing,
        suspect: row.get::<_, i64>(7)? > 0,
        sealed: row.get::<_, Option<String>>(8)?.and_then(|id| id.parse().ok()),
        spool: row.get(9)?,
        attached: row.get(10)?,
        conflicts: Vec::new(),
    })
}

fn settle(
    transaction: &Transaction<'_>,
    lease: Lease,
    ending: &Ending,
    tried: &Try,
    now_ms: i64,
) -> Result<()> {
    let (state, word, due_at, failure, failing) = match ending {
        Ending::Retry { after_ms, failure, failing } => {
            let rested_ms = failure.rest.map_or(now_ms, |rest| rest.until_ms(now_ms));
            let due_at = now_ms.saturating_add(*after_ms).max(rested_ms);
            (State::Scheduled, "retry", Some(due_at), failure, Some(failing))
        }
        Ending::Hold(failure) => (State::Held, "held", None, failure, None),
        Ending::GiveUp(failure) => (State::Dead, "dead", None, failure, None),
    };
    // An outage of ours burns no attempt: the try stays as a row and does not count.
    let burnt = i64::from(failure.class != Class::Store);
    let changed = transaction
        .prepare_cached(
            "UPDATE job SET state = ?4, due_at = ?5, reason = ?6, failing_class = ?7, failing_since = ?8,
                    failing_tries = ?9, updated_at = ?10, attempts = attempts - 1 + ?11,
                    sample = coalesce(?12, sample)
             WHERE id = ?1 AND state = 'leased' AND lease_start = ?2 AND lease_claim = ?3",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                lease.job.0,
                lease.start,
                lease.claim,
                state.as_str(),
                due_at,
                failure.reason,
                failure.class.as_str(),
                failing.map(|failing| failing.since_ran_ms),
                failing.map_or(0, |failing| failing.tries),
                now_ms,
                burnt,
                failure.sample,
            ])
        })
        .doing("settle a job")?;
    held_by_us(changed)?;
    if state == State::Dead {
        wake_waiting(transaction, lease.job)?;
    }
    if let Some(rest) = failure.rest {
        host::hold(transaction, lease.job, rest.until_ms(now_ms), now_ms)?;
    }
    insert_attempt(transaction, lease.job, tried, word, Some(failure), now_ms)
}

pub(super) fn insert_attempt(
    transaction: &Transaction<'_>,
    job: JobId,
    tried: &Try,
    outcome: &str,
    failure: Option<&Failure>,
    now_ms: i64,
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO attempt (job_id, number, started_at, ended_at, phase, outcome, class, http_status, size_bytes,
                                  reason)
             SELECT id, attempts, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM job WHERE id = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                job.0,
                tried.started_at_ms,
                now_ms,
                tried.phase,
                outcome,
                failure.map(|failure| failure.class.as_str()),
                failure.and_then(|failure| failure.http_status),
                i64::try_from(tried.size_bytes).unwrap_or(i64::MAX),
                failure.map(|failure| failure.reason.as_str()),
            ])
        })
        .map(drop)
        .doing("keep an attempt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::connection;

    fn plan(sql: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let connection = connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map([9], |row| row.get::<_, String>(3)).unwrap();
        lines.map(rusqlite::Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn jobs_that_wait_for_their_time_cost_the_claim_nothing() {
        let promote = plan(PROMOTE_DUE);
        assert!(promote.contains("job_scheduled (due_at<?)"), "{promote}");
    }
}
