//! `/audit/verify`: a sample of photos, one after the other, for a person to ask Timemark's own page about.
//!
//! The address says how the sample is drawn: whoever opens it first draws it, and it is kept. Timemark's page is never read
//! by this program.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form, Path, Query};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use url::form_urlencoded;

use super::spoken::Civil;
use super::words::{Moment, grouped, named, photos};
use super::{Frame, html};
use crate::catalog::filter::Filter;
use crate::catalog::human_sample::{HumanSample, Sampled};
use crate::catalog::photo::Photo;
use crate::catalog::project::Project;
use crate::catalog::verification::HumanOutcome;
use crate::domain::photo::PhotoId;
use crate::domain::verification::{Official, sample_size};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};

/// What may be chosen, in percent.
const CONFIDENCES: [u8; 3] = [90, 95, 99];
const BAD: [u8; 4] = [1, 2, 5, 10];
const NOTE_CHARACTERS_MAX: usize = 1000;
/// No address of a sample that was drawn here is longer.
const SAMPLE_BYTES_MAX: usize = 400;
/// No archive is larger, and no sample of it.
const PHOTOS_MAX: u64 = 1_000_000_000_000;
const SEED_CHARACTERS_MAX: usize = 64;
/// Samples that are named on the page.
const LISTED_MAX: u32 = 10;

/// The address. Empty values come from the form.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    project_id: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    bad: String,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    skip: String,
}

/// The same, read.
#[derive(Debug, Clone)]
struct Sample {
    project_id: Option<i64>,
    from: Option<Date>,
    to: Option<Date>,
    confidence: u8,
    bad: u8,
    seed: String,
    /// What was archived by then is drawn from.
    until: Option<Timestamp>,
    skip: usize,
}

#[derive(Template)]
#[template(path = "verification.html")]
struct Page {
    frame: Frame,
    projects: Vec<(i64, String)>,
    confidences: [u8; 3],
    bad: [u8; 4],
    earlier: Vec<Earlier>,
    drawn: Option<Drawn>,
}

/// A sample that was drawn before.
struct Earlier {
    address: String,
    drawn: Moment,
    photos: String,
}

/// A sample under way.
struct Drawn {
    answer: String,
    is_empty: bool,
    seed: String,
    drawn: Moment,
    tally: Vec<(usize, &'static str)>,
    query: String,
    skip: Option<String>,
    photo: Option<Shown>,
    outcomes: [Official; 4],
}

/// The photo that is asked about.
struct Shown {
    id: String,
    code: String,
    code_to_copy: String,
    has_image: bool,
}

/// What a person found.
#[derive(Deserialize)]
pub(in crate::web) struct Answer {
    outcome: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    back: String,
}

/// An answer as the card of a photo shows it.
pub(super) struct Told {
    pub words: &'static str,
    /// In UTC.
    pub day: Civil,
    /// For auditors alone.
    pub by: Option<By>,
}

/// Who read an answer, what they noted, and when.
pub(super) struct By {
    pub who: String,
    pub note: String,
    pub at: Moment,
}

impl Told {
    /// As somebody may see it: whoever sees the photo sees what was found and on which day.
    pub(super) fn of(found: HumanOutcome, visitor: &Visitor) -> Self {
        let at = Moment::of(found.at_ms, "%-d %b %Y");
        let day = Civil::day(at.datetime.to_zoned(TimeZone::UTC).date(), "%-d %b %Y");
        let by = visitor.may(Need::Audit).then_some(By { who: found.who, note: found.note, at });
        Self { words: found.outcome.words(), day, by }
    }
}

impl Earlier {
    fn of(sample: &HumanSample) -> Self {
        let drawn = Moment::of(sample.drawn_at_ms, "%-d %b %Y");
        Self { address: format!("/audit/verify?{}", sample.address), drawn, photos: photos(sample.photos) }
    }
}

/// The form; with an answered form, the address of a sample; with that address, its next photo.
pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner();
    let drawn = if asked.confidence.is_empty() {
        None
    } else {
        let sample = read(&asked)?;
        if sample.seed.is_empty() || sample.until.is_none() {
            return Ok(begun(sample, (site.clock)()));
        }
        Some(drawn(&site, &visitor, &sample).await?)
    };
    let (projects, earlier) = if drawn.is_some() {
        (Vec::new(), Vec::new())
    } else {
        let projects = site.catalog.projects(visitor.reach.clone()).await?;
        (projects, site.catalog.human_samples(LISTED_MAX).await?)
    };
    html(&Page {
        frame: Frame::of(&visitor, "audit"),
        projects: projects.iter().map(|project| (project.id, called(project, &projects))).collect(),
        confidences: CONFIDENCES,
        bad: BAD,
        earlier: earlier.iter().map(Earlier::of).collect(),
        drawn,
    })
}

