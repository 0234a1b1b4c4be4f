//! The verdict: what the file says, held against what the delivery claims.
//!
//! One file a check, each a pure function with exactly one outcome; this file holds their words and the rule that
//! combines them. Never a score, never a refusal, and missing evidence is never suspicion.

pub mod completeness;
pub mod device;
pub mod local_time;
pub mod media;
pub mod position;
pub mod reuse;
pub mod time;

use std::fmt::Display;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::delivery::Announcement;
use super::evidence::Evidence;

/// The version of the rules, stored with every judgement. Any change of a rule or a default raises it.
pub const RULES_VERSION: u32 = 1;

/// Everything that a check may look at.
pub struct Case<'a> {
    /// The delivery's claims.
    pub announced: &'a Announcement,
    /// What the file says.
    pub evidence: &'a Evidence,
    /// The `Content-Type` that the source host sent.
    pub content_type: Option<&'a str>,
    /// When the delivery arrived.
    pub received_at: Timestamp,
    /// The zone of the announced position, else of the file's.
    pub zone: Option<TimeZone>,
    /// The zone where nothing else is known.
    pub default_zone: TimeZone,
    /// The settings of `[verdict]`.
    pub limits: Limits,
}

/// How far two claims may differ.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Seconds that still match.
    pub time_match_secs: i64,
    /// Seconds that are still near.
    pub time_near_secs: i64,
    /// Metres that still match.
    pub position_match_m: f64,
    /// Metres that are still near.
    pub position_near_m: f64,
}

/// Which check spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Does the file reach its end?
    Completeness,
    /// Is it of the type that it is called?
    Type,
    /// Was it taken when it is said to be?
    Time,
    /// Was it taken where it is said to be?
    Position,
    /// Was it taken with the device that is named?
    Device,
    /// Are these bytes known under another code?
    Reuse,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both agree.
    Match,
    /// They agree roughly.
    Near,
    /// They differ, in a way with a known harmless cause. Not a match.
    Explained,
    /// They differ.
    Mismatch,
    /// The file says nothing.
    Absent,
    /// The file says something that cannot be used.
    Unusable,
    /// Several readings are possible.
    Ambiguous,
    /// The delivery claims nothing that could be compared.
    NotApplicable,
}

/// By how much two claims differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// File minus announcement.
    Seconds(i64),
    /// Along the ground.
    Metres(f64),
    /// Bytes missing or too many.
    Bytes(i64),
}

/// One check's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What it found.
    pub outcome: Outcome,
    /// The sentence for a person.
    pub detail: String,
    /// The delivery's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub announced: Option<String>,
    /// The file's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// By how much they differ.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<Difference>,
}

impl Finding {
    fn new(check: Check, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { check, outcome, detail: detail.into(), announced: None, found: None, difference: None }
    }

    fn compared(mut self, announced: &dyn Display, found: &dyn Display) -> Self {
        self.announced = Some(announced.to_string());
        self.found = Some(found.to_string());
        self
    }

    fn by(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }
}

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

/// A case judged: all findings that need no knowledge of other photos, and what follows for the photo's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// In the order of the checks. `reuse` joins them at the seal, where the other photos are known.
    pub findings: Vec<Finding>,
    /// Day and time at the place of capture.
    pub local_time: jiff::civil::DateTime,
    /// The best instant of capture that is known.
    pub captured_at: Option<Timestamp>,
}

/// Judges a case.
pub fn judge(case: &Case<'_>) -> Judgement {
    let time = time::check(case);
    let local_time = local_time::of(case, &time);
    let captured_at = time.instant.or_else(|| case.announced.instant());
    let findings = vec![
        completeness::check(case.evidence),
        media::check(case),
        time.finding,
        position::check(case),
        device::check(case),
    ];
    Judgement { findings, local_time, captured_at }
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
        for check in [Check::Completeness, Check::Type, Check::Reuse] {
            assert_eq!(
                verdict(&[(check, Outcome::Mismatch), (Check::Time, Outcome::Match)]),
                Verdict::Contradicted
            );
        }
    }
}
