//! A list of codes as it comes: one code a line, or a CSV of any separator, with a byte-order mark, blanks and quotes.
//!
//! Never guesses beyond a damaged line: a quotation mark that is not closed would swallow every code behind it.

use std::collections::VecDeque;
use std::io::{BufReader, Read};

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::domain::code::{CHARACTERS_MAX, clean};

/// Where the separator and the column are looked for.
const HEAD_BYTES: usize = 64 * 1024;
const SEPARATORS: [u8; 4] = [b';', b',', b'\t', b'|'];
/// What the column of codes is called most often, letters and digits alone; any other name with `code` in it will do.
const NAMES: [&str; 6] =
    ["code", "codes", "photocode", "verificationcode", "timemarkcode", "photoverificationcode"];
/// As many letters and digits as Timemark's codes have.
const USUAL_LENGTH: usize = 14;

/// Why a list cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A line that is damaged.
    #[error("line {line} of the list: {reason}")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// In words.
        reason: &'static str,
    },
    /// The file itself.
    #[error("the list could not be read")]
    Io(#[from] std::io::Error),
}

/// The beginning that was looked at, then the rest.
type Source<R> = Quotes<BufReader<std::io::Chain<std::io::Cursor<Vec<u8>>, R>>>;

/// Codes, one after another.
pub struct CodeList<R: Read> {
    reader: csv::Reader<Source<R>>,
    record: ByteRecord,
    /// Read to find the column, and not yet given.
    ahead: VecDeque<ByteRecord>,
    /// The column of the codes, once the first lines were read.
    column: Option<usize>,
}

impl<R: Read> CodeList<R> {
    /// Looks at the beginning of a list.
    pub fn open(mut source: R) -> Result<Self, ListError> {
        let mut head = Vec::new();
        source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(damaged(1, "the file is UTF-16: save it as CSV UTF-8"));
        }
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            head.drain(..3);
        }
        let separator = separator(&head);
        let whole = BufReader::new(std::io::Cursor::new(head).chain(source));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(separator)
            .from_reader(Quotes { source: whole, offset: 0, found: Vec::new() });
        Ok(Self { reader, record: ByteRecord::new(), ahead: VecDeque::new(), column: None })
    }

    /// At most so many further codes; none at the end.
    pub fn next_batch(&mut self, codes_max: usize) -> Result<Vec<String>, ListError> {
        let mut codes = Vec::new();
        while codes.len() < codes_max {
            match self.next_code()? {
                Some(code) => codes.push(code),
                None => break,
            }
        }
        Ok(codes)
    }

    /// Reads the rest and says how many codes it has: a damaged line is found before anything is answered.
    pub fn count(mut self) -> Result<u64, ListError> {
        let mut codes = 0;
        while self.next_code()?.is_some() {
            codes += 1;
        }
        Ok(codes)
    }

    fn next_code(&mut self) -> Result<Option<String>, ListError> {
        let column = match self.column {
            Some(column) => column,
            None => self.find_column()?,
        };
        while self.next_record()? {
            let line = self.record.position().map_or(1, csv::Position::line);
            let Some(cell) = self.record.get(column) else { continue };
            let cell = std::str::from_utf8(cell).map_err(|_| damaged(line, "it is no UTF-8 text"))?;
            let Some(code) = clean(cell) else { continue };
            if code.chars().count() > CHARACTERS_MAX {
                return Err(damaged(line, "it is too long for a code"));
            }
            return Ok(Some(code));
        }
        Ok(None)
    }

    /// Looks at the first two records; a first one that only names columns is not given.
    fn find_column(&mut self) -> Result<usize, ListError> {
        for _ in 0..2 {
            if self.read_record()? {
                self.ahead.push_back(self.record.clone());
            }
        }
        let Some(first) = self.ahead.front() else { return Ok(0) };
        let line = first.position().map_or(1, csv::Position::line);
        let (column, is_head) = column_of(first, self.ahead.get(1)).ok_or_else(|| {
            damaged(
                line,
                "it does not say which column has the codes: call that column `code` in the first line",
            )
        })?;
        if is_head {
            self.ahead.pop_front();
        }
        self.column = Some(column);
        Ok(column)
    }

    fn next_record(&mut self) -> Result<bool, ListError> {
        match self.ahead.pop_front() {
            Some(record) => {
                self.record = record;
                Ok(true)
            }
            None => self.read_record(),
        }
    }

    fn read_record(&mut self) -> Result<bool, ListError> {
        let is_there = self.reader.read_byte_record(&mut self.record).map_err(of_csv)?;
        let end = self.reader.position().byte();
        let line = self.record.position().map_or(1, csv::Position::line);
        let quotes = self.reader.get_mut().take_before(end);
        if is_there && quotes % 2 == 1 {
            return Err(damaged(line, "a quotation mark stands alone or is not closed"));
        }
        Ok(is_there)
    }
}

