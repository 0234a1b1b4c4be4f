//! The settings of the archive: which store, how to reach it, how photos are filed.
//!
//! Never: contacts the store, or shows its credentials.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use url::Url;

use super::setting::Setting;
use super::sources::Settings;
use super::{ConfigError, Secret};

/// Far more than any key of a store has.
const CREDENTIAL_MAX_BYTES: usize = 4096;

/// `[archive]`.
#[derive(Debug, Clone)]
pub struct Archive {
    /// Where the objects are.
    pub url: ArchiveUrl,
    /// The address of a store that is not Amazon's; https unless `allow_http`.
    pub endpoint: Option<Url>,
    /// The region's name, not empty.
    pub region: String,
    /// The access key; nothing where the machine has a role of its own.
    pub credentials: Option<Credentials>,
    /// Whether the store may be spoken to without TLS.
    pub allow_http: bool,
    /// The pattern of folders, as written.
    pub folder: String,
}

/// The place of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveUrl {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    S3 {
        /// Its name.
        bucket: String,
        /// What every key begins with: segments joined by `/`, none at either end; empty for the whole bucket.
        prefix: String,
    },
}

/// An access key.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
}

impl Archive {
    pub(super) fn read(settings: &mut Settings, state_dir: &Path) -> Result<Self, ConfigError> {
        let allow_http = settings.take("archive.allow_http").flag();
        Ok(Self {
            url: archive_url(&settings.take("archive.url"), state_dir)?,
            endpoint: endpoint(&settings.take("archive.endpoint"), allow_http)?,
            region: settings.take("archive.region").needed_text()?.to_owned(),
            credentials: credentials(settings)?,
            allow_http,
            folder: settings.take("archive.folder").needed_text()?.to_owned(),
        })
    }
}

fn archive_url(setting: &Setting, state_dir: &Path) -> Result<ArchiveUrl, ConfigError> {
    let Some(text) = setting.given_text() else { return Ok(ArchiveUrl::Folder(state_dir.join("archive"))) };
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(
            setting.refused("must not carry a user name or password: use `access_key_id` and the like")
        );
    }
    if let Some(place) = text.strip_prefix("s3://") {
        return bucket(setting, place);
    }
    if text.starts_with("file:///") {
        let url = Url::parse(text).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
        let folder = url.and_then(|url| url.to_file_path().ok());
        let escapes = "must be file:/// and a folder; write ? as %3F and # as %23 in it";
        return folder.map(ArchiveUrl::Folder).ok_or_else(|| setting.refused(escapes));
    }
    Err(setting.refused("must be file:///folder, s3://bucket or s3://bucket/prefix"))
}

/// By hand and not by the URL parser, which would percent-encode what is meant as written.
fn bucket(setting: &Setting, place: &str) -> Result<ArchiveUrl, ConfigError> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    // Amazon's limits, old buckets included: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    let lettered = bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !(3..=255).contains(&bucket.len()) || !lettered {
        return Err(
            setting.refused("must name a bucket after s3://: 3 to 255 letters, digits, dots and dashes")
        );
    }
    let plain = |segment: &str| {
        let lettered = segment.chars().all(|letter| letter.is_alphanumeric() || "-_.+=".contains(letter));
        lettered && !matches!(segment, "" | "." | "..")
    };
    if !prefix.is_empty() && !prefix.split('/').all(plain) {
        return Err(
            setting.refused("must have a prefix of letters, digits and - _ . + = between single slashes")
        );
    }
    Ok(ArchiveUrl::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

fn endpoint(setting: &Setting, allow_http: bool) -> Result<Option<Url>, ConfigError> {
    let url = setting.given_url()?;
    if !allow_http && url.as_ref().is_some_and(|url| url.scheme() == "http") {
        return Err(setting.refused("begins with http://: use https://, or set `archive.allow_http` to true"));
    }
    Ok(url)
}

fn credentials(settings: &mut Settings) -> Result<Option<Credentials>, ConfigError> {
    let (id_setting, id) = credential(settings, "archive.access_key_id", "archive.access_key_id_file")?;
    let (secret_setting, secret) =
        credential(settings, "archive.secret_access_key", "archive.secret_access_key_file")?;
    match (id, secret) {
        (Some(access_key_id), Some(secret)) => {
            Ok(Some(Credentials { access_key_id, secret_access_key: Secret::new(secret) }))
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

/// The value, given or in a file, and the setting that an error about it names.
fn credential(
    settings: &mut Settings,
    key: &str,
    file_key: &str,
) -> Result<(Setting, Option<String>), ConfigError> {
    let (given, file) = (settings.take(key), settings.take(file_key));
    match (given.given_text(), file.given_path()) {
        (Some(_), Some(_)) => Err(given.contradicts(&file, "are both set: set one of them to \"\"")),
        (Some(text), None) => {
            let text = text.to_owned();
            Ok((given, Some(text)))
        }
        (None, Some(path)) => {
            let text = credential_in_file(&file, path)?;
            Ok((file, Some(text)))
        }
        (None, None) => Ok((given, None)),
    }
}

fn credential_in_file(setting: &Setting, path: &Path) -> Result<String, ConfigError> {
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
