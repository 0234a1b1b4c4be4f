//! What people found on Timemark's own page.

use jiff::tz::TimeZone;
use rusqlite::{Row, params};

use super::column::unreadable;
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::photo::PhotoId;
use crate::domain::verification::{Official, OfficialAnswer};

/// One answer of Timemark's page, as a person read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanOutcome {
    /// In the page's words.
    pub outcome: Official,
    /// Who read it, by the name at that time.
    pub who: String,
    /// What they wrote beside it; empty where they did not.
    pub note: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

impl Catalog {
    /// What Timemark's page said of a photo, the newest first.
    pub async fn human_outcomes(&self, photo_seq: i64) -> Result<Vec<HumanOutcome>> {
        self.read(move |connection| outcomes(connection, photo_seq, 20)).await
    }

    /// Keeps what a person read; what was kept before stays.
    pub async fn keep_human_outcome(&self, photo: PhotoId, found: HumanOutcome) -> Result<()> {
        self.write(move |transaction| {
            // The evidence outbox: its record is fixed here, in this transaction, once there is one (`keep_record`).
            let kept = transaction
                .execute(
                    "INSERT INTO human_outcome (photo_seq, outcome, who, note, at)
                     SELECT seq, ?2, ?3, ?4, ?5 FROM photo WHERE id = ?1 AND archived_at IS NOT NULL",
                    params![photo.to_string(), found.outcome.as_str(), found.who, found.note, found.at_ms],
                )
                .doing("keep what a person found")?;
            if kept == 1 { Ok(()) } else { Err(CatalogError::Refused("there is no such photo".to_owned())) }
        })
        .await
    }
}

fn outcomes(connection: &rusqlite::Connection, photo_seq: i64, limit: u32) -> Result<Vec<HumanOutcome>> {
    let outcome = |row: &Row<'_>| {
        let word: String = row.get(0)?;
        Ok(HumanOutcome {
            outcome: Official::from_word(&word).ok_or_else(|| unreadable(0))?,
            who: row.get(1)?,
            note: row.get(2)?,
            at_ms: row.get(3)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT outcome, who, note, at FROM human_outcome WHERE photo_seq = ?1 ORDER BY id DESC LIMIT ?2",
        )
        .and_then(|mut statement| statement.query_map(params![photo_seq, limit], outcome)?.collect())
        .doing("read what a person found")
}

/// What the page said last of a photo.
pub(super) fn newest(connection: &rusqlite::Connection, photo_seq: i64) -> Result<Option<OfficialAnswer>> {
    let last = outcomes(connection, photo_seq, 1)?.pop();
    Ok(last.map(|HumanOutcome { outcome, at_ms, .. }| {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
        OfficialAnswer { outcome, day: at.to_zoned(TimeZone::UTC).date() }
    }))
}
