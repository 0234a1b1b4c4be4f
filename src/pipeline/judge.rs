//! Judge: the case put together for the rules in `domain/verdict/`.

use jiff::Timestamp;

use super::Pipeline;
use super::fetch::Spooled;
use crate::domain::delivery::Announcement;
use crate::domain::evidence::{Evidence, FilePosition};
use crate::domain::job::Job;
use crate::domain::verdict::{self, Case, Judgement};
use crate::domain::zone;

impl Pipeline {
    pub(super) fn judge(
        &self,
        job: &Job,
        announced: &Announcement,
        spooled: &Spooled,
        evidence: &Evidence,
    ) -> Judgement {
        let found = match evidence.exif.position {
            FilePosition::At(position) => Some(position),
            FilePosition::Absent | FilePosition::Unusable { .. } => None,
        };
        let place = announced.position().ok().flatten().or(found);
        verdict::judge(&Case {
            announced,
            evidence,
            content_type: spooled.fetched.content_type.as_deref(),
            received_at: received_at(job),
            zone: place.and_then(zone::of),
            default_zone: self.tools.default_zone.clone(),
            limits: self.tools.limits,
        })
    }
}

/// The receipt as an instant; every stored one was made from one.
pub(super) fn received_at(job: &Job) -> Timestamp {
    Timestamp::from_millisecond(job.received_at_ms).unwrap_or_default()
}
