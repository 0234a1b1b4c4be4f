//! Seal: what the catalogue needs to fix a photo's identity, and the way back to a seal of an earlier try.

use jiff::Timestamp;

use super::Pipeline;
use super::fetch::Spooled;
use super::judge::{Judged, received_at};
use super::worker::{Progress, Stopped};
use crate::archive::ArchiveError;
use crate::catalog::seal::{Draft, Sealed, Sealing};
use crate::domain::delivery::Announcement;
use crate::domain::evidence::Evidence;
use crate::domain::job::{Class, Failure, Job};
use crate::domain::photo::PhotoId;

/// Where an earlier try left a job.
pub(super) enum Resumed {
    /// Nothing is sealed (any more): the way begins anew.
    Nothing,
    /// To be stored.
    Sealed(Sealed),
    /// Another job archives the photo.
    Waiting,
}

impl Pipeline {
    pub(super) fn draft(
        &self,
        job: &Job,
        announced: &Announcement,
        spooled: &Spooled,
        evidence: Evidence,
        judged: Judged,
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
            content_type: spooled.fetched.content_type.clone(),
            judgement: judged.judgement,
            device_pair: judged.device_pair,
            look_alikes: judged.look_alikes,
            spool: spooled.name.clone(),
            folder: self.tools.folder.clone(),
            photo_id: PhotoId(rand::random()),
            salt: rand::random(),
            now: self.now(),
        }
    }

    /// What an earlier try sealed, with its bytes at hand: in the spool, in the store, or once more from the link.
    pub(super) async fn resume(
        &self,
        job: &Job,
        announced: &Announcement,
        progress: &Progress,
    ) -> Result<Resumed, Stopped> {
        if job.sealed.is_none() {
            return Ok(Resumed::Nothing);
        }
        let sealing = self.tools.catalog.resume_seal(job.lease, progress.tried(), self.now_ms()).await?;
        let Sealing::Sealed(sealed) = sealing else { return Ok(Resumed::Waiting) };
        if sealed.is_archived || self.spooled_bytes_fit(job, &sealed).await {
            return Ok(Resumed::Sealed(sealed));
        }
        match self.on_store(sealed.size_bytes, self.tools.archive.read_back(&sealed.object_key)).await? {
            Ok(stored) if stored == sealed.sha256 => Ok(Resumed::Sealed(sealed)),
            Ok(_) => Err(super::store::failure(&ArchiveError::Conflict).into()),
            Err(ArchiveError::Missing) => self.fetch_again(job, announced, progress, sealed).await,
            Err(error) => Err(super::store::failure(&error).into()),
        }
    }

    /// Neither spool nor store has the sealed bytes any more.
    async fn fetch_again(
        &self,
        job: &Job,
        announced: &Announcement,
        progress: &Progress,
        sealed: Sealed,
    ) -> Result<Resumed, Stopped> {
        progress.enter("fetch");
        let spooled = self.fetch(job, announced).await?;
        if spooled.fetched.sha256 == sealed.sha256 {
            self.tools.catalog.name_spool(job.lease, spooled.name).await?;
            return Ok(Resumed::Sealed(sealed));
        }
        self.tools.spool.remove(&spooled.name).await;
        // Nothing was stored and the link gives other bytes now: the seal stands for a photo that nobody can have.
        if self.tools.catalog.drop_seal(job.lease).await? {
            return Ok(Resumed::Nothing);
        }
        let reason =
            "the link gives other bytes than before, and another photo's record refers to those of before";
        Err(Failure::new(Class::Conflict, reason).into())
    }

    async fn spooled_bytes_fit(&self, job: &Job, sealed: &Sealed) -> bool {
        let Some(name) = &job.spool else { return false };
        super::spool::hash_of(&self.tools.spool.path(name)).await.is_ok_and(|found| found == sealed.sha256)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.tools.clock)()
    }
}
