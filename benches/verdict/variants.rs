//! What happens to a photo before it comes back: saved again, made smaller, stamped, mirrored, turned.
//!
//! Each kind leaves a JPEG file, as a phone or a chat would: a fingerprint must hold over files, not over pixels.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides of photos and shares of them; a grey level is cut to a byte"
)]

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, Rgb, RgbImage};

/// How a picture was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Saved again at quality 60.
    Quality60,
    /// Half its width and height.
    HalfSize,
    /// A stamp of 26 % by 13 %, and a code along the right edge.
    SmallStamp,
    /// A stamp of 38 % by 23 %, and a code along the right edge.
    LargeStamp,
    /// The lower third darkened towards the edge, with large writing on it.
    Veil,
    /// The large stamp at the top left instead.
    StampAbove,
    /// The large stamp, then half the size, then quality 60.
    Together,
    /// Two files of one photo, each with another stamp.
    Restamped,
    /// 2 % cut off at each side.
    Cropped,
    /// Left and right exchanged.
    Mirrored,
    /// Turned by a quarter, clockwise.
    Rotated,
}

impl Change {
    /// Every change, the mildest first.
    pub const ALL: [Self; 11] = [
        Self::Quality60,
        Self::HalfSize,
        Self::SmallStamp,
        Self::LargeStamp,
        Self::Veil,
        Self::StampAbove,
        Self::Together,
        Self::Restamped,
        Self::Cropped,
        Self::Mirrored,
        Self::Rotated,
    ];

    /// As it is called in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Quality60 => "re-saved at quality 60",
            Self::HalfSize => "half size",
            Self::SmallStamp => "small stamp",
            Self::LargeStamp => "large stamp",
            Self::Veil => "dark lower third with large writing",
            Self::StampAbove => "large stamp at the top",
            Self::Together => "large stamp, half size, quality 60",
            Self::Restamped => "small stamp against large stamp",
            Self::Cropped => "2 % cut off at each side",
            Self::Mirrored => "mirrored",
            Self::Rotated => "turned by 90°",
        }
    }

    /// The two files that should be found alike; no first one where it is the photo as it was.
    pub fn files(self, upright: &RgbImage) -> (Option<Vec<u8>>, Vec<u8>) {
        let first = (self == Self::Restamped).then(|| Self::SmallStamp.file(upright));
        (first, self.file(upright))
    }

    /// The JPEG file after the change.
    pub fn file(self, upright: &RgbImage) -> Vec<u8> {
        match self {
            Self::Quality60 => saved(upright, 60),
            Self::HalfSize => saved(&halved(upright), 85),
            Self::SmallStamp => saved(&stamped(upright, &SMALL), 90),
            Self::LargeStamp | Self::Restamped => saved(&stamped(upright, &LARGE), 90),
            Self::Veil => saved(&veiled(upright), 90),
            Self::StampAbove => saved(&stamped(upright, &ABOVE), 90),
            Self::Together => saved(&halved(&stamped(upright, &LARGE)), 60),
            Self::Cropped => saved(&cropped(upright), 90),
            Self::Mirrored => saved(&image::imageops::flip_horizontal(upright), 90),
            Self::Rotated => saved(&image::imageops::rotate90(upright), 90),
        }
    }
}

fn saved(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, quality)).unwrap();
    file.into_inner()
}

/// By another filter than Keepmark's own: senders have theirs.
fn halved(picture: &RgbImage) -> RgbImage {
    let (width, height) = ((picture.width() / 2).max(1), (picture.height() / 2).max(1));
    DynamicImage::ImageRgb8(picture.clone()).resize_exact(width, height, FilterType::Lanczos3).into_rgb8()
}

fn cropped(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let (left, top) = (width / 50, height / 50);
    image::imageops::crop_imm(picture, left, top, width - 2 * left, height - 2 * top).to_image()
}

/// A stamp at the left; all measures are shares of the picture's sides.
struct Stamp {
    /// Where it begins, from the top.
    top: f32,
    width: f32,
    height: f32,
    /// The panel's grey and how much of the picture it hides.
    panel: (f32, f32),
    /// The writing's grey.
    ink: f32,
    /// Heights of the lines of writing in shares of the panel, from the top.
    lines: &'static [f32],
}

const SMALL: Stamp = Stamp {
    top: 0.84,
    width: 0.26,
    height: 0.13,
    panel: (20.0, 0.35),
    ink: 255.0,
    lines: &[0.4, 0.18, 0.18],
};
const LARGE: Stamp = Stamp {
    top: 0.74,
    width: 0.38,
    height: 0.23,
    panel: (235.0, 0.55),
    ink: 30.0,
    lines: &[0.3, 0.12, 0.12, 0.12, 0.08],
};

const ABOVE: Stamp = Stamp { top: 0.02, ..LARGE };

fn stamped(picture: &RgbImage, stamp: &Stamp) -> RgbImage {
    let mut picture = picture.clone();
    let (left, top) = (0.02, stamp.top);
    fill(&mut picture, [left, top, stamp.width, stamp.height], stamp.panel);
    let mut y = top + 0.06 * stamp.height;
    for (number, share) in stamp.lines.iter().enumerate() {
        let line = share * stamp.height;
        let letter = 0.35 * line;
        // Lines end at different places; every fourth mark is a gap between words.
        let marks = (stamp.width * (0.92 - 0.11 * number as f32) / (1.6 * letter)) as usize;
        for mark in (0..marks).filter(|mark| mark % 4 != 3) {
            let x = left + 0.04 * stamp.width + 1.6 * letter * mark as f32;
            fill(&mut picture, [x, y, letter, line], (stamp.ink, 0.95));
        }
        y += 1.25 * line;
    }
    code(&mut picture);
    picture
}

/// The verification code: a translucent strip with marks along the right edge.
fn code(picture: &mut RgbImage) {
    fill(picture, [0.965, 0.55, 0.03, 0.42], (20.0, 0.3));
    for mark in 0..14 {
        fill(picture, [0.971, 0.565 + 0.028 * mark as f32, 0.018, 0.017], (255.0, 0.9));
    }
}

fn veiled(picture: &RgbImage) -> RgbImage {
    let mut picture = picture.clone();
    for step in 0_u8..32 {
        let share = f32::from(step) / 32.0;
        fill(&mut picture, [0.0, 0.68 + 0.01 * f32::from(step), 1.0, 0.01], (0.0, 0.5 * share));
    }
    for (line, (height, marks)) in [(0.08_f32, 5_u8), (0.025, 18), (0.025, 14)].into_iter().enumerate() {
        for mark in (0..marks).filter(|mark| mark % 5 != 2) {
            let x = 0.04 + 0.6 * height * f32::from(mark) * 1.4;
            fill(&mut picture, [x, 0.76 + 0.07 * line as f32, 0.6 * height, height], (255.0, 0.95));
        }
    }
    code(&mut picture);
    picture
}

/// Lays an even grey over a rectangle of shares: left, top, width, height.
fn fill(picture: &mut RgbImage, [left, top, width, height]: [f32; 4], (grey, cover): (f32, f32)) {
    let place = |share: f32, side: u32| ((share * side as f32).round() as u32).min(side);
    let (across, down) = picture.dimensions();
    for y in place(top, down)..place(top + height, down) {
        for x in place(left, across)..place(left + width, across) {
            let Rgb(parts) = picture.get_pixel_mut(x, y);
            *parts = parts.map(|part| (f32::from(part) * (1.0 - cover) + grey * cover) as u8);
        }
    }
}
