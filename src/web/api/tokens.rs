//! `/api/v1/tokens`: the tokens of the API, without their secrets. For admins.

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::ADMINISTERS;
use super::people::Role;
use super::time;
use crate::catalog::token::ApiToken;
use crate::web::Site;
use crate::web::error::WebError;

/// A token of the API; of its secret only a hash is kept.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Token {
    /// What it is for; each name once.
    #[schema(example = "backup")]
    name: String,
    /// What its bearer may do.
    role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2025-12-01T08:00:00.000Z")]
    created_at: Timestamp,
    /// When it ends; null: it works until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-12-01T08:00:00.000Z")]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute; null before the first time.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T18:45:00.000Z")]
    last_used_at: Option<Timestamp>,
}

/// All tokens.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Tokens {
    /// By name, those that have ended too.
    tokens: Vec<Token>,
}

/// Lists tokens
///
/// Without their secrets. They are made and revoked on the page of settings, and made by `keepmark token create`.
#[utoipa::path(
    get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "access",
    responses(
        (status = 200, description = "Tokens", body = Tokens),
        (status = 403, description = ADMINISTERS),
    ),
)]
pub(in crate::web) async fn list(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let tokens = site.catalog.api_tokens().await?.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(Tokens { tokens }))
}

fn shown(token: ApiToken) -> Token {
    Token {
        name: token.name,
        role: token.role.into(),
        created_at: time(token.created_at_ms),
        expires_at: token.expires_at_ms.map(time),
        last_used_at: token.last_used_at_ms.map(time),
    }
}
