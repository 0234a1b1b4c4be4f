//! What waits and what is stuck: counted in one way for the first page, the inbox and its list.
//!
//! Held photos and the quarantine are stuck, never waiting: neither goes on by itself.

use super::spoken::Count;
use crate::domain::delivery::Outcome;
use crate::domain::job::State;
use crate::web::Site;
use crate::web::error::WebError;

/// Deliveries that have not become photos.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Will be worked on, or tried again, without anybody's help.
    pub waiting: Count,
    /// Given up.
    dead: i64,
    /// Until something is mended.
    held: i64,
    /// Could not be read.
    quarantined: i64,
}

impl Standing {
    /// As it is now.
    pub(super) async fn of(site: &Site) -> Result<Self, WebError> {
        let queue = site.catalog.queue().await?;
        let jobs =
            |state: State| queue.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs);
        let (outcomes, _) = site.catalog.delivery_counts().await?;
        let quarantined = outcomes.iter().find(|(outcome, _)| *outcome == Outcome::Quarantined);
        Ok(Self {
            waiting: Count(jobs(State::Ready) + jobs(State::Scheduled) + jobs(State::Leased)),
            dead: jobs(State::Dead),
            held: jobs(State::Held),
            quarantined: quarantined.map_or(0, |(_, count)| *count),
        })
    }

    /// What the list of the inbox shows as stuck.
    pub(super) fn stuck(&self) -> Count {
        Count(self.dead + self.held + self.quarantined)
    }

    /// Nothing waits, and nothing is stuck.
    pub(super) fn is_calm(&self) -> bool {
        self.waiting.0 == 0 && self.stuck().0 == 0
    }

    /// Each kind of what is stuck, where there is some of it.
    pub(super) fn kinds(&self) -> Vec<(Count, &'static str)> {
        let kinds = [
            (self.dead, "could not be archived"),
            (
                self.held,
                if self.held == 1 {
                    "is held until something is mended"
                } else {
                    "are held until something is mended"
                },
            ),
            (self.quarantined, "could not be read"),
        ];
        kinds
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| (Count(count), words))
            .collect()
    }
}
