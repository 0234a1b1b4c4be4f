//! A place on Earth, and how far two of them lie apart.

use serde::{Deserialize, Serialize};

/// Degrees in WGS 84, the system of GPS and of EXIF's `GPSMapDatum` default.
///
/// Invariants: latitude in -90..=90, longitude in -180..=180, both finite, not both zero (a phone that may not
/// tell its place writes zeros).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Why two numbers are not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPosition {
    /// NaN or infinite: EXIF rationals with a zero below the line.
    #[error("it is not a number")]
    NotANumber,
    /// Beyond a pole or the date line.
    #[error("it lies outside the globe")]
    OutOfRange,
    /// 0°, 0°: what phones write when location is off.
    #[error("it is 0, 0, which stands for no position")]
    Zero,
}

impl Position {
    /// A position, or the reason why these numbers are none.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, NoPosition> {
        if !latitude.is_finite() || !longitude.is_finite() {
            return Err(NoPosition::NotANumber);
        }
        if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
            return Err(NoPosition::OutOfRange);
        }
        if latitude == 0.0 && longitude == 0.0 {
            return Err(NoPosition::Zero);
        }
        Ok(Self { latitude, longitude })
    }

    /// The position in two numbers as they were sent, with a comma between them; decimal commas are read as points.
    pub fn from_sent(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let (latitude, longitude) = match parts[..] {
            [latitude, longitude] => (latitude.to_owned(), longitude.to_owned()),
            [latitude, north, longitude, east] => {
                (format!("{latitude}.{north}"), format!("{longitude}.{east}"))
            }
            _ => return None,
        };
        Self::new(latitude.parse().ok()?, longitude.parse().ok()?).ok()
    }

    /// The geodesic distance in metres (Karney 2013, on the WGS 84 ellipsoid).
    pub fn distance_m(self, other: Self) -> f64 {
        use geographiclib_rs::{Geodesic, InverseGeodesic as _};
        Geodesic::wgs84().inverse(self.latitude, self.longitude, other.latitude, other.longitude)
    }
}

impl std::fmt::Display for Position {
    /// Six decimals: a tenth of a metre.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.6}, {:.6}", self.latitude, self.longitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_impossible_degrees_are_no_position() {
        assert_eq!(Position::new(0.0, 0.0), Err(NoPosition::Zero));
        assert_eq!(Position::new(f64::NAN, 4.0), Err(NoPosition::NotANumber));
        assert_eq!(Position::new(90.1, 4.0), Err(NoPosition::OutOfRange));
        assert!(Position::new(0.0, 4.0).is_ok(), "the equator is a place");
    }

    #[test]
    fn a_position_is_read_as_it_was_sent() {
        let central_park = Position::new(40.785_091, -73.968_285).ok();
        assert_eq!(Position::from_sent("40.785091,-73.968285"), central_park);
        assert_eq!(Position::from_sent("40,785091,-73,968285"), central_park);
        for none in ["", "40.7", "40,7,-73", "north,west", "0,0", "91,0"] {
            assert_eq!(Position::from_sent(none), None, "{none}");
        }
    }

    #[test]
    fn a_degree_of_the_equator_is_111_320_metres() {
        let one = Position::new(0.0, 1.0).unwrap().distance_m(Position::new(0.0, 2.0).unwrap());
        assert!((one - 111_319.49).abs() < 0.01, "{one}");
    }
}
