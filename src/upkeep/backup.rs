//! Backups: copies of the database in a folder, on a schedule and before the database is brought up to date.
//!
//! Never counts as made what was not read back, never makes a folder that somebody configured (a disk may not be
//! mounted), and never takes the room that the hook needs.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::catalog::CatalogError;
use crate::catalog::copy::{self, Copied};
use crate::config;

/// How a daemon looks whether a backup is due, and how long it waits after one that failed.
const LOOK_EVERY: Duration = Duration::from_secs(10);
const FAILED_WAIT: Duration = Duration::from_mins(10);
/// Parts of copies that were cut are removed when they are older: a younger one may be at work.
const PARTS_KEPT: Duration = Duration::from_hours(24);

/// Where and how copies are made.
#[derive(Debug, Clone)]
pub struct Backups {
    /// What is copied.
    pub state_dir: PathBuf,
    /// `[backup]`.
    pub settings: config::Backup,
    /// The ledger's key that Keepmark made; nothing where a setting names its file, which is somebody else's to keep.
    pub ledger_key: Option<PathBuf>,
    /// So much stays free where copies are made, bytes: the hook's reserve.
    pub reserve_bytes: u64,
}

/// A copy that was made and read back.
#[derive(Debug, Clone)]
pub struct Made {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub copied: Copied,
    /// The copy of the ledger's key; nothing where the state folder has no key.
    pub ledger_key: Option<PathBuf>,
}

/// A copy in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// When it was begun.
    pub at: Timestamp,
}

