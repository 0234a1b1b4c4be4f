//! The rules on real photos: deliveries made from ExifTool's truth and then moved in time and place, against tables
//! that were written by hand.
//!
//! The corpus lies beside the project and is never part of it; without it these tests say so and pass.

use std::collections::BTreeMap;
use std::fs::File;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use keepmark::domain::delivery::Announcement;
use keepmark::domain::evidence::Evidence;
use keepmark::domain::verdict::known::Known;
use keepmark::domain::verdict::meaning::Meaning;
use keepmark::domain::verdict::rules::{Material, Rules};
use keepmark::domain::verdict::{Check, Finding, Limits, Verdict};
use keepmark::inspect;

use crate::support::corpus;

type Row = BTreeMap<&'static str, &'static str>;

/// A table: comment lines, a line of names, then a line a photo.
fn table(text: &'static str) -> Vec<Row> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<_> = lines.next().unwrap().split('\t').collect();
    lines.map(|line| names.iter().copied().zip(line.split('\t')).collect()).collect()
}

fn usable() -> Vec<Row> {
    table(include_str!("corpus/usable.tsv"))
}

fn evidence(row: &Row) -> Option<Evidence> {
    let path = corpus::folder()?.join("photos").join(row["file"]);
    Some(inspect::read(&mut File::open(path).unwrap()).unwrap())
}

fn judged(announced: &Announcement, evidence: &Evidence, meaning: Meaning) -> Vec<Finding> {
    let rules =
        Rules { limits: Limits::default(), default_zone: TimeZone::UTC, meaning: None, look_alike_bits: 28 };
    // Long after: whether it was announced too early is another test's.
    let received_at: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let material = Material { announced, evidence, content_type: None, received_at };
    rules.judge(&material, Known { meaning, ..Known::default() }).findings
}

fn outcome(findings: &[Finding], check: Check) -> &'static str {
    findings.iter().find(|finding| finding.check == check).unwrap().outcome.as_str()
}

