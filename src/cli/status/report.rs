//! The state as it is printed: for people, and for programs.

use super::Status;
use super::photos;
use super::span;
use crate::catalog::job::Trouble;
use crate::catalog::ledger::Ledger;
use crate::domain::delivery::Outcome;
use crate::domain::job::State;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

impl Status {
    pub(super) fn print(&self, concerns: &[String]) {
        let waiting = self.jobs(State::Ready) + self.jobs(State::Leased);
        println!("archived    {}", photos(self.archived));
        println!("queue       {waiting} waiting or at work, {} to be retried", self.jobs(State::Scheduled));
        println!("stuck       {} dead, {} held", self.jobs(State::Dead), self.jobs(State::Held));
        let of = |outcome| self.deliveries(outcome);
        println!(
            "deliveries  {} accepted, {} with a known id and different content, {} tests, {} ignored, {} in quarantine",
            of(Outcome::Accepted),
            of(Outcome::Duplicate),
            of(Outcome::Test),
            of(Outcome::Ignored),
            of(Outcome::Quarantined)
        );
        if let Some(oldest) = self.fixity.oldest_ms {
            let (objects, age) = (self.fixity.objects(), span(self.now_ms - oldest));
            println!(
                "audit       {} of {objects} objects intact, the oldest reading {age} ago",
                self.fixity.intact
            );
        }
        if let Some(capabilities) = &self.store.capabilities {
            for failure in capabilities.failures() {
                println!("store       {failure}");
            }
        }
        let Ledger { leaves, published, read_back_ms, .. } = &self.ledger;
        match read_back_ms {
            Some(at) => {
                println!(
                    "ledger      {leaves} leaves, {published} in the checkpoint of {} ago",
                    span(self.now_ms - at)
                );
            }
            None => println!("ledger      {leaves} leaves, no checkpoint yet"),
        }
        match self.last_delivery_ms {
            Some(last) => println!("last        a delivery {} ago", span(self.now_ms - last)),
            None => {
                println!("last        no delivery yet: `keepmark hook url` prints the address for Timemark");
            }
        }
        if let Some(space) = self.disk.space() {
            println!("disk        {} MiB free of {}", space.free_bytes >> 20, space.total_bytes >> 20);
        }
        for trouble in &self.troubles {
            let Trouble { state, reason, jobs, delivery } = trouble;
            let more = if *jobs > 1 { format!(" and {} more", jobs - 1) } else { String::new() };
            println!("  {state}: {reason} (delivery {delivery}{more})");
        }
        for notice in self.notices() {
            println!("i {notice}");
        }
        for concern in concerns {
            println!("! {concern}");
        }
    }

    pub(super) fn json(&self, concerns: &[String]) -> Value {
        let jobs: Map<_, _> =
            self.jobs.iter().map(|(state, jobs)| (state.as_str().to_owned(), json!(jobs))).collect();
        let deliveries: Map<_, _> = self
            .deliveries
            .iter()
            .map(|(outcome, count)| (outcome.as_str().to_owned(), json!(count)))
            .collect();
        let troubles: Vec<_> = self
            .troubles
            .iter()
            .map(|Trouble { state, reason, jobs, delivery }| {
                json!({"state": state, "reason": reason, "jobs": jobs, "first_delivery": delivery})
            })
            .collect();
        let teams: Vec<_> = self
            .teams
            .iter()
            .map(|team| {
                json!({"team": team.id, "timestamp_meaning": team.meaning.as_str(), "coverage": team.coverage})
            })
            .collect();
        let time = |ms: Option<i64>| ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let trouble = self.store.trouble.as_ref();
        json!({
            "archived": self.archived,
            "store": {
                "trouble": trouble.map(|trouble| &trouble.reason),
                "trouble_since": time(trouble.map(|trouble| trouble.since_ms)),
                "waiting": self.waiting_for_store,
                "capabilities": self.store.capabilities,
            },
            "ledger": {
                "leaves": self.ledger.leaves,
                "published": self.ledger.published,
                "published_at": time(self.ledger.read_back_ms),
                "trouble": self.ledger.trouble.as_ref().map(|(reason, _)| reason),
                "trouble_since": time(self.ledger.trouble.as_ref().map(|(_, since_ms)| *since_ms)),
                "handed_on_at": time(self.handing.as_ref().and_then(|handing| handing.handed_ms)),
            },
            "records": {"waiting": self.records.records, "refused": self.records.refused},
            "jobs": jobs,
            "deliveries": deliveries,
            "last_delivery_at": time(self.last_delivery_ms),
            "oldest_waiting_since": time(self.oldest_waiting_ms),
            "daemon_alive_at": time(self.alive_ms),
            "waiting_for_store": self.waiting_for_store,
            "disk_free_bytes": self.disk.space().map(|space| space.free_bytes),
            "pipeline_paused": self.disk.pauses_pipeline(),
            "hook_closed": self.disk.closes_hook(),
            "troubles": troubles,
            "audit": {
                "objects": self.fixity.objects(),
                "intact": self.fixity.intact,
                "changed": self.fixity.changed,
                "missing": self.fixity.missing,
                "unreadable": self.fixity.unreadable,
                "oldest_read_at": time(self.fixity.oldest_ms),
                "trouble": self.audit_trouble,
            },
            "teams": teams,
            "notices": self.notices(),
            "concerns": concerns,
        })
    }
}
