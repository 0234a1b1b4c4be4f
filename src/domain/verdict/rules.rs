//! The rules with their settings: what puts a case together, at the first judgement and at every later one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::device::Pair;
use super::known::Known;
use super::meaning::Meaning;
use super::{Case, Judgement, Limits, position};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::{Evidence, FilePosition};
use crate::domain::zone;

/// `[verdict]`.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How far two claims may differ.
    pub limits: Limits,
    /// The zone where nothing else is known.
    pub default_zone: TimeZone,
    /// What `photo_timestamp` means for every team; `None`: what each team's photos show.
    pub meaning: Option<Meaning>,
    /// Pictures that differ in at most so many of 256 bits look alike.
    pub look_alike_bits: u32,
}

/// What is held against each other.
pub struct Material<'a> {
    /// The delivery's claims.
    pub announced: &'a Announcement,
    /// What the file says.
    pub evidence: &'a Evidence,
    /// The `Content-Type` that the source host sent.
    pub content_type: Option<&'a str>,
    /// When the delivery arrived.
    pub received_at: Timestamp,
}

impl Material<'_> {
    /// Its two names of the device.
    pub fn device_pair(&self) -> Option<Pair> {
        Pair::of(self.announced.device.as_deref(), &self.evidence.exif)
    }

    /// About when the photo was taken: within a day, whatever the announced time means.
    pub fn taken_about(&self) -> Option<Timestamp> {
        self.announced.time().map(|time| time.utc)
    }
}

impl Rules {
    /// Judges by all checks but `code` and `reuse`, which need the other photos.
    pub fn judge(&self, material: &Material<'_>, known: Known) -> Judgement {
        let found = match material.evidence.exif.position {
            FilePosition::At(position) => Some(position),
            FilePosition::Absent | FilePosition::Unusable { .. } => None,
        };
        let announced = material.announced.position().ok().flatten();
        let mut case = Case {
            announced: material.announced,
            announced_time: material.announced.time(),
            evidence: material.evidence,
            content_type: material.content_type,
            received_at: material.received_at,
            zones: Vec::new(),
            default_zone: self.default_zone.clone(),
            known: Known { meaning: self.meaning.unwrap_or(known.meaning), ..known },
            limits: self.limits,
        };
        // An announced position that is mistaken for another is no place to take the zone from.
        let is_mistaken = position::is_mistaken(&position::check(&case));
        let place = if is_mistaken { found } else { announced.or(found) };
        case.zones = place.map(zone::around).unwrap_or_default();
        super::judge(&case)
    }
}
