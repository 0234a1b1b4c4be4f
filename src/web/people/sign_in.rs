//! Signing in with name and password, and out again.

use std::time::Instant;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::address::{self, NoSession};
use super::{Bearer, COOKIE, Visitor, session_of};
use crate::domain::photo::Sha256;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::{Frame, html};

/// Browsers forget the cookie after this; the catalogue ends sessions by its own rule.
const COOKIE_DAYS: i64 = 90;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    has_people: bool,
    obstacle: Option<NoSession>,
    refused: Option<String>,
    name: String,
    next: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    next: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::web) struct Given {
    name: String,
    password: String,
    next: Option<String>,
}

pub(in crate::web) async fn form(
    request: HttpRequest,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    html(&page(&request, &site, asked.into_inner().next).await?)
}

async fn page(request: &HttpRequest, site: &Site, next: Option<String>) -> Result<Page, WebError> {
    Ok(Page {
        frame: Frame::of_nobody(),
        has_people: site.catalog.has_people().await?,
        obstacle: address::keeps_sessions(request, site.public_url.as_ref(), &site.trusted_proxies).err(),
        refused: None,
        name: String::new(),
        next: next.unwrap_or_default(),
    })
}

pub(in crate::web) async fn submit(
    request: HttpRequest,
    site: Data<Site>,
    given: Form<Given>,
) -> Result<HttpResponse, WebError> {
    let Given { name, password, next } = given.into_inner();
    let client = address::client(&request, &site.trusted_proxies);
    let attempt = match site.patience.begin(client, &name, Instant::now()) {
        Ok(attempt) => attempt,
        Err(wait) => return too_soon(&request, &site, name, next, wait).await,
    };
    tokio::time::sleep(attempt.delay).await;
    let known = site.catalog.password_of(name.clone()).await?;
    let (user, hash) = known.unzip();
    let is_right = site.passwords.verify(&password, hash).await;
    if !is_right.inspect_err(|_busy| site.patience.abandoned(attempt))? {
        let sentence = "Name or password is wrong.".to_owned();
        let mut response = refuse(&request, &site, name, next, sentence).await?;
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(response);
    }
    site.patience.succeeded(attempt, Instant::now());
    let user = user.ok_or(WebError::Unauthorized)?;
    begin(&site, user, next.as_deref()).await
}

async fn too_soon(
    request: &HttpRequest,
    site: &Site,
    name: String,
    next: Option<String>,
    wait: std::time::Duration,
) -> Result<HttpResponse, WebError> {
    let seconds = wait.as_secs() + 1;
    let sentence = format!("Too many attempts from here have failed: try again in {seconds} seconds.");
    let mut response = refuse(request, site, name, next, sentence).await?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    Ok(response)
}

async fn refuse(
    request: &HttpRequest,
    site: &Site,
    name: String,
    next: Option<String>,
    sentence: String,
) -> Result<HttpResponse, WebError> {
    html(&Page { refused: Some(sentence), name, ..page(request, site, next).await? })
}

/// A session for this browser, and the way to where it wanted to go.
pub(super) async fn begin(site: &Site, user: i64, next: Option<&str>) -> Result<HttpResponse, WebError> {
    let bearer = Bearer::random();
    site.catalog.begin_session(user, bearer.sha256(), (site.clock)().as_millisecond()).await?;
    let cookie = cookie(bearer.reveal()).max_age(Duration::days(COOKIE_DAYS)).finish();
    let next = next.filter(|next| is_inside(next)).unwrap_or("/");
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, next)).cookie(cookie).finish())
}

/// Only our own pages: browsers read `//host` and `/\host` as another site.
fn is_inside(next: &str) -> bool {
    let mut letters = next.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && next.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `Lax`, so that a link in a mail finds its reader signed in.
fn cookie(value: &str) -> actix_web::cookie::CookieBuilder<'_> {
    Cookie::build(COOKIE, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}

pub(in crate::web) async fn out(
    request: HttpRequest,
    site: Data<Site>,
    _visitor: Visitor,
) -> Result<HttpResponse, WebError> {
    if let Some(secret) = session_of(&request) {
        site.catalog.end_session(Sha256::of(secret.as_bytes())).await?;
    }
    let gone = cookie("").max_age(Duration::ZERO).finish();
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/sign-in")).cookie(gone).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        assert!(is_inside("/") && is_inside("/photos/abc?q=%E6%B5%A6"));
        for outside in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\u{0}", "/a b", "x/"]
        {
            assert!(!is_inside(outside), "{outside:?}");
        }
    }
}