/// Why there is no copy. Those of before are as they were.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Not there, or no folder.
    #[error("there is no folder {} (backup.folder): make it, or mount its disk", .0.display())]
    NoFolder(PathBuf),
    /// Too small a disk.
    #[error(
        "a backup needs about {needed_mib} MiB in {}, and {free_mib} MiB are free: make room, keep fewer (backup.keep) or \
         choose another disk (backup.folder)",
        folder.display()
    )]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// The copy and what stays free.
        needed_mib: u64,
        /// What there is.
        free_mib: u64,
    },
    /// The copy itself.
    #[error("the database could not be copied to {}", folder.display())]
    Copy {
        /// Where to.
        folder: PathBuf,
        /// The reason.
        source: CatalogError,
    },
    /// The folder's disk.
    #[error("could not write in {}", folder.display())]
    File {
        /// Where.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl Backups {
    /// Makes copies when they are due, until it is dropped. `first_start`: from when on a first one is missed.
    pub async fn keep(&self, first_start: Timestamp, clock: fn() -> Timestamp) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let backups = self.clone();
            // The folder may lie on a disk that hangs.
            let made = tokio::task::spawn_blocking(move || backups.make_if_due(first_start, clock()));
            match made.await {
                Ok(None) => {}
                Ok(Some(Ok(made))) => made.say(),
                Ok(Some(Err(error))) => {
                    let error = anyhow::Error::from(error);
                    tracing::error!(error = format!("{error:#}"), "no backup was made");
                    tokio::time::sleep(FAILED_WAIT).await;
                }
                Err(_cut) => return,
            }
        }
    }

    fn make_if_due(&self, first_start: Timestamp, now: Timestamp) -> Option<Result<Made, BackupError>> {
        let every = self.settings.every?;
        let last = self.newest().ok().flatten().map_or(first_start, |found| found.at);
        (now.duration_since(last).unsigned_abs() >= every).then(|| self.make(now))
    }

    /// Before the database is brought up to date: a copy as it is. Where the configured folder takes none, the state
    /// folder does; nothing where there is nothing to be brought up to date. Blocks.
    pub fn before_migration(&self, newest: i32, now: Timestamp) -> Result<Option<Made>, BackupError> {
        let found = copy::version_in(&self.state_dir);
        let found = found.map_err(|source| BackupError::Copy { folder: self.state_dir.clone(), source })?;
        if found.is_none_or(|found| found >= newest) || self.has_copy_of_now() {
            return Ok(None);
        }
        let refused = match self.make(now) {
            Ok(made) => return Ok(Some(made)),
            Err(error) if self.settings.is_own => return Err(error),
            Err(error) => anyhow::Error::from(error),
        };
        tracing::warn!(
            error = format!("{refused:#}"),
            "the backup before the update goes to the state folder"
        );
        let folder = config::Backup::own(&self.state_dir);
        let settings = config::Backup { folder, is_own: true, ..self.settings.clone() };
        Self { settings, ..self.clone() }.make(now).map(Some)
    }

    /// A start that did not come through is followed by another: their copies must not push out the older ones.
    fn has_copy_of_now(&self) -> bool {
        let newest = self.newest().ok().flatten();
        newest.is_some_and(|newest| copy::is_of_now(&self.state_dir, &newest.path).unwrap_or_default())
    }

    /// Makes a copy, reads it back, and removes those that are too many. Blocks. A crash leaves a part, which a later
    /// call removes.
    pub fn make(&self, now: Timestamp) -> Result<Made, BackupError> {
        let folder = &self.settings.folder;
        let file = |source| BackupError::File { folder: folder.clone(), source };
        self.prepare().map_err(file)?;
        if !folder.is_dir() {
            return Err(BackupError::NoFolder(folder.clone()));
        }
        self.sweep_parts(now).map_err(file)?;
        self.expect_room()?;
        let path = folder.join(name_of(now));
        let part = path.with_extension(format!("{:016x}.part", rand::random::<u64>()));
        let copied = copy::copy(&self.state_dir, &part).and_then(|copied| {
            std::fs::rename(&part, &path).map_err(|error| CatalogError::Open {
                path: path.clone(),
                source: std::sync::Arc::new(error),
            })?;
            Ok(copied)
        });
        let copied = copied.map_err(|source| {
            // What cannot be removed now is swept later.
            let _swept = std::fs::remove_file(&part);
            BackupError::Copy { folder: folder.clone(), source }
        })?;
        let ledger_key = self.copy_key(&path).map_err(file)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(file)?;
        self.prune().map_err(file)?;
        Ok(Made { path, copied, ledger_key })
    }

    /// How long there has been no copy, where two were missed. `first_start`: from when on a first one is missed.
    pub fn missed(&self, first_start: Timestamp, now: Timestamp) -> Option<Duration> {
        let every = self.settings.every?;
        let last = self.newest().ok().flatten().map_or(first_start, |found| found.at);
        Some(now.duration_since(last).unsigned_abs()).filter(|age| *age > every * 2)
    }

    /// The newest copy in the folder.
    pub fn newest(&self) -> io::Result<Option<Found>> {
        Ok(self.all()?.pop())
    }

    fn prepare(&self) -> io::Result<()> {
        if self.settings.is_own {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.settings.folder)?;
        }
        Ok(())
    }

    /// While it is made, a copy is as large as the database; what stays free is what the hook needs.
    fn expect_room(&self) -> Result<(), BackupError> {
        let folder = &self.settings.folder;
        let needed = copy::size_in(&self.state_dir).saturating_add(self.reserve_bytes);
        // Where the system does not say, the copy itself tells.
        let Ok(found) = rustix::fs::statvfs(folder) else { return Ok(()) };
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        if free >= needed {
            return Ok(());
        }
        let (needed_mib, free_mib) = (needed.div_ceil(1 << 20), free >> 20);
        Err(BackupError::NoRoom { folder: folder.clone(), needed_mib, free_mib })
    }

    /// Beside the copy that it belongs to. Written whole and synced before it has its name.
    fn copy_key(&self, copy: &Path) -> io::Result<Option<PathBuf>> {
        let Some(key) = &self.ledger_key else { return Ok(None) };
        let key = match std::fs::read(key) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let path = key_of(copy);
        let part = path.with_extension("key.part");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(&key)?;
        file.sync_all()?;
        std::fs::rename(&part, &path)?;
        Ok(Some(path))
    }

    /// The oldest go when there are too many.
    fn prune(&self) -> io::Result<()> {
        let all = self.all()?;
        for old in &all[..all.len().saturating_sub(self.settings.keep)] {
            std::fs::remove_file(&old.path)?;
            match std::fs::remove_file(key_of(&old.path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn sweep_parts(&self, now: Timestamp) -> io::Result<()> {
        let now = SystemTime::from(now);
        for entry in std::fs::read_dir(&self.settings.folder)? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), entry.path());
            let is_part = path.extension().is_some_and(|ending| ending == "part");
            let is_ours = is_part && name.to_str().is_some_and(|name| name.starts_with(PREFIX));
            let is_old = || {
                let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
                let age = modified.and_then(|modified| now.duration_since(modified).ok());
                age.is_some_and(|age| age > PARTS_KEPT)
            };
            if is_ours && is_old() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// All copies, the oldest first. A folder that is not there holds none.
    fn all(&self) -> io::Result<Vec<Found>> {
        let entries = match std::fs::read_dir(&self.settings.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if let Some(at) = path.file_name().and_then(|name| time_of(name.to_str()?)) {
                all.push(Found { path, at });
            }
        }
        all.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(all)
    }
}

impl Made {
    /// In the log of a daemon; loudly where the ledger's key is not in it.
    pub fn say(&self) {
        let Copied { version, photos, deliveries, size_bytes } = self.copied;
        let path = self.path.display();
        tracing::info!(%path, version, photos, deliveries, size_bytes, "a backup was made and read back");
        if self.ledger_key.is_none() {
            tracing::warn!("{}", Self::WITHOUT_KEY);
        }
    }

    /// What is said where there was no key to copy.
    pub const WITHOUT_KEY: &str = "the ledger's key is NOT in this backup: there is no `ledger.key` in the state folder, or \
         ledger.key_file names another one. Keep a copy of the key elsewhere: without it the ledger cannot go on";
}

const PREFIX: &str = "keepmark-";
const FORMAT: &str = "keepmark-%Y%m%dT%H%M%SZ.db";

/// In UTC, so that names are in the order of time.
fn name_of(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).strftime(FORMAT).to_string()
}

fn time_of(name: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(FORMAT, name).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

fn key_of(copy: &Path) -> PathBuf {
    copy.with_extension("ledger.key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_copy_is_its_time_and_nothing_else_is_taken_for_one() {
        let now: Timestamp = "2026-11-22T08:09:10.5Z".parse().unwrap();
        assert_eq!(name_of(now), "keepmark-20261122T080910Z.db");
        assert_eq!(time_of(&name_of(now)), Some("2026-11-22T08:09:10Z".parse().unwrap()));
        for other in
            ["keepmark.db", "keepmark-20261122T080910Z.db.part", "keepmark-20261122T080910Z.ledger.key"]
        {
            assert_eq!(time_of(other), None, "{other}");
        }
    }
}
