//! Bytes that never change, as HTTP lets them be asked for: all, a part, or only whether they are the ones at hand
//! (RFC 9110, sections 13 and 14). Never in a way that a browser would run them.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG, EntityTag,
    Header as _, IF_RANGE, IfNoneMatch, IfRange, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::error::WebError;
use crate::archive::ArchiveError;
use crate::domain::photo::{MediaType, Sha256};

/// Bytes under an address that has these bytes for ever.
pub(super) struct Representation<'a> {
    /// By magic bytes: nothing that a browser would run is among the types.
    pub media_type: MediaType,
    /// Of all of them.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
    /// To be saved under this `Content-Disposition`; to be shown on pages, where there is none.
    pub attachment: Option<&'a str>,
}

/// What a request asks of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// The caller has them.
    Nothing,
    /// A part that lies behind the end.
    Beyond,
}

impl Representation<'_> {
    /// The answer to a GET or HEAD; `open` gives the bytes of a range, and is not called where none are sent.
    pub async fn answer<S>(
        &self,
        request: &HttpRequest,
        open: impl AsyncFnOnce(Range<u64>) -> Result<S, WebError>,
    ) -> Result<HttpResponse, WebError>
    where
        S: Stream<Item = Result<Bytes, ArchiveError>> + 'static,
    {
        let tag = EntityTag::new_strong(self.sha256.to_string());
        let asked = asked(request, &tag, self.size_bytes);
        let (status, range) = match asked {
            Asked::Whole => (StatusCode::OK, 0..self.size_bytes),
            Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Asked::Nothing => (StatusCode::NOT_MODIFIED, 0..0),
            Asked::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        };
        let mut answer = HttpResponse::build(status);
        answer
            .insert_header((ETAG, tag))
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
        if let Some(disposition) = self.attachment {
            answer.insert_header((CONTENT_DISPOSITION, disposition));
        }
        if status == StatusCode::NOT_MODIFIED {
            return Ok(answer.finish());
        }
        if status == StatusCode::RANGE_NOT_SATISFIABLE {
            answer.insert_header((CONTENT_RANGE, format!("bytes */{}", self.size_bytes)));
            return Ok(answer.finish());
        }
        if status == StatusCode::PARTIAL_CONTENT {
            let (first, last) = (range.start, range.end - 1);
            answer.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{}", self.size_bytes)));
        }
        answer.content_type(self.media_type.content_type());
        let size_bytes = range.end - range.start;
        let bytes = if request.method() == Method::HEAD {
            stream::empty().boxed_local()
        } else {
            open(range).await?.boxed_local()
        };
        Ok(answer.body(SizedStream::new(size_bytes, bytes)))
    }
}

/// Whether the caller has what this tag stands for (RFC 9110, section 13.1.2).
pub(super) fn has(request: &HttpRequest, tag: &EntityTag) -> bool {
    let is_named = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    };
    is_named && request.headers().contains_key(header::IF_NONE_MATCH)
}

fn asked(request: &HttpRequest, tag: &EntityTag, size_bytes: u64) -> Asked {
    if has(request, tag) {
        return Asked::Nothing;
    }
    // Section 14.2: ranges are for GET alone. Section 13.1.5: of other bytes than those at hand, no part is wanted.
    if request.method() != Method::GET || !is_same(request, tag) {
        return Asked::Whole;
    }
    // Several parts at once, units of others and what cannot be read may be ignored.
    match header::Range::parse(request) {
        Ok(header::Range::Bytes(parts)) if parts.len() == 1 => {
            let part = parts[0].to_satisfiable_range(size_bytes);
            part.map_or(Asked::Beyond, |(first, last)| Asked::Part(first..last + 1))
        }
        _ => Asked::Whole,
    }
}

/// Whether `If-Range` is absent or names these very bytes. A date never does: none is sent.
fn is_same(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(IF_RANGE) {
        return true;
    }
    matches!(IfRange::parse(request), Ok(IfRange::EntityTag(known)) if known.strong_eq(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn asked_with(headers: &[(&str, &str)]) -> Asked {
        let tag = EntityTag::new_strong("abc".to_owned());
        let request =
            headers.iter().fold(TestRequest::get(), |request, header| request.insert_header(*header));
        asked(&request.to_http_request(), &tag, 100)
    }

    #[test]
    fn whoever_has_the_bytes_gets_none() {
        for known in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert_eq!(asked_with(&[("If-None-Match", known)]), Asked::Nothing, "{known}");
        }
        assert_eq!(asked_with(&[("If-None-Match", "\"x\"")]), Asked::Whole);
        assert_eq!(asked_with(&[]), Asked::Whole);
        let both = [("If-None-Match", "\"abc\""), ("Range", "bytes=0-1")];
        assert_eq!(asked_with(&both), Asked::Nothing, "before any range");
    }

    #[test]
    fn one_range_of_bytes_is_a_part_or_lies_beyond_the_end() {
        for (range, part) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-", Asked::Part(10..100)),
            ("bytes=-5", Asked::Part(95..100)),
            ("bytes=-500", Asked::Part(0..100)),
            ("bytes=90-900", Asked::Part(90..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=0-1,5-6", Asked::Whole),
            ("pages=1-2", Asked::Whole),
            ("bytes=x", Asked::Whole),
        ] {
            assert_eq!(asked_with(&[("Range", range)]), part, "{range}");
        }
    }

    #[test]
    fn a_part_of_other_bytes_is_not_sent() {
        let with = |known: &str| asked_with(&[("Range", "bytes=0-1"), ("If-Range", known)]);
        assert_eq!(with("\"abc\""), Asked::Part(0..2));
        for other in ["\"x\"", "W/\"abc\"", "Thu, 11 Dec 2025 18:45:00 GMT", "abc"] {
            assert_eq!(with(other), Asked::Whole, "{other}");
        }
    }
}
