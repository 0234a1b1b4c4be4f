//! Hashing a file of a local folder: `object_store` gives files in chunks of 8 KiB, each by way of another thread, which
//! costs as much as the hash.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path as FilePath;

use super::{ArchiveError, path_of};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

/// What is read at once: small enough for the processor's cache, large enough that calls cost nothing.
const BUFFER_BYTES: usize = 256 * 1024;

/// The SHA-256 of the file that `object_store` keeps an object in.
pub(super) async fn read_back(folder: &FilePath, key: &ObjectKey) -> Result<Sha256, ArchiveError> {
    let path = folder.join(path_of(key)?.as_ref());
    let hashed = tokio::task::spawn_blocking(move || hash(&path)).await;
    match hashed {
        Ok(Ok(sha256)) => Ok(sha256),
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(ArchiveError::Missing)
        }
        Ok(Err(error)) => Err(ArchiveError::Store(format!("the store cannot be used: {error}"))),
        Err(_ended) => Err(ArchiveError::Store("the store could not be read to its end".to_owned())),
    }
}

fn hash(path: &FilePath) -> std::io::Result<Sha256> {
    use sha2::Digest as _;
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Sha256(hasher.finalize().into())),
            Ok(length) => hasher.update(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
