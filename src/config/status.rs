//! The settings of `keepmark status`: what calls for a person.
//!
//! Never: a limit that suits every team; those are rules.

use std::time::Duration;

use super::ConfigError;
use super::sources::Settings;

/// `[status]`.
#[derive(Debug, Clone)]
pub struct Status {
    /// Without a delivery for longer than this somebody should look; nothing: never.
    pub silence_max: Option<Duration>,
}

impl Status {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let hours = settings.take("status.silence_max_hours").number(0..=8760_u64)?;
        Ok(Self { silence_max: (hours > 0).then(|| Duration::from_hours(hours)) })
    }
}
