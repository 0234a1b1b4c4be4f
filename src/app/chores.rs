//! What goes on beside serving and working: noting the running time, copying the database, and finishing what an earlier
//! Keepmark left.
//!
//! Never stands in the way: what fails here is said, and the daemon goes on.

use std::time::Duration;

use anyhow::Context as _;

use crate::catalog::start::Start;
use crate::catalog::{Catalog, SCHEMA_VERSION};
use crate::telemetry::Metrics;
use crate::upkeep::backup::{Backups, Made};

use super::clock;

/// How often the running time is noted.
const ALIVE: Duration = Duration::from_secs(10);
/// How often the metrics are told of the newest backup.
const LOOK_AT_BACKUPS_EVERY: Duration = Duration::from_secs(30);

pub(super) async fn note_alive(catalog: Catalog, start: Start) {
    let mut ticks = tokio::time::interval(ALIVE);
    loop {
        ticks.tick().await;
        if let Err(error) = catalog.note_alive(start, clock().as_millisecond()).await {
            tracing::warn!(%error, "could not note the running time");
        }
    }
}

/// Copies on a schedule.
pub(super) async fn back_up(backups: Backups, catalog: Catalog) {
    let first = catalog.daemon_life().await.ok().and_then(|(first, _)| first);
    let first = first.and_then(|first| jiff::Timestamp::from_millisecond(first).ok()).unwrap_or_else(clock);
    backups.keep(first, clock).await;
}

/// Tells the metrics of the newest copy. Its folder may lie on a disk that hangs, and they must not.
pub(super) async fn note_backups(backups: Backups, metrics: Metrics) {
    loop {
        let looking = backups.clone();
        if let Ok(Ok(newest)) = tokio::task::spawn_blocking(move || looking.newest()).await {
            metrics.standing.backup_seconds.set(newest.map_or(0, |found| found.at.as_second()));
        }
        tokio::time::sleep(LOOK_AT_BACKUPS_EVERY).await;
    }
}

/// What an earlier Keepmark left to be done, while everything else goes on.
pub(super) async fn catch_up(catalog: Catalog) {
    record_letters(&catalog).await;
    keep_words(&catalog).await;
}

/// Dead letters of an earlier Keepmark get their records.
async fn record_letters(catalog: &Catalog) {
    loop {
        match catalog.record_earlier_letters(rand::random(), clock().as_millisecond()).await {
            Ok(0) => return,
            Ok(letters) => tracing::info!(letters, "dead letters of an earlier version go to the store too"),
            Err(error) => {
                return tracing::warn!(%error, "not all dead letters are recorded; the next start goes on");
            }
        }
    }
}

/// What an earlier Keepmark sealed or left waiting becomes findable.
async fn keep_words(catalog: &Catalog) {
    match catalog.keep_words_of_earlier_photos().await {
        Ok(0) => {}
        Ok(photos) => tracing::info!(photos, "photos of an earlier version can be searched now"),
        Err(error) => {
            tracing::warn!(%error, "not all photos of an earlier version can be searched; the next start goes on");
        }
    }
    match catalog.keep_codes_of_earlier_jobs().await {
        Ok(0) => {}
        Ok(jobs) => {
            tracing::info!(jobs, "photos that wait since an earlier version are found by their codes now");
        }
        Err(error) => {
            tracing::warn!(%error, "not all waiting photos are found by their codes; the next start goes on");
        }
    }
}

/// A database that is to be brought up to date is copied first, or is left as it is.
pub(super) async fn back_up_before_migration(backups: &Backups) -> anyhow::Result<()> {
    let backups = backups.clone();
    let made = tokio::task::spawn_blocking(move || backups.before_migration(SCHEMA_VERSION, clock())).await?;
    let made = made.context("the database is not brought up to date without a backup")?;
    made.iter().for_each(Made::say);
    Ok(())
}
