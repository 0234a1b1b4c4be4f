//! EXIF's notations of time (CIPA DC-008, 4.6.5 and 4.6.6).
//!
//! Never a guess: blanks and zeros mean that the writer did not know, and anything else that is no time is refused
//! with the text itself in the reason.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// `YYYY:MM:DD HH:MM:SS`; other separators occur, and the seconds may be missing.
pub(super) fn wall_time(text: &str) -> Result<Option<DateTime>, String> {
    let numbers = numbers(text);
    if numbers.iter().all(|number| *number == 0) {
        return Ok(None);
    }
    let refuse = || format!("\"{text}\" is no date and time");
    let (year, month, day, hour, minute, second) = match *numbers.as_slice() {
        [year, month, day, hour, minute] => (year, month, day, hour, minute, 0),
        [year, month, day, hour, minute, second] => (year, month, day, hour, minute, second),
        _ => return Err(refuse()),
    };
    let date = date(year, month, day).ok_or_else(refuse)?;
    let time = time(hour, minute, second, 0).ok_or_else(refuse)?;
    Ok(Some(DateTime::from_parts(date, time)))
}

/// Digits behind the decimal point, as nanoseconds.
pub(super) fn fraction(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("\"{text}\" is no fraction of a second"));
    }
    let digits: String = text.chars().chain(std::iter::repeat('0')).take(9).collect();
    Ok(digits.parse().ok())
}

/// `+HH:MM` or `-HH:MM`; `Z` and a missing colon occur.
pub(super) fn offset_minutes(text: &str) -> Result<Option<i32>, String> {
    if !text.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    if text == "Z" {
        return Ok(Some(0));
    }
    let refuse = || format!("\"{text}\" is no offset from UTC");
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-']).ok_or_else(refuse)?.replacen(':', "", 1);
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse());
    }
    let number: i32 = digits.parse().map_err(|_| refuse())?;
    let (hours, minutes) = (number / 100, number % 100);
    // The widest offset that a zone has had is under 16 hours.
    if hours > 15 || minutes > 59 { Err(refuse()) } else { Ok(Some(sign * (hours * 60 + minutes))) }
}

/// A date `YYYY:MM:DD` and a clock of hours, minutes and seconds, both in UTC.
pub(super) fn gps_time(date_text: Option<&str>, clock: &[f64]) -> Result<Option<Timestamp>, String> {
    let day = date_text.map(numbers).unwrap_or_default();
    if clock.is_empty() || day.iter().all(|number| *number == 0) {
        return Ok(None);
    }
    let refuse = || format!("\"{}\" at {clock:?} is no time of GPS", date_text.unwrap_or_default());
    let [year, month, day] = *day.as_slice() else { return Err(refuse()) };
    let date = date(year, month, day).ok_or_else(refuse)?;
    let nanoseconds = clock_nanoseconds(clock).ok_or_else(refuse)?;
    let midnight = date.to_zoned(TimeZone::UTC).map_err(|_| refuse())?.timestamp();
    midnight.checked_add(jiff::SignedDuration::from_nanos(nanoseconds)).map(Some).map_err(|_| refuse())
}

/// Nanoseconds since midnight, for a clock within a day.
fn clock_nanoseconds(clock: &[f64]) -> Option<i64> {
    let [hours, minutes, seconds] = *clock else { return None };
    let within = |number: f64, end: f64| number >= 0.0 && number < end;
    if !(within(hours, 24.0) && within(minutes, 60.0) && within(seconds, 60.0)) {
        return None;
    }
    let total = (hours * 3600.0 + minutes * 60.0 + seconds) * 1e9;
    #[expect(clippy::cast_possible_truncation, reason = "below 86,400 seconds, checked above")]
    Some(total.round() as i64)
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time(hour: u32, minute: u32, second: u32, nanosecond: i32) -> Option<Time> {
    let part = |number| i8::try_from(number).ok();
    Time::new(part(hour)?, part(minute)?, part(second)?, nanosecond).ok()
}

/// Runs of digits, at most seven of them, so that a text with more than a date and time is none.
fn numbers(text: &str) -> Vec<u32> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .take(7)
        .map(|run| run.parse().unwrap_or(u32::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_times_are_read_in_the_notations_that_occur() {
        for text in ["2020:09:02 18:52:42", "2020-09-02 18:52:42", "2020/09/02T18:52:42"] {
            assert_eq!(wall_time(text).unwrap().unwrap().to_string(), "2020-09-02T18:52:42");
        }
        assert_eq!(wall_time("2020:09:02 18:52").unwrap().unwrap().to_string(), "2020-09-02T18:52:00");
    }

    #[test]
    fn blanks_and_zeros_are_no_time_and_no_error() {
        for text in ["", "    :  :     :  :  ", "0000:00:00 00:00:00"] {
            assert_eq!(wall_time(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn impossible_times_are_refused() {
        for text in
            ["2001:12:00 00:00:00", "2023:02:29 01:02:03", "2020:01:01 24:00:00", "2020:01:01", "12:30:00"]
        {
            assert!(wall_time(text).unwrap_err().contains(text));
        }
        assert!(wall_time("2020:01:01 10:00:00 +02:00").is_err(), "more than a date and time");
    }

    #[test]
    fn fractions_are_digits_behind_the_point() {
        assert_eq!(fraction("08"), Ok(Some(80_000_000)));
        assert_eq!(fraction("0887"), Ok(Some(88_700_000)));
        assert_eq!(fraction("1234567891"), Ok(Some(123_456_789)));
        assert!(fraction("-5").is_err());
    }

    #[test]
    fn offsets_count_minutes_east() {
        assert_eq!(offset_minutes("+02:00"), Ok(Some(120)));
        assert_eq!(offset_minutes("-03:30"), Ok(Some(-210)));
        assert_eq!(offset_minutes("+0545"), Ok(Some(345)));
        assert_eq!(offset_minutes("Z"), Ok(Some(0)));
        assert_eq!(offset_minutes("   :  "), Ok(None));
        for text in ["02:00", "+16:00", "+02:60", "+2:00", "EST", "+0é:"] {
            assert!(offset_minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn gps_times_keep_fractions_of_seconds() {
        let time = gps_time(Some("2014:09:25"), &[13.0, 5.0, 12.05]).unwrap().unwrap();
        assert_eq!(time.to_string(), "2014-09-25T13:05:12.05Z");
    }

    #[test]
    fn gps_times_without_a_date_are_absent_and_impossible_ones_refused() {
        assert_eq!(gps_time(None, &[13.0, 5.0, 12.0]), Ok(None));
        assert_eq!(gps_time(Some("0000:00:00"), &[0.0, 0.0, 0.0]), Ok(None));
        assert!(gps_time(Some("2014:09:259"), &[13.0, 5.0, 12.0]).is_err());
        assert!(gps_time(Some("2014:09:25"), &[24.0, 0.0, 0.0]).is_err());
        assert!(gps_time(Some("2014:09:25"), &[f64::NAN, 0.0, 0.0]).is_err());
        assert!(gps_time(Some("2014:09:25"), &[1.0]).is_err());
    }
}
