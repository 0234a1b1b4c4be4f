//! `/api/v1/audit`: codes against the archive, how its objects are, and what audits found.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, JsonConfig, Path};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::document::AUDITS;
use super::finding::{Finding, Verdict};
use super::official::OfficialAnswer;
use super::status::Status;
use super::time;
use crate::audit::code::Depth;
use crate::audit::report::Form;
use crate::audit::run_report;
use crate::catalog::audit::fixity;
use crate::catalog::audit::run::AuditId;
use crate::domain::audit::RunCounts;
use crate::domain::code::{CHARACTERS_MAX, clean};
use crate::domain::photo::{PhotoId, Sha256};
use crate::web::Site;
use crate::web::code_audit::answer;
use crate::web::error::WebError;

/// Room for 100,000 codes.
const BODY_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Objects that are not intact, audits, and findings of one, in an answer.
const LISTED_MAX: u32 = 100;
const RUNS: u32 = 20;
const RESULTS_MAX: u32 = 1000;

/// A body that is no such JSON is told in words.
pub(in crate::web) fn body_config() -> JsonConfig {
    JsonConfig::default().limit(BODY_MAX_BYTES).error_handler(|error, _| {
        WebError::BadRequest(format!("the body must be {{\"codes\": [\"…\"]}}, at most 2 MiB: {error}"))
            .into()
    })
}

/// Which codes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CodesToAudit {
    /// Verification codes; blanks within them are left out.
    #[schema(example = json!(["A1BCDEFGHIJ23K"]))]
    codes: Vec<String>,
    /// Whether their objects are read again; if not, what is on record is told.
    #[serde(default = "reads")]
    #[schema(default = true, example = true)]
    read: bool,
}

fn reads() -> bool {
    true
}

/// The answer to codes: a result for each archived version of each code, in the order of the codes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is written as it is found (`audit::report`); this is its description")]
pub(in crate::web) struct AuditedCodes {
    /// In the order of the codes.
    results: Vec<AuditedCode>,
    /// Results in all.
    #[schema(example = 3)]
    checked: u64,
    /// Read again now, and the same as archived.
    #[schema(example = 1)]
    intact: u64,
    /// Archived, and not read again.
    #[schema(example = 0)]
    archived: u64,
    /// There, and not what was archived.
    #[schema(example = 0)]
    changed: u64,
    /// Not in the store any more.
    #[schema(example = 0)]
    missing: u64,
    /// There, and not given by the store.
    #[schema(example = 0)]
    unreadable: u64,
    /// Codes that were announced and whose photo is not archived.
    #[schema(example = 1)]
    announced: u64,
    /// Codes that were never seen here.
    #[schema(example = 1)]
    unknown: u64,
}

/// What is said of one version of a code, or of a code without one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is written as it is found (`audit::report`); this is its description")]
pub(in crate::web) struct AuditedCode {
    /// As it was asked for, without blanks.
    #[schema(example = "A1BCDEFGHIJ23K")]
    code: String,
    /// What was found.
    status: Status,
    /// The sentence for a person; null where all is well.
    #[schema(example = "the sidecar is not in the store")]
    detail: Option<String>,
    /// The photo's id; null where no photo is archived.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    photo: Option<PhotoId>,
    /// Of the original bytes, as recorded.
    #[schema(
        value_type = Option<String>,
        example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    )]
    sha256: Option<Sha256>,
    /// Where it lies in the store.
    #[schema(
        example = "photos/Group Scenery/Project Sunrise/Alice Chen/2025-12-11/20251211T134500_A1BCDEFGHIJ23K.jpg"
    )]
    object_key: Option<String>,
    /// What all findings together say.
    verdict: Option<Verdict>,
    /// One a check.
    findings: Vec<Finding>,
    /// What Timemark's own page said last, as a person read it; null where nobody has asked.
    official: Option<OfficialAnswer>,
    /// Of an unknown code: codes of archived photos that a person could take for it.
    #[schema(example = json!(["A1BCDEFGH1J23K"]))]
    suggestions: Vec<String>,
}

