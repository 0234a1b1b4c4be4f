//! One tick of a worker: claim a job, take it through the phases, settle it.
//!
//! Waiting may be cancelled, work may not: only the stop's deadline cuts a job, and then it is given back.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::fetch::Spooled;
use super::seal::Resumed;
use super::{Pipeline, Spool, Tick};
use crate::catalog::CatalogError;
use crate::catalog::job::Try;
use crate::catalog::seal::{Sealed, Sealing};
use crate::domain::causes::chain;
use crate::domain::delivery::{self, Announcement};
use crate::domain::evidence::Container;
use crate::domain::job::{self, Class, Ending, Failure, Job};
use crate::fault;
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

    pub(super) fn enter(&self, phase: &'static str) {
        self.with(|state| state.phase = phase);
    }

    pub(super) fn received(&self, size_bytes: u64) {
        self.with(|state| state.size_bytes = size_bytes);
    }

    pub(super) fn tried(&self) -> Try {
        self.with(|state| state.clone())
    }

    fn with<T>(&self, read: impl FnOnce(&mut Try) -> T) -> T {
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
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
            error if error.is_passing() => Self::Failed(Failure::new(Class::OwnDisk, chain(&error))),
            error => Self::Failed(Failure::new(Class::Internal, chain(&error))),
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
                return self.give_back(&job, &progress).await;
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

    /// A job that was recorded in the very moment of the cut is nobody's any more.
    async fn give_back(&self, job: &Job, progress: &Progress) -> Result<Tick, CatalogError> {
        match self.tools.catalog.give_back(job.lease, progress.tried(), self.now_ms()).await {
            Ok(()) | Err(CatalogError::LeaseLost) => Ok(Tick::Cut),
            Err(error) => Err(error),
        }
    }

    async fn settle(
        &self,
        job: &Job,
        progress: &Progress,
        worked: Result<(), Stopped>,
    ) -> Result<(), CatalogError> {
        let mut tried = progress.tried();
        let class = match &worked {
            Ok(()) => "none",
            Err(Stopped::LeaseLost) => "lease_lost",
            Err(Stopped::Failed(failure)) => failure.class.as_str(),
        };
        self.tools.metrics.attempts.get_or_create(&Attempt { phase: tried.phase, class }).inc();
        let Err(Stopped::Failed(failure)) = worked else { return Ok(()) };
        // Of a download that failed, only the failure knows how far it came.
        tried.size_bytes = tried.size_bytes.max(failure.size_bytes);
        if failure.class == Class::Store && !self.gate.is_open() {
            return self.hold_for_store(job, failure, tried).await;
        }
        let ran_ms = self.tools.start.ran_ms(self.now_ms());
        let ending = job::after_failure(job, failure, ran_ms, rand::random());
        log_ending(job, &ending);
        self.tools.catalog.settle(job.lease, ending, tried, rand::random(), self.now_ms()).await
    }

    /// The trouble itself was logged once, by the keeper. Where it ended meanwhile, the keeper has passed this job by.
    async fn hold_for_store(&self, job: &Job, failure: Failure, tried: Try) -> Result<(), CatalogError> {
        tracing::debug!(delivery = job.delivery.0, reason = %failure.reason, "photo waits for the store");
        let hold = Ending::Hold(failure);
        self.tools.catalog.settle(job.lease, hold, tried, rand::random(), self.now_ms()).await?;
        if self.gate.is_open() {
            self.release_held().await;
        }
        Ok(())
    }

    /// The way of one photo, from wherever an earlier try left it.
    async fn archive_one(&self, job: &Job, progress: &Progress) -> Result<(), Stopped> {
        let announced = delivery::announcement(&job.body)
            .ok_or_else(|| Failure::new(Class::NoLink, "the delivery is no JSON object"))?;
        let ready = match self.resume(job, &announced, progress).await? {
            Resumed::Nothing => self.begin(job, &announced, progress).await?,
            Resumed::Sealed(sealed) => Some((sealed, Vec::new())),
            Resumed::Waiting => None,
        };
        // Another job archives this very photo and wakes this one when it has.
        let Some((sealed, derived)) = ready else { return Ok(()) };
        progress.enter("store");
        self.store(job, &sealed).await?;
        progress.enter("record");
        // A crash here leaves stored objects; the next try finds them equal and records them.
        fault::point("stored");
        let tried = progress.tried();
        self.tools.catalog.record(job.lease, tried, self.now_ms()).await?;
        // A crash here leaves a spool file that no job names; the next start sweeps it.
        fault::point("recorded");
        self.tools.spool.remove(&Spool::name(job.lease)).await;
        for earlier in job.spool.iter().chain(&job.attached) {
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
    ) -> Result<Option<(Sealed, Vec<Derived>)>, Stopped> {
        progress.enter("fetch");
        let spooled = self.fetch(job, announced).await?;
        progress.received(spooled.fetched.size_bytes);
        // A crash here leaves a spool file that no row names: it is swept, and the photo is fetched again.
        fault::point("fetched");
        let mut sealed = self.understand(job, announced, progress, &spooled).await;
        if let Err(stopped) = &mut sealed {
            self.keep_sample(stopped, &spooled).await;
            // A file that a person attached stays for the next try, and so does one that the link may not give again.
            if job.attached.is_none() && job.spool.as_ref() != Some(&spooled.name) {
                self.tools.spool.remove(&spooled.name).await;
            }
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
    ) -> Result<Option<(Sealed, Vec<Derived>)>, Stopped> {
        progress.enter("inspect");
        let inspected = self.inspect(job, spooled).await?;
        if let Container::Incomplete { reason } = &inspected.evidence.container
            && job.attached.is_none()
            && job.hopes_for_more()
        {
            let reason = format!(
                "the file is incomplete ({reason}); it is fetched once more before it is archived as it is"
            );
            return Err(Failure::new(Class::Incomplete, reason).into());
        }
        progress.enter("judge");
        let judged = self.judge(job, announced, spooled, &inspected.evidence).await?;
        progress.enter("seal");
        let draft = self.draft(job, announced, spooled, inspected.evidence, judged);
        match self.tools.catalog.seal(job.lease, draft, progress.tried()).await? {
            Sealing::Sealed(sealed) => {
                // A crash here leaves a seal and its spool file: the next try goes on from both.
                fault::point("sealed");
                Ok(Some((sealed, inspected.derived)))
            }
            Sealing::Waiting => Ok(None),
        }
    }

    /// What a link gave in place of a photo is the best clue to what is wrong with it.
    async fn keep_sample(&self, stopped: &mut Stopped, spooled: &Spooled) {
        if let Stopped::Failed(failure) = stopped {
            failure.size_bytes = spooled.fetched.size_bytes;
            if failure.class == Class::NotAPhoto {
                failure.sample = self.tools.spool.head_of(&spooled.name).await.ok();
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
