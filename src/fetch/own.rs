//! The daemon's own listening sockets, which are never fetched from: a link must not make the daemon talk to itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

pub(super) struct OwnSockets(Vec<SocketAddr>);

impl OwnSockets {
    pub(super) fn new(listening: Vec<SocketAddr>) -> Self {
        Self(listening)
    }

    /// Whether a connection to this address and port would end at one of them. A socket bound to all addresses is
    /// reached through every address of this machine.
    pub(super) fn contain(&self, address: IpAddr, port: u16) -> bool {
        // The unspecified address, as a target, is this machine (RFC 1122, section 3.2.1.3 and common practice).
        let leads_here = |own: IpAddr| {
            own == address || address.is_unspecified() || (own.is_unspecified() && is_local(address))
        };
        self.0.iter().any(|own| own.port() == port && leads_here(own.ip().to_canonical()))
    }
}

/// Whether an address is one of this machine's, asked of the kernel without sending anything.
fn is_local(address: IpAddr) -> bool {
    address.is_loopback() || is_source_towards_itself(address) || (can_bind(address) && !binds_anything())
}

/// The kernel reaches its own addresses from themselves; second addresses of an interface may be an exception.
fn is_source_towards_itself(address: IpAddr) -> bool {
    let unspecified: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = UdpSocket::bind((unspecified, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address)
}

fn can_bind(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Machines that take over addresses of others let programs bind what is not local (`net.ipv4.ip_nonlocal_bind`);
/// there a successful bind says nothing. No machine has an address that is kept for documentation (RFC 5737).
fn binds_anything() -> bool {
    can_bind(Ipv4Addr::new(192, 0, 2, 1).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contain(own: &str, target: &str) -> bool {
        let target: SocketAddr = target.parse().unwrap();
        OwnSockets::new(vec![own.parse().unwrap()]).contain(target.ip(), target.port())
    }

    #[test]
    fn a_socket_on_one_address_is_reached_through_that_one_and_the_unspecified_one() {
        assert!(contain("127.0.0.1:8470", "127.0.0.1:8470"));
        assert!(contain("127.0.0.1:8470", "0.0.0.0:8470"));
        assert!(contain("[::ffff:127.0.0.1]:8470", "127.0.0.1:8470"));
        assert!(!contain("127.0.0.1:8470", "127.0.0.1:8471"));
        assert!(!contain("127.0.0.1:8470", "127.0.0.2:8470"));
    }

    #[test]
    fn a_socket_on_all_addresses_is_reached_through_every_local_one_and_no_other() {
        for all in ["0.0.0.0:443", "[::]:443"] {
            assert!(
                contain(all, "127.8.9.1:443") && contain(all, "[::1]:443") && contain(all, "0.0.0.0:443")
            );
            assert!(!contain(all, "8.8.8.8:443") && !contain(all, "[2600::1]:443"));
        }
        // Whatever this machine would send from is its own.
        let outward = UdpSocket::bind("0.0.0.0:0").unwrap();
        if outward.connect("192.0.2.1:9").is_ok() {
            let interface = SocketAddr::new(outward.local_addr().unwrap().ip(), 443);
            assert!(contain("0.0.0.0:443", &interface.to_string()), "{interface}");
        }
    }
}
