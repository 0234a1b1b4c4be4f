//! `keepmark demo`: the whole way of a photo on this machine, with nothing to configure.

use std::io::IsTerminal as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use tokio::sync::oneshot;

use super::{Ended, hook};
use crate::app::{App, clock};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::filter::Filter;
use crate::catalog::photo::Photo;
use crate::config::{Config, Log, LogFormat};
use crate::demo::exhibit::{self, Exhibit};
use crate::demo::host::Host;
use crate::demo::sender::Sender;
use crate::domain::verdict::{Outcome, Verdict};
use crate::telemetry;
use crate::web::Access;

/// Without a further photo for so long, something is stuck.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Send the photos and videos of this folder instead of painted ones.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Stay up afterwards, so that the pages can be looked at.
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Ended> {
    telemetry::logs::start(&Log { level: "warn".to_owned(), format: LogFormat::Text })?;
    let folder = scratch_folder()?;
    let exhibits = Arc::new(exhibits(options.photos).await?);
    let config = configuration(&folder)?;
    let app = App::build(config.clone(), Access::Open).await?;
    let (addresses, catalog, archive) = (app.addresses().to_vec(), app.catalog(), app.archive());
    let hook = hook::url(&config, &addresses)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let daemon = tokio::spawn(app.run(async {
        // A dropped sender stops the daemon too.
        let _stopped = stopped.await;
    }));
    let host = Host::start(Arc::clone(&exhibits)).context("could not start the image host")?;
    send(&Sender::new(hook, host.address)?, &exhibits).await?;
    let photos = wait(&catalog, exhibits.len()).await?;
    let rows = compare(&exhibits, &photos, &archive).await;
    let ended = report(&rows, &folder, &archive);
    if options.keep {
        println!("\nThe daemon stays up: open http://{} (Ctrl-C ends it).", addresses[0]);
        tokio::signal::ctrl_c().await?;
    }
    host.stop().await;
    let _gone = stop.send(());
    daemon.await.context("the daemon failed")??;
    Ok(ended)
}

/// A private folder that stays: the objects in it are the result.
fn scratch_folder() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("keepmark-demo-{:08x}", rand::random::<u32>()));
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("could not make the scratch folder {}", folder.display()))?;
    Ok(folder)
}

async fn exhibits(photos: Option<PathBuf>) -> anyhow::Result<Vec<Exhibit>> {
    let made = tokio::task::spawn_blocking(move || {
        if let Some(folder) = photos {
            exhibit::of_folder(&folder)
        } else {
            eprintln!("painting photos …");
            let yesterday = clock().to_zoned(jiff::tz::TimeZone::UTC).date().yesterday()?;
            exhibit::painted(yesterday)
        }
    });
    made.await.context("the photos could not be made")?
}

/// A real configuration file, so that every other command works on the demo's state too.
fn configuration(folder: &Path) -> anyhow::Result<Config> {
    let file = folder.join("demo.toml");
    let state_dir = toml::Value::from(folder.join("state").display().to_string());
    let text = format!(
        "# The configuration of this demo: a free port, and photos from this machine's own image host.\n\
         state_dir = {state_dir}\n\
         [server]\nlisten = [\"127.0.0.1:0\"]\n\
         [fetch]\nallow_http = true\nallow_networks = [\"127.0.0.0/8\"]\n"
    );
    std::fs::write(&file, text).with_context(|| format!("could not write {}", file.display()))?;
    Ok(Config::load(Some(&file), [])?.config)
}

async fn send(sender: &Sender, exhibits: &[Exhibit]) -> anyhow::Result<()> {
    for exhibit in exhibits {
        sender.post(exhibit).await?;
    }
    eprintln!("{} deliveries posted, each answered after its commit", exhibits.len());
    Ok(())
}

/// Waits until every delivery has its photo; gives up when nothing moves any more.
async fn wait(catalog: &Catalog, expected: usize) -> anyhow::Result<Vec<Photo>> {
    let (mut seen, mut moved) = (0, Instant::now());
    loop {
        let archived = usize::try_from(catalog.photo_count().await?)?;
        if archived != seen {
            (seen, moved) = (archived, Instant::now());
            if std::io::stderr().is_terminal() {
                eprint!("\r{archived} of {expected} archived");
            }
        }
        if archived >= expected || moved.elapsed() > PATIENCE {
            eprintln!();
            return all_photos(catalog).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn all_photos(catalog: &Catalog) -> anyhow::Result<Vec<Photo>> {
    let mut photos: Vec<Photo> = Vec::new();
    let mut after = None;
    loop {
        let page = catalog.search(Filter { after, limit: 200, ..Filter::default() }).await?;
        photos.extend(page.photos);
        after = page.next;
        if after.is_none() {
            return Ok(photos);
        }
    }
}

/// One line of the table.
struct Row {
    name: String,
    photo: Option<Photo>,
    /// Whether the object, read now, has the file's bytes.
    is_equal: bool,
}

async fn compare(exhibits: &[Exhibit], photos: &[Photo], archive: &Archive) -> Vec<Row> {
    let mut rows = Vec::new();
    for exhibit in exhibits {
        let photo = photos.iter().find(|photo| photo.event_id.as_deref() == Some(exhibit.event_id()));
        let stored = match photo {
            Some(photo) => archive.read_back(&photo.object_key).await.ok(),
            None => None,
        };
        let is_equal = stored == Some(exhibit.sha256());
        rows.push(Row { name: exhibit.name.clone(), photo: photo.cloned(), is_equal });
    }
    rows
}

fn report(rows: &[Row], folder: &Path, archive: &Archive) -> Ended {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    println!();
    for row in rows {
        println!("{:width$}  {}", row.name, row.words());
    }
    let archived = rows.iter().filter(|row| row.photo.is_some()).count();
    let equal = rows.iter().filter(|row| row.is_equal).count();
    println!("\ndelivered  {}", rows.len());
    println!("archived   {archived}, {equal} of them read back with the SHA-256 of their file");
    for verdict in Verdict::ALL {
        let count = rows
            .iter()
            .filter(|row| row.photo.as_ref().is_some_and(|photo| photo.verdict == verdict))
            .count();
        println!("{:12} {count}", verdict.as_str());
    }
    println!("objects    {}", archive.place);
    println!("state      {}/state, for example: keepmark --config {0}/demo.toml status", folder.display());
    println!("           remove {} when you have looked around", folder.display());
    if equal == rows.len() { Ended::Well } else { Ended::WithFindings }
}

impl Row {
    fn words(&self) -> String {
        let Some(photo) = &self.photo else { return "NOT ARCHIVED".to_owned() };
        let differs = photo.findings.iter().filter(|finding| finding.outcome == Outcome::Mismatch);
        let reasons: Vec<_> = differs.map(|finding| finding.detail.as_str()).collect();
        let changed = if self.is_equal { "" } else { "CHANGED " };
        format!("{changed}{:12} {}", photo.verdict.as_str(), reasons.join("; ")).trim_end().to_owned()
    }
}
