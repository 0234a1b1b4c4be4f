//! Photos made on the spot: small, valid, and each with bytes of its own.

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
