//! `keepmark judge`: today's rules over archived photos.
//!
//! A run is handed to the daemon where one runs, else worked off here; cut, it is taken up by the next daemon or the
//! next `judge`.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::progress::bar;
use super::{Ended, catalog_beside, stand_in};
use crate::app::{self, clock};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::judge_run::{Change, Run, RunId};
use crate::config::Config;
use crate::domain::judge_filter::JudgeFilter;
use crate::domain::verdict::Verdict;
use crate::upkeep::Upkeep;

/// How often the progress of the daemon's work is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Only photos of this project.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Only photos of this member.
    #[arg(long, value_name = "NAME")]
    member: Option<String>,
    /// Only photos with this verdict: consistent, inconclusive, suspicious or contradicted.
    #[arg(long, value_parser = verdict)]
    verdict: Option<Verdict>,
    /// Only photos taken on this day or later: YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Only photos taken on this day or earlier: YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// Only photos with this verification code.
    #[arg(long)]
    code: Option<String>,
    /// Say what would change and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// How to print the table of changes.
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

fn verdict(word: &str) -> Result<Verdict, String> {
    let known = || Verdict::ALL.map(Verdict::as_str).join(", ");
    Verdict::from_word(word).ok_or_else(|| format!("must be one of {}", known()))
}

/// What is printed at the end.
struct Outcome {
    judged: i64,
    changed: i64,
    changes: Vec<Change>,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    let Options { project, member, verdict, from, to, code, dry_run, format } = options;
    let filter = JudgeFilter { project, member, verdict, from, to, code };
    let upkeep = app::upkeep(config, catalog.clone(), Archive::open(&config.archive)?);
    let result = if dry_run {
        let (photos, _) = catalog.count_to_judge(filter.clone()).await?;
        let bar = bar(photos, "photos");
        let dry = upkeep.dry_run(filter, |judged| bar.set_position(judged.unsigned_abs())).await?;
        bar.finish_and_clear();
        Outcome { judged: dry.judged, changed: dry.changed, changes: dry.changes() }
    } else {
        let id = catalog.begin_run(filter, clock().as_millisecond()).await?;
        let run = work_off(config, &upkeep, id).await?;
        Outcome { judged: run.judged, changed: run.changed, changes: catalog.changes_of(id).await? }
    };
    print(&result, dry_run, format)?;
    Ok(Ended::Well)
}

/// A daemon works the run off where one runs; where none does, or it stops meanwhile, the work is done here.
async fn work_off(config: &Config, upkeep: &Upkeep, id: RunId) -> anyhow::Result<Run> {
    let here = async {
        let _lock = stand_in::lock(config).await?;
        // This process has asked the store nothing yet: it may be one that overwrites.
        upkeep.archive.probe(rand::random()).await.context("the store cannot be used")?;
        while let Some(run) = upkeep.catalog.unfinished_run().await? {
            upkeep.patiently(run.id).await;
        }
        // Whoever watches sees the end.
        std::future::pending().await
    };
    tokio::select! {
        ended = here => ended,
        run = watch(&upkeep.catalog, id) => run,
    }
}

/// Shows the progress until the run is through.
async fn watch(catalog: &Catalog, id: RunId) -> anyhow::Result<Run> {
    let gone = || anyhow!("the run is not in the catalogue any more");
    let first = catalog.run(id).await?.ok_or_else(gone)?;
    let bar = bar(first.photos, "photos");
    let mut told = None;
    loop {
        let run = catalog.run(id).await?.ok_or_else(gone)?;
        bar.set_position(run.judged.unsigned_abs());
        if run.trouble != told {
            if let Some(trouble) = &run.trouble {
                bar.suspend(|| eprintln!("judging waits and goes on by itself: {trouble}"));
            }
            told.clone_from(&run.trouble);
        }
        if run.is_ended {
            bar.finish_and_clear();
            return Ok(run);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn print(result: &Outcome, dry_run: bool, format: TableFormat) -> anyhow::Result<()> {
    let Outcome { judged, changed, changes } = result;
    match format {
        TableFormat::Text => {
            let would = if dry_run { "would change" } else { "changed" };
            let photos = if *judged == 1 { "photo" } else { "photos" };
            println!("{judged} {photos} judged again, {changed} {would}");
            for Change { what, before, after, photos } in changes {
                println!("  {what:<12} {before:>14} -> {after:<14} {photos:>8}");
            }
        }
        TableFormat::Json => {
            let table = serde_json::json!({
                "judged": judged, "changed": changed, "dry_run": dry_run, "changes": changes,
            });
            println!("{}", serde_json::to_string(&table)?);
        }
        TableFormat::Csv => {
            println!("what,before,after,photos");
            for Change { what, before, after, photos } in changes {
                println!("{what},{before},{after},{photos}");
            }
        }
    }
    Ok(())
}
