//! People: their roles, what they see, and the invitations by which they choose a password.
//!
//! Never holds a password or the secret of a link: only hashes come here.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::access::{Reach, Role};
use crate::domain::photo::Sha256;

/// Somebody who may sign in, or is invited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Given once and never again.
    pub id: i64,
    /// As first written.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they see; limited for viewers only.
    pub reach: Reach,
    /// Whether they chose a password.
    pub has_password: bool,
    /// Until when their link can be used, milliseconds since 1970 UTC.
    pub invited_until_ms: Option<i64>,
    /// Milliseconds since 1970 UTC.
    pub signed_in_at_ms: Option<i64>,
}

/// A link for a person, new or known.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Of the person; the case of its letters does not matter.
    pub name: String,
    /// For a new person; of a known one it must be absent or what it is. Without it the first person becomes an admin,
    /// every other one a viewer.
    pub role: Option<Role>,
    /// For a new person, everything without it; of a known one it must be absent or what it is.
    pub reach: Option<Reach>,
    /// Of the link's secret.
    pub token: Sha256,
    /// Milliseconds since 1970 UTC.
    pub expires_at_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub now_ms: i64,
}

const COLUMNS: &str =
    "u.id, u.name, u.role, u.is_limited, u.password IS NOT NULL, i.expires_at, u.signed_in_at";
const TABLES: &str = "user u LEFT JOIN invitation i ON i.user_id = u.id";

impl Catalog {
    /// Keeps an invitation, and its person where there is none of that name. An earlier link ends; a password stays
    /// until another is chosen. Answers the person's role.
    pub async fn invite(&self, invitation: Invitation) -> Result<Role> {
        self.write(move |transaction| {
            let known = find(transaction, &invitation.name)?;
            let (id, role) = match known {
                Some(user) => as_known(&user, &invitation)?,
                None => add(transaction, &invitation)?,
            };
            transaction
                .execute(
                    "INSERT INTO invitation (user_id, token_sha256, expires_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (user_id) DO UPDATE SET token_sha256 = ?2, expires_at = ?3",
                    params![id, invitation.token.to_string(), invitation.expires_at_ms],
                )
                .doing("keep an invitation")?;
            Ok(role)
        })
        .await
    }

    /// Who is invited by the link with this secret, as long as it can be used.
    pub async fn invited(&self, token: Sha256, now_ms: i64) -> Result<Option<String>> {
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT u.name FROM invitation i JOIN user u ON u.id = i.user_id
                     WHERE i.token_sha256 = ?1 AND i.expires_at > ?2",
                    params![token.to_string(), now_ms],
                    |row| row.get(0),
                )
                .optional()
                .doing("look up an invitation")
        })
        .await
    }

    /// Takes a password in exchange for an invitation, which ends, as do all sessions of the person. Answers the
    /// person's number; `None`: somebody was faster, or the link is too old.
    pub async fn accept_invitation(
        &self,
        token: Sha256,
        password: String,
        now_ms: i64,
    ) -> Result<Option<i64>> {
        self.write(move |transaction| {
            let user: Option<i64> = transaction
                .query_row(
                    "DELETE FROM invitation WHERE token_sha256 = ?1 AND expires_at > ?2 RETURNING user_id",
                    params![token.to_string(), now_ms],
                    |row| row.get(0),
                )
                .optional()
                .doing("accept an invitation")?;
            if let Some(user) = user {
                execute(transaction, "UPDATE user SET password = ?2 WHERE id = ?1", params![user, password])?;
                execute(transaction, "DELETE FROM session WHERE user_id = ?1", [user])?;
            }
            Ok(user)
        })
        .await
    }

    /// The number and the hashed password of a person who has chosen one.
    pub async fn password_of(&self, name: String) -> Result<Option<(i64, String)>> {
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT id, password FROM user WHERE folded = ?1 AND password IS NOT NULL",
                    [folded(&name)],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .doing("look up a person")
        })
        .await
    }

    /// All people, by name.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY u.folded");
            let mut statement = connection.prepare_cached(&sql).doing("list people")?;
            let rows = statement.query_map([], user).doing("list people")?;
            let users = rows.collect::<rusqlite::Result<Vec<_>>>().doing("list people")?;
            users.into_iter().map(|user| with_projects(connection, user)).collect()
        })
        .await
    }

    /// A person by name, whatever the case of its letters.
    pub async fn user(&self, name: String) -> Result<Option<User>> {
        self.read(move |connection| find(connection, &name)).await
    }

    /// Gives a person another role, and another reach: limits are for viewers. The last admin stays one.
    pub async fn change_user(&self, id: i64, role: Role, reach: Reach) -> Result<()> {
        self.write(move |transaction| {
            if role != Role::Admin {
                keep_an_admin(transaction, id)?;
            }
            if role != Role::Viewer && reach != Reach::All {
                return Err(CatalogError::Refused("only a viewer can be limited to projects".to_owned()));
            }
            let limited = reach != Reach::All;
            execute(
                transaction,
                "UPDATE user SET role = ?2, is_limited = ?3 WHERE id = ?1",
                params![id, role.as_str(), limited],
            )?;
            limit(transaction, id, &reach)
        })
        .await
    }

    /// Removes a person, with all sessions and the invitation. The last admin stays.
    pub async fn remove_user(&self, id: i64) -> Result<()> {
        self.write(move |transaction| {
            keep_an_admin(transaction, id)?;
            execute(transaction, "DELETE FROM user WHERE id = ?1", [id])
        })
        .await
    }

    /// Whether anybody can sign in.
    pub async fn has_people(&self) -> Result<bool> {
        self.read(|connection| {
            connection
                .query_row("SELECT EXISTS (SELECT 1 FROM user WHERE password IS NOT NULL)", [], |row| {
                    row.get(0)
                })
                .doing("look for people")
        })
        .await
    }
}

