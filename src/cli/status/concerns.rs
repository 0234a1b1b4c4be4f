//! What of the state somebody should look at, and what they should know.
//!
//! Each is one sentence that says what to do; nothing here names a person or a place: it goes to the journal too.

use super::Status;
use super::photos;
use super::span;
use crate::catalog::audit::fixity::Standing;
use crate::catalog::ledger::Ledger;
use crate::catalog::rebuild::Rebuild;
use crate::catalog::records::Waiting;
use crate::domain::delivery::Outcome;
use crate::domain::job::State;
use crate::domain::verdict::meaning::Meaning;

/// A delivery that waits longer than this is worth a look.
const WAITING_MAX_MS: i64 = 15 * 60 * 1000;
/// The daemon notes every ten seconds that it is alive.
const AWAY_MAX_MS: i64 = 2 * 60 * 1000;
/// A leaf that waits this much longer than the time between two checkpoints is worth a look.
const UNPUBLISHED_MAX_MS: i64 = 60 * 60 * 1000;

impl Status {
    /// Why somebody should look, one sentence each.
    pub(super) fn concerns(&self) -> Vec<String> {
        let mut concerns = Vec::new();
        let (dead, held) = (self.jobs(State::Dead), self.jobs(State::Held) - self.held_for_store);
        if dead > 0 {
            concerns
                .push(format!("{} could not be archived: `keepmark retry --dead` tries again", photos(dead)));
        }
        if held > 0 {
            let cure = "`keepmark retry --held` or a restart tries again";
            concerns.push(format!("{} held until something is mended: then {cure}", photos(held)));
        }
        if let Some(Rebuild { steps, steps_done, trouble, .. }) = &self.rebuild {
            let waits = trouble.as_ref().map(|trouble| format!("; it waits: {trouble}")).unwrap_or_default();
            concerns.push(format!(
                "the catalogue is being rebuilt, {steps_done} of {steps} steps; photos wait{waits}"
            ));
        }
        if let Some(missed) = self.backup_missed {
            let missed = span(i64::try_from(missed.as_millis()).unwrap_or(i64::MAX));
            concerns.push(format!("no backup for {missed}: `keepmark backup` says why"));
        }
        if let Some(trouble) = &self.store.trouble {
            let (since, waiting) = (span(self.now_ms - trouble.since_ms), photos(self.waiting_for_store));
            concerns
                .push(format!("the store is in trouble for {since}, {waiting} waiting: {}", trouble.reason));
        } else if self.waiting_for_store > 0 {
            let waiting = photos(self.waiting_for_store);
            concerns.push(format!("the store did not take {waiting}, which will be tried again"));
        }
        if let Some(trouble) = &self.judging_trouble {
            concerns.push(format!("`keepmark judge` waits: {trouble}"));
        }
        if let Waiting { refused, first_refused: Some(key), .. } = &self.records {
            concerns.push(format!(
                "{refused} records cannot be put, because the store holds other bytes under their keys, first {key}: find out \
                 who put them there and move them away; the records follow within a minute"
            ));
        }
        concerns.extend(self.concern_of_ledger());
        concerns.extend(self.handing.as_ref().and_then(|handing| handing.trouble.clone()));
        concerns.extend(self.concerns_of_audit());
        let quarantined = self.deliveries(Outcome::Quarantined);
        if quarantined > 0 {
            concerns
                .push(format!("kept in quarantine because they could not be read: {quarantined} deliveries"));
        }
        if let Some(waiting_ms) = self.oldest_waiting_ms.map(|oldest| self.now_ms - oldest)
            && waiting_ms > WAITING_MAX_MS
        {
            concerns.push(format!("the oldest photo has been waiting for {}", span(waiting_ms)));
        }
        concerns.extend(self.concern_of_disk());
        concerns.extend(self.concerns_of_silence());
        concerns
    }

