//! What Timemark's own page said of a photo, as the API tells it: the word and the day. Never who asked.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::verification;

/// The word of Timemark's page: `authentic`, `fake`, `unable_to_verify`, or `not_found`: it does not know the code.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "authentic")]
pub(in crate::web) enum Official {
    Authentic,
    Fake,
    UnableToVerify,
    NotFound,
}

/// What Timemark's own page said last of a photo, as a person read it.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(in crate::web) struct OfficialAnswer {
    /// In the page's words.
    outcome: Official,
    /// When the person read it, in UTC.
    #[schema(value_type = String, format = Date, example = "2025-12-11")]
    day: Date,
}

impl From<verification::OfficialAnswer> for OfficialAnswer {
    fn from(answer: verification::OfficialAnswer) -> Self {
        let outcome = match answer.outcome {
            verification::Official::Authentic => Official::Authentic,
            verification::Official::Fake => Official::Fake,
            verification::Official::UnableToVerify => Official::UnableToVerify,
            verification::Official::NotFound => Official::NotFound,
        };
        Self { outcome, day: answer.day }
    }
}
