//! A picture's fingerprint: 256 bits that stay almost the same when the picture is saved again, shrunk or stamped.
//!
//! Never evidence: two photos of one scene may be as close as a photo and its copy. It only says which pictures a
//! person should look at side by side.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::photo::{NotHex, from_hex};

/// 256 bits, written as 64 lower-case hexadecimal digits.
///
/// How they come from pixels is `inspect::fingerprint`'s; fingerprints of another method are no neighbours of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// How many bits there are: no distance is larger.
    pub const BITS: u32 = 256;

    /// The number of bits in which two fingerprints differ (Hamming distance), 0 to 256.
    pub fn distance(self, other: Self) -> u32 {
        self.0.iter().zip(other.0).map(|(ours, theirs)| (ours ^ theirs).count_ones()).sum()
    }

    /// The four words, the first 64 bits in the first one.
    pub fn words(self) -> [u64; 4] {
        self.0
    }

    /// As the catalogue keeps it: the words one after the other, big-endian.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (places, _) = bytes.as_chunks_mut();
        for (place, word) in places.iter_mut().zip(self.0) {
            *place = word.to_be_bytes();
        }
        bytes
    }

    /// From what `to_bytes` gave; any 32 bytes are a fingerprint.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let (chunks, _) = bytes.as_chunks();
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().zip(chunks) {
            *word = u64::from_be_bytes(*chunk);
        }
        Self(words)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        from_hex(text).map(Self::from_bytes)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    #[test]
    fn digits_bytes_and_json_are_one_value() {
        let fingerprint: Fingerprint = DIGITS.parse().unwrap();
        assert_eq!(fingerprint.to_string(), DIGITS);
        assert_eq!(fingerprint.to_bytes()[..3], [0, 1, 2]);
        assert_eq!(fingerprint.to_bytes()[31], 0xff);
        assert_eq!(Fingerprint::from_bytes(fingerprint.to_bytes()), fingerprint);
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(json, format!("\"{DIGITS}\""));
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }

    #[test]
    fn other_texts_are_no_fingerprint() {
        for text in ["", &DIGITS[1..], &DIGITS.replace('f', "g"), &format!("{DIGITS}0")] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_distance_counts_bits_in_every_word() {
        let none = Fingerprint::from_bytes([0; 32]);
        let all = Fingerprint::from_bytes([255; 32]);
        assert_eq!(none.distance(all), Fingerprint::BITS);
        assert_eq!(all.distance(all), 0);
        for number in 0..256 {
            let mut bytes = [0; 32];
            bytes[number / 8] = 1 << (number % 8);
            let one = Fingerprint::from_bytes(bytes);
            assert_eq!(none.distance(one), 1, "bit {number}");
            assert_eq!(all.distance(one), 255, "bit {number}");
        }
    }
}
