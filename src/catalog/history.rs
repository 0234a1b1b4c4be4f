//! What the card of a photo tells beside the photo itself: when its file was fetched, what was written with it, and its
//! other versions.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::column::parsed;
use super::reach::within;
use super::{Catalog, Doing as _, Result};
use crate::domain::access::Reach;
use crate::domain::delivery;
use crate::domain::photo::PhotoId;

/// A code has a handful of versions; whoever floods an archive with one code makes no answer longer than this.
const VERSIONS_MAX: u32 = 50;

/// The way of one archived photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// When the download ended, milliseconds since 1970 UTC.
    pub downloaded_at_ms: i64,
    /// The place's name as its first delivery announced it.
    pub place: Option<String>,
    /// Titles and contents of that delivery's notes, in their order.
    pub notes: Vec<String>,
    /// Archived photos with the same code and other bytes, the earliest first.
    pub versions: Vec<PhotoId>,
}

impl Catalog {
    /// The history of each photo with these numbers of sealing, in their order; versions only as far as somebody sees.
    pub async fn histories(&self, seqs: Vec<i64>, reach: Reach) -> Result<Vec<History>> {
        self.read(move |connection| seqs.into_iter().map(|seq| history(connection, seq, &reach)).collect())
            .await
    }
}

fn history(connection: &Connection, seq: i64, reach: &Reach) -> Result<History> {
    let downloaded_at_ms = connection
        .prepare_cached("SELECT downloaded_at FROM photo WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], |row| row.get(0)))
        .doing("read a photo's history")?;
    let sql = format!(
        "SELECT v.id FROM photo p JOIN photo v ON v.code = p.code AND v.sha256 <> p.sha256
         WHERE p.seq = ?1 AND v.archived_at IS NOT NULL AND {} ORDER BY v.seq LIMIT {VERSIONS_MAX}",
        within(reach, "v.project_id")
    );
    let versions = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_map([seq], |row: &Row<'_>| parsed(row, 0))?.collect::<rusqlite::Result<_>>()
        })
        .doing("look for other versions")?;
    let (place, notes) = written(connection, seq)?;
    Ok(History { downloaded_at_ms, place, notes, versions })
}

/// The place's name and the notes of a photo's first delivery.
fn written(connection: &Connection, seq: i64) -> Result<(Option<String>, Vec<String>)> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT d.body FROM photo_delivery l JOIN delivery d ON d.id = l.delivery_id
             WHERE l.photo_seq = ?1 AND l.kind = 'first'",
        )
        .and_then(|mut statement| statement.query_row([seq], |row| row.get(0)).optional())
        .doing("read a photo's notes")?;
    let announced = body.and_then(|body| delivery::announcement(&body));
    Ok(announced.map(|announced| (announced.place, announced.notes)).unwrap_or_default())
}
