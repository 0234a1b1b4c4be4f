//! A part of the map, and the grid in which places are gathered on it.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use super::position::Position;

/// The finest zoom of a map: a tile of 256 pixels is then some 150 m wide.
pub const ZOOM_MAX: u8 = 18;

/// Cells of the grid in a tile's edge: 64 pixels apart, markers do not cover each other.
const CELLS_PER_TILE: f64 = 4.0;

/// Where the Web Mercator projection ends (EPSG:3857).
const MERCATOR_LATITUDE_MAX: f64 = 85.051_129;

/// Degrees in WGS 84, written `west,south,east,north`.
///
/// Invariants: latitudes in -90..=90 with south not above north, longitudes in -180..=180. West may be greater than
/// east: the area then lies across the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Degrees east.
    pub west: f64,
    /// Degrees north.
    pub south: f64,
    /// Degrees east.
    pub east: f64,
    /// Degrees north.
    pub north: f64,
}

/// A text that is no [`Area`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an area is west,south,east,north in degrees, such as -74.1,40.6,-73.9,40.9")]
pub struct NoArea;

impl Area {
    /// The whole Earth.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// An area of a map that may have been turned around the Earth: longitudes beyond 180° are brought back.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, NoArea> {
        let finite = [west, south, east, north].into_iter().all(f64::is_finite);
        if !finite || south > north || south.abs() > 90.0 || north.abs() > 90.0 {
            return Err(NoArea);
        }
        if east - west >= 360.0 {
            return Ok(Self { south, north, ..Self::WORLD });
        }
        Ok(Self { west: brought_back(west), south, east: brought_back(east), north })
    }

    /// The narrowest that encloses some positions, across the antimeridian where that is narrower; nothing where there
    /// are none.
    pub fn around(positions: impl IntoIterator<Item = Position>) -> Option<Self> {
        let positions: Vec<Position> = positions.into_iter().collect();
        let (south, north) =
            positions.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(south, north), at| {
                (south.min(at.latitude), north.max(at.latitude))
            });
        let mut meridians: Vec<f64> = positions.iter().map(|at| at.longitude).collect();
        meridians.sort_by(f64::total_cmp);
        let (first, last) = (*meridians.first()?, *meridians.last()?);
        // The area is all but the widest gap between two neighbours on the ring of meridians.
        let whole = (360.0 - (last - first), first, last);
        let between = meridians.windows(2).map(|pair| (pair[1] - pair[0], pair[1], pair[0]));
        let (_, west, east) = between.fold(whole, |widest, gap| if gap.0 > widest.0 { gap } else { widest });
        Some(Self { west, south, east, north })
    }

    /// The area as one or two ranges of longitude, west to east.
    pub fn longitudes(&self) -> Vec<(f64, f64)> {
        if self.west <= self.east {
            vec![(self.west, self.east)]
        } else {
            vec![(self.west, 180.0), (-180.0, self.east)]
        }
    }

    /// Degrees from west to east.
    pub fn width(&self) -> f64 {
        let width = self.east - self.west;
        if width < 0.0 { width + 360.0 } else { width }
    }

    /// The zoom at which the area is some 1000 pixels wide.
    pub fn zoom(&self) -> u8 {
        (0..ZOOM_MAX).find(|zoom| self.width() * pixels_per_degree(*zoom) >= 700.0).unwrap_or(ZOOM_MAX)
    }

    /// Degrees of longitude east of this area's west edge, so that an area across the antimeridian is one piece.
    fn unrolled(&self, longitude: f64) -> f64 {
        if longitude < self.west { longitude + 360.0 } else { longitude }
    }
}

impl FromStr for Area {
    type Err = NoArea;

    fn from_str(text: &str) -> Result<Self, NoArea> {
        let degrees: Vec<f64> =
            text.split(',').map(|part| part.trim().parse().map_err(|_| NoArea)).collect::<Result<_, _>>()?;
        match degrees[..] {
            [west, south, east, north] => Self::new(west, south, east, north),
            _ => Err(NoArea),
        }
    }
}

impl fmt::Display for Area {
    /// As it is read: `west,south,east,north`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.west, self.south, self.east, self.north)
    }
}

/// Places gathered in one cell of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Their middle.
    pub middle: Position,
    /// What encloses them.
    pub area: Area,
    /// Their number of photos.
    pub photos: u64,
    /// Of the photo with the greatest number.
    pub newest_seq: i64,
}

/// Gathers positions by the grid of a zoom, within an area: the fullest cells first.
pub fn clusters(area: Area, zoom: u8, photos: impl IntoIterator<Item = (i64, Position)>) -> Vec<Cluster> {
    let mut cells = std::collections::HashMap::<(i64, i64), Gathered>::new();
    for (seq, position) in photos {
        let east = area.unrolled(position.longitude);
        let gathered = cells.entry(cell(zoom, position.latitude, east)).or_insert(Gathered::NONE);
        gathered.add(seq, position.latitude, east);
    }
    let mut clusters: Vec<Cluster> = cells.into_values().map(Gathered::cluster).collect();
    clusters
        .sort_by_key(|cluster| (std::cmp::Reverse(cluster.photos), std::cmp::Reverse(cluster.newest_seq)));
    clusters
}

