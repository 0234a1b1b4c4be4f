//! The parts of the daemon, made from the configuration.
//!
//! Starts nothing: what is made here is joined by [`super::App`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App as Routes, HttpServer, middleware};
use anyhow::Context as _;
use tokio::sync::Notify;

use crate::archive::Archive;
use crate::catalog::start::Start;
use crate::catalog::{BatchObserver, Catalog};
use crate::config::{self, Config, TimestampMeaning};
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::verdict::Limits;
use crate::domain::verdict::meaning::Meaning;
use crate::domain::verdict::rules::Rules;
use crate::fetch::Fetcher;
use crate::intake::tokens::HookTokens;
use crate::intake::{self, Hook};
use crate::pipeline::{Pipeline, Tools};
use crate::proof::key::KeyFile;
use crate::proof::publisher::Publisher;
use crate::telemetry::{Disk, Metrics};
use crate::upkeep::Upkeep;
use crate::upkeep::backup::Backups;
use crate::web::{self, Site};

use super::{access_log, clock};

/// How copies of the database are made by these settings.
pub fn backups(config: &Config) -> Backups {
    Backups {
        state_dir: config.state_dir.clone(),
        settings: config.backup.clone(),
        reserve_bytes: config.disk.hook_reserve_bytes,
    }
}

/// What works through the archive by these settings. A key that cannot be read is said where it is needed.
pub fn upkeep(config: &Config, catalog: Catalog, archive: Archive) -> Upkeep {
    let key = KeyFile::new(&config.ledger).read().ok().flatten();
    let known_key = key.map(|key| key.public().clone());
    Upkeep { catalog, archive, rules: rules(&config.verdict), known_key, clock }
}

pub(super) fn hook(
    config: &Config,
    catalog: &Catalog,
    wake: &Arc<Notify>,
    disk: &Disk,
    metrics: &Metrics,
) -> anyhow::Result<Data<Hook>> {
    Ok(Data::new(Hook {
        tokens: HookTokens::open(&config.hook.tokens_file)?,
        catalog: catalog.clone(),
        wake: Arc::clone(wake),
        disk: disk.clone(),
        metrics: metrics.clone(),
        body_max_bytes: config.hook.body_max_bytes,
        clock,
    }))
}

pub(super) fn batch_observer(metrics: &Metrics) -> BatchObserver {
    let (operations, seconds) = (metrics.batch_operations.clone(), metrics.commit_seconds.clone());
    BatchObserver::new(move |size, took| {
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred operations")]
        operations.observe(size as f64);
        seconds.observe(took.as_secs_f64());
    })
}

pub(super) fn tools(
    config: &Config,
    site: &Site,
    start: Start,
    own: Vec<SocketAddr>,
    folder: FolderPattern,
) -> anyhow::Result<Tools> {
    Ok(Tools {
        catalog: site.catalog.clone(),
        archive: site.archive.clone(),
        decoders: Arc::clone(&site.decoders),
        disk: site.disk.clone(),
        metrics: site.metrics.clone(),
        fetcher: Fetcher::new(&config.fetch, own)?,
        spool: site.spool.clone(),
        folder,
        rules: rules(&config.verdict),
        per_host: u32::try_from(config.fetch.per_host).unwrap_or(u32::MAX),
        start,
        clock,
    })
}

pub(super) fn publisher(config: &Config, site: &Site, pipeline: &Pipeline) -> Publisher {
    Publisher {
        catalog: site.catalog.clone(),
        archive: site.archive.clone(),
        key: KeyFile::new(&config.ledger),
        every: config.ledger.publish,
        alarm: pipeline.doubts(),
        clock,
    }
}

/// The rules with the settings of `[verdict]`.
pub fn rules(verdict: &config::Verdict) -> Rules {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Rules {
        limits: Limits {
            time_match_secs: seconds(verdict.time_match),
            time_near_secs: seconds(verdict.time_near),
            clock_ahead_secs: seconds(verdict.clock_ahead),
            position_match_m: verdict.position_match_m,
            position_near_m: verdict.position_near_m,
            place_centre_m: verdict.place_centre_m,
        },
        default_zone: verdict.default_zone.clone(),
        meaning: match verdict.timestamp_meaning {
            TimestampMeaning::Auto => None,
            TimestampMeaning::Utc => Some(Meaning::Utc),
            TimestampMeaning::Local => Some(Meaning::Local),
        },
        look_alike_bits: verdict.look_alike_bits,
    }
}

pub(super) fn serve(
    listeners: Vec<std::net::TcpListener>,
    hook: &Data<Hook>,
    site: &Data<Site>,
    shutdown: Duration,
) -> anyhow::Result<actix_web::dev::Server> {
    let (hook, site) = (hook.clone(), site.clone());
    let mut server = HttpServer::new(move || {
        Routes::new()
            .wrap(middleware::from_fn(access_log::write))
            .configure(intake::configure(hook.clone()))
            .configure(web::configure(site.clone()))
    })
    .disable_signals()
    .shutdown_timeout(shutdown.as_secs())
    .keep_alive(Duration::from_secs(75));
    for listener in listeners {
        server = server.listen(listener).context("could not serve on a socket")?;
    }
    Ok(server.run())
}