/// How the archived objects are, by the last reading of each.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct AuditState {
    /// Photos, sidecars and other evidence in the store.
    #[schema(example = 240_000)]
    objects: i64,
    /// Read and the same.
    #[schema(example = 240_000)]
    intact: i64,
    /// Read and other bytes.
    #[schema(example = 0)]
    changed: i64,
    /// Not there.
    #[schema(example = 0)]
    missing: i64,
    /// There and not given by the store.
    #[schema(example = 0)]
    unreadable: i64,
    /// The oldest of these readings; null where nothing is archived.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T18:45:08.310Z")]
    oldest_read_at: Option<Timestamp>,
    /// Objects that are not intact, at most 100.
    not_intact: Vec<NotIntact>,
    /// The last audits, the newest first.
    runs: Vec<AuditRun>,
}

/// An object that was not intact when it was last read.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct NotIntact {
    /// Where it lies or lay in the store.
    #[schema(
        example = "photos/Group Scenery/Project Sunrise/Alice Chen/2025-12-11/20251211T134500_A1BCDEFGHIJ23K.jpg"
    )]
    object_key: String,
    /// How it is.
    status: Status,
    /// Found first.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:08.310Z")]
    since: Timestamp,
    /// The photo whose object it is.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    photo: Option<PhotoId>,
    /// The verification code of that photo.
    #[schema(example = "A1BCDEFGHIJ23K")]
    code: Option<String>,
}

/// An audit in numbers.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct AuditRun {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// `all` objects, a `sample`, or the `inventory`.
    #[schema(example = "all")]
    kind: String,
    /// Of a sample: with it the same photos are drawn again.
    #[schema(example = "6f1c2b0e5d0e4b7e")]
    seed: Option<String>,
    /// When it began.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:08.310Z")]
    started_at: Timestamp,
    /// When it ended; null while it is under way.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T19:45:08.310Z")]
    ended_at: Option<Timestamp>,
    /// Objects looked at; of an inventory those that are listed.
    #[schema(example = 240_000)]
    checked: i64,
    /// Read, and the same as archived.
    #[schema(example = 240_000)]
    intact: i64,
    /// Read, and other bytes.
    #[schema(example = 0)]
    changed: i64,
    /// Not in the store.
    #[schema(example = 0)]
    missing: i64,
    /// In the store, and not given.
    #[schema(example = 0)]
    unreadable: i64,
    /// In the store, and unknown to the catalogue.
    #[schema(example = 0)]
    extra: i64,
    /// That were read.
    #[schema(example = 720_000_000_000_i64)]
    bytes: i64,
    /// The oldest reading of any object: when it ended, or by now; null where nothing was archived.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-12-11T18:45:08.310Z")]
    oldest_read_at: Option<Timestamp>,
    /// Why it does not go on just now.
    #[schema(example = "nothing was judged, because the store cannot be read: the store answers 503")]
    trouble: Option<String>,
}

/// An audit and what it found.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct AuditReport {
    /// In numbers.
    run: AuditRun,
    /// What it found, by name, at most 1000.
    results: Vec<AuditResult>,
    /// Whether it found more.
    #[schema(example = false)]
    is_capped: bool,
}

/// One thing that an audit found.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct AuditResult {
    /// The name in the store.
    #[schema(example = "photos/notes.txt")]
    object_key: String,
    /// What it is.
    status: Status,
    /// The sentence for a person.
    #[schema(example = "12 bytes that Keepmark did not put there")]
    detail: String,
    /// The photo whose object it is; null for a stranger.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    photo: Option<PhotoId>,
    /// The verification code of that photo.
    #[schema(example = "A1BCDEFGHIJ23K")]
    code: Option<String>,
}

