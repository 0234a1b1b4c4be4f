//! The composition root: builds everything from the configuration, binds first, runs until told to stop.
//!
//! Never does work of its own: it is where the rooms are joined.

mod access_log;
mod chores;
mod parts;
mod sockets;
pub mod state_dir;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use anyhow::Context as _;
use tokio::sync::{Notify, Semaphore, watch};

use crate::archive::Archive;
use crate::audit::Audit;
use crate::catalog::Catalog;
use crate::catalog::start::Start;
use crate::config::{self, Config};
use crate::domain::object_key::folder::FolderPattern;
use crate::pipeline::{Pipeline, Spool};
use crate::proof::publisher::Publisher;
use crate::telemetry::{Disk, Metrics};
use crate::upkeep::Upkeep;
use crate::upkeep::backup::Backups;
use crate::web::{self, Access, ImageCache, Site};

use state_dir::StateDir;
use watchdog::Watchdog;

/// A daemon that is built and bound, and not yet running.
pub struct App {
    server: actix_web::dev::Server,
    addresses: Vec<SocketAddr>,
    pipeline: Arc<Pipeline>,
    workers: usize,
    shutdown: Duration,
    /// A pool of which nobody moved for so long hangs.
    hang: Duration,
    catalog: Catalog,
    archive: Archive,
    upkeep: Upkeep,
    backups: Backups,
    metrics: Metrics,
    publisher: Publisher,
    audit: config::Audit,
    start: Start,
    /// Held for the life of the daemon: a second one is refused.
    _state: StateDir,
}

pub use parts::{backups, rules, upkeep};

/// The clock of the whole daemon.
pub fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

impl App {
    /// Prepares the state folder, opens the catalogue, binds the sockets. After `Ok` the hook's socket queues
    /// connections; nothing is answered before [`App::run`].
    pub async fn build(config: Config, access: Access) -> anyhow::Result<Self> {
        // For those who build it without the command line; a second call changes nothing.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let inherited = sockets::inherited()?;
        let folder: FolderPattern = config.archive.folder.parse().context("archive.folder cannot be used")?;
        let state = StateDir::open(&config.state_dir)?;
        let metrics = Metrics::default();
        let backups = parts::backups(&config);
        chores::back_up_before_migration(&backups).await?;
        let catalog = Catalog::open(&config.state_dir, parts::batch_observer(&metrics))?;
        let start = catalog.begin_start(clock().as_millisecond()).await?;
        let listeners = if inherited.is_empty() { sockets::bind(&config.server.listen)? } else { inherited };
        let addresses =
            listeners.iter().map(std::net::TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
        let archive = Archive::open(&config.archive)?;
        let disk = Disk::new(&config.state_dir, &config.disk);
        let wake = Arc::new(Notify::new());
        let hook = parts::hook(&config, &catalog, &wake, &disk, &metrics)?;
        let spool = Spool::open(&config.state_dir).context("could not make the spool folder")?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let decoders = Arc::new(Semaphore::new(cores));
        let site = Data::new(Site {
            decoders: Arc::clone(&decoders),
            images: ImageCache::open(&config.state_dir, config.server.image_cache_bytes, disk.clone())
                .context("could not use the folder `images` in the state folder")?,
            downloads: Arc::new(Semaphore::new(web::DOWNLOADS_AT_ONCE)),
            catalog: catalog.clone(),
            archive: archive.clone(),
            disk: disk.clone(),
            metrics: metrics.clone(),
            access,
            public_url: config.server.public_url.clone(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            clock,
            spool,
            photo_max_bytes: config.fetch.size_max_bytes,
            wake: Arc::clone(&wake),
            hook_tokens: config.hook.tokens_file.clone(),
            passwords: web::Passwords::default(),
            patience: web::Patience::default(),
            policy: web::policy(config.map.tiles_origin.as_deref()),
            map: config.map.clone(),
        });
        let tools = parts::tools(&config, &site, start, addresses.clone(), folder)?;
        let pipeline = Arc::new(Pipeline::new(tools, wake));
        let publisher = parts::publisher(&config, &site, &pipeline);
        Ok(Self {
            server: parts::serve(listeners, &hook, &site, closing(config.server.shutdown))?,
            addresses,
            pipeline,
            publisher,
            workers: config.worker.concurrency,
            shutdown: config.server.shutdown,
            hang: config.fetch.timeout + HANG_MARGIN,
            upkeep: parts::upkeep(&config, catalog.clone(), archive.clone()),
            audit: config.audit,
            catalog,
            archive,
            backups,
            metrics,
            start,
            _state: state,
        })
    }

    /// Where the daemon listens: with port 0 in the configuration, this is how the port is learnt.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The archive that this daemon fills.
    pub fn archive(&self) -> Archive {
        self.archive.clone()
    }

    /// The catalogue of this daemon.
    pub fn catalog(&self) -> Catalog {
        self.catalog.clone()
    }

    /// Serves and works until `stop` resolves, then stops within the configured deadline: no new jobs, those at work
    /// are finished or given back, answers under way go out.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self {
            server,
            addresses,
            pipeline,
            workers,
            shutdown,
            hang,
            catalog,
            archive,
            upkeep,
            backups,
            metrics,
            publisher,
            audit: settings,
            start,
            ..
        } = self;
        let audit = Audit { catalog: catalog.clone(), archive, clock };
        take_up(&catalog, start, &pipeline).await?;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        let (stop_sender, stopping) = watch::channel(false);
        let first = *addresses.first().context("there is no socket to serve on")?;
        let watchdog = Watchdog::new(first, catalog.clone(), pipeline.pulse(), hang);
        let working = tokio::spawn(pipeline.run(workers, stopping, for_jobs(shutdown)));
        let alive = tokio::spawn(chores::note_alive(catalog.clone(), start));
        let finding = tokio::spawn(chores::catch_up(catalog.clone()));
        // Receive only: the store is nobody's business.
        let keeping = tokio::spawn(async move {
            if workers > 0 {
                tokio::join!(upkeep.keep(), publisher.keep(), audit.keep(&settings));
            }
        });
        let noting = chores::note_backups(backups.clone(), metrics);
        let copying = chores::back_up(backups, catalog.clone());
        let copying = tokio::spawn(async { tokio::join!(copying, noting) });
        let watched = tokio::spawn(async {
            if let Some(watchdog) = watchdog {
                watchdog.feed().await;
            }
        });
        stop.await;
        watched.abort();
        keeping.abort();
        copying.abort();
        finding.abort();
        tracing::info!("stopping: no new jobs are taken");
        stop_sender.send_replace(true);
        // The hook answers as long as jobs are finished.
        let cut = working.await;
        close(&handle).await;
        alive.abort();
        match cut.context("the worker pool failed")? {
            0 => tracing::info!("stopped; every job at work was finished"),
            cut => {
                tracing::warn!(cut, "stopped; jobs at work were given back and begin anew at the next start");
            }
        }
        catalog.note_alive(start, clock().as_millisecond()).await?;
        serving.await.context("the server failed")?.context("the server failed")
    }
}

