//! `/audit`: is everything still there? Codes against the archive, what is not intact, and the last audits.

use actix_multipart::{Field, Multipart};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use super::words::{Moment, grouped, thousands};
use super::{Frame, html};
use crate::audit::code::{Depth, Row};
use crate::audit::list::{CodeList, pasted};
use crate::audit::report::{Form, official, sentence, told};
use crate::audit::run_report::{Found, Summary};
use crate::catalog::audit::fixity::{NotIntact, Standing};
use crate::catalog::audit::run::AuditId;
use crate::domain::audit::{Counts, Status};
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::code_audit::{answer, audit_of, permit, run_report};
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Room for 400,000 codes.
const LIST_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Codes that are answered on the page; more are for a file. The page is made when all are read.
const READ_MAX: usize = 50;
const LOOKED_UP_MAX: usize = 500;
/// Objects that are not intact, and audits, on the page.
const LISTED_MAX: u32 = 100;
const RUNS: u32 = 10;
/// Findings of one audit on its page.
const RESULTS_MAX: u32 = 1000;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    answer: String,
    oldest: Option<Moment>,
    codes: String,
    checked: Option<Checked>,
    not_intact: Vec<NotIntactRow>,
    runs: Vec<Run>,
}

/// The answer to codes.
struct Checked {
    sentence: String,
    /// Codes beyond those that are shown.
    left_out: usize,
    rows: Vec<CodeRow>,
}

/// One row of it, in words.
struct CodeRow {
    code: String,
    status: Status,
    photo: Option<String>,
    verdict: Option<Verdict>,
    findings: String,
    detail: Option<String>,
    official: Option<String>,
    suggestions: Vec<String>,
}

/// An object that is not intact.
struct NotIntactRow {
    object_key: String,
    status: Status,
    since: Moment,
    photo: Option<String>,
    code: String,
}

/// An audit, in words.
struct Run {
    id: i64,
    kind: &'static str,
    began: Moment,
    sentence: String,
    oldest: Option<Moment>,
    oldest_days: i64,
    trouble: Option<String>,
    is_ended: bool,
    needs_somebody: bool,
}

#[derive(Template)]
#[template(path = "audit_run.html")]
struct RunPage {
    frame: Frame,
    run: Run,
    seed: Option<String>,
    results: Vec<Found>,
    is_capped: bool,
}

/// What a form asks for.
#[derive(Default)]
struct Asked {
    pasted: String,
    file: Vec<u8>,
    form: String,
    no_read: bool,
}

pub(in crate::web) async fn show(visitor: Visitor, site: Data<Site>) -> Result<HttpResponse, WebError> {
    html(&page(&site, &visitor).await?)
}

/// Answers the codes that were pasted, or those of a file: on the page, or as a file.
pub(in crate::web) async fn submit(
    visitor: Visitor,
    site: Data<Site>,
    form: Multipart,
) -> Result<HttpResponse, WebError> {
    let asked = read(form).await?;
    let mut codes = pasted(&asked.pasted);
    let in_file = CodeList::open(asked.file.as_slice()).and_then(|mut list| list.next_batch(usize::MAX));
    codes.extend(in_file.map_err(|error| WebError::BadRequest(error.to_string()))?);
    if codes.is_empty() {
        return Err(WebError::BadRequest("paste codes, or choose a file with codes, first".to_owned()));
    }
    let depth = if asked.no_read { Depth::Records } else { Depth::Objects };
    match asked.form.as_str() {
        "csv" => return answer(&site, codes, depth, Form::Csv).await,
        "json" => return answer(&site, codes, depth, Form::Json).await,
        _ => {}
    }
    let most = if depth == Depth::Objects { READ_MAX } else { LOOKED_UP_MAX };
    let left_out = codes.len().saturating_sub(most);
    codes.truncate(most);
    let permit = permit(&site)?;
    let rows = audit_of(&site).codes(codes, depth).await?;
    drop(permit);
    let mut counts = Counts::default();
    for row in &rows {
        counts.add(row.status);
    }
    let rows = rows.into_iter().map(CodeRow::of).collect();
    let checked = Some(Checked { sentence: sentence(&counts), left_out, rows });
    html(&Page { codes: asked.pasted, checked, ..page(&site, &visitor).await? })
}

/// One audit and what it found.
pub(in crate::web) async fn run(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<i64>,
) -> Result<HttpResponse, WebError> {
    let id = AuditId(*id);
    let run = site.catalog.audit_run(id).await?.ok_or(WebError::NotFound("audit"))?;
    let results = site.catalog.audit_results(id, String::new(), RESULTS_MAX).await?;
    html(&RunPage {
        frame: Frame::of(&visitor, "audit"),
        seed: run.seed.clone(),
        is_capped: results.len() == RESULTS_MAX as usize,
        results: results.into_iter().map(Found::from).collect(),
        run: Run::of(&Summary::of(&run), (site.clock)()),
    })
}

