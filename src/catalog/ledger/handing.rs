//! Which checkpoint was handed on last, to whoever keeps them elsewhere.
//!
//! Never one that the store has not given back.

use rusqlite::params;

use crate::catalog::ledger::checkpoint::{Signed, last_read_back};
use crate::catalog::ledger::{signed, unsigned};
use crate::catalog::{Catalog, Doing as _, Result};

/// How the handing on stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handing {
    /// A checkpoint that is newer than the last one that was handed on.
    pub next: Option<Signed>,
    /// When one was handed on last, milliseconds since 1970 UTC.
    pub handed_ms: Option<i64>,
    /// Why the last try failed.
    pub trouble: Option<String>,
}

impl Catalog {
    /// How the handing on stands.
    pub async fn handing(&self) -> Result<Handing> {
        self.read(|connection| {
            let (handed, handed_ms, trouble) = connection
                .query_row("SELECT handed_size, handed_at, handing FROM ledger", [], |row| {
                    Ok((unsigned(row, 0)?, row.get(1)?, row.get(2)?))
                })
                .doing("read which checkpoint was handed on")?;
            let next = last_read_back(connection)?.filter(|(size, _)| *size > handed);
            Ok(Handing { next: next.map(|(size, note)| Signed { size, note }), handed_ms, trouble })
        })
        .await
    }

    /// The checkpoint of so many leaves was handed on.
    pub async fn note_handed(&self, size: u64, now_ms: i64) -> Result<()> {
        const SQL: &str = "UPDATE ledger SET handed_size = ?1, handed_at = ?2, handing = NULL";
        self.write(move |transaction| {
            let changed = transaction.execute(SQL, params![signed(size), now_ms]);
            changed.map(drop).doing("note which checkpoint was handed on")
        })
        .await
    }

    /// Nobody took it, for this reason.
    pub async fn note_not_handed(&self, reason: String) -> Result<()> {
        const SQL: &str = "UPDATE ledger SET handing = ?1";
        self.write(move |transaction| {
            transaction.execute(SQL, [reason]).map(drop).doing("note that a checkpoint was not handed on")
        })
        .await
    }
}
