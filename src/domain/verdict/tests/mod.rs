//! The rules on cases that are put together by hand.

mod explained;
mod properties;
mod sentences;
mod teams;
mod zones;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::known::Known;
use super::meaning::Meaning;
use super::rules::{Material, Rules};
use super::{Check, Finding, Judgement, Limits};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::{Container, Evidence, Exif, FilePosition, Pixels};
use crate::domain::photo::MediaType;
use crate::domain::position::Position;

/// Central Park.
const PARK: (f64, f64) = (40.785_091, -73.968_285);

/// A photo and its delivery: by default one that agrees with itself in everything, in New York.
#[derive(Debug, Clone)]
struct Story {
    announced: Announcement,
    evidence: Evidence,
    content_type: Option<&'static str>,
    received_at: Timestamp,
    known: Known,
}

fn story() -> Story {
    let text = |text: &str| Some(text.to_owned());
    Story {
        announced: Announcement {
            timestamp: text("2025-12-11T18:45:00Z"),
            photo_name: text("2025-12-11 13.45.00_1388 Central Park.jpg"),
            latitude: text("40.785091"),
            longitude: text("-73.968285"),
            device: text("Apple iPhone 14 Pro Max"),
            ..Announcement::default()
        },
        evidence: Evidence {
            media_type: MediaType::Jpeg,
            container: Container::Complete { trailing_bytes: 0 },
            dimensions: Some((4032, 3024)),
            pixels: Pixels::Decoded,
            fingerprint: None,
            exif: Exif {
                taken: Some("2025-12-11T13:45:00".parse().unwrap()),
                position: FilePosition::At(Position::new(PARK.0, PARK.1).unwrap()),
                make: text("Apple"),
                model: text("iPhone 14 Pro Max"),
                software: text("17.1.2"),
                ..Exif::default()
            },
            notes: Vec::new(),
        },
        content_type: Some("image/jpeg"),
        received_at: "2025-12-11T18:46:00Z".parse().unwrap(),
        known: Known::default(),
    }
}

impl Story {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Announced at this time; it arrives long after.
    fn announced_at(self, timestamp: &str) -> Self {
        self.with(|story| {
            story.announced.timestamp = Some(timestamp.to_owned());
            story.received_at = "2030-01-01T00:00:00Z".parse().unwrap();
        })
    }

    fn taken_at(self, wall: &str, offset_minutes: Option<i32>) -> Self {
        self.with(|story| {
            story.evidence.exif.taken = Some(wall.parse().unwrap());
            story.evidence.exif.taken_offset_minutes = offset_minutes;
        })
    }

    /// Announced and found at this place.
    fn at(self, latitude: f64, longitude: f64) -> Self {
        self.with(|story| {
            story.announced.latitude = Some(latitude.to_string());
            story.announced.longitude = Some(longitude.to_string());
            story.evidence.exif.position = FilePosition::At(Position::new(latitude, longitude).unwrap());
        })
    }

    fn nowhere(self) -> Self {
        self.with(|story| {
            (story.announced.latitude, story.announced.longitude) = (None, None);
            story.evidence.exif.position = FilePosition::Absent;
        })
    }

    fn meaning(self, meaning: Meaning) -> Self {
        self.with(|story| story.known.meaning = meaning)
    }

    fn judged(&self) -> Judgement {
        let rules = Rules {
            limits: Limits::default(),
            default_zone: TimeZone::UTC,
            meaning: None,
            look_alike_bits: 28,
        };
        let Self { announced, evidence, content_type, received_at, known } = self;
        let material =
            Material { announced, evidence, content_type: *content_type, received_at: *received_at };
        rules.judge(&material, known.clone())
    }

    fn finding(&self, check: Check) -> Finding {
        self.judged().findings.into_iter().find(|finding| finding.check == check).unwrap()
    }
}
