//! Who asks, and what they may do: people with a session, and bearers of API tokens.
//!
//! Every route names its [`Need`] in the table of routes; nothing is answered before it is met.

mod address;
mod bearer;
pub mod invitation;
mod password;
mod patience;
pub mod sign_in;

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};

use super::Site;
use super::error::WebError;
use crate::catalog::session::SignedIn;
use crate::domain::access::{Reach, Role};
use crate::domain::photo::Sha256;

pub use bearer::Bearer;
pub use password::Passwords;
pub use patience::Patience;

/// Who may look at pages and use the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the server: only for the demo, on a loopback address.
    Open,
    /// People who sign in, and bearers of tokens.
    People,
}

/// What a route asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: it tells nobody anything.
    Nobody,
    /// Any role; what is shown is cut to the visitor's reach.
    See,
    /// Any role without limits: what is shown belongs to no project.
    SeeAll,
    /// An auditor: personal data as it came.
    Audit,
    /// An admin.
    Administer,
}

/// Who is behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visitor {
    /// For the page's header.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they see.
    pub reach: Reach,
    /// Whether there is a session that can be ended.
    pub has_session: bool,
}

impl Visitor {
    /// Whether a need is met.
    pub fn may(&self, need: Need) -> bool {
        match need {
            Need::Nobody | Need::See => true,
            Need::SeeAll => self.reach == Reach::All,
            Need::Audit => self.role >= Role::Auditor,
            Need::Administer => self.role == Role::Admin,
        }
    }
}

/// The cookie of a session. Browsers keep a name with this prefix only when it is `Secure`, without a domain and for the
/// whole host (RFC 6265bis, section 4.1.3.2): no neighbour on the same domain can plant one.
const COOKIE: &str = "__Host-keepmark";

/// Lets a request through to its route when the visitor meets the need.
pub(super) async fn admit(
    need: Need,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refused = match identify(request.request()).await {
        Ok(visitor) => {
            let refused = refusal(request.request(), need, visitor.as_ref());
            if let Some(visitor) = visitor {
                request.extensions_mut().insert(visitor);
            }
            refused
        }
        // A page that tells nobody anything needs no catalogue.
        Err(_) if need == Need::Nobody => None,
        Err(error) => Some(error),
    };
    match refused {
        Some(refusal) => Ok(request.error_response(refusal)),
        None => next.call(request).await,
    }
}

fn refusal(request: &HttpRequest, need: Need, visitor: Option<&Visitor>) -> Option<WebError> {
    match visitor {
        _ if need == Need::Nobody => None,
        None => Some(who_are_you(request)),
        Some(visitor) => (!visitor.may(need)).then_some(WebError::Forbidden(need)),
    }
}

/// A program gets a status, a person the page on which to sign in and the way back.
fn who_are_you(request: &HttpRequest) -> WebError {
    let is_program = request.path().starts_with("/api/")
        || request.path() == "/metrics"
        || request.headers().contains_key(AUTHORIZATION);
    let is_reading = request.method().is_safe();
    match (is_program, is_reading) {
        (true, _) => WebError::Unauthorized,
        (false, true) => WebError::SignIn(request.uri().path_and_query().map(ToString::to_string)),
        (false, false) => WebError::SignIn(None),
    }
}

async fn identify(request: &HttpRequest) -> Result<Option<Visitor>, WebError> {
    let Some(site) = request.app_data::<Data<Site>>() else { return Ok(None) };
    if site.access == Access::Open {
        let name = "demo".to_owned();
        return Ok(Some(Visitor { name, role: Role::Admin, reach: Reach::All, has_session: false }));
    }
    let now_ms = (site.clock)().as_millisecond();
    match (bearer_of(request), session_of(request)) {
        // A wrong token is refused whatever cookie stands beside it.
        (Some(secret), _) => by_token(site, &secret, now_ms).await,
        (None, Some(secret)) => by_session(site, &secret, now_ms).await,
        (None, None) => Ok(None),
    }
}

async fn by_token(site: &Site, secret: &str, now_ms: i64) -> Result<Option<Visitor>, WebError> {
    const NOTED_MS: i64 = 60 * 1000;
    let token = site.catalog.api_token(Sha256::of(secret.as_bytes()), now_ms).await?;
    let Some(token) = token else { return Ok(None) };
    if token.last_used_at_ms.is_none_or(|used| used <= now_ms - NOTED_MS) {
        let (catalog, name) = (site.catalog.clone(), token.name.clone());
        // Nobody waits for the note, and nobody is refused where it fails.
        actix_web::rt::spawn(async move { catalog.note_api_token(name, now_ms).await.ok() });
    }
    Ok(Some(Visitor { name: token.name, role: token.role, reach: Reach::All, has_session: false }))
}

async fn by_session(site: &Site, secret: &str, now_ms: i64) -> Result<Option<Visitor>, WebError> {
    let token = Sha256::of(secret.as_bytes());
    let Some(SignedIn { name, role, reach, is_stale, .. }) = site.catalog.session(token, now_ms).await?
    else {
        return Ok(None);
    };
    if is_stale {
        let catalog = site.catalog.clone();
        actix_web::rt::spawn(async move { catalog.note_session(token, now_ms).await.ok() });
    }
    Ok(Some(Visitor { name, role, reach, has_session: true }))
}

/// RFC 6750, section 2.1.
fn bearer_of(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn session_of(request: &HttpRequest) -> Option<String> {
    request.cookie(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The visitor whom [`admit`] let through.
impl FromRequest for Visitor {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(WebError::Unauthorized))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(role: Role, reach: Reach) -> Visitor {
        Visitor { name: "Ada".to_owned(), role, reach, has_session: true }
    }

    #[test]
    fn a_limited_viewer_sees_nothing_that_belongs_to_no_project() {
        let limited = visitor(Role::Viewer, Reach::Projects(vec![1]));
        assert!(limited.may(Need::See) && !limited.may(Need::SeeAll) && !limited.may(Need::Audit));
        let viewer = visitor(Role::Viewer, Reach::All);
        assert!(viewer.may(Need::SeeAll) && !viewer.may(Need::Audit) && !viewer.may(Need::Administer));
        let auditor = visitor(Role::Auditor, Reach::All);
        assert!(auditor.may(Need::Audit) && !auditor.may(Need::Administer));
        assert!(visitor(Role::Admin, Reach::All).may(Need::Administer));
    }
}
