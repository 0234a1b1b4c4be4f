//! Fixity: objects read again and held against their SHA-256, all or a sample now, and each in its turn.
//!
//! A run is a row that is its own progress: whoever works it off may die anywhere, and what was read and not noted is read
//! again. Nothing is noted unless the store can be seen to be ours before and after.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::comparison::failure;
use super::{Audit, AuditError};
use crate::catalog::audit::fixity::{Object, Reading};
use crate::catalog::audit::run::{AuditId, AuditRun, Kind, Stage};
use crate::config;
use crate::domain::audit::Status;
use crate::domain::causes::chain;

/// Objects whose readings are noted together.
const BATCH: u32 = 64;
/// Photos of a sample whose objects are read together.
const PHOTOS: u32 = 16;
/// Objects of a bucket that are read at once: their store answers later than a disk.
const READS_REMOTE: usize = 8;
/// Objects that are read in their turn before their readings are noted.
const IN_TURN: u32 = 16;
/// How often a daemon looks for a run, and whether it is an object's turn.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A store in trouble is tried again after this.
const TROUBLE_WAIT: Duration = Duration::from_secs(10);
const HOUR_MS: i64 = 60 * 60 * 1000;
/// What was not intact is read again so often: somebody may have brought it back.
const DAY_MS: i64 = 24 * HOUR_MS;

/// What may still be read within this hour.
struct Budget {
    began_ms: i64,
    bytes: u64,
    spent_ms: i64,
}

