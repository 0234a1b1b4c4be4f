//! `/api/v1/photos/{id}/…`: what stands around a photo: the ones before and behind it, the deliveries that led to it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::SEES_ALL;
use super::time;
use crate::catalog::origin;
use crate::domain::delivery::DeliveryId;
use crate::domain::photo::PhotoId;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::photo::find;
use crate::web::people::Visitor;

/// More deliveries of one photo are nobody's reading.
const DELIVERIES_MAX: u32 = 200;

/// The photos before and behind one in its project, in the order of local time.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Neighbours {
    /// The id of the photo before; null for the first.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    previous: Option<PhotoId>,
    /// The id of the photo behind; null for the last.
    #[schema(value_type = Option<String>, example = "fedcba9876543210fedcba9876543210")]
    next: Option<PhotoId>,
}

/// A delivery that led to a photo.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Origin {
    /// Its number.
    #[schema(value_type = i64, example = 17)]
    id: DeliveryId,
    /// Whether the photo was known when it came.
    #[schema(example = false)]
    is_repeat: bool,
    /// When it first arrived.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    received_at: Timestamp,
}

/// The deliveries of a photo.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Origins {
    /// The first one first, at most 200.
    deliveries: Vec<Origin>,
}

/// Shows a photo's neighbours
///
/// Where *Previous photo* and *Next photo* lead.
#[utoipa::path(
    get, path = "/api/v1/photos/{id}/neighbours", operation_id = "show_neighbours", tag = "photos",
    params(("id" = String, Path, description = "The photo's id", example = "0123456789abcdef0123456789abcdef")),
    responses(
        (status = 200, description = "Their ids", body = Neighbours),
        (status = 404, description = "There is no such photo, or it is not shown to you"),
    ),
)]
pub(in crate::web) async fn neighbours(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let [previous, next] = site.catalog.neighbours(&photo).await?;
    Ok(HttpResponse::Ok().json(Neighbours { previous, next }))
}

/// Lists a photo's deliveries
///
/// Those that led to it. `/api/v1/deliveries/{id}` tells more of each, and auditors get its body there.
#[utoipa::path(
    get, path = "/api/v1/photos/{id}/deliveries", operation_id = "list_deliveries_of_photo", tag = "photos",
    params(("id" = String, Path, description = "The photo's id", example = "0123456789abcdef0123456789abcdef")),
    responses(
        (status = 200, description = "Deliveries", body = Origins),
        (status = 403, description = SEES_ALL),
        (status = 404, description = "There is no such photo"),
    ),
)]
pub(in crate::web) async fn deliveries(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let found = site.catalog.origins_of(photo.seq, DELIVERIES_MAX).await?;
    Ok(HttpResponse::Ok().json(Origins { deliveries: found.iter().map(shown).collect() }))
}

fn shown(found: &origin::Origin) -> Origin {
    Origin { id: found.delivery, is_repeat: found.is_repeat, received_at: time(found.received_at_ms) }
}
