//! Slowing those who guess passwords, without locking anybody out.
//!
//! An *address* from which attempts fail has to wait longer after each, up to a minute; who came in from there before
//! does not. An *account* at which attempts fail is never closed, because then anybody could close it: each attempt at it is only
//! answered later, up to some seconds, and the right password gets in.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// What is remembered of attempts. In memory: a restart forgives.
#[derive(Debug, Default)]
pub struct Patience {
    remembered: Mutex<Remembered>,
    /// Names are kept as hashes: whoever guesses chooses their length.
    hashes: RandomState,
}

#[derive(Debug, Default)]
struct Remembered {
    addresses: Failures<IpAddr>,
    accounts: Failures<u64>,
    /// Which of an address's failures were at which account.
    pairs: Failures<(IpAddr, u64)>,
    /// Who came in from where: a colleague behind the same router does not wait for somebody else's failures.
    welcome: Failures<(IpAddr, u64)>,
}

impl Remembered {
    /// Whether this account came in from there lately, and has not failed often since.
    fn is_welcome(&self, pair: &(IpAddr, u64), now: Instant) -> bool {
        let failed = self.pairs.of(pair, now).map_or(0, |(count, _)| count);
        self.welcome.of(pair, now).is_some() && failed < FREE
    }
}

/// An attempt that has begun. It counts as failed until it is known to be more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    network: IpAddr,
    account: u64,
    /// How long its answer is held back.
    pub delay: Duration,
}

impl Patience {
    /// Begins an attempt, which counts at once, so that many at a time are no way around; the error is how long this
    /// address has to wait before its next one.
    pub fn begin(&self, address: IpAddr, name: &str, now: Instant) -> Result<Attempt, Duration> {
        let (network, account) = (network(address), self.hashes.hash_one(name.trim().to_lowercase()));
        let mut remembered = self.remembered();
        let wait = remembered.addresses.of(&network, now).map_or(Duration::ZERO, |(count, last)| {
            doubled(Duration::from_secs(1), count, ADDRESS_MAX).saturating_sub(now.duration_since(last))
        });
        if !wait.is_zero() && !remembered.is_welcome(&(network, account), now) {
            return Err(wait);
        }
        let failures = remembered.accounts.of(&account, now).map_or(0, |(count, _)| count);
        remembered.addresses.add(network, now);
        remembered.accounts.add(account, now);
        remembered.pairs.add((network, account), now);
        Ok(Attempt { network, account, delay: doubled(Duration::from_millis(250), failures, ACCOUNT_MAX) })
    }

    /// The right password came: this address is forgiven what failed at this account. Failures at others stay, or
    /// whoever has an account could guess at all the others for ever; so do the account's, which are somebody else's.
    pub fn succeeded(&self, attempt: Attempt, now: Instant) {
        let mut remembered = self.remembered();
        let pair = (attempt.network, attempt.account);
        let own = remembered.pairs.0.remove(&pair).map_or(0, |(count, _)| count);
        remembered.addresses.take_back(&attempt.network, own);
        remembered.accounts.take_back(&attempt.account, 1);
        remembered.welcome.add(pair, now);
    }

