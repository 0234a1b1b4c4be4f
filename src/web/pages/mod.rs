//! Pages rendered on the server, complete without JavaScript.

pub mod assets;
pub mod audit;
pub mod audit_file;
mod cell;
pub mod day;
pub mod delivery;
pub mod derived;
mod fields;
pub mod inbox;
mod locator;
pub mod map;
pub mod newest;
pub mod photo;
mod place_time;
pub mod project;
pub mod projects;
pub mod search;
mod spoken;
mod standing;
pub mod verification;
mod whole;
pub mod words;

use actix_web::HttpResponse;
use askama::Template;

use super::error::WebError;
use super::people::{Need, Visitor};
use crate::domain::access::Role;

/// What stands around a page: who is signed in, and the ways that are open to them.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Nothing where nobody is signed in.
    pub visitor: Option<Signed>,
    /// The way that leads to this page.
    pub here: &'static str,
}

/// Who is signed in, as pages show it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each opens a way of its own")]
pub(super) struct Signed {
    pub name: String,
    pub role: Role,
    pub has_session: bool,
    pub sees_all: bool,
    pub audits: bool,
    pub administers: bool,
}

impl Frame {
    /// Of a page for everybody.
    pub fn of_nobody() -> Self {
        Self::default()
    }

    /// Whether this is the page of somebody without limits.
    pub fn sees_all(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.sees_all)
    }

    /// Of a page that lies on the way `here`.
    pub fn of(visitor: &Visitor, here: &'static str) -> Self {
        let signed = Signed {
            name: visitor.name.clone(),
            role: visitor.role,
            has_session: visitor.has_session,
            sees_all: visitor.may(Need::SeeAll),
            audits: visitor.may(Need::Audit),
            administers: visitor.may(Need::Administer),
        };
        Self { visitor: Some(signed), here }
    }
}

/// A page.
pub(super) fn html(page: &impl Template) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page.render()?))
}
