//! Was the photo taken when it is said to be?
//!
//! The file's clock is wall time, mostly without a zone, and whether `photo_timestamp` is UTC or local time is not
//! known: every reading that is possible is tried, and the nearest counts.

use std::fmt::Display;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Case, Check, Difference, Finding, Outcome};
use crate::domain::evidence::Exif;

/// The finding, and the instant of capture when the file's clock gave one that fits.
pub struct Checked {
    /// For the verdict.
    pub finding: Finding,
    /// The file's instant, under the reading that fits.
    pub instant: Option<Timestamp>,
}

/// Holds the file's `DateTimeOriginal` against `photo_timestamp`.
pub fn check(case: &Case<'_>) -> Checked {
    let finding = |outcome, detail: &str| Checked {
        finding: Finding::new(Check::Time, outcome, detail),
        instant: None,
    };
    let Some(taken) = case.evidence.exif.taken else {
        return finding(Outcome::Absent, "the file has no time of capture");
    };
    let Some(announced) = case.announced.instant() else {
        return finding(Outcome::NotApplicable, "the delivery announces no time that could be read");
    };
    let readings = readings(&case.evidence.exif, taken, case.zone.as_ref());
    if readings.is_empty() {
        without_zone(case, taken, announced)
    } else {
        nearest(case, taken, announced, &readings)
    }
}

/// One way to understand both clocks.
struct Reading {
    instant: Timestamp,
    words: String,
}

fn readings(exif: &Exif, taken: DateTime, zone: Option<&TimeZone>) -> Vec<Reading> {
    let own = exif.taken_offset_minutes.and_then(|minutes| {
        let offset = Offset::from_seconds(minutes.checked_mul(60)?).ok()?;
        let instant = offset.to_timestamp(taken).ok()?;
        Some(Reading { instant, words: format!("with its own offset UTC{offset}") })
    });
    let place = zone.and_then(|zone| {
        let instant = zone.to_timestamp(taken).ok()?;
        let name = zone.iana_name().unwrap_or("the place's zone");
        Some(Reading { instant, words: format!("in {name}, UTC{}", zone.to_offset(instant)) })
    });
    own.into_iter().chain(place).collect()
}

/// With a zone or an offset the file's clock is an instant. While it is open whether `photo_timestamp` means UTC or
/// local time, one that fits as local time passes too, and says so. What fits neither is told as UTC, which is what
/// the sender documents.
fn nearest(case: &Case<'_>, taken: DateTime, announced: Timestamp, readings: &[Reading]) -> Checked {
    let differences = readings.iter().map(|reading| {
        let seconds = reading.instant.duration_since(announced).as_secs();
        (seconds, reading, reading.words.clone())
    });
    let as_local = readings.last().map(|reading| {
        let seconds = wall_difference_secs(taken, announced);
        (seconds, reading, "if the announced time is local; the zone is open".to_owned())
    });
    let as_local = as_local.filter(|(seconds, ..)| outcome_of(seconds.abs(), case) != Outcome::Mismatch);
    let Some((seconds, reading, words)) =
        differences.chain(as_local).min_by_key(|(seconds, ..)| seconds.abs())
    else {
        return without_zone(case, taken, announced);
    };
    let outcome = outcome_of(seconds.abs(), case);
    let detail =
        format!("the file's clock says {}, {} the announced time ({words})", clock(taken), apart(seconds));
    let finding = Finding::new(Check::Time, outcome, detail)
        .compared(&announced, &taken)
        .by(Difference::Seconds(seconds));
    let fits = matches!(outcome, Outcome::Match | Outcome::Near);
    Checked { finding, instant: fits.then_some(reading.instant) }
}

/// Without a zone every real offset is possible (quarter hours from -12 to +14): at best ambiguous.
fn without_zone(case: &Case<'_>, taken: DateTime, announced: Timestamp) -> Checked {
    const QUARTER_SECS: i64 = 900;
    let seconds = wall_difference_secs(taken, announced);
    let offset_secs = seconds.saturating_add(QUARTER_SECS / 2).div_euclid(QUARTER_SECS) * QUARTER_SECS;
    let is_real = (-12 * 3600..=14 * 3600).contains(&offset_secs);
    let rest = seconds - offset_secs;
    let (outcome, detail) = if is_real && rest.abs() <= case.limits.time_match_secs {
        let words = "the file's clock fits the announced time in some zone, and which one is not known";
        (Outcome::Ambiguous, format!("{words}: it says {}", clock(taken)))
    } else {
        (
            Outcome::Mismatch,
            format!("the file's clock says {}, which fits the announced time in no zone", clock(taken)),
        )
    };
    let finding = Finding::new(Check::Time, outcome, detail)
        .compared(&announced, &taken)
        .by(Difference::Seconds(seconds));
    Checked { finding, instant: None }
}

