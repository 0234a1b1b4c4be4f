//! The combination: four states that a person reads first, from the findings of one photo. Never a score.

use serde::{Deserialize, Serialize};

use super::{Check, Finding, Outcome};

/// The four states that a person reads first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Time or place agrees, and nothing speaks against it.
    Consistent,
    /// Nothing speaks against it, and nothing proves it.
    Inconclusive,
    /// Something differs.
    Suspicious,
    /// It cannot be what it claims to be.
    Contradicted,
}

impl Verdict {
    /// All, from the calmest to the loudest.
    pub const ALL: [Self; 4] = [Self::Consistent, Self::Inconclusive, Self::Suspicious, Self::Contradicted];

    /// The word in the catalogue, the API and on the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Inconclusive => "inconclusive",
            Self::Suspicious => "suspicious",
            Self::Contradicted => "contradicted",
        }
    }

    /// The verdict that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }

    /// Combines the findings of one photo.
    pub fn of(findings: &[Finding]) -> Self {
        let is = |check, outcome| findings.iter().any(|f| f.check == check && f.outcome == outcome);
        let differs = |check| is(check, Outcome::Mismatch);
        let agrees = |check| is(check, Outcome::Match);
        let explained = |check| is(check, Outcome::Explained);
        if differs(Check::Completeness)
            || differs(Check::Type)
            || differs(Check::Clock)
            || differs(Check::Reuse)
            || (differs(Check::Time) && differs(Check::Position))
        {
            Self::Contradicted
        } else if findings.iter().any(|finding| finding.outcome == Outcome::Mismatch) {
            Self::Suspicious
        } else if (agrees(Check::Time) || agrees(Check::Position))
            && !explained(Check::Time)
            && !explained(Check::Position)
        {
            Self::Consistent
        } else {
            Self::Inconclusive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outcomes: &[(Check, Outcome)]) -> Verdict {
        let findings: Vec<_> =
            outcomes.iter().map(|&(check, outcome)| Finding::new(check, outcome, "")).collect();
        Verdict::of(&findings)
    }

    #[test]
    fn missing_evidence_is_inconclusive_and_never_suspicious() {
        assert_eq!(verdict(&[]), Verdict::Inconclusive);
        assert_eq!(
            verdict(&[(Check::Time, Outcome::Absent), (Check::Position, Outcome::Unusable)]),
            Verdict::Inconclusive
        );
    }

    #[test]
    fn one_agreement_without_a_difference_is_consistent() {
        assert_eq!(
            verdict(&[(Check::Time, Outcome::Match), (Check::Position, Outcome::Absent)]),
            Verdict::Consistent
        );
        assert_eq!(
            verdict(&[(Check::Time, Outcome::Explained), (Check::Position, Outcome::Match)]),
            Verdict::Inconclusive
        );
        assert_eq!(verdict(&[(Check::Time, Outcome::Near)]), Verdict::Inconclusive);
    }

    #[test]
    fn one_difference_is_suspicious_and_two_or_a_broken_file_contradict() {
        assert_eq!(
            verdict(&[(Check::Time, Outcome::Mismatch), (Check::Position, Outcome::Match)]),
            Verdict::Suspicious
        );
        assert_eq!(
            verdict(&[(Check::Time, Outcome::Mismatch), (Check::Position, Outcome::Mismatch)]),
            Verdict::Contradicted
        );
        for check in [Check::Completeness, Check::Type, Check::Clock, Check::Reuse] {
            assert_eq!(
                verdict(&[(check, Outcome::Mismatch), (Check::Time, Outcome::Match)]),
                Verdict::Contradicted
            );
        }
    }
}
