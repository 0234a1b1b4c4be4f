//! The API: JSON under `/api/v1/`, for bearers of a token.

pub mod deliveries;
pub mod photos;
pub mod places;
pub mod queue;
pub mod teams;

use jiff::Timestamp;

use super::error::WebError;

/// The longest list in one answer, and the usual one.
const LIMIT_MAX: u32 = 200;
const LIMIT_USUAL: u32 = 50;

/// The limit asked for, or a sentence.
fn limit(asked: Option<u32>) -> Result<u32, WebError> {
    match asked {
        None => Ok(LIMIT_USUAL),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(WebError::BadRequest(format!("limit must be from 1 to {LIMIT_MAX}"))),
    }
}

/// RFC 3339 in UTC.
fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}
