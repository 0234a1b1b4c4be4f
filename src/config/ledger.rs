//! The settings of the ledger.
//!
//! Never: reads the key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ConfigError;
use super::sources::Settings;

/// At most once a minute: each checkpoint is some small objects for ever. Only debug builds, which tests run, take less.
const PUBLISH_SECS_MIN: u64 = if cfg!(debug_assertions) { 1 } else { 60 };

/// `[ledger]`.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The time between two checkpoints.
    pub publish: Duration,
    /// Where the key that signs is kept.
    pub key_file: PathBuf,
    /// Whether the key is made where it is missing: not where a setting names its file.
    pub makes_key: bool,
    /// A program and its arguments, given the newest checkpoint once a day; empty: nobody is.
    pub checkpoint_command: Vec<String>,
}

impl Ledger {
    pub(super) fn read(settings: &mut Settings, state_dir: &Path) -> Result<Self, ConfigError> {
        let key_file = settings.take("ledger.key_file");
        let given = key_file.given_path();
        Ok(Self {
            publish: settings.take("ledger.publish_secs").seconds(PUBLISH_SECS_MIN..=86_400)?,
            makes_key: given.is_none(),
            key_file: given.map_or_else(|| state_dir.join("ledger.key"), Path::to_owned),
            checkpoint_command: settings.take("ledger.checkpoint_command").list(word)?,
        })
    }
}

fn word(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("write a program and its arguments, each a text of its own")
    } else {
        Ok(text.to_owned())
    }
}