/// A known person keeps role and projects; others in the invitation are a slip that should be noticed.
fn as_known(user: &User, invitation: &Invitation) -> Result<(i64, Role)> {
    let has_role = invitation.role.is_none_or(|role| role == user.role);
    let has_reach = invitation.reach.as_ref().is_none_or(|reach| reach.is(&user.reach));
    if has_role && has_reach {
        return Ok((user.id, user.role));
    }
    let projects = if has_reach { "" } else { ", and sees other projects" };
    Err(CatalogError::Taken(format!(
        "{} exists already, as {}{projects}: `keepmark user change` or the settings change that",
        user.name,
        user.role.as_str()
    )))
}

fn add(transaction: &Transaction<'_>, invitation: &Invitation) -> Result<(i64, Role)> {
    let has_admin: bool = transaction
        .query_row("SELECT EXISTS (SELECT 1 FROM user WHERE role = 'admin')", [], |row| row.get(0))
        .doing("look for an admin")?;
    let role = invitation.role.unwrap_or(if has_admin { Role::Viewer } else { Role::Admin });
    let reach = invitation.reach.clone().unwrap_or_default();
    if role != Role::Viewer && reach != Reach::All {
        return Err(CatalogError::Refused("only a viewer can be limited to projects".to_owned()));
    }
    execute(
        transaction,
        "INSERT INTO user (name, folded, role, is_limited, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            invitation.name.trim(),
            folded(&invitation.name),
            role.as_str(),
            reach != Reach::All,
            invitation.now_ms
        ],
    )?;
    let id = transaction.last_insert_rowid();
    limit(transaction, id, &reach)?;
    Ok((id, role))
}

fn limit(transaction: &Transaction<'_>, user: i64, reach: &Reach) -> Result<()> {
    execute(transaction, "DELETE FROM user_project WHERE user_id = ?1", [user])?;
    let Reach::Projects(projects) = reach else { return Ok(()) };
    projects.iter().try_for_each(|project| {
        execute(
            transaction,
            "INSERT OR IGNORE INTO user_project (user_id, project_id) VALUES (?1, ?2)",
            [user, *project],
        )
    })
}

/// Without an admin who can sign in nobody could undo what was done.
fn keep_an_admin(transaction: &Transaction<'_>, leaving: i64) -> Result<()> {
    let is_last: bool = transaction
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM user WHERE id = ?1 AND role = 'admin' AND password IS NOT NULL)
                AND NOT EXISTS (SELECT 1 FROM user WHERE id <> ?1 AND role = 'admin' AND password IS NOT NULL)",
            [leaving],
            |row| row.get(0),
        )
        .doing("look for another admin")?;
    if is_last {
        return Err(CatalogError::Refused(
            "this is the last admin: invite another one first, and let them choose a password".to_owned(),
        ));
    }
    Ok(())
}

fn find(connection: &Connection, name: &str) -> Result<Option<User>> {
    let found = connection
        .query_row(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE u.folded = ?1"), [folded(name)], user)
        .optional()
        .doing("look up a person")?;
    found.map(|user| with_projects(connection, user)).transpose()
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let role: String = row.get(2)?;
    let is_limited: bool = row.get(3)?;
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        role: Role::from_word(&role).ok_or_else(|| super::column::unreadable(2))?,
        reach: if is_limited { Reach::Projects(Vec::new()) } else { Reach::All },
        has_password: row.get(4)?,
        invited_until_ms: row.get(5)?,
        signed_in_at_ms: row.get(6)?,
    })
}

