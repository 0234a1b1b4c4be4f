//! The settings of the log.
//!
//! Never: reads the filter; the telemetry that uses it knows its grammar.

use super::ConfigError;
use super::setting::Setting;
use super::sources::Settings;

/// `[log]`.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level or a filter by part of the program, not empty.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text; where the journal keeps it, with the journal's priorities in the place of time and level.
    Auto,
    /// Text with time and level.
    Text,
    /// One JSON object a line.
    Json,
    /// Fields of their own in the journal.
    Journald,
}

impl Log {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            level: settings.take("log.level").needed_text()?.to_owned(),
            format: format(&settings.take("log.format"))?,
        })
    }
}

fn format(setting: &Setting) -> Result<LogFormat, ConfigError> {
    match setting.text() {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        "journald" => Ok(LogFormat::Journald),
        _ => Err(setting.refused("must be \"auto\", \"text\", \"json\" or \"journald\"")),
    }
}
