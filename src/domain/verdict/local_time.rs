//! Day and time at the place of capture: what the object key and the pages are sorted by.

use jiff::civil::DateTime;

use super::meaning::{Meaning, Vote};
use super::name_time::in_file_name;
use super::{Case, Cause, Finding, Outcome};

/// The file's own clock where it agrees with the delivery, is off by a whole step between zones, or has nothing to be
/// held against; else the announced time at the place; else the time in the file name; else what is left, in the
/// default zone.
pub fn of(case: &Case<'_>, time: &Finding, vote: Option<Vote>) -> DateTime {
    let taken = case.evidence.exif.taken;
    let is_trusted = matches!(time.outcome, Outcome::Match | Outcome::Near | Outcome::NotApplicable)
        || time.cause == Some(Cause::ZoneShift);
    let named = || case.announced.photo_name.as_deref().and_then(in_file_name);
    let ambiguous = || taken.filter(|_| time.outcome == Outcome::Ambiguous);
    let anywhere = || case.announced_time.map(|announced| announced.wall_in(&case.default_zone));
    taken
        .filter(|_| is_trusted)
        .or_else(|| announced_at_the_place(case, vote))
        .or_else(named)
        .or_else(ambiguous)
        .or_else(anywhere)
        .unwrap_or_else(|| case.default_zone.to_datetime(case.received_at))
}

/// While the team's meaning is open, the photo's own vote decides for it.
fn announced_at_the_place(case: &Case<'_>, vote: Option<Vote>) -> Option<DateTime> {
    let announced = case.announced_time?;
    let is_local = match case.meaning() {
        Meaning::Open => vote == Some(Vote::Local),
        meaning => meaning == Meaning::Local,
    };
    if is_local {
        return Some(announced.wall);
    }
    case.zones.first().map(|zone| announced.wall_in(zone))
}