fn with_projects(connection: &Connection, mut user: User) -> Result<User> {
    if user.reach != Reach::All {
        user.reach = Reach::Projects(projects_of(connection, user.id)?);
    }
    Ok(user)
}

/// The projects of somebody who is limited.
pub(super) fn projects_of(connection: &Connection, user: i64) -> Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT project_id FROM user_project WHERE user_id = ?1 ORDER BY project_id")
        .doing("read somebody's projects")?;
    let rows = statement.query_map([user], |row| row.get(0)).doing("read somebody's projects")?;
    rows.collect::<rusqlite::Result<_>>().doing("read somebody's projects")
}

fn execute(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<()> {
    transaction.execute(sql, values).map(drop).doing("change a person")
}

/// Names that differ in case, width or composition alone are one.
fn folded(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    name.trim().nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::BatchObserver;

    fn invitation(name: &str, secret: &str) -> Invitation {
        Invitation {
            name: name.to_owned(),
            role: None,
            reach: None,
            token: Sha256::of(secret.as_bytes()),
            expires_at_ms: 1000,
            now_ms: 1,
        }
    }

    fn catalog() -> (tempfile::TempDir, Catalog) {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path(), BatchObserver::default()).unwrap();
        (folder, catalog)
    }

    #[tokio::test]
    async fn the_first_person_is_an_admin_and_the_next_a_viewer() {
        let (_folder, catalog) = catalog();
        assert_eq!(catalog.invite(invitation("Ada", "a")).await.unwrap(), Role::Admin);
        assert_eq!(catalog.invite(invitation("Bob", "b")).await.unwrap(), Role::Viewer);
        assert_eq!(catalog.invite(invitation(" ａDA ", "c")).await.unwrap(), Role::Admin, "the same person");
        let names: Vec<_> = catalog.users().await.unwrap().into_iter().map(|user| user.name).collect();
        assert_eq!(names, ["Ada", "Bob"]);
        assert_eq!(catalog.invited(Sha256::of(b"a"), 2).await.unwrap(), None, "a newer link ends the older");
        let other_role = Invitation { role: Some(Role::Auditor), ..invitation("Bob", "d") };
        assert!(
            catalog
                .invite(other_role)
                .await
                .unwrap_err()
                .to_string()
                .contains("Bob exists already, as viewer")
        );
    }

    #[tokio::test]
    async fn an_invitation_is_accepted_once_and_in_time() {
        let (_folder, catalog) = catalog();
        catalog.invite(invitation("Ada", "a")).await.unwrap();
        let accept = |secret: &str, now| {
            catalog.accept_invitation(Sha256::of(secret.as_bytes()), "hash".to_owned(), now)
        };
        assert!(!catalog.has_people().await.unwrap());
        assert_eq!(accept("x", 2).await.unwrap(), None);
        assert_eq!(accept("a", 1000).await.unwrap(), None, "too old");
        assert!(accept("a", 999).await.unwrap().is_some());
        assert_eq!(accept("a", 999).await.unwrap(), None, "only once");
        assert!(catalog.has_people().await.unwrap());
        assert_eq!(catalog.password_of("ADA".to_owned()).await.unwrap().unwrap().1, "hash");
    }

    #[tokio::test]
    async fn the_last_admin_stays_and_only_viewers_are_limited() {
        let (_folder, catalog) = catalog();
        catalog.invite(invitation("Ada", "a")).await.unwrap();
        let ada = catalog.accept_invitation(Sha256::of(b"a"), "hash".to_owned(), 2).await.unwrap().unwrap();
        for refused in [
            catalog.remove_user(ada).await,
            catalog.change_user(ada, Role::Viewer, Reach::All).await,
            catalog.change_user(ada, Role::Admin, Reach::Projects(vec![1])).await,
        ] {
            assert!(matches!(refused, Err(CatalogError::Refused(_))), "{refused:?}");
        }
        let limited = Invitation { reach: Some(Reach::Projects(Vec::new())), ..invitation("Bob", "b") };
        catalog.invite(limited).await.unwrap();
        let wider = Invitation { reach: Some(Reach::All), ..invitation("Bob", "c") };
        let refused = catalog.invite(wider).await.unwrap_err().to_string();
        assert!(refused.contains("Bob exists already, as viewer, and sees other projects"), "{refused}");
        catalog.invite(invitation("Bob", "d")).await.expect("a new link alone changes neither");
        let bob = catalog.user("bob".to_owned()).await.unwrap().unwrap();
        assert_eq!(bob.reach, Reach::Projects(Vec::new()));
        catalog.remove_user(bob.id).await.unwrap();
        assert_eq!(catalog.user("bob".to_owned()).await.unwrap(), None);
    }
}
