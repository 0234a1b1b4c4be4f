//! The records of deliveries without a photo: dead letters and quarantine.
//!
//! Made in the transaction in which a delivery ends so. Whatever takes it up again takes nothing back: the newest record
//! of a delivery counts, and a sidecar or a repeat that holds it counts more.

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

use super::column::{parsed, unreadable};
use super::{Catalog, CatalogError, Doing as _, Result, records};
use crate::domain::delivery::DeliveryId;
use crate::domain::job::JobId;
use crate::domain::record::{DeadLetter, Delivered, Quarantined, Record};
use crate::domain::sidecar;

/// Letters that one transaction records: each is read, encoded and hashed.
const BATCH: u32 = 100;

impl Catalog {
    /// Records the dead letters and the quarantine of an earlier Keepmark, which kept them in the catalogue alone. To be
    /// called until it returns 0; each call is one transaction. `salt`: 256 random bits, other ones each time.
    pub async fn record_earlier_letters(&self, salt: [u8; 32], now_ms: i64) -> Result<usize> {
        let unrecorded = self.read(unrecorded).await?;
        if unrecorded.is_empty() {
            return Ok(0);
        }
        self.write(move |transaction| {
            let mut kept = 0;
            for (at, delivery) in unrecorded.into_iter().enumerate() {
                kept += usize::from(keep(transaction, delivery, sidecar::salt(salt, at), now_ms)?);
            }
            Ok(kept)
        })
        .await
    }
}

/// Records that a job was given up.
pub(super) fn job_died(transaction: &Transaction<'_>, job: JobId, salt: String, now_ms: i64) -> Result<()> {
    let delivery = transaction
        .prepare_cached("SELECT delivery_id FROM job WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([job.0], |row| row.get(0)))
        .doing("record a dead letter")?;
    keep(transaction, DeliveryId(delivery), salt, now_ms).map(drop)
}

/// Records a delivery that is dead or in quarantine; whether it is.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    salt: String,
    now_ms: i64,
) -> Result<bool> {
    let Some(record) = letter_of(transaction, delivery)? else { return Ok(false) };
    let now = Timestamp::from_millisecond(now_ms).map_err(|_| CatalogError::Unreadable("time"))?;
    records::keep(transaction, &record, Some(delivery), salt, now)?;
    Ok(true)
}

/// What is to be recorded of a delivery, if it has ended without a photo.
fn letter_of(connection: &Connection, delivery: DeliveryId) -> Result<Option<Record>> {
    connection
        .prepare_cached(
            "SELECT d.body, d.body_sha256, d.source, d.received_at, d.outcome, d.reason,
                    j.state, j.failing_class, j.reason, j.attempts, j.sample
             FROM delivery d LEFT JOIN job j ON j.delivery_id = d.id WHERE d.id = ?1",
        )
        .and_then(|mut statement| statement.query_row([delivery.0], letter))
        .doing("read a dead letter")
}

fn letter(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
    let body: Vec<u8> = row.get(0)?;
    let delivery = Delivered {
        body: sidecar::encoded(&body),
        sha256: parsed(row, 1)?,
        source: row.get(2)?,
        received_at: Timestamp::from_millisecond(row.get(3)?).map_err(|_| unreadable(3))?,
    };
    let (outcome, state): (String, Option<String>) = (row.get(4)?, row.get(6)?);
    let words = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    Ok(match (outcome.as_str(), state.as_deref()) {
        (_, Some("dead")) => Some(Record::DeadLetter(DeadLetter {
            delivery,
            class: row.get(7)?,
            reason: words(8)?,
            attempts: row.get(9)?,
            sample: row.get::<_, Option<Vec<u8>>>(10)?.map(|sample| sidecar::encoded(&sample)),
        })),
        ("quarantined", None) => Some(Record::Quarantined(Quarantined { delivery, reason: words(5)? })),
        _ => None,
    })
}

fn unrecorded(connection: &Connection) -> Result<Vec<DeliveryId>> {
    connection
        .prepare_cached(
            "SELECT * FROM (SELECT j.delivery_id FROM job j WHERE j.state = 'dead'
                 AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.delivery_id = j.delivery_id) LIMIT ?1)
             UNION ALL
             SELECT * FROM (SELECT d.id FROM delivery d WHERE d.outcome = 'quarantined'
                 AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.delivery_id = d.id) LIMIT ?1)",
        )
        .and_then(|mut statement| {
            statement.query_map(params![BATCH], |row| row.get(0).map(DeliveryId))?.collect()
        })
        .doing("look for dead letters without a record")
}
