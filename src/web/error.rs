//! What a caller is told when something is not there or goes wrong: a status and a sentence, never our insides.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use url::form_urlencoded::byte_serialize;

use crate::archive::ArchiveError;
use crate::audit::AuditError;
use crate::catalog::CatalogError;
use crate::domain::causes::chain;
use crate::export::pipe::BrokenOff;

use super::people::Need;

/// An answer that is no success.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{0}")]
    BadRequest(String),
    #[error("send `Authorization: Bearer TOKEN`; `keepmark token create NAME` makes a token")]
    Unauthorized,
    /// With the page that was asked for.
    #[error("sign in first")]
    SignIn(Option<String>),
    #[error("{}", who_may(*.0))]
    Forbidden(Need),
    #[error(
        "this link was used, replaced or is too old: ask an admin for another (`keepmark user invite NAME`)"
    )]
    NoInvitation,
    #[error("the request came from another site, and nothing was done: repeat it on a page of this archive")]
    WrongOrigin,
    #[error("{0}")]
    Conflict(String),
    #[error("too much of this is asked for at once: try again in a few seconds")]
    Busy,
    #[error("as many downloads as this server makes at once are under way; try again in a minute")]
    DownloadsBusy,
    #[error(
        "this server does not answer to the host name in the request; set server.public_url to the name you use"
    )]
    WrongHost,
    #[error("{}", of_catalog(.0))]
    Catalog(#[from] CatalogError),
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    #[error("{}", chain(.0))]
    Audit(#[from] AuditError),
    #[error("the originals cannot be read from the store at the moment; try again later")]
    BrokenOff(#[from] BrokenOff),
    #[error("the page could not be made")]
    Template(#[from] askama::Error),
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound(_) | Self::NoInvitation | Self::Archive(ArchiveError::Missing) => {
                StatusCode::NOT_FOUND
            }
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::Forbidden(_) | Self::WrongOrigin => StatusCode::FORBIDDEN,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Conflict(_) | Self::Catalog(CatalogError::Taken(_) | CatalogError::Refused(_)) => {
                StatusCode::CONFLICT
            }
            Self::Busy
            | Self::DownloadsBusy
            | Self::Catalog(_)
            | Self::Archive(_)
            | Self::Audit(_)
            | Self::BrokenOff(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if self.status_code().is_server_error() && !matches!(self, Self::Busy | Self::DownloadsBusy) {
            tracing::error!(error = self as &dyn std::error::Error, "a request failed");
        }
        match self {
            Self::SignIn(asked) => {
                HttpResponse::SeeOther().insert_header((LOCATION, sign_in(asked.as_deref()))).finish()
            }
            Self::Busy => HttpResponse::build(self.status_code()).insert_header((RETRY_AFTER, "5")).finish(),
            Self::DownloadsBusy | Self::BrokenOff(_) => {
                HttpResponse::build(self.status_code()).insert_header((RETRY_AFTER, "60")).finish()
            }
            // The words are put to it where it is known who reads them.
            _ => HttpResponse::new(self.status_code()),
        }
    }
}

fn sign_in(asked: Option<&str>) -> String {
    match asked.filter(|asked| *asked != "/") {
        Some(asked) => format!("/sign-in?next={}", byte_serialize(asked.as_bytes()).collect::<String>()),
        None => "/sign-in".to_owned(),
    }
}

fn who_may(need: Need) -> &'static str {
    match need {
        Need::Nobody | Need::See => "this is not shown to you",
        Need::SeeAll => "this is shown to those who see all projects: ask an admin",
        Need::Audit => "this is shown to auditors and admins: ask an admin for the role",
        Need::Administer => "this is for admins",
    }
}

/// What a person can mend is said; what SQLite said is in the log.
fn of_catalog(error: &CatalogError) -> String {
    match error {
        CatalogError::Taken(sentence) | CatalogError::Refused(sentence) => sentence.clone(),
        _ => "the catalogue cannot be used at the moment; the log says why".to_owned(),
    }
}
