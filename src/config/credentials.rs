//! The access key of the store: where it stands, and the reading of it.
//!
//! Never: reads a file before somebody speaks to the store. Commands that do not must work where the secret is not
//! there for them: as a credential of systemd it exists only while the service runs.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::setting::Setting;
use super::sources::Settings;
use super::{ConfigError, Secret};

/// Far more than any key of a store has.
const CREDENTIAL_MAX_BYTES: usize = 4096;

/// Where the two parts of an access key stand; both are given.
#[derive(Debug, Clone)]
pub struct Credentials {
    access_key_id: Source,
    secret_access_key: Source,
}

/// An access key.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

/// One part of an access key.
#[derive(Debug, Clone)]
enum Source {
    Given(Secret),
    /// The setting that names a file with it on one line.
    File(FileSetting),
}

/// `Debug` shows the name of the setting alone: a secret may have been written in the place of its path.
#[derive(Clone)]
struct FileSetting(Setting);

impl std::fmt::Debug for FileSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.described())
    }
}

impl Credentials {
    /// Nothing where neither part is given; one part alone is refused.
    pub(super) fn take(settings: &mut Settings) -> Result<Option<Self>, ConfigError> {
        let (id_setting, id) = source(settings, "archive.access_key_id", "archive.access_key_id_file")?;
        let (secret_setting, secret) =
            source(settings, "archive.secret_access_key", "archive.secret_access_key_file")?;
        match (id, secret) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Ok(Some(Self { access_key_id, secret_access_key }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(id_setting.refused("is set without `archive.secret_access_key`: set both or neither"))
            }
            (None, Some(_)) => {
                Err(secret_setting.refused("is set without `archive.access_key_id`: set both or neither"))
            }
        }
    }

    /// Reads the key, from files where they are named: for the one who speaks to the store.
    pub fn read(&self) -> Result<AccessKey, ConfigError> {
        Ok(AccessKey {
            id: self.access_key_id.read()?.expose().to_owned(),
            secret: self.secret_access_key.read()?,
        })
    }
}

impl Source {
    fn read(&self) -> Result<Secret, ConfigError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::File(FileSetting(setting)) => in_file(setting, Path::new(setting.text())).map(Secret::new),
        }
    }
}

/// The source, given or in a file, and the setting that an error about it names.
fn source(
    settings: &mut Settings,
    key: &str,
    file_key: &str,
) -> Result<(Setting, Option<Source>), ConfigError> {
    let (given, file) = (settings.take(key), settings.take(file_key));
    match (given.given_text(), file.given_path()) {
        (Some(_), Some(_)) => Err(given.contradicts(&file, "are both set: set one of them to \"\"")),
        (Some(text), None) => {
            let source = Source::Given(Secret::new(text.to_owned()));
            Ok((given, Some(source)))
        }
        (None, Some(_)) => Ok((file.clone(), Some(Source::File(FileSetting(file))))),
        (None, None) => Ok((given, None)),
    }
}

fn in_file(setting: &Setting, path: &Path) -> Result<String, ConfigError> {
    let content = read_start(path)
        .map_err(|source| ConfigError::UnreadableSecret { setting: setting.described(), source })?;
    let short = Some(content).filter(|content| content.len() <= CREDENTIAL_MAX_BYTES);
    let text = short.and_then(|content| String::from_utf8(content).ok()).unwrap_or_default();
    let line = text.trim();
    if line.is_empty() || line.contains(char::is_control) {
        return Err(setting.refused("names a file that must hold one line of text and nothing else"));
    }
    Ok(line.to_owned())
}

/// As much as tells a credential from something longer: the file may be a device without an end.
fn read_start(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(CREDENTIAL_MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}
