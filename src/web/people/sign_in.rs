//! Signing in by pasting an API token, which then lives in a cookie of this browser.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::COOKIE;
use crate::domain::photo::Sha256;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::host;
use crate::web::pages::html;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    refused: bool,
}

#[derive(Deserialize)]
pub(in crate::web) struct Pasted {
    token: String,
}

pub(in crate::web) async fn form(request: HttpRequest, site: Data<Site>) -> Result<HttpResponse, WebError> {
    if !host::is_ours(&request, site.public_url.as_ref()) {
        return Err(WebError::WrongHost);
    }
    html(&Page { refused: false })
}

pub(in crate::web) async fn submit(
    request: HttpRequest,
    site: Data<Site>,
    pasted: Form<Pasted>,
) -> Result<HttpResponse, WebError> {
    if !host::is_ours(&request, site.public_url.as_ref()) {
        return Err(WebError::WrongHost);
    }
    let token = pasted.token.trim();
    if site.catalog.role_of(Sha256::of(token.as_bytes())).await?.is_none() {
        return html(&Page { refused: true });
    }
    let over_https = site.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let cookie = Cookie::build(COOKIE, token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(over_https)
        .max_age(Duration::days(30))
        .finish();
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/")).cookie(cookie).finish())
}
