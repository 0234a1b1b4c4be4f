//! Opening the store that the configuration names.

use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use super::Archive;
use crate::config;
use crate::config::ArchiveUrl;
use crate::domain::object_key::PREFIX_BYTES_MAX;

/// reqwest counts this from the start of a request, its body included: room for the largest single put on a slow line.
/// What works on the store has deadlines of its own, by size.
const READ_TIMEOUT: Duration = Duration::from_mins(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Archive {
    /// Opens the store; makes a local folder where it is missing. Does not touch an S3 store: whether it works, the
    /// first use tells, and a daemon starts without it.
    pub fn open(config: &config::Archive) -> anyhow::Result<Self> {
        match &config.url {
            ArchiveUrl::Folder(folder) => Self::in_folder(folder),
            ArchiveUrl::S3 { bucket, prefix } => Self::in_bucket(config, bucket, prefix),
        }
    }

    fn in_folder(folder: &std::path::Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("could not make the archive's folder {}", folder.display()))?;
        // Without fsync a photo could be recorded as archived and be lost with the power.
        let store = LocalFileSystem::new_with_prefix(folder)
            .with_context(|| format!("could not open the archive's folder {}", folder.display()))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            takes_attributes: false,
            summing: None,
            folder: Some(folder.to_owned()),
            adapted: Arc::default(),
            locks: Arc::default(),
            place: folder.display().to_string(),
        })
    }

    fn in_bucket(config: &config::Archive, bucket: &str, prefix: &str) -> anyhow::Result<Self> {
        if prefix.len() >= PREFIX_BYTES_MAX {
            bail!("archive.url has a prefix that is too long: at most {} bytes", PREFIX_BYTES_MAX - 1);
        }
        let place =
            if prefix.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{prefix}") };
        let unusable = "the settings of [archive] do not make an S3 store";
        let plain = s3(config, bucket)?.build().context(unusable)?;
        let summing =
            s3(config, bucket)?.with_checksum_algorithm(Checksum::SHA256).build().context(unusable)?;
        let prefix = Path::parse(prefix).context("archive.url has an unusable prefix")?;
        Ok(Self {
            store: Arc::new(PrefixStore::new(plain, prefix.clone())),
            takes_attributes: true,
            summing: Some(Arc::new(PrefixStore::new(summing, prefix))),
            folder: None,
            adapted: Arc::default(),
            locks: Arc::default(),
            place,
        })
    }
}

fn s3(config: &config::Archive, bucket: &str) -> anyhow::Result<AmazonS3Builder> {
    let client = ClientOptions::new()
        .with_allow_http(config.allow_http)
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_read_timeout(READ_TIMEOUT)
        .with_timeout_disabled();
    // The queue retries with patience; here only what a moment mends.
    let retry = RetryConfig {
        max_retries: 2,
        retry_timeout: Duration::from_secs(20),
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.region)
        .with_allow_http(config.allow_http)
        .with_client_options(client)
        // Deletes are few and of the probe; single ones are what every store knows.
        .with_disable_bulk_delete(true)
        .with_retry(retry);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    if let Some(credentials) = &config.credentials {
        let key = credentials.read()?;
        builder = builder.with_access_key_id(&key.id).with_secret_access_key(key.secret.expose());
    }
    Ok(builder)
}
