//! Alive, ready, and the metrics.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Value, json};

use super::Site;
use super::error::WebError;
use super::people::ApiReader;
use crate::catalog::store::Store;
use crate::telemetry::metrics::Kind;

/// The process answers. Says nothing else, and asks nobody: it is what proxies probe.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The catalogue takes a commit: deliveries will be kept. Whoever shows a token learns of the store, too; its trouble
/// keeps no delivery away.
pub(super) async fn ready(site: Data<Site>, reader: Option<ApiReader>) -> HttpResponse {
    if site.catalog.can_commit().await.is_err() {
        return HttpResponse::ServiceUnavailable().json(json!({"ready": false}));
    }
    match (reader, site.catalog.store().await) {
        (Some(ApiReader), Ok(store)) => {
            HttpResponse::Ok().json(json!({"ready": true, "store": details(&store)}))
        }
        _ => HttpResponse::Ok().json(json!({"ready": true})),
    }
}

fn details(store: &Store) -> Value {
    let since = store.trouble.as_ref().map(|trouble| trouble.since_ms);
    json!({
        "trouble": store.trouble.as_ref().map(|trouble| &trouble.reason),
        "trouble_since": since.and_then(|since_ms| jiff::Timestamp::from_millisecond(since_ms).ok()),
        "capabilities": store.capabilities,
    })
}

/// `OpenMetrics` text, for bearers of a token.
pub(super) async fn metrics(_reader: ApiReader, site: Data<Site>) -> Result<HttpResponse, WebError> {
    for (state, jobs) in site.catalog.queue().await? {
        site.metrics.jobs.get_or_create(&Kind { kind: state.as_str() }).set(jobs);
    }
    let trouble = site.catalog.store().await?.trouble;
    site.metrics.store_trouble.set(i64::from(trouble.is_some()));
    site.metrics.store_trouble_since.set(trouble.map_or(0, |trouble| trouble.since_ms / 1000));
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(content_type).body(site.metrics.text()))
}
