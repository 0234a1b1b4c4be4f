//! What every request passes and every answer carries: the host's name, the origin of changes, the headers of security,
//! and errors as a page for people and as problem details (RFC 9457) for programs.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::error::WebError;
use super::{Site, host, origin, problem};

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Routes that answer under any name: proxies and monitors probe them by address.
const UNNAMED: [&str; 2] = ["/healthz", "/readyz"];

pub(super) async fn keep(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let site = request.app_data::<Data<Site>>().cloned();
    let public_url = site.as_ref().and_then(|site| site.public_url.as_ref());
    let refused = if !UNNAMED.contains(&request.path()) && !host::is_ours(request.request(), public_url) {
        Some(WebError::WrongHost)
    } else if !origin::is_ours(request.request()) {
        Some(WebError::WrongOrigin)
    } else {
        None
    };
    let answered = match refused {
        Some(refusal) => request.error_response(refusal),
        None => next.call(request).await?,
    };
    let mut answered = problem::told(answered);
    protect(answered.headers_mut(), site.as_ref().map_or("", |site| site.policy.as_str()));
    Ok(answered)
}

/// What an answer says of itself stands: originals and derived images have a stricter policy.
fn protect(headers: &mut HeaderMap, policy: &str) {
    let mut set = |name: HeaderName, value: &str| {
        if !headers.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set(CONTENT_SECURITY_POLICY, policy);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Nothing of an address here, which names projects and searches, reaches another site.
    set(REFERRER_POLICY, "same-origin");
    set(OPENER, "same-origin");
    set(CACHE_CONTROL, "no-store");
}

/// Nothing from elsewhere, nothing inline; images of a map's tiles where an operator has named their source.
pub fn policy(tiles: Option<&str>) -> String {
    let tiles = tiles.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{tiles}; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
