//! The settings of the audit: how often objects are read again, and how much of the machine that may take.
//!
//! Never: what an audit says; those are rules.

use std::time::Duration;

use super::ConfigError;
use super::sources::Settings;

const DAY: Duration = Duration::from_hours(24);

/// `[audit]`.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Each object is read at least so often; nothing: only when asked.
    pub every: Option<Duration>,
    /// Bytes that are read for it in an hour.
    pub bytes_per_hour_max: u64,
    /// The part of an hour in which they are read.
    pub time_per_hour_max: Duration,
    /// The store's list is compared with the catalogue so often; nothing: only when asked.
    pub inventory_every: Option<Duration>,
}

impl Audit {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let mut days = |name: &str| {
            let days = settings.take(name).number(0..=3650_u32)?;
            Ok((days > 0).then(|| DAY * days))
        };
        let (every, inventory_every) = (days("audit.every_days")?, days("audit.inventory_every_days")?);
        Ok(Self {
            every,
            inventory_every,
            bytes_per_hour_max: settings.take("audit.bytes_per_hour_max").number(1..=u64::MAX >> 1)?,
            time_per_hour_max: settings.take("audit.seconds_per_hour_max").seconds(1..=3600)?,
        })
    }
}
