//! `keepmark check`: what would go wrong, before it does.

use crate::app::{backups, clock, state_dir};
use crate::archive::Archive;
use crate::catalog::ledger::Ledger;
use crate::catalog::{Catalog, copy};
use crate::config::Config;
use crate::domain::object_key::folder::FolderPattern;
use crate::domain::store::{Belongs, Capabilities, Capability, StoreId, belongs};
use crate::proof::key::KeyFile;

use super::Ended;
use crate::upkeep::backup::BackupError;

/// No photo was ever taken before this: a clock behind it is wrong.
const CLOCK_MIN: &str = "2026-01-01T00:00:00Z";

/// One line of the result.
struct Line {
    what: &'static str,
    result: Result<String, String>,
}

pub(super) async fn run(config: &Config) -> anyhow::Result<Ended> {
    let mut lines = vec![
        Line { what: "configuration", result: configuration(config) },
        Line { what: "state folder", result: state_folder(config) },
        Line { what: "database", result: database(config) },
        Line { what: "backup", result: backup(config).await },
    ];
    lines.extend(archive(config).await);
    lines.push(Line { what: "ledger", result: ledger(config).await });
    lines.push(Line { what: "clock", result: clock_is_right() });
    lines.push(Line { what: "public address", result: public_address(config) });
    let mut ended = Ended::Well;
    for Line { what, result } in lines {
        match result {
            Ok(words) => println!("ok    {what}: {words}"),
            Err(words) => {
                ended = Ended::WithFindings;
                println!("WRONG {what}: {words}");
            }
        }
    }
    Ok(ended)
}

/// It was read, or this would not run; here is what is checked only when it is used.
fn configuration(config: &Config) -> Result<String, String> {
    config.archive.folder.parse::<FolderPattern>().map_err(|error| format!("archive.folder: {error}"))?;
    Ok("every setting is known and in range".to_owned())
}

/// A folder that `serve` would make is fine; one that is not ours or not private is not.
fn state_folder(config: &Config) -> Result<String, String> {
    let folder = config.state_dir.display();
    if !config.state_dir.exists() {
        return Ok(format!("{folder} is made by `keepmark serve` at its first start"));
    }
    state_dir::check_existing(&config.state_dir).map_err(|error| format!("{error:#}"))?;
    Ok(format!("{folder} is private"))
}

fn database(config: &Config) -> Result<String, String> {
    if !Catalog::exists_in(&config.state_dir) {
        return Ok("made at the first start".to_owned());
    }
    Catalog::open_beside(&config.state_dir).map_err(|error| error.to_string())?;
    Ok("of this program's version".to_owned())
}

/// The newest copy, opened and read. One that is missed is as wrong as one that cannot be read.
async fn backup(config: &Config) -> Result<String, String> {
    let backups = backups(config);
    let newest = backups.newest().map_err(|error| format!("{}: {error}", config.backup.folder.display()))?;
    if !config.backup.is_own && !config.backup.folder.is_dir() {
        return Err(BackupError::NoFolder(config.backup.folder.clone()).to_string());
    }
    let missed = backups.missed(first_start(config).await, clock());
    let Some(newest) = newest else {
        return match missed {
            Some(_) => Err("none was made yet: `keepmark backup` says why".to_owned()),
            None => Ok("none yet".to_owned()),
        };
    };
    let read = tokio::task::spawn_blocking({
        let path = newest.path.clone();
        move || copy::look(&path)
    });
    let place = newest.path.display();
    let copied = read.await.map_err(|error| error.to_string())?;
    let copied = copied.map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    if let Some(age) = missed {
        return Err(format!("{place} is {} hours old: `keepmark backup` says why", age.as_secs() / 3600));
    }
    let (photos, deliveries, version) = (copied.photos, copied.deliveries, copied.version);
    Ok(format!("{place} holds {photos} photos and {deliveries} deliveries, version {version}"))
}

/// When the daemon was first started; now, where it never was.
async fn first_start(config: &Config) -> jiff::Timestamp {
    let first = match Catalog::open_beside(&config.state_dir) {
        Ok(catalog) => catalog.daemon_life().await.ok().and_then(|(first, _)| first),
        Err(_said_as_database) => None,
    };
    first.and_then(|first| jiff::Timestamp::from_millisecond(first).ok()).unwrap_or_else(clock)
}

