//! What a later judgement changes of an earlier one.

use super::{Finding, Verdict};

/// What a later judgement changes: what (`verdict` or a check), as it stood, as it is now.
pub fn changes(before: (Verdict, &[Finding]), after: &[Finding]) -> Vec<(String, String, String)> {
    let (verdict, found) = before;
    let now = Verdict::of(after);
    let mut changes = Vec::new();
    if now != verdict {
        changes.push(("verdict".to_owned(), verdict.as_str().to_owned(), now.as_str().to_owned()));
    }
    for finding in after {
        let earlier = found.iter().find(|earlier| earlier.check == finding.check);
        let same = earlier
            .is_some_and(|earlier| earlier.outcome == finding.outcome && earlier.cause == finding.cause);
        if !same {
            let stood = earlier.map_or("not judged", |earlier| earlier.outcome.as_str());
            let what = finding.check.as_str().to_owned();
            changes.push((what, stood.to_owned(), finding.outcome.as_str().to_owned()));
        }
    }
    changes
}
