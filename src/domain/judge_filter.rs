//! Which archived photos are judged again.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::verdict::Verdict;

/// All conditions hold; an empty filter means every photo.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeFilter {
    /// Of projects with this name.
    pub project: Option<String>,
    /// Of members with this name.
    pub member: Option<String>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// Taken on this local day or later.
    pub from: Option<Date>,
    /// Taken on this local day or earlier.
    pub to: Option<Date>,
    /// Of this verification code.
    pub code: Option<String>,
}
