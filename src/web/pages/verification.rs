//! `/audit/verify`: a sample of photos, one after the other, for a person to ask Timemark's own page about.
//!
//! The address is the sample: whoever has it draws the same photos. Timemark's page is never read by this program.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form, Path, Query};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;
use url::form_urlencoded;

use super::words::{Moment, grouped, photos};
use super::{Frame, html};
use crate::catalog::filter::Filter;
use crate::catalog::verification::{HumanOutcome, Sampled};
use crate::domain::photo::PhotoId;
use crate::domain::verification::{Official, sample_size};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// What may be chosen, in percent.
const CONFIDENCES: [u8; 3] = [90, 95, 99];
const BAD: [u8; 4] = [1, 2, 5, 10];
const NOTE_CHARACTERS_MAX: usize = 1000;
/// No address of a sample that was drawn here is longer.
const SAMPLE_BYTES_MAX: usize = 400;

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
    upto: String,
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
    upto: i64,
    skip: usize,
}

#[derive(Template)]
#[template(path = "verification.html")]
struct Page {
    frame: Frame,
    projects: Vec<(i64, String)>,
    confidences: [u8; 3],
    bad: [u8; 4],
    drawn: Option<Drawn>,
}

/// A sample under way.
struct Drawn {
    answer: String,
    seed: String,
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

/// An answer as pages show it.
pub(super) struct Told {
    pub words: &'static str,
    pub who: String,
    pub note: String,
    pub at: Moment,
}

impl Told {
    pub(super) fn of(found: HumanOutcome) -> Self {
        let at = Moment::of(found.at_ms, "%-d %b %Y");
        Self { words: found.outcome.words(), who: found.who, note: found.note, at }
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
        if sample.seed.is_empty() {
            return draw(&site, &visitor, sample).await;
        }
        Some(drawn(&site, &visitor, &sample).await?)
    };
    let projects = site.catalog.projects(visitor.reach.clone()).await?;
    html(&Page {
        frame: Frame::of(&visitor, "audit"),
        projects: projects.into_iter().map(|project| (project.id, project.name)).collect(),
        confidences: CONFIDENCES,
        bad: BAD,
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

/// Begins a sample: chance comes in here and nowhere else.
async fn draw(site: &Site, visitor: &Visitor, sample: Sample) -> Result<HttpResponse, WebError> {
    let (_, upto) = site.catalog.count_to_verify(filter(&sample, visitor), sample.upto).await?;
    let sample = Sample { seed: format!("{:016x}", rand::random::<u64>()), upto, ..sample };
    let address = format!("/audit/verify?{}", query(&sample));
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, address)).finish())
}

async fn drawn(site: &Site, visitor: &Visitor, sample: &Sample) -> Result<Drawn, WebError> {
    let (count, _) = site.catalog.count_to_verify(filter(sample, visitor), sample.upto).await?;
    let size = sample_size(count, sample.confidence, sample.bad);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let (seed, upto) = (sample.seed.clone(), sample.upto);
    let sampled = site.catalog.draw_to_verify(filter(sample, visitor), upto, wanted, seed).await?;
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
    let photos_in_all = photos(i64::try_from(count).unwrap_or(i64::MAX));
    let drawn = sampled.len();
    let Sample { confidence, bad, .. } = sample;
    Ok(Drawn {
        answer: format!(
            "{drawn} of {photos_in_all} with a code: if {bad} % of them were not authentic, at least one would be among \
             these with {confidence} % confidence. {} to go.",
            open.len()
        ),
        seed: sample.seed.clone(),
        tally: tally.into_iter().filter(|(found, _)| *found > 0).collect(),
        query: query(&Sample { skip: 0, ..sample.clone() }),
        skip: (open.len() > 1)
            .then(|| query(&Sample { skip: (sample.skip + 1) % open.len(), ..sample.clone() })),
        photo: photo.map(|photo| {
            let code = photo.code.unwrap_or_default();
            Shown {
                id: photo.id.to_string(),
                code: grouped(&code),
                code_to_copy: code,
                has_image: photo.decoded,
            }
        }),
        outcomes: Official::ALL,
    })
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
        seed: asked.seed.trim().to_owned(),
        upto: value("upto", &asked.upto)?.unwrap_or(i64::MAX),
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
        ("upto", sample.upto.to_string()),
        ("skip", if sample.skip > 0 { sample.skip.to_string() } else { String::new() }),
    ];
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}
