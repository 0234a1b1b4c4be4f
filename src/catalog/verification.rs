//! What people found on Timemark's own page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Row, Transaction, params};

use super::column::{parsed, unreadable};
use super::{Catalog, CatalogError, Doing as _, Result, records};
use crate::domain::photo::PhotoId;
use crate::domain::record::{self, Record};
use crate::domain::sidecar;
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
    /// The sample that the photo was drawn with, as the page's address names it.
    pub sample: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

impl Catalog {
    /// What Timemark's page said of a photo, the newest first.
    pub async fn human_outcomes(&self, photo_seq: i64) -> Result<Vec<HumanOutcome>> {
        self.read(move |connection| outcomes(connection, photo_seq, 20)).await
    }

    /// Keeps what a person read, and its record; what was kept before stays. `salt`: 256 random bits.
    pub async fn keep_human_outcome(
        &self,
        photo: PhotoId,
        found: HumanOutcome,
        salt: [u8; 32],
    ) -> Result<()> {
        self.write(move |transaction| {
            insert_outcome(transaction, photo, &found)?;
            let record = Record::HumanOutcome(record_of(transaction, photo, &found)?);
            let at =
                Timestamp::from_millisecond(found.at_ms).map_err(|_| CatalogError::Unreadable("time"))?;
            records::keep(transaction, &record, None, sidecar::salt(salt, 0), at).map(drop)
        })
        .await
    }
}

/// Beside what was found before.
pub(super) fn insert_outcome(
    transaction: &Transaction<'_>,
    photo: PhotoId,
    found: &HumanOutcome,
) -> Result<()> {
    let kept = transaction
        .prepare_cached(
            "INSERT INTO human_outcome (photo_seq, outcome, who, note, sample, at)
             SELECT seq, ?2, ?3, ?4, ?5, ?6 FROM photo WHERE id = ?1 AND archived_at IS NOT NULL",
        )
        .and_then(|mut statement| {
            let outcome = found.outcome.as_str();
            let (who, note, sample) = (&found.who, &found.note, &found.sample);
            statement.execute(params![photo.to_string(), outcome, who, note, sample, found.at_ms])
        })
        .doing("keep what a person found")?;
    if kept == 1 { Ok(()) } else { Err(CatalogError::Refused("there is no such photo".to_owned())) }
}

fn record_of(
    transaction: &Transaction<'_>,
    photo: PhotoId,
    found: &HumanOutcome,
) -> Result<record::HumanOutcome> {
    let (photo_sha256, code) = transaction
        .prepare_cached("SELECT sha256, code FROM photo WHERE id = ?1")
        .and_then(|mut statement| {
            statement.query_row([photo.to_string()], |row| Ok((parsed(row, 0)?, row.get(1)?)))
        })
        .doing("record what a person found")?;
    Ok(record::HumanOutcome {
        photo_id: photo,
        photo_sha256,
        code,
        outcome: found.outcome,
        by: found.who.clone(),
        note: Some(found.note.clone()).filter(|note| !note.is_empty()),
        sample: found.sample.clone(),
    })
}

fn outcomes(connection: &rusqlite::Connection, photo_seq: i64, limit: u32) -> Result<Vec<HumanOutcome>> {
    let outcome = |row: &Row<'_>| {
        let word: String = row.get(0)?;
        Ok(HumanOutcome {
            outcome: Official::from_word(&word).ok_or_else(|| unreadable(0))?,
            who: row.get(1)?,
            note: row.get(2)?,
            sample: row.get(3)?,
            at_ms: row.get(4)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT outcome, who, note, sample, at FROM human_outcome WHERE photo_seq = ?1 ORDER BY id DESC LIMIT ?2",
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
