//! The time zone of a place, from the compiled-in map of tzf-rs.
//!
//! Never says that one zone is the only one: near a border a phone may show the neighbour's time, and the map's borders
//! are simplified by up to about 100 m (README of tzf-dist).

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use tzf_rs::DefaultFinder;

use super::position::Position;

static FINDER: LazyLock<DefaultFinder> = LazyLock::new(DefaultFinder::new);

/// This near to a border the neighbour's zone is a possible one too: a phone there may listen to a mast beyond it. From
/// 34 km on, places on coasts would be given the zone of the high seas.
const BORDER_KM: f64 = 10.0;
/// A degree of latitude (GRS 80, mean).
const KM_PER_DEGREE: f64 = 111.2;

/// The zone in whose territory the position lies, at sea the nautical one; then those of neighbours across a border and
/// of territories that two zones claim. Empty only where the map and the zone database do not know each other.
pub fn around(position: Position) -> Vec<TimeZone> {
    // The finder takes longitude first.
    let Position { latitude, longitude } = position;
    let mut names = vec![FINDER.get_tz_name(longitude, latitude)];
    names.extend(FINDER.get_tz_names(longitude, latitude));
    let north = BORDER_KM / KM_PER_DEGREE;
    let east = north / latitude.to_radians().cos().max(0.01);
    for (up, right) in [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)] {
        let latitude = (latitude + north * f64::from(up)).clamp(-90.0, 90.0);
        let longitude = (longitude + east * f64::from(right) + 540.0).rem_euclid(360.0) - 180.0;
        names.push(FINDER.get_tz_name(longitude, latitude));
    }
    let mut zones: Vec<TimeZone> = Vec::new();
    for zone in names.into_iter().filter_map(|name| TimeZone::get(name).ok()) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(latitude: f64, longitude: f64) -> Vec<String> {
        let zones = around(Position::new(latitude, longitude).unwrap());
        zones.iter().filter_map(|zone| zone.iana_name().map(str::to_owned)).collect()
    }

    #[test]
    fn central_park_is_in_new_york_and_the_pacific_has_a_zone() {
        assert_eq!(names(40.785_091, -73.968_285), ["America/New_York"]);
        assert_eq!(names(-40.0, -140.0), ["Etc/GMT+9"]);
    }

    #[test]
    fn near_a_border_the_neighbour_is_possible_too() {
        let border = names(31.76, -106.48);
        assert_eq!(border[0], "America/Denver", "El Paso itself first");
        assert!(border.contains(&"America/Ciudad_Juarez".to_owned()), "{border:?}");
    }

    #[test]
    fn poles_and_the_date_line_are_places_too() {
        for (latitude, longitude) in
            [(90.0, 0.0), (-90.0, 180.0), (0.0, 180.0), (0.0, -180.0), (89.99, 179.99)]
        {
            assert!(!names(latitude, longitude).is_empty(), "{latitude} {longitude}");
        }
    }
}
