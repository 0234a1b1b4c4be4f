//! The time zone of a place, from the compiled-in map of tzf-rs.
//!
//! The map's borders are simplified: within a few kilometres of one, the neighbour's zone may be the answer.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use tzf_rs::DefaultFinder;

use super::position::Position;

static FINDER: LazyLock<DefaultFinder> = LazyLock::new(DefaultFinder::new);

/// The zone in whose territory the position lies; at sea the nautical one.
pub fn of(position: Position) -> Option<TimeZone> {
    // The finder takes longitude first.
    let name = FINDER.get_tz_name(position.longitude, position.latitude);
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn central_park_is_in_new_york_and_the_pacific_has_a_zone() {
        let zone = |latitude, longitude| {
            let zone = of(Position::new(latitude, longitude).unwrap());
            zone.and_then(|zone| zone.iana_name().map(str::to_owned))
        };
        assert_eq!(zone(40.785_091, -73.968_285).as_deref(), Some("America/New_York"));
        assert!(zone(-40.0, -140.0).is_some());
    }
}
