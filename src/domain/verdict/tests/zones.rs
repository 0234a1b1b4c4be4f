//! The zone truth table: which instants a wall time means at a place, as the tz database's own tools say.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::readings;
use super::super::time::fits_some_offset;
use super::story;
use crate::domain::position::Position;
use crate::domain::verdict::meaning::Meaning;
use crate::domain::verdict::{Check, Outcome};
use crate::domain::zone;

/// A line of `zones.tsv`.
struct Row {
    case: &'static str,
    position: Position,
    zones: Vec<&'static str>,
    wall: jiff::civil::DateTime,
    instants: Vec<Timestamp>,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("zones.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| {
            let columns: Vec<_> = line.split('\t').collect();
            let [case, latitude, longitude, zones, wall, utc, ..] = columns[..] else { panic!("{line}") };
            Row {
                case,
                position: Position::new(latitude.parse().unwrap(), longitude.parse().unwrap()).unwrap(),
                zones: zones.split('|').collect(),
                wall: wall.parse().unwrap(),
                instants: utc.split('|').map(|instant| instant.parse().unwrap()).collect(),
            }
        })
        .collect()
}

#[test]
fn every_place_has_the_zone_of_the_table() {
    let rows = rows();
    assert!(rows.len() >= 150, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let zones = zone::around(row.position);
        let found = zones.first().and_then(TimeZone::iana_name).unwrap_or("none");
        if !row.zones.contains(&found) {
            wrong.push(format!("{}: {found}, expected {:?}", row.case, row.zones));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_wall_time_means_the_instants_of_the_table() {
    for row in rows() {
        let zone = TimeZone::get(row.zones[0]).unwrap();
        let found: Vec<_> = readings::of(row.wall, None, &[zone]).all.iter().map(|r| r.instant).collect();
        assert_eq!(found, row.instants, "{}", row.case);
    }
}

#[test]
fn a_photo_announced_at_any_instant_of_the_table_matches_and_one_half_a_day_off_does_not() {
    for row in rows() {
        // Where the map may give another zone, the table's instants are not the place's.
        let place = zone::around(row.position);
        if place.first().and_then(TimeZone::iana_name) != Some(row.zones[0]) {
            continue;
        }
        let Position { latitude, longitude } = row.position;
        let told = |instant: Timestamp| {
            story()
                .at(latitude, longitude)
                .taken_at(&row.wall.to_string(), None)
                .announced_at(&instant.to_string())
                .meaning(Meaning::Utc)
                .finding(Check::Time)
        };
        for &instant in &row.instants {
            assert_eq!(told(instant).outcome, Outcome::Match, "{}: {}", row.case, told(instant).detail);
            let off = instant + jiff::SignedDuration::from_mins(12 * 60 + 7);
            assert_ne!(told(off).outcome, Outcome::Match, "{}: {}", row.case, told(off).detail);
        }
    }
}

#[test]
fn every_offset_that_a_zone_had_since_2000_is_a_possible_one_and_quarters_of_hours_are_not() {
    let begin: Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut zones = 0;
    for name in jiff::tz::db().available() {
        let zone = TimeZone::get(name.as_str()).unwrap();
        let later = zone.following(begin).take_while(|change| change.timestamp() < end);
        for offset in later.map(|change| change.offset()).chain([zone.to_offset(begin)]) {
            assert!(fits_some_offset(offset.seconds().into(), 0), "{} {offset}", name.as_str());
        }
        zones += 1;
    }
    assert!(zones > 400, "{zones}");
    for minutes in [15, -45, 15 * 60, -13 * 60, 555] {
        assert!(!fits_some_offset(minutes * 60, 120), "{minutes}");
    }
}

#[test]
fn near_a_border_a_phone_may_show_the_neighbours_time() {
    // Tui in Spain, across the river from Portugal, an hour behind.
    let shown = |wall: &str| {
        story()
            .at(42.046, -8.645)
            .taken_at(wall, None)
            .announced_at("2024-01-15T12:00:00Z")
            .meaning(Meaning::Utc)
            .finding(Check::Time)
    };
    assert_eq!(shown("2024-01-15T13:00:00").outcome, Outcome::Match, "Madrid");
    assert_eq!(
        shown("2024-01-15T12:00:00").outcome,
        Outcome::Match,
        "{}",
        shown("2024-01-15T12:00:00").detail
    );
    assert_eq!(shown("2024-01-15T14:30:00").outcome, Outcome::Mismatch);
}