/// Codes as people paste them: several in a line, in groups or with separators between them. What is too long for a code is
/// cut, and so is unknown.
pub fn pasted(text: &str) -> Vec<String> {
    let parts = text.split(['\n', '\r', ',', ';', '|', '\t']);
    let codes = parts.flat_map(|part| {
        let words: Vec<_> = part.split_whitespace().collect();
        // Groups of one code, or codes that are whole.
        if words.iter().all(|word| word.chars().count() == USUAL_LENGTH) { words } else { vec![part] }
    });
    let cleaned = codes.filter_map(|code| clean(code.trim().trim_matches('"')));
    cleaned.map(|code| code.chars().take(CHARACTERS_MAX).collect()).collect()
}

fn damaged(line: u64, reason: &'static str) -> ListError {
    ListError::Damaged { line, reason }
}

fn of_csv(error: csv::Error) -> ListError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ListError::Io(error),
        _ => damaged(line, "it cannot be read as CSV"),
    }
}

/// The one that the first line has most of; a comma where it has none.
fn separator(head: &[u8]) -> u8 {
    let first =
        head.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty()).unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [0_usize; SEPARATORS.len()];
    for byte in first {
        is_quoted ^= *byte == b'"';
        for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
            *count += usize::from(*byte == separator && !is_quoted);
        }
    }
    let most = counts.iter().zip(SEPARATORS).max_by_key(|(count, _)| **count);
    most.filter(|(count, _)| **count > 0).map_or(b',', |(_, separator)| separator)
}

/// The column of the codes, and whether the first record only names columns; nothing where neither a name nor a cell tells
/// it. A first line with a code is never taken for names.
fn column_of(first: &ByteRecord, second: Option<&ByteRecord>) -> Option<(usize, bool)> {
    let names: Vec<_> = first.iter().map(name).collect();
    if let Some(column) = names.iter().position(|name| NAMES.contains(&name.as_str())) {
        return Some((column, true));
    }
    if let Some(column) = first.iter().position(is_formed) {
        return Some((column, false));
    }
    let formed_below = second.and_then(|second| second.iter().position(is_formed));
    let mut named = (0..).zip(&names).filter(|(_, name)| name.contains("code")).map(|(column, _)| column);
    if let Some(column) = named.clone().find(|column| formed_below == Some(*column)).or_else(|| named.next())
    {
        return Some((column, true));
    }
    // What was mistyped is not formed either, and must not be taken for the name of its column.
    let has_digits =
        |column: usize| first.get(column).is_some_and(|cell| cell.iter().any(u8::is_ascii_digit));
    let mut filled = (0..).zip(first.iter()).filter(|(_, cell)| !cell.is_empty()).map(|(column, _)| column);
    match (filled.next(), filled.next()) {
        (Some(only), None) => Some((only, false)),
        _ => formed_below.map(|column| (column, !has_digits(column))),
    }
}

/// A cell as the name of a column: its letters and digits.
fn name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell).to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a cell looks like one of Timemark's codes; a word of as many small letters does not.
fn is_formed(cell: &[u8]) -> bool {
    let letters: Vec<u8> = cell.iter().copied().filter(|byte| *byte != b' ' && *byte != b'\'').collect();
    letters.len() == USUAL_LENGTH
        && letters.iter().all(u8::is_ascii_alphanumeric)
        && (letters.iter().any(u8::is_ascii_digit) || letters.iter().all(u8::is_ascii_uppercase))
}

/// Where quotation marks were read, behind the last record.
struct Quotes<R> {
    source: R,
    offset: u64,
    found: Vec<u64>,
}

