//! `/projects/{id}/{yyyy-mm-dd}`: what was seen on one day.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use super::cell::Cell;
use super::spoken::{Civil, Count, Photos, Sentences};
use super::whole::{self, Whole};
use super::words::named;
use super::{Frame, html, project};
use crate::catalog::photo::Walk;
use crate::catalog::project::Day;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos a page: more would be no page but a wall.
const PAGE: u32 = 200;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    /// Behind this photo: its local time and its number of sealing.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "day.html")]
struct Page {
    frame: Frame,
    project: i64,
    name: String,
    day: Civil,
    title: String,
    answer: Sentences,
    downloads: Whole,
    photos: Vec<Cell>,
    next: Option<String>,
    earlier: Option<Date>,
    later: Option<Date>,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    path: Path<(i64, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (id, day) = path.into_inner();
    let day: Date = day.parse().map_err(|_| WebError::NotFound("day"))?;
    let project = project::find(&site, &visitor, id).await?;
    let days = site.catalog.days_of(id).await?;
    let at = days.iter().position(|found| found.day == day).ok_or(WebError::NotFound("day"))?;
    let walk = Walk {
        project: id,
        from: start(day, asked.after.as_deref())?,
        until: day.tomorrow().ok().map(|day| day.to_string()),
        is_forward: true,
        // One more tells whether there is more.
        limit: PAGE + 1,
    };
    let mut found = site.catalog.photos_of_project(walk).await?;
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    discretion::keep(&site, &visitor, &mut found).await?;
    let last = found.last().filter(|_| is_more);
    let (id_word, day_word) = (id.to_string(), day.to_string());
    html(&Page {
        frame: Frame::of(&visitor, "projects"),
        project: id,
        name: named(&project.name, "no project"),
        title: day.strftime("%A, %-d %B %Y").to_string(),
        day: Civil::day(day, "%A, %-d %B %Y"),
        downloads: whole::of(&[("project_id", &id_word), ("from", &day_word), ("to", &day_word)]),
        answer: answer(&days[at]),
        photos: found.iter().map(|photo| Cell::of(photo, false)).collect(),
        next: last.map(|photo| format!("{}_{}", photo.local_time, photo.seq)),
        earlier: days.get(at + 1).map(|day| day.day),
        later: at.checked_sub(1).and_then(|at| days.get(at)).map(|day| day.day),
    })
}

/// Where the page begins: the day's first moment, or behind the last photo of the page before.
pub(in crate::web) fn start(day: Date, after: Option<&str>) -> Result<(String, i64), WebError> {
    let Some(after) = after else { return Ok((day.to_string(), 0)) };
    let cursor = after.rsplit_once('_').and_then(|(time, seq)| {
        let is_of_day = time.parse::<DateTime>().is_ok_and(|time| time.date() == day);
        is_of_day.then_some((time.to_owned(), seq.parse().ok()?))
    });
    cursor.ok_or_else(|| WebError::BadRequest("after must be what the page before gave".to_owned()))
}

fn answer(day: &Day) -> Sentences {
    let all = Sentences::default().tell(Photos(day.counts.photos));
    let [contradicted, suspicious] =
        [Verdict::Contradicted, Verdict::Suspicious].map(|verdict| Count(day.counts.of(verdict)));
    match (contradicted.0, suspicious.0) {
        (0, 0) => all.say("; nothing differs."),
        (_, 0) => all.say(", of them ").tell(contradicted).say(" contradicted."),
        (0, _) => all.say(", of them ").tell(suspicious).say(" suspicious."),
        _ => {
            let odd = all.say(", of them ").tell(contradicted).say(" contradicted and ");
            odd.tell(suspicious).say(" suspicious.")
        }
    }
}
