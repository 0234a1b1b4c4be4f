//! `/photos/{id}`: is this what it claims to be?

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::civil::Date;

use super::cell::derived_size;
use super::locator::Locator;
use super::place_time;
use super::spoken::{Civil, Count, Tenths};
use super::words::{Moment, grouped, hashed, named, reason};
use super::{Frame, html, verification};
use crate::catalog::filter::Filter;
use crate::catalog::photo::Photo;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::position::Position;
use crate::domain::verdict::{Check, Finding, Outcome, Verdict};
use crate::web::Site;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};

#[derive(Template)]
#[template(path = "photo.html")]
struct Page {
    frame: Frame,
    id: String,
    code: Option<String>,
    /// As it was announced, not grouped for reading.
    code_to_copy: Option<String>,
    project_id: i64,
    project: String,
    team: String,
    member: String,
    day: Date,
    day_words: Civil,
    taken: Civil,
    /// Whose time it is.
    zone: String,
    verdict: Verdict,
    reason: String,
    has_image: bool,
    width: u32,
    height: u32,
    name: String,
    kind: String,
    size: Option<(Tenths, &'static str)>,
    size_bytes: Count,
    sha256: String,
    sha256_to_copy: Sha256,
    object_key: String,
    received: Moment,
    downloaded: Option<Moment>,
    archived: Moment,
    place_name: Option<String>,
    notes: Vec<String>,
    rows: Vec<Row>,
    device: Option<String>,
    place: Option<Place>,
    previous: Option<String>,
    next: Option<String>,
    versions: Vec<Version>,
    origins: Vec<Origin>,
    /// What Timemark's own page said, as people read it.
    outcomes: Vec<verification::Told>,
}

/// Where it was taken, as far as is known.
struct Place {
    text: String,
    on_map: String,
    around: Locator,
}

/// Another photo with the same code.
struct Version {
    id: String,
    archived: Moment,
    project: String,
    has_image: bool,
}

/// A delivery that led to it.
struct Origin {
    delivery: i64,
    is_repeat: bool,
    received: Moment,
    body: String,
}

/// One question, and what its checks found.
struct Row {
    question: &'static str,
    findings: Vec<Told>,
    /// Both agree: one line is enough.
    is_quiet: bool,
}

/// A finding, in words.
struct Told {
    check: &'static str,
    outcome: &'static str,
    detail: String,
    announced: Option<String>,
    found: Option<String>,
    /// Where the second claim comes from.
    witness: &'static str,
    /// Where both agree, the sentence is enough.
    is_compared: bool,
    photos: Vec<String>,
}

/// The questions of the card, and the checks that answer them.
const QUESTIONS: [(&str, &[Check]); 4] = [
    ("When", &[Check::Time, Check::NameTime, Check::Clock]),
    ("Where", &[Check::Position]),
    ("Who and with what", &[Check::Device, Check::Software]),
    ("What", &[Check::Completeness, Check::Type, Check::Code, Check::Reuse]),
];

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let [previous, next] = site.catalog.neighbours(&photo).await?.map(|id| id.map(|id| id.to_string()));
    let history = site.catalog.histories(vec![photo.seq], visitor.reach.clone()).await?.pop();
    let (place_name, notes) =
        history.as_ref().map(|known| (known.place.clone(), known.notes.clone())).unwrap_or_default();
    html(&Page {
        previous,
        next,
        downloaded: history.map(|known| Moment::of(known.downloaded_at_ms, "%-d %B %Y")),
        place_name,
        notes,
        versions: versions(&site, &visitor, &photo).await?,
        origins: origins(&site, &visitor, &photo).await?,
        outcomes: outcomes(&site, &visitor, &photo).await?,
        ..page(&visitor, &photo)
    })
}

/// A photo by the id in an address; one that the visitor does not see is none.
pub(in crate::web) async fn find(site: &Site, visitor: &Visitor, id: &str) -> Result<Photo, WebError> {
    let id: PhotoId = id.parse().map_err(|_| WebError::NotFound("photo"))?;
    let found = site.catalog.photo(id).await?.filter(|photo| visitor.reach.includes(photo.project_id));
    let mut photo = found.ok_or(WebError::NotFound("photo"))?;
    discretion::keep(site, visitor, std::slice::from_mut(&mut photo)).await?;
    Ok(photo)
}

async fn outcomes(
    site: &Site,
    visitor: &Visitor,
    photo: &Photo,
) -> Result<Vec<verification::Told>, WebError> {
    let outcomes = site.catalog.human_outcomes(photo.seq).await?;
    Ok(outcomes.into_iter().map(|found| verification::Told::of(found, visitor)).collect())
}