    fn concern_of_ledger(&self) -> Option<String> {
        let Ledger { leaves, published, oldest_unpublished_ms, trouble, .. } = &self.ledger;
        if let Some((reason, since_ms)) = trouble {
            // Photos wait for it, and that was said already.
            let is_said = self.store.trouble.as_ref().is_some_and(|store| store.reason == *reason);
            let since = span(self.now_ms - since_ms);
            return (!is_said).then(|| format!("the ledger has not been published for {since}: {reason}"));
        }
        let waiting_ms = self.now_ms - (*oldest_unpublished_ms)?;
        let is_late = self.store.trouble.is_none() && waiting_ms > self.publish_ms + UNPUBLISHED_MAX_MS;
        let (unpublished, waiting) = (leaves - published, span(waiting_ms));
        is_late.then(|| format!("{unpublished} leaves of the ledger have been waiting for a checkpoint for {waiting}: see the log"))
    }

    /// What was not intact, what could not be read, and what was not read for too long.
    fn concerns_of_audit(&self) -> Vec<String> {
        let Standing { changed, missing, unreadable, oldest_ms, .. } = self.fixity;
        let found = [(changed, "changed"), (missing, "missing"), (unreadable, "unreadable")];
        let found = found.into_iter().filter(|(objects, _)| *objects > 0);
        let found: Vec<_> = found.map(|(objects, how)| format!("{objects} {how}")).collect();
        let mut concerns = Vec::new();
        if !found.is_empty() {
            let advice = "the page /audit names them; bring them back from a copy of the store";
            concerns.push(format!("of the archived objects, {}: {advice}", found.join(", ")));
        }
        concerns.extend(self.audit_trouble.as_ref().map(|trouble| format!("an audit waits: {trouble}")));
        let overdue = oldest_ms.map(|oldest| self.now_ms - oldest).zip(self.read_every_ms);
        if let Some((age_ms, _)) = overdue.filter(|(age_ms, every_ms)| age_ms > every_ms) {
            let advice = "raise audit.bytes_per_hour_max or audit.seconds_per_hour_max";
            concerns
                .push(format!("the oldest reading of an archived object is {} old: {advice}", span(age_ms)));
        }
        concerns
    }

    fn concern_of_disk(&self) -> Option<String> {
        let what = if self.disk.closes_hook() {
            "deliveries are turned away"
        } else if self.disk.pauses_pipeline() {
            "downloads pause, deliveries are kept"
        } else {
            return None;
        };
        Some(format!("too little room on the disk of the state folder: {what} until some is made"))
    }

    /// Of the daemon, and of those who send to it.
    fn concerns_of_silence(&self) -> Vec<String> {
        let mut concerns = Vec::new();
        if let Some(away_ms) = self.alive_ms.map(|alive| self.now_ms - alive)
            && away_ms > AWAY_MAX_MS
        {
            concerns.push(format!("no daemon has run for {}: deliveries are lost meanwhile", span(away_ms)));
        }
        let heard = self.last_delivery_ms.or(self.first_start_ms);
        if let (Some(silence_ms), Some(max_ms)) =
            (heard.map(|heard| self.now_ms - heard), self.silence_max_ms)
            && silence_ms > max_ms
        {
            let look = "look whether Timemark still has the hook's address";
            concerns.push(format!("no delivery for {}: {look}", span(silence_ms)));
        }
        concerns
    }

    /// What the operator should know and nobody has to mend: the sender has changed something. Teams by number, because
    /// this goes to the journal too; `/api/v1/teams` names them.
    pub(super) fn notices(&self) -> Vec<String> {
        let fallen = self.teams.iter().filter(|team| !team.coverage.fallen.is_empty()).map(|team| {
            let (id, kinds) = (team.id, team.coverage.fallen.join(" and "));
            let lately = team.coverage.photos;
            format!("of team {id}, nearly none of the last {lately} photos says its {kinds} any more: the sender may have begun to strip it")
        });
        let changed = self.meaning_changes.iter().map(|change| {
            let (id, ago) = (change.team, span(self.now_ms - change.changed_at_ms));
            let [before, after] = [change.before, change.after].map(meant);
            format!("of team {id}, the announced times were {before} and are {after} now; seen {ago} ago")
        });
        fallen.chain(changed).collect()
    }
}

fn meant(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Open => "not settled",
        Meaning::Utc => "UTC",
        Meaning::Local => "local time",
    }
}
