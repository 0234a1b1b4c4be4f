//! The keys that signed the ledger: the last one signs, and one that was replaced still opens what it signed.
//!
//! Never changed but by a person, who says why: that is a record, and a leaf of the ledger.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use crate::catalog::{Catalog, CatalogError, Doing as _, Result, records};
use crate::domain::ledger::key::{PublicKey, SigningKey};
use crate::domain::record::{KeyChange, Record};
use crate::domain::sidecar;

impl Catalog {
    /// All keys of the ledger, the present one first.
    pub async fn ledger_keys(&self) -> Result<Vec<PublicKey>> {
        self.read(keys).await
    }

    /// Another key signs from here on, in place of `before`; its record waits for its put. `salt`: 256 random bits.
    pub async fn change_ledger_key(
        &self,
        before: PublicKey,
        after: PublicKey,
        reason: String,
        salt: [u8; 32],
        now: Timestamp,
    ) -> Result<()> {
        self.write(move |transaction| {
            if keys(transaction)?.first() != Some(&before) {
                return Err(CatalogError::Refused("the ledger's key was changed meanwhile".to_owned()));
            }
            insert_key(transaction, &after)?;
            let (before, after) = (Some(before.to_string()), after.to_string());
            let record = Record::KeyChange(KeyChange { before, after, reason });
            records::keep(transaction, &record, None, sidecar::salt(salt, 0), now).map(drop)
        })
        .await
    }
}

/// The present one first.
pub(in crate::catalog) fn keys(connection: &Connection) -> Result<Vec<PublicKey>> {
    let texts: Vec<String> = connection
        .prepare_cached("SELECT public_key FROM ledger_key ORDER BY number DESC")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .doing("read the ledger's keys")?;
    let unreadable = |_| CatalogError::Unreadable("public key of the ledger");
    texts.iter().map(|text| PublicKey::parse(text).map_err(unreadable)).collect()
}

/// The first checkpoint fixes it; from then on a ledger is signed by no other, unless a person says so.
pub(in crate::catalog) fn fix_key(transaction: &Transaction<'_>, key: &SigningKey) -> Result<()> {
    match keys(transaction)?.first() {
        None => insert_key(transaction, key.public()),
        Some(known) if known == key.public() => Ok(()),
        Some(_) => Err(CatalogError::Refused("this ledger is signed by another key".to_owned())),
    }
}

pub(in crate::catalog) fn insert_key(transaction: &Transaction<'_>, key: &PublicKey) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO ledger_key (number, public_key) SELECT coalesce(max(number) + 1, 0), ?1 FROM ledger_key",
        )
        .and_then(|mut statement| statement.execute([key.to_string()]))
        .map(drop)
        .doing("fix the ledger's key")
}
