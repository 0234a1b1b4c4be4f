//! What the card of a photo tells beside the photo itself: when its file was fetched, and its other versions.

use rusqlite::{Connection, Row};

use super::column::parsed;
use super::reach::within;
use super::{Catalog, Doing as _, Result};
use crate::domain::access::Reach;
use crate::domain::photo::PhotoId;

/// A code has a handful of versions; whoever floods an archive with one code makes no answer longer than this.
const VERSIONS_MAX: u32 = 50;

/// The way of one archived photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// When the download ended, milliseconds since 1970 UTC.
    pub downloaded_at_ms: i64,
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
    Ok(History { downloaded_at_ms, versions })
}
