//! HEIF, AVIF, MP4 and `QuickTime`: boxes up to the end of the file (ISO/IEC 14496-12, clause 4.2).
//!
//! Never holds a box: contents are stepped over, but for the few that lead to a picture's dimensions.

use super::source::{Source, Stop};
use super::{Finds, items};

/// Boxes that hold boxes on the way to dimensions. `meta` has a version before its boxes.
const PARENTS: [[u8; 4]; 5] = [*b"moov", *b"trak", *b"meta", *b"iprp", *b"ipco"];
/// `moov/trak/tkhd` and `meta/iprp/ipco/ispe` lie at this depth.
const DEPTH_MAX: u8 = 3;

struct Header {
    name: [u8; 4],
    at: u64,
    end: u64,
}

/// Returns where the last box ends; without the box `needed` the file is not all there.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds, needed: [u8; 4]) -> Result<u64, Stop> {
    let mut found = false;
    while source.remaining() > 0 {
        let at = source.position();
        if found && trailer_begins(source)? {
            return Ok(at);
        }
        let file_end = source.length();
        let Header { name, at, end } = header(source, file_end)?;
        if name == *b"mdat" && end == file_end && !found {
            finds.note(format!(
                "the box mdat at byte {at} runs to the end: what came behind it would be missing"
            ));
        }
        let had_needed = found;
        found |= name == needed;
        let content = source.position();
        inside(source, finds, name, end, 1)?;
        // The first one is the file's own; more of them would only make the work longer than the file.
        if name == *b"meta" && needed == name && !had_needed {
            source.go_to(content, "the box meta")?;
            items::keep_exif(source, finds, end)?;
        }
        source.go_to(end, &format!("the end of the box {}", name.escape_ascii()))?;
    }
    if found {
        return Ok(source.position());
    }
    Err(Stop::Cut(format!(
        "the file ends at byte {} without the box {}",
        source.length(),
        needed.escape_ascii()
    )))
}

/// Padding or foreign data behind the last box, which has no printable name.
fn trailer_begins(source: &mut Source<'_>) -> Result<bool, Stop> {
    let at = source.position();
    let head = source.at_most(8)?;
    source.go_to(at, "a box")?;
    Ok(head.len() == 8 && !head[4..].iter().all(|byte| matches!(byte, b' '..=b'~' | 0xa9)))
}

/// Size and name; a size of one is followed by 64 bits, a size of zero means to the end of what holds the box.
fn header(source: &mut Source<'_>, outer_end: u64) -> Result<Header, Stop> {
    let at = source.position();
    let size = u32::from_be_bytes(source.array("a box's size")?);
    let name = source.array("a box's name")?;
    let (size, least) = match size {
        0 => (outer_end - at, 8),
        1 => (u64::from_be_bytes(source.array("a box's size")?), 16),
        size => (u64::from(size), 8),
    };
    let part = name.escape_ascii();
    if size < least {
        return Err(Stop::Cut(format!("the box {part} at byte {at} says it is {size} bytes long")));
    }
    match at.checked_add(size) {
        Some(end) if end <= outer_end => Ok(Header { name, at, end }),
        _ => Err(Stop::Cut(format!(
            "the box {part} at byte {at} is {size} bytes long and reaches beyond {outer_end}"
        ))),
    }
}

fn inside(
    source: &mut Source<'_>,
    finds: &mut Finds,
    name: [u8; 4],
    end: u64,
    depth: u8,
) -> Result<(), Stop> {
    match &name {
        b"ispe" if end >= source.position() + 12 => {
            let [_, _, _, _, w3, w2, w1, w0, h3, h2, h1, h0] = source.array("the box ispe")?;
            finds.largest(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        }
        b"tkhd" => track(source, finds, end)?,
        _ if depth <= DEPTH_MAX && PARENTS.contains(&name) => {
            if name == *b"meta" {
                source.skip(4.min(end - source.position()), "the box meta")?;
            }
            children(source, finds, end, depth)?;
        }
        _ => {}
    }
    Ok(())
}

/// What cannot be read inside a box that is all there is no missing end, so it ends only this look.
fn children(source: &mut Source<'_>, finds: &mut Finds, end: u64, depth: u8) -> Result<(), Stop> {
    while source.position() + 8 <= end {
        match header(source, end) {
            Ok(child) => {
                inside(source, finds, child.name, child.end, depth + 1)?;
                source.go_to(child.end, "a box")?;
            }
            Err(Stop::Cut(_)) => return Ok(()),
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}

/// A track's width and height are its last eight bytes, in 16.16 fixed point (8.3.2).
fn track(source: &mut Source<'_>, finds: &mut Finds, end: u64) -> Result<(), Stop> {
    if end - source.position() < 8 {
        return Ok(());
    }
    source.go_to(end - 8, "the box tkhd")?;
    let [w1, w0, _, _, h1, h0, _, _] = source.array("the box tkhd")?;
    finds.largest(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cut, cut_but, end_of, finds_of};
    use crate::domain::photo::MediaType::{Heic, Mp4};

    fn made(name: &str, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), name.as_bytes(), content].concat()
    }

    fn video() -> Vec<u8> {
        let tkhd = [vec![0; 76], vec![7, 0x80, 0, 0, 4, 0x38, 0, 0]].concat();
        let moov = made("moov", &made("trak", &made("tkhd", &tkhd)));
        let large = [&[0, 0, 0, 1][..], b"mdat", &20_u64.to_be_bytes(), b"data"].concat();
        [made("ftyp", b"isom\0\0\0\0"), large, moov].concat()
    }

    fn image() -> Vec<u8> {
        let ispe = |side: u8| made("ispe", &[0, 0, 0, 0, 0, 0, 0, side, 0, 0, 0, side]);
        let ipco = made("ipco", &[ispe(3), ispe(9), ispe(4)].concat());
        let meta = made("meta", &[vec![0; 4], made("iprp", &ipco)].concat());
        [made("ftyp", b"heic\0\0\0\0mif1"), meta, made("mdat", b"data")].concat()
    }

    #[test]
    fn boxes_to_the_end_are_complete_and_give_dimensions() {
        assert_eq!(end_of(&video(), Mp4), Ok(0));
        assert_eq!(finds_of(&video(), Mp4).dimensions, Some((1920, 1080)));
        assert_eq!(end_of(&image(), Heic), Ok(0));
        assert_eq!(finds_of(&image(), Heic).dimensions, Some((9, 9)));
    }

    #[test]
    fn every_cut_of_a_video_is_incomplete() {
        cut(&video(), Mp4);
    }

    /// Nothing but its own boxes says that an image goes on, so a cut between two of them cannot be seen.
    #[test]
    fn every_cut_of_an_image_but_before_its_last_box_is_incomplete() {
        let whole = image();
        cut_but(&whole, Heic, &[whole.len() - 12]);
    }

    #[test]
    fn a_last_box_of_size_zero_runs_to_the_end() {
        let mut bytes = image();
        let at = bytes.len() - 12;
        bytes[at + 3] = 0;
        assert_eq!(end_of(&bytes, Heic), Ok(0));
    }

    #[test]
    fn padding_behind_the_last_box_is_a_trailer() {
        assert_eq!(end_of(&[video(), vec![0; 32]].concat(), Mp4), Ok(32));
    }

    #[test]
    fn a_video_without_moov_is_incomplete() {
        let bytes = [made("ftyp", b"isom\0\0\0\0"), made("mdat", b"data")].concat();
        assert!(end_of(&bytes, Mp4).unwrap_err().contains("without the box moov"));
    }
}
