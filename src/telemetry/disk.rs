//! The disk of the state folder: how much is free, and what that allows.
//!
//! Never closes anything because it could not look: then there is room, and the commit itself tells.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config;
use crate::domain::reserve::{Reserves, Space};

/// Looks at the disk when asked: `statvfs(3)` takes microseconds. Clones share what was said in the log.
#[derive(Debug, Clone)]
pub struct Disk {
    folder: PathBuf,
    reserves: Reserves,
    said: Arc<Said>,
}

/// What the log said last, so that each change is said once.
#[derive(Debug, Default)]
struct Said {
    paused: AtomicBool,
    closed: AtomicBool,
}

impl Disk {
    /// The disk on which a state folder lies.
    pub fn new(state_dir: &Path, settings: &config::Disk) -> Self {
        let reserves = Reserves {
            pipeline_bytes: settings.pipeline_reserve_bytes,
            pipeline_percent: settings.pipeline_reserve_percent,
            hook_bytes: settings.hook_reserve_bytes,
        };
        Self { folder: state_dir.to_owned(), reserves, said: Arc::default() }
    }

    /// What is there and what is free; nothing where the system does not say.
    pub fn space(&self) -> Option<Space> {
        let found = rustix::fs::statvfs(&self.folder).ok()?;
        Some(Space {
            total_bytes: found.f_blocks * found.f_frsize,
            free_bytes: found.f_bavail * found.f_frsize,
        })
    }

    /// Whether downloads wait for room.
    pub fn pauses_pipeline(&self) -> bool {
        self.space().is_some_and(|space| self.reserves.pauses_pipeline(space))
    }

    /// Whether deliveries are turned away.
    pub fn closes_hook(&self) -> bool {
        self.space().is_some_and(|space| self.reserves.closes_hook(space))
    }

    /// As [`Disk::pauses_pipeline`], and says each change in the log.
    pub fn pauses_pipeline_now(&self) -> bool {
        let paused = self.pauses_pipeline();
        if self.said.paused.swap(paused, Ordering::Relaxed) != paused {
            if paused {
                tracing::error!(
                    "too little room on the disk: no photo is downloaded until some is made; deliveries are kept"
                );
            } else {
                tracing::info!("there is room on the disk again: photos are downloaded");
            }
        }
        paused
    }

    /// As [`Disk::closes_hook`], and says each change in the log.
    pub fn closes_hook_now(&self) -> bool {
        let closed = self.closes_hook();
        if self.said.closed.swap(closed, Ordering::Relaxed) != closed {
            if closed {
                tracing::error!("next to no room on the disk: deliveries are turned away until some is made");
            } else {
                tracing::info!("there is room on the disk again: deliveries are taken");
            }
        }
        closed
    }
}
