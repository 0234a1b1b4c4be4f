//! The retry schedule, as a function of the try and of chance.
//!
//! Full jitter: the wait is drawn from zero to a ceiling that doubles with each try, so that a crowd that failed
//! together does not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

use super::job::Class;

/// The ceiling of the first wait. A host that is still receiving a file itself needs minutes, not seconds.
fn base_ms(class: Class) -> i64 {
    match class {
        Class::Incomplete => 5 * 60_000,
        _ => 2_000,
    }
}

/// The longest wait, by class: a link lives for an unknown time, our own store comes back in minutes.
fn ceiling_ms(class: Class) -> i64 {
    match class {
        Class::Store | Class::OwnDisk => 60_000,
        Class::Gone | Class::NotAPhoto | Class::Incomplete => 20 * 60_000,
        _ => 60 * 60_000,
    }
}

/// Milliseconds to wait before the try after `tries` failed ones; `jitter` lies in 0..1.
pub fn delay_ms(class: Class, tries: u32, jitter: f64) -> i64 {
    let doubled =
        base_ms(class).saturating_mul(1_i64.checked_shl(tries.saturating_sub(1).min(32)).unwrap_or(i64::MAX));
    let ceiling = doubled.min(ceiling_ms(class));
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "at most an hour in ms")]
    let delay = (ceiling as f64 * jitter.clamp(0.0, 1.0)) as i64;
    delay
}

/// The longest wait between two looks at a store in trouble.
const LOOK_MAX_MS: i64 = 2 * 60_000;

/// Milliseconds to wait before a store in trouble is looked at again, after `looks` in vain; `jitter` lies in 0..1. At
/// least half the ceiling: there is one who looks and no crowd, but perhaps another Keepmark on the same store.
pub fn look_ms(looks: u32, jitter: f64) -> i64 {
    let doubled = 1_000_i64.saturating_mul(1_i64 << looks.saturating_sub(1).min(20));
    let ceiling = doubled.min(LOOK_MAX_MS);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "at most two minutes in ms"
    )]
    let jittered = (ceiling as f64 * jitter.clamp(0.0, 1.0) / 2.0) as i64;
    ceiling / 2 + jittered
}

/// What a host asks for by `Retry-After` (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// From the answer on.
    Seconds(u64),
    /// Until a time, milliseconds since 1970 UTC.
    Until(i64),
}

/// The longest rest that is granted: a host cannot put its photos off for days.
const REST_MAX_MS: i64 = 6 * 60 * 60_000;

impl Rest {
    /// When it ends, milliseconds since 1970 UTC; never before now, and at most six hours from now.
    pub fn until_ms(self, now_ms: i64) -> i64 {
        let wait_ms = match self {
            Self::Seconds(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000),
            Self::Until(time_ms) => time_ms.saturating_sub(now_ms),
        };
        now_ms.saturating_add(wait_ms.clamp(0, REST_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_and_ends_at_the_classes_longest_wait() {
        let ceilings: Vec<i64> = (1..=6).map(|tries| delay_ms(Class::Network, tries, 1.0)).collect();
        assert_eq!(ceilings, [2_000, 4_000, 8_000, 16_000, 32_000, 64_000]);
        assert_eq!(delay_ms(Class::Network, u32::MAX, 1.0), 3_600_000);
        assert_eq!(delay_ms(Class::Gone, 40, 1.0), 1_200_000);
    }

    #[test]
    fn looks_at_a_store_in_trouble_grow_to_two_minutes_and_no_further() {
        let latest: Vec<i64> = (1..=9).map(|looks| look_ms(looks, 1.0)).collect();
        assert_eq!(latest, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000]);
        assert_eq!(look_ms(u32::MAX, 0.0), 60_000);
    }

    #[test]
    fn jitter_spreads_the_wait_from_zero() {
        assert_eq!(delay_ms(Class::Server, 3, 0.0), 0);
        assert_eq!(delay_ms(Class::Server, 3, 0.25), 2_000);
    }

    #[test]
    fn a_rest_lasts_six_hours_at_most_and_never_ends_in_the_past() {
        assert_eq!(Rest::Seconds(30).until_ms(1_000), 31_000);
        assert_eq!(Rest::Until(5_000).until_ms(1_000), 5_000);
        assert_eq!(Rest::Until(500).until_ms(1_000), 1_000);
        for endless in [Rest::Seconds(u64::MAX), Rest::Seconds(21_601), Rest::Until(i64::MAX)] {
            assert_eq!(endless.until_ms(1_000), 1_000 + 6 * 3_600_000);
        }
    }
}
