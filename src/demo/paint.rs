//! Colours and what shapes are filled with.
//!
//! Never aware of a canvas: a paint is a function of the place.

use super::texture;

/// A place on the canvas in pixels: right and down from the upper left corner.
pub type Point = (f32, f32);

/// An sRGB colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Color {
    /// Red, green and blue, 0 to 255.
    pub(super) rgb: [f32; 3],
    /// 0 is clear, 1 is opaque.
    pub(super) alpha: f32,
}

/// An opaque colour.
pub const fn rgb(red: u8, green: u8, blue: u8) -> Color {
    Color { rgb: [red as f32, green as f32, blue as f32], alpha: 1.0 }
}

/// Black at an opacity: the shade.
pub const fn shade(alpha: f32) -> Color {
    rgb(12, 14, 24).with_alpha(alpha)
}

/// White at an opacity: the light.
pub const fn light(alpha: f32) -> Color {
    rgb(255, 252, 244).with_alpha(alpha)
}

impl Color {
    /// The same colour at another opacity.
    pub const fn with_alpha(self, alpha: f32) -> Self {
        Self { rgb: self.rgb, alpha }
    }

    /// The colour between this one (at 0) and the other (at 1).
    pub fn toward(self, other: Self, part: f32) -> Self {
        let between = |from: f32, to: f32| from + (to - from) * part;
        let rgb = std::array::from_fn(|i| between(self.rgb[i], other.rgb[i]));
        Self { rgb, alpha: between(self.alpha, other.alpha) }
    }

    /// Brighter above 1, darker below.
    pub fn times(self, factor: f32) -> Self {
        Self { rgb: self.rgb.map(|channel| (channel * factor).min(255.0)), alpha: self.alpha }
    }
}

/// What a shape is filled with.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    /// One colour.
    Flat(Color),
    /// From one colour at one point to another at another; beyond both it stays.
    Linear((Point, Color), (Point, Color)),
    /// Soft light around a centre, gone at the two radii.
    Glow(Point, Point, Color),
    /// Lighter and darker spots of this strength; the factors stretch the pattern (below 1) or shrink it.
    Rough(f32, Point),
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Self::Flat(color)
    }
}

/// A vertical gradient between two heights.
pub fn fade(top: f32, from: Color, bottom: f32, to: Color) -> Paint {
    Paint::Linear(((0.0, top), from), ((0.0, bottom), to))
}

/// A horizontal gradient between two places.
pub fn sweep(left: f32, from: Color, right: f32, to: Color) -> Paint {
    Paint::Linear(((left, 0.0), from), ((right, 0.0), to))
}

impl Paint {
    /// The colour of a whole row, where it has but one.
    #[expect(clippy::float_cmp, reason = "a vertical gradient is made with two equal zeros")]
    pub(super) fn along(self, y: f32) -> Option<Color> {
        match self {
            Self::Flat(color) => Some(color),
            Self::Linear(start, end) if start.0.0 == end.0.0 => Some(self.at(0.0, y)),
            Self::Linear(..) | Self::Glow(..) | Self::Rough(..) => None,
        }
    }

    pub(super) fn at(self, x: f32, y: f32) -> Color {
        match self {
            Self::Flat(color) => color,
            Self::Linear((start, from), (end, to)) => {
                let (dx, dy) = (end.0 - start.0, end.1 - start.1);
                let part = ((x - start.0) * dx + (y - start.1) * dy) / (dx * dx + dy * dy);
                from.toward(to, part.clamp(0.0, 1.0))
            }
            Self::Glow(centre, radii, color) => {
                let (dx, dy) = ((x - centre.0) / radii.0, (y - centre.1) / radii.1);
                let rest = (1.0 - dx * dx - dy * dy).max(0.0);
                color.with_alpha(color.alpha * rest * rest)
            }
            Self::Rough(strength, stretch) => {
                let spot = texture::spot(x * stretch.0, y * stretch.1) * strength;
                if spot > 0.0 { light(spot) } else { shade(-spot) }
            }
        }
    }
}
