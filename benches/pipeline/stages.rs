//! The stages alone: the daemon's own functions, called one photo after the other, each stage over the whole corpus.
//!
//! In the daemon several photos are at work at once and share commits; here each waits for its own, so that a stage's
//! time is what one photo waits for it on an idle machine.

use std::fs::File;
use std::io::BufReader;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use keepmark::app;
use keepmark::archive::Archive;
use keepmark::catalog::delivery::Arrival;
use keepmark::catalog::job::Try;
use keepmark::catalog::known::About;
use keepmark::catalog::seal::{Draft, Sealed, Sealing};
use keepmark::catalog::start::Start;
use keepmark::catalog::{BatchObserver, Catalog};
use keepmark::config::Config;
use keepmark::domain::delivery::{self, Announcement};
use keepmark::domain::evidence::Evidence;
use keepmark::domain::job::Job;
use keepmark::domain::object_key::ObjectKey;
use keepmark::domain::photo::{PhotoId, Sha256};
use keepmark::domain::position::Position;
use keepmark::domain::verdict::Judgement;
use keepmark::domain::verdict::rules::Material;
use keepmark::domain::zone;
use keepmark::fetch::{Fetched, Fetcher};
use keepmark::inspect;
use keepmark::inspect::pixels::{self, Derived};
use keepmark::pipeline::Spool;

use super::corpus::Photo;
use super::support;
use super::support::delivery::{Identity, body};
use super::support::figures::{median, milliseconds, number, print_table, quantile};
use super::support::process::cpu_time;
use super::{host, whole};

/// What one stage took.
pub struct Stage {
    name: &'static str,
    times_ms: Vec<f64>,
    /// CPU time for one photo, milliseconds.
    cpu_ms: f64,
}

/// The stages so far.
#[derive(Default)]
struct Stages(Vec<Stage>);

impl Stages {
    /// Does one stage's work on every item and keeps what it took.
    async fn run<Item, Made>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = Item>,
        mut work: impl AsyncFnMut(Item) -> anyhow::Result<Made>,
    ) -> anyhow::Result<Vec<Made>> {
        let (mut made, mut times_ms) = (Vec::new(), Vec::new());
        let cpu_before = cpu_time(std::process::id())?;
        for item in items {
            let began = Instant::now();
            made.push(work(item).await?);
            times_ms.push(milliseconds(began.elapsed()));
        }
        let cpu = cpu_time(std::process::id())?.saturating_sub(cpu_before);
        let cpu_ms = milliseconds(cpu) / number(times_ms.len());
        self.0.push(Stage { name, times_ms, cpu_ms });
        Ok(made)
    }
}

/// What the stages work with, as the daemon builds it.
struct Tools {
    catalog: Catalog,
    archive: Archive,
    fetcher: Fetcher,
    spool: Spool,
    start: Start,
    config: Config,
}

impl Tools {
    async fn open(folder: &std::path::Path) -> anyhow::Result<Self> {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let empty = folder.join("empty.toml");
        std::fs::write(&empty, "")?;
        let state_dir = ("STATE_DIR", folder.to_str().context("the build folder's name is no Unicode")?);
        let settings = whole::SETTINGS.into_iter().chain([state_dir]);
        let variables = settings.map(|(name, value)| (format!("KEEPMARK__{name}").into(), value.into()));
        let config = Config::load(Some(&empty), variables)?.config;
        let catalog = Catalog::open(folder, BatchObserver::default())?;
        Ok(Self {
            start: catalog.begin_start(now_ms()).await?,
            catalog,
            archive: Archive::open(&config.archive)?,
            fetcher: Fetcher::new(&config.fetch, Vec::new())?,
            spool: Spool::open(folder)?,
            config,
        })
    }
}

/// A photo whose file is in the spool.
struct Spooled {
    job: Job,
    announced: Announcement,
    fetched: Fetched,
}

impl Spooled {
    fn file(&self, tools: &Tools) -> std::path::PathBuf {
        tools.spool.path(&Spool::name(self.job.lease))
    }
}

