//! The settings of copies of the database.
//!
//! Never: makes a folder; a missing one may be a disk that is not mounted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ConfigError;
use super::sources::Settings;

/// `[backup]`.
#[derive(Debug, Clone)]
pub struct Backup {
    /// Where copies go.
    pub folder: PathBuf,
    /// Whether that is our own folder, which may be made.
    pub is_own: bool,
    /// How often; nothing: only before the database is brought up to date.
    pub every: Option<Duration>,
    /// How many are kept.
    pub keep: usize,
}

impl Backup {
    pub(super) fn read(settings: &mut Settings, state_dir: &Path) -> Result<Self, ConfigError> {
        let folder = settings.take("backup.folder");
        let hours = settings.take("backup.every_hours").number(0..=8760_u64)?;
        Ok(Self {
            folder: folder.given_path().map_or_else(|| Self::own(state_dir), Path::to_owned),
            is_own: folder.given_path().is_none(),
            every: (hours > 0).then(|| Duration::from_hours(hours)),
            keep: settings.take("backup.keep").number(1..=1000_usize)?,
        })
    }

    /// The folder for copies in a state folder.
    pub fn own(state_dir: &Path) -> PathBuf {
        state_dir.join("backups")
    }
}
