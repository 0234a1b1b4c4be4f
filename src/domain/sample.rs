//! A sample that can be drawn again: by its seed and the photos' own names, and nothing else.
//!
//! Never chance of its own: the seed comes in as a parameter and is shown.

use std::collections::BinaryHeap;

use super::photo::{PhotoId, Sha256};

/// The photos whose rank, the SHA-256 of `{seed}\n{photo id}`, is lowest: at most `wanted`, with whatever names them.
/// Which photo is drawn depends on no other photo, so that the same seed draws the same photos from any list of them.
pub fn draw<T: Ord>(seed: &str, wanted: usize, photos: impl IntoIterator<Item = (PhotoId, T)>) -> Vec<T> {
    let mut lowest = BinaryHeap::with_capacity(wanted.saturating_add(1).min(1024));
    for (id, photo) in photos {
        lowest.push((Sha256::of(format!("{seed}\n{id}").as_bytes()), photo));
        if lowest.len() > wanted {
            lowest.pop();
        }
    }
    lowest.into_sorted_vec().into_iter().map(|(_, photo)| photo).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photos(numbers: std::ops::Range<u8>) -> impl Iterator<Item = (PhotoId, u8)> {
        numbers.map(|number| (PhotoId([number; 16]), number))
    }

    #[test]
    fn one_seed_draws_the_same_photos_in_any_order_and_another_draws_others() {
        let first = draw("a", 20, photos(0..200));
        let mut turned: Vec<_> = photos(0..200).collect();
        turned.reverse();
        assert_eq!(first, draw("a", 20, turned));
        assert_eq!(first.len(), 20);
        assert_ne!(first, draw("b", 20, photos(0..200)));
        assert_eq!(draw("a", 20, photos(0..5)).len(), 5);
    }

    #[test]
    fn every_photo_is_drawn_about_as_often() {
        let mut drawn = [0_u32; 50];
        for seed in 0..2000 {
            for number in draw(&seed.to_string(), 10, photos(0..50)) {
                drawn[usize::from(number)] += 1;
            }
        }
        // 400 expected, with a standard deviation of 18.
        assert!(drawn.iter().all(|times| (300..500).contains(times)), "{drawn:?}");
    }
}
