//! Tokens for the API, of which only the hash is kept; and when each hook token was last used.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::column::unreadable;
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

/// A token of the API, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// What it is for; each name once.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC; `None`: it works until it is revoked.
    pub expires_at_ms: Option<i64>,
    /// To the minute, milliseconds since 1970 UTC.
    pub last_used_at_ms: Option<i64>,
}

impl Catalog {
    /// Keeps a new token's hash under a name that is not taken.
    pub async fn add_api_token(&self, token: ApiToken, secret: Sha256) -> Result<()> {
        self.write(move |transaction| {
            let added = transaction
                .execute(
                    "INSERT INTO api_token (name, role, token_sha256, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name) DO NOTHING",
                    params![
                        token.name,
                        token.role.as_str(),
                        secret.to_string(),
                        token.created_at_ms,
                        token.expires_at_ms
                    ],
                )
                .doing("keep a token")?;
            if added == 1 {
                Ok(())
            } else {
                Err(CatalogError::Taken(format!(
                    "there is a token named {} already: choose another name",
                    token.name
                )))
            }
        })
        .await
    }

    /// The token with this hash, if it has not expired.
    pub async fn api_token(&self, secret: Sha256, now_ms: i64) -> Result<Option<ApiToken>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!(
                    "{TOKEN} WHERE token_sha256 = ?1 AND (expires_at IS NULL OR expires_at > ?2)"
                ))
                .and_then(|mut statement| {
                    statement.query_row(params![secret.to_string(), now_ms], api_token).optional()
                })
                .doing("look up a token")
        })
        .await
    }

    /// All tokens, expired ones too, by name.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{TOKEN} ORDER BY name")).doing("list tokens")?;
            let rows = statement.query_map([], api_token).doing("list tokens")?;
            rows.collect::<rusqlite::Result<_>>().doing("list tokens")
        })
        .await
    }

    /// Notes that a token was used.
    pub async fn note_api_token(&self, name: String, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute("UPDATE api_token SET last_used_at = ?2 WHERE name = ?1", params![name, now_ms])
                .map(drop)
                .doing("note a token's use")
        })
        .await
    }

    /// Removes a token; answers whether there was one.
    pub async fn revoke_api_token(&self, name: String) -> Result<bool> {
        self.write(move |transaction| {
            let revoked = transaction.execute("DELETE FROM api_token WHERE name = ?1", [name]);
            revoked.map(|count| count == 1).doing("revoke a token")
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

const TOKEN: &str = "SELECT name, role, created_at, expires_at, last_used_at FROM api_token";

fn api_token(row: &Row<'_>) -> rusqlite::Result<ApiToken> {
    let role: String = row.get(1)?;
    Ok(ApiToken {
        name: row.get(0)?,
        role: Role::from_word(&role).ok_or_else(|| unreadable(1))?,
        created_at_ms: row.get(2)?,
        expires_at_ms: row.get(3)?,
        last_used_at_ms: row.get(4)?,
    })
}
