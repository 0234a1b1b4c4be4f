//! `/api/v1/projects/{id}/days`: a project day by day, and the photos of a day in the order of its clock.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::cursor::{self, List, cursor};
use super::page::{Page, part};
use super::photos::{Photo, shown};
use super::projects::{Counts, counts};
use crate::catalog::photo::Walk;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::day::start;
use crate::web::pages::project::find;
use crate::web::people::Visitor;

/// A day with photos.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Day {
    /// At the place of capture.
    #[schema(value_type = String, format = Date, example = "2025-12-11")]
    day: Date,
    /// Its photos.
    counts: Counts,
}

/// A part of a project's days.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Days {
    /// The latest first; days without photos are left out.
    days: Vec<Day>,
    /// To be given as `after`; null at the end.
    #[schema(example = "ZGF5cyAyMDI1LTEyLTEx")]
    next: Option<String>,
}

/// A part of the photos of a day.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct PhotosOfDay {
    /// At the place of capture.
    #[schema(value_type = String, format = Date, example = "2025-12-11")]
    day: Date,
    /// All photos of the day.
    counts: Counts,
    /// In the order of their local time.
    photos: Vec<Photo>,
    /// To be given as `after`; null at the end.
    #[schema(example = "ZGF5IDIwMjUtMTItMTFUMTM6NDU6MDBfMTc")]
    next: Option<String>,
}

/// Lists the days of a project
///
/// Days with photos, the latest first, with their photos by verdict.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/days", operation_id = "list_days", tag = "projects",
    params(("id" = i64, Path, description = "The project's number", example = 1), Page),
    responses(
        (status = 200, description = "Days", body = Days),
        (status = 404, description = "There is no such project with photos, or it is not shown to you"),
    ),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
    page: Query<Page>,
) -> Result<HttpResponse, WebError> {
    let limit = page.limit()?;
    let after = page.place(List::Days, cursor::place::<Date>)?;
    let project = find(&site, &visitor, *id).await?;
    let all = site.catalog.days_of(project.id).await?;
    let (found, is_more) = part(all, limit, |day| after.is_none_or(|after| day.day < after));
    let next = found.last().filter(|_| is_more).map(|last| cursor(List::Days, last.day));
    let days = found.into_iter().map(|day| Day { day: day.day, counts: counts(day.counts) }).collect();
    Ok(HttpResponse::Ok().json(Days { days, next }))
}

/// Lists the photos of a day
///
/// In the order of their local time. `/api/v1/photos?project_id=…&from=…&to=…` gives the same in the order of archiving.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/days/{day}", operation_id = "list_photos_of_day", tag = "projects",
    params(
        ("id" = i64, Path, description = "The project's number", example = 1),
        ("day" = String, Path, format = Date, description = "The day at the place of capture", example = "2025-12-11"),
        Page,
    ),
    responses(
        (status = 200, description = "Photos with their findings", body = PhotosOfDay),
        (status = 404, description = "The project has no such day, or is not shown to you"),
    ),
)]
pub(in crate::web) async fn one(
    visitor: Visitor,
    site: Data<Site>,
    path: Path<(i64, String)>,
    page: Query<Page>,
) -> Result<HttpResponse, WebError> {
    let limit = page.limit()?;
    let after = page.place(List::PhotosOfDay, cursor::place::<String>)?;
    let (id, day) = path.into_inner();
    let day: Date = day.parse().map_err(|_| WebError::NotFound("day"))?;
    let project = find(&site, &visitor, id).await?;
    let days = site.catalog.days_of(project.id).await?;
    let found = days.into_iter().find(|found| found.day == day).ok_or(WebError::NotFound("day"))?;
    let walk = Walk {
        project: project.id,
        from: start(day, after.as_deref())?,
        until: day.tomorrow().ok().map(|day| day.to_string()),
        is_forward: true,
        // One more tells whether there is more.
        limit: limit + 1,
    };
    let (photos, is_more) = part(site.catalog.photos_of_project(walk).await?, limit, |_| true);
    let last = photos.last().filter(|_| is_more);
    let next = last.map(|last| cursor(List::PhotosOfDay, format!("{}_{}", last.local_time, last.seq)));
    let photos = shown(&site, &visitor, photos).await?;
    Ok(HttpResponse::Ok().json(PhotosOfDay { day, counts: counts(found.counts), photos, next }))
}
