//! Places: the photos of a filter gathered on a map.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::column::parsed;
use super::filter::{Filter, Resolved};
use super::search::{Seen, find};
use super::{Catalog, Doing as _, Result};
use crate::domain::area::{Area, Cluster, clusters};
use crate::domain::photo::PhotoId;
use crate::domain::position::Position;

/// So many photos are looked at for one map, the newest.
const LOOKED_AT_MAX: usize = 10_000;

/// So many places are shown, those with the most photos: a map of more is a carpet.
const PLACES_MAX: usize = 300;

/// Photos of a filter by where they were taken.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Those with the most photos first.
    pub places: Vec<Place>,
    /// Photos on them.
    pub photos: u64,
    /// Photos of the filter that carry no position.
    pub without_position: u64,
    /// What encloses all of them.
    pub area: Option<Area>,
    /// Whether there are other photos or places of the filter.
    pub is_capped: bool,
}

/// Photos near each other.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where and how many.
    pub cluster: Cluster,
    /// Its newest photo.
    pub newest: PhotoId,
    /// As announced for that photo.
    pub name: Option<String>,
}

impl Catalog {
    /// The places of a filter within its area, or on the whole Earth, by the grid of a zoom, or of the one that fits
    /// them. Limit and cursor of the filter are of no account.
    pub async fn places(&self, filter: Filter, zoom: Option<u8>) -> Result<Places> {
        self.read(move |connection| places(connection, &Filter { after: None, ..filter }, zoom)).await
    }
}

pub(super) fn places(connection: &Connection, filter: &Filter, zoom: Option<u8>) -> Result<Places> {
    let resolved = Resolved::of(connection, filter)?;
    let Seen { seqs, cut_at } = find(connection, &resolved, usize::MAX, LOOKED_AT_MAX)?;
    let positions = positions(connection, &seqs)?;
    let without_position = seqs.len() - positions.len();
    let area = Area::around(positions.iter().map(|(_, position)| *position));
    let shown = filter.area.or(area).unwrap_or(Area::WORLD);
    let mut found = clusters(shown, zoom.unwrap_or_else(|| shown.zoom()), positions);
    let is_capped = cut_at.is_some() || found.len() > PLACES_MAX;
    found.truncate(PLACES_MAX);
    let places = found.into_iter().map(|cluster| named(connection, cluster)).collect::<Result<Vec<_>>>()?;
    Ok(Places {
        photos: places.iter().map(|place| place.cluster.photos).sum(),
        places,
        area,
        without_position: u64::try_from(without_position).unwrap_or(u64::MAX),
        is_capped,
    })
}

fn positions(connection: &Connection, seqs: &[i64]) -> Result<Vec<(i64, Position)>> {
    let mut statement = connection
        .prepare_cached("SELECT latitude, longitude FROM photo_place WHERE photo_seq = ?1")
        .doing("read places")?;
    let position = |row: &Row<'_>| Ok(Position { latitude: row.get(0)?, longitude: row.get(1)? });
    let mut found = Vec::new();
    for seq in seqs {
        let position = statement.query_row([seq], position).optional().doing("read places")?;
        found.extend(position.map(|position| (*seq, position)));
    }
    Ok(found)
}

fn named(connection: &Connection, cluster: Cluster) -> Result<Place> {
    let (newest, name) = connection
        .prepare_cached(
            "SELECT p.id, l.name FROM photo p JOIN photo_place l ON l.photo_seq = p.seq WHERE p.seq = ?1",
        )
        .and_then(|mut statement| {
            statement.query_row([cluster.newest_seq], |row| Ok((parsed(row, 0)?, row.get(1)?)))
        })
        .doing("read places")?;
    Ok(Place { cluster, newest, name })
}
