//! Whether a request that changes something comes from our own pages (CSRF), by the headers that browsers set and pages
//! cannot: `Sec-Fetch-Site`, else `Origin`.
//!
//! The rule is that of Go's `http.CrossOriginProtection` (<https://pkg.go.dev/net/http#CrossOriginProtection>): what sends
//! neither header is no browser, and carries no cookie that it does not know of.

use actix_web::HttpRequest;
use url::Url;

/// Whether a request is safe to act upon.
pub(super) fn is_ours(request: &HttpRequest) -> bool {
    if request.method().is_safe() {
        return true;
    }
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_same(origin, header("host").unwrap_or_default()),
        (None, None) => true,
    }
}

/// The scheme is not compared: behind a proxy this server does not see it.
fn is_same(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let Ok(own) = Url::parse(&format!("{}://{host}/", origin.scheme())) else { return false };
    origin.host().is_some()
        && origin.host() == own.host()
        && origin.port_or_known_default() == own.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::Method;
    use actix_web::test::TestRequest;

    fn asked(method: Method, headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::default().method(method).insert_header(("Host", "photos.example.com"));
        for header in headers {
            request = request.insert_header(*header);
        }
        is_ours(&request.to_http_request())
    }

    #[test]
    fn what_changes_something_comes_from_our_own_pages() {
        for (headers, expected) in [
            (vec![("Sec-Fetch-Site", "same-origin")], true),
            (vec![("Sec-Fetch-Site", "none")], true),
            (vec![("Sec-Fetch-Site", "same-site")], false),
            (vec![("Sec-Fetch-Site", "cross-site"), ("Origin", "https://photos.example.com")], false),
            (vec![("Origin", "https://photos.example.com")], true),
            (vec![("Origin", "https://photos.example.com.evil.example")], false),
            (vec![("Origin", "https://photos.example.com:8443")], false),
            (vec![("Origin", "null")], false),
            (vec![], true),
        ] {
            assert_eq!(asked(Method::POST, &headers), expected, "{headers:?}");
            assert!(asked(Method::GET, &headers), "reading changes nothing: {headers:?}");
        }
    }
}
