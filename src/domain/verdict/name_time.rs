//! Does the time in the photo's name agree with `photo_timestamp`?
//!
//! The app writes local wall time into the name, before the address and whatever else a template adds.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::meaning::{Meaning, Vote};
use super::readings;
use super::span::{apart, clock};
use super::time::{IN_SOME_ZONE, fits_some_offset, wall_seconds};
use super::{Case, Cause, Check, Difference, Finding, Outcome, explanation};
use crate::domain::announced_time::AnnouncedTime;

/// The finding, and what the name says of the team's timestamps.
pub struct Checked {
    /// For the verdict.
    pub finding: Finding,
    /// A name that differs from the timestamp by the zone's offset speaks for UTC, an equal one for local time.
    pub vote: Option<Vote>,
}

/// The time in `photo_name`, equal under either reading of the timestamp that is still open.
pub fn check(case: &Case<'_>) -> Checked {
    let finding = |outcome, detail: &str| Checked {
        finding: Finding::new(Check::NameTime, outcome, detail),
        vote: None,
    };
    let Some(named) = case.announced.photo_name.as_deref().and_then(in_file_name) else {
        return finding(Outcome::Absent, "the photo's name holds no time");
    };
    let Some(announced) = case.announced_time else {
        return finding(Outcome::NotApplicable, "the delivery announces no time that could be read");
    };
    let local = wall_seconds(named, announced.wall);
    let own = case.evidence.exif.taken_offset_minutes.and_then(readings::offset_of);
    let zones = case.zones.iter().cloned().chain(own.map(TimeZone::fixed));
    let in_zones = zones.map(|zone| wall_seconds(named, announced.wall_in(&zone)));
    let utc: Option<i64> = in_zones.min_by_key(|seconds| seconds.saturating_abs());
    let fits = |seconds| case.limits.outcome_of_time(seconds) == Outcome::Match;
    let vote = utc.filter(|_| !announced.is_fixed).and_then(|utc| Vote::of(fits(utc), fits(local)));
    Checked { finding: judged(case, named, announced, utc, local), vote }
}

fn judged(
    case: &Case<'_>,
    named: DateTime,
    announced: AnnouncedTime,
    utc: Option<i64>,
    local: i64,
) -> Finding {
    let meaning = case.meaning();
    let open = [utc.filter(|_| meaning.may_be_utc()), meaning.may_be_local().then_some(local)];
    let best = open.into_iter().flatten().min_by_key(|seconds| seconds.saturating_abs()).unwrap_or(local);
    let is_open_anywhere = utc.is_none() && meaning.may_be_utc();
    let from_utc = wall_seconds(named, announced.wall_in(&TimeZone::UTC));
    let fits_somewhere = || fits_some_offset(from_utc, case.limits.time_match_secs);
    let (outcome, cause) = match case.limits.outcome_of_time(best) {
        // An own offset alone may be wrong by summer time, or by the zone that a phone came from.
        Outcome::Mismatch if case.zones.is_empty() && meaning.may_be_utc() && fits_somewhere() => {
            (Outcome::Ambiguous, None)
        }
        // Without a zone a match is one only where local time is what the team sends.
        Outcome::Match | Outcome::Near if is_open_anywhere && meaning != Meaning::Local => {
            (Outcome::Ambiguous, None)
        }
        Outcome::Mismatch => match cause_of(case, named, best, utc, local) {
            Some(cause) => (Outcome::Explained, Some(cause)),
            None => (Outcome::Mismatch, None),
        },
        fits => (fits, None),
    };
    let says = format!("the name says {}", clock(named));
    let detail = match (outcome, cause) {
        (Outcome::Ambiguous, _) => format!("{says}; {IN_SOME_ZONE}"),
        (_, Some(cause)) => {
            format!("{says}, {} the announced time, {}", apart(best), explanation::words(cause, meaning))
        }
        _ => format!("{says}, {} the announced time", apart(best)),
    };
    Finding::new(Check::NameTime, outcome, detail)
        .compared(&announced.utc, &named)
        .by(Difference::Seconds(best))
        .within(Difference::Seconds(case.limits.time_match_secs))
        .because(cause)
}

fn cause_of(case: &Case<'_>, named: DateTime, best: i64, utc: Option<i64>, local: i64) -> Option<Cause> {
    let meaning = case.meaning();
    let closed = [utc.filter(|_| !meaning.may_be_utc()), (!meaning.may_be_local()).then_some(local)];
    let fits = |seconds: i64| case.limits.outcome_of_time(seconds) == Outcome::Match;
    if !case.is_fixed() && closed.into_iter().flatten().any(fits) {
        return Some(Cause::OtherMeaning);
    }
    let place = readings::of(named, None, &case.zones).place_offsets;
    explanation::of(best, &(&place | &case.known.device_offsets), &case.limits)
}

/// The time that Timemark writes at the start of its file names: `YYYY-MM-DD HH.MM.SS_`.
pub fn in_file_name(name: &str) -> Option<DateTime> {
    let text = name.trim_start().get(..19)?;
    DateTime::strptime("%Y-%m-%d %H.%M.%S", text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_a_file_name_survives_any_name() {
        let name = "2025-12-11 13.45.00_1388 Central Park, New York, example.jpg";
        assert_eq!(in_file_name(name).unwrap().to_string(), "2025-12-11T13:45:00");
        for wrong in ["", "2025-13-11 13.45.00_", "上海市浦东新区上海市浦东新区", "IMG_20251211.jpg"]
        {
            assert_eq!(in_file_name(wrong), None, "{wrong}");
        }
    }
}
