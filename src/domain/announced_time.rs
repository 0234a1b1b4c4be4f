//! `photo_timestamp`: documented as UTC, and in the documentation's own sample marked so while being local time.
//!
//! Never decides which of the two it is: that is what teams are observed for (`verdict::meaning`).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};

/// The announced time under both readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnouncedTime {
    /// Read as what it says: UTC, or the offset that stands in it.
    pub utc: Timestamp,
    /// What a clock on the wall shows if it is local time.
    pub wall: DateTime,
    /// It carries an offset other than zero, and so can mean one thing only.
    pub is_fixed: bool,
}

impl AnnouncedTime {
    /// Reads ISO 8601 with or without an offset; without one it is taken as UTC, as documented.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text.trim()).ok()?;
        let wall = DateTime::from_parts(pieces.date(), pieces.time()?);
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        let utc = offset.to_timestamp(wall).ok()?;
        Some(Self { utc, wall, is_fixed: offset != Offset::UTC })
    }

    /// What a clock in this zone shows, if the announced time is UTC.
    pub fn wall_in(&self, zone: &TimeZone) -> DateTime {
        zone.to_datetime(self.utc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_offset_it_is_read_as_utc() {
        let at = |text| AnnouncedTime::parse(text).map(|time| time.utc.to_string());
        assert_eq!(at("2025-12-11T13:45:00Z").as_deref(), Some("2025-12-11T13:45:00Z"));
        assert_eq!(at(" 2025-12-11 13:45:00.5 ").as_deref(), Some("2025-12-11T13:45:00.5Z"));
        assert_eq!(at("2025-12-11T13:45:00+01:00").as_deref(), Some("2025-12-11T12:45:00Z"));
        for wrong in ["", "yesterday", "2025-12-11", "2025-02-30T10:00:00Z", "1765460700"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_an_offset_other_than_zero_fixes_what_it_means() {
        let is_fixed = |text| AnnouncedTime::parse(text).unwrap().is_fixed;
        assert!(is_fixed("2025-12-11T13:45:00-05:00"));
        assert!(!is_fixed("2025-12-11T13:45:00Z") && !is_fixed("2025-12-11T13:45:00+00:00"));
        let time = AnnouncedTime::parse("2025-12-11T13:45:00-05:00").unwrap();
        assert_eq!(time.wall.to_string(), "2025-12-11T13:45:00");
    }
}
