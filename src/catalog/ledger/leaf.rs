//! How recorded evidence stands in the ledger: its leaf, and the leaf's place under the last checkpoint.
//!
//! Never asks the store: whether the object is still what was recorded is the audit's to read.

use rusqlite::{Connection, OptionalExtension as _};

use crate::catalog::ledger::checkpoint::{Proof, proof_of_leaf};
use crate::catalog::ledger::key::keys;
use crate::catalog::ledger::{entry, unsigned};
use crate::catalog::{Catalog, Doing as _, Result};
use crate::domain::ledger::key::PublicKey;

/// How a piece of evidence stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InLedger {
    /// Its leaf says what was recorded, and is under the last checkpoint or waits for the next one.
    Whole,
    /// There is no leaf of it.
    Missing,
    /// The leaf with this number is of other bytes.
    OfOthers(u64),
    /// The leaf with this number is not the one that the checkpoint signs.
    NotAsSigned(u64),
}

impl Catalog {
    /// How evidence with these numbers stands, in their order.
    pub async fn in_ledger(&self, evidence: Vec<i64>) -> Result<Vec<InLedger>> {
        self.read(move |connection| {
            let keys = keys(connection)?;
            evidence.iter().map(|number| in_ledger(connection, *number, &keys)).collect()
        })
        .await
    }
}

fn in_ledger(connection: &Connection, evidence: i64, keys: &[PublicKey]) -> Result<InLedger> {
    let leaf = connection
        .prepare_cached(
            "SELECT l.number, l.entry, e.kind, e.sha256, p.sha256
             FROM ledger_leaf l JOIN evidence e ON e.id = l.evidence_id LEFT JOIN photo p ON p.seq = e.photo_seq
             WHERE l.evidence_id = ?1",
        )
        .and_then(|mut statement| {
            let leaf = |row: &rusqlite::Row<'_>| {
                Ok((unsigned(row, 0)?, row.get::<_, String>(1)?, entry(row, 2)?.to_string()))
            };
            statement.query_row([evidence], leaf).optional()
        })
        .doing("look for evidence in the ledger")?;
    let Some((number, leaf, recorded)) = leaf else { return Ok(InLedger::Missing) };
    if leaf != recorded {
        return Ok(InLedger::OfOthers(number));
    }
    let Proof::Ready(proof) = proof_of_leaf(connection, number)? else { return Ok(InLedger::Whole) };
    let is_signed = keys.iter().any(|key| proof.check(&leaf, key).is_ok());
    Ok(if is_signed { InLedger::Whole } else { InLedger::NotAsSigned(number) })
}
