//! Fetch: the photo from its link to a synced spool file.

use jiff::Timestamp;

use super::worker::Stopped;
use super::{Pipeline, Spool};
use crate::domain::delivery::Announcement;
use crate::domain::job::{Class, Failure, Job};
use crate::fetch::Fetched;

/// A file in the spool, and where it came from.
pub(super) struct Spooled {
    pub(super) name: String,
    pub(super) fetched: Fetched,
    pub(super) downloaded_at: Timestamp,
}

impl Pipeline {
    /// A crash within leaves a part of a file that no row names.
    pub(super) async fn fetch(&self, job: &Job, announced: &Announcement) -> Result<Spooled, Stopped> {
        let link = announced.link().map_err(|reason| Failure::new(Class::NoLink, reason))?;
        let name = Spool::name(job.lease);
        match self.tools.fetcher.download(&link, &self.tools.spool.path(&name)).await {
            Ok(fetched) => Ok(Spooled { name, fetched, downloaded_at: (self.tools.clock)() }),
            Err(failure) => {
                self.tools.spool.remove(&name).await;
                Err(failure.into())
            }
        }
    }
}
