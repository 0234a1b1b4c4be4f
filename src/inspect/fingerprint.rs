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

/// Parts of a cell along either side: bytes alone would be too coarse to compare the cells of an even slope.
const FINE: u32 = 4;

/// Thumbnails say too little; the grids take 84 pixels.
const SIDE_MIN_PX: u32 = 96;
/// A step counts from one and a half grey levels of 256 on, in thousandths over a cell's parts. Between whole levels,
/// so that grey pictures have few ties; above the noise that saving as JPEG leaves in even areas.
const STEP_MILLI: i32 = 1500 * 16;
/// How often brightness must turn, of 224 times that it could. Walls, skies and lamps at night stay below, however
/// uneven their light and even with a stamp on them: up to 43; photos with something on them start at 45.
const TURNS_MIN: usize = 44;

/// The fingerprint of an upright picture of any size; none if it is a thumbnail or has too little detail.
///
/// A "difference hash" (after Krawetz, "Kind of Like That", 2013) in both directions. Each step looks at two
/// neighbours, so that a stamp changes the bits that it covers and no others.
pub fn of(picture: &DynamicImage) -> Option<Fingerprint> {
    let picture = picture.as_rgb8().map_or_else(|| Cow::Owned(picture.to_rgb8()), Cow::Borrowed);
    if picture.width().min(picture.height()) < SIDE_MIN_PX {
        return None;
    }
    let rows = brightness(&picture, CELLS, ROWS);
    let columns = brightness(&picture, LINES, COLUMN_CELLS);
    let across = rows.chunks_exact(CELLS as usize).map(|row| steps(row.iter()));
    let down = (0..LINES as usize).map(|column| steps(columns.iter().skip(column).step_by(LINES as usize)));

    let mut bytes = [0; 32];
    let mut turns = 0;
    for (byte, line) in bytes.iter_mut().zip(across.take(LINES as usize).chain(down)) {
        *byte = line.iter().fold(0, |bits, step| bits << 1 | u8::from(rises(*step)));
        turns += line.windows(2).filter(|pair| is_turn(pair[0], pair[1])).count();
    }
    (turns >= TURNS_MIN).then(|| Fingerprint::from_bytes(bytes))
}

/// The brightness of each cell of a grid laid over the picture, row by row: the sum of its `FINE` by `FINE` parts.
fn brightness(picture: &RgbImage, columns: u32, rows: u32) -> Vec<i32> {
    let mut cells = vec![0; (columns * rows) as usize];
    for (x, y, pixel) in shrink(picture, columns * FINE, rows * FINE).enumerate_pixels() {
        cells[(y / FINE * columns + x / FINE) as usize] += luma_milli(pixel.0.map(i32::from));
    }
    cells
}

/// By ITU-R BT.601, in thousandths of a grey level.
fn luma_milli([red, green, blue]: [i32; 3]) -> i32 {
    299 * red + 587 * green + 114 * blue
}

/// The differences in brightness along a line's first nine cells.
fn steps<'a>(cells: impl Iterator<Item = &'a i32> + Clone) -> [i32; 8] {
    let mut steps = [0; 8];
    let neighbours = cells.clone().zip(cells.skip(1));
    steps.iter_mut().zip(neighbours).for_each(|(step, (cell, next))| *step = next - cell);
    steps
}

fn rises(step: i32) -> bool {
    step > STEP_MILLI
}

/// Whether brightness begins or ceases to rise; an even slope that is just as steep as a step does neither.
fn is_turn(step: i32, next: i32) -> bool {
    rises(step) != rises(next) && (next - step).abs() > STEP_MILLI
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pictures of some hundred pixels, grey levels that are cut to bytes"
)]
mod tests {
    use image::imageops::{FilterType, flip_horizontal, rotate90};
    use image::{GrayImage, Luma, Rgb};

    use super::*;

    fn sine(x: u32, y: u32, [across, down, slanted]: [f32; 3]) -> f32 {
        let (x, y) = (x as f32, y as f32);
        (x / across).sin() + (y / down).sin() + ((x + y) / slanted).sin()
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
        let flat: [(&str, DynamicImage); 7] = [
            ("black", grey(|_, _| 0.0)),
            ("white", grey(|_, _| 255.0)),
            ("grain", grey(|x, y| 128.0 + 20.0 * (x * 7919.0 + y * 104_729.0).sin())),
            ("a slope as steep as a step", grey(|x, y| 60.0 + 120.0 * x + 18.0 * y)),
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
        assert_eq!(
            fingerprint.to_string(),
            "333333cccda9565612cccccc331656a9323232d5d5d53232320ad5d5cd32320a"
        );
    }

    #[test]
    fn brightness_turns_where_it_clearly_begins_or_ceases_to_rise() {
        let level = 16_000;
        assert!(is_turn(0, 2 * level) && is_turn(2 * level, 0) && is_turn(-level, 2 * level));
        for (step, next) in [(0, 0), (2, 9), (-9, 0), (-2, -2)] {
            assert!(!is_turn(step * level, next * level), "{step} {next}");
        }
        assert!(!is_turn(STEP_MILLI - level / 2, STEP_MILLI + level / 2));
    }
}
