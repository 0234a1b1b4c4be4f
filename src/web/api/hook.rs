//! `/api/v1/hook`: the address to paste into Timemark. For admins.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::document::ADMINISTERS;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::settings::hook_address;

/// Where deliveries are taken.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Hook {
    /// The newest address; whoever knows it can add deliveries. Null where the file of its secrets cannot be read.
    #[schema(example = "https://photos.example.com/hooks/timemark/0123456789abcdef")]
    address: Option<String>,
    /// Whether `server.public_url` is set: without it the address is the one of this request.
    #[schema(example = true)]
    has_public_url: bool,
}

/// Shows the hook's address
///
/// To be pasted into Timemark: Teamspace, Integrations, Webhook. It is a secret.
#[utoipa::path(
    get, path = "/api/v1/hook", operation_id = "show_hook", tag = "operation",
    responses(
        (status = 200, description = "The address", body = Hook),
        (status = 403, description = ADMINISTERS),
    ),
)]
pub(in crate::web) async fn show(request: HttpRequest, site: Data<Site>) -> Result<HttpResponse, WebError> {
    let address = hook_address(&request, &site);
    Ok(HttpResponse::Ok().json(Hook { address, has_public_url: site.public_url.is_some() }))
}
