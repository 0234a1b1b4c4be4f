//! Derived images: small upright JPEGs for pages, made from a photo's pixels.
//!
//! Never enlarges, never touches the original, and is no evidence of anything. Limits bound what a decoder may
//! allocate by its own account; a caller that fears more decodes in another process.

use std::io::{BufRead, Seek};

use image::codecs::jpeg::JpegEncoder;
use image::error::{ParameterError, ParameterErrorKind};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageError, ImageFormat,
    ImageReader, Rgb, RgbImage,
};

use super::fingerprint;
use super::shrink::shrink;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::photo::MediaType;

/// The longer sides of derived images in pixels, the small one first: a grid's tile and a page's picture.
pub const EDGES: [u32; 2] = [360, 1440];

/// JPEG quality: the size halves against 92, and no page shows the difference.
const QUALITY: u8 = 82;
/// Colour profiles of phones take half a KiB; those of printers take more than a small image itself.
const PROFILE_BYTES_MAX: usize = 4096;

/// What a decoder may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest width or height in pixels.
    pub edge_max: u32,
    /// What the decoder and the decoded picture may allocate.
    pub alloc_max_bytes: u64,
}

impl Default for Limits {
    /// Beyond any phone of today but for panoramas: 512 MiB hold 178 million pixels.
    fn default() -> Self {
        Self { edge_max: 32_768, alloc_max_bytes: 512 * 1024 * 1024 }
    }
}

/// One derived image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Which of `EDGES` it was made for.
    pub edge: u32,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// The JPEG file.
    pub jpeg: Vec<u8>,
}

/// Why there are no derived images.
#[derive(Debug, thiserror::Error)]
pub enum PixelError {
    /// No attempt was made: a video, or an image format that is archived undecoded.
    #[error("there is no decoder for {}", .0.content_type())]
    NoDecoder(MediaType),
    /// Within the limits the picture cannot be held.
    #[error("the picture is beyond the limits for decoding")]
    TooLarge(#[source] ImageError),
    /// The bytes are damaged, or of a variant that the decoder does not know.
    #[error("the picture could not be decoded")]
    Failed(#[source] ImageError),
}

impl From<ImageError> for PixelError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge(error),
            _ => Self::Failed(error),
        }
    }
}

/// Whether `derive` would try.
pub fn has_decoder(media_type: MediaType) -> bool {
    format(media_type).is_some()
}

/// What one decoding gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// One for each of `EDGES`, in their order.
    pub derived: Vec<Derived>,
    /// How the picture looks, where it shows enough.
    pub fingerprint: Option<Fingerprint>,
}

/// Decodes a photo once, makes a JPEG for each of `EDGES` and looks at the picture.
///
/// `orientation` is EXIF's, 1 to 8; without one the picture stays as it is stored. A picture smaller than an edge
/// keeps its own size. A moving picture gives its first frame, a transparent one lies on white.
pub fn derive(
    file: impl BufRead + Seek,
    media_type: MediaType,
    orientation: Option<u16>,
    limits: Limits,
) -> Result<Decoded, PixelError> {
    let format = format(media_type).ok_or(PixelError::NoDecoder(media_type))?;
    let Limits { edge_max, alloc_max_bytes } = limits;
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(edge_max);
    bounds.max_image_height = Some(edge_max);
    bounds.max_alloc = Some(alloc_max_bytes);
    let mut reader = ImageReader::with_format(file, format);
    reader.limits(bounds.clone());
    let mut decoder = reader.into_decoder()?;
    bounds.reserve(decoder.total_bytes())?;
    let profile = decoder.icc_profile()?.filter(|profile| is_small_rgb(profile));
    let picture = opaque(DynamicImage::from_decoder(decoder)?);
    if picture.is_empty() {
        let kind = ParameterErrorKind::DimensionMismatch;
        return Err(ImageError::Parameter(ParameterError::from_kind(kind)).into());
    }
    let mut upright = DynamicImage::ImageRgb8(scaled(&picture, EDGES[1]));
    drop(picture);
    upright.apply_orientation(turn(orientation));
    let fingerprint = fingerprint::of(&upright);
    let large = upright.into_rgb8();
    let small = scaled(&large, EDGES[0]);
    let derived =
        vec![encoded(&small, EDGES[0], profile.as_ref())?, encoded(&large, EDGES[1], profile.as_ref())?];
    Ok(Decoded { derived, fingerprint })
}

