//! Judging again: today's rules over archived photos, from what was recorded of them. No file is read again.
//!
//! A run is a row that is its own progress: whoever works it off may die anywhere, and whoever takes it up first puts
//! what was fixed and not yet stored.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Upkeep, UpkeepError};
use crate::catalog::judge_run::{Change, Later, RunId};
use crate::catalog::known::About;
use crate::catalog::look_alikes::Looked;
use crate::catalog::recorded::Recorded;
use crate::domain::judge_filter::JudgeFilter;
use crate::domain::ledger::standing::Standing;
use crate::domain::store::{Belongs, belongs};
use crate::domain::verdict::changes::changes;
use crate::domain::verdict::reuse::LookAlike;
use crate::domain::verdict::rules::Material;
use crate::domain::verdict::{Finding, code, reuse};

/// Photos that are fixed in one commit and recorded in another.
const BATCH: u32 = 32;
/// Objects put at once.
const PUTS: usize = 8;
/// How often a daemon looks for a run.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A store in trouble is tried again after this.
const TROUBLE_WAIT: Duration = Duration::from_secs(10);

/// What a run would change.
#[derive(Debug, Default)]
pub struct DryRun {
    /// Photos judged.
    pub judged: i64,
    /// Photos with another outcome.
    pub changed: i64,
    counts: BTreeMap<(String, String, String), i64>,
}

impl DryRun {
    /// The table, as a run would leave it.
    pub fn changes(&self) -> Vec<Change> {
        let change = |((what, before, after), photos): (&(String, String, String), &i64)| Change {
            what: what.clone(),
            before: before.clone(),
            after: after.clone(),
            photos: *photos,
        };
        let mut changes: Vec<_> = self.counts.iter().map(change).collect();
        changes.sort_by_key(|change| (change.what != "verdict", change.what.clone(), -change.photos));
        changes
    }
}

