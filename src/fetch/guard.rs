//! The rules on where a photo may be downloaded from.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::address;
use super::own::OwnSockets;
use crate::config::{self, Network};

/// Why a link or an address is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refusal {
    #[error("the link is not https; fetch.allow_http would allow it")]
    Http,
    #[error("the link is neither https nor http: `keepmark attach` takes the photo by hand")]
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
    own: OwnSockets,
}

impl Guard {
    pub(super) fn new(config: &config::Fetch, own: OwnSockets) -> Self {
        Self {
            allow_http: config.allow_http,
            allow_networks: config.allow_networks.clone(),
            allow_hosts: config.allow_hosts.clone(),
            own,
        }
    }

    /// Judges all of a link that can be judged without the resolver. Returns the port.
    pub(super) fn judge(&self, url: &Url) -> Result<u16, Refusal> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(Refusal::Http),
            _ => return Err(Refusal::Scheme),
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
        if self.own.contain(address::reached(address), target.port()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow_http: bool, networks: &[&str]) -> Guard {
        Guard {
            allow_http,
            allow_networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
            allow_hosts: Vec::new(),
            own: OwnSockets::new(vec!["127.0.0.1:8470".parse().unwrap()]),
        }
    }

    /// Public addresses: content networks, resolvers, and the neighbours of every private range.
    const PUBLIC: &str = "\
        1.0.0.0 1.1.1.1 1.0.0.1 2.16.1.1 3.5.140.2 4.2.2.2 5.9.0.1 8.8.8.8 8.8.4.4 9.9.9.9 \
        9.255.255.255 11.0.0.0 13.32.0.1 13.107.42.14 17.253.144.10 18.64.0.1 20.150.38.228 23.32.0.1 \
        31.13.64.35 34.64.4.1 35.190.0.1 37.16.0.1 40.112.72.205 43.132.0.1 45.60.0.1 47.88.0.1 \
        47.246.0.1 49.51.0.1 50.16.0.1 52.92.16.1 52.216.0.1 54.231.0.1 63.0.0.1 64.233.160.1 66.22.0.1 \
        69.171.250.35 72.21.81.240 74.125.0.1 80.67.169.12 91.198.174.192 93.184.216.34 95.100.0.1 \
        99.84.0.1 100.63.255.255 100.128.0.0 101.32.0.1 103.21.244.1 104.16.0.1 104.244.42.1 \
        108.156.0.1 116.202.0.1 120.24.0.1 126.255.255.255 128.0.0.0 129.6.15.28 130.89.148.14 \
        139.162.0.1 140.82.112.3 142.250.0.1 151.101.1.69 157.240.0.35 162.159.0.1 168.63.129.15 \
        168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 172.64.0.1 185.199.108.153 \
        191.255.255.255 192.0.1.1 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 \
        199.232.0.1 203.0.112.255 203.0.114.0 216.58.192.1 223.255.255.255 2001:200::1 \
        2001:4860:4860::8888 2001:67c:4e8:f004::9 2003::1 2400:cb00::1 2404:6800:4003::1 2406:da00::1 \
        2408:4000::1 2600:: 2600:1f18::1 2600:9000::1 2606:4700:4700::1111 2607:f8b0::1 2620:4f:7fff::1 \
        2620:4f:8001::1 2620:fe::fe 2800:3f0::1 2a00:1450::1 2a03:2880::1 2a04:4e42::1 2c0f:fb50::1 \
        3ffe:ffff::1 64:ff9b::8.8.8.8 64:ff9b::93.184.216.34 \
        ";

    fn judged(guard: &Guard, url: &str) -> Result<u16, Refusal> {
        guard.judge(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_https_to_public_addresses_is_allowed_by_default() {
        let strict = guard(false, &[]);
        assert_eq!(judged(&strict, "https://cdn.timemark.com/1.jpg"), Ok(443));
        assert_eq!(judged(&strict, "http://cdn.timemark.com/1.jpg"), Err(Refusal::Http));
        assert_eq!(judged(&strict, "ftp://cdn.timemark.com/1.jpg"), Err(Refusal::Scheme));
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

    #[test]
    fn a_hundred_public_addresses_pass_as_links_and_as_answers() {
        let strict = guard(false, &[]);
        let samples: Vec<IpAddr> = PUBLIC.split_whitespace().map(|text| text.parse().unwrap()).collect();
        assert!(samples.len() >= 100, "{}", samples.len());
        for address in samples {
            let target = SocketAddr::new(address, 443);
            assert_eq!(strict.judge_address(target), Ok(()), "{address}");
            assert_eq!(judged(&strict, &format!("https://{target}/1.jpg")), Ok(443), "{address}");
            assert_eq!(
                strict.judge_address(SocketAddr::new(address, 80)),
                Err(Refusal::Port(80)),
                "{address}"
            );
        }
    }
}
