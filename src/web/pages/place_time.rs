//! Whose clock a photo's time was read from: `in New York (UTC−5)`, in lists `UTC−5`.
//!
//! Never a guess: a place is named only where its clocks went as far from UTC as the photo's time does.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::catalog::photo::Photo;
use crate::domain::zone;

/// What stands behind a time in a list.
pub(super) fn short(photo: &Photo) -> String {
    captured(photo).map_or_else(|| "local".to_owned(), |(_, offset)| words(offset))
}

/// What stands behind the time on a photo's card.
pub(super) fn long(photo: &Photo) -> String {
    let zone = photo.position.and_then(|position| zone::around(position).into_iter().next());
    let Some((at, offset)) = captured(photo) else {
        let city = zone.as_ref().and_then(city);
        return city.map_or_else(|| "local time".to_owned(), |city| format!("in {city}, local time"));
    };
    let city = zone.filter(|zone| zone.to_offset(at) == offset).as_ref().and_then(city);
    match city {
        Some(city) => format!("in {city} ({})", words(offset)),
        None => format!("local time ({})", words(offset)),
    }
}

/// The instant, where it is known, and how far the photo's time was ahead of UTC then. Zones lie quarters of an hour
/// apart; the clock of a phone may go wrong by some minutes.
fn captured(photo: &Photo) -> Option<(Timestamp, Offset)> {
    const STEP_SECONDS: i64 = 15 * 60;
    const WRONG_SECONDS_MAX: i64 = 5 * 60;
    const AHEAD_SECONDS_MAX: i64 = 14 * 3600;
    let at = Timestamp::from_millisecond(photo.captured_at_ms?).ok()?;
    let ahead = photo.local_time.duration_since(TimeZone::UTC.to_datetime(at)).as_secs();
    let step = (ahead + STEP_SECONDS / 2).div_euclid(STEP_SECONDS) * STEP_SECONDS;
    let is_zone = (ahead - step).abs() <= WRONG_SECONDS_MAX && step.abs() <= AHEAD_SECONDS_MAX;
    let offset = Offset::from_seconds(i32::try_from(step).ok()?).ok()?;
    is_zone.then_some((at, offset))
}

/// `UTC−5`, `UTC+5:45`, `UTC`.
fn words(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// The city that a zone is named after; zones of the high seas have none.
fn city(zone: &TimeZone) -> Option<String> {
    let (area, city) = zone.iana_name()?.split_once('/')?;
    let city = city.rsplit('/').next()?;
    (area != "Etc").then(|| city.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_written_as_people_write_them() {
        let of = |minutes: i32| words(Offset::from_seconds(minutes * 60).unwrap());
        assert_eq!([-300, 0, 345, -210].map(of), ["UTC−5", "UTC", "UTC+5:45", "UTC−3:30"]);
    }

    #[test]
    fn zones_of_cities_have_a_name_and_others_none() {
        let of = |name: &str| city(&TimeZone::get(name).unwrap());
        assert_eq!(of("America/Argentina/Buenos_Aires").as_deref(), Some("Buenos Aires"));
        assert_eq!(of("Etc/GMT+9"), None);
    }
}
