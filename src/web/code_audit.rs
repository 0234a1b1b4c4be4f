//! The answer to an audit by code, as JSON or CSV: sent as its rows are found.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, HttpResponseBuilder};
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError};

use super::Site;
use super::attachment::attachment;
use super::error::WebError;
use crate::audit::Audit;
use crate::audit::code::{BATCH, Depth, Row};
use crate::audit::report::{Form, Report};
use crate::audit::run_report::RunReport;
use crate::catalog::audit::run::AuditRun;
use crate::domain::causes::chain;
use crate::export::pipe::{Out, pipe};

/// How the audit of this site works.
pub(super) fn audit_of(site: &Site) -> Audit {
    Audit { catalog: site.catalog.clone(), archive: site.archive.clone(), clock: site.clock }
}

/// Whoever reads originals again takes one of the places for downloads: the store and the disk are the same.
pub(super) fn permit(site: &Site) -> Result<OwnedSemaphorePermit, WebError> {
    site.downloads.clone().try_acquire_owned().map_err(|_: TryAcquireError| WebError::DownloadsBusy)
}

/// Begins the answer. Its status is decided by the first rows: a store that cannot be read is an answer of its own.
pub(super) async fn answer(
    site: &Site,
    mut codes: Vec<String>,
    depth: Depth,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let permit = permit(site)?;
    let audit = audit_of(site);
    let rest = codes.split_off(codes.len().min(BATCH));
    let first = audit.codes(codes, depth).await?;
    let (out, pieces) = pipe();
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(error) = write(&audit, first, rest, depth, form, out).await {
            tracing::warn!(%error, "an audit by code was broken off");
        }
    });
    Ok(head(form, "audit").streaming(pieces))
}

/// The report of a run, as a file.
pub(super) fn run_report(site: &Site, run: &AuditRun, form: Form) -> HttpResponse {
    let mut report = RunReport::of(site.catalog.clone(), run, form);
    let (out, pieces) = pipe();
    let name = format!("audit {}", run.id.0);
    tokio::spawn(async move {
        if let Err(error) = pass_on(&mut report, out).await {
            tracing::warn!(%error, "the report of an audit was broken off");
        }
    });
    head(form, &name).streaming(pieces)
}

async fn pass_on(report: &mut RunReport, out: Out) -> anyhow::Result<()> {
    while let Some(piece) = report.piece().await? {
        out.send(piece).await?;
    }
    Ok(out.end().await?)
}

fn head(form: Form, name: &str) -> HttpResponseBuilder {
    let (content_type, ending) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Json | Form::Text => ("application/json", "json"),
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_DISPOSITION, attachment(&format!("{name}.{ending}"))));
    answer
}

async fn write(
    audit: &Audit,
    first: Vec<Row>,
    rest: Vec<String>,
    depth: Depth,
    form: Form,
    out: Out,
) -> anyhow::Result<()> {
    let (mut report, head) = Report::begin(form);
    out.send(head).await?;
    for row in first {
        out.send(report.row(&row)).await?;
    }
    for batch in rest.chunks(BATCH) {
        let rows =
            audit.codes(batch.to_vec(), depth).await.map_err(|error| anyhow::anyhow!(chain(&error)))?;
        for row in rows {
            out.send(report.row(&row)).await?;
        }
    }
    out.send(report.end().0).await?;
    Ok(out.end().await?)
}
