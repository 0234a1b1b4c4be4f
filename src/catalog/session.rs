//! Browsers that are signed in, and how long that lasts.

use rusqlite::{OptionalExtension as _, params};

use super::user::projects_of;
use super::{Catalog, Doing as _, Result};
use crate::domain::access::{Reach, Role};
use crate::domain::photo::Sha256;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// A session that nobody uses ends after this.
const IDLE_MS: i64 = 14 * DAY_MS;
/// However much it is used, it ends after this.
const AGE_MS: i64 = 90 * DAY_MS;
/// How exactly a use is noted: each note is a commit.
pub(super) const NOTED_MS: i64 = 60 * 1000;

/// The person behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Their number.
    pub user: i64,
    /// As first written.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they see.
    pub reach: Reach,
    /// Whether this use is worth a note.
    pub is_stale: bool,
}

impl Catalog {
    /// Begins a session, and forgets those that have ended.
    pub async fn begin_session(&self, user: i64, token: Sha256, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "DELETE FROM session WHERE used_at <= ?1 OR started_at <= ?2",
                    [now_ms - IDLE_MS, now_ms - AGE_MS],
                )
                .doing("forget sessions")?;
            transaction
                .execute("UPDATE user SET signed_in_at = ?2 WHERE id = ?1", [user, now_ms])
                .doing("begin a session")?;
            transaction
                .execute(
                    "INSERT INTO session (token_sha256, user_id, started_at, used_at) VALUES (?1, ?2, ?3, ?3)",
                    params![token.to_string(), user, now_ms],
                )
                .map(drop)
                .doing("begin a session")
        })
        .await
    }

    /// Who is signed in by the cookie with this secret.
    pub async fn session(&self, token: Sha256, now_ms: i64) -> Result<Option<SignedIn>> {
        self.read(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT u.id, u.name, u.role, u.is_limited, s.used_at FROM session s JOIN user u ON u.id = s.user_id
                     WHERE s.token_sha256 = ?1 AND s.used_at > ?2 AND s.started_at > ?3",
                )
                .and_then(|mut statement| {
                    let values = params![token.to_string(), now_ms - IDLE_MS, now_ms - AGE_MS];
                    statement
                        .query_row(values, |row| {
                            let values = (row.get(0)?, row.get(1)?, row.get::<_, String>(2)?);
                            Ok((values, row.get::<_, bool>(3)?, row.get::<_, i64>(4)?))
                        })
                        .optional()
                })
                .doing("look up a session")?;
            let Some(((user, name, role), is_limited, used_at)) = found else { return Ok(None) };
            let reach = if is_limited { Reach::Projects(projects_of(connection, user)?) } else { Reach::All };
            // An unknown word is a later program's: the least that there is.
            let role = Role::from_word(&role).unwrap_or(Role::Viewer);
            Ok(Some(SignedIn { user, name, role, reach, is_stale: used_at <= now_ms - NOTED_MS }))
        })
        .await
    }

    /// Notes that a session is used.
    pub async fn note_session(&self, token: Sha256, now_ms: i64) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "UPDATE session SET used_at = ?2 WHERE token_sha256 = ?1 AND used_at < ?2",
                    params![token.to_string(), now_ms],
                )
                .map(drop)
                .doing("note a session's use")
        })
        .await
    }

    /// Ends one session.
    pub async fn end_session(&self, token: Sha256) -> Result<()> {
        self.write(move |transaction| {
            transaction
                .execute("DELETE FROM session WHERE token_sha256 = ?1", [token.to_string()])
                .map(drop)
                .doing("end a session")
        })
        .await
    }

    /// Ends all sessions of a person, and answers how many there were.
    pub async fn end_sessions_of(&self, user: i64) -> Result<usize> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM session WHERE user_id = ?1", [user]).doing("end sessions")
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::BatchObserver;
    use crate::catalog::user::Invitation;

    #[tokio::test]
    async fn a_session_lasts_while_it_is_used_and_never_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path(), BatchObserver::default()).unwrap();
        let invitation = Invitation {
            name: "Ada".to_owned(),
            role: None,
            reach: None,
            token: Sha256::of(b"link"),
            expires_at_ms: i64::MAX,
            now_ms: 0,
        };
        catalog.invite(invitation).await.unwrap();
        let user =
            catalog.accept_invitation(Sha256::of(b"link"), "hash".to_owned(), 0).await.unwrap().unwrap();
        let token = Sha256::of(b"cookie");
        catalog.begin_session(user, token, 0).await.unwrap();
        let is_signed_in = async |now_ms| catalog.session(token, now_ms).await.unwrap().is_some();
        assert!(is_signed_in(IDLE_MS - 1).await && !is_signed_in(IDLE_MS).await);
        for day in 1..90 {
            catalog.note_session(token, day * DAY_MS).await.unwrap();
            assert!(is_signed_in(day * DAY_MS + 1).await, "day {day}");
        }
        assert!(!is_signed_in(AGE_MS).await);
        catalog.end_sessions_of(user).await.unwrap();
        assert!(!is_signed_in(1).await);
    }
}
