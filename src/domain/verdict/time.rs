//! Was the photo taken when it is said to be?
//!
//! The file's clock is wall time, mostly without a zone, and what `photo_timestamp` means is settled for a team only by
//! many photos: every reading that is still open is tried, and the nearest counts. The GPS time is a witness and no
//! more: a fix can be old.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::meaning::{Meaning, Vote};
use super::readings::{self, Reading, Readings};
use super::span::{apart, clock};
use super::{Case, Cause, Check, Difference, Finding, Note, Outcome, explanation};
use crate::domain::announced_time::AnnouncedTime;

/// The finding, and what follows from it.
pub struct Checked {
    /// For the verdict.
    pub finding: Finding,
    /// The file's instant, under the reading that fits.
    pub instant: Option<Timestamp>,
    /// The offset that the device's clock showed, minutes east of UTC, under the reading that fits.
    pub shown_offset_minutes: Option<i32>,
    /// What this photo says of the team's timestamps.
    pub vote: Option<Vote>,
}

impl Checked {
    fn only(finding: Finding) -> Self {
        Self { finding, instant: None, shown_offset_minutes: None, vote: None }
    }
}

/// Holds the file's `DateTimeOriginal` against `photo_timestamp`.
pub fn check(case: &Case<'_>) -> Checked {
    let finding = |outcome, detail: &str| Checked::only(Finding::new(Check::Time, outcome, detail));
    let exif = &case.evidence.exif;
    let Some(announced) = case.announced_time else {
        return match exif.taken {
            Some(_) => finding(Outcome::NotApplicable, "the delivery announces no time that could be read"),
            None => finding(Outcome::Absent, "the file has no time of capture"),
        };
    };
    let Some(taken) = exif.taken else { return without_clock(case, announced) };
    let readings = readings::of(taken, exif.taken_offset_minutes, &case.zones);
    if readings.all.is_empty() && case.meaning() != Meaning::Local {
        return without_zone(case, taken, announced);
    }
    nearest(case, taken, announced, &readings)
}

/// One comparison: under which meaning, by how much, by which reading.
struct Compared<'a> {
    seconds: i64,
    is_local: bool,
    reading: Option<&'a Reading>,
}

fn nearest(case: &Case<'_>, taken: DateTime, announced: AnnouncedTime, readings: &Readings) -> Checked {
    let as_utc: Vec<_> = readings.all.iter().map(|reading| against_utc(reading, announced)).collect();
    let as_local = Compared {
        seconds: wall_seconds(taken, announced.wall),
        is_local: true,
        reading: readings.all.iter().find(|reading| reading.votes).or(readings.all.first()),
    };
    let meaning = case.meaning();
    let utc = as_utc.into_iter().min_by_key(|compared| compared.seconds.saturating_abs());
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for compared in utc.into_iter().chain([as_local]) {
        let is_open = if compared.is_local { meaning.may_be_local() } else { meaning.may_be_utc() };
        if is_open { open.push(compared) } else { closed.push(compared) }
    }
    // What fits neither is told as UTC, which is what the sender documents.
    let best = open
        .iter()
        .filter(|compared| case.limits.outcome_of_time(compared.seconds) != Outcome::Mismatch)
        .min_by_key(|compared| compared.seconds.saturating_abs())
        .or(open.first());
    let Some(best) = best else { return without_zone(case, taken, announced) };
    let outcome = case.limits.outcome_of_time(best.seconds);
    if outcome == Outcome::Mismatch && case.zones.is_empty() && meaning != Meaning::Local {
        // An own offset alone may be wrong by summer time, or by the zone that a phone came from.
        return without_zone(case, taken, announced);
    }
    // What fits neither meaning is no matter of the meaning.
    let is_open = meaning == Meaning::Open && outcome != Outcome::Mismatch;
    let notes = notes(case, announced, readings, is_open);
    let vote = vote(case, taken, announced, readings);
    let told = |compared: &Compared<'_>, cause| {
        let finding = told(taken, announced, compared, outcome, cause);
        Finding { detail: with_notes(finding.detail, &notes), ..finding }
            .within(Difference::Seconds(case.limits.time_match_secs))
            .noting(notes.iter().copied())
    };
    if outcome == Outcome::Mismatch {
        let finding = match cause_of(case, &open, &closed, &readings.place_offsets) {
            Some((cause, compared)) => told(compared.unwrap_or(best), Some((cause, meaning))),
            None => told(best, None),
        };
        return Checked { vote, ..Checked::only(finding) };
    }
    Checked {
        finding: told(best, None),
        instant: best.reading.map(|reading| reading.instant),
        shown_offset_minutes: best.reading.map(|reading| reading.offset.seconds() / 60),
        vote,
    }
}

