//! What a caller is told when something is not there or goes wrong: a status and a sentence, never our insides.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::archive::ArchiveError;
use crate::catalog::CatalogError;
use crate::export::pipe::BrokenOff;

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
    #[error("as many downloads as this server makes at once are under way; try again in a minute")]
    Busy,
    #[error("the originals cannot be read from the store at the moment; try again later")]
    BrokenOff(#[from] BrokenOff),
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
            Self::Catalog(_) | Self::Archive(_) | Self::Busy | Self::BrokenOff(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if self.status_code().is_server_error() && !matches!(self, Self::Busy) {
            tracing::error!(error = self as &dyn std::error::Error, "a request failed");
        }
        if matches!(self, Self::SignIn) {
            return HttpResponse::SeeOther().insert_header((LOCATION, "/sign-in")).finish();
        }
        let mut answer = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, "60"));
        }
        answer.json(json!({"error": self.to_string()}))
    }
}
