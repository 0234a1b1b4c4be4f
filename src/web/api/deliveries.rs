//! `/api/v1/deliveries`: what arrived, newest first, and each raw body byte for byte.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Data, Path, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cursor::{self, List, cursor};
use super::document::{AUDITS, SEES_ALL};
use super::{page, time};
use crate::catalog::delivery::{Listed, Shown};
use crate::domain::delivery::{self, DeliveryId};
use crate::web::Site;
use crate::web::attachment::attachment;
use crate::web::error::WebError;
use crate::web::pages::inbox::shown as which;

/// Which deliveries are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Asked {
    /// Those of one outcome, or `stuck`: dead, held or in quarantine.
    #[param(required = false, example = "accepted")]
    show: Option<String>,
    /// Go on behind this place: what the answer before gave as `next`.
    #[param(required = false, example = "")]
    after: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50, example = 20)]
    limit: Option<u32>,
}

/// What became of a delivery: `accepted`: a photo to archive; `duplicate`: an accepted delivery had this identity before;
/// `test`: the sender's test; `ignored`: it is not about a photo; `quarantined`: it could not be read, and is kept.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "accepted")]
pub(in crate::web) enum DeliveryOutcome {
    Quarantined,
    Ignored,
    Test,
    Duplicate,
    Accepted,
}

/// Something that arrived at the hook.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Delivery {
    /// Its number.
    #[schema(value_type = i64, example = 17)]
    id: DeliveryId,
    /// The sender's id.
    #[schema(example = "6f1c2b0e-5d0e-4b7e-9f0a-0d9a4f0f1c11")]
    event_id: Option<String>,
    /// What became of it.
    outcome: DeliveryOutcome,
    /// When it first arrived.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    received_at: Timestamp,
    /// When the same bytes last arrived.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    last_seen_at: Timestamp,
    /// Further arrivals with the same bytes.
    #[schema(example = 0)]
    repeats: i64,
    /// The accepted delivery with the same id and other bytes.
    #[schema(value_type = Option<i64>, example = 12)]
    conflict_with: Option<DeliveryId>,
    /// The state of its job, as in the queue; null where there is no job.
    #[schema(example = "done")]
    state: Option<String>,
    /// Why its photo is not archived.
    #[schema(example = "the host answered 404")]
    reason: Option<String>,
    /// Tries so far.
    #[schema(example = 1)]
    attempts: i64,
    /// The id of the photo that it led to.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    photo: Option<String>,
}

/// A part of the deliveries.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Deliveries {
    /// The newest first.
    deliveries: Vec<Delivery>,
    /// To be given as `after`; null at the end.
    #[schema(example = "ZGVsaXZlcmllcyAxNw")]
    next: Option<String>,
}

/// Lists deliveries
///
/// What arrived at the hook, the newest first, and what became of it.
#[utoipa::path(
    get, path = "/api/v1/deliveries", operation_id = "list_deliveries", tag = "deliveries", params(Asked),
    responses(
        (status = 200, description = "Deliveries", body = Deliveries),
        (status = 403, description = SEES_ALL),
    ),
)]
pub(in crate::web) async fn list(site: Data<Site>, asked: Query<Asked>) -> Result<HttpResponse, WebError> {
    let limit = page::limit(asked.limit)?;
    let after = page::place(asked.after.as_deref(), List::Deliveries, cursor::number)?;
    let which = which(asked.show.as_deref())?;
    // One more tells whether there is more.
    let all = site.catalog.deliveries(which, after.map(DeliveryId), limit + 1).await?;
    let (found, is_more) = page::part(all, limit, |_| true);
    let last = found.last().filter(|_| is_more);
    let next = last.map(|delivery| cursor(List::Deliveries, delivery.id));
    let deliveries = found.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(Deliveries { deliveries, next }))
}

/// Shows a delivery
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", operation_id = "show_delivery", tag = "deliveries",
    params(("id" = i64, Path, description = "The delivery's number", example = 1)),
    responses(
        (status = 200, description = "The delivery", body = Delivery),
        (status = 403, description = SEES_ALL),
        (status = 404, description = "There is no such delivery"),
    ),
)]
pub(in crate::web) async fn one(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let id = DeliveryId(*id);
    let behind = DeliveryId(id.0.saturating_add(1));
    let found = site.catalog.deliveries(Shown::All, Some(behind), 1).await?;
    let found = found.into_iter().find(|found| found.id == id).ok_or(WebError::NotFound("delivery"))?;
    Ok(HttpResponse::Ok().json(shown(found)))
}

/// Gives a delivery's raw body
///
/// The bytes as they came, whatever they are, to be saved and never shown.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}/body", operation_id = "get_body", tag = "deliveries",
    params(("id" = i64, Path, description = "The delivery's number", example = 1)),
    responses(
        (status = 200, description = "The body, byte for byte", content_type = "application/octet-stream"),
        (status = 403, description = AUDITS),
        (status = 404, description = "There is no such delivery"),
    ),
)]
pub(in crate::web) async fn body(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let body = site.catalog.delivery_body(DeliveryId(*id)).await?.ok_or(WebError::NotFound("delivery"))?;
    Ok(download(body, &format!("delivery-{id}.json")))
}

/// Gives what a link gave in place of a photo
///
/// The first 64 KiB of it, to be saved and never shown.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}/sample", operation_id = "get_sample", tag = "deliveries",
    params(("id" = i64, Path, description = "The delivery's number", example = 1)),
    responses(
        (status = 200, description = "The first bytes", content_type = "application/octet-stream"),
        (status = 403, description = AUDITS),
        (status = 404, description = "There is no such delivery, or its link gave a photo or nothing"),
    ),
)]
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

fn shown(delivery: Listed) -> Delivery {
    Delivery {
        id: delivery.id,
        event_id: delivery.event_id,
        outcome: match delivery.outcome {
            delivery::Outcome::Quarantined => DeliveryOutcome::Quarantined,
            delivery::Outcome::Ignored => DeliveryOutcome::Ignored,
            delivery::Outcome::Test => DeliveryOutcome::Test,
            delivery::Outcome::Duplicate => DeliveryOutcome::Duplicate,
            delivery::Outcome::Accepted => DeliveryOutcome::Accepted,
        },
        received_at: time(delivery.received_at_ms),
        last_seen_at: time(delivery.last_seen_at_ms),
        repeats: delivery.repeats,
        conflict_with: delivery.conflict_with,
        state: delivery.state,
        reason: delivery.reason,
        attempts: delivery.attempts,
        photo: delivery.photo,
    }
}
