//! Photos drawn by lot from a query, one read after another: never all of them in memory.

use rusqlite::{Connection, params_from_iter};

use super::column::parsed;
use super::filter::Sql;
use super::{Doing as _, Result};
use crate::domain::photo::PhotoId;
use crate::domain::sample;

/// What a seed draws from a query of ids and numbers of photos, at most so many, and among how many.
pub(super) fn drawn(connection: &Connection, query: Sql, seed: &str, most: usize) -> Result<(u64, Vec<i64>)> {
    let mut statement = connection.prepare_cached(&query.text).doing("draw a sample")?;
    let photos = statement
        .query_map(params_from_iter(query.values), |row| Ok((parsed(row, 0)?, row.get(1)?)))
        .doing("draw a sample")?;
    let (mut count, mut failed) = (0, None);
    let readable = photos
        .map_while(|photo: rusqlite::Result<(PhotoId, i64)>| photo.map_err(|error| failed = Some(error)).ok())
        .inspect(|_| count += 1);
    let seqs = sample::draw(seed, most, readable);
    match failed {
        None => Ok((count, seqs)),
        Some(error) => Err(error).doing("draw a sample"),
    }
}
