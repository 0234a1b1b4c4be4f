//! The archive: create-only puts with read-back on a local folder or an S3-compatible store. The only home of
//! `object_store`.
//!
//! Never overwrites but for the ledger's checkpoint, never deletes what was archived, and names no key in an error: keys hold names of people and
//! places.

mod error;
mod key_locks;
mod leftovers;
mod list;
mod local;
mod marker;
mod open;
mod probe;
mod put;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _};

use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::store::{Capabilities, Capability};

pub use error::ArchiveError;
pub use list::ListedObject;

use key_locks::KeyLocks;

/// A handle on the archive; clones share the connection pool and the locks.
#[derive(Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    takes_attributes: bool,
    /// The same store with a SHA-256 sent along with each put; none for a local folder.
    summing: Option<Arc<dyn ObjectStore>>,
    /// The root of a local store.
    folder: Option<PathBuf>,
    adapted: Arc<Adapted>,
    /// For puts that the store does not make create-only: `object_store` has no create-only multipart.
    locks: Arc<KeyLocks>,
    /// For people: the folder or the bucket, without credentials.
    pub place: String,
}

/// What a probe found that changes how objects are put.
#[derive(Default)]
struct Adapted {
    looks_first: AtomicBool,
    sums: AtomicBool,
}

/// No sidecar, record or checkpoint that Keepmark writes is larger: what lies in a bucket decides nothing about our memory.
const SMALL_MAX_BYTES: u64 = 64 * 1024 * 1024;

impl Archive {
    /// The SHA-256 of an object as the store returns it now.
    pub async fn read_back(&self, key: &ObjectKey) -> Result<Sha256, ArchiveError> {
        use sha2::Digest as _;
        if let Some(folder) = &self.folder {
            return local::read_back(folder, key).await;
        }
        let mut stream = self.stream(key).await?;
        let mut hasher = sha2::Sha256::new();
        while let Some(chunk) = stream.next().await {
            hasher.update(chunk?);
        }
        Ok(Sha256(hasher.finalize().into()))
    }

    /// An object's bytes as a stream.
    pub async fn stream(
        &self,
        key: &ObjectKey,
    ) -> Result<BoxStream<'static, Result<Bytes, ArchiveError>>, ArchiveError> {
        self.stream_of(key, GetOptions::new()).await
    }

    /// A part of an object's bytes as a stream; the range lies within the object.
    pub async fn stream_range(
        &self,
        key: &ObjectKey,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, ArchiveError>>, ArchiveError> {
        self.stream_of(key, GetOptions::new().with_range(Some(range))).await
    }

    async fn stream_of(
        &self,
        key: &ObjectKey,
        options: GetOptions,
    ) -> Result<BoxStream<'static, Result<Bytes, ArchiveError>>, ArchiveError> {
        let got = self.store.get_opts(&path_of(key)?, options).await?;
        let is_local = self.folder.is_some();
        let checked = move |chunk: object_store::Result<Bytes>| match chunk {
            // Where a file becomes shorter while it is read, the local store gives empty chunks without end.
            Ok(chunk) if chunk.is_empty() && is_local => Err(ArchiveError::Altered),
            chunk => Ok(chunk?),
        };
        Ok(got.into_stream().map(checked).boxed())
    }

    /// An object's bytes in memory: for those that are small where nobody changed them.
    pub async fn bytes(&self, key: &ObjectKey) -> Result<Bytes, ArchiveError> {
        let found = self.store.get(&path_of(key)?).await?;
        if found.meta.size > SMALL_MAX_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        Ok(found.bytes().await?)
    }

    /// The ledger's checkpoint as the store returns it now; bytes that are no text are made one, and are nobody's note, as
    /// is one that is too large to be ours.
    pub async fn ledger_checkpoint(&self) -> Result<Option<String>, ArchiveError> {
        match self.bytes(&ObjectKey::ledger_checkpoint()).await {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(ArchiveError::TooLarge) => Ok(Some(String::new())),
            Err(ArchiveError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether it is a folder of this machine.
    pub fn is_local(&self) -> bool {
        self.folder.is_some()
    }

    /// From a probe on: whether puts look first and whether they carry a checksum.
    fn adapt(&self, found: &Capabilities) {
        self.adapted.looks_first.store(!found.keeps_the_first(), Ordering::Relaxed);
        self.adapted.sums.store(found.checksum == Capability::Ok, Ordering::Relaxed);
    }

    fn keeps_the_first(&self) -> bool {
        !self.adapted.looks_first.load(Ordering::Relaxed)
    }

    /// The store to put with.
    fn putting(&self) -> &Arc<dyn ObjectStore> {
        let sums = self.adapted.sums.load(Ordering::Relaxed);
        self.summing.as_ref().filter(|_| sums).unwrap_or(&self.store)
    }
}

fn path_of(key: &ObjectKey) -> Result<Path, ArchiveError> {
    Ok(Path::parse(key.as_str()).map_err(object_store::Error::from)?)
}
