//! Findings and verdicts as the API tells them: the words of the domain, each with what it means.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::photo::PhotoId;
use crate::domain::verdict;

/// A closed list of words with the same names as in the domain; a word that is missing here does not compile.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$means:meta])* $word:ident),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        $(#[$about])*
        #[serde(rename_all = "snake_case")]
        pub(in crate::web) enum $name { $($(#[$means])* $word),+ }

        impl From<verdict::$name> for $name {
            fn from(word: verdict::$name) -> Self {
                match word { $(verdict::$name::$word => Self::$word),+ }
            }
        }
    };
}

words! {
    /// What all findings together say: `consistent`: time or place agrees and nothing differs; `inconclusive`: nothing
    /// differs and nothing proves it; `suspicious`: one thing differs; `contradicted`: it cannot be what it is said to be.
    #[schema(example = "consistent")]
    Verdict { Consistent, Inconclusive, Suspicious, Contradicted }
}

words! {
    /// Which check spoke.
    #[schema(example = "time")]
    Check { Completeness, Type, Time, Clock, NameTime, Position, Device, Software, Code, Reuse }
}

words! {
    /// What a check found: `match`; `near`: roughly; `explained`: it differs with a known harmless cause; `mismatch`;
    /// `absent`: the file says nothing; `unusable`: it says something that is no value; `ambiguous`: several readings are
    /// possible; `not_applicable`: nothing was announced to compare with.
    #[schema(example = "match")]
    Outcome { Match, Near, Explained, Mismatch, Absent, Unusable, Ambiguous, NotApplicable }
}

words! {
    /// The known cause of an explained difference.
    #[schema(example = "zone_shift")]
    Cause {
        ZoneShift, DateRoll, GpsRollover, ClockUnset, OtherMeaning, SwappedAxes, FlippedSign, Version
    }
}

words! {
    /// Something worth knowing that decides nothing.
    #[schema(example = "late")]
    Note { OffsetIgnoresDst, ZoneOpen, GpsTimeAgrees, PlaceCentre, Late }
}

/// By how much two claims differ: one unit, and the number of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = json!({"metres": 12.5}))]
pub(in crate::web) enum Difference {
    /// File minus announcement.
    Seconds(i64),
    /// Along the ground.
    Metres(f64),
    /// Bytes missing or too many.
    Bytes(i64),
    /// Differing bits of two fingerprints of pictures, of 256.
    Bits(u32),
}

impl From<verdict::Difference> for Difference {
    fn from(difference: verdict::Difference) -> Self {
        match difference {
            verdict::Difference::Seconds(seconds) => Self::Seconds(seconds),
            verdict::Difference::Metres(metres) => Self::Metres(metres),
            verdict::Difference::Bytes(bytes) => Self::Bytes(bytes),
            verdict::Difference::Bits(bits) => Self::Bits(bits),
        }
    }
}

/// One check's result.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct Finding {
    /// Which check.
    pub check: Check,
    /// What it found.
    pub outcome: Outcome,
    /// The version of the rules that found it.
    #[schema(example = 1)]
    pub rules_version: u32,
    /// The sentence for a person.
    #[schema(example = "the file's time agrees with the announced one")]
    pub detail: String,
    /// The delivery's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2025-12-11T18:45:00Z")]
    pub announced: Option<String>,
    /// The file's claim, as compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2025-12-11T13:45:00")]
    pub found: Option<String>,
    /// By how much they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub difference: Option<Difference>,
    /// Up to here it would have matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed: Option<Difference>,
    /// Why an explained difference is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cause: Option<Cause>,
    /// What decides nothing; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub notes: Vec<Note>,
    /// The other photos that it speaks of, such as those that look alike; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<String>, example = json!(["0123456789abcdef0123456789abcdef"]))]
    pub photos: Vec<PhotoId>,
}

impl From<verdict::Finding> for Finding {
    fn from(finding: verdict::Finding) -> Self {
        // All of them by name: what is added in the domain does not compile until it is told here.
        let verdict::Finding {
            check,
            outcome,
            rules_version,
            detail,
            announced,
            found,
            difference,
            allowed,
            cause,
            notes,
            photos,
        } = finding;
        Self {
            check: check.into(),
            outcome: outcome.into(),
            rules_version,
            detail,
            announced,
            found,
            difference: difference.map(Into::into),
            allowed: allowed.map(Into::into),
            cause: cause.map(Into::into),
            notes: notes.into_iter().map(Into::into).collect(),
            photos,
        }
    }
}