/// Keeps what a person found, and goes on with the sample.
pub(in crate::web) async fn answer(
    visitor: Visitor,
    site: Data<Site>,
    photo: Path<String>,
    answer: Form<Answer>,
) -> Result<HttpResponse, WebError> {
    let photo: PhotoId = photo.parse().map_err(|_| WebError::NotFound("photo"))?;
    if site.catalog.photo(photo).await?.is_none() {
        return Err(WebError::NotFound("photo"));
    }
    let Answer { outcome, note, back } = answer.into_inner();
    let outcome = Official::from_word(&outcome)
        .ok_or_else(|| WebError::BadRequest("choose what Timemark's page says first".to_owned()))?;
    let note = note.trim().chars().take(NOTE_CHARACTERS_MAX).collect();
    let at_ms = (site.clock)().as_millisecond();
    let pairs = form_urlencoded::parse(back.as_bytes());
    let back = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let sample = Some(&back).filter(|back| (1..=SAMPLE_BYTES_MAX).contains(&back.len())).cloned();
    let found = HumanOutcome { outcome, who: visitor.name, note, sample, at_ms };
    site.catalog.keep_human_outcome(photo, found, rand::random()).await?;
    let back = if back.is_empty() { format!("/photos/{photo}") } else { format!("/audit/verify?{back}") };
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, back)).finish())
}

/// A project by its name; with its team, where two teams have one of that name.
fn called(project: &Project, all: &[Project]) -> String {
    let name = named(&project.name, "no project");
    let is_ambiguous = all.iter().any(|other| other.id != project.id && other.name == project.name);
    if is_ambiguous { format!("{name}, {}", named(&project.team, "no team")) } else { name }
}

