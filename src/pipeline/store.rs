//! Store: photo first, then its evidence, each create-only and read back; derived images afterwards, best effort.

use std::time::Duration;

use super::Pipeline;
use super::worker::Stopped;
use crate::archive::ArchiveError;
use crate::catalog::seal::Sealed;
use crate::domain::causes::chain;
use crate::domain::job::{Class, Failure, Job};
use crate::domain::object_key::ObjectKey;
use crate::fault;
use crate::inspect::pixels::Derived;

/// A put and its read-back may take this long, and a second more for each [`SLOWEST_BYTES_PER_SEC`].
const PHASE_MAX: Duration = Duration::from_mins(2);
const SLOWEST_BYTES_PER_SEC: u64 = 128 * 1024;
/// A store that takes longer than this is looked at meanwhile, and every so often from then on.
const SLOW: Duration = Duration::from_secs(8);
const SLOW_AGAIN: Duration = Duration::from_mins(1);
/// A derived image can be made again at any time.
const DERIVED_MAX: Duration = Duration::from_secs(30);

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
            self.on_store(pending.body.len() as u64, put).await?.map_err(|error| failure(&error))?;
            fault::point("sidecar_put");
        }
        Ok(())
    }

    async fn store_photo(&self, job: &Job, sealed: &Sealed) -> Result<(), Failure> {
        // The spool file of this try, else the one that the seal named.
        let this = self.tools.spool.path(&super::Spool::name(job.lease));
        let named = job.spool.as_deref().map(|name| self.tools.spool.path(name));
        let file = if this.exists() { Some(this) } else { named.filter(|path| path.exists()) };
        let archive = &self.tools.archive;
        let store = async {
            let put = match file {
                Some(file) => {
                    archive.put_file(&sealed.object_key, &file, sealed.size_bytes, sealed.sha256).await
                }
                None => Err(ArchiveError::SpoolChanged),
            };
            match put {
                // The file is gone or damaged: then an earlier try has stored it, and was found equal when this one
                // began.
                Err(ArchiveError::SpoolChanged) => self.confirm_stored(sealed).await,
                put => put,
            }
        };
        self.on_store(sealed.size_bytes, store).await?.map_err(|error| failure(&error))
    }

    async fn confirm_stored(&self, sealed: &Sealed) -> Result<(), ArchiveError> {
        match self.tools.archive.read_back(&sealed.object_key).await {
            Ok(found) if found == sealed.sha256 => Ok(()),
            Ok(_) => Err(ArchiveError::Conflict),
            Err(ArchiveError::Missing) => Err(ArchiveError::SpoolChanged),
            Err(error) => Err(error),
        }
    }

    /// Works on the store, if its gate is open, within a time that fits the size. An error of the store's is followed
    /// by a look: the outer error says that the store as a whole is in trouble, the inner one is this object's alone.
    ///
    /// The work may be dropped anywhere: it leaves what a crash would leave.
    pub(super) async fn on_store<T>(
        &self,
        size_bytes: u64,
        work: impl Future<Output = Result<T, ArchiveError>>,
    ) -> Result<Result<T, ArchiveError>, Failure> {
        let in_trouble = |reason| Failure::new(Class::Store, reason);
        self.gate.pass().await.map_err(in_trouble)?;
        let done = tokio::select! {
            done = self.while_looked_after(size_bytes, work) => done,
            reason = self.gate.shut() => return Err(in_trouble(reason)),
        };
        match &done {
            Ok(_) | Err(ArchiveError::Spool(_) | ArchiveError::SpoolChanged) => {}
            Err(
                ArchiveError::Missing
                | ArchiveError::Conflict
                | ArchiveError::Altered
                | ArchiveError::TooLarge
                | ArchiveError::Store(_),
            ) => {
                if !self.look().await {
                    self.gate.pass().await.map_err(in_trouble)?;
                }
            }
        }
        Ok(done)
    }

    /// Not cancelled by slowness alone: a look decides whether the store is slow or in trouble.
    async fn while_looked_after<T>(
        &self,
        size_bytes: u64,
        work: impl Future<Output = Result<T, ArchiveError>>,
    ) -> Result<T, ArchiveError> {
        let limit = PHASE_MAX + Duration::from_secs(size_bytes / SLOWEST_BYTES_PER_SEC);
        let mut slow = tokio::time::interval_at(tokio::time::Instant::now() + SLOW, SLOW_AGAIN);
        let deadline = tokio::time::sleep(limit);
        tokio::pin!(work, deadline);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = &mut deadline => {
                    let limit_secs = limit.as_secs();
                    return Err(ArchiveError::Store(format!("the store took longer than {limit_secs} s")));
                }
                _ = slow.tick() => self.gate.doubt(),
            }
        }
    }

    /// Missing ones are made again when a page asks for them.
    pub(super) async fn store_derived(&self, sealed: &Sealed, derived: Vec<Derived>) {
        for image in derived {
            let key = ObjectKey::derived(sealed.sha256, image.edge);
            let put = self.tools.archive.put_derived(&key, image.jpeg.into());
            let put = async { tokio::time::timeout(DERIVED_MAX, put).await };
            let reason = tokio::select! {
                put = put => match put {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(_late) => "the store is slow".to_owned(),
                },
                reason = self.gate.shut() => reason,
            };
            tracing::info!(photo = %sealed.photo, reason, "a derived image was not stored; a page makes it when asked");
        }
    }
}

/// The store's error as the end of a try.
pub(super) fn failure(error: &ArchiveError) -> Failure {
    let class = match error {
        ArchiveError::Conflict => Class::Conflict,
        ArchiveError::SpoolChanged => Class::Internal,
        ArchiveError::Spool(_) => Class::OwnDisk,
        ArchiveError::Missing | ArchiveError::Altered | ArchiveError::TooLarge | ArchiveError::Store(_) => {
            Class::Store
        }
    };
    Failure::new(class, chain(error))
}
