//! `/api/v1/version`: which Keepmark answers.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// Which Keepmark answers.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Version {
    /// Of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Shows the version
#[utoipa::path(
    get, path = "/api/v1/version", operation_id = "show_version", tag = "operation",
    responses((status = 200, description = "The version of the program", body = Version)),
)]
pub(in crate::web) async fn show() -> HttpResponse {
    HttpResponse::Ok().json(Version { version: env!("CARGO_PKG_VERSION") })
}