/// The address of a sample: chance comes in here and nowhere else.
fn begun(sample: Sample, now: Timestamp) -> HttpResponse {
    let seed = if sample.seed.is_empty() { format!("{:016x}", rand::random::<u64>()) } else { sample.seed };
    let until = sample.until.or_else(|| Timestamp::from_millisecond(now.as_millisecond()).ok());
    let address = format!("/audit/verify?{}", query(&Sample { seed, until, skip: 0, ..sample }));
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// The sample of an address: as it was drawn, or drawn now and kept.
async fn kept(site: &Site, visitor: &Visitor, sample: &Sample) -> Result<HumanSample, WebError> {
    let address = query(&Sample { skip: 0, ..sample.clone() });
    if let Some(kept) = site.catalog.human_sample(address.clone()).await? {
        return Ok(kept);
    }
    let Sample { confidence, bad, ref seed, until, .. } = *sample;
    let until_ms = until.map_or(i64::MAX, Timestamp::as_millisecond);
    // How many are wanted is known when all were looked at; never more than of the largest archive.
    let most = usize::try_from(sample_size(PHOTOS_MAX, confidence, bad)).unwrap_or(usize::MAX);
    let (count, mut seqs) =
        site.catalog.draw_to_verify(filter(sample, visitor), until_ms, seed.clone(), most).await?;
    seqs.truncate(usize::try_from(sample_size(count, confidence, bad)).unwrap_or(usize::MAX));
    let now_ms = (site.clock)().as_millisecond();
    site.catalog.keep_human_sample(address.clone(), count, seqs, now_ms).await?;
    site.catalog.human_sample(address).await?.ok_or(WebError::NotFound("sample"))
}

async fn drawn(site: &Site, visitor: &Visitor, sample: &Sample) -> Result<Drawn, WebError> {
    let kept = kept(site, visitor, sample).await?;
    let sampled = site.catalog.sampled(kept.id).await?;
    let tally = Official::ALL.map(|outcome| {
        let found = sampled.iter().filter(|photo| photo.outcome == Some(outcome)).count();
        (found, outcome.words())
    });
    let open: Vec<&Sampled> = sampled.iter().filter(|photo| photo.outcome.is_none()).collect();
    let next = open.get(sample.skip).or_else(|| open.first());
    let photo = match next {
        Some(sampled) => site.catalog.photo(sampled.id).await?,
        None => None,
    };
    Ok(Drawn {
        answer: promise(&kept, sample, sampled.len(), open.len()),
        is_empty: sampled.is_empty(),
        seed: sample.seed.clone(),
        drawn: Moment::of(kept.drawn_at_ms, "%-d %b %Y"),
        tally: tally.into_iter().filter(|(found, _)| *found > 0).collect(),
        query: query(&Sample { skip: 0, ..sample.clone() }),
        skip: (open.len() > 1)
            .then(|| query(&Sample { skip: (sample.skip + 1) % open.len(), ..sample.clone() })),
        photo: photo.map(Shown::of),
        outcomes: Official::ALL,
    })
}

/// What a sample is worth.
fn promise(kept: &HumanSample, sample: &Sample, drawn: usize, open: usize) -> String {
    let Sample { confidence, bad, .. } = sample;
    let among = photos(kept.photos);
    if drawn == 0 {
        return "Nothing to ask about.".to_owned();
    }
    format!(
        "{drawn} of {among} with a code: if {bad} % of them were not authentic, at least one would be among these with \
         {confidence} % confidence. {open} to go."
    )
}

impl Shown {
    fn of(photo: Photo) -> Self {
        let code = photo.code.unwrap_or_default();
        Self { id: photo.id.to_string(), code: grouped(&code), code_to_copy: code, has_image: photo.decoded }
    }
}

fn filter(sample: &Sample, visitor: &Visitor) -> Filter {
    Filter {
        project_id: sample.project_id,
        from: sample.from,
        to: sample.to,
        reach: visitor.reach.clone(),
        ..Filter::default()
    }
}

fn read(asked: &Asked) -> Result<Sample, WebError> {
    fn value<T: std::str::FromStr>(name: &str, text: &str) -> Result<Option<T>, WebError> {
        let text = text.trim();
        let read = (!text.is_empty()).then(|| text.parse());
        read.transpose().map_err(|_| WebError::BadRequest(format!("{name} cannot be read")))
    }
    let percent = |name: &str, text: &str| match value::<u8>(name, text)? {
        Some(percent @ 1..=99) => Ok(percent),
        _ => Err(WebError::BadRequest(format!("{name} must be from 1 to 99"))),
    };
    Ok(Sample {
        project_id: value("project_id", &asked.project_id)?,
        from: value("from", &asked.from)?,
        to: value("to", &asked.to)?,
        confidence: percent("confidence", &asked.confidence)?,
        bad: percent("bad", &asked.bad)?,
        seed: asked.seed.trim().chars().take(SEED_CHARACTERS_MAX).collect(),
        until: value("until", &asked.until)?,
        skip: value("skip", &asked.skip)?.unwrap_or(0),
    })
}

fn query(sample: &Sample) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let pairs = [
        ("project_id", text(sample.project_id.map(|id| id.to_string()))),
        ("from", text(sample.from.map(|day| day.to_string()))),
        ("to", text(sample.to.map(|day| day.to_string()))),
        ("confidence", sample.confidence.to_string()),
        ("bad", sample.bad.to_string()),
        ("seed", sample.seed.clone()),
        ("until", text(sample.until.map(|until| until.to_string()))),
        ("skip", if sample.skip > 0 { sample.skip.to_string() } else { String::new() }),
    ];
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}
