//! Store: photo first, then its evidence, each create-only and read back; derived images afterwards, best effort.

use super::worker::Stopped;
use super::{Pipeline, fault};
use crate::archive::ArchiveError;
use crate::catalog::seal::Sealed;
use crate::domain::job::{Class, Failure, Job};
use crate::domain::object_key::ObjectKey;
use crate::inspect::pixels::Derived;

impl Pipeline {
    /// A crash between any two lines leaves objects that the next try finds equal.
    pub(super) async fn store(&self, job: &Job, sealed: &Sealed) -> Result<(), Stopped> {
        if !sealed.is_archived {
            self.store_photo(job, sealed).await?;
            fault::point("photo_put");
        }
        for pending in &sealed.pending {
            let put = self.tools.archive.put_bytes(
                &pending.object_key,
                pending.body.clone().into(),
                pending.sha256,
            );
            put.await.map_err(|error| failure(&error))?;
            fault::point("sidecar_put");
        }
        Ok(())
    }

    async fn store_photo(&self, job: &Job, sealed: &Sealed) -> Result<(), Failure> {
        // The spool file of this try, else the one that the seal named.
        let this = self.tools.spool.path(&super::Spool::name(job.lease));
        let named = job.spool.as_deref().map(|name| self.tools.spool.path(name));
        let file = if this.exists() { Some(this) } else { named.filter(|path| path.exists()) };
        let put = match file {
            Some(file) => {
                self.tools.archive.put_file(&sealed.object_key, &file, sealed.size_bytes, sealed.sha256).await
            }
            None => Err(ArchiveError::SpoolChanged),
        };
        match put {
            // The file is gone or damaged: then an earlier try has stored it, and was found equal when this one began.
            Err(ArchiveError::SpoolChanged) => self.confirm_stored(sealed).await,
            put => put.map_err(|error| failure(&error)),
        }
    }

    async fn confirm_stored(&self, sealed: &Sealed) -> Result<(), Failure> {
        match self.tools.archive.read_back(&sealed.object_key).await {
            Ok(found) if found == sealed.sha256 => Ok(()),
            Ok(_) => Err(failure(&ArchiveError::Conflict)),
            Err(ArchiveError::Missing) => Err(failure(&ArchiveError::SpoolChanged)),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Missing ones are made again when a page asks for them.
    pub(super) async fn store_derived(&self, sealed: &Sealed, derived: Vec<Derived>) {
        for image in derived {
            let key = ObjectKey::derived(sealed.sha256, image.edge);
            if let Err(error) = self.tools.archive.put_derived(&key, image.jpeg.into()).await {
                tracing::info!(photo = %sealed.photo, %error, "a derived image was not stored; a page makes it when asked");
            }
        }
    }
}

/// The store's error as the end of a try.
pub(super) fn failure(error: &ArchiveError) -> Failure {
    let class = match error {
        ArchiveError::Conflict => Class::Conflict,
        ArchiveError::SpoolChanged => Class::Internal,
        ArchiveError::Spool(_) => Class::OwnDisk,
        ArchiveError::Missing | ArchiveError::Altered | ArchiveError::Store(_) => Class::Store,
    };
    Failure::new(class, super::chain(error))
}
