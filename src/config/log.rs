//! The settings of the log.
//!
//! Never: reads the filter; the telemetry that uses it knows its grammar.

use super::ConfigError;
use super::sources::Settings;

/// `[log]`.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level or a filter by part of the program, not empty.
    pub level: String,
}

impl Log {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        Ok(Self { level: settings.take("log.level").needed_text()?.to_owned() })
    }
}
