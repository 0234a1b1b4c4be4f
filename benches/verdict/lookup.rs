//! How long the search for look-alikes takes.

use std::time::Instant;

use keepmark::domain::fingerprint::Fingerprint;
use keepmark::domain::look_alikes::LookAlikes;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

const SIZES: [i64; 2] = [300_000, 1_000_000];
const SEARCHES: usize = 100;

/// What the archive holds: given the random source, a photo's number and the one fingerprint of all that is alike.
type Archive = fn(&mut SmallRng, i64, Fingerprint) -> Fingerprint;

const ARCHIVES: [(&str, Archive); 4] = [
    ("all different", |random, _, _| anything(random)),
    ("every tenth within 20 of the wanted", |random, number, alike| {
        if number % 10 == 0 { changed(random, alike, 0..32) } else { anything(random) }
    }),
    ("half alike in their first half", |random, number, alike| {
        let mut bytes = anything(random).to_bytes();
        if number % 2 == 0 {
            bytes[..16].copy_from_slice(&changed(random, alike, 0..16).to_bytes()[..16]);
        }
        Fingerprint::from_bytes(bytes)
    }),
    ("all within 20 of the wanted", |random, _, alike| changed(random, alike, 0..32)),
];

/// Prints the times of a search at distance 28 for at most 100 photos.
pub fn print() {
    println!("\nOne search, in milliseconds:\n");
    println!("| photos | archive | median | p95 |\n| ---: | --- | ---: | ---: |");
    for size in SIZES {
        for (name, archive) in ARCHIVES {
            let [median, p95] = times(size, archive);
            println!("| {size} | {name} | {median:.2} | {p95:.2} |");
        }
    }
}

fn times(size: i64, archive: Archive) -> [f64; 2] {
    let mut random = SmallRng::seed_from_u64(1);
    let alike = anything(&mut random);
    let mut look_alikes = LookAlikes::default();
    (0..size).for_each(|number| look_alikes.push(archive(&mut random, number, alike), number));
    let mut times: Vec<f64> = (0..SEARCHES).map(|_| time(&look_alikes, alike)).collect();
    times.sort_by(f64::total_cmp);
    [times[SEARCHES / 2], times[SEARCHES * 95 / 100]]
}

fn time(look_alikes: &LookAlikes, wanted: Fingerprint) -> f64 {
    let start = Instant::now();
    std::hint::black_box(look_alikes.near(wanted, 28, 100));
    start.elapsed().as_secs_f64() * 1e3
}

fn anything(random: &mut SmallRng) -> Fingerprint {
    Fingerprint::from_bytes(random.random())
}

/// Twenty bits turned over, some of them back again.
fn changed(random: &mut SmallRng, fingerprint: Fingerprint, within: std::ops::Range<usize>) -> Fingerprint {
    let mut bytes = fingerprint.to_bytes();
    for _ in 0..20 {
        bytes[random.random_range(within.clone())] ^= 1 << random.random_range(0..8);
    }
    Fingerprint::from_bytes(bytes)
}
