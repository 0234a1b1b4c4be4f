//! What kind of file bytes are, by how they begin.
//!
//! Never by a name or by what a server says of them.

use crate::domain::photo::MediaType;

/// How many of the first bytes decide.
pub(super) const HEAD_BYTES: usize = 1024;

/// The type by magic bytes, or what the bytes seem to be instead.
pub(super) fn sniff(head: &[u8]) -> Result<MediaType, String> {
    let by_signature = match head {
        [0xff, 0xd8, 0xff, ..] => Some(MediaType::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(MediaType::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(MediaType::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(MediaType::Webp),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(MediaType::Tiff),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(MediaType::Webm),
        _ => None,
    };
    by_signature.map_or_else(|| by_boxes(head), Ok)
}

/// ISO base media files begin with `ftyp`; `QuickTime` files from before it with another box.
fn by_boxes(head: &[u8]) -> Result<MediaType, String> {
    match head.get(4..8) {
        Some(b"ftyp") => by_brands(head),
        Some(b"moov" | b"mdat" | b"wide" | b"pnot" | b"skip" | b"free") => Ok(MediaType::Mov),
        _ => Err(lookalike(head).into()),
    }
}

/// The major brand decides; where it says nothing of its own, the compatible ones in their order.
fn by_brands(head: &[u8]) -> Result<MediaType, String> {
    let size = head.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size)) as usize;
    let content = head.get(8..size.min(head.len())).unwrap_or_default();
    let mut brands = content.chunks_exact(4);
    let major = brands.next().unwrap_or_default();
    let compatible: Vec<&[u8]> = brands.skip(1).collect();
    // `mif1` and `msf1` say HEIF and leave open which codec.
    if matches!(major, b"mif1" | b"msf1") {
        let is_avif = compatible.iter().any(|brand| matches!(*brand, b"avif" | b"avis"));
        return Ok(if is_avif { MediaType::Avif } else { MediaType::Heic });
    }
    brand(major)
        .or_else(|| compatible.iter().find_map(|compatible| brand(compatible)))
        .ok_or_else(|| format!("an ISO media file of the kind \"{}\"", major.escape_ascii()))
}

fn brand(brand: &[u8]) -> Option<MediaType> {
    Some(match brand {
        b"avif" | b"avis" => MediaType::Avif,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => MediaType::Heic,
        b"qt  " => MediaType::Mov,
        b"mp41"
        | b"mp42"
        | b"avc1"
        | b"M4V "
        | b"MSNV"
        | b"dash"
        | b"mmp4"
        | [b'3', b'g', b'p' | b'g' | b'2', _]
        | [b'i', b's', b'o', _] => MediaType::Mp4,
        _ => return None,
    })
}

/// What hosts send instead of a photo.
fn lookalike(head: &[u8]) -> &'static str {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |mark: &[u8]| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    if head.is_empty() {
        "an empty file"
    } else if [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].into_iter().any(begins) {
        "an HTML page"
    } else if begins(b"<") {
        "an XML document"
    } else if begins(b"{") || begins(b"[") {
        "JSON"
    } else if is_text(head) {
        "text"
    } else {
        "unknown bytes"
    }
}

fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut where the head ends.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && !valid.contains(|c: char| c.is_control() && !c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ftyp(brands: &[&[u8; 4]]) -> Vec<u8> {
        let size = u32::try_from(12 + brands.len() * 4).unwrap();
        let rest: Vec<u8> = brands[1..].iter().flat_map(|brand| brand.to_vec()).collect();
        [&size.to_be_bytes()[..], b"ftyp", brands[0], &[0; 4], &rest, b"\0\0\0\x08mdatavif"].concat()
    }

    #[test]
    fn magic_bytes_name_the_type() {
        for (head, media_type) in [
            (&b"\xff\xd8\xff\xe0"[..], MediaType::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0", MediaType::Png),
            (b"GIF87a", MediaType::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", MediaType::Webp),
            (b"II*\0\x08\0\0\0", MediaType::Tiff),
            (b"MM\0*\0\0\0\x08", MediaType::Tiff),
            (b"\x1a\x45\xdf\xa3\x9f", MediaType::Webm),
            (b"\0\0\x10\0moov\0\0", MediaType::Mov),
        ] {
            assert_eq!(sniff(head), Ok(media_type));
        }
    }

    #[test]
    fn brands_tell_images_from_videos() {
        for (brands, media_type) in [
            (&[b"heic", b"mif1"][..], MediaType::Heic),
            (&[b"mif1", b"mif1", b"heic"], MediaType::Heic),
            (&[b"mif1", b"avif"], MediaType::Avif),
            (&[b"avif", b"mif1"], MediaType::Avif),
            (&[b"mp42", b"isom"], MediaType::Mp4),
            (&[b"3gp4", b"isom"], MediaType::Mp4),
            (&[b"XAVC", b"XAVC", b"mp42"], MediaType::Mp4),
            (&[b"qt  "], MediaType::Mov),
        ] {
            assert_eq!(sniff(&ftyp(brands)), Ok(media_type), "{brands:?}");
        }
        assert_eq!(sniff(&ftyp(&[b"M4A "])), Err("an ISO media file of the kind \"M4A \"".into()));
    }

    #[test]
    fn what_is_no_photo_is_described() {
        for (head, seems) in [
            (&b""[..], "an empty file"),
            (b"\xef\xbb\xbf\n <!DOCTYPE HTML><p>", "an HTML page"),
            (b"<html lang=en>", "an HTML page"),
            (b"<?xml version='1.0'?><Error>", "an XML document"),
            (b" {\"error\": 404}", "JSON"),
            ("Zugriff verweigert: ä".as_bytes(), "text"),
            (&"Zugriff: ä".as_bytes()[..10], "text"),
            (b"\x00\x01\x02\x03\x04\x05", "unknown bytes"),
            (b"\xff\xd8", "unknown bytes"),
        ] {
            assert_eq!(sniff(head), Err(seems.to_owned()));
        }
    }
}