async fn archive(config: &Config) -> Vec<Line> {
    let line = |result| vec![Line { what: "archive", result }];
    if let crate::config::ArchiveUrl::Folder(folder) = &config.archive.url
        && !folder.exists()
    {
        return line(Ok(format!("{} is made at the first start", folder.display())));
    }
    let archive = match Archive::open(&config.archive) {
        Ok(archive) => archive,
        Err(error) => return line(Err(format!("{error:#}"))),
    };
    match probe(config, &archive).await {
        Ok(capabilities) => {
            let place = format!("{} takes, returns and removes an object", archive.place);
            let mut lines = line(Ok(place));
            lines.extend(capabilities.each().into_iter().filter_map(capability));
            lines
        }
        Err(reason) => line(Err(format!("{}: {reason}", archive.place))),
    }
}

/// Whose store it is before anything is written to it.
async fn probe(config: &Config, archive: &Archive) -> Result<Capabilities, String> {
    let (known, has_archived) = known_store(config).await.map_err(|error| format!("{error:#}"))?;
    let found = archive.marker().await.map_err(|error| error.to_string())?;
    if let Belongs::No(reason) = belongs(known, has_archived, found) {
        return Err(reason.to_string());
    }
    let mut capabilities = archive.probe(rand::random()).await.map_err(|error| error.to_string())?;
    capabilities.large_body = archive.probe_large_body(rand::random()).await;
    Ok(capabilities)
}

/// What the catalogue says, if there is one.
async fn known_store(config: &Config) -> anyhow::Result<(Option<StoreId>, bool)> {
    if !Catalog::exists_in(&config.state_dir) {
        return Ok((None, false));
    }
    let catalog = Catalog::open_beside(&config.state_dir)?;
    Ok((catalog.store().await?.id, catalog.has_archived().await?))
}

/// The key that is there is the one that the ledger was signed with.
async fn ledger(config: &Config) -> Result<String, String> {
    let file = KeyFile::new(&config.ledger).read().map_err(|error| error.to_string())?;
    let known = match Catalog::exists_in(&config.state_dir).then(|| Catalog::open_beside(&config.state_dir)) {
        Some(Ok(catalog)) => catalog.ledger().await.map_err(|error| error.to_string())?,
        // Said in the line of the database.
        Some(Err(_)) | None => Ledger::default(),
    };
    let path = config.ledger.key_file.display();
    match (file, known.key) {
        (Some(file), Some(known)) if *file.public() != known => {
            Err(format!("{path} holds another key than the ledger was signed with, which is {known}"))
        }
        (Some(file), _) => Ok(format!("signed with {}; keep a copy of {path} elsewhere", file.public())),
        (None, Some(known)) => Err(format!("{path} is missing: bring back the key {known} from a copy")),
        (None, None) if config.ledger.makes_key => Ok("its key is made with the first checkpoint".to_owned()),
        (None, None) => Err(format!("there is no file {path}, which ledger.key_file names")),
    }
}

fn capability((what, capability): (&'static str, &Capability)) -> Option<Line> {
    match capability {
        Capability::Ok => Some(Line { what, result: Ok("the store can".to_owned()) }),
        Capability::Failed(reason) => Some(Line { what, result: Err(reason.clone()) }),
        Capability::Unknown => None,
    }
}

fn clock_is_right() -> Result<String, String> {
    let now = clock();
    let earliest = CLOCK_MIN.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    if now < earliest {
        return Err(format!("this machine says it is {now}: set its clock, or install an NTP client"));
    }
    Ok(format!("{now:.0}"))
}

fn public_address(config: &Config) -> Result<String, String> {
    match &config.server.public_url {
        Some(url) if url.scheme() == "https" => Ok(url.to_string()),
        Some(url) => Err(format!(
            "{url} is not https: Timemark's deliveries and your sign-in could be read on the way"
        )),
        None => {
            Ok("not set: fine on this machine alone; Timemark needs server.public_url to reach it".to_owned())
        }
    }
}
