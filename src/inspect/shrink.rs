//! Making a picture smaller: each new pixel is the mean of the area that it covers.
//!
//! Never enlarges. Parts of pixels count by their share: whole pixels alone would fray the stamped text of a photo
//! that shrinks by less than half.

use image::RgbImage;

/// Red, green and blue.
const CHANNELS: usize = 3;

/// What one new pixel covers along one side.
struct Span {
    first: usize,
    /// The share of each old pixel from `first` on; together one.
    weights: Vec<f32>,
}

/// The picture at a width and height that are at most its own.
pub(super) fn shrink(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let columns = spans(picture.width(), width);
    let row_length = picture.width() as usize * CHANNELS;
    let mut covered = vec![0.0; row_length];
    let mut pixels = Vec::with_capacity(columns.len() * height as usize * CHANNELS);
    for span in spans(picture.height(), height) {
        covered.fill(0.0);
        let rows = picture.as_raw().chunks_exact(row_length).skip(span.first);
        for (row, weight) in rows.zip(span.weights) {
            covered.iter_mut().zip(row).for_each(|(sum, part)| *sum += weight * f32::from(*part));
        }
        for column in &columns {
            pixels.extend(mean(&covered, column));
        }
    }
    RgbImage::from_raw(width, height, pixels)
        .expect("each of height rows got a pixel for each of width columns")
}

fn mean(covered: &[f32], column: &Span) -> [u8; CHANNELS] {
    let mut sums = [0.5; CHANNELS];
    for (pixel, weight) in covered.chunks_exact(CHANNELS).skip(column.first).zip(&column.weights) {
        sums.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += weight * part);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mean of bytes; the cast saturates"
    )]
    sums.map(|sum| sum as u8)
}

fn spans(from: u32, to: u32) -> Vec<Span> {
    let ratio = f64::from(from) / f64::from(to);
    (0..to).map(|number| span(f64::from(number) * ratio, f64::from(number + 1) * ratio, from)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places inside a side of u32 pixels"
)]
fn span(begin: f64, end: f64, from: u32) -> Span {
    let first = begin.floor() as u32;
    let behind = (end.ceil() as u32).min(from);
    let share = |old: u32| (end.min(f64::from(old + 1)) - begin.max(f64::from(old))) / (end - begin);
    Span { first: first as usize, weights: (first..behind).map(|old| share(old) as f32).collect() }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_new_pixel_is_the_mean_of_what_it_covers() {
        let row = RgbImage::from_raw(3, 1, vec![0, 0, 0, 90, 30, 60, 255, 255, 255]).unwrap();
        // The middle pixel belongs to both halves by a third of each.
        assert_eq!(shrink(&row, 2, 1).into_raw(), [30, 10, 20, 200, 180, 190]);
        assert_eq!(shrink(&row, 1, 1).into_raw(), [115, 95, 105]);
    }

    #[test]
    fn an_even_picture_stays_even_at_any_ratio() {
        let even = RgbImage::from_pixel(97, 61, Rgb([255, 128, 1]));
        for (width, height) in [(96, 60), (50, 61), (7, 3), (1, 1), (97, 61)] {
            let small = shrink(&even, width, height);
            assert_eq!(small.dimensions(), (width, height));
            assert!(small.pixels().all(|pixel| pixel.0 == [255, 128, 1]), "{width} by {height}");
        }
    }
}
