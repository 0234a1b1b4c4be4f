//! The canvas: anti-aliased shapes, strokes and a little film grain.
//!
//! Never fast at the price of beauty, but economical: every shape costs its own pixels only, because a debug
//! build paints too.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "coordinates are clamped to the canvas, whose sides are far below 2^24, before they become indices"
)]

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _};

use super::paint::{Color, Paint, Point};
use super::texture;

/// A picture being painted.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A white canvas of so many pixels.
    pub fn new(width: u16, height: u16) -> Self {
        let (width, height) = (usize::from(width), usize::from(height));
        Self { width, height, pixels: vec![255; width * height * 3] }
    }

    /// The width in pixels.
    pub fn width(&self) -> f32 {
        self.width as f32
    }

    /// The height in pixels.
    pub fn height(&self) -> f32 {
        self.height as f32
    }

    /// Fills a polygon by the even-odd rule, its edges smoothed: exactly across, in four samples down.
    pub fn fill(&mut self, outline: &[Point], paint: impl Into<Paint>) {
        let paint = paint.into();
        let span = |pick: fn(&Point) -> f32, limit: usize| {
            let low = outline.iter().map(pick).fold(f32::INFINITY, f32::min);
            let high = outline.iter().map(pick).fold(f32::NEG_INFINITY, f32::max);
            (low.clamp(0.0, limit as f32) as usize, high.ceil().clamp(0.0, limit as f32) as usize)
        };
        let (left, right) = span(|point| point.0, self.width);
        let (top, bottom) = span(|point| point.1, self.height);
        if left >= right {
            return;
        }
        let mut change = vec![0.0_f32; right - left + 2];
        let mut crossings = Vec::new();
        for y in top..bottom {
            change.fill(0.0);
            for sample in [0.125, 0.375, 0.625, 0.875] {
                cross(outline, y as f32 + sample, &mut crossings);
                for pair in crossings.chunks_exact(2) {
                    let inside = |x: f32| x.clamp(left as f32, right as f32) - left as f32;
                    cover(&mut change, inside(pair[0]), 0.25);
                    cover(&mut change, inside(pair[1]), -0.25);
                }
            }
            self.fill_row(y, left, &change[..right - left], paint);
        }
    }

    /// Fills a rectangle.
    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, paint: impl Into<Paint>) {
        self.fill(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)], paint);
    }

    /// Fills the whole canvas.
    pub fn wash(&mut self, paint: impl Into<Paint>) {
        self.rect(0.0, 0.0, self.width(), self.height(), paint);
    }

    /// Fills an ellipse.
    pub fn ellipse(&mut self, centre: Point, radius_x: f32, radius_y: f32, paint: impl Into<Paint>) {
        let corners = if radius_x.max(radius_y) > 30.0 { 64 } else { 20 };
        let outline: Vec<Point> = (0..corners)
            .map(|i| (i as f32 / corners as f32 * std::f32::consts::TAU).sin_cos())
            .map(|(sin, cos)| (centre.0 + cos * radius_x, centre.1 + sin * radius_y))
            .collect();
        self.fill(&outline, paint);
    }

    /// Soft light or shade around a centre.
    pub fn glow(&mut self, centre: Point, radius_x: f32, radius_y: f32, color: Color) {
        let paint = Paint::Glow(centre, (radius_x, radius_y), color);
        self.rect(centre.0 - radius_x, centre.1 - radius_y, radius_x * 2.0, radius_y * 2.0, paint);
    }

    /// A straight bar of a thickness between two points.
    pub fn line(&mut self, from: Point, to: Point, thickness: f32, paint: impl Into<Paint>) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let half = thickness / 2.0 / dx.hypot(dy).max(0.001);
        let (nx, ny) = (-dy * half, dx * half);
        let outline = [
            (from.0 + nx, from.1 + ny),
            (to.0 + nx, to.1 + ny),
            (to.0 - nx, to.1 - ny),
            (from.0 - nx, from.1 - ny),
        ];
        self.fill(&outline, paint);
    }

    /// A round pen drawn along lines; where they meet or cross, nothing is painted twice.
    pub fn pen(&mut self, lines: &[Vec<Point>], thickness: f32, color: Color) {
        let reach = thickness / 2.0 + 1.0;
        let all = || lines.iter().flatten();
        let low = |pick: fn(&Point) -> f32| {
            (all().map(pick).fold(f32::INFINITY, f32::min) - reach).max(0.0) as usize
        };
        let high = |pick: fn(&Point) -> f32, limit: usize| {
            ((all().map(pick).fold(0.0, f32::max) + reach).max(0.0) as usize + 1).min(limit)
        };
        let (left, top) = (low(|point| point.0), low(|point| point.1));
        let (right, bottom) = (high(|point| point.0, self.width), high(|point| point.1, self.height));
        if left >= right || top >= bottom {
            return;
        }
        let mut mask = Mask { left, top, right, bottom, covered: vec![0.0; (right - left) * (bottom - top)] };
        for pair in lines.iter().flat_map(|line| line.windows(2)) {
            mask.add(pair[0], pair[1], thickness / 2.0);
        }
        for (index, covered) in mask.covered.iter().enumerate().filter(|(_, covered)| **covered > 0.0) {
            self.blend(left + index % (right - left), top + index / (right - left), color, *covered);
        }
    }

    /// What the camera adds: darker corners and grain. The last thing before the stamp.
    pub fn develop(&mut self) {
        let falloff = |i: usize, side: usize| {
            let off = i as f32 / side as f32 * 2.0 - 1.0;
            (off * off * off * off * 26.0) as i32
        };
        let columns: Vec<i32> = (0..self.width).map(|x| falloff(x, self.width)).collect();
        for (y, row) in self.pixels.chunks_exact_mut(self.width * 3).enumerate() {
            let light = 256 - falloff(y, self.height);
            let grains = texture::grains(y);
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let (light, grain) = (light - columns[x], i32::from(grains[x % grains.len()]));
                for channel in pixel {
                    *channel = (((i32::from(*channel) * light) >> 8) + grain).clamp(0, 255) as u8;
                }
            }
        }
    }

    /// The same picture turned by 90° against the clock: what a sensor stores that was held upright and is
    /// shown by EXIF's `Orientation` 6.
    pub fn turned_left(&self) -> Self {
        let mut turned =
            Self { width: self.height, height: self.width, pixels: Vec::with_capacity(self.pixels.len()) };
        for x in (0..self.width).rev() {
            for y in 0..self.height {
                let at = (y * self.width + x) * 3;
                turned.pixels.extend_from_slice(&self.pixels[at..at + 3]);
            }
        }
        turned
    }

    /// A JPEG of quality 85, with this TIFF block as its EXIF segment.
    pub fn to_jpeg(&self, exif: Option<Vec<u8>>) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 85);
        if let Some(block) = exif {
            encoder.set_exif_metadata(block).expect("JPEG has a place for EXIF");
        }
        let (width, height) = (self.width as u32, self.height as u32);
        encoder
            .write_image(&self.pixels, width, height, ExtendedColorType::Rgb8)
            .expect("a canvas has sides below 65,536, three bytes a pixel, and a vector takes them all");
        jpeg
    }

    /// Paints one row of a shape: from `left` on, `change` says how much more of each pixel is covered.
    fn fill_row(&mut self, y: usize, left: usize, change: &[f32], paint: Paint) {
        // Most rows are of one colour: asked for once, and the pixels inside cost little.
        let plain = paint.along(y as f32);
        let mut covered = 0.0;
        for (x, more) in (left..).zip(change) {
            covered += more;
            if covered > 0.004 {
                let color = plain.unwrap_or_else(|| paint.at(x as f32, y as f32));
                self.blend(x, y, color, covered);
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, color: Color, covered: f32) {
        // In 256ths: whole numbers, and written out, because a debug build runs every step of an iterator.
        let part = (color.alpha * covered.min(1.0) * 256.0) as i32;
        let at = (y * self.width + x) * 3;
        let pixel = &mut self.pixels[at..at + 3];
        let [red, green, blue] = color.rgb;
        pixel[0] = mix(pixel[0], red, part);
        pixel[1] = mix(pixel[1], green, part);
        pixel[2] = mix(pixel[2], blue, part);
    }
}

/// The channel that lies `part` 256ths of the way from the old value to the new one.
#[inline]
fn mix(old: u8, new: f32, part: i32) -> u8 {
    let old = i32::from(old);
    (old + (((new as i32 - old) * part + 128) >> 8)) as u8
}

/// Where the outline crosses the height `y`, from left to right.
fn cross(outline: &[Point], y: f32, crossings: &mut Vec<f32>) {
    crossings.clear();
    let mut from = outline[outline.len() - 1];
    for &to in outline {
        if (from.1 <= y) != (to.1 <= y) {
            crossings.push(from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0));
        }
        from = to;
    }
    crossings.sort_unstable_by(f32::total_cmp);
}

