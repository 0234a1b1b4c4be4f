//! Pairs of names that may be one device: counted as they are met, confirmed by a person once.

use rusqlite::{Row, Transaction, params};

use super::{Catalog, Doing as _, Result};
use crate::domain::verdict::device::Pair;

/// A pair, with how often it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePair {
    /// Its number, for the person's word.
    pub id: i64,
    /// The two names as first seen.
    pub pair: Pair,
    /// Photos sealed while nobody had confirmed it.
    pub photos: i64,
    /// Whether somebody has.
    pub is_confirmed: bool,
}

impl Catalog {
    /// All pairs, those that nobody has confirmed first, the most frequent first.
    pub async fn device_pairs(&self) -> Result<Vec<DevicePair>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT id, announced, found, photos, confirmed_at IS NOT NULL FROM device_pair
                     ORDER BY confirmed_at IS NOT NULL, photos DESC, id LIMIT 1000",
                )
                .doing("list devices")?;
            let rows = statement.query_map([], device_pair).doing("list devices")?;
            rows.collect::<rusqlite::Result<_>>().doing("list devices")
        })
        .await
    }

    /// A person says that the two names are one device, or takes it back. `false`: there is no such pair.
    pub async fn confirm_device_pair(&self, id: i64, is_confirmed: bool, now_ms: i64) -> Result<bool> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "UPDATE device_pair SET confirmed_at = CASE WHEN ?2 THEN coalesce(confirmed_at, ?3) END WHERE id = ?1",
                    params![id, is_confirmed, now_ms],
                )
                .map(|changed| changed == 1)
                .doing("confirm a device")
        })
        .await
    }
}

/// Counts a pair that the rules could not decide.
pub(super) fn met(transaction: &Transaction<'_>, pair: &Pair, now_ms: i64) -> Result<()> {
    let (announced, found) = pair.folded();
    transaction
        .prepare_cached(
            "INSERT INTO device_pair (announced, found, announced_folded, found_folded, photos, first_seen_at)
             VALUES (?1, ?2, ?3, ?4, 1, ?5)
             ON CONFLICT (announced_folded, found_folded) DO UPDATE SET photos = photos + 1",
        )
        .and_then(|mut statement| {
            statement.execute(params![pair.announced, pair.found, announced, found, now_ms])
        })
        .map(drop)
        .doing("count a device")
}

fn device_pair(row: &Row<'_>) -> rusqlite::Result<DevicePair> {
    let pair = Pair { announced: row.get(1)?, found: row.get(2)? };
    Ok(DevicePair { id: row.get(0)?, pair, photos: row.get(3)?, is_confirmed: row.get(4)? })
}
