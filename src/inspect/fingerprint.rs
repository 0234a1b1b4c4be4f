//! From pixels to a fingerprint: where along rows and columns a picture grows brighter.
//!
//! Never of the lowest quarter, where stamps lie: a photo that comes back with another stamp has kept the rest. Never
//! of colour, size or format, and never of pictures without detail: all of those would look alike. A mirrored or
//! turned picture is another one.

use std::borrow::Cow;

use image::{DynamicImage, RgbImage};

use super::shrink::shrink;
use crate::domain::fingerprint::Fingerprint;

/// Lines of cells in each of the two directions.
const LINES: u32 = 16;
/// Cells of a line: eight steps from one to the next, a byte.
const CELLS: u32 = 9;
/// The picture in rows: 16 of 21 lie above the stamp (76 %).
const ROWS: u32 = 21;
/// The picture along its columns: 9 of 12 cells lie above the stamp (75 %).
const COLUMN_CELLS: u32 = 12;

/// Thumbnails say too little.
const SIDE_MIN_PX: u32 = 96;
/// A step counts from this difference in brightness on, in thousandths of a grey level of 256. Between whole levels,
/// so that grey pictures have no ties; above the noise that saving as JPEG leaves in even areas.
const STEP_MILLI: u32 = 1500;
/// How often brightness must turn, of 224 times that it could. Walls, skies and covered lenses stay below, however
/// uneven their light; `benches/likeness` shows both sides.
const TURNS_MIN: u32 = 40;

/// The fingerprint of an upright picture of any size; none if it is a thumbnail or has too little detail.
///
/// A "difference hash" (after Krawetz, "Kind of Like That", 2013) in both directions. Each step looks at two
/// neighbours, so that a stamp changes the bits that it covers and no others.
pub fn of(picture: &DynamicImage) -> Option<Fingerprint> {
    let picture = picture.as_rgb8().map_or_else(|| Cow::Owned(picture.to_rgb8()), Cow::Borrowed);
    if picture.width().min(picture.height()) < SIDE_MIN_PX {
        return None;
    }
    let rows = brightness(&shrink(&picture, CELLS, ROWS));
    let columns = brightness(&shrink(&picture, LINES, COLUMN_CELLS));
    let across = rows.chunks_exact(CELLS as usize).map(|row| rises(row.iter()));
    let down = (0..LINES as usize).map(|column| rises(columns.iter().skip(column).step_by(LINES as usize)));

    let mut bytes = [0; 32];
    let lines = across.take(LINES as usize).chain(down);
    bytes.iter_mut().zip(lines).for_each(|(byte, line)| *byte = line);
    let turns: u32 = bytes.iter().map(|line| turns(*line)).sum();
    (turns >= TURNS_MIN).then(|| Fingerprint::from_bytes(bytes))
}

/// Luma by ITU-R BT.601, in thousandths of a grey level.
fn brightness(cells: &RgbImage) -> Vec<u32> {
    let luma = |[red, green, blue]: [u32; 3]| 299 * red + 587 * green + 114 * blue;
    cells.pixels().map(|pixel| luma(pixel.0.map(u32::from))).collect()
}

/// One bit for each of the eight steps along a line's first nine cells: set where the next one is brighter.
fn rises<'a>(cells: impl Iterator<Item = &'a u32> + Clone) -> u8 {
    let steps = cells.clone().zip(cells.skip(1)).take(8);
    steps.fold(0, |bits, (cell, next)| bits << 1 | u8::from(*next > cell + STEP_MILLI))
}

/// How often neighbouring bits differ, 0 to 7.
fn turns(line: u8) -> u32 {
    ((line ^ (line << 1)) >> 1).count_ones()
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "pictures are painted by formulas"
)]
mod tests {
    use image::imageops::{FilterType, flip_horizontal, rotate90};
    use image::{GrayImage, Luma, Rgb};

    use super::*;

    fn sine(x: u32, y: u32, [a, b, c]: [f32; 3]) -> f32 {
        let (x, y) = (x as f32, y as f32);
        (x / a).sin() + (y / b).sin() + ((x + y) / c).sin()
    }

    /// Waves of brightness, others by each number.
    fn scene(number: u8, width: u32, height: u32) -> DynamicImage {
        let length = |share: f32| width as f32 / (share + f32::from(number));
        let lengths = [length(23.0), length(31.0), length(17.0)];
        let level = |x, y| (127.0 + 40.0 * sine(x, y, lengths)) as u8;
        RgbImage::from_fn(width, height, |x, y| Rgb([level(x, y), level(x, y) / 2, 80])).into()
    }

