//! `/`: where work is going on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::cell::derived_size;
use super::spoken::{Civil, Count, Photos};
use super::standing::Standing;
use super::words::{named, photos};
use super::{Frame, html};
use crate::catalog::project::{self, Project};
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
    archived: Photos,
    /// Nothing for those who see only some projects: what waits belongs to none.
    standing: Option<Standing>,
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
    photos: Photos,
    of_all: Count,
    last: Civil,
    last_day: Date,
    consistent: Count,
    /// The other verdicts, where there are any.
    odd: Vec<(Verdict, Count)>,
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
    /// The week's first day.
    begin: Date,
    photos: i64,
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
    let standing = if sees_all { Some(Standing::of(&site).await?) } else { None };
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
        archived: Photos(archived),
        standing,
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
        photos: Photos(project.counts.photos),
        of_all: Count(project.counts.photos),
        last: Civil::time(project.last, "%-d %b %Y, %H:%M"),
        last_day: project.last.date(),
        consistent: Count(project.counts.of(Verdict::Consistent)),
        odd: odd
            .map(|verdict| (verdict, Count(project.counts.of(verdict))))
            .filter(|(_, count)| count.0 > 0)
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
            let begin = begins(at);
            let title = format!("{} in the week from {}", photos(count), begin.strftime("%-d %b %Y"));
            Bar { x: at * 8, height, y: HIGHEST - height, begin, photos: count, title }
        })
        .collect()
}
