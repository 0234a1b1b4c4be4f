//! Is this picture archived under another code?
//!
//! Equal bytes are proof and are judged inside the seal, because only there all earlier photos are known. Pictures that
//! look alike are a signal: two shots of a burst do too.

use super::{Check, Difference, Finding, Outcome};
use crate::domain::photo::PhotoId;

/// Another photo with the same SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equal {
    /// Which.
    pub photo: PhotoId,
    /// Its code; no code is not another code.
    pub code: Option<String>,
}

/// A photo that looks alike and is of another code, and of another project, member or day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAlike {
    /// Which.
    pub photo: PhotoId,
    /// Its code.
    pub code: String,
    /// Differing bits of the two perceptual hashes, of 256.
    pub distance: u32,
}

/// Equal bytes first; pictures that look alike only where no bytes are equal.
pub fn check(code: Option<&str>, equal: &[Equal], alike: &[LookAlike]) -> Finding {
    match (equal, alike) {
        ([], []) => finding(Outcome::Match, "this picture is archived once".to_owned()),
        ([], [nearest, ..]) => looks_alike(nearest, alike),
        _ => same_bytes(code, equal),
    }
}

fn finding(outcome: Outcome, detail: String) -> Finding {
    Finding::new(Check::Reuse, outcome, detail)
}

fn same_bytes(code: Option<&str>, equal: &[Equal]) -> Finding {
    let codes = equal.iter().filter_map(|other| other.code.as_deref());
    let others: Vec<&str> = codes.filter(|other| Some(*other) != code).collect();
    let found = match (code, others.as_slice()) {
        (Some(code), [_, ..]) => {
            let list = others.join(", ");
            finding(Outcome::Mismatch, format!("the same bytes are archived under another code: {list}"))
                .compared(&code, &list)
        }
        (None, [first, ..]) => finding(
            Outcome::Ambiguous,
            format!("the same bytes are archived under the code {first}, this photo has none"),
        ),
        (_, []) => finding(
            Outcome::Ambiguous,
            "the same bytes are archived once more, without another code".to_owned(),
        ),
    };
    Finding { photos: equal.iter().map(|other| other.photo).collect(), ..found }
}

fn looks_alike(nearest: &LookAlike, alike: &[LookAlike]) -> Finding {
    let detail = format!(
        "the picture looks like the one under the code {}, which is of another project, member or day",
        nearest.code
    );
    let found = finding(Outcome::Near, detail).by(Difference::Bits(nearest.distance));
    Finding { photos: alike.iter().map(|other| other.photo).collect(), ..found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(codes: &[Option<&str>]) -> Vec<Equal> {
        let other = |code: Option<&str>| Equal { photo: PhotoId([1; 16]), code: code.map(str::to_owned) };
        codes.iter().copied().map(other).collect()
    }

    #[test]
    fn only_another_code_is_a_difference() {
        let outcome = |code, others: &[Option<&str>]| check(code, &equal(others), &[]).outcome;
        assert_eq!(outcome(Some("A"), &[]), Outcome::Match);
        assert_eq!(outcome(Some("A"), &[Some("B")]), Outcome::Mismatch);
        assert_eq!(outcome(Some("A"), &[None]), Outcome::Ambiguous);
        assert_eq!(outcome(Some("A"), &[Some("A")]), Outcome::Ambiguous, "the same code in another team");
        assert_eq!(outcome(None, &[Some("A"), Some("B")]), Outcome::Ambiguous);
    }

    #[test]
    fn pictures_that_look_alike_are_a_signal_and_both_are_shown() {
        let alike = [LookAlike { photo: PhotoId([7; 16]), code: "B".to_owned(), distance: 12 }];
        let found = check(Some("A"), &[], &alike);
        assert_eq!((found.outcome, found.difference), (Outcome::Near, Some(Difference::Bits(12))));
        assert_eq!(found.photos, [PhotoId([7; 16])]);
        assert_eq!(check(Some("A"), &equal(&[Some("B")]), &alike).outcome, Outcome::Mismatch);
    }
}
