//! Photos made on the spot: small, valid, and each with bytes of its own.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

/// A complete JPEG of 64 x 48 pixels whose colour and comment depend on the number.
pub fn jpeg(number: u32) -> Vec<u8> {
    let [_, red, green, blue] = number.wrapping_mul(2_654_435_761).to_be_bytes();
    numbered(number, &RgbImage::from_pixel(64, 48, Rgb([red, green, blue])))
}

/// One of 12 megapixels, which takes a while to decode.
pub fn slow_jpeg(number: u32) -> Vec<u8> {
    let shade = |at: u32| u8::try_from(at % 251).unwrap();
    numbered(number, &RgbImage::from_fn(4000, 3000, |x, y| Rgb([shade(x), shade(y), shade(x ^ y)])))
}

fn numbered(number: u32, picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes).encode_image(picture).unwrap();
    let comment = format!("photo {number}");
    // A comment segment behind SOI (ITU-T T.81, B.2.4.5).
    let mut segment = vec![0xff, 0xfe];
    segment.extend(u16::try_from(comment.len() + 2).unwrap().to_be_bytes());
    segment.extend(comment.bytes());
    bytes.splice(2..2, segment);
    bytes
}

/// A picture with enough in it to be known again, the same for each number whatever its quality.
pub fn scene_jpeg(number: u32, quality: u8) -> Vec<u8> {
    let shade = |column: u32, row: u32| {
        let mixed = (number * 7919 + column * 104_729 + row * 1_299_709).wrapping_mul(2_654_435_761);
        mixed.to_be_bytes()[0]
    };
    let picture = RgbImage::from_fn(480, 360, |x, y| Rgb([shade(x / 30, y / 30); 3]));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&picture).unwrap();
    bytes
}

/// A JPEG with a record of its capture: `DateTimeOriginal` as EXIF writes it, degrees north and east, make and model.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "degrees are small and made positive"
)]
pub fn captured_jpeg(
    number: u32,
    taken: &str,
    (latitude, longitude): (f64, f64),
    device: (&str, &str),
) -> Vec<u8> {
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let degrees = |degrees: f64| {
        let part = |value: f64, denom: u32| Rational { num: (value * f64::from(denom)) as u32, denom };
        Value::Rational(vec![part(degrees.abs(), 1_000_000), part(0.0, 1), part(0.0, 1)])
    };
    let fields = [
        (Tag::Make, ascii(device.0)),
        (Tag::Model, ascii(device.1)),
        (Tag::DateTimeOriginal, ascii(taken)),
        (Tag::GPSLatitudeRef, ascii(if latitude < 0.0 { "S" } else { "N" })),
        (Tag::GPSLatitude, degrees(latitude)),
        (Tag::GPSLongitudeRef, ascii(if longitude < 0.0 { "W" } else { "E" })),
        (Tag::GPSLongitude, degrees(longitude)),
    ]
    .map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    with_record(jpeg(number), &fields)
}

/// A JPEG that is stored on its side (orientation 6) and shows when it was taken.
pub fn turned_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes)
        .encode_image(&RgbImage::from_pixel(width, height, Rgb([90, 120, 150])))
        .unwrap();
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let taken = Value::Ascii(vec![b"2025:12:11 09:00:00".to_vec()]);
    with_record(bytes, &[field(Tag::Orientation, Value::Short(vec![6])), field(Tag::DateTimeOriginal, taken)])
}

/// Puts an EXIF segment behind the first marker.
fn with_record(mut bytes: Vec<u8>, fields: &[Field]) -> Vec<u8> {
    let mut writer = Writer::new();
    for field in fields {
        writer.push_field(field);
    }
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).unwrap();
    let payload = [&b"Exif\0\0"[..], tiff.get_ref()].concat();
    let mut segment = vec![0xff, 0xe1];
    segment.extend(u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
    segment.extend(payload);
    bytes.splice(2..2, segment);
    bytes
}
