//! What an audit says of an object or a code, as the API tells it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::audit;

/// What was found: `intact`: read again now and the same; `archived`: not read again; `changed`, `missing`, `unreadable`;
/// `extra`: in the store and unknown; `announced`: not archived yet; `unknown`: never seen here.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "intact")]
pub(in crate::web) enum Status {
    Intact,
    Archived,
    Changed,
    Missing,
    Unreadable,
    Extra,
    Announced,
    Unknown,
}

impl From<audit::Status> for Status {
    fn from(status: audit::Status) -> Self {
        match status {
            audit::Status::Intact => Self::Intact,
            audit::Status::Archived => Self::Archived,
            audit::Status::Changed => Self::Changed,
            audit::Status::Missing => Self::Missing,
            audit::Status::Unreadable => Self::Unreadable,
            audit::Status::Extra => Self::Extra,
            audit::Status::Announced => Self::Announced,
            audit::Status::Unknown => Self::Unknown,
        }
    }
}
