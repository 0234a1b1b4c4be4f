//! `/api/v1/people`: who may sign in. For admins.

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::ADMINISTERS;
use super::time;
use crate::catalog::user::User;
use crate::domain::access;
use crate::domain::access::Reach;
use crate::web::Site;
use crate::web::error::WebError;

/// What somebody may do; each role may do what those before it may: `viewer`, `auditor`, `admin`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "viewer")]
pub(in crate::web) enum Role {
    Viewer,
    Auditor,
    Admin,
}

impl From<access::Role> for Role {
    fn from(role: access::Role) -> Self {
        match role {
            access::Role::Viewer => Self::Viewer,
            access::Role::Auditor => Self::Auditor,
            access::Role::Admin => Self::Admin,
        }
    }
}

/// Somebody who may sign in, or is invited to.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Person {
    /// Given once and never again.
    #[schema(example = 1)]
    id: i64,
    /// As first written.
    #[schema(example = "Ada")]
    name: String,
    /// What they may do.
    role: Role,
    /// The numbers of the projects to which they are limited; null where they see all.
    #[schema(example = json!([1]))]
    projects: Option<Vec<i64>>,
    /// Whether they chose a password.
    #[schema(example = true)]
    has_password: bool,
    /// Until when their link can be used; null where there is none.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-14T08:00:00.000Z")]
    invited_until: Option<Timestamp>,
    /// When they last signed in; null before the first time.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T08:00:00.000Z")]
    signed_in_at: Option<Timestamp>,
}

/// All people.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct People {
    /// By name.
    people: Vec<Person>,
}

/// Lists people
///
/// Who may sign in, or is invited to. They are changed on the page of settings and by `keepmark user`.
#[utoipa::path(
    get, path = "/api/v1/people", operation_id = "list_people", tag = "access",
    responses(
        (status = 200, description = "People", body = People),
        (status = 403, description = ADMINISTERS),
    ),
)]
pub(in crate::web) async fn list(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let people = site.catalog.users().await?.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(People { people }))
}

fn shown(user: User) -> Person {
    Person {
        id: user.id,
        name: user.name,
        role: user.role.into(),
        projects: match user.reach {
            Reach::All => None,
            Reach::Projects(projects) => Some(projects),
        },
        has_password: user.has_password,
        invited_until: user.invited_until_ms.map(time),
        signed_in_at: user.signed_in_at_ms.map(time),
    }
}
