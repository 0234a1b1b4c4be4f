//! Columns as domain values: what this program wrote it reads back checked.

use rusqlite::Row;

use crate::domain::object_key::{ObjectKey, PhotoKey};

pub(super) fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(column))
}

pub(super) fn object_key(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectKey> {
    ObjectKey::from_stored(row.get(column)?).map_err(|_| unreadable(column))
}

pub(super) fn photo_key(row: &Row<'_>, column: usize) -> rusqlite::Result<PhotoKey> {
    PhotoKey::from_stored(row.get(column)?).map_err(|_| unreadable(column))
}

/// A stored value that this program did not write.
pub(super) fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "a value of ours".to_owned(), rusqlite::types::Type::Text)
}
