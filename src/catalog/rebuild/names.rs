//! Teams, projects and members as sidecars tell them: with the folder segments that were fixed at their first sight.

use rusqlite::{OptionalExtension as _, ToSql, Transaction, params};

use crate::catalog::naming::{Named, Names};
use crate::catalog::{CatalogError, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::names::Segment;
use crate::domain::sidecar::Sidecar;

/// Finds or makes the rows of a sidecar's names. An error where another sidecar gave a name another segment.
pub(super) fn names_of(
    transaction: &Transaction<'_>,
    sidecar: &Sidecar,
    announced: &Announcement,
) -> Result<Names> {
    let team = row(
        transaction,
        &sidecar.team.segment,
        ("SELECT id, segment FROM team WHERE name = ?1", &[&text(sidecar.team.name.as_deref())]),
        |segment| {
            let sql = "INSERT INTO team (name, segment, folded) VALUES (?1, ?2, ?3)";
            insert(
                transaction,
                sql,
                params![text(sidecar.team.name.as_deref()), segment.as_str(), segment.folded()],
            )
        },
    )?;
    let project_name = text(sidecar.project.name.as_deref());
    let project = row(
        transaction,
        &sidecar.project.segment,
        ("SELECT id, segment FROM project WHERE team_id = ?1 AND name = ?2", &[&team.id, &project_name]),
        |segment| {
            let sql = "INSERT INTO project (team_id, name, segment, folded) VALUES (?1, ?2, ?3, ?4)";
            insert(transaction, sql, params![team.id, project_name, segment.as_str(), segment.folded()])
        },
    )?;
    let contact = announced.member_key();
    let member = row(
        transaction,
        &sidecar.member.segment,
        ("SELECT id, segment FROM member WHERE team_id = ?1 AND contact = ?2", &[&team.id, &contact]),
        |segment| {
            let name = text(sidecar.member.name.as_deref());
            let sql =
                "INSERT INTO member (team_id, contact, name, segment, folded) VALUES (?1, ?2, ?3, ?4, ?5)";
            insert(transaction, sql, params![team.id, contact, name, segment.as_str(), segment.folded()])
        },
    )?;
    Ok(Names { team, project, member })
}

fn row(
    transaction: &Transaction<'_>,
    segment: &str,
    (sql, values): (&str, &[&dyn ToSql]),
    insert: impl FnOnce(&Segment) -> Result<i64>,
) -> Result<Named> {
    let segment =
        Segment::from_stored(segment.to_owned()).map_err(|_| CatalogError::Unreadable("segment"))?;
    let known: Option<(i64, String)> = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .doing("look up a name")?;
    match known {
        Some((id, known)) if known == segment.as_str() => Ok(Named { id, segment }),
        Some(_) => Err(CatalogError::Refused("another photo gave this name another folder".to_owned())),
        None => Ok(Named { id: insert(&segment)?, segment }),
    }
}

fn insert(transaction: &Transaction<'_>, sql: &str, values: &[&dyn ToSql]) -> Result<i64> {
    transaction.prepare_cached(sql).and_then(|mut statement| statement.insert(values)).doing("keep a name")
}

/// Absent names stand as empty ones.
fn text(name: Option<&str>) -> &str {
    name.unwrap_or_default()
}
