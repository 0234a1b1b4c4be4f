//! Source hosts: whose jobs may be claimed now.
//!
//! A claim looks at hosts, not at jobs: a hundred thousand jobs of a host that is busy or held cost it one look.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Doing as _, Result};
use crate::domain::job::JobId;

/// The first job of each host that has ready ones, in the order of claiming: a loose index scan, as SQLite has none of
/// its own.
const NEXT_READY: &str = "WITH RECURSIVE waiting (host) AS (
         SELECT min(host) FROM job WHERE state = 'ready'
         UNION ALL
         SELECT (SELECT min(host) FROM job WHERE state = 'ready' AND host > waiting.host)
         FROM waiting WHERE waiting.host IS NOT NULL)
     SELECT first.id FROM waiting CROSS JOIN job AS first
     WHERE first.id = (SELECT id FROM job WHERE state = 'ready' AND host = waiting.host ORDER BY class, id LIMIT 1)
       AND (SELECT count(*) FROM job WHERE state = 'leased' AND host = waiting.host) < ?1
       AND NOT EXISTS (SELECT 1 FROM host_state WHERE host = waiting.host AND held_until > ?2)
     ORDER BY first.class, first.id LIMIT 1";

/// The next ready job of a host that is not held and has less than `per_host` at work.
pub(super) fn next_ready(transaction: &Transaction<'_>, per_host: u32, now_ms: i64) -> Result<Option<i64>> {
    transaction
        .prepare_cached(NEXT_READY)
        .and_then(|mut statement| statement.query_row(params![per_host, now_ms], |row| row.get(0)).optional())
        .doing("look for a job")
}

/// Holds the host that a job's link names, until a time in milliseconds since 1970 UTC. Of several holds the longest
/// stands.
pub(super) fn hold(transaction: &Transaction<'_>, job: JobId, until_ms: i64, now_ms: i64) -> Result<()> {
    transaction
        .execute("DELETE FROM host_state WHERE held_until <= ?1", [now_ms])
        .and_then(|_| {
            transaction.execute(
                "INSERT INTO host_state (host, held_until)
                 SELECT host, ?2 FROM job WHERE id = ?1
                 ON CONFLICT (host) DO UPDATE SET held_until = max(held_until, excluded.held_until)",
                params![job.0, until_ms],
            )
        })
        .map(drop)
        .doing("hold a host")
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};

    use super::*;
    use crate::catalog::connection;

    /// A catalogue with ready jobs of one host and a single one of another, which comes last.
    fn crowded(folder: &tempfile::TempDir, jobs: u32) -> Connection {
        let connection = connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let insert =
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n <= ?1)
             INSERT INTO job (delivery_id, state, host, created_at, updated_at)
             SELECT n, 'ready', CASE WHEN n <= ?1 THEN 'held.com' ELSE 'open.com' END, 0, 0 FROM number";
        connection.execute(insert, [jobs]).unwrap();
        connection
    }

    /// The job that the claim finds, and the steps of SQLite's machine that it took.
    fn found(connection: &Connection, now_ms: i64) -> (Option<i64>, i32) {
        let mut statement = connection.prepare(NEXT_READY).unwrap();
        let id = statement.query_row(params![2, now_ms], |row| row.get(0)).optional().unwrap();
        (id, statement.get_status(StatementStatus::VmStep))
    }

    #[test]
    fn the_claim_walks_indexes_and_never_the_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let connection = crowded(&folder, 1);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {NEXT_READY}")).unwrap();
        let lines = statement.query_map([1, 1], |row| row.get::<_, String>(3)).unwrap();
        let plan = lines.map(rusqlite::Result::unwrap).collect::<Vec<_>>().join("; ");
        for step in [
            "SEARCH job USING COVERING INDEX job_ready (host>?)",
            "SEARCH job USING COVERING INDEX job_ready (host=?)",
            "SEARCH job USING COVERING INDEX job_leased (host=?)",
            "SEARCH host_state",
        ] {
            assert!(plan.contains(step), "{step} is not in {plan}");
        }
        assert!(!plan.contains("SCAN job") && !plan.contains("SCAN first"), "{plan}");
    }

    #[test]
    fn a_held_host_costs_the_claim_the_same_however_many_jobs_it_has() {
        let steps = [10, 10_000].map(|jobs| {
            let folder = tempfile::tempdir().unwrap();
            let mut connection = crowded(&folder, jobs);
            assert_eq!(found(&connection, 5).0, Some(1));
            let transaction = connection.transaction().unwrap();
            hold(&transaction, JobId(1), 10, 5).unwrap();
            hold(&transaction, JobId(1), 8, 5).unwrap();
            transaction.commit().unwrap();
            let (id, steps) = found(&connection, 9);
            assert_eq!(id, Some(i64::from(jobs) + 1), "the longer hold stands");
            assert_eq!(found(&connection, 10).0, Some(1), "the hold is over");
            steps
        });
        assert_eq!(steps[0], steps[1]);
    }
}