    /// The attempt was not looked at: it counts for nobody.
    pub fn abandoned(&self, attempt: Attempt) {
        let mut remembered = self.remembered();
        remembered.addresses.take_back(&attempt.network, 1);
        remembered.accounts.take_back(&attempt.account, 1);
        remembered.pairs.take_back(&(attempt.network, attempt.account), 1);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn take_back(&mut self, key: &K, count: u32) {
        if let Some((failures, _)) = self.0.get_mut(key) {
            *failures = failures.saturating_sub(count);
        }
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
        let (patience, mut now) = (Patience::default(), Instant::now());
        let (bad, good) = (address("203.0.113.7"), address("203.0.113.8"));
        let mut waits = Vec::new();
        for _ in 0..14 {
            while let Err(wait) = patience.begin(bad, "ada", now) {
                waits.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(patience.begin(bad, "bob", now).is_err(), "whomever it tries next");
        assert!(patience.begin(good, "ada", now).is_ok());
    }

    #[test]
    fn many_attempts_at_once_are_as_slow_as_one_after_the_other() {
        let (patience, now) = (Patience::default(), Instant::now());
        let begun = (0..100).filter(|_| patience.begin(address("203.0.113.7"), "ada", now).is_ok()).count();
        assert_eq!(begun, usize::try_from(FREE).unwrap());
    }

    #[test]
    fn coming_in_forgives_failures_at_that_account_alone() {
        let (patience, now) = (Patience::default(), Instant::now());
        let from = address("203.0.113.7");
        let mut tried = 0;
        // Somebody with an account of his own guesses at the admin's, and comes in himself in between.
        while tried < 100 {
            let Ok(_guess) = patience.begin(from, "admin", now) else { break };
            tried += 1;
            if let Ok(own) = patience.begin(from, "ben", now) {
                patience.succeeded(own, now);
            }
        }
        assert_eq!(tried, FREE);
        let mistyped = address("203.0.113.8");
        for _ in 1..FREE {
            patience.begin(mistyped, "ada", now).unwrap();
        }
        patience.succeeded(patience.begin(mistyped, "ada", now).unwrap(), now);
        assert!((0..FREE).all(|_| patience.begin(mistyped, "ada", now).is_ok()), "all of it is forgiven");
    }

    #[test]
    fn whoever_came_in_before_does_not_wait_for_others_behind_the_same_address() {
        let (patience, now) = (Patience::default(), Instant::now());
        let office = address("203.0.113.7");
        patience.succeeded(patience.begin(office, "ada", now).unwrap(), now);
        while patience.begin(office, "bob", now).is_ok() {}
        for _ in 0..FREE {
            assert!(patience.begin(office, "Ada", now).is_ok());
        }
        assert!(patience.begin(office, "Ada", now).is_err(), "but guesses at hers are no better");
        assert!(patience.begin(office, "cleo", now).is_err());
    }

    #[test]
    fn an_attempt_that_nobody_looked_at_counts_for_nobody() {
        let (patience, now) = (Patience::default(), Instant::now());
        for _ in 0..50 {
            let attempt = patience.begin(address("203.0.113.7"), "ada", now).unwrap();
            assert_eq!(attempt.delay, Duration::ZERO);
            patience.abandoned(attempt);
        }
    }

    #[test]
    fn an_account_is_never_closed_however_many_try_it() {
        let (patience, now) = (Patience::default(), Instant::now());
        for guess in 0..5000_u32 {
            patience.begin(IpAddr::from(guess.to_be_bytes()), "Ada", now).unwrap();
        }
        let delay = |name, now| patience.begin(address("203.0.113.7"), name, now).unwrap().delay;
        assert_eq!(delay("ada", now), ACCOUNT_MAX);
        assert_eq!(delay("bob", now), Duration::ZERO);
        assert_eq!(delay("ada", now + MEMORY), Duration::ZERO, "it is forgotten");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_and_memory_is_bounded() {
        let (patience, now) = (Patience::default(), Instant::now());
        for host in 0..u16::try_from(FREE).unwrap() {
            patience.begin(address(&format!("2001:db8::{host:x}")), "ada", now).unwrap();
        }
        assert!(patience.begin(address("2001:db8::ffff"), "ada", now).is_err());
        assert!(patience.begin(address("2001:db8:0:1::1"), "ada", now).is_ok());
        for guess in 0..20_000_u32 {
            let _begun = patience.begin(IpAddr::from(guess.to_be_bytes()), &guess.to_string(), now);
        }
        let remembered = patience.remembered();
        assert!(remembered.accounts.0.len() <= REMEMBERED_MAX && remembered.pairs.0.len() <= REMEMBERED_MAX);
    }
}
