//! The spool: downloaded files between fetch and record.
//!
//! Never deletes a file that an unfinished job names.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::job::{JobId, Lease};
use crate::domain::photo::Sha256;

/// How much is kept of what was no photo.
const SAMPLE_BYTES: u64 = 64 * 1024;

/// How the name of a mark begins.
const MARK: &str = "inspecting-";

/// A folder of files named `{job}-{start}-{claim}`: no two tries ever write the same one.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// Opens the spool in a state folder, and makes it where it is missing.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        let folder = state_dir.join("spool");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// The file name of a try.
    pub fn name(lease: Lease) -> String {
        format!("{}-{}-{}", lease.job, lease.start, lease.claim)
    }

    /// Where a named file lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The first 64 KiB of a file.
    pub async fn head_of(&self, name: &str) -> io::Result<Vec<u8>> {
        use tokio::io::AsyncReadExt as _;
        let mut head = Vec::new();
        tokio::fs::File::open(self.path(name)).await?.take(SAMPLE_BYTES).read_to_end(&mut head).await?;
        Ok(head)
    }

    /// Copies a file into the spool under a new name, synced; for a person who attaches it.
    pub fn adopt(&self, file: &Path) -> io::Result<String> {
        let name = format!("attached-{:016x}", rand::random::<u64>());
        let copy = self.path(&name);
        std::fs::copy(file, &copy)?;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600))?;
        File::open(&copy)?.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(name)
    }

    /// Removes a file that no job names any more.
    pub async fn remove(&self, name: &str) {
        if let Err(error) = tokio::fs::remove_file(self.path(name)).await
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "could not remove a spool file; the next start tries again");
        }
    }

    /// Marks that a job's file is being inspected, for as long as the mark lives. It is a file and not a row, because
    /// it tells of the end of this process, which the page cache outlives, and must be cheap: one is made for each
    /// photo.
    pub fn mark_inspecting(&self, job: JobId) -> io::Result<Mark> {
        let path = self.path(&format!("{MARK}{job}"));
        File::create(&path)?;
        Ok(Mark { path })
    }

    /// The jobs whose marks an earlier life left. The sweep removes them.
    pub fn left_inspecting(&self) -> io::Result<Vec<JobId>> {
        let marked = |name: String| name.strip_prefix(MARK)?.parse().ok().map(JobId);
        Ok(self.names()?.into_iter().filter_map(marked).collect())
    }

    /// At a start, before any worker: removes what no unfinished job names. Returns how many files went.
    pub async fn sweep(&self, named: Vec<String>) -> io::Result<usize> {
        let named: HashSet<String> = named.into_iter().collect();
        let orphans: Vec<_> = self.names()?.into_iter().filter(|name| !named.contains(name)).collect();
        for name in &orphans {
            self.remove(name).await;
        }
        Ok(orphans.len())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.folder)?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
    }
}

/// The SHA-256 of a spool file, read in pieces.
pub(super) async fn hash_of(path: &Path) -> io::Result<Sha256> {
    use sha2::Digest as _;
    use tokio::io::AsyncReadExt as _;
    let mut file = tokio::fs::File::open(path).await?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer).await? {
            0 => return Ok(Sha256(hasher.finalize().into())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// Removed when dropped, by a panic too: only the end of the process leaves it.
pub struct Mark {
    path: PathBuf,
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "could not remove the mark of an inspection");
        }
    }
}
