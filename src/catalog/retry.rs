//! Deliveries taken up again by hand: read with the parser of today, or given a file in place of their link.

use std::fmt;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::delivery::{body_of, known};
use super::new_job::{Class, insert_job};
use super::{Catalog, CatalogError, Doing as _, Result};
use crate::domain::delivery::{self, Announcement, DeliveryId, Outcome, Reading};
use crate::domain::photo::Sha256;

/// What `attach` did with one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// Its job is ready, with the file in place of the link.
    Ready,
    /// Its photo is archived already.
    AlreadyArchived,
    /// A worker is at it.
    AtWork,
    /// It announces no photo.
    NoPhoto(Outcome),
    /// There is no such delivery.
    Unknown,
}

/// What `retry` did with one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// Its job is ready again.
    Ready,
    /// Its photo is archived already.
    AlreadyArchived,
    /// Its job is waiting or at work.
    AlreadyWaiting,
    /// Read again, it is still no photo: the outcome stands.
    Unchanged(Outcome),
    /// It announces a photo without a link that could be fetched.
    NoLink(String),
    /// There is no such delivery.
    Unknown,
}

impl fmt::Display for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("the file takes the place of its link"),
            Self::AlreadyArchived => f.write_str("its photo is archived already"),
            Self::AtWork => f.write_str("it is being worked on: try again in a minute"),
            Self::NoPhoto(outcome) => write!(f, "it is {} and announces no photo", outcome.as_str()),
            Self::Unknown => f.write_str("there is no such delivery"),
        }
    }
}

impl fmt::Display for Retried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready again; a running daemon takes it within seconds"),
            Self::AlreadyArchived => f.write_str("its photo is archived already"),
            Self::AlreadyWaiting => f.write_str("is in the queue already"),
            Self::Unchanged(outcome) => {
                write!(f, "{} still, and nothing is left to do for it", outcome.as_str())
            }
            Self::NoLink(reason) => write!(f, "stays dead: {reason}"),
            Self::Unknown => f.write_str("there is no such delivery"),
        }
    }
}

impl Catalog {
    /// Takes a delivery of any outcome up again, with the parser of the day. `salt`: 256 random bits.
    pub async fn retry(&self, delivery: DeliveryId, salt: [u8; 32], now_ms: i64) -> Result<Retried> {
        self.write(move |transaction| retry(transaction, delivery, salt, now_ms)).await
    }

    /// Gives a delivery's job a file of the spool in place of the link.
    pub async fn attach(&self, delivery: DeliveryId, spool: String, now_ms: i64) -> Result<Attached> {
        self.write(move |transaction| attach(transaction, delivery, &spool, now_ms)).await
    }

    /// The deliveries whose job is dead, and those in quarantine.
    pub async fn dead_deliveries(&self) -> Result<Vec<DeliveryId>> {
        self.delivery_ids(
            "SELECT delivery_id FROM job WHERE state = 'dead'
             UNION SELECT id FROM delivery WHERE outcome = 'quarantined' ORDER BY 1",
        )
        .await
    }

    /// The deliveries whose job is held.
    pub async fn held_deliveries(&self) -> Result<Vec<DeliveryId>> {
        self.delivery_ids("SELECT delivery_id FROM job WHERE state = 'held' ORDER BY 1").await
    }

    async fn delivery_ids(&self, sql: &'static str) -> Result<Vec<DeliveryId>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql).doing("list deliveries")?;
            let rows = statement.query_map([], |row| row.get(0).map(DeliveryId)).doing("list deliveries")?;
            rows.collect::<rusqlite::Result<_>>().doing("list deliveries")
        })
        .await
    }
}