fn against_utc(reading: &Reading, announced: AnnouncedTime) -> Compared<'_> {
    let seconds = reading.instant.duration_since(announced.utc).as_secs();
    Compared { seconds, is_local: false, reading: Some(reading) }
}

/// The other meaning of the timestamp first, then what the difference itself tells.
fn cause_of<'a>(
    case: &Case<'_>,
    open: &'a [Compared<'a>],
    closed: &[Compared<'_>],
    place_offsets: &BTreeSet<i32>,
) -> Option<(Cause, Option<&'a Compared<'a>>)> {
    let fits = |other: &Compared<'_>| case.limits.outcome_of_time(other.seconds) == Outcome::Match;
    if !case.is_fixed() && closed.iter().any(fits) {
        return Some((Cause::OtherMeaning, None));
    }
    let offsets = place_offsets | &case.known.device_offsets;
    open.iter().find_map(|compared| {
        let cause = explanation::of(compared.seconds, &offsets, &case.limits)?;
        Some((cause, Some(compared)))
    })
}

/// What decides nothing, and would be missed by whoever reads the sentence alone.
fn with_notes(detail: String, notes: &[Note]) -> String {
    let mut detail = detail;
    if notes.contains(&Note::OffsetIgnoresDst) {
        detail.push_str("; the file's own offset leaves out summer time");
    }
    if notes.contains(&Note::ZoneOpen) {
        detail.push_str("; whether this team's announced times are UTC or local is still open");
    }
    detail
}

fn told(
    taken: DateTime,
    announced: AnnouncedTime,
    compared: &Compared<'_>,
    outcome: Outcome,
    cause: Option<(Cause, Meaning)>,
) -> Finding {
    let reading = match (compared.is_local, compared.reading) {
        (true, _) => "if that is local time",
        (false, Some(reading)) => &reading.words,
        (false, None) => "in UTC",
    };
    let lies = apart(compared.seconds);
    let detail = format!("the file's clock says {}, {lies} the announced time ({reading})", clock(taken));
    let (outcome, detail) = match cause {
        Some((cause, meaning)) => {
            (Outcome::Explained, format!("{detail}, {}", explanation::words(cause, meaning)))
        }
        None => (outcome, detail),
    };
    Finding::new(Check::Time, outcome, detail)
        .compared(&announced.utc, &taken)
        .by(Difference::Seconds(compared.seconds))
        .because(cause.map(|(cause, _)| cause))
}

fn notes(case: &Case<'_>, announced: AnnouncedTime, readings: &Readings, is_open: bool) -> Vec<Note> {
    let differ = readings.all.iter().any(|reading| reading.offset != Offset::UTC);
    let gps_agrees = case.evidence.exif.gps_time.is_some_and(|gps| gps_fits(case, announced, gps));
    [
        (readings.ignores_dst, Note::OffsetIgnoresDst),
        (is_open && differ, Note::ZoneOpen),
        (gps_agrees, Note::GpsTimeAgrees),
    ]
    .into_iter()
    .filter_map(|(is_so, note)| is_so.then_some(note))
    .collect()
}

