//! The access log: method, route and status. Never the path, which holds the hook's token or a person's name.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

pub(super) async fn write(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let method = request.method().clone();
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    if status < 500 && !tracing::enabled!(tracing::Level::DEBUG) {
        return Ok(response);
    }
    // Only now: finding the pattern matches the path against all routes once more.
    let route = response.request().match_pattern().unwrap_or_else(|| "no route".to_owned());
    let micros = began.elapsed().as_micros();
    if status >= 500 {
        tracing::warn!(%method, route, status, micros, "answered");
    } else {
        tracing::debug!(%method, route, status, micros, "answered");
    }
    Ok(response)
}
