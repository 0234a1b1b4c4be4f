//! Another key for a ledger whose key is lost or known to others: by a person's word alone, and never in silence.
//!
//! What was signed before stays, and is opened by the old public key. The change is a record, and so a leaf.

use jiff::Timestamp;

use super::key::{KeyError, KeyFile};
use crate::catalog::{Catalog, CatalogError};
use crate::domain::ledger::key::PublicKey;

/// Why the key was not changed, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is nothing to change.
    #[error("nothing was ever signed: the daemon makes the first key with the first checkpoint")]
    NothingSigned,
    /// The file is the operator's, and holds the present key.
    #[error("the file that ledger.key_file names holds the present key: put the new one there first")]
    SameKey,
    /// A key with another name would begin another ledger.
    #[error("the new key is named {found}, and this ledger {expected}: make one of that name")]
    AnotherName {
        /// Of the key in the file.
        found: String,
        /// Of the ledger.
        expected: String,
    },
}

/// The key in the file signs from here on; where there is none, or the present one, another is made. Cut anywhere, it can
/// be done again: what the file holds then is taken. Returns the key before and the key from now on.
pub async fn change(
    catalog: &Catalog,
    file: &KeyFile,
    reason: String,
    seed: [u8; 32],
    salt: [u8; 32],
    now: Timestamp,
) -> Result<(PublicKey, PublicKey), NotChanged> {
    let before = catalog.ledger().await?.key.ok_or(NotChanged::NothingSigned)?;
    let after = match file.read()? {
        Some(key) if *key.public() == before => {
            if !file.set_aside(&before)? {
                return Err(NotChanged::SameKey);
            }
            file.read_or_make(None, before.name(), seed)?
        }
        Some(key) => key,
        None => file.read_or_make(None, before.name(), seed)?,
    };
    if after.name() != before.name() {
        let (found, expected) = (after.name().to_owned(), before.name().to_owned());
        return Err(NotChanged::AnotherName { found, expected });
    }
    let after = after.public().clone();
    catalog.change_ledger_key(before.clone(), after.clone(), reason, salt, now).await?;
    Ok((before, after))
}
