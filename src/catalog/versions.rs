//! Versions: photos with one verification code and other bytes. Editing a stamp keeps its code.

use rusqlite::Connection;

use super::column::parsed;
use super::{Doing as _, Result};
use crate::domain::photo::{PhotoId, Sha256};

pub(super) const VERSIONS: &str =
    "SELECT id FROM photo WHERE code = ?1 AND sha256 <> ?2 ORDER BY seq LIMIT 8";

/// The earliest few photos of a code whose bytes are others.
pub(super) fn versions_of(
    connection: &Connection,
    code: Option<&str>,
    sha256: Sha256,
) -> Result<Vec<PhotoId>> {
    let Some(code) = code else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(VERSIONS).doing("look for other versions")?;
    let rows = statement
        .query_map([code, &sha256.to_string()], |row| parsed(row, 0))
        .doing("look for other versions")?;
    rows.collect::<rusqlite::Result<_>>().doing("look for other versions")
}
