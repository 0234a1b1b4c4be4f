//! A look at a block's directories before the parser gets it.
//!
//! The parser visits each directory once, but directories may overlap: a block of 64 KiB can hold thousands that
//! claim thousands of entries each, which would take gigabytes. Never judges what the entries say.

use std::collections::HashSet;

/// All directories together. Phones write about a hundred entries, but behind a stray pointer rubbish counts too:
/// the parser follows eight pictures, each of which fills a JPEG segment with at most 5,461 entries.
const ENTRIES_MAX: usize = 65_536;
/// A text's length: the parser spends about thirty bytes of memory on each of its NULs.
const ASCII_BYTES_MAX: usize = 128 * 1024;
const ASCII: usize = 2;

/// Which pointers of a directory the parser follows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// In the chain of pictures: to EXIF, to GPS and to the next one.
    Picture,
    /// To interoperability.
    Exif,
    /// None.
    Leaf,
}

/// Refuses a block that would take far more memory than its own size.
pub(super) fn check(block: &[u8]) -> Result<(), String> {
    let mut pending = vec![(number(block, block, 4, 4), Kind::Picture)];
    let mut seen = HashSet::new();
    let mut entries = 0;
    while let Some((offset, kind)) = pending.pop() {
        let Some(directory) = block.get(offset..).filter(|_| seen.insert((offset, kind))) else { continue };
        let claimed = number(block, directory, 0, 2);
        for entry in directory.get(2..).unwrap_or_default().chunks_exact(12).take(claimed) {
            entries += 1;
            if entries > ENTRIES_MAX {
                return Err(format!("its directories hold more than {ENTRIES_MAX} entries"));
            }
            let length = number(block, entry, 4, 4);
            if number(block, entry, 2, 2) == ASCII && (ASCII_BYTES_MAX..=block.len()).contains(&length) {
                return Err(format!("it holds a text of {length} bytes"));
            }
            pending.extend(child(block, entry, kind));
        }
        // Zero ends the chain.
        let next = number(block, directory, claimed * 12 + 2, 4);
        if kind == Kind::Picture && next != 0 {
            pending.push((next, kind));
        }
    }
    Ok(())
}

/// Where an entry leads, if the parser follows it.
fn child(block: &[u8], entry: &[u8], kind: Kind) -> Option<(usize, Kind)> {
    let child = match (kind, number(block, entry, 0, 2)) {
        (Kind::Picture, 0x8769) => Kind::Exif,
        (Kind::Picture, 0x8825) | (Kind::Exif, 0xa005) => Kind::Leaf,
        _ => return None,
    };
    Some((number(block, entry, 8, 4), child))
}

/// A number of `width` bytes at `at`, in the byte order that the block's first byte says; zero where there is none.
fn number(block: &[u8], bytes: &[u8], at: usize, width: usize) -> usize {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.get(..width)).unwrap_or_default();
    let digit = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
    if block.first() == Some(&b'I') { bytes.iter().rev().fold(0, digit) } else { bytes.iter().fold(0, digit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointing(offsets: impl Iterator<Item = u16>) -> Vec<u8> {
        offsets
            .flat_map(|offset| {
                [0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, offset.to_be_bytes()[0], offset.to_be_bytes()[1]]
            })
            .collect()
    }

    #[test]
    fn overlapping_directories_are_refused() {
        // Two bytes before each entry stands a count of 100 or more: every entry begins a directory of its own.
        let count = 2000_u16;
        let table = pointing((0..count).map(|number| 8 + number * 12));
        let block = [b"MM\0*\0\0\0\x08", &count.to_be_bytes()[..], &table, &[0; 4]].concat();
        assert!(check(&block).unwrap_err().contains("more than 65536 entries"));
    }

    #[test]
    fn directories_in_a_circle_are_seen_once() {
        let block = [b"MM\0*\0\0\0\x08\0\x01".to_vec(), pointing([8].into_iter()), vec![0, 0, 0, 8]].concat();
        assert_eq!(check(&block), Ok(()));
    }

    #[test]
    fn a_text_that_fills_a_large_block_is_refused() {
        let entry = b"\x01\x0e\0\x02\0\x04\0\0\0\0\0\x1a";
        let block = [&b"MM\0*\0\0\0\x08\0\x01"[..], entry, &vec![0; 0x40100]].concat();
        assert_eq!(check(&block), Err("it holds a text of 262144 bytes".into()));
        assert_eq!(check(&block[..1000]), Ok(()), "the parser refuses what lies outside");
    }

    #[test]
    fn any_short_block_is_let_through_to_the_parser() {
        assert_eq!(check(b""), Ok(()));
        assert_eq!(check(b"II*\0\xff\xff\xff\xff"), Ok(()));
    }
}
