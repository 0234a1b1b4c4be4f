//! Does the file reach its own end? Bytes behind the end are noted, never blamed.

use super::{Check, Difference, Finding, Outcome};
use crate::domain::evidence::{Container, Evidence};

/// Exact: the container's end was reached or it was not.
pub fn check(evidence: &Evidence) -> Finding {
    let finding = |outcome, detail: String| Finding::new(Check::Completeness, outcome, detail);
    match &evidence.container {
        Container::Complete { trailing_bytes: 0 } => {
            finding(Outcome::Match, "the file is complete".to_owned())
        }
        Container::Complete { trailing_bytes } => finding(
            Outcome::Match,
            format!("the file is complete, with {trailing_bytes} bytes behind its end"),
        )
        .by(Difference::Bytes(i64::try_from(*trailing_bytes).unwrap_or(i64::MAX))),
        Container::Incomplete { reason } => {
            finding(Outcome::Mismatch, format!("the file is incomplete: {reason}"))
        }
    }
}
