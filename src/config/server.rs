//! The settings of the HTTP server.
//!
//! Never: resolves a name. What is listened on must not depend on somebody's answer.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::setting::Setting;
use super::sources::Settings;
use super::{ConfigError, Network};

/// `[server]`.
#[derive(Debug, Clone)]
pub struct Server {
    /// At least one; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Scheme, host and port alone.
    pub public_url: Option<Url>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Derived images are kept at hand up to so many bytes.
    pub image_cache_bytes: u64,
    /// How long a stop waits for work under way.
    pub shutdown: Duration,
}

impl Server {
    pub(super) fn read(settings: &mut Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            listen: listen(&settings.take("server.listen"))?,
            public_url: public_url(&settings.take("server.public_url"))?,
            trusted_proxies: settings.take("server.trusted_proxies").list(str::parse::<Network>)?,
            image_cache_bytes: settings.take("server.image_cache_bytes").number(0..=1 << 50)?,
            shutdown: settings.take("server.shutdown_secs").seconds(1..=600)?,
        })
    }
}

fn listen(setting: &Setting) -> Result<Vec<SocketAddr>, ConfigError> {
    let addresses = setting.list(|text| {
        text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8470 or [::1]:8470")
    })?;
    if addresses.is_empty() {
        return Err(setting.refused("must name at least one address, such as 127.0.0.1:8470"));
    }
    Ok(addresses)
}

/// Pages and the hook live at the root of their host, so a path would make links that lead nowhere.
fn public_url(setting: &Setting) -> Result<Option<Url>, ConfigError> {
    let url = setting.given_url()?;
    if url.as_ref().is_some_and(|url| url.path() != "/") {
        return Err(setting.refused("must end after the host or port, without a path"));
    }
    Ok(url)
}
