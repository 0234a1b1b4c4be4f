//! `Retry-After`: the wait that a host asks for (RFC 9110, section 10.2.3).

use std::time::UNIX_EPOCH;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::domain::backoff::Rest;

/// Seconds or an HTTP date; what is neither is as good as absent.
pub(super) fn rest_of(headers: &HeaderMap) -> Option<Rest> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds mean a very long time.
        return Some(Rest::Seconds(text.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    Some(Rest::Until(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(text: &'static str) -> Option<Rest> {
        rest_of(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]))
    }

    #[test]
    fn seconds_and_all_three_forms_of_a_date_are_read_and_nothing_else() {
        assert_eq!(rest("120"), Some(Rest::Seconds(120)));
        assert_eq!(rest("99999999999999999999999"), Some(Rest::Seconds(u64::MAX)));
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(rest(date), Some(Rest::Until(784_111_777_000)), "{date}");
        }
        for text in ["", "-1", "+1", "1.5", "soon", "0x10"] {
            assert_eq!(rest(text), None, "{text}");
        }
    }
}
