//! A list of codes as it comes: one code a line, or a CSV of any separator, with a byte-order mark, blanks and quotes.
//!
//! Never guesses beyond a damaged line: a quotation mark that is not closed would swallow every code behind it.

use std::io::{BufReader, Read};

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::domain::code::{CHARACTERS_MAX, clean};

/// Where the separator and the column are looked for.
const HEAD_BYTES: usize = 64 * 1024;
const SEPARATORS: [u8; 4] = [b';', b',', b'\t', b'|'];
/// What the column of codes may be called, letters and digits alone.
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
    /// The column of the codes, once the first line was read.
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
        Ok(Self { reader, record: ByteRecord::new(), column: None })
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
        while self.read_record()? {
            let line = self.record.position().map_or(1, csv::Position::line);
            let (column, is_head) =
                self.column.map_or_else(|| column_of(&self.record), |column| (column, false));
            self.column = Some(column);
            if is_head {
                continue;
            }
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

/// The column of the codes, by its name in the first line, else by a cell that is formed like one, else the first; and
/// whether the first line names columns.
fn column_of(first: &ByteRecord) -> (usize, bool) {
    let name = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell).to_lowercase();
        text.chars().filter(|c| c.is_alphanumeric()).collect::<String>()
    };
    if let Some(column) = first.iter().position(|cell| NAMES.contains(&name(cell).as_str())) {
        return (column, true);
    }
    let is_formed = |cell: &[u8]| cell.len() == USUAL_LENGTH && cell.iter().all(u8::is_ascii_alphanumeric);
    (first.iter().position(is_formed).unwrap_or(0), false)
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
