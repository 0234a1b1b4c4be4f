//! How this server is reached, for the links that commands print.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use anyhow::Context as _;

use crate::config::Config;

/// The public address, without a slash at its end; made from where the daemon listens when there is no public one.
pub(super) fn of_server(config: &Config, listening: &[SocketAddr]) -> anyhow::Result<String> {
    Ok(match &config.server.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", reachable(listening)?),
    })
}

/// The first address, with "all of them" read as this machine.
fn reachable(listening: &[SocketAddr]) -> anyhow::Result<SocketAddr> {
    let first = *listening.first().context("server.listen names no address")?;
    Ok(match first.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new([127, 0, 0, 1].into(), first.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), first.port()),
        _ => first,
    })
}
