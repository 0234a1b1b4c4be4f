//! TIFF: directories, and the strips, tiles and embedded JPEGs that they point to (TIFF 6.0, section 2).
//!
//! TIFF has no end of its own; it is complete when everything that its directories point to lies inside the file.
//! Never follows more than a bounded number of directories and pieces: offsets may run in circles.

use std::collections::HashSet;

use super::source::{Source, Stop};
use super::{Finds, TIFF_BYTES_MAX};

/// Pages, reduced pictures and raw data of one file.
const DIRECTORIES_MAX: usize = 256;
/// Strips or tiles of one picture.
const PIECES_MAX: u32 = 65_536;

const IMAGE_WIDTH: u16 = 0x100;
const IMAGE_LENGTH: u16 = 0x101;
const SUB_DIRECTORIES: u16 = 0x14a;
/// Where pieces lie and how long they are: strips, tiles, and a JPEG by the old scheme.
const PIECES: [(u16, u16); 3] = [(0x111, 0x117), (0x144, 0x145), (0x201, 0x202)];

/// Returns the file's length: nothing can follow the end of a structure that is held together by offsets.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    let header: [u8; 8] = source.array("the header")?;
    let little_endian = header.starts_with(b"II");
    let first = number(&header[4..8], little_endian);
    let mut directories = Directories { little_endian, pending: vec![first], seen: HashSet::new() };
    while let Some(offset) = directories.pending.pop() {
        if directories.seen.len() >= DIRECTORIES_MAX {
            finds.note(format!("more than {DIRECTORIES_MAX} directories: the rest was not looked at"));
            break;
        }
        if offset != 0 && directories.seen.insert(offset) {
            directories.walk(source, finds, offset)?;
        }
    }
    keep_tags(source, finds)?;
    Ok(source.length())
}

fn keep_tags(source: &mut Source<'_>, finds: &mut Finds) -> Result<(), Stop> {
    match usize::try_from(source.length()) {
        Ok(length) if length <= TIFF_BYTES_MAX => {
            source.go_to(0, "the header")?;
            finds.exif_block(source.bytes(length, "the file")?);
        }
        _ => finds.note(format!("its tags are not read: the file is larger than {TIFF_BYTES_MAX} bytes")),
    }
    Ok(())
}

fn number(bytes: &[u8], little_endian: bool) -> u64 {
    let digit = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if little_endian { bytes.iter().rev().fold(0, digit) } else { bytes.iter().fold(0, digit) }
}

struct Directories {
    little_endian: bool,
    pending: Vec<u64>,
    seen: HashSet<u64>,
}

/// A directory's entry of integers.
#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    width_bytes: u32,
    count: u32,
    /// Where its values lie.
    at: u64,
}

impl Directories {
    fn walk(&mut self, source: &mut Source<'_>, finds: &mut Finds, offset: u64) -> Result<(), Stop> {
        source.go_to(offset, "a directory")?;
        let count = usize::try_from(self.number(&source.array::<2>("a directory")?)).unwrap_or(0);
        let table = source.bytes(count * 12, "a directory")?;
        let next = self.number(&source.array::<4>("a directory's end")?);
        self.pending.push(next);
        let begin = offset + 2;
        let entries: Vec<Entry> = (begin..)
            .step_by(12)
            .zip(table.chunks_exact(12))
            .filter_map(|(at, bytes)| self.entry(bytes, at))
            .collect();
        self.dimensions(source, finds, &entries)?;
        self.sub_directories(source, &entries)?;
        for (offsets, lengths) in PIECES {
            self.pieces(source, finds, find(&entries, offsets), find(&entries, lengths))?;
        }
        Ok(())
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        number(bytes, self.little_endian)
    }

