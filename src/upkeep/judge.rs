//! Judging again: today's rules over archived photos, from what was recorded of them. No file is read again.
//!
//! A run is a row that is its own progress: whoever works it off may die anywhere, and whoever takes it up first puts
//! what was fixed and not yet stored.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Upkeep, UpkeepError};
use crate::catalog::judge_run::{Change, Later, Recorded, Run};
use crate::catalog::known::About;
use crate::catalog::look_alikes::Looked;
use crate::domain::judge_filter::JudgeFilter;
use crate::domain::verdict::reuse::LookAlike;
use crate::domain::verdict::rules::{self, Material};
use crate::domain::verdict::{Finding, code, reuse};

/// Photos between two commits of the progress.
const BATCH: u32 = 32;
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
    /// Works off runs as they come, until it is dropped.
    pub async fn keep(&self) {
        loop {
            match self.catalog.unfinished_run().await {
                Ok(Some(run)) => self.patiently(run).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "could not look for photos to judge again"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Works a run off; trouble is noted on it and waited for.
    pub async fn patiently(&self, run: Run) {
        let id = run.id;
        while let Err(error) = self.work_off(id).await {
            let trouble = error.to_string();
            tracing::warn!(%trouble, "judging again waits");
            if let Err(error) = self.catalog.note_run_trouble(id, trouble).await {
                tracing::warn!(%error, "could not note why judging again waits");
            }
            tokio::time::sleep(TROUBLE_WAIT).await;
        }
    }

    async fn work_off(&self, id: crate::catalog::judge_run::RunId) -> Result<(), UpkeepError> {
        while let Some(run) = self.catalog.run(id).await?.filter(|run| !run.is_ended) {
            // What a crash left between its fixing and its put.
            self.put_pending(&run, run.after_seq, 0).await?;
            let photos =
                self.catalog.recorded_after(run.filter.clone(), run.after_seq, run.last_seq, BATCH).await?;
            let Some(last) = photos.last().map(|photo| photo.seq) else {
                self.catalog.end_run(id, self.now_ms()).await?;
                break;
            };
            for photo in &photos {
                self.fix_what_changed(&run, photo).await?;
            }
            crate::fault::point("judged_again");
            self.put_pending(&run, last, i64::try_from(photos.len()).unwrap_or(i64::MAX)).await?;
        }
        Ok(())
    }

    async fn fix_what_changed(&self, run: &Run, photo: &Recorded) -> Result<(), UpkeepError> {
        let findings = self.findings(photo).await?;
        let changes = rules::changes((photo.verdict, &photo.findings), &findings);
        if changes.is_empty() {
            return Ok(());
        }
        let later = Later { seq: photo.seq, findings, changes, now: (self.clock)(), salt: rand::random() };
        Ok(self.catalog.fix_judgement(run.id, later).await?)
    }

    /// A crash within leaves objects that the next put finds equal.
    async fn put_pending(&self, run: &Run, after_seq: i64, judged: i64) -> Result<(), UpkeepError> {
        for pending in self.catalog.pending_of_run(run.id).await? {
            self.archive.put_bytes(&pending.object_key, pending.body.into(), pending.sha256).await?;
        }
        crate::fault::point("judgement_put");
        Ok(self.catalog.advance_run(run.id, after_seq, judged, self.now_ms()).await?)
    }

    /// All findings of a photo by today's rules and today's knowledge.
    async fn findings(&self, photo: &Recorded) -> Result<Vec<Finding>, UpkeepError> {
        let material = Material {
            announced: &photo.announced,
            evidence: &photo.evidence,
            content_type: photo.content_type.as_deref(),
            received_at: photo.received_at,
        };
        let about = About {
            announced: photo.announced.clone(),
            pair: material.device_pair(),
            taken_about: material.taken_about(),
            itself: Some(photo.id),
        };
        let mut findings = self.rules.judge(&material, self.catalog.known(about).await?).findings;
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
                let changes = rules::changes((photo.verdict, &photo.findings), &findings);
                dry.judged += 1;
                dry.changed += i64::from(!changes.is_empty());
                for change in changes {
                    *dry.counts.entry(change).or_default() += 1;
                }
            }
            progress(dry.judged);
        }
    }

    fn now_ms(&self) -> i64 {
        (self.clock)().as_millisecond()
    }
}