fn outcome_of(seconds: i64, case: &Case<'_>) -> Outcome {
    if seconds <= case.limits.time_match_secs {
        Outcome::Match
    } else if seconds <= case.limits.time_near_secs {
        Outcome::Near
    } else {
        Outcome::Mismatch
    }
}

/// The file's wall time minus the announced one, both read as the same clock.
fn wall_difference_secs(taken: DateTime, announced: Timestamp) -> i64 {
    Offset::UTC.to_timestamp(taken).map_or(i64::MAX, |wall| wall.duration_since(announced).as_secs())
}

/// As people write it: without the `T`, without fractions.
fn clock(taken: DateTime) -> impl Display {
    taken.strftime("%Y-%m-%d %H:%M:%S")
}

fn apart(seconds: i64) -> String {
    let length = SignedDuration::from_secs(seconds.saturating_abs());
    let (hours, minutes, rest) = (length.as_hours(), length.as_mins() % 60, length.as_secs() % 60);
    let span = match (hours / 24, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, ..) => format!("{hours} h {minutes} min"),
        (days, ..) => format!("{days} d {} h", hours % 24),
    };
    match seconds {
        0 => "exactly".to_owned(),
        1.. => format!("{span} after"),
        _ => format!("{span} before"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use crate::domain::delivery::Announcement;
    use crate::domain::evidence::{Container, Evidence, Pixels};
    use crate::domain::photo::MediaType;

    /// A photo whose file says `taken`, announced at `announced`, in a zone or nowhere.
    fn checked(taken: &str, offset_minutes: Option<i32>, announced: &str, zone: Option<&str>) -> Finding {
        let evidence = Evidence {
            media_type: MediaType::Jpeg,
            container: Container::Complete { trailing_bytes: 0 },
            dimensions: None,
            pixels: Pixels::Decoded,
            exif: Exif {
                taken: Some(taken.parse().unwrap()),
                taken_offset_minutes: offset_minutes,
                ..Exif::default()
            },
            notes: Vec::new(),
        };
        let announced = Announcement { timestamp: Some(announced.to_owned()), ..Announcement::default() };
        check(&Case {
            announced: &announced,
            evidence: &evidence,
            content_type: None,
            received_at: Timestamp::UNIX_EPOCH,
            zone: zone.map(|name| TimeZone::get(name).unwrap()),
            default_zone: TimeZone::UTC,
            limits: Limits {
                time_match_secs: 120,
                time_near_secs: 900,
                position_match_m: 100.0,
                position_near_m: 500.0,
            },
        })
        .finding
    }

    #[test]
    fn the_zone_of_the_place_makes_the_files_clock_an_instant() {
        let at = |announced| checked("2025-12-11T13:45:00", None, announced, Some("America/New_York"));
        assert_eq!(at("2025-12-11T18:45:02Z").outcome, Outcome::Match);
        assert_eq!(at("2025-12-11T18:45:02Z").difference, Some(Difference::Seconds(-2)));
        assert_eq!(at("2025-12-11T18:55:00Z").outcome, Outcome::Near);
        assert_eq!(at("2025-12-11T21:45:00Z").outcome, Outcome::Mismatch);
    }

    #[test]
    fn local_time_marked_as_utc_passes_and_says_so() {
        let finding = checked("2025-12-11T13:45:00", None, "2025-12-11T13:45:00Z", Some("America/New_York"));
        assert_eq!(finding.outcome, Outcome::Match);
        assert!(finding.detail.contains("the zone is open"), "{}", finding.detail);
    }

    #[test]
    fn the_files_own_offset_is_as_good_as_the_place() {
        let finding = checked("2025-06-11T13:45:00", Some(330), "2025-06-11T08:15:00Z", None);
        assert_eq!(finding.outcome, Outcome::Match);
    }

    #[test]
    fn without_any_zone_a_real_offset_is_ambiguous_and_an_unreal_one_differs() {
        let outcome = |announced| checked("2025-06-11T13:45:00", None, announced, None).outcome;
        assert_eq!(outcome("2025-06-11T08:15:00Z"), Outcome::Ambiguous, "India");
        assert_eq!(outcome("2025-06-11T08:00:30Z"), Outcome::Ambiguous, "Nepal");
        assert_eq!(outcome("2025-06-11T08:07:30Z"), Outcome::Mismatch, "between two offsets");
        assert_eq!(outcome("2025-06-10T08:15:00Z"), Outcome::Mismatch, "a day off");
    }
}
