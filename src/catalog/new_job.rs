//! The job of a delivery: made in the transaction that accepts it.

use rusqlite::{Transaction, params};

use super::{Doing as _, Result, letters};
use crate::domain::delivery::{Announcement, DeliveryId};
use crate::domain::sidecar;

/// The order of claiming.
#[derive(Clone, Copy)]
pub(super) enum Class {
    Fresh = 0,
    Replay = 2,
}

/// A job for a delivery; without a usable link it is dead at once, with its record. Returns whether it is ready.
pub(super) fn insert_job(
    transaction: &Transaction<'_>,
    delivery: DeliveryId,
    photo: &Announcement,
    class: Class,
    (salt, now_ms): ([u8; 32], i64),
) -> Result<bool> {
    let link = photo.link();
    let (state, host, reason) = match &link {
        Ok(url) => ("ready", url.host_str().unwrap_or_default(), None),
        Err(reason) => ("dead", "", Some(reason)),
    };
    let failing = reason.is_some().then_some("no_link");
    transaction
        .prepare_cached(
            "INSERT INTO job (delivery_id, state, class, host, reason, failing_class, code, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        )
        .and_then(|mut statement| {
            let code = photo.code.as_deref().unwrap_or_default();
            statement.execute(params![delivery.0, state, class as i64, host, reason, failing, code, now_ms])
        })
        .doing("queue a delivery")?;
    if link.is_err() {
        letters::keep(transaction, delivery, sidecar::salt(salt, 0), now_ms)?;
    }
    Ok(link.is_ok())
}
