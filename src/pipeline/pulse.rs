//! The pulse of the pool: how many workers run, and when one of them last began something.
//!
//! Never judges: what a standing pulse means is the watchdog's to say.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Shared by all workers of a pool.
pub struct Pulse {
    began: Instant,
    moved_ms: AtomicU64,
    started: AtomicUsize,
    running: AtomicUsize,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            moved_ms: AtomicU64::new(0),
            started: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
        }
    }

    /// A worker runs for as long as the returned value lives; a panic ends that too.
    pub(super) fn run(&self) -> Running<'_> {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }

    /// A worker looked at the queue, or ended a job.
    pub(super) fn beat(&self) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.fetch_max(now_ms, Ordering::Relaxed);
    }

    /// Whether each worker that was started still runs.
    pub fn all_run(&self) -> bool {
        self.running.load(Ordering::Relaxed) >= self.started.load(Ordering::Relaxed)
    }

    /// Whether a worker moved within this time; a pool without workers has none that could stand still.
    pub fn moved_within(&self, patience: Duration) -> bool {
        let moved = Duration::from_millis(self.moved_ms.load(Ordering::Relaxed));
        self.started.load(Ordering::Relaxed) == 0 || self.began.elapsed().saturating_sub(moved) <= patience
    }
}

/// See [`Pulse::run`].
pub(super) struct Running<'a>(&'a Pulse);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_ended_or_stands_still_is_seen() {
        let pulse = Pulse::new();
        assert!(pulse.all_run() && pulse.moved_within(Duration::ZERO), "a pool without workers is well");
        let (first, second) = (pulse.run(), pulse.run());
        assert!(pulse.all_run() && pulse.moved_within(Duration::from_mins(1)));
        drop(first);
        assert!(!pulse.all_run());
        std::thread::sleep(Duration::from_millis(20));
        assert!(!pulse.moved_within(Duration::from_millis(10)));
        pulse.beat();
        assert!(pulse.moved_within(Duration::from_millis(10)));
        drop(second);
    }
}
