//! `keepmark status`: what a person on call asks first.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Ended, FormatName, catalog_beside};
use crate::app::{backups, clock};
use crate::catalog::Catalog;
use crate::catalog::fixity::Standing;
use crate::catalog::handing::Handing;
use crate::catalog::job::Trouble;
use crate::catalog::ledger::Ledger;
use crate::catalog::rebuild::Rebuild;
use crate::catalog::store::Store;
use crate::catalog::team::{MeaningChange, Team};
use crate::config::Config;
use crate::domain::delivery::Outcome;
use crate::domain::job::State;
use crate::domain::verdict::meaning::Meaning;
use crate::telemetry::Disk;

/// A delivery that waits longer than this is worth a look.
const WAITING_MAX_MS: i64 = 15 * 60 * 1000;
/// The daemon notes every ten seconds that it is alive.
const AWAY_MAX_MS: i64 = 2 * 60 * 1000;
const TROUBLES_MAX: u32 = 10;
/// A leaf that waits this much longer than the time between two checkpoints is worth a look.
const UNPUBLISHED_MAX_MS: i64 = 60 * 60 * 1000;
/// So long a change of the sender's is told.
const NOTICE_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The state of the archive.
struct Status {
    archived: i64,
    jobs: Vec<(State, i64)>,
    deliveries: Vec<(Outcome, i64)>,
    last_delivery_ms: Option<i64>,
    oldest_waiting_ms: Option<i64>,
    waiting_for_store: i64,
    held_for_store: i64,
    store: Store,
    troubles: Vec<Trouble>,
    first_start_ms: Option<i64>,
    alive_ms: Option<i64>,
    silence_max_ms: Option<i64>,
    teams: Vec<Team>,
    judging_trouble: Option<String>,
    rebuild: Option<Rebuild>,
    backup_missed: Option<Duration>,
    fixity: Standing,
    audit_trouble: Option<String>,
    read_every_ms: Option<i64>,
    meaning_changes: Vec<MeaningChange>,
    ledger: Ledger,
    publish_ms: i64,
    handing: Option<Handing>,
    disk: Disk,
    now_ms: i64,
}

pub(super) async fn run(config: &Config, format: FormatName) -> anyhow::Result<Ended> {
    let status = Status::read(config, &catalog_beside(config)?).await?;
    let concerns = status.concerns();
    match format {
        FormatName::Text => status.print(&concerns),
        FormatName::Json => println!("{}", status.json(&concerns)),
    }
    Ok(if concerns.is_empty() { Ended::Well } else { Ended::WithFindings })
}

/// Nothing where no command is configured that takes checkpoints.
async fn handing(config: &Config, catalog: &Catalog) -> anyhow::Result<Option<Handing>> {
    Ok(if config.ledger.checkpoint_command.is_empty() { None } else { Some(catalog.handing().await?) })
}

impl Status {
    async fn read(config: &Config, catalog: &Catalog) -> anyhow::Result<Self> {
        let (deliveries, last_delivery_ms) = catalog.delivery_counts().await?;
        let (first_start_ms, alive_ms) = catalog.daemon_life().await?;
        let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Ok(Self {
            archived: catalog.photo_count().await?,
            jobs: catalog.queue().await?,
            deliveries,
            last_delivery_ms,
            oldest_waiting_ms: catalog.oldest_waiting().await?,
            waiting_for_store: catalog.waiting_for_store().await?,
            held_for_store: catalog.held_for_store().await?,
            store: catalog.store().await?,
            troubles: catalog.troubles(TROUBLES_MAX).await?,
            first_start_ms,
            alive_ms,
            teams: catalog.teams().await?,
            judging_trouble: catalog.unfinished_run().await?.and_then(|run| run.trouble),
            rebuild: catalog.open_rebuild().await?,
            backup_missed: first_start_ms
                .and_then(|first| jiff::Timestamp::from_millisecond(first).ok())
                .and_then(|first| backups(config).missed(first, clock())),
            fixity: catalog.fixity().await?,
            audit_trouble: catalog.unfinished_audit().await?.and_then(|run| run.trouble),
            read_every_ms: config.audit.every.map(milliseconds),
            meaning_changes: catalog.meaning_changes(clock().as_millisecond() - NOTICE_KEPT_MS).await?,
            ledger: catalog.ledger().await?,
            publish_ms: milliseconds(config.ledger.publish),
            handing: handing(config, catalog).await?,
            silence_max_ms: config.status.silence_max.map(milliseconds),
            disk: Disk::new(&config.state_dir, &config.disk),
            now_ms: clock().as_millisecond(),
        })
    }

    fn jobs(&self, state: State) -> i64 {
        self.jobs.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs)
    }

    fn deliveries(&self, outcome: Outcome) -> i64 {
        self.deliveries.iter().find(|(found, _)| *found == outcome).map_or(0, |(_, count)| *count)
    }

    /// Why somebody should look, one sentence each.
    fn concerns(&self) -> Vec<String> {
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
    fn notices(&self) -> Vec<String> {
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

    fn print(&self, concerns: &[String]) {
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

    fn json(&self, concerns: &[String]) -> Value {
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

fn meant(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Open => "not settled",
        Meaning::Utc => "UTC",
        Meaning::Local => "local time",
    }
}

fn photos(count: i64) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{count} photos") }
}

/// A length of time in its two largest units.
fn span(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
