//! The settings of the webhook.
//!
//! Never: reads the tokens; the file may be written anew while the daemon runs.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::sources::Settings;

/// `[hook]`.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The largest body that is taken.
    pub body_max_bytes: usize,
    /// The file with the tokens.
    pub tokens_file: PathBuf,
}

impl Hook {
    pub(super) fn read(settings: &mut Settings, state_dir: &Path) -> Result<Self, ConfigError> {
        let tokens_file = settings.take("hook.tokens_file");
        Ok(Self {
            // Below 4 KiB real deliveries would be lost; above 64 MiB a few senders fill the memory.
            body_max_bytes: settings.take("hook.body_max_bytes").number(4 << 10..=64 << 20)?,
            tokens_file: tokens_file
                .given_path()
                .map_or_else(|| state_dir.join("hook-tokens"), Path::to_owned),
        })
    }
}
