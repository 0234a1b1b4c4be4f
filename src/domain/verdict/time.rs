//! Was the photo taken when it is said to be?
//!
//! The file's clock is wall time, mostly without a zone, and whether `photo_timestamp` is UTC or local time is not
//! known: every reading that is possible is tried, and the nearest counts.

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
    let detail = format!("the file's clock says {taken}, {} the announced time ({words})", apart(seconds));
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
        (Outcome::Ambiguous, format!("{words}: it says {taken}"))
    } else {
        (
            Outcome::Mismatch,
            format!("the file's clock says {taken}, which fits the announced time in no zone"),
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
