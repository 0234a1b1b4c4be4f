//! The settings of the worker pool.
//!
//! Never: a retry schedule; that is a rule, not a choice.

use super::ConfigError;
use super::sources::Settings;

/// `[worker]`.
#[derive(Debug, Clone)]
pub struct Worker {
    /// Photos at once; 0: receive only.
    pub concurrency: usize,
}

impl Worker {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        Ok(Self { concurrency: settings.take("worker.concurrency").number(0..=256)? })
    }
}
