//! Are these very bytes archived under another code?
//!
//! Judged inside the seal, because only there all earlier photos are known.

use super::{Check, Finding, Outcome};

/// `other_codes` are the codes of all other photos with the same SHA-256; `None` is a photo without a code, and no
/// code is not another code.
pub fn check(code: Option<&str>, other_codes: &[Option<String>]) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Reuse, outcome, detail);
    let others: Vec<&str> =
        other_codes.iter().flatten().map(String::as_str).filter(|other| Some(*other) != code).collect();
    match (code, others.as_slice(), other_codes) {
        (Some(_), [_, ..], _) => {
            let list = others.join(", ");
            finding(Outcome::Mismatch, format!("the same bytes are archived under another code: {list}"))
                .compared(&code.unwrap_or_default(), &list)
        }
        (None, [first, ..], _) => finding(
            Outcome::Ambiguous,
            format!("the same bytes are archived under the code {first}, this photo has none"),
        ),
        (_, [], []) => finding(Outcome::Match, "these bytes are archived once".to_owned()),
        (_, [], _) => finding(
            Outcome::Ambiguous,
            "the same bytes are archived once more, without another code".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_code_is_a_difference() {
        let outcome = |code, others: &[Option<&str>]| {
            let others: Vec<_> = others.iter().map(|code| code.map(str::to_owned)).collect();
            check(code, &others).outcome
        };
        assert_eq!(outcome(Some("A"), &[]), Outcome::Match);
        assert_eq!(outcome(Some("A"), &[Some("B")]), Outcome::Mismatch);
        assert_eq!(outcome(Some("A"), &[None]), Outcome::Ambiguous);
        assert_eq!(outcome(Some("A"), &[Some("A")]), Outcome::Ambiguous, "the same code in another team");
        assert_eq!(outcome(None, &[Some("A"), Some("B")]), Outcome::Ambiguous);
    }
}