/// What ExifTool reads from a file, as text.
fn exiftool(row: &Row, tag: &str) -> Option<String> {
    let all = corpus::json("photos.json").unwrap();
    let photo = all.as_array().unwrap().iter().find(|photo| photo["file"] == row["file"]).unwrap().clone();
    match &photo[tag] {
        serde_json::Value::String(text) => Some(text.trim().to_owned()),
        serde_json::Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// A delivery that says what ExifTool reads.
fn truth(row: &Row) -> Announcement {
    let device =
        ["Make", "Model"].into_iter().filter_map(|tag| exiftool(row, tag)).collect::<Vec<_>>().join(" ");
    Announcement {
        timestamp: Some(row["utc"].to_owned()),
        latitude: Some(row["latitude"].to_owned()),
        longitude: Some(row["longitude"].to_owned()),
        device: Some(device),
        ..Announcement::default()
    }
}

#[test]
fn a_delivery_made_from_the_truth_matches_under_either_meaning() {
    let rows = usable();
    assert_eq!(rows.len(), 20);
    for row in rows {
        let Some(evidence) = evidence(&row) else { return };
        let announced = truth(&row);
        for meaning in [Meaning::Open, Meaning::Utc] {
            let findings = judged(&announced, &evidence, meaning);
            for check in [Check::Completeness, Check::Time, Check::Position, Check::Device] {
                assert_eq!(outcome(&findings, check), "match", "{}: {findings:#?}", row["file"]);
            }
            assert_eq!(Verdict::of(&findings), Verdict::Consistent, "{}", row["file"]);
        }
        // The same as local time: the wall clock of the place, called UTC.
        let instant: Timestamp = row["utc"].parse().unwrap();
        let wall = TimeZone::get(row["zone"]).unwrap().to_datetime(instant);
        let local = Announcement { timestamp: Some(format!("{wall}Z")), ..announced };
        for meaning in [Meaning::Open, Meaning::Local] {
            let findings = judged(&local, &evidence, meaning);
            assert_eq!(outcome(&findings, Check::Time), "match", "{}", row["file"]);
        }
    }
}

#[test]
fn an_announced_time_that_is_moved_is_what_the_table_says() {
    for row in usable() {
        let Some(evidence) = evidence(&row) else { return };
        let instant: Timestamp = row["utc"].parse().unwrap();
        let zoned = instant.to_zoned(TimeZone::UTC);
        let moved = [
            ("plus_1h", instant + SignedDuration::from_hours(1)),
            ("plus_5h30", instant + SignedDuration::from_mins(330)),
            ("plus_24h", instant + SignedDuration::from_hours(24)),
            ("plus_40min", instant + SignedDuration::from_mins(40)),
            ("plus_3y", zoned.checked_add(3.years()).unwrap().timestamp()),
        ];
        for (name, instant) in moved {
            let announced = Announcement { timestamp: Some(instant.to_string()), ..truth(&row) };
            let settled = judged(&announced, &evidence, Meaning::Utc);
            let is_local = name == "plus_1h" && row["coincides"] == "+1h";
            // A whole hour that is the zone's own offset is told by the team's meaning alone.
            let wanted = if is_local { "explained" } else { row[name] };
            assert_eq!(outcome(&settled, Check::Time), wanted, "{} {name}: {settled:#?}", row["file"]);
            let open = judged(&announced, &evidence, Meaning::Open);
            let wanted = if is_local { "match" } else { row[name] };
            assert_eq!(outcome(&open, Check::Time), wanted, "{} {name}: {open:#?}", row["file"]);
        }
    }
}

#[test]
fn an_announced_place_that_is_moved_is_what_the_table_says() {
    for row in usable() {
        let Some(evidence) = evidence(&row) else { return };
        let degrees = |name: &str| row[name].parse::<f64>().unwrap();
        let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
        // A degree of latitude is 110.6 km at the equator and 111.7 km at the poles (WGS 84).
        let north = |metres: f64| (latitude + metres / 111_000.0, longitude);
        let moved = [
            ("50m", vec![north(50.0), north(-50.0)]),
            ("300m", vec![north(300.0), north(-300.0)]),
            ("5km", vec![north(5000.0), north(-5000.0)]),
            ("swapped", vec![(longitude, latitude)]),
            ("flipped", vec![(-latitude, longitude), (latitude, -longitude), (-latitude, -longitude)]),
        ];
        for (name, places) in moved {
            for (latitude, longitude) in places {
                let announced = Announcement {
                    latitude: Some(latitude.to_string()),
                    longitude: Some(longitude.to_string()),
                    ..truth(&row)
                };
                let findings = judged(&announced, &evidence, Meaning::Utc);
                assert_eq!(
                    outcome(&findings, Check::Position),
                    row[name],
                    "{} {name}: {findings:#?}",
                    row["file"]
                );
                assert_eq!(outcome(&findings, Check::Time), "match", "{} {name}: {findings:#?}", row["file"]);
            }
        }
    }
}

#[test]
fn the_other_photos_are_what_the_list_says() {
    let rows = table(include_str!("corpus/others.tsv"));
    assert_eq!(rows.len(), 62);
    for row in rows {
        let Some(evidence) = evidence(&row) else { return };
        // Some have none that is in EXIF: then any time will do.
        let taken = exiftool(&row, "DateTimeOriginal").unwrap_or_default();
        let wall = jiff::civil::DateTime::strptime("%Y:%m:%d %H:%M:%S", taken.get(..19).unwrap_or_default());
        let taken = wall.map_or_else(|_| "2011-01-13T14:33:39".to_owned(), |wall| wall.to_string());
        let device = Some("Apple iPhone 14 Pro Max".to_owned());
        let nowhere =
            Announcement { timestamp: Some(format!("{taken}Z")), device, ..Announcement::default() };
        let findings = judged(&nowhere, &evidence, Meaning::Open);
        assert_eq!(outcome(&findings, Check::Time), row["time"], "{}: {findings:#?}", row["file"]);
        assert_eq!(outcome(&findings, Check::Device), row["device"], "{}: {findings:#?}", row["file"]);
        let software = match outcome(&findings, Check::Software) {
            "ambiguous" => "editor",
            "absent" => "none",
            _ => "normal",
        };
        assert_eq!(software, row["software"], "{}: {findings:#?}", row["file"]);
        let park = Announcement {
            latitude: Some("40.785091".to_owned()),
            longitude: Some("-73.968285".to_owned()),
            ..nowhere
        };
        let findings = judged(&park, &evidence, Meaning::Open);
        assert_eq!(outcome(&findings, Check::Position), row["position"], "{}: {findings:#?}", row["file"]);
    }
}
