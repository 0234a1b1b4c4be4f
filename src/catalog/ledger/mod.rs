//! The ledger's leaves, and how the ledger stands: sequenced by the transaction that records evidence, never changed.
//!
//! Never signs and never asks the store: that is `proof`'s.

pub mod check;
pub mod checkpoint;
pub mod handing;
pub mod key;
pub mod leaf;
#[cfg(test)]
mod tests;
pub mod tree;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::catalog::ledger::checkpoint::last_read_back;
use crate::catalog::ledger::key::keys;
use crate::catalog::ledger::tree::root_of;
use crate::catalog::{Catalog, CatalogError, Doing as _, Result, records};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::standing::{Known, Standing, compare};
use crate::domain::photo::Sha256;
use crate::domain::record::{LedgerFinding, Record};
use crate::domain::sidecar;

/// A leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// From 0.
    pub number: u64,
    /// What is hashed.
    pub entry: String,
}

/// How the ledger stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many leaves there are.
    pub leaves: u64,
    /// How many of them the last checkpoint has that the store gave back.
    pub published: u64,
    /// When it gave it back, milliseconds since 1970 UTC.
    pub read_back_ms: Option<i64>,
    /// When the newest checkpoint was signed, given back or not.
    pub signed_ms: Option<i64>,
    /// When the oldest leaf that no checkpoint has was recorded.
    pub oldest_unpublished_ms: Option<i64>,
    /// The key that signs; none where nothing was ever signed.
    pub key: Option<PublicKey>,
    /// Why nothing is published, and since when.
    pub trouble: Option<(String, i64)>,
}

impl Catalog {
    /// The leaf of a recorded piece of evidence.
    pub async fn leaf_of(&self, evidence: i64) -> Result<Option<Leaf>> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT number, entry FROM ledger_leaf WHERE evidence_id = ?1")
                .and_then(|mut statement| statement.query_row([evidence], leaf).optional())
                .doing("read a leaf of the ledger")
        })
        .await
    }

    /// How the ledger stands.
    pub async fn ledger(&self) -> Result<Ledger> {
        self.read(ledger).await
    }

    /// How a checkpoint that the store returned stands to this ledger.
    pub async fn standing_of(&self, found: Option<String>) -> Result<Standing> {
        self.read(move |connection| {
            let (read_back, keys) = (last_read_back(connection)?, keys(connection)?);
            let known = Known { read_back, keys, distrust: distrust(connection)? };
            let leaves = leaves(connection)?;
            compare(found.as_deref(), &known, leaves, |size| {
                if size > leaves { Ok(None) } else { root_of(connection, size).map(Some) }
            })
        })
        .await
    }

    /// Notes why nothing is published, or that all is well; whether that is news. A trouble that is news has its record,
    /// in the same commit. `salt`: 256 random bits.
    pub async fn note_ledger_trouble(
        &self,
        trouble: Option<LedgerFinding>,
        salt: [u8; 32],
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE ledger SET trouble = ?1,
                trouble_since = CASE WHEN ?1 IS NULL THEN NULL ELSE coalesce(trouble_since, ?2) END
             WHERE trouble IS NOT ?1";
        self.write(move |transaction| {
            let detail = trouble.as_ref().map(|finding| &finding.detail);
            let changed = transaction.execute(SQL, params![detail, now.as_millisecond()]);
            let is_news = changed.doing("note how the ledger stands")? > 0;
            if let Some(finding) = trouble.filter(|_| is_news) {
                let record = Record::LedgerFinding(finding);
                records::keep(transaction, &record, None, sidecar::salt(salt, 0), now)?;
            }
            Ok(is_news)
        })
        .await
    }
}

/// Evidence that is recorded by this transaction.
pub(in crate::catalog) struct Recorded {
    /// Its number.
    pub evidence: i64,
    /// Sidecar, judgement, repeat or record.
    pub kind: String,
    /// Of its object.
    pub sha256: String,
    /// Whose it is.
    pub photo_seq: Option<i64>,
}

