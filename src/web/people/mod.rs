//! Who asks: bearers of API tokens, for now; and everybody, where the demo says so.

pub mod sign_in;

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::error::WebError;
use super::{Site, host};
use crate::domain::access::{Reach, Role};
use crate::domain::photo::Sha256;

/// Who may look at pages and use the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the server: only for the demo, on a loopback address.
    Open,
    /// Bearers of a token that `keepmark token create` made.
    Tokens,
}

/// The cookie that holds a pasted token.
const COOKIE: &str = "keepmark_token";

/// A caller of the API with a token; any role may read.
pub(super) struct ApiReader;

/// A reader of pages; the one who is nobody is asked to sign in.
pub(super) struct PageReader;

impl ApiReader {
    /// Which photos the caller sees.
    #[expect(clippy::unused_self, reason = "every reader sees everything so far")]
    pub(super) fn reach(&self) -> Reach {
        Reach::All
    }
}

impl PageReader {
    /// Which photos the reader sees.
    #[expect(clippy::unused_self, reason = "every reader sees everything so far")]
    pub(super) fn reach(&self) -> Reach {
        Reach::All
    }
}

/// Checks the host name, then the token.
async fn identify(request: HttpRequest) -> Result<Option<Role>, WebError> {
    let Some(site) = request.app_data::<Data<Site>>() else { return Ok(None) };
    if !host::is_ours(&request, site.public_url.as_ref()) {
        return Err(WebError::WrongHost);
    }
    if site.access == Access::Open {
        return Ok(Some(Role::Viewer));
    }
    match presented(&request) {
        Some(token) => Ok(site.catalog.role_of(Sha256::of(token.as_bytes())).await?),
        None => Ok(None),
    }
}

/// The bearer's token (RFC 6750, section 2.1), else the cookie's.
fn presented(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    bearer.or_else(|| request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()))
}

impl FromRequest for ApiReader {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(request).await?.map(|_| Self).ok_or(WebError::Unauthorized) })
    }
}

impl FromRequest for PageReader {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            // A program that sent a wrong token must not get a page with status 200.
            let refusal = if request.headers().contains_key(AUTHORIZATION) {
                WebError::Unauthorized
            } else {
                WebError::SignIn
            };
            identify(request).await?.map(|_| Self).ok_or(refusal)
        })
    }
}