impl<R> Quotes<R> {
    /// How many stand before this byte and were not taken yet.
    fn take_before(&mut self, end: u64) -> usize {
        let count = self.found.partition_point(|offset| *offset < end);
        self.found.drain(..count).count()
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.source.read(buffer)?;
        let read = buffer.get(..length).unwrap_or_default();
        let quotes = (self.offset..).zip(read).filter(|(_, byte)| **byte == b'"');
        self.found.extend(quotes.map(|(offset, _)| offset));
        self.offset += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(list: &str) -> Vec<String> {
        CodeList::open(list.as_bytes()).unwrap().next_batch(usize::MAX).unwrap()
    }

    fn refusal(list: &[u8]) -> String {
        CodeList::open(list).and_then(CodeList::count).unwrap_err().to_string()
    }

    #[test]
    fn a_list_of_any_separator_gives_its_codes() {
        let expected = ["A1BCDEFGHIJ23K", "B1BCDEFGHIJ23K"];
        for list in [
            "A1BCDEFGHIJ23K\nB1BCDEFGHIJ23K\n",
            "\u{feff}A1BCDEFGHIJ23K\r\n\r\n  B1BCD EFGHI J23K  ",
            "Code\nA1BCDEFGHIJ23K\n\"B1BCDEFGHIJ23K\"",
            "\u{feff}\"Site; old\";\"Photo code\"\r\n\"a;b\";A1BCDEFGHIJ23K\r\nc;\"B1BCDEFGHIJ23K\"\r\n",
            "when\tphoto_code\n1\t A1BCDEFGHIJ23K \n2\tB1BCDEFGHIJ23K\n3\n4\t\n",
            "roof,A1BCDEFGHIJ23K\nwall,'B1BCDEFGHIJ23K\n",
            "x|y|VERIFICATION CODE\n|\"a\nb\"|A1BCDEFGHIJ23K\n||B1BCDEFGHIJ23K",
        ] {
            assert_eq!(codes(list), expected, "{list:?}");
        }
        assert_eq!(codes(""), Vec::<String>::new());
        assert_eq!(codes("short"), ["short"]);
    }

    #[test]
    fn the_column_is_found_by_any_name_with_code_in_it_or_by_the_codes_below() {
        let expected = ["A1BCDEFGHIJ23K", "B1BCDEFGHIJ23K"];
        for list in [
            "Site;Timemark verification code\r\nroof;A1BCDEFGHIJ23K\r\nwall;B1BCDEFGHIJ23K\r\n",
            "Postcode,QR-Code (Foto)\n8001,A1BCDEFGHIJ23K\n8002,B1BCDEFGHIJ23K\n",
            "site,photo reference,what\nroof,A1BCDEFGHIJ23K,x\nwall,B1BCDEFGHIJ23K,y\n",
            "place\tPhotoReference\nroof\tA1BCD EFGHI J23K\nwall\tB1BCDEFGHIJ23K\n",
            "door code panel,A1BCDEFGHIJ23K\nwall,B1BCDEFGHIJ23K\n",
        ] {
            assert_eq!(codes(list), expected, "{list:?}");
        }
        // A code that was mistyped in the first line is told as unknown, not swallowed.
        assert_eq!(codes("roof,A1BCDEFGHIJ23\nwall,B1BCDEFGHIJ23K\n"), ["A1BCDEFGHIJ23", "B1BCDEFGHIJ23K"]);
        assert_eq!(codes("A1BCDEFGHIJ23\nB1BCDEFGHIJ23K\n"), ["A1BCDEFGHIJ23", "B1BCDEFGHIJ23K"]);
    }

    #[test]
    fn a_list_whose_column_of_codes_nobody_can_tell_is_refused_with_what_to_do() {
        for list in ["Site;Reference\nroof;17\nwall;18\n", "Site;Reference\n"] {
            let said = refusal(list.as_bytes());
            assert!(said.contains("line 1") && said.contains("call that column `code`"), "{said}");
        }
    }

    #[test]
    fn pasted_codes_stand_in_lines_with_separators_or_in_groups() {
        for text in [
            "A1BCDEFGHIJ23K B1BCDEFGHIJ23K",
            " A1BCD EFGHI J23K\r\nB1BCD EFGHI J23K\n\n",
            "\"A1BCDEFGHIJ23K\", \"B1BCDEFGHIJ23K\"",
        ] {
            assert_eq!(pasted(text), ["A1BCDEFGHIJ23K", "B1BCDEFGHIJ23K"], "{text:?}");
        }
        assert!(pasted(" \n,;").is_empty());
    }

    #[test]
    fn a_damaged_list_is_named_with_its_line() {
        let open = refusal(b"code,note\nA,x\nB,\"never closed\nC,y\nD,z\n");
        assert!(open.contains("line 3") && open.contains("quotation mark"), "{open}");
        assert!(refusal(b"A\n\xc3\x28\nB\n").contains("line 2"));
        assert!(
            refusal(
                "A\nB\n"
                    .repeat(3)
                    .as_bytes()
                    .iter()
                    .copied()
                    .chain([b'x'; 65])
                    .collect::<Vec<_>>()
                    .as_slice()
            )
            .contains("line 7")
        );
        assert!(refusal(b"\xff\xfeA\0").contains("UTF-16"));
    }

    #[test]
    fn a_quotation_mark_that_swallows_megabytes_is_still_told() {
        let list = format!("code\nA\n\"B\n{}", "CCCCCCCCCCCCCC\n".repeat(100_000));
        assert!(refusal(list.as_bytes()).contains("line 3"));
    }
}
