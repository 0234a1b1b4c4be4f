//! `keepmark status`: what a person on call asks first.

mod concerns;
mod report;

use std::time::Duration;

use super::{Ended, FormatName, catalog_beside};
use crate::app::{backups, clock};
use crate::catalog::Catalog;
use crate::catalog::audit::fixity::Standing;
use crate::catalog::job::Trouble;
use crate::catalog::ledger::Ledger;
use crate::catalog::ledger::handing::Handing;
use crate::catalog::rebuild::Rebuild;
use crate::catalog::records::Waiting;
use crate::catalog::store::Store;
use crate::catalog::team::{MeaningChange, Team};
use crate::config::Config;
use crate::domain::delivery::Outcome;
use crate::domain::job::State;
use crate::telemetry::Disk;

const TROUBLES_MAX: u32 = 10;
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
    records: Waiting,
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
            records: catalog.waiting_records().await?,
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
