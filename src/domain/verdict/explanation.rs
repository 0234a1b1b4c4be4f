//! Why two clocks differ, where the difference itself tells: a step between zones, a day, 1024 weeks, a year or more.
//!
//! An explanation is no match: it says that a difference has a known harmless cause, not that it had it.

use std::collections::BTreeSet;

use super::meaning::Meaning;
use super::{Cause, Limits};

const DAY_SECS: i64 = 86_400;
/// The week number of GPS has ten bits (IS-GPS-200, 20.3.3.3.1.1).
const ROLLOVER_SECS: i64 = 1024 * 7 * DAY_SECS;
const YEAR_SECS: i64 = 365 * DAY_SECS;

/// The cause of a difference in seconds, given the offsets that place and device had, in minutes.
pub(super) fn of(seconds: i64, offsets: &BTreeSet<i32>, limits: &Limits) -> Option<Cause> {
    let is_about = |wanted: i64, within: i64| (seconds.saturating_abs() - wanted).abs() <= within;
    let is_step = |step_minutes: i32| is_about(i64::from(step_minutes) * 60, limits.time_match_secs);
    let mut steps = offsets.iter().flat_map(|a| offsets.iter().map(move |b| a - b)).filter(|&step| step > 0);
    if steps.any(is_step) {
        Some(Cause::ZoneShift)
    } else if is_about(DAY_SECS, limits.time_near_secs) {
        Some(Cause::DateRoll)
    } else if is_about(ROLLOVER_SECS, limits.time_near_secs) {
        Some(Cause::GpsRollover)
    } else if seconds.saturating_abs() >= YEAR_SECS {
        Some(Cause::ClockUnset)
    } else {
        None
    }
}

/// The cause in words, behind a difference; `meaning` is what the team's times are.
pub(super) fn words(cause: Cause, meaning: Meaning) -> &'static str {
    match (cause, meaning) {
        (Cause::DateRoll, _) => "which is about one day, as when the date of one clock changed early or late",
        (Cause::GpsRollover, _) => "which is 1024 weeks, after which the date of GPS begins anew",
        (Cause::ClockUnset, _) => "which is a year or more, as when the clock of a device was never set",
        (Cause::OtherMeaning, Meaning::Local) => {
            "and would agree if that were UTC, but this team's announced times are local"
        }
        (Cause::OtherMeaning, _) => {
            "and would agree if that were local, but this team's announced times are UTC"
        }
        _ => {
            "which is a whole step between time zones, as when a phone has not followed a change of its zone"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    fn cause(seconds: i64, offsets: &[i32]) -> Option<Cause> {
        of(seconds, &offsets.iter().copied().collect(), &Limits::default())
    }

    #[test]
    fn only_steps_between_offsets_that_were_there_are_zone_shifts() {
        assert_eq!(cause(HOUR + 100, &[60, 120]), Some(Cause::ZoneShift));
        assert_eq!(cause(-HOUR, &[60, 120]), Some(Cause::ZoneShift));
        assert_eq!(cause(HOUR, &[330]), None);
        assert_eq!(cause(HOUR + 121, &[60, 120]), None);
        assert_eq!(cause(6 * HOUR, &[-300, 60]), Some(Cause::ZoneShift), "a phone that came from New York");
    }

    #[test]
    fn days_weeks_and_years_have_causes_of_their_own() {
        assert_eq!(cause(24 * HOUR - 900, &[]), Some(Cause::DateRoll));
        assert_eq!(cause(24 * HOUR + 901, &[]), None);
        assert_eq!(cause(-1024 * 7 * 24 * HOUR, &[]), Some(Cause::GpsRollover));
        assert_eq!(cause(364 * 24 * HOUR, &[]), None);
        assert_eq!(cause(-365 * 24 * HOUR, &[]), Some(Cause::ClockUnset));
        assert_eq!(cause(i64::MIN, &[]), Some(Cause::ClockUnset));
    }
}