impl Audit {
    /// Works off runs as they come, and reads each object in its turn, until it is dropped.
    pub async fn keep(&self, settings: &config::Audit) {
        let mut budget = Budget { began_ms: 0, bytes: 0, spent_ms: 0 };
        if let Err(error) = self.catalog.distrust_readings_after(self.now_ms()).await {
            tracing::warn!(%error, "could not look for readings of a time to come");
        }
        loop {
            match self.catalog.unfinished_audit().await {
                Ok(run) => {
                    let waits = match run {
                        Some(run) => !self.try_to_work_off(run.id).await,
                        None => false,
                    };
                    let read = self.in_turn(settings, &mut budget, waits).await;
                    if let Err(error) = &read {
                        tracing::warn!(error = %chain(error), "objects are not read again just now");
                    }
                    if waits || read.is_err() {
                        tokio::time::sleep(TROUBLE_WAIT).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "could not look for an audit"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Works a run off; trouble is noted on it. Whether it is through.
    async fn try_to_work_off(&self, id: AuditId) -> bool {
        let Err(error) = self.work_off(id).await else { return true };
        let trouble = chain(&error);
        tracing::warn!(%trouble, "an audit waits");
        if let Err(error) = self.catalog.note_audit_trouble(id, Some(trouble)).await {
            tracing::warn!(%error, "could not note why an audit waits");
        }
        false
    }

    /// Works a run off to its end, or to the first trouble with the store or the catalogue.
    pub async fn work_off(&self, id: AuditId) -> Result<(), AuditError> {
        while let Some(run) = self.catalog.audit_run(id).await?.filter(|run| run.ended_at_ms.is_none()) {
            if self.read_on(&run).await? {
                continue;
            }
            crate::fault::point("audit_read");
            if run.kind != "sample" {
                self.inventory(&run).await?;
            }
            self.catalog.end_audit(id, rand::random(), self.now_ms()).await?;
            tracing::info!(checked = run.counts.checked, kind = run.kind, "an audit is through");
        }
        Ok(())
    }

    /// Reads the next objects of a run; whether there were any.
    async fn read_on(&self, run: &AuditRun) -> Result<bool, AuditError> {
        let (objects, after_seq) = match run.kind.as_str() {
            "all" => (self.catalog.oldest_read(run.started_at_ms, BATCH).await?, 0),
            "sample" => self.catalog.sampled_after(run.id, run.after_seq, PHOTOS).await?,
            _ => return Ok(false),
        };
        if objects.is_empty() {
            return Ok(false);
        }
        let readings = self.read_objects(objects, self.reads_at_once()).await?;
        // A clock that was set back must not let the same objects be read for ever.
        let read_at_ms = self.now_ms().max(run.started_at_ms);
        self.catalog.note_readings(Some((run.id, Stage::Reading)), readings, read_at_ms).await?;
        if run.kind == "sample" {
            self.catalog.advance_sample(run.id, after_seq).await?;
        }
        Ok(true)
    }

    /// Reads what is due, as far as this hour's budget goes, and begins an inventory when it is time. While a run waits,
    /// a few objects at a time: what a stranger puts into the bucket may end every listing of it, and must not keep the
    /// objects from their turn.
    async fn in_turn(
        &self,
        settings: &config::Audit,
        budget: &mut Budget,
        waits: bool,
    ) -> Result<(), AuditError> {
        let now_ms = self.now_ms();
        if !waits
            && let Some(every) = settings.inventory_every
            && self.catalog.last_inventory().await?.is_some_and(|last| last < now_ms - milliseconds(every))
            && self.catalog.has_archived().await?
        {
            self.catalog.begin_audit(Kind::Inventory, now_ms).await?;
            return Ok(());
        }
        let Some(every) = settings.every else { return Ok(()) };
        // The last tenth of the time is for what a budget or an outage holds up.
        let due_before = now_ms - milliseconds(every) / 10 * 9;
        loop {
            let now_ms = self.now_ms();
            budget.renew(now_ms, settings);
            let most_ms = milliseconds(settings.time_per_hour_max);
            if budget.bytes == 0 || budget.spent_ms >= most_ms {
                return Ok(());
            }
            let mut due = self.catalog.found_before(now_ms - DAY_MS, IN_TURN).await?;
            if due.is_empty() {
                due = self.catalog.oldest_read(due_before, IN_TURN).await?;
            }
            if due.is_empty() || !waits && self.catalog.unfinished_audit().await?.is_some() {
                return Ok(());
            }
            due.truncate(budget.fitting(&due));
            // One at a time: pages and photos come first.
            let readings = self.read_objects(due, 1).await?;
            let read: u64 = readings.iter().map(|reading| reading.bytes.max(1)).sum();
            let noted_ms = self.now_ms();
            self.catalog.note_readings(None, readings, noted_ms.max(due_before)).await?;
            budget.bytes = budget.bytes.saturating_sub(read);
            budget.spent_ms += (noted_ms - now_ms).max(0);
            if waits {
                return Ok(());
            }
        }
    }

    /// Reads objects again; nothing is told of any unless the store is ours before and after.
    pub(super) async fn read_objects(
        &self,
        objects: Vec<Object>,
        at_once: usize,
    ) -> Result<Vec<Reading>, AuditError> {
        self.expect_our_store().await?;
        let read = objects.into_iter().map(|object| self.read_object(object));
        let readings: Vec<_> = stream::iter(read).buffer_unordered(at_once).collect().await;
        let lacks = |reading: &Reading| matches!(reading.status, Status::Missing | Status::Unreadable);
        if readings.iter().any(lacks) {
            self.expect_our_store().await?;
        }
        Ok(readings)
    }

    /// Twice where it is not intact: a store that stumbled once has lost nothing.
    async fn read_object(&self, object: Object) -> Reading {
        let first = self.read_once(object).await;
        if first.status == Status::Intact { first } else { self.read_once(first.object).await }
    }

    async fn read_once(&self, object: Object) -> Reading {
        let (status, detail) = match self.archive.read_back(&object.object_key).await {
            Ok(sha256) if sha256 == object.sha256 => (Status::Intact, String::new()),
            Ok(sha256) => {
                (Status::Changed, format!("the store gives other bytes than were archived: SHA-256 {sha256}"))
            }
            Err(error) => failure(&error, "the object"),
        };
        let is_read = matches!(status, Status::Intact | Status::Changed);
        let bytes = if is_read { object.size_bytes.unwrap_or_default() } else { 0 };
        Reading { object, status, detail, bytes }
    }

    pub(super) fn reads_at_once(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.archive.is_local() { cores } else { READS_REMOTE }
    }

    fn now_ms(&self) -> i64 {
        (self.clock)().as_millisecond()
    }
}

impl Budget {
    fn renew(&mut self, now_ms: i64, settings: &config::Audit) {
        // Also when the clock was set back.
        if !(0..HOUR_MS).contains(&(now_ms - self.began_ms)) {
            *self = Self { began_ms: now_ms, bytes: settings.bytes_per_hour_max, spent_ms: 0 };
        }
    }

    /// How many of these objects are within it; always one, lest a long video keep all others waiting.
    fn fitting(&self, objects: &[Object]) -> usize {
        let mut left = self.bytes;
        let fits = objects.iter().take_while(|object| {
            let size = object.size_bytes.unwrap_or_default();
            let is_within = size <= left;
            left = left.saturating_sub(size);
            is_within
        });
        fits.count().max(1)
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::audit::fixity::ObjectId;
    use crate::domain::object_key::ObjectKey;
    use crate::domain::photo::Sha256;

    fn objects(sizes: &[u64]) -> Vec<Object> {
        let object = |size: &u64| Object {
            id: ObjectId::Photo(1),
            object_key: ObjectKey::from_stored("photos/t/a.jpg".to_owned()).unwrap(),
            sha256: Sha256([0; 32]),
            size_bytes: Some(*size),
            photo_seq: Some(1),
        };
        sizes.iter().map(object).collect()
    }

    fn settings() -> config::Audit {
        config::Audit {
            every: None,
            bytes_per_hour_max: 100,
            time_per_hour_max: Duration::from_mins(1),
            inventory_every: None,
        }
    }

    #[test]
    fn a_budget_takes_what_fits_and_always_one() {
        let budget = Budget { began_ms: 0, bytes: 100, spent_ms: 0 };
        assert_eq!(budget.fitting(&objects(&[60, 40, 1])), 2);
        assert_eq!(budget.fitting(&objects(&[101, 1])), 1, "a long video must not keep all others waiting");
    }

    #[test]
    fn a_budget_is_whole_again_after_an_hour_and_when_the_clock_was_set_back() {
        for (now_ms, expected) in [(HOUR_MS - 1, 7), (HOUR_MS, 100), (-1, 100)] {
            let mut budget = Budget { began_ms: 0, bytes: 7, spent_ms: 9 };
            budget.renew(now_ms, &settings());
            assert_eq!((budget.bytes, budget.spent_ms == 0), (expected, expected == 100), "{now_ms}");
        }
    }
}
