//! One tick of a worker: claim a job, take it through the phases, settle it.
//!
//! Waiting may be cancelled, work may not: only the stop's deadline cuts a job, and then it is given back.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Mutex, watch};

use super::fetch::Spooled;
use super::{Pipeline, Spool, Tick, chain, fault};
use crate::catalog::CatalogError;
use crate::catalog::job::Try;
use crate::catalog::seal::{Sealed, Sealing};
use crate::domain::delivery::{self, Announcement};
use crate::domain::job::{self, Class, Ending, Failure, Job};
use crate::inspect::pixels::Derived;
use crate::telemetry::metrics::Attempt;

/// The progress of a try, kept outside the work so that it is known however the work ends.
pub(super) struct Progress {
    state: Mutex<Try>,
}

impl Progress {
    fn new(now_ms: i64) -> Self {
        Self { state: Mutex::new(Try { started_at_ms: now_ms, phase: "fetch", size_bytes: 0 }) }
    }

    pub(super) async fn enter(&self, phase: &'static str) {
        self.state.lock().await.phase = phase;
    }

    pub(super) async fn received(&self, size_bytes: u64) {
        self.state.lock().await.size_bytes = size_bytes;
    }

    async fn tried(&self) -> Try {
        self.state.lock().await.clone()
    }
}

/// Why a try ended before the record.
pub(super) enum Stopped {
    /// To be settled.
    Failed(Failure),
    /// Somebody else has the job: nothing more is done.
    LeaseLost,
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<CatalogError> for Stopped {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::LeaseLost => Self::LeaseLost,
            // Our own disk in trouble burns no budget of the link's.
            error => Self::Failed(Failure::new(Class::Store, chain(&error))),
        }
    }
}

impl Pipeline {
    /// Claims and works off one job.
    pub async fn tick(
        &self,
        stop: &mut watch::Receiver<bool>,
        deadline: Duration,
    ) -> Result<Tick, CatalogError> {
        let tools = &self.tools;
        let claim = self.claims.fetch_add(1, Ordering::Relaxed);
        let Some(job) = tools.catalog.claim(tools.start, claim, tools.per_host, self.now_ms()).await? else {
            return Ok(Tick::Idle);
        };
        // One job woke one worker; where there is one there may be more.
        self.wake.notify_one();
        let progress = Progress::new(self.now_ms());
        let work = AssertUnwindSafe(self.archive_one(&job, &progress)).catch_unwind();
        let cut = async {
            super::stopped(stop).await;
            tokio::time::sleep(deadline).await;
        };
        let worked = tokio::select! {
            worked = work => worked,
            () = cut => {
                tools.catalog.give_back(job.lease, progress.tried().await, self.now_ms()).await?;
                return Ok(Tick::Cut);
            }
        };
        // The panic's own words went to the log by the hook; they may quote the file, so they go no further.
        let worked = worked.unwrap_or_else(|_| {
            Err(Stopped::Failed(Failure::new(
                Class::Internal,
                "the program failed on this photo; see the log",
            )))
        });
        self.settle(&job, &progress, worked).await?;
        Ok(Tick::Worked)
    }

    async fn settle(
        &self,
        job: &Job,
        progress: &Progress,
        worked: Result<(), Stopped>,
    ) -> Result<(), CatalogError> {
        let mut tried = progress.tried().await;
        let class = match &worked {
            Ok(()) => "none",
            Err(Stopped::LeaseLost) => "lease_lost",
            Err(Stopped::Failed(failure)) => failure.class.as_str(),
        };
        self.tools.metrics.attempts.get_or_create(&Attempt { phase: tried.phase, class }).inc();
        let Err(Stopped::Failed(failure)) = worked else { return Ok(()) };
        // Of a download that failed, only the failure knows how far it came.
        tried.size_bytes = tried.size_bytes.max(failure.size_bytes);
        let ran_ms = self.tools.start.ran_ms(self.now_ms());
        let ending = job::after_failure(job, failure, ran_ms, rand::random());
        log_ending(job, &ending);
        self.tools.catalog.settle(job.lease, ending, tried, self.now_ms()).await
    }

