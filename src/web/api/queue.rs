//! `/api/v1/queue`: jobs by state.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::SEES_ALL;
use crate::domain::job::State;
use crate::web::Site;
use crate::web::error::WebError;

/// Jobs by state: one job a photo that was announced.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Queue {
    /// To be worked on next.
    #[schema(example = 0)]
    ready: i64,
    /// Waiting for the time of their next try.
    #[schema(example = 1)]
    scheduled: i64,
    /// Being worked on.
    #[schema(example = 2)]
    leased: i64,
    /// Their photos are archived.
    #[schema(example = 1200)]
    done: i64,
    /// Given up, until somebody tries again.
    #[schema(example = 0)]
    dead: i64,
    /// Waiting until something is mended.
    #[schema(example = 0)]
    held: i64,
}

/// Counts jobs by state
#[utoipa::path(
    get, path = "/api/v1/queue", operation_id = "show_queue", tag = "operation",
    responses(
        (status = 200, description = "Jobs by state", body = Queue),
        (status = 403, description = SEES_ALL),
    ),
)]
pub(in crate::web) async fn counts(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let queue = site.catalog.queue().await?;
    let jobs = |state: State| queue.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs);
    Ok(HttpResponse::Ok().json(Queue {
        ready: jobs(State::Ready),
        scheduled: jobs(State::Scheduled),
        leased: jobs(State::Leased),
        done: jobs(State::Done),
        dead: jobs(State::Dead),
        held: jobs(State::Held),
    }))
}
