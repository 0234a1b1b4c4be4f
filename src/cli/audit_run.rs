//! `keepmark audit --all`, `--sample N`, `--inventory`: a run that the daemon works off where one runs, else this command.
//!
//! Cut, it is taken up by the next daemon or the next such command.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{anyhow, bail};

use super::progress::bar;
use super::{Ended, stand_in};
use crate::app::clock;
use crate::audit::Audit;
use crate::audit::report::Form;
use crate::audit::run_report::RunReport;
use crate::catalog::audit::run::{AuditId, AuditRun, Kind};
use crate::config::Config;

/// How often the progress of the daemon's work is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) async fn run(config: &Config, audit: &Audit, kind: Kind, form: Form) -> anyhow::Result<Ended> {
    let id = audit.catalog.begin_audit(kind, clock().as_millisecond()).await?;
    let run = work_off(config, audit, id).await?;
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut report = RunReport::of(audit.catalog.clone(), &run, form);
    while let Some(piece) = report.piece().await? {
        out.write_all(&piece)?;
    }
    out.flush()?;
    Ok(if run.counts.has_findings() { Ended::WithFindings } else { Ended::Well })
}

async fn work_off(config: &Config, audit: &Audit, id: AuditId) -> anyhow::Result<AuditRun> {
    let here = async {
        let _lock = stand_in::lock(config).await?;
        while let Some(run) = audit.catalog.unfinished_audit().await? {
            audit.work_off(run.id).await?;
        }
        // Whoever watches sees the end.
        std::future::pending().await
    };
    tokio::select! {
        ended = here => ended,
        run = watch(audit, id) => run,
    }
}

/// Shows the progress until the run is through. Trouble with the store ends this command, not the run.
async fn watch(audit: &Audit, id: AuditId) -> anyhow::Result<AuditRun> {
    let catalog = &audit.catalog;
    let gone = || anyhow!("the run is not in the catalogue any more");
    let bar = bar(catalog.audit_run(id).await?.ok_or_else(gone)?.objects, "objects");
    // What an earlier life noted is noted again where it still stands.
    if let Some(stale) = catalog.unfinished_audit().await? {
        catalog.note_audit_trouble(stale.id, None).await?;
    }
    loop {
        let run = catalog.audit_run(id).await?.ok_or_else(gone)?;
        bar.set_position(run.counts.checked.unsigned_abs());
        if run.ended_at_ms.is_some() {
            bar.finish_and_clear();
            return Ok(run);
        }
        // Runs go one after another: the trouble of the first is the trouble of all.
        if let Some(trouble) = catalog.unfinished_audit().await?.and_then(|first| first.trouble) {
            bar.finish_and_clear();
            bail!("{trouble}. The daemon goes on with this audit by itself");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
