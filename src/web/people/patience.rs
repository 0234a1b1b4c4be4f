//! Slowing those who guess passwords, without locking anybody out.
//!
//! An *address* from which attempts fail has to wait longer after each, up to a minute: that is its own trouble. An
//! *account* at which attempts fail is never closed, because then anybody could close it: each attempt at it is only
//! answered later, up to some seconds, and the right password gets in.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts that are nobody's business: people mistype.
const FREE: u32 = 5;
/// The longest wait between two attempts from one address.
const ADDRESS_MAX: Duration = Duration::from_mins(1);
/// The longest wait for the answer to an attempt at one account.
const ACCOUNT_MAX: Duration = Duration::from_secs(4);
/// Failures are forgotten after this.
const MEMORY: Duration = Duration::from_mins(30);
/// How many addresses and accounts are remembered; the oldest go first.
const REMEMBERED_MAX: usize = 10_000;

/// What is remembered of failures. In memory: a restart forgives.
#[derive(Debug, Default)]
pub struct Patience {
    addresses: Mutex<Failures<IpAddr>>,
    accounts: Mutex<Failures<String>>,
}

impl Patience {
    /// How long an address must still wait before its next attempt; zero lets it go on.
    pub fn wait_of_address(&self, address: IpAddr, now: Instant) -> Duration {
        let failures = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        failures.of(&network(address), now).map_or(Duration::ZERO, |(count, last)| {
            doubled(Duration::from_secs(1), count, ADDRESS_MAX).saturating_sub(now.duration_since(last))
        })
    }

    /// How long the answer to an attempt at an account is held back.
    pub fn delay_of_account(&self, name: &str, now: Instant) -> Duration {
        let failures = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.of(&name.to_lowercase(), now).map_or(0, |(count, _)| count);
        doubled(Duration::from_millis(250), count, ACCOUNT_MAX)
    }

    /// Remembers an attempt that failed.
    pub fn failed(&self, address: IpAddr, name: &str, now: Instant) {
        let addresses = &mut self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.add(network(address), now);
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).add(name.to_lowercase(), now);
    }

    /// Forgets an address from which the right password came. The account's failures stay: they are somebody else's.
    pub fn succeeded(&self, address: IpAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&network(address));
    }
}

/// A person with IPv6 has a whole /64 to change addresses in.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

fn doubled(first: Duration, failures: u32, max: Duration) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => first.saturating_mul(1 << more.min(16)).min(max),
    }
}

/// How often something failed lately, and when last.
#[derive(Debug)]
struct Failures<K>(HashMap<K, (u32, Instant)>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone> Failures<K> {
    fn of(&self, key: &K, now: Instant) -> Option<(u32, Instant)> {
        self.0.get(key).copied().filter(|(_, last)| now.duration_since(*last) < MEMORY)
    }

    fn add(&mut self, key: K, now: Instant) {
        let count = self.of(&key, now).map_or(0, |(count, _)| count);
        if self.0.len() >= REMEMBERED_MAX {
            self.0.retain(|_, (_, last)| now.duration_since(*last) < MEMORY);
        }
        if self.0.len() >= REMEMBERED_MAX {
            let oldest = self.0.iter().min_by_key(|(_, (_, last))| *last).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        self.0.insert(key, (count.saturating_add(1), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_fails_waits_longer_each_time_and_others_do_not() {
        let (patience, now) = (Patience::default(), Instant::now());
        let (bad, good) = (address("203.0.113.7"), address("203.0.113.8"));
        let mut waits = Vec::new();
        for _ in 0..14 {
            waits.push(patience.wait_of_address(bad, now).as_secs());
            patience.failed(bad, "ada", now);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(patience.wait_of_address(good, now), Duration::ZERO);
        assert_eq!(patience.wait_of_address(bad, now + ADDRESS_MAX), Duration::ZERO, "it has waited");
        patience.succeeded(bad);
        assert_eq!(patience.wait_of_address(bad, now), Duration::ZERO);
    }

    #[test]
    fn an_account_is_never_closed_however_many_try_it() {
        let (patience, now) = (Patience::default(), Instant::now());
        for guess in 0..5000_u32 {
            patience.failed(IpAddr::from(guess.to_be_bytes()), "Ada", now);
        }
        assert_eq!(patience.delay_of_account("ada", now), ACCOUNT_MAX);
        assert_eq!(patience.delay_of_account("bob", now), Duration::ZERO);
        assert_eq!(patience.delay_of_account("ada", now + MEMORY), Duration::ZERO, "it is forgotten");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_and_memory_is_bounded() {
        let (patience, now) = (Patience::default(), Instant::now());
        for host in 0..6_u16 {
            patience.failed(address(&format!("2001:db8::{host:x}")), "ada", now);
        }
        assert!(patience.wait_of_address(address("2001:db8::ffff"), now) > Duration::ZERO);
        assert_eq!(patience.wait_of_address(address("2001:db8:0:1::1"), now), Duration::ZERO);
        for guess in 0..20_000_u32 {
            patience.failed(IpAddr::from(guess.to_be_bytes()), &guess.to_string(), now);
        }
        assert!(patience.accounts.lock().unwrap().0.len() <= REMEMBERED_MAX);
    }
}
