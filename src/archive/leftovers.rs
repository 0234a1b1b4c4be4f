//! What a killed process leaves in the store beside whole objects: staging files of a local folder, which listings
//! hide, and objects of a probe.
//!
//! Never touches what is not of our own naming, and nothing that is younger than it is told.

use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use super::{Archive, ArchiveError};
use crate::domain::object_key::ObjectKey;

/// A walk ends after so many files and folders; what it did not reach waits for the next start.
const ENTRIES_MAX: usize = 2_000_000;
/// The folders that hold objects.
const FOLDERS: [&str; 5] = ["photos", "derived", "records", "ledger", ".keepmark"];

impl Archive {
    /// Removes the objects of probes that were cut, if they are older than `before`. Returns how many.
    pub async fn sweep_probes(&self, before: SystemTime) -> Result<usize, ArchiveError> {
        let folder = Path::from(ObjectKey::own_folder());
        let objects: Vec<_> = self.store.list(Some(&folder)).try_collect().await?;
        let mut swept = 0;
        for object in objects {
            let is_probe = object.location.filename().is_some_and(|name| name.starts_with("probe-"));
            if is_probe && SystemTime::from(object.last_modified) < before {
                self.store.delete(&object.location).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Removes the staging files (`name#1`) that killed puts left in a local folder, if they are older than `before`.
    /// Returns how many. Blocks: walks the whole folder. Does nothing on other stores.
    pub fn sweep_staged(&self, before: SystemTime) -> std::io::Result<usize> {
        let Some(root) = &self.folder else { return Ok(0) };
        let mut swept = 0;
        let mut left = ENTRIES_MAX;
        let mut folders: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).collect();
        while let Some(folder) = folders.pop() {
            // A folder that was never made holds nothing.
            let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
            for entry in entries.take(left) {
                let entry = entry?;
                left -= 1;
                let path = folder.join(entry.file_name());
                // Links are not followed: this says what the entry itself is.
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() && is_staged(&path) && is_older(&entry, before) {
                    std::fs::remove_file(entry.path())?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

/// A key of ours, `#` and digits: no whole object is named like that, because no segment may end so.
fn is_staged(path: &FilePath) -> bool {
    let Some((key, number)) = path.to_str().and_then(|path| path.rsplit_once('#')) else { return false };
    let is_ours = key.starts_with(ObjectKey::own_folder()) || ObjectKey::from_stored(key.to_owned()).is_ok();
    is_ours && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_older(entry: &std::fs::DirEntry, before: SystemTime) -> bool {
    entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| modified < before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_staging_names_of_our_own_keys_are_leftovers() {
        for staged in [
            "photos/T/P/M/2025-12-11/20251211T134500_A_0f.jpg#1",
            ".keepmark/store.json#12",
            "ledger/checkpoint#1",
            "ledger/tile/0/000.p/3#1",
        ] {
            assert!(is_staged(FilePath::new(staged)), "{staged}");
        }
        for kept in [
            "photos/T/P/M/2025-12-11/20251211T134500_A_0f.jpg",
            "photos/T/P/M/2025-12-11/20251211T134500_A_0f.jpg#",
            "photos/T/P/M/2025-12-11/20251211T134500_A_0f.jpg#1a",
            "photos/notes.txt#1",
            "elsewhere/a.jpg#1",
        ] {
            assert!(!is_staged(FilePath::new(kept)), "{kept}");
        }
    }
}
