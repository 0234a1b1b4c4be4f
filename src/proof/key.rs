//! The file with the key that signs checkpoints.
//!
//! Never made where a ledger was signed before: a lost key is for a person to bring back. Never logged.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::config;
use crate::domain::ledger::key::{PublicKey, SigningKey};

/// Where the key is kept.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    is_made: bool,
}

/// Why there is no key to sign with, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is gone.
    #[error(
        "the ledger's key {} is missing, and the ledger was signed with it before: bring the file back from a copy, or if there is \
         none, run `keepmark ledger new-key --reason TEXT`", path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
    },
    /// A setting names a file that is not there.
    #[error("there is no file {}, which ledger.key_file names: put the key there", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// Another key.
    #[error(
        "{} holds another key than the ledger was signed with, which is {expected}: bring back the right file, or if it is to be \
         the new key, run `keepmark ledger new-key --reason TEXT`", path.display()
    )]
    Another {
        /// The file.
        path: PathBuf,
        /// As fixed by the first checkpoint.
        expected: PublicKey,
    },
    /// Something else.
    #[error("{} holds no key such as `PRIVATE+KEY+name+hash+base64`, or it is damaged: bring it back from a copy", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Others can read it.
    #[error("the ledger's key {0} can be read by other users: run `chmod 600 {0}` first", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// The disk.
    #[error("could not read or make the ledger's key {}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl KeyFile {
    /// As configured.
    pub fn new(config: &config::Ledger) -> Self {
        Self { path: config.key_file.clone(), is_made: config.makes_key }
    }

    /// The key in the file; nothing where there is no file.
    pub fn read(&self) -> Result<Option<SigningKey>, KeyError> {
        let path = || self.path.clone();
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(KeyError::Damaged { path: path() });
            }
            Err(source) => return Err(KeyError::Disk { path: path(), source }),
        };
        if self.is_made && is_open(&self.path).map_err(|source| KeyError::Disk { path: path(), source })? {
            return Err(KeyError::Open { path: path() });
        }
        let key = SigningKey::parse(text.trim_end()).map_err(|_| KeyError::Damaged { path: path() })?;
        Ok(Some(key))
    }

    /// Renames a file of ours, to `ledger.key.{hash}`: the old key is not thrown away. Whether it is ours.
    pub fn set_aside(&self, key: &PublicKey) -> Result<bool, KeyError> {
        if !self.is_made {
            return Ok(false);
        }
        let aside = self.path.with_extension(format!("key.{}", key.id()));
        let renamed = std::fs::rename(&self.path, aside);
        renamed.map_err(|source| KeyError::Disk { path: self.path.clone(), source })?;
        Ok(true)
    }

    /// The key of the ledger that was signed with `expected`; a new one, of this name and seed, where nothing was ever
    /// signed and no setting names a file.
    pub fn read_or_make(
        &self,
        expected: Option<&PublicKey>,
        name: &str,
        seed: [u8; 32],
    ) -> Result<SigningKey, KeyError> {
        let path = || self.path.clone();
        match (self.read()?, expected) {
            (Some(key), Some(expected)) if key.public() != expected => {
                Err(KeyError::Another { path: path(), expected: expected.clone() })
            }
            (Some(key), _) => Ok(key),
            (None, Some(_)) => Err(KeyError::Lost { path: path() }),
            (None, None) if !self.is_made => Err(KeyError::Absent { path: path() }),
            (None, None) => {
                let key =
                    SigningKey::from_seed(name, seed).map_err(|_| KeyError::Damaged { path: path() })?;
                write(&self.path, key.expose()).map_err(|source| KeyError::Disk { path: path(), source })?;
                tracing::info!(public_key = %key.public(), "the ledger's key was made: keep a copy of ledger.key elsewhere");
                Ok(key)
            }
        }
    }
}

/// Whole or not at all, and on the disk before anything is signed with it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let staged = path.with_extension("key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&staged, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn is_open(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder() -> (tempfile::TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        (folder, KeyFile { path, is_made: true })
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_read_from_then_on() {
        let (_folder, file) = in_folder();
        let made = file.read_or_make(None, "keepmark/0f", [1; 32]).unwrap();
        assert_eq!(std::fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = file.read_or_make(Some(made.public()), "keepmark/0f", [2; 32]).unwrap();
        assert_eq!(read.public(), made.public());
        std::fs::set_permissions(&file.path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(file.read().unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_lost_damaged_or_exchanged_key_is_never_replaced() {
        let (_folder, file) = in_folder();
        let key = SigningKey::from_seed("keepmark/0f", [1; 32]).unwrap();
        let refused = || file.read_or_make(Some(key.public()), "keepmark/0f", [2; 32]).unwrap_err();
        assert!(matches!(refused(), KeyError::Lost { .. }));
        assert!(!file.path.exists());
        write(&file.path, "rubbish").unwrap();
        assert!(matches!(refused(), KeyError::Damaged { .. }));
        write(&file.path, SigningKey::from_seed("keepmark/0f", [3; 32]).unwrap().expose()).unwrap();
        assert!(matches!(refused(), KeyError::Another { .. }));
        let given = KeyFile { path: file.path.with_file_name("given"), is_made: false };
        let absent = given.read_or_make(None, "keepmark/0f", [1; 32]).unwrap_err();
        assert!(matches!(absent, KeyError::Absent { .. }), "{absent}");
    }
}