/// Kept of the deadline for giving back what is cut.
const STOP_MARGIN: Duration = Duration::from_millis(500);

/// From the last accepted connection to its place among those that are waited for.
const SETTLING: Duration = Duration::from_millis(100);
/// No other phase of a job is longer than this where nothing hangs.
const HANG_MARGIN: Duration = Duration::from_hours(1);

/// Of the stop's deadline, what answers under way may take once the workers have ended; what outlasts it is cut.
fn closing(shutdown: Duration) -> Duration {
    (shutdown / 5).clamp(Duration::from_secs(1), Duration::from_secs(5))
}

/// Of the stop's deadline, what jobs at work may take.
fn for_jobs(shutdown: Duration) -> Duration {
    shutdown.saturating_sub(closing(shutdown) + SETTLING + STOP_MARGIN)
}

/// Stops the server. First it takes no more connections: one that it took and had not begun to serve would be dropped by
/// the stop. Those that come now wait in the queue of the socket, where it is systemd's, for the next start.
async fn close(server: &actix_web::dev::ServerHandle) {
    server.pause().await;
    tokio::time::sleep(SETTLING).await;
    server.stop(true).await;
}

/// What an earlier start left: its leases are taken back, its nameless files swept.
async fn take_up(catalog: &Catalog, start: Start, pipeline: &Pipeline) -> anyhow::Result<()> {
    let inspecting = pipeline.left_inspecting()?;
    let taken = catalog.take_back(start, inspecting, rand::random()).await?;
    if taken != crate::catalog::take_back::TakenBack::default() {
        let (leased, suspects, held) = (taken.leased, taken.suspects, taken.held);
        tracing::info!(leased, suspects, held, "jobs of an earlier start are taken up again");
    }
    let swept = pipeline.sweep_spool(catalog.named_spool_files().await?).await?;
    if swept > 0 {
        tracing::info!(swept, "spool files that no job names were removed");
    }
    Ok(())
}
