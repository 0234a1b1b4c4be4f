//! `keepmark rebuild`: the catalogue made anew from what the store holds.
//!
//! A rebuild is handed to the daemon where one runs, else worked off here; cut, it is taken up by the next daemon or the
//! next `rebuild`.

use std::time::Duration;

use anyhow::{anyhow, bail};
use serde_json::json;

use super::progress::bar;
use super::{Ended, Format, FormatName, catalog_beside, stand_in};
use crate::app::{clock, upkeep};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::rebuild::{Finding, Phase, Rebuild, RebuildId};
use crate::config::Config;
use crate::domain::terminal::escaped;
use crate::upkeep::rebuild::NOT_IN_THE_STORE;

/// How often the progress of the daemon's work is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// More findings than this are for a file, not for a screen.
const FINDINGS_SHOWN: usize = 100;

pub(super) async fn run(config: &Config, format: Format) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    let id = catalog.begin_rebuild(clock().as_millisecond()).await?.id;
    let rebuild = tokio::select! {
        ended = here(config, &catalog) => ended?,
        rebuild = watch(&catalog, id) => rebuild?,
    };
    if let Some(reason) = rebuild.trouble {
        bail!("{reason}");
    }
    let (counts, findings) = (catalog.rebuilt_counts(id).await?, catalog.rebuild_findings(id).await?);
    match format.format {
        FormatName::Text => print(&counts, &findings),
        FormatName::Json => {
            let counts: serde_json::Map<_, _> =
                counts.into_iter().map(|(what, objects)| (what, objects.into())).collect();
            println!(
                "{}",
                json!({"rebuilt": counts, "findings": findings, "not_in_the_store": NOT_IN_THE_STORE})
            );
        }
    }
    Ok(if findings.is_empty() { Ended::Well } else { Ended::WithFindings })
}

/// A daemon works it off where one runs; where none does, or it stops meanwhile, the work is done here. Never ends by
/// itself: whoever watches sees the end.
async fn here(config: &Config, catalog: &Catalog) -> anyhow::Result<Rebuild> {
    let _lock = stand_in::lock(config).await?;
    let upkeep = upkeep(config, catalog.clone(), Archive::open(&config.archive)?);
    while let Some(rebuild) = catalog.open_rebuild().await? {
        upkeep.rebuild(rebuild.id).await;
    }
    std::future::pending().await
}

/// Shows the progress until it is through.
async fn watch(catalog: &Catalog, id: RebuildId) -> anyhow::Result<Rebuild> {
    let bar = bar(0, "steps");
    let mut told = None;
    loop {
        let rebuild = catalog.rebuild(id).await?;
        let rebuild = rebuild.ok_or_else(|| anyhow!("the rebuild is not in the catalogue any more"))?;
        if rebuild.phase == Phase::Ended {
            bar.finish_and_clear();
            return Ok(rebuild);
        }
        bar.set_length(rebuild.steps.unsigned_abs());
        bar.set_position(rebuild.steps_done.unsigned_abs());
        bar.set_message(format!(", {}", words(rebuild.phase)));
        if rebuild.trouble != told {
            if let Some(trouble) = &rebuild.trouble {
                bar.suspend(|| eprintln!("the rebuild waits and goes on by itself: {trouble}"));
            }
            told.clone_from(&rebuild.trouble);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Listing => "listing the store",
        Phase::Reading => "reading photos and sidecars",
        Phase::Photos => "putting photos back",
        Phase::Companions => "putting judgements and repeats back",
        Phase::Records => "putting records back",
        Phase::Ledger => "putting the ledger back",
        Phase::Ended => "through",
    }
}

fn print(counts: &[(String, i64)], findings: &[Finding]) {
    println!("the catalogue is rebuilt from the store:");
    for (what, objects) in counts {
        println!("  {:<28} {objects:>9}", what.replace('_', " "));
    }
    println!("not in the store, and so not here:");
    for what in NOT_IN_THE_STORE {
        println!("  {what}");
    }
    if findings.is_empty() {
        return println!("everything in the store fits together");
    }
    println!("what does not fit; all of it was left as it is:");
    for Finding { object_key, finding, detail } in findings.iter().take(FINDINGS_SHOWN) {
        println!("  {finding} {}\n    {}", escaped(object_key), escaped(detail));
    }
    if findings.len() > FINDINGS_SHOWN {
        println!("  and {} more: --format json names all", findings.len() - FINDINGS_SHOWN);
    }
}
