//! Which deliveries led to a photo.

use rusqlite::Row;

use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::DeliveryId;

/// A delivery of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The row.
    pub delivery: DeliveryId,
    /// Whether it is a repeat of an earlier one.
    pub is_repeat: bool,
    /// Milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// As it came.
    pub body: Vec<u8>,
}

pub(super) const ORIGINS: &str = "SELECT d.id, l.kind = 'repeat', d.received_at, d.body
     FROM photo_delivery l JOIN delivery d ON d.id = l.delivery_id
     WHERE l.photo_seq = ?1 ORDER BY d.id LIMIT ?2";

impl Catalog {
    /// The deliveries of an archived photo, at most so many, the first one first.
    pub async fn origins_of(&self, photo_seq: i64, limit: u32) -> Result<Vec<Origin>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(ORIGINS).doing("list a photo's deliveries")?;
            let rows = statement
                .query_map([photo_seq, i64::from(limit)], origin)
                .doing("list a photo's deliveries")?;
            rows.collect::<rusqlite::Result<_>>().doing("list a photo's deliveries")
        })
        .await
    }
}

fn origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    Ok(Origin {
        delivery: DeliveryId(row.get(0)?),
        is_repeat: row.get(1)?,
        received_at_ms: row.get(2)?,
        body: row.get(3)?,
    })
}
