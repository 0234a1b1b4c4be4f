//! `/`: where work is going on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::cell::derived_size;
use super::words::{named, photos};
use super::{Frame, html};
use crate::catalog::project::{self, Project};
use crate::domain::job::State;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};
use crate::web::settings;

/// A year in weeks, as the chart shows it.
const WEEKS: usize = 53;
/// How long ago the first of them was.
const WEEKS_AGO_MAX: i64 = 52;

#[derive(Template)]
#[template(path = "projects.html")]
struct Page {
    frame: Frame,
    archived: String,
    is_empty: bool,
    waiting: i64,
    dead: i64,
    store_trouble: Option<String>,
    projects: Vec<Row>,
    activity: Vec<Bar>,
    has_public_url: bool,
    /// The hook's address, for an admin.
    hook: Option<String>,
}

/// A project, in words.
struct Row {
    id: i64,
    name: String,
    team: String,
    photos: String,
    last: String,
    last_datetime: DateTime,
    last_day: Date,
    /// Verdicts other than consistent, where there are any.
    odd: Vec<(Verdict, i64)>,
    cover: Option<Cover>,
}

/// The last photo that can be shown.
struct Cover {
    id: String,
    width: u32,
    height: u32,
}

/// A week of the chart.
struct Bar {
    x: i64,
    height: i64,
    y: i64,
    title: String,
}

pub(in crate::web) async fn show(
    request: HttpRequest,
    visitor: Visitor,
    site: Data<Site>,
) -> Result<HttpResponse, WebError> {
    let projects = site.catalog.projects(visitor.reach.clone()).await?;
    // What belongs to no project is nothing to those who see only some.
    let sees_all = visitor.may(Need::SeeAll);
    let queue = if sees_all { site.catalog.queue().await? } else { Vec::new() };
    let count = |state: State| queue.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs);
    let archived = projects.iter().map(|project| project.counts.photos).sum();
    let activity = match projects.iter().map(|project| project.last.date()).max() {
        Some(last) => {
            let begin = last.saturating_sub((7 * WEEKS_AGO_MAX + 6).days());
            bars(last, &site.catalog.activity(begin, last, visitor.reach.clone()).await?)
        }
        None => Vec::new(),
    };
    let covers = site.catalog.covers(projects.iter().map(|project| project.id).collect()).await?;
    html(&Page {
        frame: Frame::of(&visitor, "projects"),
        archived: photos(archived),
        is_empty: archived == 0,
        waiting: count(State::Ready) + count(State::Scheduled) + count(State::Leased) + count(State::Held),
        dead: count(State::Dead),
        store_trouble: site.catalog.store().await?.trouble.map(|trouble| trouble.reason).filter(|_| sees_all),
        projects: projects.into_iter().zip(covers).map(|(project, cover)| row(&project, cover)).collect(),
        activity,
        has_public_url: site.public_url.is_some(),
        hook: if visitor.may(Need::Administer) { settings::hook_address(&request, &site) } else { None },
    })
}

fn row(project: &Project, cover: Option<project::Cover>) -> Row {
    let cover = cover.map(|cover| {
        let (width, height) = derived_size(cover.dimensions, 360);
        Cover { id: cover.photo.to_string(), width, height }
    });
    let odd = Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Consistent);
    Row {
        id: project.id,
        name: named(&project.name, "no project"),
        team: named(&project.team, "no team"),
        photos: photos(project.counts.photos),
        last: project.last.strftime("%-d %b %Y, %H:%M").to_string(),
        last_datetime: project.last,
        last_day: project.last.date(),
        odd: odd
            .map(|verdict| (verdict, project.counts.of(verdict)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        cover,
    }
}

/// Photos a week, the last week at the right.
fn bars(last: Date, days: &[(Date, i64)]) -> Vec<Bar> {
    const HIGHEST: i64 = 40;
    let instant =
        |day: Date| day.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    let mut weeks = [0_i64; WEEKS];
    for (day, photos) in days {
        let ago = instant(last).duration_since(instant(*day)).as_hours() / (24 * 7);
        if let Some(week) = usize::try_from(WEEKS_AGO_MAX - ago).ok().and_then(|at| weeks.get_mut(at)) {
            *week += photos;
        }
    }
    let most = weeks.iter().copied().max().unwrap_or(0).max(1);
    let begins = |at: i64| last.saturating_sub((7 * (WEEKS_AGO_MAX - at) + 6).days());
    (0_i64..)
        .zip(weeks)
        .filter(|(_, count)| *count > 0)
        .map(|(at, count)| {
            let height = (count * HIGHEST / most).max(1);
            let title = format!("{} in the week from {}", photos(count), begins(at).strftime("%-d %b %Y"));
            Bar { x: at * 8, height, y: HIGHEST - height, title }
        })
        .collect()
}
