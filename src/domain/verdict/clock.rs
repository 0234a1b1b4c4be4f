//! Was the photo announced as taken after it arrived?

use jiff::{SignedDuration, Timestamp};

use super::meaning::Vote;
use super::readings::offset_of;
use super::span::length;
use super::{Case, Check, Difference, Finding, Note, Outcome};
use crate::domain::announced_time::AnnouncedTime;

/// The easternmost clocks (Kiritimati): no local time is earlier in UTC.
const EASTERNMOST: SignedDuration = SignedDuration::from_hours(14);
const DAY_SECS: i64 = 86_400;

/// The finding, and what the receipt says of the team's timestamps.
pub struct Checked {
    /// For the verdict.
    pub finding: Finding,
    /// A timestamp that would lie in the future under one reading speaks for the other.
    pub vote: Option<Vote>,
}

/// `photo_timestamp` against the receipt. Nothing is announced before it is taken; days late is normal.
pub fn check(case: &Case<'_>) -> Checked {
    let Some(announced) = case.announced_time else {
        let detail = "the delivery announces no time that could be read";
        return Checked { finding: Finding::new(Check::Clock, Outcome::NotApplicable, detail), vote: None };
    };
    let meaning = case.meaning();
    let local = earliest_local(case, announced);
    let ahead = |instant: Timestamp| instant.duration_since(case.received_at).as_secs();
    let is_future = |instant| ahead(instant) > case.limits.clock_ahead_secs;
    let vote = match local {
        Some(local) if !announced.is_fixed => Vote::of(!is_future(announced.utc), !is_future(local)),
        _ => None,
    };
    let anywhere = announced.utc.checked_sub(EASTERNMOST).unwrap_or(Timestamp::MIN);
    let readings = [
        meaning.may_be_utc().then_some(announced.utc),
        meaning.may_be_local().then_some(local.unwrap_or(anywhere)),
    ];
    let earliest = readings.into_iter().flatten().min_by_key(|&instant| ahead(instant).max(0));
    let seconds = ahead(earliest.unwrap_or(announced.utc));
    Checked { finding: told(case, announced, seconds), vote }
}

/// Local time as an instant at the place, or where the phone was lately; not by the file's own offset, which may be wrong
/// by summer time.
fn earliest_local(case: &Case<'_>, announced: AnnouncedTime) -> Option<Timestamp> {
    let places = case.zones.iter().filter_map(|zone| zone.to_timestamp(announced.wall).ok());
    let earliest = places.min()?;
    let lately = case.known.device_offsets.iter().filter_map(|&minutes| offset_of(minutes));
    let elsewhere = lately.filter_map(|offset| offset.to_timestamp(announced.wall).ok()).min();
    Some(elsewhere.map_or(earliest, |elsewhere| elsewhere.min(earliest)))
}

fn told(case: &Case<'_>, announced: AnnouncedTime, seconds: i64) -> Finding {
    let is_late = seconds < -DAY_SECS;
    let (outcome, detail) = if seconds > case.limits.clock_ahead_secs {
        (Outcome::Mismatch, format!("it is announced as taken {} after it arrived", length(seconds)))
    } else if is_late {
        (Outcome::Match, format!("it arrived {} after the announced time", length(seconds)))
    } else {
        (Outcome::Match, "it arrived after the announced time".to_owned())
    };
    Finding::new(Check::Clock, outcome, detail)
        .compared(&announced.utc, &case.received_at)
        .by(Difference::Seconds(seconds))
        .within(Difference::Seconds(case.limits.clock_ahead_secs))
        .noting(is_late.then_some(Note::Late))
}
