//! `/settings`: people, tokens, the hook's address, the store, the version. For admins.
//!
//! Each change is a form of its own. A secret that a change makes is shown once, on the answer to it.

pub mod hook;
pub mod people;
pub mod store;
pub mod tokens;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use askama::Template;
use jiff::Timestamp;

use super::Site;
use super::error::WebError;
use super::pages::words::{Moment, named};
use super::pages::{Frame, html};
use super::people::Visitor;
use crate::catalog::token::ApiToken;
use crate::catalog::user::User;
use crate::domain::access::{Reach, Role};

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    /// What the last change made, to be copied now.
    made: Option<Made>,
    roles: [Role; 3],
    people: Vec<Person>,
    tokens: Vec<Token>,
    projects: Vec<Project>,
    hook: Option<String>,
    has_public_url: bool,
    store: Store,
    version: &'static str,
}

/// A secret that is shown once.
struct Made {
    words: String,
    secret: String,
}

/// Somebody, in words.
struct Person {
    id: i64,
    name: String,
    role: Role,
    sees: Vec<i64>,
    is_limited: bool,
    standing: Dated,
}

/// Words, and the day that they speak of.
struct Dated {
    words: &'static str,
    day: Option<Moment>,
}

/// A token, in words.
struct Token {
    name: String,
    role: Role,
    ends: Dated,
    used: Dated,
}

/// A project to choose.
struct Project {
    id: i64,
    name: String,
}

/// The store, in words.
struct Store {
    place: String,
    trouble: Option<String>,
    found: Option<String>,
    probed: Option<Moment>,
}

pub(super) async fn show(
    request: HttpRequest,
    site: Data<Site>,
    visitor: Visitor,
) -> Result<HttpResponse, WebError> {
    page(&request, &site, &visitor, None).await
}

async fn page(
    request: &HttpRequest,
    site: &Site,
    visitor: &Visitor,
    made: Option<Made>,
) -> Result<HttpResponse, WebError> {
    let now = (site.clock)();
    let projects = site.catalog.projects(Reach::All).await?;
    let store = site.catalog.store().await?;
    html(&Page {
        frame: Frame::of(visitor, "settings"),
        made,
        roles: Role::ALL,
        people: site.catalog.users().await?.into_iter().map(|user| person(user, now)).collect(),
        tokens: site.catalog.api_tokens().await?.into_iter().map(|made| token(made, now)).collect(),
        projects: projects
            .into_iter()
            .map(|project| Project { id: project.id, name: named(&project.name, "no project") })
            .collect(),
        hook: hook_address(request, site),
        has_public_url: site.public_url.is_some(),
        store: Store {
            place: site.archive.place.clone(),
            trouble: store.trouble.map(|trouble| trouble.reason),
            found: store.capabilities.map(|found| {
                let words = found.each().map(|(name, found)| format!("{name}: {found}"));
                words.join(", ")
            }),
            probed: store.probed_at_ms.map(|at| Moment::of(at, "%-d %b %Y")),
        },
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// The address to paste into Timemark.
pub(super) fn hook_address(request: &HttpRequest, site: &Site) -> Option<String> {
    hook::address(site, &base(request, site))
}

/// Back to the page, so that loading it again changes nothing again.
fn done() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/settings")).finish()
}

/// How the outside reaches this server: by its public name, else as this browser does.
fn base(request: &HttpRequest, site: &Site) -> String {
    let host = || request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    match &site.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", host()),
    }
}

fn person(user: User, now: Timestamp) -> Person {
    let standing = match (user.signed_in_at_ms, user.invited_until_ms) {
        (Some(at), _) => Dated::on("last signed in on", at),
        (None, Some(until)) if until > now.as_millisecond() => Dated::on("invited until", until),
        (None, Some(_)) => Dated::never("the link was not used in time"),
        (None, None) => Dated::never("never signed in"),
    };
    let sees = match user.reach {
        Reach::All => Vec::new(),
        Reach::Projects(ref projects) => projects.clone(),
    };
    let is_limited = user.reach != Reach::All;
    Person { id: user.id, name: user.name, role: user.role, sees, is_limited, standing }
}

fn token(token: ApiToken, now: Timestamp) -> Token {
    let ends = match token.expires_at_ms {
        None => Dated::never("does not end"),
        Some(at) if at <= now.as_millisecond() => Dated::on("ended on", at),
        Some(at) => Dated::on("ends on", at),
    };
    let used = token.last_used_at_ms.map_or(Dated::never("never used"), |at| Dated::on("last used on", at));
    Token { name: token.name, role: token.role, ends, used }
}

impl Dated {
    fn on(words: &'static str, milliseconds: i64) -> Self {
        Self { words, day: Some(Moment::day(milliseconds)) }
    }

    fn never(words: &'static str) -> Self {
        Self { words, day: None }
    }
}
