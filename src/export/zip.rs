//! The ZIP container, as bytes to be sent one after the other: APPNOTE.TXT 6.3.10 of PKWARE, whose sections are named.
//!
//! Entries are stored, because photos do not shrink. Size and checksum stand before each entry, never behind it, so
//! that a reader may read along; ZIP64 (4.5.3) stands only where a number needs it. Never holds an entry's bytes.

use jiff::civil::DateTime;

/// 4.4.2: made on Unix (3), so that the file's mode is believed; by rules of version 4.5.
const MADE_BY: u16 = (3 << 8) + NEEDS_ZIP64;
/// 4.4.3: what a reader must know: 4.5 for ZIP64, else 2.0 for folders.
const NEEDS_ZIP64: u16 = 45;
const NEEDS_FOLDERS: u16 = 20;
/// 4.4.4: bit 11, names are UTF-8.
const NAMES_ARE_UTF8: u16 = 1 << 11;
/// A regular file that all may read, in the upper half (4.4.15).
const REGULAR_FILE: u32 = 0o100_644 << 16;
/// In place of a number that stands in ZIP64 (4.4.1.4).
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;
/// 4.5.3: the header id of ZIP64's extra field.
const ZIP64: u16 = 1;

/// One file of an archive.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its path, with slashes; unique in the archive, at most 65,535 bytes.
    pub name: &'a str,
    /// Wall time without a zone. ZIP knows the years 1980 to 2107 and every other second.
    pub time: DateTime,
    /// How many bytes will follow.
    pub size_bytes: u64,
    /// Their CRC-32 (4.4.7).
    pub crc32: u32,
}

/// An archive under way: where it stands, and its directory so far, some 50 bytes and a name for each entry.
#[derive(Debug, Default)]
pub struct Zip {
    written_bytes: u64,
    entries: u64,
    directory: Vec<u8>,
}

impl Zip {
    /// The header of the next entry. Exactly its bytes must follow, then the next header or the end.
    pub fn entry(&mut self, entry: &Entry<'_>) -> Vec<u8> {
        let is_large = entry.size_bytes >= ELSEWHERE_32.into();
        let mut header = Bytes(Vec::with_capacity(50 + entry.name.len()));
        header.u32(0x0403_4b50);
        header.common(entry, if is_large { NEEDS_ZIP64 } else { NEEDS_FOLDERS });
        // 4.5.3: in a local header both sizes, or none.
        let extra = if is_large { extra(&[entry.size_bytes, entry.size_bytes]) } else { Vec::new() };
        header.u16(short(extra.len()));
        header.0.extend(entry.name.bytes());
        header.0.extend(extra);
        self.list(entry, is_large);
        self.written_bytes += header.0.len() as u64 + entry.size_bytes;
        self.entries += 1;
        header.0
    }

    /// What closes the archive: the directory and where it lies.
    pub fn end(self) -> Vec<u8> {
        let (at, size) = (self.written_bytes, self.directory.len() as u64);
        let mut end = Bytes(self.directory);
        let is_large =
            self.entries >= ELSEWHERE_16.into() || at >= ELSEWHERE_32.into() || size >= ELSEWHERE_32.into();
        if is_large {
            end.zip64_end(self.entries, size, at);
        }
        end.u32(0x0605_4b50);
        end.u16(0);
        end.u16(0);
        let entries = u16::try_from(self.entries).unwrap_or(ELSEWHERE_16);
        end.u16(entries);
        end.u16(entries);
        end.u32(capped(size));
        end.u32(capped(at));
        end.u16(0);
        end.0
    }

    /// 4.3.12: the entry in the directory. Its extra field has those numbers alone that do not fit.
    fn list(&mut self, entry: &Entry<'_>, is_large: bool) {
        let mut large = Vec::new();
        if is_large {
            large.extend([entry.size_bytes, entry.size_bytes]);
        }
        if self.written_bytes >= ELSEWHERE_32.into() {
            large.push(self.written_bytes);
        }
        let extra = if large.is_empty() { Vec::new() } else { extra(&large) };
        let mut listed = Bytes(std::mem::take(&mut self.directory));
        listed.u32(0x0201_4b50);
        listed.u16(MADE_BY);
        listed.common(entry, if large.is_empty() { NEEDS_FOLDERS } else { NEEDS_ZIP64 });
        listed.u16(short(extra.len()));
        listed.u16(0);
        listed.u16(0);
        listed.u16(0);
        listed.u32(REGULAR_FILE);
        listed.u32(capped(self.written_bytes));
        listed.0.extend(entry.name.bytes());
        listed.0.extend(extra);
        self.directory = listed.0;
    }
}

/// Numbers as ZIP writes them: the least byte first.
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// The fields that both headers have in this order, up to the length of the name (4.3.7, 4.3.12).
    fn common(&mut self, entry: &Entry<'_>, needs: u16) {
        let (date, time) = dos(entry.time);
        self.u16(needs);
        self.u16(NAMES_ARE_UTF8);
        self.u16(0);
        self.u16(time);
        self.u16(date);
        self.u32(entry.crc32);
        self.u32(capped(entry.size_bytes));
        self.u32(capped(entry.size_bytes));
        self.u16(short(entry.name.len()));
    }

    /// 4.3.14 and 4.3.15: the end with long numbers, and where it lies.
    fn zip64_end(&mut self, entries: u64, size: u64, at: u64) {
        self.u32(0x0606_4b50);
        self.u64(44);
        self.u16(MADE_BY);
        self.u16(NEEDS_ZIP64);
        self.u32(0);
        self.u32(0);
        self.u64(entries);
        self.u64(entries);
        self.u64(size);
        self.u64(at);
        self.u32(0x0706_4b50);
        self.u32(0);
        self.u64(at + size);
        self.u32(1);
    }
}

fn extra(numbers: &[u64]) -> Vec<u8> {
    let mut field = Bytes(Vec::new());
    field.u16(ZIP64);
    field.u16(short(8 * numbers.len()));
    for number in numbers {
        field.u64(*number);
    }
    field.0
}

fn capped(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE_32)
}

fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// Date and time as MS-DOS packed them (4.4.6).
fn dos(time: DateTime) -> (u16, u16) {
    let part = |number: i8| u16::from(number.unsigned_abs());
    let years = u16::try_from(i32::from(time.year()) - 1980).unwrap_or(0).min(127);
    let date = years << 9 | part(time.month()) << 5 | part(time.day());
    (date, part(time.hour()) << 11 | part(time.minute()) << 5 | (part(time.second()) / 2))
}

#[cfg(test)]
mod tests;