    /// `None` for what is no integer: only SHORT, LONG and IFD are used for places and lengths.
    fn entry(&self, bytes: &[u8], at: u64) -> Option<Entry> {
        let width_bytes = match self.number(&bytes[2..4]) {
            3 => 2,
            4 | 13 => 4,
            _ => return None,
        };
        let count = u32::try_from(self.number(&bytes[4..8])).ok()?;
        let inside = u64::from(count) * u64::from(width_bytes) <= 4;
        let at = if inside { at + 8 } else { self.number(&bytes[8..12]) };
        let tag = u16::try_from(self.number(&bytes[..2])).ok()?;
        Some(Entry { tag, width_bytes, count, at })
    }

    fn values(&self, source: &mut Source<'_>, entry: Entry) -> Result<Vec<u64>, Stop> {
        let count = entry.count.min(PIECES_MAX);
        source.go_to(entry.at, "a list of places")?;
        let bytes = source.bytes((count * entry.width_bytes) as usize, "a list of places")?;
        Ok(bytes.chunks_exact(entry.width_bytes as usize).map(|value| self.number(value)).collect())
    }

    fn dimensions(&self, source: &mut Source<'_>, finds: &mut Finds, entries: &[Entry]) -> Result<(), Stop> {
        let mut side = |tag| -> Result<u32, Stop> {
            let Some(entry) = find(entries, tag) else { return Ok(0) };
            let values = self.values(source, entry)?;
            Ok(values.first().and_then(|value| u32::try_from(*value).ok()).unwrap_or(0))
        };
        let (width, height) = (side(IMAGE_WIDTH)?, side(IMAGE_LENGTH)?);
        finds.largest(width, height);
        Ok(())
    }

    fn sub_directories(&mut self, source: &mut Source<'_>, entries: &[Entry]) -> Result<(), Stop> {
        if let Some(entry) = find(entries, SUB_DIRECTORIES) {
            let offsets = self.values(source, entry)?;
            self.pending.extend(offsets.into_iter().take(DIRECTORIES_MAX));
        }
        Ok(())
    }

    fn pieces(
        &self,
        source: &mut Source<'_>,
        finds: &mut Finds,
        offsets: Option<Entry>,
        lengths: Option<Entry>,
    ) -> Result<(), Stop> {
        let (Some(offsets), Some(lengths)) = (offsets, lengths) else { return Ok(()) };
        if offsets.count > PIECES_MAX {
            finds.note(format!("only the first {PIECES_MAX} pieces of a picture were looked at"));
        }
        let places = self.values(source, offsets)?;
        let sizes = self.values(source, lengths)?;
        let end = places.iter().zip(&sizes).map(|(place, size)| place + size).max().unwrap_or(0);
        source.go_to(end, "the end of the picture's data")
    }
}

fn find(entries: &[Entry], tag: u16) -> Option<Entry> {
    entries.iter().find(|entry| entry.tag == tag).copied()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, end_of, finds_of};
    use crate::domain::photo::MediaType::Tiff;

    fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes()].concat()
    }

    /// One picture of 7 by 5 with two strips, whose lists lie behind the directory.
    fn small() -> Vec<u8> {
        let entries =
            [entry(0x100, 4, 1, 7), entry(0x101, 4, 1, 5), entry(0x111, 4, 2, 62), entry(0x117, 4, 2, 70)];
        let lists: Vec<u8> = [78_u32, 88, 10, 12].into_iter().flat_map(u32::to_be_bytes).collect();
        [b"MM\0*\0\0\0\x08\0\x04".to_vec(), entries.concat(), vec![0; 4], lists, vec![9; 22]].concat()
    }

    #[test]
    fn a_file_that_holds_all_its_strips_is_complete() {
        assert_eq!(end_of(&small(), Tiff), Ok(0));
        assert_eq!(finds_of(&small(), Tiff).dimensions, Some((7, 5)));
        assert_eq!(finds_of(&small(), Tiff).exif_blocks, [small()]);
    }

    #[test]
    fn every_cut_is_incomplete() {
        cut(&small(), Tiff);
    }

    #[test]
    fn directories_in_a_circle_end() {
        let mut bytes = small();
        bytes[61] = 8;
        assert_eq!(end_of(&bytes, Tiff), Ok(0));
    }
}
