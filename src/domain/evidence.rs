//! What a file says of itself: the reading that `inspect` makes and the verdicts judge.
//!
//! Never what is true: an EXIF tag is a claim like any other. Serialised into every sidecar, so a field, once
//! released, keeps its name.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::photo::MediaType;
use super::position::Position;

/// One file's reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// By magic bytes, never by name.
    pub media_type: MediaType,
    /// Whether the container reaches its own end.
    pub container: Container,
    /// Width and height in pixels as stored, before `Orientation` turns them.
    pub dimensions: Option<(u32, u32)>,
    /// Whether the pixels were decoded, and if not, why.
    pub pixels: Pixels,
    /// How the picture looks, where it was decoded and shows enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fingerprint: Option<Fingerprint>,
    /// The capture metadata.
    pub exif: Exif,
    /// Oddities worth keeping that are nobody's fault: bytes between segments, a motion photo behind the end.
    pub notes: Vec<String>,
}

/// How the walk through the container ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// The end marker or the last box was reached.
    Complete {
        /// Bytes behind the container's end (gain maps, motion photos).
        trailing_bytes: u64,
    },
    /// The bytes end before the container does.
    Incomplete {
        /// What was missing, where.
        reason: String,
    },
}

/// What became of the pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pixels {
    /// Decoded; derived images exist.
    Decoded,
    /// Not attempted: a video, a format without a decoder, or a photo that once took the process with it.
    NotDecoded {
        /// Why it was not attempted.
        reason: String,
    },
    /// Attempted without success.
    Undecodable {
        /// The decoder's words.
        reason: String,
    },
}

/// The capture metadata, as far as it is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exif {
    /// `DateTimeOriginal` with `SubSecTimeOriginal`: wall time without a zone.
    pub taken: Option<DateTime>,
    /// What `DateTimeOriginal` holds where that is no time: zeros, a date that no calendar has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taken_unusable: Option<String>,
    /// `OffsetTimeOriginal` in minutes east of UTC.
    pub taken_offset_minutes: Option<i32>,
    /// `DateTimeDigitized` (ExifTool's `CreateDate`).
    pub digitized: Option<DateTime>,
    /// `DateTime` (ExifTool's `ModifyDate`).
    pub modified: Option<DateTime>,
    /// `GPSDateStamp` and `GPSTimeStamp`: UTC.
    pub gps_time: Option<jiff::Timestamp>,
    /// The GPS position.
    pub position: FilePosition,
    /// `GPSHPositioningError` in metres.
    pub positioning_error_m: Option<f64>,
    /// `GPSAltitude` in metres, negative below sea level.
    pub altitude_m: Option<f64>,
    /// `Make`, trimmed.
    pub make: Option<String>,
    /// `Model`, trimmed.
    pub model: Option<String>,
    /// `Software`, trimmed.
    pub software: Option<String>,
    /// `Artist`, trimmed.
    pub artist: Option<String>,
    /// `Orientation`, 1 to 8.
    pub orientation: Option<u16>,
    /// Every tag as text: its name and value, capped at 4 KiB each and 64 KiB together.
    pub tags: Vec<(String, String)>,
    /// What could not be read, one sentence each.
    pub errors: Vec<String>,
}

impl Exif {
    /// Whether the picture lies on its side: upright its width and height are exchanged (EXIF 2.32, 4.6.5).
    pub fn is_turned(&self) -> bool {
        matches!(self.orientation, Some(5..=8))
    }
}

/// The file's GPS position.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilePosition {
    /// No GPS latitude and longitude.
    #[default]
    Absent,
    /// Tags that are there and say nothing: zeros, empty values, a missing reference.
    Unusable {
        /// Why they say nothing.
        reason: String,
    },
    /// A position.
    At(Position),
}
