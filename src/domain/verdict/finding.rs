//! A finding: what one check compared, by how much it differed, and the sentence that tells it.
//!
//! Serialised into sidecars and the API: a word, once released, keeps its meaning.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::RULES_VERSION;
use crate::domain::photo::PhotoId;

/// Which check spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Does the file reach its end?
    Completeness,
    /// Is it of the type that it is called?
    Type,
    /// Was it taken when it is said to be?
    Time,
    /// Was it announced before it could have been taken?
    Clock,
    /// Does the time in its name agree?
    NameTime,
    /// Was it taken where it is said to be?
    Position,
    /// Was it taken with the device that is named?
    Device,
    /// Which program wrote it?
    Software,
    /// Is its verification code well formed and its own?
    Code,
    /// Is this picture known under another code?
    Reuse,
}

impl Check {
    /// The word in sidecars, the API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Type => "type",
            Self::Time => "time",
            Self::Clock => "clock",
            Self::NameTime => "name_time",
            Self::Position => "position",
            Self::Device => "device",
            Self::Software => "software",
            Self::Code => "code",
            Self::Reuse => "reuse",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both agree.
    Match,
    /// They agree roughly.
    Near,
    /// They differ, in a way with a known harmless cause. Not a match.
    Explained,
    /// They differ.
    Mismatch,
    /// The file says nothing.
    Absent,
    /// The file says something that cannot be used.
    Unusable,
    /// Several readings are possible.
    Ambiguous,
    /// The delivery claims nothing that could be compared.
    NotApplicable,
}

impl Outcome {
    /// The word in sidecars, the API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Near => "near",
            Self::Explained => "explained",
            Self::Mismatch => "mismatch",
            Self::Absent => "absent",
            Self::Unusable => "unusable",
            Self::Ambiguous => "ambiguous",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// The known cause of an explained difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A whole step between two offsets that the place has, or that the device showed lately.
    ZoneShift,
    /// About a day.
    DateRoll,
    /// 1024 weeks: the week counter of GPS ran over.
    GpsRollover,
    /// A year or more: a clock that was never set.
    ClockUnset,
    /// It fits only what `photo_timestamp` does not mean for this team.
    OtherMeaning,
    /// Latitude and longitude are swapped.
    SwappedAxes,
    /// North for south, or east for west.
    FlippedSign,
    /// Another version of the photo carries the code: an edited stamp keeps it.
    Version,
}

/// Something worth knowing that decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The file's own offset is the zone's standard one during summer time; Timemark was seen to do this.
    OffsetIgnoresDst,
    /// Whether this team's `photo_timestamp` is UTC or local time is not settled.
    ZoneOpen,
    /// The GPS time in the file agrees with the announced one.
    GpsTimeAgrees,
    /// The announced position is the middle of a place, shared by many photos.
    PlaceCentre,
    /// It was announced more than a day after it was taken.
    Late,
}

/// By how much two claims differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// File minus announcement.
    Seconds(i64),
    /// Along the ground.
    Metres(f64),
    /// Bytes missing or too many.
    Bytes(i64),
    /// Differing bits of two perceptual hashes, of 256.
    Bits(u32),
}

/// One check's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What it found.
    pub outcome: Outcome,
    /// The version of the rules that found it.
    pub rules_version: u32,
    /// The sentence for a person.
    pub detail: String,
    /// The delivery's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub announced: Option<String>,
    /// The file's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// By how much they differ.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<Difference>,
    /// Up to here it would have matched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed: Option<Difference>,
    /// Why an explained difference is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// What decides nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<Note>,
    /// The other photos that it speaks of.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub photos: Vec<PhotoId>,
}

impl Finding {
    pub(super) fn new(check: Check, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            check,
            outcome,
            rules_version: RULES_VERSION,
            detail: detail.into(),
            announced: None,
            found: None,
            difference: None,
            allowed: None,
            cause: None,
            notes: Vec::new(),
            photos: Vec::new(),
        }
    }

    pub(super) fn compared(mut self, announced: &dyn Display, found: &dyn Display) -> Self {
        self.announced = Some(announced.to_string());
        self.found = Some(found.to_string());
        self
    }

    pub(super) fn by(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }

    pub(super) fn within(mut self, allowed: Difference) -> Self {
        self.allowed = Some(allowed);
        self
    }

    pub(super) fn because(mut self, cause: Option<Cause>) -> Self {
        self.cause = cause;
        self
    }

    pub(super) fn noting(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Whether it carries this note.
    pub fn notes(&self, note: Note) -> bool {
        self.notes.contains(&note)
    }
}