/// Shows how the archived objects are
///
/// By the last reading of each; and the last audits.
#[utoipa::path(
    get, path = "/api/v1/audit", operation_id = "show_audit", tag = "audit",
    responses(
        (status = 200, description = "How the objects are", body = AuditState),
        (status = 403, description = AUDITS),
    ),
)]
pub(in crate::web) async fn show(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let fixity::Standing { intact, changed, missing, unreadable, oldest_ms } = site.catalog.fixity().await?;
    let not_intact = site.catalog.not_intact(LISTED_MAX).await?;
    let runs = site.catalog.audit_runs(RUNS).await?;
    Ok(HttpResponse::Ok().json(AuditState {
        objects: intact + changed + missing + unreadable,
        intact,
        changed,
        missing,
        unreadable,
        oldest_read_at: oldest_ms.map(time),
        not_intact: not_intact.into_iter().map(told).collect(),
        runs: runs.iter().map(|run| run_report::Summary::of(run).into()).collect(),
    }))
}

/// Audits codes
///
/// Looks up each code, reads its objects again and compares them with what was archived. Look-alike characters are
/// suggested, not assumed. The answer is sent as it is found: one that breaks off is no JSON.
#[utoipa::path(
    post, path = "/api/v1/audit", operation_id = "audit_codes", tag = "audit",
    request_body = CodesToAudit,
    responses(
        (status = 200, description = "A result for each archived version of each code", body = AuditedCodes),
        (status = 403, description = AUDITS),
    ),
)]
pub(in crate::web) async fn codes(
    site: Data<Site>,
    asked: Json<CodesToAudit>,
) -> Result<HttpResponse, WebError> {
    let CodesToAudit { codes, read } = asked.into_inner();
    let codes: Vec<_> = codes.iter().filter_map(|code| clean(code)).collect();
    if codes.iter().any(|code| code.chars().count() > CHARACTERS_MAX) {
        return Err(WebError::BadRequest(format!("a code has at most {CHARACTERS_MAX} characters")));
    }
    let depth = if read { Depth::Objects } else { Depth::Records };
    answer(&site, codes, depth, Form::Json).await
}

/// Shows an audit
///
/// Its numbers and what it found.
#[utoipa::path(
    get, path = "/api/v1/audit/runs/{id}", operation_id = "show_audit_run", tag = "audit",
    params(("id" = i64, Path, description = "The audit's number", example = 1)),
    responses(
        (status = 200, description = "The audit", body = AuditReport),
        (status = 403, description = AUDITS),
        (status = 404, description = "There is no such audit"),
    ),
)]
pub(in crate::web) async fn run(site: Data<Site>, id: Path<i64>) -> Result<HttpResponse, WebError> {
    let id = AuditId(*id);
    let run = site.catalog.audit_run(id).await?.ok_or(WebError::NotFound("audit"))?;
    let results = site.catalog.audit_results(id, String::new(), RESULTS_MAX).await?;
    Ok(HttpResponse::Ok().json(AuditReport {
        run: run_report::Summary::of(&run).into(),
        is_capped: results.len() == RESULTS_MAX as usize,
        results: results.into_iter().map(|found| run_report::Found::from(found).into()).collect(),
    }))
}

fn told(found: fixity::NotIntact) -> NotIntact {
    NotIntact {
        object_key: found.object_key.to_string(),
        status: found.status.into(),
        since: time(found.since_ms),
        photo: found.photo,
        code: found.code,
    }
}

impl From<run_report::Summary> for AuditRun {
    fn from(run: run_report::Summary) -> Self {
        let run_report::Summary { id, kind, seed, started_at, ended_at, counts, oldest_read_at, trouble } =
            run;
        let RunCounts { checked, intact, changed, missing, unreadable, extra, bytes } = counts;
        Self {
            id,
            kind,
            seed,
            started_at,
            ended_at,
            checked,
            intact,
            changed,
            missing,
            unreadable,
            extra,
            bytes,
            oldest_read_at,
            trouble,
        }
    }
}

impl From<run_report::Found> for AuditResult {
    fn from(found: run_report::Found) -> Self {
        let run_report::Found { object_key, status, detail, photo, code } = found;
        Self { object_key, status: status.into(), detail, photo, code }
    }
}
