//! The borders of every range that is not public, and what lies outside.

use proptest::prelude::*;

use super::*;

fn public(text: &str) -> bool {
    is_public(text.parse().unwrap())
}

/// What the registries say, written down once more and apart from the code: first and last address of each range that
/// is not public. Neighbours are one range.
const NOT_PUBLIC_V4: [(&str, &str); 18] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
];

/// As above; the well-known prefix of NAT64 has borders of its own.
const NOT_PUBLIC_V6: [(&str, &str); 7] = [
    ("64:ff9b:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

fn v4(text: &str) -> u32 {
    text.parse::<Ipv4Addr>().unwrap().to_bits()
}

fn v6(text: &str) -> u128 {
    text.parse::<Ipv6Addr>().unwrap().to_bits()
}

fn expected_v4(bits: u32) -> bool {
    !NOT_PUBLIC_V4.iter().any(|(first, last)| (v4(first)..=v4(last)).contains(&bits))
}

fn public_v4(bits: u32) -> bool {
    is_public(Ipv4Addr::from_bits(bits).into())
}

fn public_v6(bits: u128) -> bool {
    is_public(Ipv6Addr::from_bits(bits).into())
}

#[test]
fn the_borders_of_every_range_are_exact() {
    for (first, last) in NOT_PUBLIC_V4 {
        let (low, high) = (v4(first), v4(last));
        assert!(!public_v4(low) && !public_v4(high), "{first} to {last}");
        for outside in [low.checked_sub(1), high.checked_add(1)].into_iter().flatten() {
            assert!(public_v4(outside), "beside {first} to {last}");
        }
    }
    for (first, last) in NOT_PUBLIC_V6 {
        let (low, high) = (v6(first), v6(last));
        assert!(!public_v6(low) && !public_v6(high), "{first} to {last}");
        // Below 2000:: all is refused but what NAT64 leads to.
        for outside in
            [low.checked_sub(1), high.checked_add(1)].into_iter().flatten().filter(|&at| at >> 125 == 1)
        {
            assert!(public_v6(outside), "beside {first} to {last}");
        }
    }
}

#[test]
fn nat64_is_judged_by_the_ipv4_address_inside_and_its_local_form_is_refused() {
    let prefix = v6("64:ff9b::");
    for (first, last) in NOT_PUBLIC_V4 {
        for inside in [v4(first), v4(last)] {
            assert!(!public_v6(prefix | u128::from(inside)), "{first} to {last}");
        }
    }
    assert!(public("64:ff9b::8.8.8.8") && public("64:ff9b::1.0.0.0") && public("64:ff9b::223.255.255.255"));
    assert!(!public_v6(prefix - 1) && !public_v6(prefix + (1 << 32)));
    assert!(!public("64:ff9b:1::8.8.8.8"));
    assert_eq!(reached("64:ff9b::127.0.0.1".parse().unwrap()), "127.0.0.1".parse::<IpAddr>().unwrap());
    assert_eq!(reached("::ffff:127.0.0.1".parse().unwrap()), "127.0.0.1".parse::<IpAddr>().unwrap());
}

proptest! {
    #[test]
    fn any_ipv4_address_is_public_unless_a_range_holds_it(bits: u32) {
        prop_assert_eq!(public_v4(bits), expected_v4(bits));
    }

    #[test]
    fn near_every_border_each_side_is_judged_by_itself(range in 0..NOT_PUBLIC_V4.len(), off in -300_i64..=300, upper: bool) {
        let (first, last) = NOT_PUBLIC_V4[range];
        let border = i64::from(if upper { v4(last) } else { v4(first) });
        if let Ok(bits) = u32::try_from(border + off) {
            prop_assert_eq!(public_v4(bits), expected_v4(bits), "{}", Ipv4Addr::from_bits(bits));
        }
    }

    #[test]
    fn inside_a_range_of_ipv6_nothing_is_public(range in 0..NOT_PUBLIC_V6.len(), at: u128) {
        let (first, last) = NOT_PUBLIC_V6[range];
        let (first, width) = (v6(first), v6(last) - v6(first));
        prop_assert!(!public_v6(first + width.checked_add(1).map_or(at, |count| at % count)));
    }

    #[test]
    fn outside_of_them_all_global_unicast_is_public(at: u128) {
        let bits = (at >> 3) | (1 << 125);
        let special = NOT_PUBLIC_V6.iter().any(|(first, last)| (v6(first)..=v6(last)).contains(&bits));
        let isatap = (bits >> 32) & 0xfdff_ffff == 0x5efe;
        prop_assume!(!isatap);
        prop_assert_eq!(public_v6(bits), !special);
    }

    #[test]
    fn no_way_to_say_ipv4_in_ipv6_makes_a_private_address_public(range in 0..NOT_PUBLIC_V4.len(), at: u32) {
        let (first, last) = NOT_PUBLIC_V4[range];
        let width = u64::from(v4(last) - v4(first)) + 1;
        let inside = u128::from(v4(first)) + u128::from(u64::from(at) % width);
        for (what, bits) in [
            ("compatible", inside),
            ("mapped", v6("::ffff:0:0") | inside),
            ("translated", v6("::ffff:0:0:0") | inside),
            ("NAT64", v6("64:ff9b::") | inside),
            ("local NAT64", v6("64:ff9b:1::") | inside),
            ("6to4", v6("2002::") | inside << 80),
            ("Teredo server", v6("2001::") | inside << 64),
            ("Teredo client", v6("2001::") | (inside ^ 0xffff_ffff)),
            ("ISATAP", v6("2606:4700::5efe:0:0") | inside),
            ("global ISATAP", v6("2606:4700::200:5efe:0:0") | inside),
        ] {
            prop_assert!(!public_v6(bits), "{what}: {}", Ipv6Addr::from_bits(bits));
        }
    }
}
