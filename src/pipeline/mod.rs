//! The worker pool: fetch -> inspect -> judge -> seal -> store -> record, one file a phase.
//!
//! Never holds a transaction across I/O, never judges whether a photo is kept, never changes a byte of it. What a
//! crash leaves is said where it can happen; every phase can be repeated.

pub mod attach;
mod fetch;
mod inspect;
mod judge;
mod pulse;
mod records;
mod seal;
mod spool;
mod store;
mod store_gate;
mod store_keeper;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Duration;

use tokio::sync::{Notify, RwLock, Semaphore, watch};
use tokio::task::JoinSet;

use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::start::Start;
use crate::domain::causes::chain;
use crate::domain::job::JobId;
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::verdict::rules::Rules;
use crate::fetch::Fetcher;
use crate::telemetry::{Disk, Metrics};

pub use pulse::Pulse;
pub use spool::Spool;

use store_gate::StoreGate;

/// How long an idle worker waits before it looks all the same: a lost wake-up costs this much, no more.
const POLL: Duration = Duration::from_secs(5);

/// The first look of a start is short where the store is well; where it is not, jobs are held after this.
const FIRST_LOOK_WAIT: Duration = Duration::from_secs(5);

/// What the phases work with.
pub struct Tools {
    /// The queue and everything known.
    pub catalog: Catalog,
    /// Where photos go.
    pub archive: Archive,
    /// Where they come from.
    pub fetcher: Fetcher,
    /// Where they wait.
    pub spool: Spool,
    /// The folder part of object keys.
    pub folder: FolderPattern,
    /// By which photos are judged.
    pub rules: Rules,
    /// Downloads at once from one host.
    pub per_host: u32,
    /// How many photos are decoded at once, here and for pages: pixels are what takes memory.
    pub decoders: Arc<Semaphore>,
    /// Whether there is room to work.
    pub disk: Disk,
    /// Counts.
    pub metrics: Metrics,
    /// This start of the daemon.
    pub start: Start,
    /// The clock, milliseconds since 1970 UTC.
    pub clock: fn() -> jiff::Timestamp,
}

/// The pool.
pub struct Pipeline {
    tools: Arc<Tools>,
    wake: Arc<Notify>,
    claims: AtomicI64,
    pulse: Arc<Pulse>,
    /// A suspect's file is read alone, so that a crash points at it and at nothing else.
    inspecting: RwLock<()>,
    gate: StoreGate,
    /// Whether this start has tried out what the store can do.
    is_probed: AtomicBool,
    /// In the names of this start's probes: what a store in trouble keeps of them is few.
    probe_name: u128,
}

impl Pipeline {
    /// A pool over these tools; `wake` is notified when a job becomes ready.
    pub fn new(tools: Tools, wake: Arc<Notify>) -> Self {
        Self {
            tools: Arc::new(tools),
            wake,
            claims: AtomicI64::new(0),
            pulse: Arc::new(Pulse::new()),
            inspecting: RwLock::new(()),
            gate: StoreGate::new(FIRST_LOOK_WAIT),
            is_probed: AtomicBool::new(false),
            probe_name: rand::random(),
        }
    }

    /// Notified, the store is looked at again: somebody has a reason to doubt it.
    pub fn doubts(&self) -> Arc<Notify> {
        self.gate.doubts()
    }

    /// What tells whether the workers live.
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// At a start, before any worker: the jobs whose files an earlier start was inspecting when it ended.
    pub fn left_inspecting(&self) -> std::io::Result<Vec<JobId>> {
        self.tools.spool.left_inspecting()
    }

    /// At a start, before any worker: removes spool files that no unfinished job names. Returns how many went.
    pub async fn sweep_spool(&self, named: Vec<String>) -> std::io::Result<usize> {
        self.tools.spool.sweep(named).await
    }

    /// Runs `workers` workers, and the look-out for the store where there are any, until `stop` says so, then waits for their jobs at most until `deadline` after it; what
    /// is not finished then is given back. Returns how many jobs were cut.
    pub async fn run(
        self: Arc<Self>,
        workers: usize,
        stop: watch::Receiver<bool>,
        deadline: Duration,
    ) -> usize {
        // Receive only: the store is nobody's business.
        let keeper = (workers > 0).then(|| {
            let pipeline = Arc::clone(&self);
            tokio::spawn(async move { tokio::join!(pipeline.keep_store(), pipeline.keep_records()) })
        });
        let mut pool = JoinSet::new();
        for _ in 0..workers {
            pool.spawn(Arc::clone(&self).work_until(stop.clone(), deadline));
        }
        let mut cut = 0;
        while let Some(ended) = pool.join_next().await {
            match ended {
                Ok(Ended::Idle) => {}
                Ok(Ended::Cut) => cut += 1,
                Err(error) => tracing::error!(%error, "a worker ended by itself"),
            }
        }
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        cut
    }

    async fn work_until(self: Arc<Self>, mut stop: watch::Receiver<bool>, deadline: Duration) -> Ended {
        let _running = self.pulse.run();
        loop {
            self.pulse.beat();
            // Registered before looking: a job that becomes ready in between is not missed.
            let woken = self.wake.notified();
            let stopping = *stop.borrow();
            if stopping {
                return Ended::Idle;
            }
            if self.tools.disk.pauses_pipeline_now() {
                wait_for_room(&mut stop).await;
                continue;
            }
            match self.tick(&mut stop, deadline).await {
                Ok(Tick::Worked) => {}
                Ok(Tick::Cut) => return Ended::Cut,
                Ok(Tick::Idle) => self.idle(woken, &mut stop).await,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "could not take a job");
                    self.idle(woken, &mut stop).await;
                }
            }
        }
    }

    /// Waits for a wake-up, for the next job that is due, for the poll or for the stop.
    async fn idle(&self, woken: impl Future<Output = ()>, stop: &mut watch::Receiver<bool>) {
        let now_ms = (self.tools.clock)().as_millisecond();
        let due = self.tools.catalog.next_due().await.ok().flatten();
        let wait_ms = due.map_or(i64::MAX, |due| (due - now_ms).max(20));
        let wait = POLL.min(Duration::from_millis(wait_ms.unsigned_abs()));
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(wait) => {}
            () = stopped(stop) => {}
        }
    }
}

/// Waits for the next look at the disk or for the stop. Nothing wakes it: no job makes room.
async fn wait_for_room(stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(POLL) => {}
        () = stopped(stop) => {}
    }
}

/// Resolves when the stop was said; an error means that the sender is gone, and with it the daemon.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _said = stop.wait_for(|&stop| stop).await;
}

/// How a worker ended.
enum Ended {
    Idle,
    Cut,
}

/// What one look at the queue led to.
pub enum Tick {
    /// Nothing was ready.
    Idle,
    /// A job was worked off.
    Worked,
    /// The stop's deadline came before the job's end; it was given back.
    Cut,
}
