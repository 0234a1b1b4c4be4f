//! `/projects/{id}`: the days of a project, month by month.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::civil::{Date, DateTime};

use super::words::{named, photos};
use super::{Frame, html};
use crate::catalog::project::{Day, Project};
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

#[derive(Template)]
#[template(path = "project.html")]
struct Page {
    frame: Frame,
    id: i64,
    name: String,
    team: String,
    photos: String,
    last: String,
    last_datetime: DateTime,
    months: Vec<Month>,
}

/// A month with photos.
struct Month {
    name: String,
    photos: String,
    days: Vec<Cell>,
}

/// A day of the calendar; days without photos are no links.
struct Cell {
    day: Date,
    number: i8,
    /// 1 for Monday to 7; only the first of a month needs it.
    column: i8,
    photos: i64,
    title: String,
    is_odd: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let project = find(&site, &visitor, *id).await?;
    let days = site.catalog.days_of(project.id).await?;
    html(&Page {
        frame: Frame::of(&visitor, "projects"),
        id: project.id,
        name: named(&project.name, "no project"),
        team: named(&project.team, "no team"),
        photos: photos(project.counts.photos),
        last: project.last.strftime("%-d %B %Y, %H:%M").to_string(),
        last_datetime: project.last,
        months: months(&days),
    })
}

/// A project by the number in an address; one that the visitor does not see is none.
pub(in crate::web) async fn find(site: &Site, visitor: &Visitor, id: i64) -> Result<Project, WebError> {
    let found = site.catalog.project(id).await?.filter(|project| visitor.reach.includes(project.id));
    found.ok_or(WebError::NotFound("project"))
}

fn months(days: &[Day]) -> Vec<Month> {
    let same_month = |a: &Day, b: &Day| (a.day.year(), a.day.month()) == (b.day.year(), b.day.month());
    days.chunk_by(same_month).map(month).collect()
}

fn month(days: &[Day]) -> Month {
    let first = days[0].day.first_of_month();
    let cell = |day: Date| {
        let found = days.iter().find(|found| found.day == day);
        let count = found.map_or(0, |found| found.counts.photos);
        Cell {
            day,
            number: day.day(),
            column: day.weekday().to_monday_one_offset(),
            photos: count,
            title: format!("{}: {}", day.strftime("%-d %B %Y"), photos(count)),
            is_odd: found.is_some_and(|found| {
                found.counts.of(Verdict::Suspicious) + found.counts.of(Verdict::Contradicted) > 0
            }),
        }
    };
    Month {
        name: first.strftime("%B %Y").to_string(),
        photos: photos(days.iter().map(|day| day.counts.photos).sum()),
        days: first
            .series(jiff::ToSpan::day(1))
            .take(first.days_in_month().unsigned_abs().into())
            .map(cell)
            .collect(),
    }
}