/// Takes every photo of the corpus through all stages.
pub async fn measure(photos: &[Photo], host: SocketAddr) -> anyhow::Result<Vec<Stage>> {
    let folder = support::scratch()?;
    let tools = Tools::open(folder.path()).await?;
    let mut stages = Stages::default();
    let arrivals = (0..photos.len()).map(|number| arrival(number, host)).collect::<Result<Vec<_>, _>>()?;
    let accepted =
        stages.run("accept", arrivals, async |arrival| Ok(tools.catalog.accept(arrival).await?)).await?;
    let claims = (0_i64..).take(accepted.len());
    let jobs = stages.run("claim", claims, async |number| claim(&tools, number).await).await?;
    let spooled = stages.run("fetch", jobs, async |job| fetch(&tools, job).await).await?;
    let evidence = stages.run("read", &spooled, async |photo| read(&tools, photo)).await?;
    let pairs = || spooled.iter().zip(&evidence);
    let derived = stages.run("derive", pairs(), async |pair| derive(&tools, pair)).await?;
    // The map of time zones is loaded once in the life of a program, not for each photo.
    let _loaded = zone::around(Position::new(40.785_091, -73.968_285)?);
    let judged = stages.run("judge", pairs(), async |pair| judge(&tools, pair).await).await?;
    let drafts = pairs().zip(judged).map(|(pair, judgement)| draft(&tools, pair, judgement));
    let drafts = drafts.collect::<anyhow::Result<Vec<_>>>()?;
    let sealed = stages
        .run("seal", spooled.iter().zip(drafts), async |(photo, draft)| seal(&tools, photo, draft).await)
        .await?;
    finish(&tools, &mut stages, &spooled, &sealed, derived).await?;
    Ok(stages.0)
}

