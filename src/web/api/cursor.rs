//! Places in lists, as callers hand them back: opaque, and of one list only.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::web::error::WebError;

/// Whose place it is. A place in one list means nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum List {
    Photos,
    Deliveries,
    Projects,
    Days,
    PhotosOfDay,
}

impl List {
    fn word(self) -> &'static str {
        match self {
            Self::Photos => "photos",
            Self::Deliveries => "deliveries",
            Self::Projects => "projects",
            Self::Days => "days",
            Self::PhotosOfDay => "day",
        }
    }
}

/// What stands in `next`.
pub(in crate::web) fn cursor(list: List, place: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {place}", list.word()))
}

/// The place in a cursor that this list gave.
pub(in crate::web) fn place<T: FromStr>(list: List, after: &str) -> Result<T, WebError> {
    let text = URL_SAFE_NO_PAD.decode(after).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| text.strip_prefix(list.word())?.strip_prefix(' '));
    place.and_then(|place| place.parse().ok()).ok_or_else(wrong)
}

/// A number: in a cursor, or bare as earlier answers and the pages write it.
pub(in crate::web) fn number(list: List, after: &str) -> Result<i64, WebError> {
    match after.parse() {
        Ok(number) => Ok(number),
        Err(_) => place(list, after),
    }
}

fn wrong() -> WebError {
    WebError::BadRequest("after must be what the answer before gave as next".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_alone() {
        let next = cursor(List::Photos, 17);
        assert!(next.parse::<i64>().is_err(), "{next}");
        assert_eq!(number(List::Photos, &next).unwrap(), 17);
        assert_eq!(number(List::Photos, "17").unwrap(), 17, "as earlier answers gave it");
        for wrong in [cursor(List::Deliveries, 17), cursor(List::Photos, "x"), next + "=", "%".to_owned()] {
            assert!(number(List::Photos, &wrong).unwrap_err().to_string().contains("after must be"));
        }
    }
}
