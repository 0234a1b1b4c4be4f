//! Judge: the rules over what the delivery claims, what the file says, and what is known of the team.

use jiff::Timestamp;

use super::Pipeline;
use super::fetch::Spooled;
use super::worker::Stopped;
use crate::catalog::known::About;
use crate::catalog::look_alikes::Looked;
use crate::domain::delivery::Announcement;
use crate::domain::evidence::Evidence;
use crate::domain::job::Job;
use crate::domain::verdict::device::Pair;
use crate::domain::verdict::reuse::LookAlike;
use crate::domain::verdict::rules::Material;
use crate::domain::verdict::{Check, Judgement, Outcome};

pub(super) struct Judged {
    pub(super) judgement: Judgement,
    /// Two names of the device that the rules could not decide on.
    pub(super) device_pair: Option<Pair>,
    pub(super) look_alikes: Vec<LookAlike>,
}

impl Pipeline {
    pub(super) async fn judge(
        &self,
        job: &Job,
        announced: &Announcement,
        spooled: &Spooled,
        evidence: &Evidence,
    ) -> Result<Judged, Stopped> {
        let material = Material {
            announced,
            evidence,
            content_type: spooled.fetched.content_type.as_deref(),
            received_at: received_at(job),
        };
        let known = self.tools.catalog.known(About::of(&material, None)).await?;
        let judgement = self.tools.rules.judge(&material, known);
        let undecided =
            |check, outcome| judgement.findings.iter().any(|f| f.check == check && f.outcome == outcome);
        // A person may know better than the rules that two makers' names are one device.
        let device_pair = material.device_pair().filter(|_| {
            undecided(Check::Device, Outcome::Ambiguous) || undecided(Check::Device, Outcome::Mismatch)
        });
        let look_alikes = self.look_alikes(announced, evidence, &judgement).await?;
        Ok(Judged { judgement, device_pair, look_alikes })
    }

    /// Looked up before the seal: two that look alike and are sealed in the same moment miss each other, and the next
    /// judgement of either finds both.
    async fn look_alikes(
        &self,
        announced: &Announcement,
        evidence: &Evidence,
        judgement: &Judgement,
    ) -> Result<Vec<LookAlike>, Stopped> {
        let Some(fingerprint) = evidence.fingerprint else { return Ok(Vec::new()) };
        let looked = Looked {
            fingerprint,
            announced: announced.clone(),
            day: judgement.local_time.date(),
            itself: None,
            bits_max: self.tools.rules.look_alike_bits,
        };
        Ok(self.tools.catalog.look_alikes(looked).await?)
    }
}

/// The receipt as an instant; every stored one was made from one.
pub(super) fn received_at(job: &Job) -> Timestamp {
    Timestamp::from_millisecond(job.received_at_ms).unwrap_or_default()
}
