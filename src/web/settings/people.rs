//! Inviting, changing and removing people.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::{Made, base, done, page};
use crate::catalog::user::{Invitation, User};
use crate::domain::access::{Reach, Role};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Bearer, Visitor};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// How long a link can be used.
const LINK_DAYS: i64 = 3;

/// What a form says of a person. A field that comes several times is why this is no `Form`.
#[derive(Default)]
struct Said {
    name: String,
    role: Option<Role>,
    is_limited: bool,
    projects: Vec<i64>,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let mut said = Self::default();
        for (field, value) in form_urlencoded::parse(body) {
            match field.as_ref() {
                "name" => said.name = value.into_owned(),
                "role" => said.role = Role::from_word(&value),
                "limited" => said.is_limited = true,
                "project" => said.projects.extend(value.parse::<i64>()),
                _ => {}
            }
        }
        said
    }

    /// Never everything where projects were ticked: whoever did so meant a limit.
    fn reach(self) -> Result<Reach, WebError> {
        match (self.is_limited, self.projects.is_empty()) {
            (true, _) => Ok(Reach::Projects(self.projects)),
            (false, true) => Ok(Reach::All),
            (false, false) => Err(WebError::BadRequest(
                "projects are ticked, but not the box above them: tick \"only these\", or untick the projects"
                    .to_owned(),
            )),
        }
    }
}

pub(in crate::web) async fn invite(
    request: HttpRequest,
    site: Data<Site>,
    visitor: Visitor,
    body: Bytes,
) -> Result<HttpResponse, WebError> {
    let said = Said::read(&body);
    let length = said.name.trim().chars().count();
    if !(1..=100).contains(&length) {
        return Err(WebError::BadRequest("a name has between 1 and 100 characters".to_owned()));
    }
    let (name, role) = (said.name.clone(), said.role.or(Some(Role::Viewer)));
    let made = link(&request, &site, name, role, Some(said.reach()?)).await?;
    page(&request, &site, &visitor, Some(made)).await
}

/// A new link for somebody who is known: the way to a forgotten password.
pub(in crate::web) async fn link_again(
    request: HttpRequest,
    site: Data<Site>,
    visitor: Visitor,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let user = find(&site, *id).await?;
    let made = link(&request, &site, user.name, None, None).await?;
    page(&request, &site, &visitor, Some(made)).await
}

async fn link(
    request: &HttpRequest,
    site: &Site,
    name: String,
    role: Option<Role>,
    reach: Option<Reach>,
) -> Result<Made, WebError> {
    let (secret, now_ms) = (Bearer::random(), (site.clock)().as_millisecond());
    let expires_at_ms = now_ms + LINK_DAYS * DAY_MS;
    let words =
        format!("Give this link to {name}. It works once, for {LINK_DAYS} days, and is shown only now.");
    let invitation = Invitation { name, role, reach, token: secret.sha256(), expires_at_ms, now_ms };
    site.catalog.invite(invitation).await?;
    Ok(Made { words, secret: format!("{}/invite/{}", base(request, site), secret.reveal()) })
}

pub(in crate::web) async fn change(
    site: Data<Site>,
    id: Path<i64>,
    body: Bytes,
) -> Result<HttpResponse, WebError> {
    let (user, mut said) = (find(&site, *id).await?, Said::read(&body));
    let role = said.role.unwrap_or(user.role);
    if said.is_limited {
        said.projects.extend(not_shown(&site, &user.reach).await?);
    }
    site.catalog.change_user(user.id, role, said.reach()?).await?;
    Ok(done())
}

pub(in crate::web) async fn remove(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let user = find(&site, *id).await?;
    site.catalog.remove_user(user.id).await?;
    Ok(done())
}

/// The projects of a reach that have no box in the form, because they have no photos: nobody unticked them.
async fn not_shown(site: &Site, reach: &Reach) -> Result<Vec<i64>, WebError> {
    let Reach::Projects(projects) = reach else { return Ok(Vec::new()) };
    let shown = site.catalog.projects(Reach::All).await?;
    let is_shown = |id: &i64| shown.iter().any(|project| project.id == *id);
    Ok(projects.iter().filter(|id| !is_shown(id)).copied().collect())
}

async fn find(site: &Site, id: i64) -> Result<User, WebError> {
    let users = site.catalog.users().await?;
    users.into_iter().find(|user| user.id == id).ok_or(WebError::NotFound("person"))
}
