//! WebP: chunks inside one RIFF form that says its size (RFC 9649, section 2).
//!
//! Never looks into a bitstream beyond its dimensions.

use super::source::{Source, Stop};
use super::{EXIF_BLOCK_BYTES_MAX, Finds, without_exif_mark};

/// Returns where the byte behind the RIFF form lies.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    source.skip(4, "the RIFF mark")?;
    let size = u64::from(u32::from_le_bytes(source.array("the RIFF size")?));
    let end = 8 + size;
    source.skip(4, "the WEBP mark")?;
    if end > source.length() {
        return Err(Stop::Cut(format!(
            "the RIFF form ends at byte {end}, but the file at byte {}",
            source.length()
        )));
    }
    while source.position() + 8 <= end {
        chunk(source, finds, end)?;
    }
    Ok(end)
}

fn chunk(source: &mut Source<'_>, finds: &mut Finds, end: u64) -> Result<(), Stop> {
    let name: [u8; 4] = source.array("a chunk's name")?;
    let size = u32::from_le_bytes(source.array("a chunk's size")?);
    let begin = source.position();
    let next = begin + u64::from(size) + u64::from(size % 2);
    let part = format!("the chunk {}", name.escape_ascii());
    if begin + u64::from(size) > end {
        return Err(Stop::Cut(format!(
            "{part} at byte {begin} reaches beyond the RIFF form, which ends at {end}"
        )));
    }
    match (&name, size as usize) {
        (b"VP8X", 10..) => extended(source.array(&part)?, finds),
        (b"VP8 ", 10..) => lossy(source.array(&part)?, finds),
        (b"VP8L", 5..) => lossless(source.array(&part)?, finds),
        (b"EXIF", 1..=EXIF_BLOCK_BYTES_MAX) => {
            finds.exif_block(without_exif_mark(source.bytes(size as usize, &part)?));
        }
        _ => {}
    }
    source.go_to(next.min(end), &part)
}

/// The canvas: width and height less one, 24 bits each.
fn extended(bytes: [u8; 10], finds: &mut Finds) {
    let [_, _, _, _, w0, w1, w2, h0, h1, h2] = bytes;
    finds.largest(u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
}

/// A VP8 key frame (RFC 6386, 9.1): a start code, then 14 bits each.
fn lossy(bytes: [u8; 10], finds: &mut Finds) {
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = bytes else { return };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    finds.largest(side(w0, w1), side(h0, h1));
}

/// A VP8L header: a mark, then width and height less one, 14 bits each.
fn lossless(bytes: [u8; 5], finds: &mut Finds) {
    let [0x2f, b0, b1, b2, b3] = bytes else { return };
    let bits = u32::from_le_bytes([b0, b1, b2, b3]);
    finds.largest((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, end_of, finds_of};
    use crate::domain::photo::MediaType::Webp;

    fn small() -> Vec<u8> {
        let extended = b"VP8X\x0a\0\0\0\0\0\0\0\x06\0\0\x04\0\0";
        let exif = b"EXIF\x05\0\0\0MM\0*!\0";
        let body = [&b"WEBP"[..], extended, exif].concat();
        [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    }

    #[test]
    fn the_walk_ends_where_the_form_says() {
        assert_eq!(end_of(&small(), Webp), Ok(0));
        assert_eq!(end_of(&[small(), vec![1; 9]].concat(), Webp), Ok(9));
        let finds = finds_of(&small(), Webp);
        assert_eq!(finds.dimensions, Some((7, 5)));
        assert_eq!(finds.exif_blocks, [b"MM\0*!".to_vec()]);
    }

    #[test]
    fn every_cut_is_incomplete() {
        cut(&small(), Webp);
    }

    #[test]
    fn a_form_that_claims_a_few_bytes_more_is_incomplete() {
        let mut bytes = small();
        bytes[4] += 4;
        assert!(end_of(&bytes, Webp).unwrap_err().contains("the RIFF form ends at byte 48"));
    }

    #[test]
    fn a_chunk_beyond_the_form_is_incomplete() {
        let mut bytes = small();
        bytes[34] = 200;
        assert!(end_of(&bytes, Webp).unwrap_err().contains("beyond the RIFF form"));
    }
}
