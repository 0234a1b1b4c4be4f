//! Seal: what the catalogue needs to fix a photo's identity, and the way back to a seal of an earlier try.

use jiff::Timestamp;

use super::Pipeline;
use super::fetch::Spooled;
use super::judge::received_at;
use super::worker::{Progress, Stopped};
use crate::archive::ArchiveError;
use crate::catalog::seal::{Draft, Sealed};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::Evidence;
use crate::domain::job::Job;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::verdict::Judgement;

impl Pipeline {
    pub(super) fn draft(
        &self,
        job: &Job,
        announced: &Announcement,
        spooled: &Spooled,
        evidence: Evidence,
        judgement: Judgement,
    ) -> Draft {
        Draft {
            body: job.body.clone(),
            announced: announced.clone(),
            received_at: received_at(job),
            downloaded_at: spooled.downloaded_at,
            source_host: spooled.fetched.host.clone(),
            sha256: spooled.fetched.sha256,
            size_bytes: spooled.fetched.size_bytes,
            evidence,
            judgement,
            spool: spooled.name.clone(),
            folder: self.tools.folder.clone(),
            photo_id: PhotoId(rand::random()),
            salt: rand::random(),
            now: self.now(),
        }
    }

    /// What an earlier try sealed, with its bytes at hand: in the spool, in the store, or once more from the link.
    /// `None`: nothing is sealed (any more), and the way begins anew.
    pub(super) async fn resume(
        &self,
        job: &Job,
        announced: &Announcement,
        progress: &Progress,
    ) -> Result<Option<Sealed>, Stopped> {
        if job.sealed.is_none() {
            return Ok(None);
        }
        let sealed = self.tools.catalog.sealed(job.lease).await?;
        if sealed.is_archived || self.spooled_bytes_fit(job, &sealed).await {
            return Ok(Some(sealed));
        }
        match self.on_store(sealed.size_bytes, self.tools.archive.read_back(&sealed.object_key)).await? {
            Ok(stored) if stored == sealed.sha256 => return Ok(Some(sealed)),
            Ok(_) => return Err(super::store::failure(&ArchiveError::Conflict).into()),
            Err(ArchiveError::Missing) => {}
            Err(error) => return Err(super::store::failure(&error).into()),
        }
        progress.enter("fetch").await;
        let spooled = self.fetch(job, announced).await?;
        if spooled.fetched.sha256 == sealed.sha256 {
            self.tools.catalog.name_spool(job.lease, spooled.name).await?;
            return Ok(Some(sealed));
        }
        // Nothing was stored and the link gives other bytes now: the seal stands for a photo that nobody can have.
        self.tools.catalog.drop_seal(job.lease).await?;
        self.tools.spool.remove(&spooled.name).await;
        Ok(None)
    }

    async fn spooled_bytes_fit(&self, job: &Job, sealed: &Sealed) -> bool {
        let Some(name) = &job.spool else { return false };
        hash_of_file(&self.tools.spool.path(name)).await.is_ok_and(|found| found == sealed.sha256)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.tools.clock)()
    }
}

async fn hash_of_file(path: &std::path::Path) -> std::io::Result<Sha256> {
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
