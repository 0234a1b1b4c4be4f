//! Tokens for the API, of which only the hash is kept; and when each hook token was last used.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::access::Role;
use crate::domain::photo::Sha256;

/// Notes that a hook token brought something; to the minute, so that a flood does not write it each time.
pub(super) fn note_hook_token(transaction: &Transaction<'_>, fingerprint: &str, now_ms: i64) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO hook_token (fingerprint, last_used_at) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET last_used_at = ?2 WHERE last_used_at < ?2 - 60000",
        )
        .and_then(|mut statement| statement.execute(params![fingerprint, now_ms]))
        .map(drop)
        .doing("note a token's use")
}

impl Catalog {
    /// Keeps a new token's hash under a name that is not taken.
    pub async fn add_api_token(&self, name: String, role: Role, token: Sha256, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            let added = transaction
                .execute(
                    "INSERT INTO api_token (name, role, token_sha256, created_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (name) DO NOTHING",
                    params![name, role.as_str(), token.to_string(), now_ms],
                )
                .doing("keep a token")?;
            if added == 1 {
                Ok(())
            } else {
                Err(CatalogError::Taken(format!(
                    "there is a token named {name} already: choose another name"
                )))
            }
        })
        .await
    }

    /// The role of the token with this hash, if there is one.
    pub async fn role_of(&self, token: Sha256) -> Result<Option<Role>> {
        self.read(move |connection| {
            let word: Option<String> = connection
                .prepare_cached("SELECT role FROM api_token WHERE token_sha256 = ?1")
                .and_then(|mut statement| {
                    statement.query_row([token.to_string()], |row| row.get(0)).optional()
                })
                .doing("look up a token")?;
            Ok(word.and_then(|word| Role::from_word(&word)))
        })
        .await
    }

    /// When a hook token last brought a delivery, milliseconds since 1970 UTC.
    pub async fn hook_token_used(&self, fingerprint: String) -> Result<Option<i64>> {
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT last_used_at FROM hook_token WHERE fingerprint = ?1",
                    [fingerprint],
                    |row| row.get(0),
                )
                .optional()
                .doing("look up a token's use")
        })
        .await
    }
}
