//! `/api/v1/inbox`: did everything arrive?

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::SEES_ALL;
use super::time;
use crate::domain::delivery::Outcome;
use crate::web::Site;
use crate::web::error::WebError;

/// Deliveries by outcome, and the last of them.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Inbox {
    /// How many there are of each outcome.
    outcomes: Outcomes,
    /// When the last delivery arrived; null before the first.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    last_received_at: Option<Timestamp>,
    /// When the sender's last test arrived; null before the first.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-01T08:00:00.000Z")]
    last_test_at: Option<Timestamp>,
}

/// Deliveries by outcome; the same bytes again count once.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Outcomes {
    /// Photos to archive.
    #[schema(example = 1200)]
    accepted: i64,
    /// Same id, different content.
    #[schema(example = 1)]
    duplicate: i64,
    /// Tests of the sender.
    #[schema(example = 1)]
    test: i64,
    /// Not about a photo.
    #[schema(example = 0)]
    ignored: i64,
    /// What could not be read, and is kept.
    #[schema(example = 0)]
    quarantined: i64,
}

/// Counts deliveries
///
/// By outcome, with the times of the last one and of the last test.
#[utoipa::path(
    get, path = "/api/v1/inbox", operation_id = "show_inbox", tag = "deliveries",
    responses(
        (status = 200, description = "Deliveries by outcome", body = Inbox),
        (status = 403, description = SEES_ALL),
    ),
)]
pub(in crate::web) async fn show(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let (outcomes, last_ms) = site.catalog.delivery_counts().await?;
    let last_test_ms = site.catalog.last_test().await?;
    let of = |outcome| outcomes.iter().find(|(found, _)| *found == outcome).map_or(0, |(_, count)| *count);
    Ok(HttpResponse::Ok().json(Inbox {
        outcomes: Outcomes {
            accepted: of(Outcome::Accepted),
            duplicate: of(Outcome::Duplicate),
            test: of(Outcome::Test),
            ignored: of(Outcome::Ignored),
            quarantined: of(Outcome::Quarantined),
        },
        last_received_at: last_ms.map(time),
        last_test_at: last_test_ms.map(time),
    }))
}
