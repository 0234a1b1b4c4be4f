//! One original on its way from the store into a ZIP: compared with its SHA-256 before a byte of it is sent.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use sha2::Digest as _;

use super::ExportError;
use super::pipe::Out;
use crate::archive::{Archive, ArchiveError};
use crate::catalog::photo::Photo;
use crate::domain::photo::Sha256;

/// Up to here a file is held in memory between its check and its sending; a larger one is read from the store twice.
const HELD_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A file that the store gave whole.
pub(super) struct Original {
    /// Of its bytes, as ZIP wants it.
    pub crc32: u32,
    /// None of a large file.
    held: Option<Bytes>,
}

impl Original {
    /// Reads it and compares.
    pub async fn read(archive: &Archive, photo: &Photo) -> Result<Self, ArchiveError> {
        let is_held = photo.size_bytes <= HELD_MAX_BYTES;
        let mut held = BytesMut::new();
        let (mut sha256, mut crc32) = (sha2::Sha256::new(), crc32fast::Hasher::new());
        let mut chunks = archive.stream(&photo.object_key).await?;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            sha256.update(&chunk);
            crc32.update(&chunk);
            if is_held {
                held.extend_from_slice(&chunk);
            }
        }
        if Sha256(sha256.finalize().into()) != photo.sha256 {
            return Err(ArchiveError::Altered);
        }
        Ok(Self { crc32: crc32.finalize(), held: is_held.then(|| held.freeze()) })
    }

    /// Sends its bytes. Those of a large file are compared once more on the way, because they are read once more.
    pub async fn send(self, archive: &Archive, photo: &Photo, out: &Out) -> Result<(), ExportError> {
        if let Some(bytes) = self.held {
            return Ok(out.send(bytes).await?);
        }
        let mut sha256 = sha2::Sha256::new();
        let mut chunks = archive.stream(&photo.object_key).await?;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            sha256.update(&chunk);
            out.send(chunk).await?;
        }
        let is_same = Sha256(sha256.finalize().into()) == photo.sha256;
        if is_same { Ok(()) } else { Err(ArchiveError::Altered.into()) }
    }
}