    /// The way of one photo, from wherever an earlier try left it.
    async fn archive_one(&self, job: &Job, progress: &Progress) -> Result<(), Stopped> {
        let announced = delivery::announcement(&job.body)
            .ok_or_else(|| Failure::new(Class::NoLink, "the delivery is no JSON object"))?;
        let (sealed, derived) = match self.resume(job, &announced, progress).await? {
            Some(sealed) => (sealed, Vec::new()),
            None => self.begin(job, &announced, progress).await?,
        };
        progress.enter("store").await;
        self.store(job, &sealed).await?;
        progress.enter("record").await;
        // A crash here leaves stored objects; the next try finds them equal and records them.
        fault::point("stored");
        let tried = progress.tried().await;
        self.tools.catalog.record(job.lease, tried, self.now_ms()).await?;
        // A crash here leaves a spool file that no job names; the next start sweeps it.
        fault::point("recorded");
        self.tools.spool.remove(&Spool::name(job.lease)).await;
        if let Some(earlier) = &job.spool {
            self.tools.spool.remove(earlier).await;
        }
        self.tools.metrics.archived.inc();
        self.tools.metrics.archived_bytes.inc_by(sealed.size_bytes);
        self.store_derived(&sealed, derived).await;
        Ok(())
    }

    /// A photo that nobody sealed yet: fetch, inspect, judge, seal.
    async fn begin(
        &self,
        job: &Job,
        announced: &Announcement,
        progress: &Progress,
    ) -> Result<(Sealed, Vec<Derived>), Stopped> {
        progress.enter("fetch").await;
        let spooled = self.fetch(job, announced).await?;
        progress.received(spooled.fetched.size_bytes).await;
        // A crash here leaves a spool file that no row names: it is swept, and the photo is fetched again.
        fault::point("fetched");
        let sealed = self.understand(job, announced, progress, &spooled).await;
        if sealed.is_err() {
            self.tools.spool.remove(&spooled.name).await;
        }
        sealed
    }

    /// From a spool file to a seal.
    async fn understand(
        &self,
        job: &Job,
        announced: &Announcement,
        progress: &Progress,
        spooled: &Spooled,
    ) -> Result<(Sealed, Vec<Derived>), Stopped> {
        progress.enter("inspect").await;
        let inspected = self.inspect(job, spooled).await?;
        progress.enter("judge").await;
        let judgement = self.judge(job, announced, spooled, &inspected.evidence);
        progress.enter("seal").await;
        let draft = self.draft(job, announced, spooled, inspected.evidence, judgement);
        match self.tools.catalog.seal(job.lease, draft).await? {
            Sealing::Sealed(sealed) => {
                // A crash here leaves a seal and its spool file: the next try goes on from both.
                fault::point("sealed");
                Ok((sealed, inspected.derived))
            }
            Sealing::Contended => {
                Err(Failure::new(Class::Contended, "another delivery of the same photo is being archived")
                    .into())
            }
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        (self.tools.clock)().as_millisecond()
    }
}

/// Ids and our own sentences: nothing of the payload.
fn log_ending(job: &Job, ending: &Ending) {
    let (delivery, attempts) = (job.delivery.0, job.attempts);
    match ending {
        Ending::Retry { after_ms, failure, .. } => {
            let (class, wait_secs) = (failure.class.as_str(), after_ms / 1000);
            tracing::info!(delivery, attempts, class, wait_secs, reason = %failure.reason, "photo will be retried");
        }
        Ending::Hold(failure) => {
            tracing::warn!(delivery, attempts, class = failure.class.as_str(), reason = %failure.reason, "photo is held");
        }
        Ending::GiveUp(failure) => {
            tracing::error!(delivery, attempts, class = failure.class.as_str(), reason = %failure.reason, "photo is given up");
        }
    }
}