    fn grey(level: impl Fn(f32, f32) -> f32) -> DynamicImage {
        GrayImage::from_fn(480, 360, |x, y| Luma([level(x as f32 / 480.0, y as f32 / 360.0) as u8])).into()
    }

    fn distance(one: &DynamicImage, other: &DynamicImage) -> u32 {
        of(one).unwrap().distance(of(other).unwrap())
    }

    #[test]
    fn size_and_pixel_format_hardly_change_it() {
        let picture = scene(0, 1200, 900);
        assert!(distance(&picture, &picture.resize_exact(600, 450, FilterType::Lanczos3)) <= 8);
        assert!(distance(&picture, &picture.resize_exact(251, 188, FilterType::Triangle)) <= 8);
        assert_eq!(distance(&picture, &DynamicImage::ImageRgba8(picture.to_rgba8())), 0);
        assert!(distance(&picture, &DynamicImage::ImageLuma8(picture.to_luma8())) <= 8);
    }

    #[test]
    fn what_lies_in_the_lowest_quarter_does_not_count() {
        let picture = scene(0, 1200, 900);
        let mut stamped = picture.to_rgb8();
        for y in 690..900 {
            (0..1200).for_each(|x| stamped.put_pixel(x, y, Rgb([u8::from(x % 90 < 45) * 255; 3])));
        }
        assert_eq!(distance(&picture, &stamped.into()), 0);
    }

    #[test]
    fn what_covers_a_part_changes_no_more_than_its_part() {
        let picture = scene(0, 1200, 900);
        let mut covered = picture.to_rgb8();
        for y in 0..225 {
            (0..300).for_each(|x| covered.put_pixel(x, y, Rgb([255; 3])));
        }
        // A twelfth of the part that counts, and the steps over its borders.
        let distance = distance(&picture, &covered.into());
        assert!((1..=32).contains(&distance), "{distance}");
    }

    #[test]
    fn other_mirrored_and_turned_pictures_are_far_away() {
        let picture = scene(0, 1200, 900);
        let far = [
            scene(9, 1200, 900),
            flip_horizontal(&picture.to_rgb8()).into(),
            rotate90(&picture.to_rgb8()).into(),
        ];
        for other in far {
            assert!(distance(&picture, &other) > 64);
        }
    }

    #[test]
    fn pictures_without_detail_have_none() {
        let flat: [(&str, DynamicImage); 6] = [
            ("black", grey(|_, _| 0.0)),
            ("white", grey(|_, _| 255.0)),
            ("grain", grey(|x, y| 128.0 + 20.0 * (x * 7919.0 + y * 104_729.0).sin())),
            ("slanted light", grey(|x, y| 20.0 + 120.0 * x + 90.0 * y)),
            ("dark corners", grey(|x, y| 230.0 - 200.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2)))),
            ("a lamp at night", grey(|x, y| if (x - 0.5).hypot(y - 0.4) < 0.05 { 250.0 } else { 3.0 })),
        ];
        for (name, picture) in flat {
            assert_eq!(of(&picture), None, "{name}");
        }
    }

    #[test]
    fn thumbnails_have_none() {
        assert!(of(&scene(0, 96, 96)).is_some());
        assert_eq!(of(&scene(0, 95, 960)), None);
        assert_eq!(of(&scene(0, 960, 95)), None);
        assert_eq!(of(&DynamicImage::new_rgb8(0, 0)), None);
    }

    /// Fingerprints are kept: a change of this value needs a migration of all of them.
    #[test]
    fn a_picture_keeps_its_fingerprint() {
        let bright = |x: u32, y: u32| (x * 5 / 160 + y * 7 / 120 + (x / 30) * (y / 25)).is_multiple_of(2);
        let picture = RgbImage::from_fn(160, 120, |x, y| Rgb([if bright(x, y) { 200 } else { 40 }; 3]));
        let fingerprint = of(&picture.into()).unwrap();
        assert_eq!(fingerprint.to_string(), "");
    }

    #[test]
    fn turns_are_counted_between_bits_only() {
        assert_eq!([0, 0xff, 0xf0, 0x80, 0x01, 0xaa, 0x55].map(turns), [0, 0, 1, 1, 1, 7, 7]);
    }
}
