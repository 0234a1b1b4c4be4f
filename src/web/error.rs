//! What a caller is told when something is not there or goes wrong: a status and a sentence, never our insides.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::archive::ArchiveError;
use crate::catalog::CatalogError;

/// An answer that is no success.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{0}")]
    BadRequest(String),
    #[error("send `Authorization: Bearer TOKEN`; `keepmark token create NAME` makes a token")]
    Unauthorized,
    #[error("sign in first")]
    SignIn,
    #[error(
        "this server does not answer to the host name in the request; set server.public_url to the name you use"
    )]
    WrongHost,
    #[error("the catalogue cannot be read at the moment")]
    Catalog(#[from] CatalogError),
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    #[error("the page could not be made")]
    Template(#[from] askama::Error),
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound(_) | Self::Archive(ArchiveError::Missing) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::SignIn => StatusCode::SEE_OTHER,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Catalog(_) | Self::Archive(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if self.status_code().is_server_error() {
            tracing::error!(error = self as &dyn std::error::Error, "a request failed");
        }
        if matches!(self, Self::SignIn) {
            return HttpResponse::SeeOther().insert_header((LOCATION, "/sign-in")).finish();
        }
        HttpResponse::build(self.status_code()).json(json!({"error": self.to_string()}))
    }
}