/// A vote is cast whatever the team's meaning is by now: a change of it must be seen.
fn vote(case: &Case<'_>, taken: DateTime, announced: AnnouncedTime, readings: &Readings) -> Option<Vote> {
    if announced.is_fixed {
        return None;
    }
    let mut voting = readings.all.iter().filter(|reading| reading.votes).peekable();
    voting.peek()?;
    let fits = |seconds| case.limits.outcome_of_time(seconds) == Outcome::Match;
    Vote::of(
        voting.any(|reading| fits(against_utc(reading, announced).seconds)),
        fits(wall_seconds(taken, announced.wall)),
    )
}

/// With no clock of the file's, the GPS time may speak: near at best, because a fix can be old.
fn without_clock(case: &Case<'_>, announced: AnnouncedTime) -> Checked {
    let finding = |outcome, detail: &str| Finding::new(Check::Time, outcome, detail);
    let exif = &case.evidence.exif;
    Checked::only(match (exif.gps_time, exif.taken_unusable.as_deref()) {
        (Some(gps), _) if gps_fits(case, announced, gps) => {
            finding(Outcome::Near, "the file has a time of GPS alone, which agrees with the announced one")
                .compared(&announced.utc, &gps)
                .by(Difference::Seconds(gps.duration_since(announced.utc).as_secs()))
                .noting([Note::GpsTimeAgrees])
        }
        (_, Some(text)) => {
            finding(Outcome::Unusable, &format!("the file's time of capture cannot be read: {text}"))
        }
        _ => finding(Outcome::Absent, "the file has no time of capture"),
    })
}

/// The GPS time is UTC.
fn gps_fits(case: &Case<'_>, announced: AnnouncedTime, gps: Timestamp) -> bool {
    let meaning = case.meaning();
    let near = |instant: Timestamp| {
        gps.duration_since(instant).as_secs().saturating_abs() <= case.limits.time_near_secs
    };
    let local = |zone: &TimeZone| zone.to_timestamp(announced.wall).is_ok_and(near);
    (meaning.may_be_utc() && near(announced.utc)) || (meaning.may_be_local() && case.zones.iter().any(local))
}

/// Without a zone every real offset is possible: at best ambiguous.
fn without_zone(case: &Case<'_>, taken: DateTime, announced: AnnouncedTime) -> Checked {
    let seconds = wall_seconds(taken, announced.wall_in(&TimeZone::UTC));
    let says = format!("the file's clock says {}", clock(taken));
    let (outcome, cause, detail) = if fits_some_offset(seconds, case.limits.time_match_secs) {
        (Outcome::Ambiguous, None, format!("{says}; {IN_SOME_ZONE}"))
    } else if let Some(cause) = explanation::of(seconds, &case.known.device_offsets, &case.limits) {
        let words = explanation::words(cause, case.meaning());
        let detail = format!("{says}, {} the announced time, {words}", apart(seconds));
        (Outcome::Explained, Some(cause), detail)
    } else {
        (Outcome::Mismatch, None, format!("{says}, which fits the announced time in no zone"))
    };
    let finding = Finding::new(Check::Time, outcome, detail)
        .compared(&announced.utc, &taken)
        .by(Difference::Seconds(seconds))
        .because(cause);
    Checked::only(finding)
}

/// Without a place a time can hardly be wrong, and never be right.
pub(super) const IN_SOME_ZONE: &str =
    "the time zone is not known, and there are zones in which it is the announced time";

/// Offsets that are no whole hours and were in use somewhere since 2000 (tz database, release 2025b), minutes east of UTC.
const ODD_OFFSETS: [i32; 17] =
    [-570, -270, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 585, 630, 690, 765, 825];

/// Whether a wall time can lie so far from UTC: whole hours from -12 to +14, and the odd ones.
pub(super) fn fits_some_offset(seconds: i64, within: i64) -> bool {
    let whole = (-12..=14).map(|hours: i32| hours * 60);
    whole.chain(ODD_OFFSETS).any(|minutes| (seconds - i64::from(minutes) * 60).abs() <= within)
}

/// One wall time minus another, both read as the same clock.
pub(super) fn wall_seconds(wall: DateTime, other: DateTime) -> i64 {
    wall.duration_since(other).as_secs()
}
