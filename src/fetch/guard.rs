//! The rules on where a photo may be downloaded from.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::address;
use crate::config::{self, Network};

/// Why a link or an address is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refusal {
    #[error("the link is not https; fetch.allow_http would allow it")]
    Scheme,
    #[error("the link carries a user name or password")]
    UserInfo,
    #[error("the link names no host")]
    NoHost,
    #[error("the host is not one of fetch.allow_hosts")]
    Host,
    #[error("port {0} is not allowed")]
    Port(u16),
    #[error("the address {0} is not public; fetch.allow_networks would allow it")]
    NotPublic(IpAddr),
    #[error("the link leads back to Keepmark itself")]
    Own,
    #[error("a redirect leads from https to http")]
    Downgrade,
}

pub(super) struct Guard {
    allow_http: bool,
    allow_networks: Vec<Network>,
    allow_hosts: Vec<Host>,
    own: Vec<SocketAddr>,
}

impl Guard {
    pub(super) fn new(config: &config::Fetch, own: Vec<SocketAddr>) -> Self {
        Self {
            allow_http: config.allow_http,
            allow_networks: config.allow_networks.clone(),
            allow_hosts: config.allow_hosts.clone(),
            own,
        }
    }

    /// Judges all of a link that can be judged without the resolver. Returns the port.
    pub(super) fn judge(&self, url: &Url) -> Result<u16, Refusal> {
        if url.scheme() != "https" && !(url.scheme() == "http" && self.allow_http) {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        let host = url.host().ok_or(Refusal::NoHost)?;
        if !self.allow_hosts.is_empty() && !self.allow_hosts.contains(&host.to_owned()) {
            return Err(Refusal::Host);
        }
        let port = url.port_or_known_default().ok_or(Refusal::NoHost)?;
        match host {
            Host::Ipv4(address) => self.judge_address(SocketAddr::new(address.into(), port))?,
            Host::Ipv6(address) => self.judge_address(SocketAddr::new(address.into(), port))?,
            // Its addresses are judged by the resolver; a port that only an exemption allows is refused here.
            Host::Domain(_) if self.allow_networks.is_empty() => self.judge_port(port)?,
            Host::Domain(_) => {}
        }
        Ok(port)
    }

    /// Judges where a connection is about to go.
    pub(super) fn judge_address(&self, target: SocketAddr) -> Result<(), Refusal> {
        let address = target.ip().to_canonical();
        if self.own.iter().any(|own| is_own(*own, address, target.port())) {
            return Err(Refusal::Own);
        }
        if self.allow_networks.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        if !address::is_public(target.ip()) {
            return Err(Refusal::NotPublic(target.ip()));
        }
        self.judge_port(target.port())
    }

    fn judge_port(&self, port: u16) -> Result<(), Refusal> {
        if port == 443 || (port == 80 && self.allow_http) { Ok(()) } else { Err(Refusal::Port(port)) }
    }
}

/// A socket bound to all addresses is reached through every local one, and which are local is not asked: loopback
/// and the unspecified address are.
fn is_own(own: SocketAddr, address: IpAddr, port: u16) -> bool {
    let everywhere = own.ip().is_unspecified() && (address.is_loopback() || address.is_unspecified());
    port == own.port() && (own.ip().to_canonical() == address || everywhere || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow_http: bool, networks: &[&str]) -> Guard {
        Guard {
            allow_http,
            allow_networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
            allow_hosts: Vec::new(),
            own: vec!["127.0.0.1:8470".parse().unwrap()],
        }
    }

    fn judged(guard: &Guard, url: &str) -> Result<u16, Refusal> {
        guard.judge(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_https_to_public_addresses_is_allowed_by_default() {
        let strict = guard(false, &[]);
        assert_eq!(judged(&strict, "https://cdn.timemark.com/1.jpg"), Ok(443));
        assert_eq!(judged(&strict, "http://cdn.timemark.com/1.jpg"), Err(Refusal::Scheme));
        assert_eq!(judged(&strict, "https://user@cdn.timemark.com/1.jpg"), Err(Refusal::UserInfo));
        assert_eq!(judged(&strict, "https://cdn.timemark.com:8443/1.jpg"), Err(Refusal::Port(8443)));
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254"] {
            let refused = judged(&strict, &format!("https://{host}/1.jpg"));
            assert!(matches!(refused, Err(Refusal::NotPublic(_))), "{host}: {refused:?}");
        }
    }

    #[test]
    fn an_allowed_network_is_exempt_from_ranges_and_ports_but_never_our_own_socket() {
        let open = guard(true, &["127.0.0.0/8"]);
        assert_eq!(judged(&open, "http://127.0.0.1:9000/1.jpg"), Ok(9000));
        assert_eq!(judged(&open, "http://127.0.0.1:8470/hooks/timemark/x"), Err(Refusal::Own));
        assert_eq!(judged(&open, "http://[::ffff:127.0.0.1]:8470/"), Err(Refusal::Own));
        assert!(judged(&open, "http://10.0.0.1/1.jpg").is_err());
    }

    #[test]
    fn allowed_hosts_narrow_and_never_exempt() {
        let allow_hosts = ["cdn.timemark.com", "10.0.0.1"].map(|host| Host::parse(host).unwrap()).to_vec();
        let narrow = Guard { allow_hosts, ..guard(false, &[]) };
        assert!(judged(&narrow, "https://CDN.timemark.com/1.jpg").is_ok());
        assert_eq!(judged(&narrow, "https://elsewhere.com/1.jpg"), Err(Refusal::Host));
        assert!(matches!(judged(&narrow, "https://10.0.0.1/1.jpg"), Err(Refusal::NotPublic(_))));
    }
}
