//! `/projects/{id}`: the days of a project, month by month.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;
use url::form_urlencoded;

use super::spoken::{Civil, Count, Photos};
use super::whole::{self, Whole};
use super::words::named;
use super::{Frame, html};
use crate::catalog::project::{self as catalog, Day, Project};
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    /// A day to go to.
    day: Option<String>,
}

#[derive(Template)]
#[template(path = "project.html")]
struct Page {
    frame: Frame,
    id: i64,
    name: String,
    team: String,
    photos: Photos,
    last: Civil,
    downloads: Whole,
    /// Each year with the month to jump to.
    years: Vec<(i16, String)>,
    first_day: Date,
    last_day: Date,
    months: Vec<Month>,
    members: Vec<Member>,
}

/// Somebody who took photos of the project.
struct Member {
    name: String,
    photos: Count,
    last: Civil,
    /// Their photos of this project.
    link: String,
}

/// A month with photos.
struct Month {
    /// As 2025-12, to jump to.
    id: String,
    name: Civil,
    photos: Photos,
    days: Vec<Cell>,
}

/// A day of the calendar; days without photos are no links.
struct Cell {
    day: Date,
    number: i8,
    /// 1 for Monday to 7; only the first of a month needs it.
    column: i8,
    count: Count,
    title: Civil,
    photos: Photos,
    is_odd: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let project = find(&site, &visitor, *id).await?;
    let days = site.catalog.days_of(project.id).await?;
    if let Some(day) = asked.day.as_deref().filter(|day| !day.is_empty()) {
        let day = day.parse().map_err(|_| WebError::BadRequest("write the day as 2026-03-21".to_owned()))?;
        let day = nearest(&days, day).ok_or(WebError::NotFound("day"))?;
        let there = format!("/projects/{}/{day}", project.id);
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, there)).finish());
    }
    let members = site.catalog.members_of(project.id).await?;
    html(&Page {
        frame: Frame::of(&visitor, "projects"),
        id: project.id,
        name: named(&project.name, "no project"),
        team: named(&project.team, "no team"),
        photos: Photos(project.counts.photos),
        last: Civil::time(project.last, "%-d %B %Y, %H:%M"),
        downloads: whole::of(&[("project_id", &project.id.to_string())]),
        years: years(&days),
        first_day: days.last().map_or(project.last.date(), |day| day.day),
        last_day: project.last.date(),
        months: months(&days),
        members: members.iter().map(|found| member(project.id, found)).collect(),
    })
}

/// A project by the number in an address; one that the visitor does not see is none.
pub(in crate::web) async fn find(site: &Site, visitor: &Visitor, id: i64) -> Result<Project, WebError> {
    let found = site.catalog.project(id).await?.filter(|project| visitor.reach.includes(project.id));
    found.ok_or(WebError::NotFound("project"))
}

fn member(project: i64, member: &catalog::Member) -> Member {
    let mut link = form_urlencoded::Serializer::new(format!("/search?project_id={project}&"));
    Member {
        link: link.append_pair("member", &member.name).finish(),
        name: named(&member.name, "no member"),
        photos: Count(member.photos),
        last: Civil::time(member.last, "%-d %b %Y, %H:%M"),
    }
}

/// The years with photos, each with its last month.
fn years(days: &[Day]) -> Vec<(i16, String)> {
    let mut years: Vec<_> =
        days.iter().map(|day| (day.day.year(), day.day.strftime("%Y-%m").to_string())).collect();
    years.dedup_by_key(|(year, _)| *year);
    years
}

/// The day with photos that is nearest to the one that was asked for, earlier ones first.
fn nearest(days: &[Day], asked: Date) -> Option<Date> {
    let earlier = days.iter().map(|day| day.day).find(|day| *day <= asked);
    earlier.or_else(|| days.last().map(|day| day.day))
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
            count: Count(count),
            title: Civil::day(day, "%-d %B %Y"),
            photos: Photos(count),
            is_odd: found.is_some_and(|found| {
                found.counts.of(Verdict::Suspicious) + found.counts.of(Verdict::Contradicted) > 0
            }),
        }
    };
    Month {
        id: first.strftime("%Y-%m").to_string(),
        name: Civil::month(first),
        photos: Photos(days.iter().map(|day| day.counts.photos).sum()),
        days: first
            .series(jiff::ToSpan::day(1))
            .take(first.days_in_month().unsigned_abs().into())
            .map(cell)
            .collect(),
    }
}
