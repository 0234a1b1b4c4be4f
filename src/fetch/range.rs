//! Going on with a broken transfer: what must be known before, and what the answer must say (RFC 9110, section 14).

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap};

/// The entity tag under which bytes may be put together: a strong one (RFC 9110, section 8.8.3).
pub(super) fn strong_etag(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(ETAG)?.to_str().ok()?.trim();
    let is_strong = tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
    is_strong.then(|| tag.to_owned())
}

/// Whether a 206 continues at byte `start` of a file and goes to its end, under the same tag. Returns the size of the
/// whole file.
pub(super) fn continued(headers: &HeaderMap, start: u64, total: Option<u64>, tag: &str) -> Option<u64> {
    let said = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (range, whole) = said.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let whole = match whole {
        "*" => total?,
        size => size.parse().ok()?,
    };
    let goes_on = first.parse() == Ok(start) && last.parse::<u64>().ok()?.checked_add(1) == Some(whole);
    let same_file = total.is_none_or(|total| total == whole)
        && (!headers.contains_key(ETAG) || strong_etag(headers).as_deref() == Some(tag));
    (goes_on && same_file).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(text: &'static str) -> Option<String> {
        strong_etag(&HeaderMap::from_iter([(ETAG, text.parse().unwrap())]))
    }

    #[test]
    fn only_a_strong_tag_joins_bytes() {
        assert_eq!(etag("\"a1\""), Some("\"a1\"".to_owned()));
        for weak in ["W/\"a1\"", "a1", "\"", ""] {
            assert_eq!(etag(weak), None, "{weak}");
        }
    }

    #[test]
    fn a_continuation_begins_where_the_part_ends_and_reaches_the_end_of_the_same_file() {
        let with = |range: &'static str, tag: &'static str| {
            let headers =
                HeaderMap::from_iter([(CONTENT_RANGE, range.parse().unwrap()), (ETAG, tag.parse().unwrap())]);
            continued(&headers, 10, Some(100), "\"a\"")
        };
        assert_eq!(with("bytes 10-99/100", "\"a\""), Some(100));
        assert_eq!(with("bytes 10-99/*", "\"a\""), Some(100));
        for wrong in [
            "bytes 0-99/100",
            "bytes 11-99/100",
            "bytes 10-98/100",
            "bytes 10-100/101",
            "10-99/100",
            "bytes */100",
        ] {
            assert_eq!(with(wrong, "\"a\""), None, "{wrong}");
        }
        assert_eq!(with("bytes 10-99/100", "\"b\""), None, "another file");
        assert_eq!(with("bytes 10-99/100", "W/\"a\""), None, "a weak tag");
    }
}
