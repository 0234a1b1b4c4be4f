//! Teams, projects and members: a row and a folder segment for each name at its first sight, fixed for ever.

use rusqlite::{OptionalExtension as _, Row, ToSql, Transaction, params};

use super::column::unreadable;
use super::{CatalogError, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::names::Segment;

/// What stands in the folder where a delivery names nothing.
const NO_TEAM: &str = "no-team";
const NO_PROJECT: &str = "no-project";
const NO_MEMBER: &str = "no-member";

/// A row and its segment.
pub(super) struct Named {
    pub(super) id: i64,
    pub(super) segment: Segment,
}

/// The three folders of a photo.
pub(super) struct Names {
    pub(super) team: Named,
    pub(super) project: Named,
    pub(super) member: Named,
}

/// Finds or makes the rows of an announcement's names.
pub(super) fn names_of(transaction: &Transaction<'_>, announced: &Announcement) -> Result<Names> {
    let team = team(transaction, announced.team.as_deref())?;
    let project = project(transaction, team.id, announced.project.as_deref())?;
    let member = member(transaction, team.id, announced)?;
    Ok(Names { team, project, member })
}

fn team(transaction: &Transaction<'_>, name: Option<&str>) -> Result<Named> {
    let key = name.unwrap_or_default();
    if let Some(named) = find(transaction, "SELECT id, segment FROM team WHERE name = ?1", &[&key])? {
        return Ok(named);
    }
    let segment = free_segment(name.unwrap_or(NO_TEAM), |folded| {
        exists(transaction, "SELECT EXISTS (SELECT 1 FROM team WHERE folded = ?1)", &[&folded])
    })?;
    let id = transaction
        .prepare_cached("INSERT INTO team (name, segment, folded) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.insert(params![key, segment.as_str(), segment.folded()]))
        .doing("keep a team")?;
    Ok(Named { id, segment })
}

fn project(transaction: &Transaction<'_>, team: i64, name: Option<&str>) -> Result<Named> {
    let key = name.unwrap_or_default();
    let by_name = "SELECT id, segment FROM project WHERE team_id = ?1 AND name = ?2";
    if let Some(named) = find(transaction, by_name, &[&team, &key])? {
        return Ok(named);
    }
    let segment = free_segment(name.unwrap_or(NO_PROJECT), |folded| {
        let taken = "SELECT EXISTS (SELECT 1 FROM project WHERE team_id = ?1 AND folded = ?2)";
        exists(transaction, taken, &[&team, &folded])
    })?;
    let id = transaction
        .prepare_cached("INSERT INTO project (team_id, name, segment, folded) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| statement.insert(params![team, key, segment.as_str(), segment.folded()]))
        .doing("keep a project")?;
    Ok(Named { id, segment })
}

/// A member is a team and a contact; where no contact is announced, the name stands for it. The folder shows the
/// name, never the contact.
fn member(transaction: &Transaction<'_>, team: i64, announced: &Announcement) -> Result<Named> {
    let name = announced.member.as_deref();
    let key = announced.member_key();
    let by_contact = "SELECT id, segment FROM member WHERE team_id = ?1 AND contact = ?2";
    if let Some(named) = find(transaction, by_contact, &[&team, &key])? {
        return Ok(named);
    }
    let segment = free_segment(name.unwrap_or(NO_MEMBER), |folded| {
        let taken = "SELECT EXISTS (SELECT 1 FROM member WHERE team_id = ?1 AND folded = ?2)";
        exists(transaction, taken, &[&team, &folded])
    })?;
    let id = transaction
        .prepare_cached(
            "INSERT INTO member (team_id, contact, name, segment, folded) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.insert(params![team, key, name.unwrap_or_default(), segment.as_str(), segment.folded()])
        })
        .doing("keep a member")?;
    Ok(Named { id, segment })
}

/// The name's own segment, or the first with a hash that no other name has, ignoring case.
fn free_segment(name: &str, is_taken: impl Fn(String) -> Result<bool>) -> Result<Segment> {
    for candidate in Segment::candidates(name) {
        if !is_taken(candidate.folded())? {
            return Ok(candidate);
        }
    }
    // The candidates do not end.
    Err(CatalogError::Unreadable("name"))
}

fn find(transaction: &Transaction<'_>, sql: &str, values: &[&dyn ToSql]) -> Result<Option<Named>> {
    let named = |row: &Row<'_>| {
        let segment = Segment::from_stored(row.get(1)?).map_err(|_| unreadable(1))?;
        Ok(Named { id: row.get(0)?, segment })
    };
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(values, named).optional())
        .doing("look up a name")
}

fn exists(transaction: &Transaction<'_>, sql: &str, values: &[&dyn ToSql]) -> Result<bool> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(values, |row| row.get(0)))
        .doing("look up a name")
}
