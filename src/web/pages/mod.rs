//! Pages rendered on the server, complete without JavaScript.

pub mod assets;
mod cell;
pub mod day;
pub mod derived;
mod fields;
pub mod inbox;
pub mod map;
pub mod newest;
pub mod photo;
pub mod project;
pub mod projects;
pub mod search;
mod words;

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use askama::Template;

use super::error::WebError;

/// No script, no inline style, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// A page with the headers that every page has.
pub(super) fn html(page: &impl Template) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.render()?))
}