/// The other photos with this code: editing a stamp keeps its code.
async fn versions(site: &Site, visitor: &Visitor, photo: &Photo) -> Result<Vec<Version>, WebError> {
    const SHOWN: u32 = 20;
    let Some(code) = photo.code.clone() else { return Ok(Vec::new()) };
    let filter = Filter { code: Some(code), limit: SHOWN, reach: visitor.reach.clone(), ..Filter::default() };
    let found = site.catalog.search(filter).await?.photos;
    let others = found.into_iter().filter(|other| other.id != photo.id);
    Ok(others
        .map(|other| Version {
            id: other.id.to_string(),
            archived: Moment::of(other.archived_at_ms, "%-d %b %Y"),
            project: named(&other.project, "no project"),
            has_image: other.decoded,
        })
        .collect())
}

/// The deliveries as they came, for those who may read them.
async fn origins(site: &Site, visitor: &Visitor, photo: &Photo) -> Result<Vec<Origin>, WebError> {
    const SHOWN: u32 = 10;
    if !visitor.may(Need::Audit) {
        return Ok(Vec::new());
    }
    let found = site.catalog.origins_of(photo.seq, SHOWN).await?;
    Ok(found
        .into_iter()
        .map(|origin| Origin {
            delivery: origin.delivery.0,
            is_repeat: origin.is_repeat,
            received: Moment::of(origin.received_at_ms, "%-d %b %Y"),
            body: String::from_utf8_lossy(&origin.body).into_owned(),
        })
        .collect())
}

/// The part of the map around a photo: about a kilometre each way.
fn around(position: Position) -> String {
    const DEGREES: f64 = 0.01;
    let Position { latitude, longitude } = position;
    format!(
        "/map?bbox={:.4},{:.4},{:.4},{:.4}",
        longitude - DEGREES,
        (latitude - DEGREES).max(-90.0),
        longitude + DEGREES,
        (latitude + DEGREES).min(90.0)
    )
}

fn page(visitor: &Visitor, photo: &Photo) -> Page {
    let (width, height) = derived_size(photo.upright(), 1440);
    Page {
        frame: Frame::of(visitor, "projects"),
        id: photo.id.to_string(),
        code: photo.code.as_deref().map(grouped),
        code_to_copy: photo.code.clone(),
        project_id: photo.project_id,
        project: named(&photo.project, "no project"),
        team: named(&photo.team, "no team"),
        member: named(&photo.member, "no member"),
        day: photo.local_time.date(),
        day_words: Civil::day(photo.local_time.date(), "%-d %b %Y"),
        taken: Civil::time(photo.local_time, "%-d %B %Y, %H:%M:%S"),
        zone: place_time::long(photo),
        verdict: photo.verdict,
        reason: reason(photo.verdict, &photo.findings),
        has_image: photo.decoded,
        width,
        height,
        name: photo.photo_name.clone().unwrap_or_default(),
        kind: photo.media_type.content_type().to_owned(),
        size: size(photo.size_bytes),
        size_bytes: Count(i64::try_from(photo.size_bytes).unwrap_or(i64::MAX)),
        sha256: hashed(&photo.sha256.to_string()),
        sha256_to_copy: photo.sha256,
        object_key: photo.object_key.as_str().to_owned(),
        received: Moment::of(photo.received_at_ms, "%-d %B %Y"),
        archived: Moment::of(photo.archived_at_ms, "%-d %B %Y"),
        rows: QUESTIONS.iter().map(|(question, checks)| row(question, checks, &photo.findings)).collect(),
        device: photo.device.clone(),
        place: photo.position.map(|position| Place {
            text: format!("{:.5}, {:.5}", position.latitude, position.longitude),
            on_map: around(position),
            around: Locator::around(position),
        }),
        downloaded: None,
        place_name: None,
        notes: Vec::new(),
        previous: None,
        next: None,
        versions: Vec::new(),
        origins: Vec::new(),
        outcomes: Vec::new(),
    }
}

fn row(question: &'static str, checks: &[Check], findings: &[Finding]) -> Row {
    let found = checks.iter().filter_map(|check| findings.iter().find(|finding| finding.check == *check));
    let findings: Vec<_> = found.map(told).collect();
    let is_quiet = findings.iter().all(|told| told.outcome == Outcome::Match.as_str());
    Row { question, findings, is_quiet }
}

fn told(finding: &Finding) -> Told {
    Told {
        check: match finding.check {
            Check::NameTime => "name",
            Check::Reuse => "seen before",
            check => check.as_str(),
        },
        outcome: finding.outcome.as_str(),
        detail: finding.detail.clone(),
        announced: finding.announced.clone(),
        found: finding.found.clone(),
        witness: match finding.check {
            Check::Clock => "received",
            Check::NameTime => "in the name",
            _ => "in the file",
        },
        is_compared: finding.outcome != Outcome::Match
            && (finding.announced.is_some() || finding.found.is_some()),
        photos: finding.photos.iter().map(ToString::to_string).collect(),
    }
}

/// In the unit that people read; small files need none.
fn size(bytes: u64) -> Option<(Tenths, &'static str)> {
    match bytes {
        0..1_000 => None,
        1_000..1_000_000 => Some((Tenths(bytes / 100), "kB")),
        _ => Some((Tenths(bytes / 100_000), "MB")),
    }
}
