//! Whole files in memory: made, damaged and random.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::domain::evidence::Container;

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(40, 30, Rgb([200, 100, 50])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

const FORMATS: [(ImageFormat, MediaType); 4] = [
    (ImageFormat::Jpeg, MediaType::Jpeg),
    (ImageFormat::Png, MediaType::Png),
    (ImageFormat::Gif, MediaType::Gif),
    (ImageFormat::WebP, MediaType::Webp),
];

/// Little TIFF structure with a make; its text follows the directory.
const EXIF: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x06\0\0\0\x1a\0\0\0\0Nikon\0";

fn evidence(bytes: &[u8]) -> Evidence {
    read(&mut Cursor::new(bytes)).unwrap()
}

#[test]
fn pictures_of_real_encoders_are_complete_with_their_dimensions() {
    for (format, media_type) in FORMATS {
        let evidence = evidence(&picture(format));
        assert_eq!(evidence.media_type, media_type);
        assert_eq!(evidence.container, Container::Complete { trailing_bytes: 0 }, "{format:?}");
        assert_eq!(evidence.dimensions, Some((40, 30)), "{format:?}");
        assert_eq!(evidence.pixels, Pixels::NotDecoded { reason: "not attempted yet".into() });
        assert_eq!(evidence.exif, crate::domain::evidence::Exif::default());
    }
}

#[test]
fn exif_in_a_segment_is_read() {
    let whole = picture(ImageFormat::Jpeg);
    let length = u16::try_from(EXIF.len() + 8).unwrap().to_be_bytes();
    let bytes = [&whole[..2], b"\xff\xe1", &length, b"Exif\0\0", EXIF, &whole[2..]].concat();
    assert_eq!(evidence(&bytes).exif.make.as_deref(), Some("Nikon"));
}

#[test]
fn a_tiff_file_is_its_own_exif() {
    let evidence = evidence(EXIF);
    assert_eq!(evidence.media_type, MediaType::Tiff);
    assert_eq!(evidence.exif.make.as_deref(), Some("Nikon"));
    assert_eq!(evidence.pixels, Pixels::NotDecoded { reason: "there is no decoder for image/tiff".into() });
}

#[test]
fn reading_begins_at_the_start_wherever_the_file_stood() {
    let mut file = Cursor::new(picture(ImageFormat::Png));
    file.set_position(20);
    assert_eq!(read(&mut file).unwrap().media_type, MediaType::Png);
}

#[test]
fn an_error_page_is_no_photo() {
    let error = read(&mut Cursor::new("<!DOCTYPE html><title>403</title>")).unwrap_err();
    assert_eq!(error.to_string(), "the bytes are no known image or video but look like an HTML page");
}

/// Beginnings that lead random bytes into each walk and into the EXIF parser.
fn beginnings() -> impl Strategy<Value = Vec<u8>> {
    let exif_segment = [b"\xff\xd8\xff\xe1\x02\0Exif\0\0".to_vec(), EXIF.to_vec()].concat();
    prop::sample::select(vec![
        vec![],
        picture(ImageFormat::Jpeg),
        picture(ImageFormat::Png),
        picture(ImageFormat::Gif),
        picture(ImageFormat::WebP),
        exif_segment,
        EXIF.to_vec(),
        b"\0\0\0\x14ftypheic\0\0\0\0mif1\0\0\0\x40meta\0\0\0\0\0\0\0\x20iprp".to_vec(),
        b"\0\0\0\x14ftypmp42\0\0\0\0isom\0\0\0\x40moov\0\0\0\x38trak\0\0\0\x20tkhd".to_vec(),
        b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ])
}

proptest! {
    #[test]
    fn no_bytes_break_the_reading(
        mut bytes in beginnings(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in prop::collection::vec(any::<u8>(), 0..400),
        length in any::<prop::sample::Index>(),
    ) {
        bytes.extend(tail);
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        bytes.truncate(length.index(bytes.len() + 1));
        match read(&mut Cursor::new(&bytes)) {
            Ok(evidence) => prop_assert!(evidence.notes.len() <= 33 && evidence.exif.errors.len() <= 64),
            Err(error) => prop_assert!(matches!(error, ReadError::NotAPhoto { .. }), "{error:?}"),
        }
    }
}
