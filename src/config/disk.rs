//! The settings of the room that is kept free.
//!
//! Never: looks at a disk.

use super::ConfigError;
use super::sources::Settings;

/// `[disk]`.
#[derive(Debug, Clone)]
pub struct Disk {
    /// Downloads pause below this many bytes.
    pub pipeline_reserve_bytes: u64,
    /// Downloads pause below this share of the whole file system, if that is less, percent.
    pub pipeline_reserve_percent: u64,
    /// Deliveries are turned away below this many bytes.
    pub hook_reserve_bytes: u64,
}

impl Disk {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let pipeline = settings.take("disk.pipeline_reserve_bytes");
        let hook = settings.take("disk.hook_reserve_bytes");
        let disk = Self {
            pipeline_reserve_bytes: pipeline.number(0..=1 << 60)?,
            pipeline_reserve_percent: settings.take("disk.pipeline_reserve_percent").number(0..=100)?,
            hook_reserve_bytes: hook.number(0..=1 << 60)?,
        };
        if disk.pipeline_reserve_bytes < disk.hook_reserve_bytes {
            return Err(hook.contradicts(
                &pipeline,
                "contradict each other: the second must not be less than the first",
            ));
        }
        Ok(disk)
    }
}
