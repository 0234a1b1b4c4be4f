//! The page of an invitation: whoever holds the link chooses a password, once.
//!
//! Opening the link uses nothing up: mail programs and chats open links to show what is behind them.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use super::address::{self, NoSession};
use super::sign_in;
use crate::domain::photo::Sha256;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::{Frame, html};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Page {
    frame: Frame,
    name: String,
    obstacle: Option<NoSession>,
    refused: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::web) struct Given {
    password: String,
}

pub(in crate::web) async fn form(
    request: HttpRequest,
    site: Data<Site>,
    link: Path<String>,
) -> Result<HttpResponse, WebError> {
    let (_, name) = invited(&site, &link).await?;
    let obstacle = address::keeps_sessions(&request, site.public_url.as_ref(), &site.trusted_proxies).err();
    html(&Page { frame: Frame::of_nobody(), name, obstacle, refused: None })
}

pub(in crate::web) async fn submit(
    site: Data<Site>,
    link: Path<String>,
    given: Form<Given>,
) -> Result<HttpResponse, WebError> {
    let (token, name) = invited(&site, &link).await?;
    let hash = match site.passwords.hash(&given.password).await {
        Ok(hash) => hash,
        Err(WebError::BadRequest(sentence)) => {
            let page = Page { frame: Frame::of_nobody(), name, obstacle: None, refused: Some(sentence) };
            let mut response = html(&page)?;
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(response);
        }
        Err(error) => return Err(error),
    };
    let user = site.catalog.accept_invitation(token, hash, (site.clock)().as_millisecond()).await?;
    sign_in::begin(&site, user.ok_or(WebError::NoInvitation)?, None).await
}

async fn invited(site: &Site, link: &str) -> Result<(Sha256, String), WebError> {
    let token = Sha256::of(link.as_bytes());
    let name = site.catalog.invited(token, (site.clock)().as_millisecond()).await?;
    Ok((token, name.ok_or(WebError::NoInvitation)?))
}