struct Gathered {
    photos: u64,
    newest_seq: i64,
    latitudes: f64,
    longitudes: f64,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Gathered {
    const NONE: Self = Self {
        photos: 0,
        newest_seq: 0,
        latitudes: 0.0,
        longitudes: 0.0,
        west: f64::INFINITY,
        south: f64::INFINITY,
        east: f64::NEG_INFINITY,
        north: f64::NEG_INFINITY,
    };

    fn add(&mut self, seq: i64, latitude: f64, east: f64) {
        self.photos += 1;
        self.newest_seq = self.newest_seq.max(seq);
        self.latitudes += latitude;
        self.longitudes += east;
        self.west = self.west.min(east);
        self.east = self.east.max(east);
        self.south = self.south.min(latitude);
        self.north = self.north.max(latitude);
    }

    #[expect(clippy::cast_precision_loss, reason = "photos are fewer than 2^53")]
    fn cluster(self) -> Cluster {
        let count = self.photos as f64;
        // A mean of equal numbers may differ from them in the last digit.
        let latitude = (self.latitudes / count).clamp(self.south, self.north);
        let longitude = brought_back((self.longitudes / count).clamp(self.west, self.east));
        let (west, east) = (brought_back(self.west), brought_back(self.east));
        Cluster {
            middle: Position { latitude, longitude },
            area: Area { west, south: self.south, east, north: self.north },
            photos: self.photos,
            newest_seq: self.newest_seq,
        }
    }
}

/// The cell of the grid: square on the map, in the Web Mercator projection.
#[expect(clippy::cast_possible_truncation, reason = "a world of zoom 18 has 2^20 cells in its edge")]
fn cell(zoom: u8, latitude: f64, east: f64) -> (i64, i64) {
    let edge = f64::from(zoom.min(ZOOM_MAX)).exp2() * CELLS_PER_TILE;
    let latitude = latitude.clamp(-MERCATOR_LATITUDE_MAX, MERCATOR_LATITUDE_MAX).to_radians();
    let north = 0.5 - latitude.tan().asinh() / (2.0 * PI);
    // Half a cell aside, so that no line of the grid lies on a meridian that people live by: 0 and 180 degrees.
    (((east + 180.0) / 360.0 * edge + 0.5).floor() as i64, (north * edge).floor() as i64)
}

fn pixels_per_degree(zoom: u8) -> f64 {
    f64::from(zoom).exp2() * 256.0 / 360.0
}

/// The same meridian in -180..=180.
fn brought_back(longitude: f64) -> f64 {
    if longitude.abs() <= 180.0 { longitude } else { (longitude + 180.0).rem_euclid(360.0) - 180.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).unwrap()
    }

    #[test]
    fn an_area_is_four_numbers_and_may_lie_across_the_antimeridian() {
        let fiji: Area = "177,-20,-178,-15".parse().unwrap();
        assert_eq!(fiji.longitudes(), [(177.0, 180.0), (-180.0, -178.0)]);
        assert!((fiji.width() - 5.0).abs() < 1e-9);
        let turned = "182,-20,185,-15".parse::<Area>().unwrap();
        assert_eq!(turned, "-178,-20,-175,-15".parse().unwrap(), "a map that was turned on");
        assert_eq!("-300,-80,300,80".parse::<Area>().unwrap().longitudes(), [(-180.0, 180.0)]);
        for wrong in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,40,2,30", "1,2,3,nan", "1,2,inf,3", "0,-91,1,0"]
        {
            assert_eq!(wrong.parse::<Area>(), Err(NoArea), "{wrong}");
        }
    }

    #[test]
    fn photos_near_each_other_are_one_place_until_the_map_is_near_enough() {
        let park = [(1, at(40.7850, -73.9682)), (2, at(40.7860, -73.9690)), (3, at(48.2, 16.37))];
        let far = clusters(Area::WORLD, 2, park);
        assert_eq!(
            far.iter().map(|cluster| (cluster.photos, cluster.newest_seq)).collect::<Vec<_>>(),
            [(2, 2), (1, 3)]
        );
        assert!((far[0].middle.latitude - 40.7855).abs() < 1e-9);
        assert_eq!(far[0].area, Area { west: -73.9690, south: 40.7850, east: -73.9682, north: 40.7860 });
        assert_eq!(clusters(Area::WORLD, 18, park).len(), 3);
    }

    #[test]
    fn a_place_on_the_antimeridian_is_one_place_in_an_area_across_it() {
        let islands = [(1, at(-17.0, 179.9999)), (2, at(-17.0, -179.9999))];
        let fiji = "177,-20,-178,-15".parse().unwrap();
        let found = clusters(fiji, 6, islands);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].middle.longitude.abs() > 179.99, "{found:?}");
        assert!(found[0].area.west > found[0].area.east, "{found:?}");
        assert!((found[0].area.width() - 0.0002).abs() < 1e-9);
    }

    #[test]
    fn what_encloses_places_is_as_narrow_as_can_be() {
        let around =
            |longitudes: &[f64]| Area::around(longitudes.iter().map(|east| at(-17.0, *east))).unwrap();
        assert_eq!(around(&[-73.9, 16.5]).longitudes(), [(-73.9, 16.5)]);
        assert_eq!(around(&[179.0, -179.0, 170.0]).longitudes(), [(170.0, 180.0), (-180.0, -179.0)]);
        assert_eq!(around(&[16.5]).longitudes(), [(16.5, 16.5)]);
        assert_eq!(Area::around([]), None);
    }

    #[test]
    fn the_zoom_fits_the_area() {
        assert_eq!(Area::WORLD.zoom(), 2);
        assert_eq!("16.3,48.1,16.4,48.2".parse::<Area>().unwrap().zoom(), 14);
        assert_eq!("16.3,48.1,16.3,48.1".parse::<Area>().unwrap().zoom(), ZOOM_MAX);
    }
}
