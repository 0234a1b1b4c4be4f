//! `/api/v1/projects`: where work is going on.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use jiff::civil::DateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::cursor::{self, List, cursor};
use super::page::{Page, part};
use super::present;
use crate::catalog::photo::Walk;
use crate::catalog::project;
use crate::domain::photo::PhotoId;
use crate::domain::verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::project::find;
use crate::web::people::Visitor;

/// A project with photos.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Project {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// As announced at first sight; null where nothing was.
    #[schema(example = "Project Sunrise")]
    name: Option<String>,
    /// The team's name as announced at first sight; null where nothing was.
    #[schema(example = "Group Scenery")]
    team: Option<String>,
    /// Its photos.
    counts: Counts,
    /// Local time of its last photo, without a zone.
    #[schema(value_type = String, example = "2025-12-11T13:45:00")]
    last_local_time: DateTime,
    /// The id of its last photo.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    last_photo: Option<PhotoId>,
}

/// Archived photos by verdict.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Counts {
    /// All of them.
    #[schema(example = 12)]
    photos: i64,
    /// Time or place agrees, and nothing differs.
    #[schema(example = 9)]
    consistent: i64,
    /// Nothing differs, and nothing proves it.
    #[schema(example = 2)]
    inconclusive: i64,
    /// One thing differs.
    #[schema(example = 1)]
    suspicious: i64,
    /// They cannot be what they are said to be.
    #[schema(example = 0)]
    contradicted: i64,
}

/// A part of the projects.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Projects {
    /// Those with the latest photos first.
    projects: Vec<Project>,
    /// To be given as `after`; null at the end.
    #[schema(example = "cHJvamVjdHMgMjAyNS0xMi0xMVQxMzo0NTowMF8x")]
    next: Option<String>,
}

/// Lists projects
///
/// Projects with photos, as far as the visitor sees them.
#[utoipa::path(
    get, path = "/api/v1/projects", operation_id = "list_projects", tag = "projects", params(Page),
    responses((status = 200, description = "Projects", body = Projects)),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    page: Query<Page>,
) -> Result<HttpResponse, WebError> {
    let limit = page.limit()?;
    let after = page.place(List::Projects, cursor::place::<Place>)?;
    let all = site.catalog.projects(visitor.reach).await?;
    // The latest first, and of two with one time the lower number.
    let is_behind = |project: &project::Project| {
        after
            .as_ref()
            .is_none_or(|Place(last, id)| project.last < *last || (project.last == *last && project.id > *id))
    };
    let (found, is_more) = part(all, limit, is_behind);
    let last = found.last().filter(|_| is_more);
    let next = last.map(|last| cursor(List::Projects, format!("{}_{}", last.last, last.id)));
    let mut projects = Vec::new();
    for project in found {
        projects.push(shown(&site, project).await?);
    }
    Ok(HttpResponse::Ok().json(Projects { projects, next }))
}

/// Shows a project
///
/// Its names, its photos by verdict, and the last of them.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}", operation_id = "show_project", tag = "projects",
    params(("id" = i64, Path, description = "The project's number", example = 1)),
    responses(
        (status = 200, description = "The project", body = Project),
        (status = 404, description = "There is no such project with photos, or it is not shown to you"),
    ),
)]
pub(in crate::web) async fn one(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let project = find(&site, &visitor, *id).await?;
    Ok(HttpResponse::Ok().json(shown(&site, project).await?))
}

async fn shown(site: &Site, project: project::Project) -> Result<Project, WebError> {
    let from = ("~".to_owned(), i64::MAX);
    let walk = Walk { project: project.id, from, until: None, is_forward: false, limit: 1 };
    let last = site.catalog.photos_of_project(walk).await?;
    Ok(Project {
        id: project.id,
        name: present(project.name),
        team: present(project.team),
        counts: counts(project.counts),
        last_local_time: project.last,
        last_photo: last.first().map(|photo| photo.id),
    })
}

pub(super) fn counts(counts: project::Counts) -> Counts {
    Counts {
        photos: counts.photos,
        consistent: counts.of(verdict::Verdict::Consistent),
        inconclusive: counts.of(verdict::Verdict::Inconclusive),
        suspicious: counts.of(verdict::Verdict::Suspicious),
        contradicted: counts.of(verdict::Verdict::Contradicted),
    }
}

/// A place in the list: the local time of the last photo, and the project's number.
struct Place(DateTime, i64);

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (last, id) = text.rsplit_once('_').ok_or(())?;
        Ok(Self(last.parse().map_err(drop)?, id.parse().map_err(drop)?))
    }
}
