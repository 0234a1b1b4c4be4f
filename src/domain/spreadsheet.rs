//! Lines of CSV (RFC 4180) for spreadsheets and programs.
//!
//! Never a cell that a spreadsheet would run: texts come from phones, buckets and whoever knows the hook's address.

use std::borrow::Cow;

/// Tells Excel that UTF-8 follows, which it takes for the code page of its country else; programs read it as `utf-8-sig`.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line of cells as they are, ended by CR LF. Texts that are not our own go through [`safe`] before.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).expect("a single record has the right length, and memory takes all");
    writer.into_inner().expect("memory takes all")
}

/// A line of texts from anywhere.
pub fn safe_line<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let cells: Vec<_> = texts.into_iter().map(safe).collect();
    line(cells.iter().map(AsRef::as_ref))
}

/// A text as a cell that no spreadsheet runs (OWASP, "CSV Injection"): an apostrophe stands before what would be. A text
/// with an apostrophe there already gets another, so that taking one away always gives the text. Where the separator is a
/// semicolon, as in much of Europe, a cell begins behind each of them, too.
pub fn safe(text: &str) -> Cow<'_, str> {
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

/// Spreadsheets forgive white space before a formula, quotation marks are gone once a cell is read, and full-width signs of
/// Chinese and Japanese keyboards.
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