fn format(media_type: MediaType) -> Option<ImageFormat> {
    match media_type {
        MediaType::Jpeg => Some(ImageFormat::Jpeg),
        MediaType::Png => Some(ImageFormat::Png),
        MediaType::Gif => Some(ImageFormat::Gif),
        MediaType::Webp => Some(ImageFormat::WebP),
        MediaType::Tiff
        | MediaType::Heic
        | MediaType::Avif
        | MediaType::Mp4
        | MediaType::Mov
        | MediaType::Webm => None,
    }
}

fn turn(orientation: Option<u16>) -> Orientation {
    orientation
        .and_then(|orientation| u8::try_from(orientation).ok())
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}

/// ICC.1, 7.2.6: bytes 16 to 19 name the colour space. A profile of another one would distort what is RGB now.
fn is_small_rgb(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_BYTES_MAX && profile.get(16..20) == Some(b"RGB ")
}

/// Eight bits of red, green and blue; transparent pixels lie on white, because JPEG knows no transparency.
fn opaque(decoded: DynamicImage) -> RgbImage {
    if !decoded.color().has_alpha() {
        return decoded.into_rgb8();
    }
    let rgba = decoded.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0.map(u32::from);
        let on_white = |part: u32| (part * alpha + 255 * (255 - alpha)) / 255;
        Rgb([r, g, b].map(|part| u8::try_from(on_white(part)).unwrap_or(u8::MAX)))
    })
}

