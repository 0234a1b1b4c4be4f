//! Was the photo taken where it is said to be?

use super::{Case, Check, Difference, Finding, Outcome};
use crate::domain::evidence::FilePosition;

/// The file's GPS position against the announced one, by geodesic distance, widened by the file's own error radius.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Position, outcome, detail);
    let found = match &case.evidence.exif.position {
        FilePosition::Absent => return finding(Outcome::Absent, "the file has no position".to_owned()),
        FilePosition::Unusable { reason } => {
            return finding(Outcome::Unusable, format!("the file's position cannot be used: {reason}"));
        }
        FilePosition::At(position) => *position,
    };
    let announced = match case.announced.position() {
        Ok(Some(position)) => position,
        Ok(None) => return finding(Outcome::NotApplicable, "the delivery announces no position".to_owned()),
        Err(reason) => {
            let detail = format!("the announced position cannot be used: {reason}");
            return finding(Outcome::NotApplicable, detail);
        }
    };
    let error_m = case.evidence.exif.positioning_error_m.unwrap_or(0.0);
    let distance_m = found.distance_m(announced);
    let outcome = if distance_m <= case.limits.position_match_m.max(2.0 * error_m) {
        Outcome::Match
    } else if distance_m <= case.limits.position_near_m.max(3.0 * error_m) {
        Outcome::Near
    } else {
        Outcome::Mismatch
    };
    finding(outcome, format!("the file's position lies {} from the announced one", length(distance_m)))
        .compared(&announced, &found)
        .by(Difference::Metres((distance_m * 10.0).round() / 10.0))
}

fn length(metres: f64) -> String {
    if metres < 1000.0 { format!("{metres:.0} m") } else { format!("{:.1} km", metres / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_told_in_the_unit_that_people_use() {
        assert_eq!(length(49.6), "50 m");
        assert_eq!(length(7_849.0), "7.8 km");
    }
}
