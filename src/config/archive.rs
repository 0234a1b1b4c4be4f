//! The settings of the archive: which store, how to reach it, how photos are filed.
//!
//! Never: contacts the store, or reads its credentials.

use std::path::{Path, PathBuf};

use url::Url;

use super::setting::Setting;
use super::sources::Settings;
use super::{ConfigError, Credentials};

/// `[archive]`.
#[derive(Debug, Clone)]
pub struct Archive {
    /// Where the objects are.
    pub url: ArchiveUrl,
    /// The address of a store that is not Amazon's; https unless `allow_http`.
    pub endpoint: Option<Url>,
    /// The region's name, not empty.
    pub region: String,
    /// Where the access key stands; nothing where the machine has a role of its own.
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

impl Archive {
    pub(super) fn read(settings: &mut Settings, state_dir: &Path) -> Result<Self, ConfigError> {
        let allow_http = settings.take("archive.allow_http").flag();
        Ok(Self {
            url: archive_url(&settings.take("archive.url"), state_dir)?,
            endpoint: endpoint(&settings.take("archive.endpoint"), allow_http)?,
            region: settings.take("archive.region").needed_text()?.to_owned(),
            credentials: Credentials::take(settings)?,
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