/// From `x` on, `amount` more of each pixel is covered.
fn cover(change: &mut [f32], x: f32, amount: f32) {
    let pixel = x as usize;
    let rest = x - pixel as f32;
    change[pixel] += amount * (1.0 - rest);
    change[pixel + 1] += amount * rest;
}

/// How much of each pixel a pen has touched.
struct Mask {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    covered: Vec<f32>,
}

impl Mask {
    fn add(&mut self, from: Point, to: Point, radius: f32) {
        let reach = radius + 1.0;
        let first = |a: f32, b: f32, limit: usize| ((a.min(b) - reach).max(0.0) as usize).max(limit);
        let last = |a: f32, b: f32, limit: usize| ((a.max(b) + reach).max(0.0) as usize + 1).min(limit);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(1e-6);
        for y in first(from.1, to.1, self.top)..last(from.1, to.1, self.bottom) {
            for x in first(from.0, to.0, self.left)..last(from.0, to.0, self.right) {
                let (px, py) = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
                let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                let distance = (px - along * dx).hypot(py - along * dy);
                let covered = &mut self.covered[(y - self.top) * (self.right - self.left) + x - self.left];
                *covered = covered.max((radius + 0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::paint::rgb;
    use super::*;

    impl Canvas {
        /// The mean darkness of a rectangle's pixels: 0 is white, 1 is black.
        pub fn darkness(&self, left: f32, top: f32, right: f32, bottom: f32) -> f32 {
            let mut sum = 0.0;
            for y in top as usize..bottom as usize {
                for x in left as usize..right as usize {
                    sum += 1.0 - f32::from(self.pixels[(y * self.width + x) * 3]) / 255.0;
                }
            }
            sum / ((right - left) * (bottom - top))
        }
    }

    #[test]
    fn a_shape_darkens_pixels_by_the_part_that_it_covers() {
        let mut canvas = Canvas::new(20, 20);
        canvas.rect(4.5, 4.0, 8.0, 8.0, rgb(0, 0, 0));
        assert!((canvas.darkness(4.0, 4.0, 5.0, 12.0) - 0.5).abs() < 0.01, "half of the left column");
        assert!(canvas.darkness(5.0, 4.0, 12.0, 12.0) > 0.999, "all of the inside");
        assert!((canvas.darkness(0.0, 0.0, 20.0, 20.0) - 64.0 / 400.0).abs() < 0.001, "nothing elsewhere");
    }

    #[test]
    fn shapes_beyond_the_canvas_are_cut_off() {
        let mut canvas = Canvas::new(10, 10);
        canvas.ellipse((-50.0, 5.0), 20.0, 20.0, rgb(0, 0, 0));
        canvas.pen(&[vec![(300.0, 300.0), (400.0, 300.0)]], 9.0, rgb(0, 0, 0));
        assert!(canvas.darkness(0.0, 0.0, 10.0, 10.0) < 0.001);
        canvas.fill(&[(-1e4, -1e4), (1e4, -1e4), (1e4, 1e4), (-1e4, 1e4)], rgb(0, 0, 0));
        assert!(canvas.darkness(0.0, 0.0, 10.0, 10.0) > 0.999);
    }

    #[test]
    fn a_pen_that_crosses_itself_paints_no_pixel_twice() {
        let mut canvas = Canvas::new(30, 30);
        let cross = [vec![(5.0, 15.0), (25.0, 15.0)], vec![(15.0, 5.0), (15.0, 25.0)]];
        canvas.pen(&cross, 4.0, rgb(0, 0, 0).with_alpha(0.5));
        let (middle, arm) = (canvas.darkness(14.0, 14.0, 16.0, 16.0), canvas.darkness(8.0, 14.0, 10.0, 16.0));
        assert!((middle - arm).abs() < 0.01 && middle > 0.4, "{middle}, {arm}");
    }

    #[test]
    fn orientation_6_turns_the_stored_picture_upright_again() {
        let mut canvas = Canvas::new(40, 60);
        canvas.rect(0.0, 0.0, 40.0, 10.0, rgb(0, 0, 0));
        let turned = canvas.turned_left();
        assert_eq!((turned.width, turned.height), (60, 40));
        // EXIF 2.32, 4.6.5: in orientation 6 the stored 0th column is the visual top.
        assert!(turned.darkness(0.0, 0.0, 10.0, 40.0) > 0.999);
        assert!(turned.darkness(11.0, 0.0, 60.0, 40.0) < 0.001);
    }
}
