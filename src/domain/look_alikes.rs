//! All fingerprints in memory, to find those near to one.
//!
//! Never stored: it is filled from the catalogue at the start. A linear scan, because it is fast enough for a million
//! photos and, unlike a tree, as fast on bursts as on chance; 40 bytes a photo.

use std::collections::BinaryHeap;

use super::fingerprint::Fingerprint;

/// Fingerprints looked at together: their distances stay in the processor's nearest cache.
const BLOCK: usize = 512;

/// Fingerprints with the ids of their photos.
///
/// The first and the second halves lie apart. Half a fingerprint rules almost every photo out, so that most of the
/// second halves are never read.
#[derive(Debug, Default)]
pub struct LookAlikes {
    ids: Vec<i64>,
    first: Vec<[u64; 2]>,
    second: Vec<[u64; 2]>,
}

impl LookAlikes {
    /// Adds a photo. One that is pushed twice is found twice.
    pub fn push(&mut self, fingerprint: Fingerprint, id: i64) {
        let [a, b, c, d] = fingerprint.words();
        self.ids.push(id);
        self.first.push([a, b]);
        self.second.push([c, d]);
    }

    /// How many photos there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The photos at most `distance_max` bits away as `(id, distance)`: nearest first, among equals the lowest id, and
    /// no more than `limit`.
    pub fn near(&self, fingerprint: Fingerprint, distance_max: u32, limit: usize) -> Vec<(i64, u32)> {
        let [a, b, c, d] = fingerprint.words();
        let mut nearest = Nearest { limit, distance_max, found: BinaryHeap::new() };
        let mut distances = [0; BLOCK];
        let blocks = self.first.chunks(BLOCK).zip(self.second.chunks(BLOCK)).zip(self.ids.chunks(BLOCK));
        for ((first, second), ids) in blocks {
            let distances = &mut distances[..first.len()];
            if !any_within(first, [a, b], nearest.distance_max, distances) {
                continue;
            }
            for ((half, rest), id) in distances.iter().zip(second).zip(ids) {
                if *half <= nearest.distance_max {
                    nearest.offer(*id, half + bits([rest[0] ^ c, rest[1] ^ d]));
                }
            }
        }
        nearest.sorted()
    }
}

/// Writes the distances of the first halves; whether one is small enough.
fn any_within(halves: &[[u64; 2]], wanted: [u64; 2], distance_max: u32, distances: &mut [u32]) -> bool {
    let mut within = 0;
    for (distance, half) in distances.iter_mut().zip(halves) {
        *distance = bits([half[0] ^ wanted[0], half[1] ^ wanted[1]]);
        within |= u32::from(*distance <= distance_max);
    }
    within != 0
}

fn bits(half: [u64; 2]) -> u32 {
    half[0].count_ones() + half[1].count_ones()
}

/// The best so far, the worst of them on top.
struct Nearest {
    limit: usize,
    /// Shrinks to the worst of the best as soon as there are enough.
    distance_max: u32,
    found: BinaryHeap<(u32, i64)>,
}

impl Nearest {
    fn offer(&mut self, id: i64, distance: u32) {
        if distance > self.distance_max || self.limit == 0 {
            return;
        }
        if self.found.len() < self.limit {
            self.found.push((distance, id));
        } else if let Some(mut worst) = self.found.peek_mut()
            && (distance, id) < *worst
        {
            *worst = (distance, id);
        }
        if self.found.len() == self.limit
            && let Some((worst, _)) = self.found.peek()
        {
            self.distance_max = *worst;
        }
    }

    fn sorted(self) -> Vec<(i64, u32)> {
        self.found.into_sorted_vec().into_iter().map(|(distance, id)| (id, distance)).collect()
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "numbers below three hundred"
)]
mod tests {
    use super::*;

    /// A fingerprint with `count` bits set from `start` on, as far as there are so many.
    fn with_bits(start: usize, count: usize) -> Fingerprint {
        let mut bytes = [0; 32];
        (start..256.min(start + count)).for_each(|bit| bytes[bit / 8] |= 1 << (bit % 8));
        Fingerprint::from_bytes(bytes)
    }

    fn filled(fingerprints: impl IntoIterator<Item = (Fingerprint, i64)>) -> LookAlikes {
        let mut look_alikes = LookAlikes::default();
        fingerprints.into_iter().for_each(|(fingerprint, id)| look_alikes.push(fingerprint, id));
        look_alikes
    }

    #[test]
    fn the_nearest_come_first_and_among_equals_the_lowest_id() {
        let look_alikes = filled([
            (with_bits(0, 5), 1),
            (with_bits(200, 3), 9),
            (with_bits(70, 3), 4),
            (with_bits(0, 0), 7),
            (with_bits(0, 29), 2),
        ]);
        let wanted = with_bits(0, 0);
        assert_eq!(look_alikes.near(wanted, 28, 10), [(7, 0), (4, 3), (9, 3), (1, 5)]);
        assert_eq!(look_alikes.near(wanted, 29, 10).last(), Some(&(2, 29)));
        assert_eq!(look_alikes.near(wanted, 28, 2), [(7, 0), (4, 3)]);
        assert_eq!(look_alikes.near(wanted, 28, 0), []);
        assert_eq!(look_alikes.near(wanted, 0, 10), [(7, 0)]);
    }

    #[test]
    fn a_limit_keeps_the_lowest_ids_of_a_burst_whatever_their_order() {
        let look_alikes = filled((0..2000).map(|number| (with_bits(0, 4), (number * 7) % 2000)));
        assert_eq!(look_alikes.near(with_bits(0, 0), 28, 3), [(0, 4), (1, 4), (2, 4)]);
    }

    #[test]
    fn nothing_is_near_where_nothing_is() {
        let look_alikes = LookAlikes::default();
        assert!(look_alikes.is_empty());
        assert_eq!(look_alikes.near(with_bits(0, 0), 256, 10), []);
    }

    /// Around the borders of blocks, by bits in either half, against the plain definition.
    #[test]
    fn a_scan_finds_what_comparing_each_with_each_finds() {
        let mut state = 1_u64;
        let mut random = || {
            // SplitMix64's increment and a shift: even enough to spread the bits.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
        };
        for size in [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3] {
            let all: Vec<(Fingerprint, i64)> = (0..size)
                .map(|_| {
                    let (start, count) = (random() % 256, random() % 48);
                    (with_bits(start as usize, count as usize), (random() % 300) as i64)
                })
                .collect();
            let look_alikes = filled(all.iter().copied());
            assert_eq!(look_alikes.len(), size);
            for (wanted, _) in all.iter().step_by(97) {
                let mut expected: Vec<(u32, i64)> =
                    all.iter().map(|(other, id)| (wanted.distance(*other), *id)).collect();
                expected.retain(|(distance, _)| *distance <= 28);
                expected.sort_unstable();
                expected.truncate(20);
                let found = look_alikes.near(*wanted, 28, 20);
                assert_eq!(found, expected.iter().map(|(d, id)| (*id, *d)).collect::<Vec<_>>());
            }
        }
    }
}
