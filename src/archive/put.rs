//! Create-only puts, each followed by a read-back: success means that the store returns these very bytes.

use std::path::Path as FilePath;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, WriteMultipart,
};
use tokio::io::AsyncReadExt as _;

use super::{Archive, ArchiveError, path_of};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;

/// Up to here one create-only put; above it a multipart upload, which no store of `object_store` makes create-only.
const ONE_PUT_MAX_BYTES: u64 = 16 * 1024 * 1024;
const PART_BYTES: usize = 8 * 1024 * 1024;

impl Archive {
    /// Stores bytes under a key that nothing else uses, and reads them back. The same bytes there already is success.
    pub async fn put_bytes(&self, key: &ObjectKey, bytes: Bytes, sha256: Sha256) -> Result<(), ArchiveError> {
        if Sha256::of(&bytes) != sha256 {
            return Err(ArchiveError::SpoolChanged);
        }
        let options =
            PutOptions { mode: PutMode::Create, attributes: self.attributes(key), ..PutOptions::default() };
        let put = self.store.put_opts(&path_of(key)?, PutPayload::from_bytes(bytes), options).await;
        let existed = match put {
            Ok(_) => false,
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => true,
            Err(error) => return Err(error.into()),
        };
        self.confirm(key, sha256, existed).await
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
            self.put_parts(key, file, sha256).await
        }
    }

    /// Stores a derived image: no evidence, overwritten at will.
    pub async fn put_derived(&self, key: &ObjectKey, bytes: Bytes) -> Result<(), ArchiveError> {
        let options = PutOptions {
            mode: PutMode::Overwrite,
            attributes: self.attributes(key),
            ..PutOptions::default()
        };
        self.store.put_opts(&path_of(key)?, PutPayload::from_bytes(bytes), options).await?;
        Ok(())
    }

    /// "Already exists" may be our own put whose answer was lost: only the bytes tell.
    async fn confirm(&self, key: &ObjectKey, sha256: Sha256, existed: bool) -> Result<(), ArchiveError> {
        match self.read_back(key).await? {
            found if found == sha256 => Ok(()),
            _ if existed => Err(ArchiveError::Conflict),
            _ => Err(ArchiveError::Altered),
        }
    }

    /// A look first, then the upload, both under a lock for the key. A crash within leaves parts that no listing
    /// shows, and no object.
    async fn put_parts(&self, key: &ObjectKey, file: &FilePath, sha256: Sha256) -> Result<(), ArchiveError> {
        let lock = self.upload_lock(key);
        let guard = lock.lock().await;
        let path = path_of(key)?;
        let existed = match self.store.head(&path).await {
            Ok(_) => true,
            Err(object_store::Error::NotFound { .. }) => {
                self.upload(&path, key, file).await?;
                false
            }
            Err(error) => return Err(error.into()),
        };
        let confirmed = self.confirm(key, sha256, existed).await;
        drop(guard);
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        confirmed
    }

    async fn upload(&self, path: &Path, key: &ObjectKey, file: &FilePath) -> Result<(), ArchiveError> {
        let mut source = tokio::fs::File::open(file).await.map_err(ArchiveError::Spool)?;
        let options =
            object_store::PutMultipartOptions { attributes: self.attributes(key), ..Default::default() };
        let upload = self.store.put_multipart_opts(path, options).await?;
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

    fn upload_lock(&self, key: &ObjectKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(uploads.entry(key.clone()).or_default())
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