impl Upkeep {
    /// Works off rebuilds and runs as they come, until it is dropped.
    pub async fn keep(&self) {
        loop {
            match self.catalog.open_rebuild().await {
                Ok(Some(rebuild)) => self.rebuild(rebuild.id).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "could not look for a rebuild"),
            }
            match self.catalog.unfinished_run().await {
                Ok(Some(run)) => self.patiently(run.id).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "could not look for photos to judge again"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Works a run off; trouble is noted on it and waited for.
    pub async fn patiently(&self, id: RunId) {
        while let Err(error) = self.work_off(id).await {
            let trouble = error.to_string();
            tracing::warn!(%trouble, "judging again waits");
            if let Err(error) = self.catalog.note_run_trouble(id, trouble).await {
                tracing::warn!(%error, "could not note why judging again waits");
            }
            tokio::time::sleep(TROUBLE_WAIT).await;
        }
    }

    /// A crash anywhere leaves what was fixed and not yet recorded; the next life leaves those photos as they are fixed,
    /// and puts and records them with their batch.
    async fn work_off(&self, id: RunId) -> Result<(), UpkeepError> {
        while let Some(run) = self.catalog.run(id).await?.filter(|run| !run.is_ended) {
            self.expect_our_store().await?;
            let photos =
                self.catalog.recorded_after(run.filter.clone(), run.after_seq, run.last_seq, BATCH).await?;
            let Some(last) = photos.last().map(|photo| photo.seq) else {
                self.catalog.end_run(id, self.now_ms()).await?;
                break;
            };
            let mut later = Vec::new();
            for photo in &photos {
                later.extend(self.later(photo).await?);
            }
            self.catalog.fix_judgements(id, later).await?;
            crate::fault::point("judged_again");
            self.put_pending(id).await?;
            crate::fault::point("judgement_put");
            let judged = i64::try_from(photos.len()).unwrap_or(i64::MAX);
            self.catalog.advance_run(id, last, judged, self.now_ms()).await?;
        }
        Ok(())
    }

    /// What is mounted or configured may be another store by now: evidence put there would be lost.
    async fn expect_our_store(&self) -> Result<(), UpkeepError> {
        let known = self.catalog.store().await?.id;
        match belongs(known, self.catalog.has_archived().await?, self.archive.marker().await?) {
            Belongs::Ours => {}
            Belongs::No(reason) => return Err(UpkeepError::NotOurs(reason)),
            Belongs::Unmarked => return Err(UpkeepError::Unmarked),
        }
        // Every later judgement is a leaf, and would deepen a fork.
        match self.catalog.standing_of(self.archive.ledger_checkpoint().await?).await? {
            Standing::Amiss(amiss) if amiss.holds_photos() => Err(UpkeepError::Ledger(amiss)),
            Standing::Same | Standing::Unrecorded(_) | Standing::Amiss(_) => Ok(()),
        }
    }

    /// The judgement of today, where it differs from the one that stands.
    async fn later(&self, photo: &Recorded) -> Result<Option<Later>, UpkeepError> {
        let findings = self.findings(photo).await?;
        let changes = changes((photo.verdict, &photo.findings), &findings);
        Ok((!changes.is_empty()).then(|| Later {
            seq: photo.seq,
            instead_of: photo.judgement,
            findings,
            changes,
            now: (self.clock)(),
            salt: rand::random(),
        }))
    }

    /// A crash within leaves objects that the next put finds equal.
    async fn put_pending(&self, id: RunId) -> Result<(), UpkeepError> {
        let puts = self.catalog.pending_of_run(id).await?.into_iter().map(|pending| async move {
            self.archive.put_bytes(&pending.object_key, pending.body.into(), pending.sha256).await
        });
        Ok(stream::iter(puts).buffer_unordered(PUTS).try_collect().await?)
    }

    /// All findings of a photo by today's rules and today's knowledge.
    async fn findings(&self, photo: &Recorded) -> Result<Vec<Finding>, UpkeepError> {
        let material = Material {
            announced: &photo.announced,
            evidence: &photo.evidence,
            content_type: photo.content_type.as_deref(),
            received_at: photo.received_at,
        };
        let known = self.catalog.known(About::of(&material, Some(photo.id))).await?;
        let mut findings = self.rules.judge(&material, known).findings;
        findings.push(code::check(photo.code.as_deref(), &photo.versions));
        findings.push(reuse::check(photo.code.as_deref(), &photo.equal, &self.look_alikes(photo).await?));
        Ok(findings)
    }

    async fn look_alikes(&self, photo: &Recorded) -> Result<Vec<LookAlike>, UpkeepError> {
        let Some(fingerprint) = photo.evidence.fingerprint else { return Ok(Vec::new()) };
        let looked = Looked {
            fingerprint,
            announced: photo.announced.clone(),
            day: photo.day,
            itself: Some(photo.id),
            bits_max: self.rules.look_alike_bits,
        };
        Ok(self.catalog.look_alikes(looked).await?)
    }

    /// Judges and writes nothing; `progress` is told how many photos are judged.
    pub async fn dry_run(
        &self,
        filter: JudgeFilter,
        mut progress: impl FnMut(i64),
    ) -> Result<DryRun, UpkeepError> {
        let (_, last_seq) = self.catalog.count_to_judge(filter.clone()).await?;
        let (mut dry, mut after_seq) = (DryRun::default(), 0);
        loop {
            let photos = self.catalog.recorded_after(filter.clone(), after_seq, last_seq, BATCH).await?;
            let Some(last) = photos.last() else { return Ok(dry) };
            after_seq = last.seq;
            for photo in &photos {
                let findings = self.findings(photo).await?;
                let changes = changes((photo.verdict, &photo.findings), &findings);
                dry.judged += 1;
                dry.changed += i64::from(!changes.is_empty());
                for change in changes {
                    *dry.counts.entry(change).or_default() += 1;
                }
            }
            progress(dry.judged);
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        (self.clock)().as_millisecond()
    }
}
