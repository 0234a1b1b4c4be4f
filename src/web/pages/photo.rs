//! `/photos/{id}`: is this what it claims to be?

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::civil::{Date, DateTime};

use super::cell::derived_size;
use super::words::{Moment, grouped, hashed, named, reason};
use super::{Frame, html};
use crate::catalog::photo::Photo;
use crate::domain::photo::{PhotoId, Sha256};
use crate::domain::verdict::{Check, Finding, Outcome, Verdict};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

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
    local_time: String,
    /// The same, for programs: civil, without a zone.
    local_datetime: DateTime,
    verdict: Verdict,
    reason: String,
    has_image: bool,
    width: u32,
    height: u32,
    name: String,
    kind: String,
    size: String,
    sha256: String,
    sha256_to_copy: Sha256,
    object_key: String,
    received: Moment,
    archived: Moment,
    rows: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
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
    ("With what", &[Check::Device, Check::Software]),
    ("What", &[Check::Completeness, Check::Type, Check::Code, Check::Reuse]),
];

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let [previous, next] = site.catalog.neighbours(&photo).await?.map(|id| id.map(|id| id.to_string()));
    html(&page(&visitor, &photo, previous, next))
}

/// A photo by the id in an address; one that the visitor does not see is none.
pub(in crate::web) async fn find(site: &Site, visitor: &Visitor, id: &str) -> Result<Photo, WebError> {
    let id: PhotoId = id.parse().map_err(|_| WebError::NotFound("photo"))?;
    let found = site.catalog.photo(id).await?.filter(|photo| visitor.reach.includes(photo.project_id));
    found.ok_or(WebError::NotFound("photo"))
}

fn page(visitor: &Visitor, photo: &Photo, previous: Option<String>, next: Option<String>) -> Page {
    let (width, height) = derived_size(photo.dimensions, 1440);
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
        local_time: photo.local_time.strftime("%-d %B %Y, %H:%M:%S").to_string(),
        local_datetime: photo.local_time,
        verdict: photo.verdict,
        reason: reason(photo.verdict, &photo.findings),
        has_image: photo.decoded,
        width,
        height,
        name: photo.photo_name.clone().unwrap_or_default(),
        kind: photo.media_type.content_type().to_owned(),
        size: size(photo.size_bytes),
        sha256: hashed(&photo.sha256.to_string()),
        sha256_to_copy: photo.sha256,
        object_key: photo.object_key.as_str().to_owned(),
        received: Moment::of(photo.received_at_ms, "%-d %B %Y"),
        archived: Moment::of(photo.archived_at_ms, "%-d %B %Y"),
        rows: QUESTIONS.iter().map(|(question, checks)| row(question, checks, &photo.findings)).collect(),
        previous,
        next,
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

/// In the unit that people read, with the bytes themselves.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB ({bytes} bytes)", tenths(1_000)),
        _ => format!("{} MB ({bytes} bytes)", tenths(1_000_000)),
    }
}
