//! PNG: chunks up to IEND (ISO/IEC 15948, clause 5).
//!
//! Never checks a CRC: a wrong one is damage, not a missing end.

use super::source::{Source, Stop};
use super::{EXIF_BLOCK_BYTES_MAX, Finds, without_exif_mark};

/// Returns where the byte behind IEND lies.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    source.skip(8, "the signature")?;
    loop {
        let at = source.position();
        let length = u32::from_be_bytes(source.array("a chunk's length")?);
        let name: [u8; 4] = source.array("a chunk's name")?;
        if !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(Stop::Cut(format!("no chunk begins at byte {at}, and IEND was not reached")));
        }
        let end = source.position() + u64::from(length);
        let part = format!("the chunk {}", name.escape_ascii());
        match (&name, length as usize) {
            (b"IHDR", 8..) => header(source.array(&part)?, finds),
            (b"eXIf", 1..=EXIF_BLOCK_BYTES_MAX) => {
                finds.exif_block(without_exif_mark(source.bytes(length as usize, &part)?));
            }
            _ => {}
        }
        source.skip(end + 4 - source.position(), &part)?;
        if &name == b"IEND" {
            return Ok(source.position());
        }
    }
}

fn header(bytes: [u8; 8], finds: &mut Finds) {
    let [w3, w2, w1, w0, h3, h2, h1, h0] = bytes;
    finds.largest(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, end_of, finds_of};
    use crate::domain::photo::MediaType::Png;

    fn chunk(name: &str, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [&length.to_be_bytes(), name.as_bytes(), content, b"crc!"].concat()
    }

    fn small() -> Vec<u8> {
        let header = [0, 0, 0, 7, 0, 0, 0, 5, 8, 2, 0, 0, 0];
        let exif = chunk("eXIf", b"Exif\0\0MM\0*");
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk("IHDR", &header),
            exif,
            chunk("IDAT", b"xyz"),
            chunk("IEND", b""),
        ]
        .concat()
    }

    #[test]
    fn the_walk_ends_behind_iend_and_counts_what_follows() {
        assert_eq!(end_of(&small(), Png), Ok(0));
        assert_eq!(end_of(&[small(), b"tail".to_vec()].concat(), Png), Ok(4));
        let finds = finds_of(&small(), Png);
        assert_eq!(finds.dimensions, Some((7, 5)));
        assert_eq!(finds.exif_blocks, [b"MM\0*".to_vec()]);
    }

    #[test]
    fn every_cut_is_incomplete() {
        cut(&small(), Png);
    }

    #[test]
    fn bytes_that_are_no_chunk_end_the_walk() {
        let lost = [&small()[..33], &[0; 40]].concat();
        assert!(end_of(&lost, Png).unwrap_err().contains("no chunk begins at byte 33"));
    }
}
