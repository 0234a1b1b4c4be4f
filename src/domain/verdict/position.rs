//! Was the photo taken where it is said to be?

use super::{Case, Cause, Check, Difference, Finding, Note, Outcome};
use crate::domain::evidence::FilePosition;
use crate::domain::position::Position;

/// The file's GPS position against the announced one, by geodesic distance, widened by the file's own error radius, and
/// where the announced one is the middle of a place.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Position, outcome, detail);
    let found = match &case.evidence.exif.position {
        FilePosition::Absent => return finding(Outcome::Absent, "the file has no position".to_owned()),
        FilePosition::Unusable { reason } => {
            return finding(Outcome::Unusable, format!("the file's position cannot be used: {reason}"));
        }
        FilePosition::At(position) => *position,
    };
    match case.announced.position() {
        Ok(Some(announced)) => compared(case, found, announced),
        Ok(None) => finding(Outcome::NotApplicable, "the delivery announces no position".to_owned()),
        Err(reason) => match case.announced.degrees() {
            // A longitude in the place of the latitude can lie beyond the poles.
            Some((latitude, longitude)) if agrees(case, found, longitude, latitude, false) => {
                let detail =
                    "with latitude and longitude swapped, the announced position agrees with the file's";
                finding(Outcome::Explained, detail.to_owned())
                    .compared(&format!("{latitude}, {longitude}"), &found)
                    .because(Some(Cause::SwappedAxes))
            }
            _ => finding(Outcome::NotApplicable, format!("the announced position cannot be used: {reason}")),
        },
    }
}

/// Whether the announced position is another one than it says, and the file's is the place.
pub(super) fn is_mistaken(finding: &Finding) -> bool {
    matches!(finding.cause, Some(Cause::SwappedAxes | Cause::FlippedSign))
}

fn compared(case: &Case<'_>, found: Position, announced: Position) -> Finding {
    let is_centre = case.known.same_position.is_place_centre();
    let distance_m = found.distance_m(announced);
    let (outcome, cause) = match outcome_of(case, distance_m, is_centre) {
        Outcome::Mismatch => match mistaken_axes(case, found, announced, is_centre) {
            Some(cause) => (Outcome::Explained, Some(cause)),
            None => (Outcome::Mismatch, None),
        },
        fits => (fits, None),
    };
    let mut detail = format!("the file's position lies {} from the announced one", length(distance_m));
    let error_m = error_m(case);
    if error_m > 0.0 {
        detail = format!("{detail} (and may be {} off by its own account)", length(error_m));
    }
    if is_centre {
        detail.push_str(", which many photos share and so is the middle of a place");
    }
    match cause {
        Some(Cause::SwappedAxes) => detail.push_str("; with latitude and longitude swapped they agree"),
        Some(_) => detail.push_str("; with north and south, or east and west, exchanged they agree"),
        None => {}
    }
    Finding::new(Check::Position, outcome, detail)
        .compared(&announced, &found)
        .by(Difference::Metres((distance_m * 10.0).round() / 10.0))
        .within(Difference::Metres(match_m(case, is_centre)))
        .because(cause)
        .noting(is_centre.then_some(Note::PlaceCentre))
}

/// A fix that is vaguer than this, metres, comes from masts of a mobile network and proves no place.
const ERROR_MAX_M: f64 = 1000.0;

fn error_m(case: &Case<'_>) -> f64 {
    case.evidence.exif.positioning_error_m.filter(|error_m| error_m.is_finite()).unwrap_or(0.0)
}

/// Metres within which the positions agree.
fn match_m(case: &Case<'_>, is_centre: bool) -> f64 {
    let place_m = if is_centre { case.limits.place_centre_m } else { 0.0 };
    case.limits.position_match_m.max(2.0 * error_m(case).min(ERROR_MAX_M)).max(place_m)
}

fn outcome_of(case: &Case<'_>, distance_m: f64, is_centre: bool) -> Outcome {
    let place_m = if is_centre { case.limits.place_centre_m } else { 0.0 };
    let near_m = case.limits.position_near_m.max(3.0 * error_m(case).min(ERROR_MAX_M)).max(2.0 * place_m);
    if distance_m <= match_m(case, is_centre) {
        Outcome::Match
    } else if distance_m <= near_m {
        Outcome::Near
    } else if distance_m <= 3.0 * error_m(case) {
        Outcome::Ambiguous
    } else {
        Outcome::Mismatch
    }
}

/// What the announced position would be, had its sender mixed up axes or signs; only a whole match explains.
fn mistaken_axes(case: &Case<'_>, found: Position, announced: Position, is_centre: bool) -> Option<Cause> {
    let Position { latitude, longitude } = announced;
    let readings = [
        (Cause::FlippedSign, -latitude, longitude),
        (Cause::FlippedSign, latitude, -longitude),
        (Cause::FlippedSign, -latitude, -longitude),
        (Cause::SwappedAxes, longitude, latitude),
    ];
    readings.into_iter().find_map(|(cause, latitude, longitude)| {
        agrees(case, found, latitude, longitude, is_centre).then_some(cause)
    })
}

fn agrees(case: &Case<'_>, found: Position, latitude: f64, longitude: f64, is_centre: bool) -> bool {
    Position::new(latitude, longitude)
        .is_ok_and(|meant| outcome_of(case, found.distance_m(meant), is_centre) == Outcome::Match)
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
