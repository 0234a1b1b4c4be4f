//! The settings of the download.
//!
//! Never: decides whether a link is allowed; that is the download's own judgement.

use std::time::Duration;

use url::Host;

use super::sources::Settings;
use super::{ConfigError, Network};

/// `[fetch]`.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Networks that are exempt from the rules on ranges and ports.
    pub allow_networks: Vec<Network>,
    /// Whether links without TLS are followed.
    pub allow_http: bool,
    /// If not empty, the only hosts; in the spelling of a parsed URL.
    pub allow_hosts: Vec<Host>,
    /// The largest file.
    pub size_max_bytes: u64,
    /// For one whole transfer.
    pub timeout: Duration,
    /// Without a byte.
    pub stall: Duration,
    /// Downloads at once from one host, at least 1.
    pub per_host: usize,
}

impl Fetch {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            allow_networks: settings.take("fetch.allow_networks").list(str::parse::<Network>)?,
            allow_http: settings.take("fetch.allow_http").flag(),
            allow_hosts: settings.take("fetch.allow_hosts").list(host)?,
            size_max_bytes: settings.take("fetch.size_max_bytes").number(1 << 10..=1 << 40)?,
            timeout: settings.take("fetch.timeout_secs").seconds(1..=86_400)?,
            stall: settings.take("fetch.stall_secs").seconds(1..=3600)?,
            per_host: settings.take("fetch.per_host").number(1..=64)?,
        })
    }
}

/// The URL parser's own reading, so that it compares equal to the host of a link.
fn host(text: &str) -> Result<Host, &'static str> {
    let advice = "write a host name alone, such as photos.example.com, without scheme, port, path or *";
    Host::parse(text).ok().filter(|_| !text.contains('*')).ok_or(advice)
}
