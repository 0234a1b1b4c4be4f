//! Making and revoking tokens of the API.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{Made, done, page};
use crate::catalog::token::ApiToken;
use crate::domain::access::Role;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Bearer, Visitor};

const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    name: String,
    role: String,
    /// Empty: it does not end.
    days: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Named {
    name: String,
}

pub(in crate::web) async fn create(
    request: HttpRequest,
    site: Data<Site>,
    visitor: Visitor,
    asked: Form<Asked>,
) -> Result<HttpResponse, WebError> {
    let Asked { name, role, days } = asked.into_inner();
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(WebError::BadRequest("a token needs a name that says what it is for".to_owned()));
    }
    let role = Role::from_word(&role);
    let role = role.ok_or_else(|| WebError::BadRequest("choose a role for the token".to_owned()))?;
    let (secret, now_ms) = (Bearer::for_api(), (site.clock)().as_millisecond());
    let words = format!("This is the token {name}. It is shown only now: only its hash is kept.");
    let expires_at_ms = expiry(&days)?.map(|days| now_ms + days * DAY_MS);
    let token = ApiToken { name, role, created_at_ms: now_ms, expires_at_ms, last_used_at_ms: None };
    site.catalog.add_api_token(token, secret.sha256()).await?;
    let made = Made { words, secret: secret.reveal().to_owned() };
    page(&request, &site, &visitor, Some(made)).await
}

fn expiry(days: &str) -> Result<Option<i64>, WebError> {
    let wrong =
        || WebError::BadRequest("the days until a token ends are a number from 1 to 36500".to_owned());
    match days.trim() {
        "" => Ok(None),
        days => Ok(Some(days.parse().ok().filter(|days| (1..=36_500).contains(days)).ok_or_else(wrong)?)),
    }
}

pub(in crate::web) async fn revoke(site: Data<Site>, named: Form<Named>) -> Result<HttpResponse, WebError> {
    if site.catalog.revoke_api_token(named.into_inner().name).await? {
        Ok(done())
    } else {
        Err(WebError::NotFound("token"))
    }
}
