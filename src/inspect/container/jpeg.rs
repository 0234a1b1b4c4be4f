//! JPEG: marker segments and entropy-coded data up to the end-of-image marker (ITU-T T.81, annex B).
//!
//! Never trusts a marker inside a segment: a thumbnail in APP1 has an end of its own.

use super::Finds;
use super::source::{Source, Stop};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;

/// Returns where the byte behind the end-of-image marker lies.
pub(super) fn walk(source: &mut Source<'_>, finds: &mut Finds) -> Result<u64, Stop> {
    source.skip(2, "the start-of-image marker")?;
    let mut picture = Picture::default();
    loop {
        let marker = next_marker(source, finds)?;
        match marker.code {
            EOI if picture.nested > 0 => picture.nested -= 1,
            EOI if picture.scans > 0 => return Ok(source.position()),
            EOI => finds.note(format!("an end marker before any picture data at byte {}", marker.at)),
            SOI if marker.after_rubbish => picture.nested += 1,
            code if stands_alone(code) => {}
            code => segment(source, finds, &mut picture, code)?,
        }
    }
}

/// How far the picture has come.
#[derive(Default)]
struct Picture {
    scans: u64,
    /// Pictures that began inside rubbish, such as a thumbnail whose segment has a wrong length.
    nested: u64,
}

struct Marker {
    code: u8,
    at: u64,
    after_rubbish: bool,
}

/// Finds the next marker; whatever is none is rubbish, and noted.
fn next_marker(source: &mut Source<'_>, finds: &mut Finds) -> Result<Marker, Stop> {
    let begin = source.position();
    loop {
        skip_to_prefix(source)?;
        let at = source.position();
        let code = code_after_prefix(source)?;
        if code < 0xc0 {
            continue;
        }
        let rubbish = at - begin;
        if rubbish > 0 {
            finds.note(format!("{rubbish} bytes between segments at byte {begin} belong to none"));
        }
        return Ok(Marker { code, at, after_rubbish: rubbish > 0 });
    }
}

/// Goes to the next 0xFF.
fn skip_to_prefix(source: &mut Source<'_>) -> Result<(), Stop> {
    loop {
        let buffered = source.buffered()?;
        if buffered.is_empty() {
            return Err(source.cut("the picture, which has no end marker,"));
        }
        if let Some(found) = buffered.iter().position(|byte| *byte == 0xff) {
            source.consume(found);
            return Ok(());
        }
        let all = buffered.len();
        source.consume(all);
    }
}

/// The byte behind one or more 0xFF: any number of them may fill the space before a marker (B.1.1.2).
fn code_after_prefix(source: &mut Source<'_>) -> Result<u8, Stop> {
    loop {
        let [byte] = source.array("a marker")?;
        if byte != 0xff {
            return Ok(byte);
        }
    }
}

/// Markers without a length behind them: restarts, and starts and ends of images.
fn stands_alone(code: u8) -> bool {
    matches!(code, 0xd0..=0xd7 | SOI)
}

fn segment(source: &mut Source<'_>, finds: &mut Finds, picture: &mut Picture, code: u8) -> Result<(), Stop> {
    let at = source.position();
    let length = u16::from_be_bytes(source.array("a segment's length")?);
    let Some(length) = length.checked_sub(2) else {
        finds.note(format!("the segment at byte {at} has no valid length"));
        return Ok(());
    };
    let content = source.bytes(length.into(), &format!("the segment FF{code:02X}"))?;
    match code {
        APP1 if is_exif(&content) => finds.exif_block(content[6..].to_vec()),
        APP2 if content.starts_with(b"MPF\0") => finds.multi_picture = true,
        SOS => {
            picture.scans += 1;
            skip_entropy_coded(source)?;
        }
        _ if is_frame(code) && picture.nested == 0 => frame(&content, finds),
        _ => {}
    }
    Ok(())
}

/// EXIF 2.32, 4.5.4: `Exif`, a NUL and a byte of padding. Some writers use lower case.
fn is_exif(content: &[u8]) -> bool {
    content.len() > 6 && content[..4].eq_ignore_ascii_case(b"Exif") && content[4] == 0
}

/// Start-of-frame markers; the gaps are Huffman tables, an extension and arithmetic conditioning.
fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

fn frame(content: &[u8], finds: &mut Finds) {
    let [_precision, h1, h0, w1, w0, ..] = *content else { return };
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    if finds.dimensions.is_none() && width > 0 && height > 0 {
        finds.dimensions = Some((width.into(), height.into()));
    }
}

/// Stands at the marker that ends a scan: stuffed zeros, restarts and fill bytes belong to the scan, and so does
/// any code that cannot follow one, which only damage brings about.
fn skip_entropy_coded(source: &mut Source<'_>) -> Result<(), Stop> {
    loop {
        skip_to_prefix(source)?;
        let ahead = source.position();
        let code = code_after_prefix(source)?;
        if ends_scan(code) {
            return source.go_to(ahead, "a marker");
        }
    }
}

fn ends_scan(code: u8) -> bool {
    matches!(code, 0xc4 | 0xd9..=0xdd | 0xe0..=0xef | 0xfe)
}

#[cfg(test)]
#[path = "jpeg_tests.rs"]
mod tests;