/// Makes a leaf of it, the next one.
pub(in crate::catalog) fn add_leaf(transaction: &Transaction<'_>, recorded: &Recorded) -> Result<()> {
    let object = recorded.sha256.parse().map_err(|_| CatalogError::Unreadable("hash of evidence"))?;
    let entry = match recorded.kind.as_str() {
        "sidecar" => Entry::Photo { photo: hash_of_photo(transaction, recorded.photo_seq)?, sidecar: object },
        kind => entry_of(kind, object).ok_or(CatalogError::Unreadable("kind of evidence"))?,
    };
    transaction
        .prepare_cached(
            "INSERT INTO ledger_leaf (number, evidence_id, entry)
             VALUES ((SELECT coalesce(max(number) + 1, 0) FROM ledger_leaf), ?1, ?2)",
        )
        .and_then(|mut statement| statement.execute(params![recorded.evidence, entry.to_string()]))
        .map(drop)
        .doing("add a leaf to the ledger")
}

fn hash_of_photo(transaction: &Transaction<'_>, seq: Option<i64>) -> Result<Sha256> {
    transaction
        .prepare_cached("SELECT sha256 FROM photo WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], |row| crate::catalog::column::parsed(row, 0)))
        .doing("add a leaf to the ledger")
}

fn entry_of(kind: &str, object: Sha256) -> Option<Entry> {
    match kind {
        "judgement" => Some(Entry::Judgement(object)),
        "repeat" => Some(Entry::Repeat(object)),
        "record" => Some(Entry::Record(object)),
        _ => None,
    }
}

/// The entry of evidence whose kind, hash and photo's hash stand from this column on.
pub(in crate::catalog) fn entry(row: &Row<'_>, column: usize) -> rusqlite::Result<Entry> {
    let object: Sha256 = crate::catalog::column::parsed(row, column + 1)?;
    match row.get_ref(column)?.as_str()? {
        "sidecar" => {
            Ok(Entry::Photo { photo: crate::catalog::column::parsed(row, column + 2)?, sidecar: object })
        }
        kind => entry_of(kind, object).ok_or_else(|| crate::catalog::column::unreadable(column)),
    }
}

/// How many leaves there are.
pub(in crate::catalog) fn leaves(connection: &Connection) -> Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM ledger_leaf")
        .and_then(|mut statement| statement.query_row([], |row| unsigned(row, 0)))
        .doing("count the leaves of the ledger")
}

/// Why a rebuild could not bring the ledger back.
pub(in crate::catalog) fn distrust(connection: &Connection) -> Result<Option<String>> {
    connection
        .query_row("SELECT distrust FROM ledger", [], |row| row.get(0))
        .doing("read how the ledger stands")
}

fn ledger(connection: &Connection) -> Result<Ledger> {
    let read_back = last_read_back(connection)?;
    let published = read_back.map_or(0, |(size, _)| size);
    let trouble: (Option<String>, Option<i64>) = connection
        .query_row("SELECT trouble, trouble_since FROM ledger", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing("read how the ledger stands")?;
    let time = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_row(values, |row| row.get::<_, Option<i64>>(0)).optional()
            })
            .map(Option::flatten)
            .doing("read how the ledger stands")
    };
    Ok(Ledger {
        leaves: leaves(connection)?,
        published,
        read_back_ms: time(
            "SELECT read_back_at FROM ledger_checkpoint WHERE size = ?1",
            params![signed(published)],
        )?,
        signed_ms: time("SELECT signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1", &[])?,
        oldest_unpublished_ms: time(
            "SELECT e.recorded_at FROM ledger_leaf l JOIN evidence e ON e.id = l.evidence_id WHERE l.number = ?1",
            params![signed(published)],
        )?,
        key: keys(connection)?.into_iter().next(),
        trouble: trouble.0.zip(trouble.1),
    })
}

fn leaf(row: &Row<'_>) -> rusqlite::Result<Leaf> {
    Ok(Leaf { number: unsigned(row, 0)?, entry: row.get(1)? })
}

/// A count as SQLite keeps it: no tree reaches 2^63 leaves.
pub(in crate::catalog) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that SQLite kept.
pub(in crate::catalog) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| crate::catalog::column::unreadable(column))
}
