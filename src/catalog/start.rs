//! The starts of the daemon: each numbers its leases, and their lengths add up to the running time in which budgets
//! are counted.

use rusqlite::params;

use super::{Catalog, Doing as _, Result};

/// One start of the daemon.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Half of every lease.
    pub id: i64,
    /// When, milliseconds since 1970 UTC.
    pub started_at_ms: i64,
    /// How long all earlier starts ran, milliseconds.
    pub ran_before_ms: i64,
}

impl Start {
    /// The daemon's running time over all its starts, milliseconds.
    pub fn ran_ms(&self, now_ms: i64) -> i64 {
        self.ran_before_ms + (now_ms - self.started_at_ms).max(0)
    }
}

impl Catalog {
    /// Begins a start.
    pub async fn begin_start(&self, now_ms: i64) -> Result<Start> {
        self.write(move |transaction| {
            let ran_before_ms = transaction
                .query_row("SELECT coalesce(sum(alive_at - started_at), 0) FROM daemon_start", [], |row| {
                    row.get(0)
                })
                .doing("read the running time")?;
            transaction
                .execute("INSERT INTO daemon_start (started_at, alive_at) VALUES (?1, ?1)", [now_ms])
                .doing("begin a start")?;
            Ok(Start { id: transaction.last_insert_rowid(), started_at_ms: now_ms, ran_before_ms })
        })
        .await
    }

    /// When the daemon was first started, and when it was last known to be alive; milliseconds since 1970 UTC.
    pub async fn daemon_life(&self) -> Result<(Option<i64>, Option<i64>)> {
        self.read(|connection| {
            connection
                .query_row("SELECT min(started_at), max(alive_at) FROM daemon_start", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .doing("read the starts")
        })
        .await
    }

    /// Notes that the daemon is alive: what a crash may lose of the running time is the time since the last note.
    pub async fn note_alive(&self, start: Start, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "UPDATE daemon_start SET alive_at = ?2 WHERE id = ?1 AND alive_at < ?2",
                    params![start.id, now_ms],
                )
                .doing("note the running time")
                .map(drop)
        })
        .await
    }
}
