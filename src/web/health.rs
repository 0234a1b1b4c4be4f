//! Alive, ready, and the metrics.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::Site;
use super::error::WebError;
use super::people::ApiReader;
use crate::telemetry::metrics::Kind;

/// The process answers. Says nothing else, and asks nobody: it is what proxies probe.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The catalogue takes a commit: deliveries will be kept.
pub(super) async fn ready(site: Data<Site>) -> HttpResponse {
    match site.catalog.can_commit().await {
        Ok(()) => HttpResponse::Ok().json(json!({"ready": true})),
        Err(_) => HttpResponse::ServiceUnavailable().json(json!({"ready": false})),
    }
}

/// `OpenMetrics` text, for bearers of a token.
pub(super) async fn metrics(_reader: ApiReader, site: Data<Site>) -> Result<HttpResponse, WebError> {
    for (state, jobs) in site.catalog.queue().await? {
        site.metrics.jobs.get_or_create(&Kind { kind: state.as_str() }).set(jobs);
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(content_type).body(site.metrics.text()))
}
