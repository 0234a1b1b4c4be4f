//! GIF: blocks up to the trailer (`GIF89a` specification, appendix A).
//!
//! Never unpacks a picture: sub-blocks say their own length.

use super::Finds;
use super::source::{Source, Stop};

/// Returns where the byte behind the trailer lies.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    let screen: [u8; 13] = source.array("the screen descriptor")?;
    let [_, _, _, _, _, _, w0, w1, h0, h1, flags, ..] = screen;
    finds.largest(u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    source.skip(table_bytes(flags), "the colour table")?;
    let mut rubbish = 0_u64;
    loop {
        let [introducer] = source.array("the picture, which has no trailer,")?;
        match introducer {
            0x2c => image(source)?,
            0x21 => {
                source.skip(1, "an extension's label")?;
                sub_blocks(source)?;
            }
            0x3b => break,
            _ => rubbish += 1,
        }
    }
    if rubbish > 0 {
        finds.note(format!("{rubbish} bytes between blocks belong to none"));
    }
    Ok(source.position())
}

fn table_bytes(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn image(source: &mut Source<'_>) -> Result<(), Stop> {
    let descriptor: [u8; 9] = source.array("an image descriptor")?;
    source.skip(table_bytes(descriptor[8]), "a colour table")?;
    source.skip(1, "a code size")?;
    sub_blocks(source)
}

fn sub_blocks(source: &mut Source<'_>) -> Result<(), Stop> {
    loop {
        let [length] = source.array("a block's length")?;
        if length == 0 {
            return Ok(());
        }
        source.skip(length.into(), "a block")?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, end_of, finds_of};
    use crate::domain::photo::MediaType::Gif;

    /// One pixel with a global colour table and a comment that holds a trailer's byte.
    fn small() -> Vec<u8> {
        [
            &b"GIF89a\x03\0\x02\0\x80\0\0"[..],
            &[0; 6],
            b"\x21\xfe\x02;;\0",
            b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0",
            b";",
        ]
        .concat()
    }

    #[test]
    fn the_walk_ends_behind_the_trailer_and_not_at_its_byte_inside_a_block() {
        assert_eq!(end_of(&small(), Gif), Ok(0));
        assert_eq!(end_of(&[small(), vec![0; 3]].concat(), Gif), Ok(3));
        assert_eq!(finds_of(&small(), Gif).dimensions, Some((3, 2)));
    }

    #[test]
    fn every_cut_is_incomplete() {
        cut(&small(), Gif);
    }
}
