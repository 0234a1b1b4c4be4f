//! The zone truth table: which instants a wall time means at a place, as the tz database's own tools say.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::readings;
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
