//! The archive: create-only puts with read-back on a local folder or an S3-compatible store. The only home of
//! `object_store`.
//!
//! Never overwrites, never deletes what was archived, and names no key in an error: keys hold names of people and
//! places.

mod error;
mod open;
mod put;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

pub use error::ArchiveError;

/// A handle on the archive; clones share the connection pool and the locks.
#[derive(Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    takes_attributes: bool,
    /// One lock for each key under a multipart upload: `object_store` has no create-only multipart.
    uploads: Arc<Mutex<HashMap<ObjectKey, Arc<tokio::sync::Mutex<()>>>>>,
    /// For people: the folder or the bucket, without credentials.
    pub place: String,
}

impl Archive {
    /// The SHA-256 of an object as the store returns it now.
    pub async fn read_back(&self, key: &ObjectKey) -> Result<Sha256, ArchiveError> {
        use sha2::Digest as _;
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
        let got = self.store.get(&path_of(key)?).await?;
        Ok(got.into_stream().map(|chunk| chunk.map_err(ArchiveError::from)).boxed())
    }

    /// An object's bytes in memory: for small objects.
    pub async fn bytes(&self, key: &ObjectKey) -> Result<Bytes, ArchiveError> {
        Ok(self.store.get(&path_of(key)?).await?.bytes().await?)
    }

    /// Writes, reads and removes a small object of a random name, to learn whether the store works.
    pub async fn probe(&self, random: &str) -> Result<(), ArchiveError> {
        let path = Path::parse(format!(".keepmark/probe-{random}")).map_err(object_store::Error::from)?;
        let written = Bytes::copy_from_slice(random.as_bytes());
        self.store.put(&path, written.clone().into()).await?;
        let read = self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        if read == written { Ok(()) } else { Err(ArchiveError::Altered) }
    }
}

fn path_of(key: &ObjectKey) -> Result<Path, ArchiveError> {
    Ok(Path::parse(key.as_str()).map_err(object_store::Error::from)?)
}