/// The same as a file.
pub(in crate::web) async fn report(
    site: Data<Site>,
    path: Path<(i64, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, form) = path.into_inner();
    let form = match form.as_str() {
        "csv" => Form::Csv,
        "json" => Form::Json,
        _ => return Err(WebError::NotFound("report")),
    };
    let run = site.catalog.audit_run(AuditId(id)).await?.ok_or(WebError::NotFound("audit"))?;
    Ok(run_report(&site, &run, form))
}

async fn page(site: &Site, visitor: &Visitor) -> Result<Page, WebError> {
    let standing = site.catalog.fixity().await?;
    let runs = site.catalog.audit_runs(RUNS).await?;
    Ok(Page {
        frame: Frame::of(visitor, "audit"),
        answer: in_words(&standing),
        oldest: standing.oldest_ms.map(|at| Moment::of(at, "%-d %b %Y")),
        codes: String::new(),
        checked: None,
        not_intact: site.catalog.not_intact(LISTED_MAX).await?.iter().map(NotIntactRow::of).collect(),
        runs: runs.iter().map(|run| Run::of(&Summary::of(run), (site.clock)())).collect(),
    })
}

fn in_words(standing: &Standing) -> String {
    let objects = thousands(standing.objects());
    match (standing.objects(), standing.not_intact()) {
        (0, _) => "Nothing is archived yet.".to_owned(),
        (1, 0) => "The one archived object was intact when it was last read.".to_owned(),
        (_, 0) => format!("All {objects} archived objects were intact when they were last read."),
        (_, 1) => format!("Of {objects} archived objects 1 was not intact when it was last read."),
        (_, found) => {
            format!(
                "Of {objects} archived objects {} were not intact when they were last read.",
                thousands(found)
            )
        }
    }
}

impl CodeRow {
    fn of(row: Row) -> Self {
        Self {
            code: grouped(&row.code),
            status: row.status,
            photo: row.photo.map(|photo| photo.to_string()),
            verdict: row.verdict,
            findings: told(&row.findings),
            detail: row.detail,
            official: row.official.as_ref().map(official),
            suggestions: row.suggestions,
        }
    }
}

impl NotIntactRow {
    fn of(found: &NotIntact) -> Self {
        Self {
            object_key: found.object_key.to_string(),
            status: found.status,
            since: Moment::of(found.since_ms, "%-d %b %Y"),
            photo: found.photo.map(|photo| photo.to_string()),
            code: found.code.as_deref().map_or_else(|| "without a code".to_owned(), grouped),
        }
    }
}

impl Run {
    fn of(run: &Summary, now: Timestamp) -> Self {
        Self {
            id: run.id,
            kind: match run.kind.as_str() {
                "all" => "Every object",
                "sample" => "A sample",
                _ => "The inventory",
            },
            began: Moment::of(run.started_at.as_millisecond(), "%-d %b %Y"),
            sentence: run.sentence(),
            oldest: run.oldest_read_at.map(|at| Moment::of(at.as_millisecond(), "%-d %b %Y")),
            oldest_days: run.oldest_days(now).unwrap_or_default(),
            trouble: run.trouble.clone(),
            is_ended: run.ended_at.is_some(),
            needs_somebody: run.counts.has_findings(),
        }
    }
}

async fn read(mut form: Multipart) -> Result<Asked, WebError> {
    let unreadable = |_| WebError::BadRequest("the form cannot be read: send it again".to_owned());
    let (mut asked, mut room) = (Asked::default(), LIST_MAX_BYTES);
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = bytes_of(&mut field, &mut room).await?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "codes" => asked.pasted = text(),
            "as" => asked.form = text(),
            "no_read" => asked.no_read = true,
            "file" => asked.file = bytes,
            _ => {}
        }
    }
    Ok(asked)
}

async fn bytes_of(field: &mut Field, room: &mut usize) -> Result<Vec<u8>, WebError> {
    let mut bytes = Vec::new();
    let cut = |_| WebError::BadRequest("the form did not arrive whole: send it again".to_owned());
    while let Some(chunk) = field.try_next().await.map_err(cut)? {
        *room = room.checked_sub(chunk.len()).ok_or_else(|| {
            WebError::BadRequest(format!(
                "the list is larger than {} MiB: send it in parts, or use `keepmark audit --file`",
                LIST_MAX_BYTES / (1024 * 1024)
            ))
        })?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
