//! The readings of a wall clock: every instant that a time without a zone can mean at a place.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// One way to understand the file's clock.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub instant: Timestamp,
    pub offset: Offset,
    /// For the sentence: where this reading comes from.
    pub words: String,
    /// Good enough to say what `photo_timestamp` means.
    pub votes: bool,
}

/// All readings of one clock.
#[derive(Debug, Clone)]
pub(super) struct Readings {
    pub all: Vec<Reading>,
    /// The file's own offset is the zone's lowest one while a higher one is in force.
    pub ignores_dst: bool,
    /// Offsets of the place within a year of the photo, minutes east of UTC.
    pub place_offsets: BTreeSet<i32>,
}

/// Reads a wall time with the file's own offset, if it has one, and in each zone of the place.
pub(super) fn of(wall: DateTime, own_offset_minutes: Option<i32>, zones: &[TimeZone]) -> Readings {
    let place_offsets = zones.iter().flat_map(|zone| offsets_around(zone, wall)).collect();
    let own = own_offset_minutes.and_then(offset_of);
    let ignores_dst = own.is_some_and(|own| zones.first().is_some_and(|zone| ignores_dst(own, zone, wall)));
    let own = own.and_then(|offset| {
        let instant = offset.to_timestamp(wall).ok()?;
        Some(Reading {
            instant,
            offset,
            words: format!("with its own offset UTC{offset}"),
            votes: !ignores_dst,
        })
    });
    let placed = zones.iter().enumerate().flat_map(|(at, zone)| in_zone(wall, zone, at == 0));
    Readings { all: own.into_iter().chain(placed).collect(), ignores_dst, place_offsets }
}

/// Minutes east of UTC as an offset, if any clock can show it.
pub(super) fn offset_of(minutes: i32) -> Option<Offset> {
    Offset::from_seconds(minutes.checked_mul(60)?).ok()
}

/// In a fold both instants; in a gap the one before it, by which a clock that was not yet changed was right.
fn in_zone(wall: DateTime, zone: &TimeZone, is_the_place: bool) -> Vec<Reading> {
    let offsets = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![offset],
        AmbiguousOffset::Gap { before, .. } => vec![before],
        AmbiguousOffset::Fold { before, after } => vec![before, after],
    };
    let name = zone.iana_name().unwrap_or("the place's zone");
    let reading = |offset: Offset| {
        let instant = offset.to_timestamp(wall).ok()?;
        Some(Reading { instant, offset, words: format!("in {name}, UTC{offset}"), votes: is_the_place })
    };
    offsets.into_iter().filter_map(reading).collect()
}

fn ignores_dst(own: Offset, zone: &TimeZone, wall: DateTime) -> bool {
    let lowest = offsets_around(zone, wall).first().copied();
    let at = |offset: Offset| offset.seconds() / 60;
    let in_force = in_zone(wall, zone, true).iter().map(|reading| at(reading.offset)).min();
    lowest == Some(at(own)) && in_force.is_some_and(|in_force| in_force > at(own))
}

/// The offsets of a zone within a year before and after, minutes east of UTC.
fn offsets_around(zone: &TimeZone, wall: DateTime) -> BTreeSet<i32> {
    const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);
    let Ok(instant) = Offset::UTC.to_timestamp(wall) else { return BTreeSet::new() };
    let from = instant.checked_sub(YEAR).unwrap_or(Timestamp::MIN);
    let to = instant.checked_add(YEAR).unwrap_or(Timestamp::MAX);
    let later =
        zone.following(from).take_while(|change| change.timestamp() <= to).map(|change| change.offset());
    std::iter::once(zone.to_offset(from)).chain(later).map(|offset| offset.seconds() / 60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instants(wall: &str, zone: &str) -> Vec<String> {
        let zones = [TimeZone::get(zone).unwrap()];
        of(wall.parse().unwrap(), None, &zones)
            .all
            .iter()
            .map(|reading| reading.instant.to_string())
            .collect()
    }

    #[test]
    fn a_fold_has_two_readings_and_a_gap_is_shifted() {
        assert_eq!(
            instants("2024-10-27T02:30:00", "Europe/Berlin"),
            ["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"]
        );
        assert_eq!(instants("2024-03-31T02:30:00", "Europe/Berlin"), ["2024-03-31T01:30:00Z"]);
    }

    #[test]
    fn an_own_offset_that_ignores_summer_time_is_known_by_the_zone() {
        let ignores = |wall: &str, own, zone: &str| {
            of(wall.parse().unwrap(), Some(own), &[TimeZone::get(zone).unwrap()]).ignores_dst
        };
        assert!(ignores("2025-07-01T12:00:00", 60, "Europe/Berlin"));
        assert!(!ignores("2025-07-01T12:00:00", 120, "Europe/Berlin"));
        assert!(!ignores("2025-01-01T12:00:00", 60, "Europe/Berlin"));
        assert!(ignores("2025-07-01T12:00:00", 0, "Europe/Dublin"), "its law calls summer the standard");
        assert!(!ignores("2025-07-01T12:00:00", 330, "Asia/Kolkata"));
    }

    #[test]
    fn the_offsets_of_a_place_are_those_of_the_years_around() {
        let offsets =
            |wall: &str, zone: &str| offsets_around(&TimeZone::get(zone).unwrap(), wall.parse().unwrap());
        assert_eq!(offsets("2025-07-01T12:00:00", "Europe/Berlin"), [60, 120].into());
        assert_eq!(offsets("2025-07-01T12:00:00", "Asia/Kolkata"), [330].into());
        assert_eq!(offsets("2016-03-01T12:00:00", "America/Caracas"), [-270, -240].into());
    }
}
