//! Create-only puts, each followed by a read-back: success means that the store returns these very bytes.

use std::path::Path as FilePath;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, WriteMultipart,
};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Archive, ArchiveError, path_of};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::fault;

/// Up to here one create-only put; above it a multipart upload, which no store of `object_store` makes create-only.
const ONE_PUT_MAX_BYTES: u64 = 16 * 1024 * 1024;
pub(super) const PART_BYTES: usize = 8 * 1024 * 1024;

/// Whether a put found an object under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    WasFree,
    WasTaken,
}

impl Archive {
    /// Stores bytes under a key that nothing else uses, and reads them back. The same bytes there already is success.
    pub async fn put_bytes(&self, key: &ObjectKey, bytes: Bytes, sha256: Sha256) -> Result<(), ArchiveError> {
        if Sha256::of(&bytes) != sha256 {
            return Err(ArchiveError::SpoolChanged);
        }
        if !self.keeps_the_first() {
            return self.look_and_put(key, bytes, sha256).await;
        }
        let found = match self.put(key, bytes, PutMode::Create).await {
            Ok(()) => Key::WasFree,
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Key::WasTaken
            }
            Err(error) => return Err(ArchiveError::of_put(error)),
        };
        self.confirm(key, sha256, found).await
    }

    /// Stores a spool file under a key that nothing else uses, and reads it back.
    pub async fn put_file(
        &self,
        key: &ObjectKey,
        file: &FilePath,
        size_bytes: u64,
        sha256: Sha256,
    ) -> Result<(), ArchiveError> {
        if size_bytes <= ONE_PUT_MAX_BYTES {
            let bytes = tokio::fs::read(file).await.map_err(ArchiveError::Spool)?;
            self.put_bytes(key, bytes.into(), sha256).await
        } else {
            let source = tokio::fs::File::open(file).await.map_err(ArchiveError::Spool)?;
            self.put_parts(key, source, sha256).await
        }
    }

    /// Stores a derived image: no evidence, overwritten at will.
    pub async fn put_derived(&self, key: &ObjectKey, bytes: Bytes) -> Result<(), ArchiveError> {
        self.put(key, bytes, PutMode::Overwrite).await.map_err(ArchiveError::of_put)
    }

    /// Replaces the ledger's checkpoint, the one object that is ever replaced; whoever calls this has looked at the one
    /// that is there. Success does not say that the store returns it: read it back.
    pub async fn replace_ledger_checkpoint(&self, note: String) -> Result<(), ArchiveError> {
        let key = ObjectKey::ledger_checkpoint();
        self.put(&key, note.into(), PutMode::Overwrite).await.map_err(ArchiveError::of_put)
    }

    pub(super) async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<(), object_store::Error> {
        let options = PutOptions { mode, attributes: self.attributes(key), ..PutOptions::default() };
        let path = Path::parse(key.as_str())?;
        self.putting().put_opts(&path, PutPayload::from_bytes(bytes), options).await.map(drop)
    }

    /// "Already exists" may be our own put whose answer was lost: only the bytes tell. Other bytes are read once more,
    /// so that a fault on the way is not taken for another object.
    async fn confirm(&self, key: &ObjectKey, sha256: Sha256, found: Key) -> Result<(), ArchiveError> {
        // A crash here leaves an object that nobody has read back; the next try finds it equal.
        fault::point(match (key.as_str().split('/').next(), key.content_type()) {
            (Some("photos"), "application/json") => "sidecar_unread",
            (Some("photos"), _) => "photo_unread",
            (Some("ledger"), "application/octet-stream") => "tile_unread",
            _ => "object_unread",
        });
        if self.read_back(key).await? == sha256 || self.read_back(key).await? == sha256 {
            return Ok(());
        }
        Err(match found {
            Key::WasTaken => ArchiveError::Conflict,
            Key::WasFree => ArchiveError::Altered,
        })
    }

    /// For a store that would overwrite. A crash within leaves no object or the whole one.
    async fn look_and_put(&self, key: &ObjectKey, bytes: Bytes, sha256: Sha256) -> Result<(), ArchiveError> {
        let _alone = self.locks.lock(key).await;
        let found = self.look(key).await?;
        if found == Key::WasFree {
            self.put(key, bytes, PutMode::Overwrite).await.map_err(ArchiveError::of_put)?;
        }
        self.confirm(key, sha256, found).await
    }

    /// A look first, then the upload, both under a lock for the key. A crash within leaves parts that no listing
    /// shows, and no object.
    pub(super) async fn put_parts(
        &self,
        key: &ObjectKey,
        source: impl AsyncRead + Unpin,
        sha256: Sha256,
    ) -> Result<(), ArchiveError> {
        let _alone = self.locks.lock(key).await;
        let found = self.look(key).await?;
        if found == Key::WasFree {
            self.upload(key, source).await?;
        }
        self.confirm(key, sha256, found).await
    }

    async fn look(&self, key: &ObjectKey) -> Result<Key, ArchiveError> {
        match self.store.head(&path_of(key)?).await {
            Ok(_) => Ok(Key::WasTaken),
            Err(object_store::Error::NotFound { .. }) => Ok(Key::WasFree),
            Err(error) => Err(error.into()),
        }
    }

    async fn upload(&self, key: &ObjectKey, mut source: impl AsyncRead + Unpin) -> Result<(), ArchiveError> {
        let options =
            object_store::PutMultipartOptions { attributes: self.attributes(key), ..Default::default() };
        let upload = self.putting().put_multipart_opts(&path_of(key)?, options).await;
        let upload = upload.map_err(ArchiveError::of_put)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match source.read(&mut buffer).await {
                Ok(0) => break,
                Ok(length) => {
                    // Two parts in flight: memory stays flat however large the file is.
                    writer.wait_for_capacity(2).await?;
                    writer.write(&buffer[..length]);
                }
                Err(error) => {
                    // The store forgets unfinished parts by its own rules where this fails too.
                    let _aborted = writer.abort().await;
                    return Err(ArchiveError::Spool(error));
                }
            }
        }
        writer.finish().await?;
        Ok(())
    }

    /// The local store refuses attributes.
    fn attributes(&self, key: &ObjectKey) -> Attributes {
        if self.takes_attributes {
            Attributes::from_iter([(Attribute::ContentType, key.content_type())])
        } else {
            Attributes::new()
        }
    }
}
