//! `/api/v1/deliveries`: what arrived, newest first, and each raw body byte for byte.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{limit, time};
use crate::catalog::delivery::{Listed, Shown};
use crate::domain::delivery::DeliveryId;
use crate::web::Site;
use crate::web::attachment::attachment;
use crate::web::error::WebError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
    limit: Option<u32>,
}

pub(in crate::web) async fn list(site: Data<Site>, asked: Query<Asked>) -> Result<HttpResponse, WebError> {
    let limit = limit(asked.limit)?;
    let found = site.catalog.deliveries(Shown::All, asked.after.map(DeliveryId), limit).await?;
    let next = (found.len() == limit as usize)
        .then(|| found.last().map(|delivery| delivery.id.to_string()))
        .flatten();
    let deliveries: Vec<Value> = found.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"deliveries": deliveries, "next": next})))
}

pub(in crate::web) async fn body(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let body = site.catalog.delivery_body(DeliveryId(*id)).await?.ok_or(WebError::NotFound("delivery"))?;
    Ok(download(body, &format!("delivery-{id}.json")))
}

/// The first 64 KiB of what the link gave in place of a photo.
pub(in crate::web) async fn sample(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let sample = site.catalog.delivery_sample(DeliveryId(*id)).await?.ok_or(WebError::NotFound("sample"))?;
    Ok(download(sample, &format!("delivery-{id}-sample.bin")))
}

/// Bytes of strangers: never shown by a browser.
fn download(bytes: Vec<u8>, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((CONTENT_DISPOSITION, attachment(name)))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(bytes)
}

fn shown(delivery: &Listed) -> Value {
    json!({
        "id": delivery.id,
        "event_id": delivery.event_id,
        "outcome": delivery.outcome.as_str(),
        "received_at": time(delivery.received_at_ms),
        "last_seen_at": time(delivery.last_seen_at_ms),
        "repeats": delivery.repeats,
        "conflict_with": delivery.conflict_with,
        "state": delivery.state,
        "reason": delivery.reason,
        "attempts": delivery.attempts,
        "photo": delivery.photo,
    })
}
