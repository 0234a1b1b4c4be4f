//! What Timemark's own verification says of a photo, asked by a person; and how many photos such a check must look at.
//!
//! Never our judgement: the words are those of Timemark's page, which nothing but a person reads.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The words of Timemark's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Official {
    /// It is what it claims to be.
    Authentic,
    /// It is not.
    Fake,
    /// The page could not tell.
    UnableToVerify,
    /// The page does not know the code.
    NotFound,
}

impl Official {
    /// All, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Authentic, Self::Fake, Self::UnableToVerify, Self::NotFound];

    /// The word in the catalogue and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentic => "authentic",
            Self::Fake => "fake",
            Self::UnableToVerify => "unable_to_verify",
            Self::NotFound => "not_found",
        }
    }

    /// As the page writes it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Authentic => "Authentic",
            Self::Fake => "Fake",
            Self::UnableToVerify => "Unable to verify",
            Self::NotFound => "Not found",
        }
    }

    /// The outcome of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// The newest answer about a photo, as reports tell it: without a person, because whoever sees the photo reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfficialAnswer {
    /// In the page's words.
    pub outcome: Official,
    /// When somebody read it, in UTC.
    pub day: Date,
}

/// How many of so many photos must be looked at, so that at least one bad one is among them with this confidence, if this
/// share of all is bad (both in percent, from 1 to 99): drawn without putting back, by the hypergeometric distribution.
pub fn sample_size(photos: u64, confidence_percent: u8, bad_percent: u8) -> u64 {
    let bad = (photos * u64::from(bad_percent)).div_ceil(100).max(1);
    // A rounding error must not cost a photo more.
    let miss_max = 1.0 - f64::from(confidence_percent) / 100.0 + 1e-9;
    let mut missed = 1.0;
    for drawn in 0..photos {
        if missed <= miss_max {
            return drawn;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of photos are far below 2^52")]
        let share = bad as f64 / (photos - drawn) as f64;
        missed *= (1.0 - share).max(0.0);
    }
    photos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_forms_lead_back_to_outcomes() {
        for outcome in Official::ALL {
            assert_eq!(Official::from_word(outcome.as_str()), Some(outcome));
            // Records of the store say the same word.
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(Official::from_word("fine"), None);
    }

    #[test]
    fn the_size_of_a_sample_is_that_of_the_tables() {
        // Of a large lot, 95 % to find 1 %, 5 % and 10 % bad: 299, 59, 29 (discovery sampling).
        assert_eq!(sample_size(1_000_000, 95, 1), 299);
        assert_eq!(sample_size(1_000_000, 95, 5), 59);
        assert_eq!(sample_size(1_000_000, 95, 10), 29);
        // Of ten with one bad, nine must be seen to have it with 90 %.
        assert_eq!(sample_size(10, 90, 10), 9);
        assert_eq!((sample_size(0, 95, 5), sample_size(1, 95, 5)), (0, 1));
    }
}
