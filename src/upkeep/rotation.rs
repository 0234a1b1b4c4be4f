//! Changing the secret of the hook's address, so that the old address and the new one both work for a while.

use std::path::Path;

use crate::catalog::Catalog;
use crate::config::hook_tokens::{self, HookToken};

/// A token that brought a delivery within this time is still pasted somewhere.
const IN_USE_DAYS: i64 = 7;
/// Two work at a time: the new one, and the old one until Timemark has the new one.
const TOKENS_MAX: usize = 2;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Why the secret was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The token that would go is in use.
    #[error(
        "the oldest token brought a delivery {0} days ago: Timemark may still have its address. Paste the newest \
         address (`keepmark hook url`) into Timemark first, or drop the old one with --force"
    )]
    InUse(i64),
    /// The file or the catalogue.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Adds a token to the file; the oldest goes when there are more than two. One that is in use goes only by `force`.
pub async fn rotate(file: &Path, catalog: &Catalog, force: bool, now_ms: i64) -> Result<(), RotationError> {
    let mut tokens = hook_tokens::read(file)?;
    while tokens.len() >= TOKENS_MAX {
        let oldest = tokens.remove(0);
        let used = catalog.hook_token_used(oldest.fingerprint()).await.map_err(anyhow::Error::from)?;
        let days = used.map(|used| (now_ms - used) / DAY_MS);
        if let Some(days) = days.filter(|&days| days < IN_USE_DAYS && !force) {
            return Err(RotationError::InUse(days));
        }
    }
    tokens.push(HookToken::random());
    Ok(hook_tokens::write(file, &tokens)?)
}
