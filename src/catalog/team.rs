//! Teams as senders: what their timestamps mean, and which evidence their files bring.

use rusqlite::{Connection, Transaction, params};

use super::column::unreadable;
use super::{Catalog, Doing as _, Result};
use crate::domain::coverage::{Coverage, LATELY, SINCE};
use crate::domain::verdict::meaning::{self, Meaning, VOTES_COUNTED, Vote};

/// A team, as the operator is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Its number: what is printed and logged names nobody.
    pub id: i64,
    /// As announced; empty where deliveries name none.
    pub name: String,
    /// Of its `photo_timestamp`.
    pub meaning: Meaning,
    /// Of its last photos.
    pub coverage: Coverage,
}

/// A settled meaning that did not stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeaningChange {
    /// The team's number.
    pub team: i64,
    /// Milliseconds since 1970 UTC.
    pub changed_at_ms: i64,
    /// What was settled.
    pub before: Meaning,
    /// What holds since.
    pub after: Meaning,
}

impl Catalog {
    /// All teams by name.
    pub async fn teams(&self) -> Result<Vec<Team>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT id, name, meaning FROM team ORDER BY name")
                .doing("list teams")?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .doing("list teams")?;
            let rows: Vec<(i64, String, String)> =
                rows.collect::<rusqlite::Result<_>>().doing("list teams")?;
            rows.into_iter()
                .map(|(id, name, word)| {
                    let meaning =
                        Meaning::from_word(&word).ok_or_else(|| unreadable(2)).doing("list teams")?;
                    Ok(Team { id, name, meaning, coverage: coverage(connection, id)? })
                })
                .collect()
        })
        .await
    }

    /// Changes of a settled meaning since a time, the newest first.
    pub async fn meaning_changes(&self, since_ms: i64) -> Result<Vec<MeaningChange>> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT team_id, changed_at, before, after FROM meaning_change
                     WHERE changed_at >= ?1 ORDER BY changed_at DESC LIMIT 20",
                )
                .doing("list changes of meaning")?;
            let word = |row: &rusqlite::Row<'_>, column| {
                Meaning::from_word(&row.get::<_, String>(column)?).ok_or_else(|| unreadable(column))
            };
            let rows = statement
                .query_map([since_ms], |row| {
                    let (before, after) = (word(row, 2)?, word(row, 3)?);
                    Ok(MeaningChange { team: row.get(0)?, changed_at_ms: row.get(1)?, before, after })
                })
                .doing("list changes of meaning")?;
            rows.collect::<rusqlite::Result<_>>().doing("list changes of meaning")
        })
        .await
    }
}

/// After a vote: what the team's last votes settle now. A change of what was settled is kept for the operator.
pub(super) fn count_votes(transaction: &Transaction<'_>, team: i64, now_ms: i64) -> Result<()> {
    let mut statement = transaction
        .prepare_cached(
            "SELECT vote FROM photo WHERE team_id = ?1 AND vote IS NOT NULL ORDER BY seq DESC LIMIT ?2",
        )
        .doing("count votes")?;
    let counted = i64::try_from(VOTES_COUNTED).unwrap_or(i64::MAX);
    let votes = statement
        .query_map([team, counted], |row| {
            let word: String = row.get(0)?;
            Ok(if word == Vote::Utc.as_str() { Vote::Utc } else { Vote::Local })
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .doing("count votes")?;
    let after = meaning::settled(&votes);
    let before: String = transaction
        .prepare_cached("SELECT meaning FROM team WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([team], |row| row.get(0)))
        .doing("count votes")?;
    if before == after.as_str() {
        return Ok(());
    }
    let execute = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        transaction.execute(sql, values).map(drop).doing("settle the meaning of timestamps")
    };
    execute("UPDATE team SET meaning = ?2 WHERE id = ?1", params![team, after.as_str()])?;
    let settled_before: bool = transaction
        .query_row("SELECT EXISTS (SELECT 1 FROM meaning_change WHERE team_id = ?1)", [team], |row| {
            row.get(0)
        })
        .doing("settle the meaning of timestamps")?;
    // The first settling is no change, it is the beginning.
    if before == Meaning::Open.as_str() && !settled_before {
        return Ok(());
    }
    execute(
        "INSERT INTO meaning_change (team_id, changed_at, before, after) VALUES (?1, ?2, ?3, ?4)",
        params![team, now_ms, before, after.as_str()],
    )
}

fn coverage(connection: &Connection, team: i64) -> Result<Coverage> {
    let mut statement = connection
        .prepare_cached(
            "SELECT has_time, has_position, has_device FROM photo WHERE team_id = ?1 ORDER BY seq DESC LIMIT ?2",
        )
        .doing("read the coverage of a team")?;
    let photos = i64::try_from(LATELY + SINCE).unwrap_or(i64::MAX);
    let rows = statement
        .query_map([team, photos], |row| {
            Ok(crate::domain::verdict::Usable {
                time: row.get(0)?,
                position: row.get(1)?,
                device: row.get(2)?,
            })
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .doing("read the coverage of a team")?;
    Ok(Coverage::of(&rows))
}