/// From the seal on, in the daemon's order.
async fn finish(
    tools: &Tools,
    stages: &mut Stages,
    spooled: &[Spooled],
    sealed: &[Sealed],
    derived: Vec<Vec<Derived>>,
) -> anyhow::Result<()> {
    let pairs = || spooled.iter().zip(sealed);
    stages.run("store the photo", pairs(), async |pair| store(tools, pair).await).await?;
    stages.run("of it: read back", sealed, async |photo| read_back(tools, photo).await).await?;
    stages.run("store the sidecar", sealed, async |photo| store_sidecar(tools, photo).await).await?;
    stages.run("record", spooled, async |photo| record(tools, photo).await).await?;
    let images = sealed.iter().zip(derived);
    stages.run("store derived", images, async |pair| store_derived(tools, pair).await).await?;
    Ok(())
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

fn arrival(number: usize, host: SocketAddr) -> anyhow::Result<Arrival> {
    let body = body(&Identity::of(number.try_into()?), &host::link(host, number, 0)).into_bytes();
    Ok(Arrival {
        body_sha256: Sha256::of(&body),
        reading: delivery::read(&body),
        body,
        received_at_ms: now_ms(),
        peer: None,
        headers: "{}".to_owned(),
        token: "bench".to_owned(),
        salt: rand::random(),
    })
}

async fn claim(tools: &Tools, number: i64) -> anyhow::Result<Job> {
    let claimed = tools.catalog.claim(tools.start, number, u32::MAX, now_ms()).await?;
    claimed.context("no job is ready")
}

async fn fetch(tools: &Tools, job: Job) -> anyhow::Result<Spooled> {
    let announced = delivery::announcement(&job.body).context("the body is read again")?;
    let link = announced.link().map_err(anyhow::Error::msg)?;
    let file = tools.spool.path(&Spool::name(job.lease));
    let fetched = tools.fetcher.download(&link, &file).await;
    let fetched = fetched.map_err(|failure| anyhow::Error::msg(failure.reason))?;
    Ok(Spooled { job, announced, fetched })
}

fn read(tools: &Tools, photo: &Spooled) -> anyhow::Result<Evidence> {
    Ok(inspect::read(&mut BufReader::new(File::open(photo.file(tools))?))?)
}

/// Some files of the corpus are damaged: those have no derived images, here as in the daemon.
fn derive(tools: &Tools, (photo, evidence): (&Spooled, &Evidence)) -> anyhow::Result<Vec<Derived>> {
    let file = BufReader::new(File::open(photo.file(tools))?);
    let (media_type, orientation) = (evidence.media_type, evidence.exif.orientation);
    let decoded = pixels::derive(file, media_type, orientation, pixels::Limits::default());
    Ok(decoded.map(|decoded| decoded.derived).unwrap_or_default())
}

/// With what is known of the team and the look-up of pictures that look alike, as the daemon does.
async fn judge(tools: &Tools, (photo, evidence): (&Spooled, &Evidence)) -> anyhow::Result<Judgement> {
    let material = Material {
        announced: &photo.announced,
        evidence,
        content_type: photo.fetched.content_type.as_deref(),
        received_at: Timestamp::from_millisecond(photo.job.received_at_ms)?,
    };
    let about = About::of(&material, None);
    Ok(app::rules(&tools.config.verdict).judge(&material, tools.catalog.known(about).await?))
}

fn draft(
    tools: &Tools,
    (photo, evidence): (&Spooled, &Evidence),
    judgement: Judgement,
) -> anyhow::Result<Draft> {
    let Spooled { job, announced, fetched } = photo;
    Ok(Draft {
        body: job.body.clone(),
        announced: announced.clone(),
        received_at: Timestamp::from_millisecond(job.received_at_ms)?,
        downloaded_at: Timestamp::now(),
        source_host: fetched.host.clone(),
        sha256: fetched.sha256,
        size_bytes: fetched.size_bytes,
        evidence: evidence.clone(),
        content_type: fetched.content_type.clone(),
        judgement,
        device_pair: None,
        look_alikes: Vec::new(),
        spool: Spool::name(job.lease),
        folder: tools.config.archive.folder.parse()?,
        photo_id: PhotoId(rand::random()),
        salt: rand::random(),
        now: Timestamp::now(),
    })
}

async fn seal(tools: &Tools, photo: &Spooled, draft: Draft) -> anyhow::Result<Sealed> {
    match tools.catalog.seal(photo.job.lease, draft, tried("seal", photo)).await? {
        Sealing::Sealed(sealed) => Ok(sealed),
        Sealing::Waiting => bail!("two files are one photo"),
    }
}

async fn store(tools: &Tools, (photo, sealed): (&Spooled, &Sealed)) -> anyhow::Result<()> {
    let file = photo.file(tools);
    Ok(tools.archive.put_file(&sealed.object_key, &file, sealed.size_bytes, sealed.sha256).await?)
}

async fn read_back(tools: &Tools, sealed: &Sealed) -> anyhow::Result<()> {
    tools.archive.read_back(&sealed.object_key).await?;
    Ok(())
}

async fn store_sidecar(tools: &Tools, sealed: &Sealed) -> anyhow::Result<()> {
    for pending in &sealed.pending {
        let bytes = pending.body.clone().into();
        tools.archive.put_bytes(&pending.object_key, bytes, pending.sha256).await?;
    }
    Ok(())
}

fn tried(phase: &'static str, photo: &Spooled) -> Try {
    Try { started_at_ms: now_ms(), phase, size_bytes: photo.fetched.size_bytes }
}

async fn record(tools: &Tools, photo: &Spooled) -> anyhow::Result<()> {
    tools.catalog.record(photo.job.lease, tried("record", photo), now_ms()).await?;
    tools.spool.remove(&Spool::name(photo.job.lease)).await;
    Ok(())
}

async fn store_derived(tools: &Tools, (sealed, derived): (&Sealed, Vec<Derived>)) -> anyhow::Result<()> {
    for image in derived {
        let key = ObjectKey::derived(sealed.sha256, image.edge);
        tools.archive.put_derived(&key, image.jpeg.into()).await?;
    }
    Ok(())
}

/// Prints what each stage took for one photo.
pub fn print(stages: &[Stage]) {
    println!("Each stage alone, one photo after the other; milliseconds a photo.\n");
    let row = |stage: &Stage| {
        let mean = stage.times_ms.iter().sum::<f64>() / number(stage.times_ms.len());
        [
            stage.name.to_owned(),
            format!("{mean:.2}"),
            format!("{:.2}", median(&stage.times_ms)),
            format!("{:.2}", quantile(&stage.times_ms, 0.99)),
            format!("{:.2}", stage.cpu_ms),
        ]
    };
    let rows: Vec<_> = stages.iter().map(row).collect();
    print_table(["stage", "mean", "p50", "p99", "CPU"], &rows);
}
