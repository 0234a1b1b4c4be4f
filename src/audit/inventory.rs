//! The inventory: what the store lists against what the catalogue knows. Missing, of another length, or a stranger.
//!
//! What differs is read before it is told: a list may be older than the store. Objects of strangers are named and left
//! alone.

use futures_util::StreamExt as _;

use super::{Audit, AuditError};
use crate::archive::ListedObject;
use crate::catalog::audit::fixity::{KnownKey, Object, ObjectId, Reading};
use crate::catalog::audit::run::{AuditRun, Stage};
use crate::domain::audit::Status;
use crate::domain::object_key::ObjectKey;

/// Names that are looked up together.
const BATCH: usize = 500;
/// What is no evidence: made again when it is missing, or looked at before each step.
const LEFT_OUT: [&str; 3] = ["derived/", ".keepmark/", "ledger/checkpoint"];

/// Which objects were listed: a bit each.
#[derive(Default)]
struct Seen {
    photos: Bits,
    evidence: Bits,
    tiles: Bits,
}

#[derive(Default)]
struct Bits(Vec<u64>);

impl Audit {
    /// Compares the store's list with the catalogue.
    pub(super) async fn inventory(&self, run: &AuditRun) -> Result<(), AuditError> {
        self.expect_our_store().await?;
        let (mut seen, mut listed, mut extra) = (Seen::default(), 0_i64, 0_usize);
        let own_keys = self.catalog.ledger_keys().await?;
        let own_keys: Vec<_> = own_keys.iter().map(ObjectKey::ledger_key).collect();
        let mut batches = self.archive.list("").chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let batch = batch.into_iter().collect::<Result<Vec<_>, _>>().map_err(AuditError::Archive)?;
            let is_evidence = |object: &ListedObject| {
                !LEFT_OUT.iter().any(|prefix| object.key.starts_with(prefix))
                    && !own_keys.iter().any(|key| key.as_str() == object.key)
            };
            let batch: Vec<_> = batch.into_iter().filter(is_evidence).collect();
            let (ours, strangers, differing) = self.sorted(batch).await?;
            for id in &ours {
                seen.note(*id);
            }
            listed += i64::try_from(ours.len()).unwrap_or(i64::MAX);
            self.look_closer(run, differing).await?;
            let found_before = extra;
            extra += strangers.len();
            self.catalog.note_extra(run.id, strangers, found_before).await?;
        }
        self.catalog.count_listed(run.id, listed).await?;
        self.unlisted(run, &seen).await?;
        Ok(self.catalog.count_extra(run.id, i64::try_from(extra).unwrap_or(i64::MAX)).await?)
    }

    /// Those that are ours, strangers with their lengths, and those of ours with another length than was archived.
    async fn sorted(
        &self,
        listed: Vec<ListedObject>,
    ) -> Result<(Vec<ObjectId>, Vec<(String, u64)>, Vec<(Object, u64)>), AuditError> {
        let keys = listed.iter().map(|object| object.key.clone()).collect();
        let known = self.catalog.known_keys(keys).await?;
        let (mut ours, mut strangers, mut differing) = (Vec::new(), Vec::new(), Vec::new());
        for (listed, known) in listed.into_iter().zip(known) {
            match known {
                KnownKey::Unknown => strangers.push((listed.key, listed.size_bytes)),
                KnownKey::UnderWay => {}
                KnownKey::Archived(object) => {
                    ours.push(object.id);
                    if object.size_bytes.is_some_and(|size| size != listed.size_bytes) {
                        differing.push((object, listed.size_bytes));
                    }
                }
            }
        }
        Ok((ours, strangers, differing))
    }

    /// Reads what is listed with another length.
    async fn look_closer(&self, run: &AuditRun, differing: Vec<(Object, u64)>) -> Result<(), AuditError> {
        for (object, listed_bytes) in differing {
            let archived_bytes = object.size_bytes.unwrap_or_default();
            let mut readings = self.read_objects(vec![object], 1).await?;
            for reading in readings.iter_mut().filter(|reading| reading.status == Status::Changed) {
                reading.detail = format!("{listed_bytes} bytes, and {archived_bytes} were archived");
            }
            self.note_inventoried(run, readings).await?;
        }
        Ok(())
    }

    /// Reads what is not listed: archived since the list began, or missing.
    async fn unlisted(&self, run: &AuditRun, seen: &Seen) -> Result<(), AuditError> {
        let mut after = None;
        loop {
            let objects = self.catalog.objects_after(after, u32::try_from(BATCH).unwrap_or(u32::MAX)).await?;
            let Some(last) = objects.last() else { return Ok(()) };
            after = Some(last.id);
            let unlisted: Vec<_> = objects.into_iter().filter(|object| !seen.has(object.id)).collect();
            if !unlisted.is_empty() {
                let readings = self.read_objects(unlisted, self.reads_at_once()).await?;
                self.note_inventoried(run, readings).await?;
            }
        }
    }

    async fn note_inventoried(&self, run: &AuditRun, readings: Vec<Reading>) -> Result<(), AuditError> {
        let now_ms = (self.clock)().as_millisecond();
        Ok(self.catalog.note_readings(Some((run.id, Stage::Inventory)), readings, now_ms).await?)
    }
}

impl Seen {
    fn note(&mut self, id: ObjectId) {
        match id {
            ObjectId::Photo(number) => self.photos.set(number),
            ObjectId::Evidence(number) => self.evidence.set(number),
            ObjectId::Tile(number) => self.tiles.set(number),
        }
    }

    fn has(&self, id: ObjectId) -> bool {
        match id {
            ObjectId::Photo(number) => self.photos.has(number),
            ObjectId::Evidence(number) => self.evidence.has(number),
            ObjectId::Tile(number) => self.tiles.has(number),
        }
    }
}

impl Bits {
    fn place(number: i64) -> (usize, u64) {
        let number = usize::try_from(number).unwrap_or_default();
        (number / 64, 1 << (number % 64))
    }

    fn set(&mut self, number: i64) {
        let (word, bit) = Self::place(number);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(&self, number: i64) -> bool {
        let (word, bit) = Self::place(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_is_remembered_by_kind_and_number() {
        let mut seen = Seen::default();
        for number in [1, 63, 64, 1_000_000] {
            seen.note(ObjectId::Photo(number));
            assert!(seen.has(ObjectId::Photo(number)) && !seen.has(ObjectId::Evidence(number)), "{number}");
        }
        assert!(!seen.has(ObjectId::Photo(2)) && !seen.has(ObjectId::Photo(65)));
        assert!(!seen.has(ObjectId::Photo(2_000_000)));
    }
}
