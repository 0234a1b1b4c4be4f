//! The file that receives a download, and the hash of what it holds.

use std::path::Path;

use sha2::Digest as _;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::domain::job::{Class, Failure};
use crate::domain::photo::Sha256;

/// The hash is taken of the very bytes that are written, in their order: what is on disk is what was hashed.
pub(super) struct Part {
    file: tokio::io::BufWriter<tokio::fs::File>,
    hasher: sha2::Sha256,
    size_bytes: u64,
}

impl Part {
    pub(super) async fn create(path: &Path) -> Result<Self, Failure> {
        let file = tokio::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .await
            .map_err(own_disk)?;
        Ok(Self {
            file: tokio::io::BufWriter::with_capacity(256 * 1024, file),
            hasher: sha2::Sha256::new(),
            size_bytes: 0,
        })
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(super) async fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.hasher.update(chunk);
        self.size_bytes += chunk.len() as u64;
        self.file.write_all(chunk).await.map_err(own_disk)
    }

    /// Forgets all that was received.
    pub(super) async fn begin_anew(&mut self) -> Result<(), Failure> {
        self.file.flush().await.map_err(own_disk)?;
        self.file.get_ref().set_len(0).await.map_err(own_disk)?;
        self.file.rewind().await.map_err(own_disk)?;
        self.hasher = sha2::Sha256::new();
        self.size_bytes = 0;
        Ok(())
    }

    /// File and name are on disk after this: the seal will name them.
    pub(super) async fn finish(mut self, path: &Path) -> Result<(Sha256, u64), Failure> {
        self.file.flush().await.map_err(own_disk)?;
        self.file.get_ref().sync_all().await.map_err(own_disk)?;
        if let Some(folder) = path.parent() {
            let folder = tokio::fs::File::open(folder).await.map_err(own_disk)?;
            folder.sync_all().await.map_err(own_disk)?;
        }
        Ok((Sha256(self.hasher.finalize().into()), self.size_bytes))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn own_disk(error: std::io::Error) -> Failure {
    Failure::new(Class::OwnDisk, format!("could not write to the spool folder: {error}"))
}