/// Width and height with the longer side at most `edge`, never zero.
fn fit(picture: &RgbImage, edge: u32) -> (u32, u32) {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= edge {
        return (width, height);
    }
    let side = |length: u32| {
        let scaled = (u64::from(length) * u64::from(edge) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(edge).max(1)
    };
    (side(width), side(height))
}

fn scaled(picture: &RgbImage, edge: u32) -> RgbImage {
    let (width, height) = fit(picture, edge);
    shrink(picture, width, height)
}

fn encoded(picture: &RgbImage, edge: u32, profile: Option<&Vec<u8>>) -> Result<Derived, PixelError> {
    let (width, height) = picture.dimensions();
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.clone()).map_err(ImageError::Unsupported)?;
    }
    encoder.write_image(picture, width, height, ExtendedColorType::Rgb8)?;
    Ok(Derived { edge, width, height, jpeg })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{Rgba, RgbaImage};

    use super::*;

    /// Red above, blue below.
    fn halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(
            width,
            height,
            |_, y| if y < height / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) },
        )
    }

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Cursor<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.set_position(0);
        bytes
    }

    fn sides(derived: &[Derived]) -> Vec<(u32, u32, u32)> {
        derived.iter().map(|image| (image.edge, image.width, image.height)).collect()
    }

    fn decoded(derived: &Derived) -> RgbImage {
        image::load_from_memory_with_format(&derived.jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
    }

    fn is_red(pixel: Rgb<u8>) -> bool {
        pixel.0[0] > 200 && pixel.0[2] < 60
    }

    #[test]
    fn longer_sides_are_the_edges() {
        let derived =
            derive(file(halves(3000, 1500), ImageFormat::Jpeg), MediaType::Jpeg, None, Limits::default())
                .unwrap()
                .derived;
        assert_eq!(sides(&derived), [(360, 360, 180), (1440, 1440, 720)]);
        assert!(is_red(*decoded(&derived[1]).get_pixel(700, 10)));
        assert_eq!(decoded(&derived[0]).dimensions(), (360, 180));
    }

    #[test]
    fn small_pictures_are_never_enlarged_and_thin_ones_never_vanish() {
        let of = |picture| {
            derive(file(picture, ImageFormat::Png), MediaType::Png, None, Limits::default()).unwrap().derived
        };
        assert_eq!(sides(&of(halves(400, 300))), [(360, 360, 270), (1440, 400, 300)]);
        assert_eq!(sides(&of(halves(1, 1))), [(360, 1, 1), (1440, 1, 1)]);
        assert_eq!(sides(&of(halves(4000, 1))), [(360, 360, 1), (1440, 1440, 1)]);
    }

    /// By EXIF 2.32, 4.6.4: where the row of red pixels must lie in an upright picture of 40 by 20.
    #[test]
    fn every_orientation_is_turned_upright() {
        let corners = [
            (1, (5, 2), (40, 20)),
            (2, (5, 2), (40, 20)),
            (3, (5, 18), (40, 20)),
            (4, (5, 18), (40, 20)),
            (5, (2, 5), (20, 40)),
            (6, (18, 5), (20, 40)),
            (7, (18, 5), (20, 40)),
            (8, (2, 5), (20, 40)),
        ];
        for (orientation, (x, y), dimensions) in corners {
            let bytes = file(halves(40, 20), ImageFormat::Png);
            let derived =
                derive(bytes, MediaType::Png, Some(orientation), Limits::default()).unwrap().derived;
            let upright = decoded(&derived[1]);
            assert_eq!(upright.dimensions(), dimensions, "orientation {orientation}");
            assert!(is_red(*upright.get_pixel(x, y)), "orientation {orientation}");
            let opposite = upright.get_pixel(upright.width() - 1 - x, upright.height() - 1 - y);
            assert!(!is_red(*opposite), "orientation {orientation}");
        }
    }

    #[test]
    fn transparent_pixels_lie_on_white() {
        let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
        let derived =
            derive(file(clear, ImageFormat::Png), MediaType::Png, None, Limits::default()).unwrap().derived;
        assert_eq!(decoded(&derived[1]).get_pixel(8, 8), &Rgb([255, 255, 255]));
    }

    #[test]
    fn limits_hold_before_pixels_are_decoded() {
        for (format, media_type) in [(ImageFormat::Png, MediaType::Png), (ImageFormat::Jpeg, MediaType::Jpeg)]
        {
            for limits in [
                Limits { edge_max: 63, ..Limits::default() },
                Limits { alloc_max_bytes: 64 * 64 * 3 - 1, ..Limits::default() },
            ] {
                let result = derive(file(halves(64, 64), format), media_type, None, limits);
                assert!(matches!(result, Err(PixelError::TooLarge(_))), "{format:?} {limits:?}");
            }
        }
    }

    #[test]
    fn no_decoder_is_another_answer_than_a_failure() {
        let derive =
            |media_type| derive(Cursor::new(b"\xff\xd8\xff\xd9"), media_type, None, Limits::default());
        assert!(matches!(derive(MediaType::Heic), Err(PixelError::NoDecoder(MediaType::Heic))));
        assert!(matches!(derive(MediaType::Jpeg), Err(PixelError::Failed(_))));
    }

    #[test]
    fn colour_profiles_are_kept_if_they_are_small_and_rgb() {
        let profile = |space: &[u8; 4]| [&[0; 16][..], space, &[0; 108]].concat();
        for (profile, kept) in [(profile(b"RGB "), true), (profile(b"CMYK"), false)] {
            let mut bytes = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
            encoder.set_icc_profile(profile.clone()).unwrap();
            encoder.write_image(&halves(8, 8), 8, 8, ExtendedColorType::Rgb8).unwrap();
            let derived =
                derive(Cursor::new(bytes), MediaType::Jpeg, None, Limits::default()).unwrap().derived;
            let found = derived[0].jpeg.windows(profile.len()).any(|window| window == profile);
            assert_eq!(found, kept);
        }
    }
}
