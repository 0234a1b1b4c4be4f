//! Fetch: the photo from its link, or from the file that a person attached, to a synced spool file.

use jiff::Timestamp;
use url::Url;

use super::worker::Stopped;
use super::{Pipeline, Spool};
use crate::domain::delivery::{self, Announcement};
use crate::domain::job::{Class, Failure, Job};
use crate::fetch::Fetched;

/// What stands in the place of the source host for a file that a person attached.
const ATTACHED: &str = "attached by hand";

/// A file in the spool, and where it came from.
pub(super) struct Spooled {
    pub(super) name: String,
    pub(super) fetched: Fetched,
    pub(super) downloaded_at: Timestamp,
}

impl Pipeline {
    /// A crash within leaves a part of a file that no row names.
    pub(super) async fn fetch(&self, job: &Job, announced: &Announcement) -> Result<Spooled, Stopped> {
        if let Some(name) = &job.attached {
            return self.attached(name).await;
        }
        let links = std::iter::once(announced.link().map_err(|reason| Failure::new(Class::NoLink, reason)))
            .chain(conflicting_links(job).map(Ok));
        let mut first_failure = None;
        for link in links {
            let downloaded = match link {
                Ok(link) => self.download(job, &link).await,
                Err(failure) => Err(failure),
            };
            match downloaded {
                Ok(spooled) => return Ok(spooled),
                // The accepted delivery's own link decides the budget and is the one that is told.
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        if let Some(earlier) = self.downloaded_before(job, announced).await {
            return Ok(earlier);
        }
        let nothing = || Failure::new(Class::NoLink, "the delivery names no photo_url");
        Err(first_failure.unwrap_or_else(nothing).into())
    }

    async fn download(&self, job: &Job, link: &Url) -> Result<Spooled, Failure> {
        let name = Spool::name(job.lease);
        match self.tools.fetcher.download(link, &self.tools.spool.path(&name)).await {
            Ok(fetched) => Ok(Spooled { name, fetched, downloaded_at: self.now() }),
            Err(failure) => {
                self.tools.spool.remove(&name).await;
                Err(failure)
            }
        }
    }

    /// What an earlier try downloaded, where its seal was let go for a rebuild and the link is dead by now.
    async fn downloaded_before(&self, job: &Job, announced: &Announcement) -> Option<Spooled> {
        let name = job.spool.clone()?;
        let path = self.tools.spool.path(&name);
        let size_bytes = tokio::fs::metadata(&path).await.ok()?.len();
        let sha256 = super::spool::hash_of(&path).await.ok()?;
        let host = announced.link().ok()?.host_str()?.to_owned();
        let fetched = Fetched { sha256, size_bytes, content_type: None, host };
        Some(Spooled { name, fetched, downloaded_at: self.now() })
    }

    async fn attached(&self, name: &str) -> Result<Spooled, Stopped> {
        let path = self.tools.spool.path(name);
        let unreadable =
            |error| Failure::new(Class::Internal, format!("could not read the attached file: {error}"));
        let size_bytes = tokio::fs::metadata(&path).await.map_err(unreadable)?.len();
        let sha256 = super::spool::hash_of(&path).await.map_err(unreadable)?;
        let fetched = Fetched { sha256, size_bytes, content_type: None, host: ATTACHED.to_owned() };
        Ok(Spooled { name: name.to_owned(), fetched, downloaded_at: self.now() })
    }
}

/// The links of other bodies under the same `event_id`.
fn conflicting_links(job: &Job) -> impl Iterator<Item = Url> {
    job.conflicts.iter().filter_map(|body| delivery::announcement(body)?.link().ok())
}
