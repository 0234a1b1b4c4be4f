//! A photo: its identity, its hash and the kinds of file that it can be.
//!
//! Never the bytes themselves: those live in the spool and in the archive.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not the lower-case hexadecimal form of the value asked for.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct NotHex {
    expected: usize,
}

/// By a table and at once: the ledger writes millions of them.
fn to_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits =
        bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    let mut text = [0; 64];
    let length = text.iter_mut().zip(digits).map(|(place, digit)| *place = digit).count();
    f.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
}

pub(super) fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], NotHex> {
    let wrong = NotHex { expected: N * 2 };
    if text.len() != N * 2 || !text.is_ascii() {
        return Err(wrong);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else { return Err(wrong) };
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

macro_rules! hex_value {
    ($name:ident, $length:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                to_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                from_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_value!(Sha256, 32, "A SHA-256 (FIPS 180-4), written as 64 lower-case hexadecimal digits.");
hex_value!(PhotoId, 16, "A photo's own name: 128 random bits, written as 32 digits, kept for ever.");

impl Sha256 {
    /// The hash of bytes that are already in memory.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

/// The kinds of file that are archived as a photo, by their magic bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// GIF 87a and 89a.
    Gif,
    /// WebP (RFC 9649).
    Webp,
    /// TIFF 6.0, and the raw formats built on it.
    Tiff,
    /// HEIF with HEVC pictures (ISO/IEC 23008-12).
    Heic,
    /// HEIF with AV1 pictures.
    Avif,
    /// MPEG-4 video (ISO/IEC 14496-14), 3GPP included.
    Mp4,
    /// `QuickTime` video.
    Mov,
    /// WebM and Matroska video (RFC 9559).
    Webm,
}

impl MediaType {
    /// All of them: pictures, then videos.
    pub const ALL: [Self; 10] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Webp,
        Self::Tiff,
        Self::Heic,
        Self::Avif,
        Self::Mp4,
        Self::Mov,
        Self::Webm,
    ];

    /// The file name's ending, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Tiff => "tif",
            Self::Heic => "heic",
            Self::Avif => "avif",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Webm => "webm",
        }
    }

    /// The media type by IANA's registry.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Webm => "video/webm",
        }
    }

    /// The type that a content type names, if it is one of ours. Parameters and case are ignored.
    pub fn from_content_type(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "image/jpeg" | "image/jpg" | "image/pjpeg" => Self::Jpeg,
            "image/png" => Self::Png,
            "image/gif" => Self::Gif,
            "image/webp" => Self::Webp,
            "image/tiff" => Self::Tiff,
            "image/heic" | "image/heif" => Self::Heic,
            "image/avif" => Self::Avif,
            "video/mp4" | "video/3gpp" => Self::Mp4,
            "video/quicktime" => Self::Mov,
            "video/webm" | "video/x-matroska" | "video/matroska" => Self::Webm,
            _ => return None,
        })
    }

    /// The type that a file name's ending stands for, if it is one of ours.
    pub fn from_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.trim().rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" => Self::Jpeg,
            "png" => Self::Png,
            "gif" => Self::Gif,
            "webp" => Self::Webp,
            "tif" | "tiff" | "dng" => Self::Tiff,
            "heic" | "heif" => Self::Heic,
            "avif" => Self::Avif,
            "mp4" | "m4v" | "3gp" => Self::Mp4,
            "mov" => Self::Mov,
            "webm" | "mkv" => Self::Webm,
            _ => return None,
        })
    }

    /// Moving pictures: their pixels are never decoded here.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Mp4 | Self::Mov | Self::Webm)
    }
}
