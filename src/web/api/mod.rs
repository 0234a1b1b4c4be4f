//! The API: JSON under `/api/v1/`, for bearers of a token, and for pages. Each answer is a type from which the OpenAPI
//! document is made; nothing is answered that it does not name.

pub mod activity;
pub mod around;
pub mod audit;
pub mod cursor;
pub mod days;
pub mod deliveries;
pub mod document;
pub mod exchange;
mod finding;
pub mod hook;
pub mod inbox;
pub mod members;
mod official;
mod page;
pub mod people;
pub mod photos;
pub mod places;
pub mod projects;
pub mod queue;
mod status;
pub mod store;
pub mod teams;
pub mod tokens;
pub mod version;

use jiff::Timestamp;

/// The usual length of a list.
const LIMIT_USUAL: u32 = 50;

/// RFC 3339 in UTC.
fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// Names that were not announced are null.
fn present(name: String) -> Option<String> {
    (!name.is_empty()).then_some(name)
}
