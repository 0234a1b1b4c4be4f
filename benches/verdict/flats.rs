//! Pictures with nothing on them: walls, skies, covered lenses, lamps at night, with grain as a sensor leaves it.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a picture of 1200 by 900; a grey level is cut to a byte"
)]

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use keepmark::domain::fingerprint::Fingerprint;
use keepmark::inspect::fingerprint;

use crate::variants::Change;

/// Brightness at a place of the picture, both 0 to 1.
type Light = fn(f32, f32) -> f32;

/// Name, light, and grain in grey levels.
const KINDS: [(&str, Light, f32); 8] = [
    ("even grey", |_, _| 128.0, 2.0),
    ("coarse grain", |_, _| 128.0, 25.0),
    ("covered lens", |_, _| 3.0, 6.0),
    ("overexposed", |_, _| 250.0, 8.0),
    ("light from the left", |x, y| 60.0 + 120.0 * x + 20.0 * y, 5.0),
    ("evening sky", |_, y| 40.0 + 170.0 * y * y, 5.0),
    ("dark corners", |x, y| 220.0 - 160.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2)), 5.0),
    ("lamp at night", |x, y| if (x - 0.5).hypot(y - 0.3) < 0.1 { 220.0 } else { 2.0 }, 5.0),
];
/// Pictures of each kind, with other grain and other quality.
const EACH: u8 = 4;

/// Prints how many get a fingerprint, bare and stamped.
pub fn print() {
    println!("\nFlat pictures, {} in all, that get a fingerprint although they should not:\n", bare().len());
    println!("| change | with a fingerprint | pairs of them at 28 |\n| --- | ---: | ---: |");
    let stamps = [Change::SmallStamp, Change::LargeStamp, Change::Veil, Change::StampAbove];
    for change in std::iter::once(None).chain(stamps.map(Some)) {
        let changed = |picture: &DynamicImage| match change {
            Some(change) => {
                image::load_from_memory_with_format(&change.file(&picture.to_rgb8()), ImageFormat::Jpeg)
                    .unwrap()
            }
            None => picture.clone(),
        };
        let found: Vec<Fingerprint> =
            bare().iter().filter_map(|picture| fingerprint::of(&changed(picture))).collect();
        let near = |(number, one): (usize, &Fingerprint)| {
            found[..number].iter().filter(|other| one.distance(**other) <= 28).count()
        };
        let pairs: usize = found.iter().enumerate().map(near).sum();
        println!("| {} | {} | {pairs} |", change.map_or("as they are", Change::title), found.len());
    }
}

fn bare() -> Vec<DynamicImage> {
    let mut pictures = Vec::new();
    for (_, light, grain) in KINDS {
        pictures.extend((0..EACH).map(|number| flat(light, grain, number)));
    }
    pictures
}

fn flat(light: Light, grain: f32, number: u8) -> DynamicImage {
    let mut state = u32::from(number) + 1;
    // Marsaglia's xorshift: grain, no more.
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 16_777_216.0
    };
    let picture = RgbImage::from_fn(1200, 900, |x, y| {
        let light = light(x as f32 / 1200.0, y as f32 / 900.0);
        Rgb([0; 3].map(|_: u8| (light + grain * (random() + random() - 1.0)) as u8))
    });
    let mut file = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 70 + 5 * number)).unwrap();
    image::load_from_memory_with_format(file.get_ref(), ImageFormat::Jpeg).unwrap()
}
