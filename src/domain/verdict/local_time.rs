//! Day and time at the place of capture: what the object key and the pages are sorted by.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::time::Checked;
use super::{Case, Outcome};

/// The file's own clock where it agrees with the delivery or nothing contradicts it; else the announced instant in
/// the zone of the place; else the time in the file name; else what is left, in the default zone.
pub fn of(case: &Case<'_>, time: &Checked) -> DateTime {
    let taken = case.evidence.exif.taken;
    let trusted = match time.finding.outcome {
        Outcome::Match | Outcome::Near | Outcome::NotApplicable => taken,
        _ => None,
    };
    let announced = case.announced.instant();
    let announced_in = |zone: &TimeZone| announced.map(|instant| zone.to_datetime(instant));
    let named = case.announced.photo_name.as_deref().and_then(in_file_name);
    let ambiguous = taken.filter(|_| time.finding.outcome == Outcome::Ambiguous);
    trusted
        .or_else(|| case.zone.as_ref().and_then(announced_in))
        .or(named)
        .or(ambiguous)
        .or_else(|| announced_in(&case.default_zone))
        .unwrap_or_else(|| case.default_zone.to_datetime(case.received_at))
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