fn retry(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    salt: [u8; 32],
    now_ms: i64,
) -> Result<Retried> {
    let Some(body) = body_of(transaction, delivery)? else { return Ok(Retried::Unknown) };
    let state: Option<String> = transaction
        .query_row("SELECT state FROM job WHERE delivery_id = ?1", [delivery.0], |row| row.get(0))
        .optional()
        .doing("look up a job")?;
    match state.as_deref() {
        None => read_again(transaction, delivery, &body, salt, now_ms),
        Some("done") => Ok(Retried::AlreadyArchived),
        Some("ready" | "leased") => Ok(Retried::AlreadyWaiting),
        Some(_) => {
            let announced = delivery::announcement(&body).unwrap_or_default();
            let link = match announced.link() {
                Ok(link) => link,
                Err(reason) => return Ok(Retried::NoLink(reason)),
            };
            let host = link.host_str().unwrap_or_default();
            transaction
                .execute(
                    "UPDATE job SET state = 'ready', class = 2, host = ?2, due_at = NULL, waits_for = NULL,
                            crashes = min(crashes, 1), reason = NULL,
                            failing_class = NULL, failing_since = NULL, failing_tries = 0, updated_at = ?3
                     WHERE delivery_id = ?1 AND state IN ('dead', 'held', 'scheduled')",
                    params![delivery.0, host, now_ms],
                )
                .doing("take a job up again")?;
            Ok(Retried::Ready)
        }
    }
}

fn attach(transaction: &Transaction<'_>, delivery: DeliveryId, spool: &str, now_ms: i64) -> Result<Attached> {
    let state: Option<String> = transaction
        .query_row("SELECT state FROM job WHERE delivery_id = ?1", [delivery.0], |row| row.get(0))
        .optional()
        .doing("look up a job")?;
    match state.as_deref() {
        None if body_of(transaction, delivery)?.is_none() => return Ok(Attached::Unknown),
        None => return outcome_of(transaction, delivery).map(Attached::NoPhoto),
        Some("done") => return Ok(Attached::AlreadyArchived),
        Some("leased") => return Ok(Attached::AtWork),
        Some(_) => {}
    }
    transaction
        .execute(
            "UPDATE job SET state = 'ready', class = 2, attached = ?2, due_at = NULL, waits_for = NULL,
                    crashes = min(crashes, 1), reason = NULL,
                    failing_class = NULL, failing_since = NULL, failing_tries = 0, updated_at = ?3
             WHERE delivery_id = ?1",
            params![delivery.0, spool, now_ms],
        )
        .doing("attach a file")?;
    Ok(Attached::Ready)
}

/// A delivery without a job, judged by the rule of today.
fn read_again(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    body: &[u8],
    salt: [u8; 32],
    now_ms: i64,
) -> Result<Retried> {
    let stands = || outcome_of(transaction, delivery).map(Retried::Unchanged);
    let Reading::Photo(photo) = delivery::read(body) else { return stands() };
    let identity = photo.identity(Sha256::of(body));
    if let Some((earlier, _)) = known(transaction, &identity)?.filter(|(known, _)| *known != delivery) {
        // It repeats a photo event: its link is one more for that photo, if that one is still missing.
        return if revive(transaction, earlier, &photo, now_ms)? { Ok(Retried::Ready) } else { stands() };
    }
    transaction
        .execute(
            "UPDATE delivery SET outcome = 'accepted', reason = NULL, event_id = ?2 WHERE id = ?1",
            params![delivery.0, photo.event_id],
        )
        .doing("accept a delivery")?;
    insert_job(transaction, delivery, &photo, Class::Replay, (salt, now_ms))?;
    Ok(Retried::Ready)
}

fn outcome_of(transaction: &Transaction<'_>, delivery: DeliveryId) -> Result<Outcome> {
    let word: String = transaction
        .query_row("SELECT outcome FROM delivery WHERE id = ?1", [delivery.0], |row| row.get(0))
        .doing("look up a delivery")?;
    Outcome::from_word(&word).ok_or(CatalogError::Unreadable("outcome"))
}

/// A further link for a photo whose own is dead. Returns whether its job is ready again.
pub(super) fn revive(
    transaction: &Transaction<'_>,
    earlier: DeliveryId,
    photo: &Announcement,
    now_ms: i64,
) -> Result<bool> {
    let Ok(link) = photo.link() else { return Ok(false) };
    let revived = transaction
        .prepare_cached(
            "UPDATE job SET state = 'ready', class = 1, host = ?2, updated_at = ?3
             WHERE delivery_id = ?1 AND state = 'dead'",
        )
        .and_then(|mut statement| {
            statement.execute(params![earlier.0, link.host_str().unwrap_or_default(), now_ms])
        })
        .doing("take a job up again")?;
    Ok(revived == 1)
}
