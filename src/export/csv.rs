//! The log as CSV, for spreadsheets and programs. Never a cell that a spreadsheet would run.

use std::borrow::Cow;

use super::row::Row;
use crate::domain::spreadsheet::{BYTE_ORDER_MARK, line, safe};

/// What the columns are called.
const COLUMNS: [&str; 15] = [
    "file",
    "code",
    "date",
    "local time",
    "UTC",
    "project",
    "member",
    "latitude",
    "longitude",
    "device",
    "size",
    "SHA-256",
    "verdict",
    "Timemark's page said",
    "read on",
];

/// In a log inside a ZIP: why the file is not in it; empty where it is.
const MISSING: &str = "missing";

/// Which columns a log has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// What is known of the photo.
    Photo,
    /// The same, and why its file is not in the ZIP, where it is not.
    PhotoAndMissing,
}

/// The first line.
pub fn head(columns: Columns) -> Vec<u8> {
    let mut cells = COLUMNS.to_vec();
    cells.extend((columns == Columns::PhotoAndMissing).then_some(MISSING));
    [BYTE_ORDER_MARK, &line(cells)].concat()
}

/// One photo's line; `missing` in a log that has this column.
pub fn photo(row: &Row, missing: Option<&str>) -> Vec<u8> {
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let latitude = number(row.position.map(|position| position.latitude));
    let longitude = number(row.position.map(|position| position.longitude));
    let (date, time) = (row.local_time.date().to_string(), row.local_time.time().to_string());
    let utc = row.utc.map(|utc| utc.to_string()).unwrap_or_default();
    let size = row.size_bytes.to_string();
    let sha256 = row.sha256.to_string();
    let read_on = row.official.map(|answer| answer.day.to_string()).unwrap_or_default();
    let cells = [
        safe(&row.file),
        safe(row.code.as_deref().unwrap_or_default()),
        date.as_str().into(),
        time.as_str().into(),
        utc.as_str().into(),
        safe(&row.project),
        safe(&row.member),
        // Numbers of our own: a minus sign before digits runs nothing.
        latitude.as_str().into(),
        longitude.as_str().into(),
        safe(row.device.as_deref().unwrap_or_default()),
        size.as_str().into(),
        sha256.as_str().into(),
        row.verdict.as_str().into(),
        row.official.map(|answer| answer.outcome.words()).unwrap_or_default().into(),
        read_on.as_str().into(),
    ];
    line(cells.iter().map(Cow::as_ref).chain(missing))
}
