//! The log as CSV (RFC 4180), for spreadsheets and programs.
//!
//! Begins with a byte order mark: without it Excel takes UTF-8 for the code page of its country. Never a cell that a
//! spreadsheet would run.

use std::borrow::Cow;

use super::row::Row;

/// Tells Excel that UTF-8 follows; programs read it as `utf-8-sig`.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the columns are called.
const COLUMNS: [&str; 13] = [
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
    ];
    line(cells.iter().map(Cow::as_ref).chain(missing))
}

fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).expect("a single record has the right length, and memory takes all");
    writer.into_inner().expect("memory takes all")
}

/// A text as a cell that no spreadsheet runs (OWASP, "CSV Injection"): an apostrophe stands before what would be. A text
/// with an apostrophe there already gets another, so that taking one away always gives the text. Where the separator is a
/// semicolon, as in much of Europe, a cell begins behind each of them, too.
fn safe(text: &str) -> Cow<'_, str> {
    let begins_with_control = text.trim_start_matches('\'').starts_with(['\t', '\r', '\n']);
    let pieces = text.split_inclusive([';', '\t', '\r', '\n']);
    if !begins_with_control && !pieces.clone().any(would_run) {
        return text.into();
    }
    let mut cell = String::with_capacity(text.len() + 1);
    if begins_with_control {
        cell.push('\'');
    }
    for piece in pieces {
        if would_run(piece) {
            cell.push('\'');
        }
        cell.push_str(piece);
    }
    cell.into()
}

/// Spreadsheets forgive white space before a formula, quotation marks are gone once a cell is read, and full-width signs of Chinese and Japanese keyboards.
fn would_run(piece: &str) -> bool {
    piece
        .trim_start_matches(|c: char| c.is_whitespace() || c == '\'' || c == '"')
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text of a cell, as anybody who reads the log gets it back.
    fn text_of(cell: &str) -> String {
        let bare = |cell: &str| cell.strip_prefix('\'').map(str::to_owned);
        let begins_with_control =
            |text: &String| text.trim_start_matches('\'').starts_with(['\t', '\r', '\n']);
        let cell = bare(cell).filter(begins_with_control).unwrap_or_else(|| cell.to_owned());
        let piece =
            |piece: &str| bare(piece).filter(|text| would_run(text)).unwrap_or_else(|| piece.to_owned());
        cell.split_inclusive([';', '\t', '\r', '\n']).map(piece).collect()
    }

    #[test]
    fn what_a_spreadsheet_would_run_stands_behind_an_apostrophe() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1234", "'+49 30 1234"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\rX", "'\rX"),
            (" =cmd|' /C calc'!A0", "' =cmd|' /C calc'!A0"),
            ("'=1", "''=1"),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("＝1", "'＝1"),
            ("\"=1", "'\"=1"),
            ("x;\"=cmd|'/C calc'!A0;y", "x;'\"=cmd|'/C calc'!A0;y"),
        ] {
            assert_eq!(safe(text), cell, "{text:?}");
        }
        for text in ["", "North", "'t Hooft", "a=b", "2025-12-11", "a, -b", "Smith; Jones"] {
            assert_eq!(safe(text), text);
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_from_its_cell(text in "[;'=+\\-@\t\r\n a＝]{0,8}|\\PC{0,12}") {
            prop_assert_eq!(text_of(&safe(&text)), text);
        }

        /// Spreadsheets of other countries separate by `;`, and whatever is pasted by tabs.
        #[test]
        fn no_cell_runs_whatever_separates_cells(texts in prop::collection::vec("[;,'\"=+@\t\r\n a]{0,8}", 1..4)) {
            let cells: Vec<_> = texts.iter().map(|text| safe(text)).collect();
            let line = line(cells.iter().map(AsRef::as_ref));
            for separator in [b',', b';', b'\t'] {
                let mut reader = csv::ReaderBuilder::new();
                let mut reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(&*line);
                for record in reader.byte_records() {
                    for cell in &record.unwrap() {
                        let first = cell.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b'"');
                        prop_assert!(!first.is_some_and(|first| b"=+-@".contains(first)), "{:?}", cell);
                    }
                }
            }
        }
    }
}
