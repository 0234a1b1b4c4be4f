//! Differences of time, as people say them.

use std::fmt::Display;

use jiff::civil::DateTime;

/// Without the `T`, without fractions.
pub(super) fn clock(wall: DateTime) -> impl Display {
    wall.strftime("%Y-%m-%d %H:%M:%S")
}

/// The length of a span in its two largest units.
pub(super) fn length(seconds: i64) -> String {
    let seconds = seconds.saturating_abs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        (..=365, ..) => format!("{days} d {} h", hours % 24),
        _ => format!("{days} d"),
    }
}

/// Where the first time lies, seen from the second.
pub(super) fn apart(seconds: i64) -> String {
    match seconds {
        0 => "exactly".to_owned(),
        1.. => format!("{} after", length(seconds)),
        _ => format!("{} before", length(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        assert_eq!(length(59), "59 s");
        assert_eq!(length(-61), "1 min 1 s");
        assert_eq!(length(5400), "1 h 30 min");
        assert_eq!(length(90_000), "1 d 1 h");
        assert_eq!(length(94_694_400), "1096 d");
        assert_eq!(apart(-2), "2 s before");
        assert_eq!(apart(i64::MIN).len(), "106751991167300 d before".len());
    }
}
