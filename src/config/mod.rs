//! The configuration: from the layers of settings to checked values, one struct a component.
//!
//! Never: a default (they stand in `config.toml` alone, which is compiled in), a look at the process's
//! environment, or a value of a secret in a text.

mod archive;
mod audit;
mod backup;
mod credentials;
mod disk;
mod error;
mod fetch;
mod hook;
pub mod hook_tokens;
mod known;
mod ledger;
mod log;
mod map;
mod network;
mod secret;
mod server;
mod setting;
mod sources;
mod status;
mod verdict;
mod worker;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

pub use archive::{Archive, ArchiveUrl};
pub use audit::Audit;
pub use backup::Backup;
pub use credentials::{AccessKey, Credentials};
pub use disk::Disk;
pub use error::ConfigError;
pub use fetch::Fetch;
pub use hook::Hook;
pub use ledger::Ledger;
pub use log::{Log, LogFormat};
pub use map::Map;
pub use network::{Network, NoNetwork};
pub use secret::Secret;
pub use server::Server;
pub use status::Status;
pub use verdict::{TimestampMeaning, Verdict};
pub use worker::Worker;

use sources::{DEFAULTS, Settings};

const FILE_VARIABLE: &str = "KEEPMARK_CONFIG";
const SYSTEM_FILE: &str = "/etc/keepmark/config.toml";

/// Every setting, checked. What each means stands in `config.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The state folder, as written: relative to the working directory, perhaps not there yet.
    pub state_dir: PathBuf,
    /// The HTTP server.
    pub server: Server,
    /// The webhook.
    pub hook: Hook,
    /// The archive.
    pub archive: Archive,
    /// Copies of the database.
    pub backup: Backup,
    /// The download.
    pub fetch: Fetch,
    /// The worker pool.
    pub worker: Worker,
    /// The judgement.
    pub verdict: Verdict,
    /// The room that is kept free.
    pub disk: Disk,
    /// The reading again of what is archived.
    pub audit: Audit,
    /// What calls for a person.
    pub status: Status,
    /// The map.
    pub map: Map,
    /// The ledger.
    pub ledger: Ledger,
    /// The log.
    pub log: Log,
}

/// A configuration and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// For a line on stderr.
    pub origin: Origin,
}

/// Where a configuration came from.
///
/// Displayed as `configuration: /etc/keepmark/config.toml with KEEPMARK__STATE_DIR from the environment`; names
/// of variables only, never their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, or nothing for the built-in defaults.
    pub file: Option<PathBuf>,
    /// The names of the variables that override a setting, sorted.
    pub variables: Vec<String>,
}

impl Config {
    /// Reads the file named by the argument (`--config`), else by `KEEPMARK_CONFIG` in the environment (empty
    /// counts as not set), else `/etc/keepmark/config.toml` if it exists; over it lays the variables
    /// `KEEPMARK__…`; and checks all of it. The files that `…_file` settings of secrets name are read by [`Credentials::read`] alone.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, ConfigError> {
        let environment: Vec<_> = environment.into_iter().collect();
        load(file, &environment, Path::new(SYSTEM_FILE))
    }

    fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        let state_dir = PathBuf::from(settings.take("state_dir").needed_text()?);
        Ok(Self {
            server: Server::read(settings)?,
            hook: Hook::read(settings, &state_dir)?,
            archive: Archive::read(settings, &state_dir)?,
            backup: Backup::read(settings, &state_dir)?,
            fetch: Fetch::read(settings)?,
            worker: Worker::read(settings)?,
            verdict: Verdict::read(settings)?,
            disk: Disk::read(settings)?,
            audit: Audit::read(settings)?,
            status: Status::read(settings)?,
            map: Map::read(settings)?,
            ledger: Ledger::read(settings, &state_dir)?,
            log: Log::read(settings)?,
            state_dir,
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(path) => write!(f, "configuration: {}", path.display())?,
            None => f.write_str("configuration: built-in defaults")?,
        }
        if self.variables.is_empty() {
            return Ok(());
        }
        write!(f, " with {} from the environment", self.variables.join(", "))
    }
}

fn load(
    argument: Option<&Path>,
    environment: &[(OsString, OsString)],
    system_file: &Path,
) -> Result<Loaded, ConfigError> {
    let mut settings = Settings::defaults(DEFAULTS);
    let variable = environment.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    let named = argument.map(|path| (path, "--config"));
    let named = named.or_else(|| variable.map(|(_, path)| (Path::new(path), FILE_VARIABLE)));
    let file = match named {
        Some((path, named_by)) => {
            let text = read_file(path)?;
            Some((path, text.ok_or_else(|| ConfigError::MissingFile { path: path.to_owned(), named_by })?))
        }
        None => read_file(system_file)?.map(|text| (system_file, text)),
    };
    if let Some((path, text)) = &file {
        settings.overlay_file(path, text)?;
    }
    let file = file.map(|(path, _)| path.to_owned());
    let variables = settings.overlay_environment(environment)?;
    Ok(Loaded { config: Config::read(&mut settings)?, origin: Origin { file, variables } })
}

/// The text of a file, or nothing where there is none.
fn read_file(path: &Path) -> Result<Option<String>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::UnreadableFile { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
