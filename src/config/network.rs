//! A range of IP addresses, as an operator writes it.
//!
//! Never: widens what was written. Bits beyond the prefix are an error, because `10.1.2.3/8` is either a slip of
//! the prefix or of the address, and only the operator knows which.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// One address, or a range in CIDR notation (RFC 4632, RFC 4291 section 2.3).
///
/// Invariants: the prefix is at most the width of the address, no bit beyond the prefix is set, and the address
/// is no IPv4-mapped one (RFC 4291 section 2.5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNetwork {
    /// The part before the slash.
    #[error("it is no IP address or network, such as 10.0.0.0/8 or 192.168.7.20")]
    Address,
    /// The part after the slash.
    #[error("its prefix must be a number from 0 to {0}")]
    Prefix(u32),
    /// The address lies inside the range instead of naming its start.
    #[error(
        "it sets bits beyond its prefix: write {range} for the range, or {address} for the address alone"
    )]
    HostBits {
        /// The range with those bits cleared.
        range: Network,
        /// The address as written.
        address: IpAddr,
    },
    /// `::ffff:0:0/96`.
    #[error("it is IPv4 written as IPv6: write it as IPv4")]
    Mapped,
}

impl Network {
    /// Whether the address lies in the range. An IPv4-mapped IPv6 address counts as the IPv4 address that it
    /// reaches; no IPv6 range holds an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.prefix) == self.address
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NoNetwork::Address)?;
        if address != address.to_canonical() {
            return Err(NoNetwork::Mapped);
        }
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix_length(prefix, width).ok_or(NoNetwork::Prefix(width))?,
            None => width,
        };
        let range = Self { address: masked(address, prefix), prefix };
        if range.address == address { Ok(range) } else { Err(NoNetwork::HostBits { range, address }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn prefix_length(text: &str, width: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|prefix| digits && *prefix <= width)
}

/// The address with every bit beyond the prefix cleared. A shift by the whole width leaves nothing.
fn masked(address: IpAddr, prefix: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_its_first_and_last_address_and_nothing_beside() {
        for (network, inside, outside) in [
            ("127.0.0.0/8", ["127.0.0.0", "127.255.255.255"], ["126.255.255.255", "128.0.0.0"]),
            ("10.0.0.4/30", ["10.0.0.4", "10.0.0.7"], ["10.0.0.3", "10.0.0.8"]),
            ("192.168.7.20", ["192.168.7.20", "::ffff:192.168.7.20"], ["192.168.7.19", "192.168.7.21"]),
            ("fd00::/8", ["fd00::", "fdff:ffff::1"], ["fcff::1", "fe00::"]),
            ("::1", ["::1", "0:0:0:0:0:0:0:1"], ["::", "::2"]),
        ] {
            assert!(inside.iter().all(|address| holds(network, address)), "{network}");
            assert!(!outside.iter().any(|address| holds(network, address)), "{network}");
        }
    }

    #[test]
    fn the_widest_ranges_keep_to_their_own_family() {
        assert!(holds("0.0.0.0/0", "255.255.255.255") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "ff02::1") && !holds("::/0", "10.0.0.1"));
        assert!(holds("0.0.0.0/0", "::ffff:10.0.0.1") && !holds("::/0", "::ffff:10.0.0.1"));
    }

    #[test]
    fn what_is_no_network_is_refused_with_the_reason() {
        let reason = |text: &str| text.parse::<Network>().unwrap_err().to_string();
        let address = "it is no IP address or network, such as 10.0.0.0/8 or 192.168.7.20";
        for text in ["", "localhost", "10.0.0", "10.0.0.0.0/8", "/8", "[::1]", "10.0.0.1:80"] {
            assert_eq!(reason(text), address, "{text}");
        }
        for text in ["10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8"] {
            assert_eq!(reason(text), "its prefix must be a number from 0 to 32", "{text}");
        }
        assert_eq!(reason("fd00::/129"), "its prefix must be a number from 0 to 128");
        assert_eq!(reason("::ffff:10.0.0.0/104"), "it is IPv4 written as IPv6: write it as IPv4");
        assert_eq!(
            reason("10.1.2.3/8"),
            "it sets bits beyond its prefix: write 10.0.0.0/8 for the range, or 10.1.2.3 for the \
             address alone"
        );
    }
}
