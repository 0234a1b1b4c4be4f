//! Which addresses are public, by IANA's special-purpose registries (RFC 6890 and its updates).
//!
//! An IPv4 address inside an IPv6 one is judged as what it is: a way to say the same address in other words.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address belongs to the public internet: globally reachable unicast.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The address where a packet goes: of an IPv4 address that a translator takes out of an IPv6 one, that one.
pub(super) fn reached(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(inner) if contains_v6(NAT64, inner) => last_four(inner).into(),
        address => address,
    }
}

/// A network: its first address and the length of its prefix.
type Network<A> = (A, u32);

/// IANA IPv4 Special-Purpose Address Registry, multicast and the reserved class E; with the metadata address of one
/// large cloud that lies in public space.
const SPECIAL_V4: [Network<Ipv4Addr>; 18] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast and class E together, the broadcast address with them.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// IANA IPv6 Special-Purpose Address Registry, within the one block that is global unicast.
const SPECIAL_V6: [Network<Ipv6Addr>; 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Global unicast is `2000::/3` (RFC 4291, section 2.4); all else is special or not assigned.
const GLOBAL_V6: Network<Ipv6Addr> = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// The well-known prefix of NAT64 (RFC 6052): the IPv4 address inside is where the packet goes.
const NAT64: Network<Ipv6Addr> = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|&network| contains_v4(network, address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if contains_v6(NAT64, address) {
        return is_public_v4(last_four(address));
    }
    if is_isatap(address) && !is_public_v4(last_four(address)) {
        return false;
    }
    // Mapped and compatible addresses, unique-local, link-local and multicast lie outside 2000::/3; 6to4 and Teredo,
    // which tunnel to an IPv4 address of the sender's choice, are among the special ones.
    contains_v6(GLOBAL_V6, address) && !SPECIAL_V6.iter().any(|&network| contains_v6(network, address))
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

/// An interface identifier that a router may take for a tunnel to the IPv4 address in it (RFC 5214, section 6.1).
fn is_isatap(address: Ipv6Addr) -> bool {
    let [_, _, _, _, universal, marker, ..] = address.segments();
    universal & !0x0200 == 0 && marker == 0x5efe
}

fn contains_v4((first, length): Network<Ipv4Addr>, address: Ipv4Addr) -> bool {
    (u32::from(first) ^ u32::from(address)).leading_zeros() >= length
}

fn contains_v6((first, length): Network<Ipv6Addr>, address: Ipv6Addr) -> bool {
    (u128::from(first) ^ u128::from(address)).leading_zeros() >= length
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
