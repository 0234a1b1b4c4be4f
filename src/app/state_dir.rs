//! The state folder: private, owned by the user that runs Keepmark, and used by one daemon at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

/// The lock on a state folder; dropped with the process, however it ends.
pub struct StateDir {
    _lock: File,
}

impl StateDir {
    /// Makes the folder where it is missing and takes its lock.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Self::open_if_free(folder)?.ok_or_else(|| {
            anyhow!("another keepmark is running on the state folder {}: stop it first", folder.display())
        })
    }

    /// The same; nothing where a daemon holds the lock.
    pub fn open_if_free(folder: &Path) -> anyhow::Result<Option<Self>> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("could not make the state folder {}", folder.display()))?;
        check(folder)?;
        let path = folder.join("keepmark.lock");
        let lock = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("could not lock {}", path.display()))
            }
        }
    }
}

/// For commands beside the daemon: the folder must be there, be ours and be private.
pub fn check_existing(folder: &Path) -> anyhow::Result<()> {
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(
                "there is no state folder {}: start `keepmark serve` once, or name the right one with --config or \
                 KEEPMARK__STATE_DIR",
                folder.display()
            )
        }
        _ => check(folder),
    }
}

/// Refuses a folder that others can read, or that belongs to somebody else.
fn check(folder: &Path) -> anyhow::Result<()> {
    let metadata = std::fs::metadata(folder)
        .with_context(|| format!("could not look at the state folder {}", folder.display()))?;
    if !metadata.is_dir() {
        bail!("state_dir names {}, which is no folder", folder.display());
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        bail!(
            "the state folder {} belongs to another user: run this as `sudo -u {} keepmark …`",
            folder.display(),
            user_name(metadata.uid())
        );
    }
    if metadata.mode() & 0o077 != 0 {
        bail!(
            "the state folder {} can be read by other users (mode {:o}): run `chmod 700 {}` first",
            folder.display(),
            metadata.mode() & 0o777,
            folder.display()
        );
    }
    Ok(())
}

/// The name that sudo takes: by /etc/passwd, else the number.
fn user_name(uid: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("#{uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_folder_that_others_can_read_is_refused_with_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
        let error = StateDir::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("chmod 700"), "{error}");
    }

    #[test]
    fn a_second_daemon_on_one_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let first = StateDir::open(folder.path()).unwrap();
        let error = StateDir::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("another keepmark is running"), "{error}");
        drop(first);
        assert!(StateDir::open(folder.path()).is_ok());
    }

    #[test]
    fn a_missing_folder_is_named_with_what_to_do() {
        let error = check_existing(Path::new("/nowhere/keepmark")).unwrap_err().to_string();
        assert!(error.contains("keepmark serve"), "{error}");
    }
}
