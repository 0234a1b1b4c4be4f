//! `/api/v1/projects/{id}/members`: who took photos of a project.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::civil::DateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::present;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::project::find;
use crate::web::people::Visitor;

/// Somebody who took photos of a project.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Member {
    /// As announced at first sight; null where nothing was.
    #[schema(example = "Alice Chen")]
    name: Option<String>,
    /// Archived photos of the project.
    #[schema(example = 12)]
    photos: i64,
    /// Local time of the last one, without a zone.
    #[schema(value_type = String, example = "2025-12-11T13:45:00")]
    last_local_time: DateTime,
}

/// The members of a project.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Members {
    /// Those with the most photos first.
    members: Vec<Member>,
}

/// Lists the members of a project
///
/// Who took its photos, and how many.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/members", operation_id = "list_members", tag = "projects",
    params(("id" = i64, Path, description = "The project's number", example = 1)),
    responses(
        (status = 200, description = "Members", body = Members),
        (status = 404, description = "There is no such project with photos, or it is not shown to you"),
    ),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let project = find(&site, &visitor, *id).await?;
    let found = site.catalog.members_of(project.id).await?;
    let members = found.into_iter().map(|member| Member {
        name: present(member.name),
        photos: member.photos,
        last_local_time: member.last,
    });
    Ok(HttpResponse::Ok().json(Members { members: members.collect() }))
}
