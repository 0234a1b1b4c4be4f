//! What a team's `photo_timestamp` means: UTC, as documented, or local time, as the documentation's own sample suggests.
//!
//! Each photo whose evidence fits one and not the other votes. Never guessed from one photo, and never settled for good:
//! the last votes decide, so that a change of the sender is seen.

use serde::{Deserialize, Serialize};

/// What the last votes of a team say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Not settled: both are possible.
    #[default]
    Open,
    /// UTC.
    Utc,
    /// Local time at the place of capture.
    Local,
}

impl Meaning {
    /// The word in the catalogue, the API and the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Utc => "utc",
            Self::Local => "local",
        }
    }

    /// The meaning that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Utc, Self::Local].into_iter().find(|meaning| meaning.as_str() == word)
    }

    pub(super) fn may_be_utc(self) -> bool {
        self != Self::Local
    }

    pub(super) fn may_be_local(self) -> bool {
        self != Self::Utc
    }
}

/// What one photo's evidence speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// It fits UTC and not local time.
    Utc,
    /// It fits local time and not UTC.
    Local,
}

impl Vote {
    /// The word in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
        }
    }

    /// Of two readings of one thing; where both fit (offset zero) or neither does, nobody votes.
    pub(super) fn of(fits_utc: bool, fits_local: bool) -> Option<Self> {
        match (fits_utc, fits_local) {
            (true, false) => Some(Self::Utc),
            (false, true) => Some(Self::Local),
            _ => None,
        }
    }

    /// A photo's one vote: witnesses that contradict each other are none.
    pub(super) fn unanimous(votes: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut votes = votes.into_iter().flatten();
        let first = votes.next()?;
        votes.all(|vote| vote == first).then_some(first)
    }
}

/// So many of the last votes are counted.
pub const VOTES_COUNTED: usize = 100;
/// Fewer settle nothing.
const VOTES_MIN: usize = 20;
/// Of those counted, one way.
const SHARE_MIN_PERCENT: usize = 95;

/// What the last votes settle; at most [`VOTES_COUNTED`] are looked at, in whatever order they are given.
pub fn settled(last: &[Vote]) -> Meaning {
    let counted = &last[..last.len().min(VOTES_COUNTED)];
    let utc = counted.iter().filter(|&&vote| vote == Vote::Utc).count();
    let enough =
        |votes: usize| counted.len() >= VOTES_MIN && votes * 100 >= counted.len() * SHARE_MIN_PERCENT;
    if enough(utc) {
        Meaning::Utc
    } else if enough(counted.len() - utc) {
        Meaning::Local
    } else {
        Meaning::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(utc: usize, local: usize) -> Vec<Vote> {
        [vec![Vote::Utc; utc], vec![Vote::Local; local]].concat()
    }

    #[test]
    fn twenty_votes_of_which_nineteen_agree_settle_it() {
        assert_eq!(settled(&votes(19, 0)), Meaning::Open);
        assert_eq!(settled(&votes(19, 1)), Meaning::Utc);
        assert_eq!(settled(&votes(18, 2)), Meaning::Open);
        assert_eq!(settled(&votes(5, 95)), Meaning::Local);
        assert_eq!(settled(&votes(6, 94)), Meaning::Open);
        assert_eq!(
            settled(&votes(100, 900)),
            Meaning::Utc,
            "only the first hundred, which are the last ones"
        );
    }

    #[test]
    fn witnesses_that_contradict_each_other_are_none() {
        assert_eq!(Vote::unanimous([Some(Vote::Utc), None, Some(Vote::Utc)]), Some(Vote::Utc));
        assert_eq!(Vote::unanimous([Some(Vote::Utc), Some(Vote::Local)]), None);
        assert_eq!(Vote::unanimous([None, None]), None);
    }
}
