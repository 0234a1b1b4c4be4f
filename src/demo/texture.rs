//! Chance that falls alike every time: dice, spots for walls and roads, grain for the film.
//!
//! Never real randomness: the same scene is the same bytes on every machine of one kind.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "bits become fractions, and places become indices that wrap at the tile"
)]

use std::sync::LazyLock;

/// Chance that falls alike every time (`SplitMix64`, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same numbers for ever.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` up to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.bits() >> 40) as f32 / (1_u64 << 24) as f32)
    }

    /// Whether something happens that has this chance (0 to 1).
    pub fn chance(&mut self, chance: f32) -> bool {
        self.between(0.0, 1.0) < chance
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.bits() as usize % choices.len()]
    }
}

/// Numbers from `from` up to, but without, `to`, always the same step apart.
pub fn steps(from: f32, to: f32, step: f32) -> impl Iterator<Item = f32> {
    let count = ((to - from) / step).ceil().max(0.0) as usize;
    (0..count).map(move |i| from + i as f32 * step)
}

/// The roughness of a surface at a place, from -1 to 1; it repeats every 512 pixels.
pub fn spot(x: f32, y: f32) -> f32 {
    NOISE.spot(x, y)
}

/// One row of film grain, to be added to the channels; it repeats.
pub fn grains(row: usize) -> &'static [i8] {
    // An odd step, so that neighbouring rows differ and every row of the tile is used.
    &NOISE.grains[(row * 7 % TILE) * TILE..][..TILE]
}

/// The edge of the noise tile in pixels; a power of two, so that it wraps by a mask.
const TILE: usize = 512;

/// Smooth spots from -1 to 1 in five sizes, and white noise, both endless by repetition.
struct Noise {
    spots: Vec<f32>,
    grains: Vec<i8>,
}

static NOISE: LazyLock<Noise> = LazyLock::new(Noise::new);

impl Noise {
    fn new() -> Self {
        let mut dice = Dice::new(7);
        let mut spots = vec![0.0; TILE * TILE];
        for (cell, weight) in [(64, 0.34), (32, 0.26), (16, 0.2), (4, 0.2), (1, 0.25)] {
            let side = TILE / cell;
            let knots: Vec<f32> = (0..side * side).map(|_| dice.between(-weight, weight)).collect();
            for (index, spot) in spots.iter_mut().enumerate() {
                let (x, y) = (index % TILE, index / TILE);
                let ease = |rest: usize| {
                    let t = rest as f32 / cell as f32;
                    t * t * (3.0 - 2.0 * t)
                };
                let (part_x, part_y) = (ease(x % cell), ease(y % cell));
                let knot = |i: usize, j: usize| knots[(j % side) * side + i % side];
                let (i, j) = (x / cell, y / cell);
                let upper = knot(i, j) + (knot(i + 1, j) - knot(i, j)) * part_x;
                let lower = knot(i, j + 1) + (knot(i + 1, j + 1) - knot(i, j + 1)) * part_x;
                *spot += upper + (lower - upper) * part_y;
            }
        }
        let grains =
            (0..TILE * TILE).map(|_| (dice.between(-5.0, 5.0) + dice.between(-5.0, 5.0)) as i8).collect();
        Self { spots, grains }
    }

    fn spot(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (part_x, part_y) = (x - left, y - top);
        let row = |y: i64, x: i64| self.spots[(y as usize % TILE) * TILE + x as usize % TILE];
        let (i, j) = (left as i64, top as i64);
        let upper = row(j, i) + (row(j, i + 1) - row(j, i)) * part_x;
        let lower = row(j + 1, i) + (row(j + 1, i + 1) - row(j + 1, i)) * part_x;
        upper + (lower - upper) * part_y
    }
}
