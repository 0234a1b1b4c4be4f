//! The small map on a photo's card: the coasts around a place, drawn on the server.
//!
//! Never asks anybody: the outline is the one under the large map (Natural Earth, 1:110 million).

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::position::Position;

/// Pixels.
const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 100.0;

/// Degrees of latitude from the middle to the upper edge: enough that a coast or a border of land is in sight.
const REACH: f64 = 8.0;

type Point = [f64; 2];

/// GeoJSON (RFC 7946): longitude, latitude.
#[derive(Deserialize)]
struct Outline {
    coordinates: Vec<Vec<Vec<Point>>>,
}

static LAND: LazyLock<Vec<Vec<Point>>> = LazyLock::new(|| {
    let outline: Option<Outline> = serde_json::from_str(include_str!("../assets/outline.json")).ok();
    outline.map(|outline| outline.coordinates.into_iter().flatten().collect()).unwrap_or_default()
});

/// A small map with the place in its middle.
pub(super) struct Locator {
    /// The land in sight, as the data of an SVG path.
    pub land: String,
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
}

impl Locator {
    pub fn around(place: Position) -> Self {
        let rings = LAND.iter().flat_map(|ring| [-360.0, 0.0, 360.0].map(|turn| in_sight(ring, place, turn)));
        let mut land = String::new();
        for ring in rings.filter(|ring| !ring.is_empty()) {
            for (at, [x, y]) in ring.iter().enumerate() {
                let _never_fails = write!(land, "{}{x:.0} {y:.0}", if at == 0 { 'M' } else { 'L' });
            }
            land.push('Z');
        }
        Self { land, width: WIDTH, height: HEIGHT }
    }
}

/// A ring in pixels, cut at the edges; `turn` brings what lies beyond the antimeridian near.
fn in_sight(ring: &[Point], place: Position, turn: f64) -> Vec<Point> {
    let scale = HEIGHT / 2.0 / REACH;
    // Near a pole the meridians meet: a plain map of it is too wide whatever is done.
    let narrowed = place.latitude.to_radians().cos().max(0.2);
    let in_pixels = |[longitude, latitude]: &Point| {
        let x = WIDTH / 2.0 + (longitude + turn - place.longitude) * narrowed * scale;
        [x, HEIGHT / 2.0 + (place.latitude - latitude) * scale]
    };
    let ring: Vec<_> = ring.iter().map(in_pixels).collect();
    let edges = [(0, 0.0, 1.0), (0, WIDTH, -1.0), (1, 0.0, 1.0), (1, HEIGHT, -1.0)];
    edges.into_iter().fold(ring, |ring, (axis, edge, side)| cut(&ring, axis, edge, side))
}

/// What of a ring lies on one side of an edge (Sutherland and Hodgman, 1974).
fn cut(ring: &[Point], axis: usize, edge: f64, side: f64) -> Vec<Point> {
    let depth = |point: &Point| (point[axis] - edge) * side;
    let mut kept = Vec::new();
    for (before, point) in ring.iter().cycle().skip(ring.len().saturating_sub(1)).zip(ring) {
        let (from, to) = (depth(before), depth(point));
        if (from < 0.0) != (to < 0.0) {
            let share = from / (from - to);
            kept.push([0, 1].map(|axis| before[axis] + (point[axis] - before[axis]) * share));
        }
        if to >= 0.0 {
            kept.push(*point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn land(latitude: f64, longitude: f64) -> String {
        Locator::around(Position { latitude, longitude }).land
    }

    #[test]
    fn a_ring_is_cut_where_it_crosses_an_edge() {
        let triangle = [[-10.0, 0.0], [10.0, 0.0], [10.0, 10.0]];
        assert_eq!(cut(&triangle, 0, 0.0, 1.0), [[0.0, 5.0], [0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]);
        assert!(cut(&triangle, 0, 20.0, 1.0).is_empty());
        assert_eq!(cut(&triangle, 0, -20.0, 1.0), triangle);
    }

    #[test]
    fn coasts_are_in_sight_and_nothing_lies_outside() {
        for (latitude, longitude) in
            [(31.24, 121.5), (40.78, -73.97), (-17.8, 179.9), (69.6, 18.9), (-77.8, 166.7)]
        {
            let land = land(latitude, longitude);
            assert!(land.len() > 40, "{latitude}, {longitude}: {land}");
            for number in land.split(['M', 'L', 'Z', ' ']).filter(|number| !number.is_empty()) {
                assert!((0.0..=WIDTH).contains(&number.parse::<f64>().unwrap()), "{land}");
            }
        }
        assert!(land(47.0, 8.5).starts_with('M'), "inland it is all land");
        assert_eq!(land(-30.0, -130.0), "", "and far out there is none");
    }

    #[test]
    fn land_beyond_the_antimeridian_is_in_sight() {
        let (east, west) = (land(65.0, 179.5), land(65.0, -179.5));
        assert!(east.matches('M').count() >= 2 && west.matches('M').count() >= 2, "{east} and {west}");
    }
}
