//! `keepmark ledger`: the checkpoint to hand to somebody else, and the check of the whole ledger.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use super::progress::bar;
use super::{Ended, FormatName, catalog_beside};
use crate::app::clock;
use crate::archive::Archive;
use crate::config::Config;
use crate::proof::check::{LedgerCheck, Report};
use crate::proof::key::KeyFile;
use crate::proof::new_key;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the latest checkpoint that the store has given back, for somebody else to keep: whoever has it finds any later
    /// rewrite.
    Checkpoint,
    /// Print the public key that checkpoints are signed with.
    Key,
    /// Sign with another key from now on, because the key is lost or others know it: with the one in the key file, or where
    /// there is none or the old one, with one that is made. What was signed before stays, and the old public key opens it.
    NewKey {
        /// Why, for those who read the ledger: it is kept in the store for ever.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Derive the whole ledger again from its leaves, and read its objects in the store. Exit code 1 when something is not
    /// as it was published.
    Check {
        /// A checkpoint that was kept: is it of this ledger, and are its leaves still the same?
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// How to print the result.
        #[arg(long, value_enum, default_value_t = FormatName::Text)]
        format: FormatName,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    match command {
        Command::Checkpoint => {
            let last = catalog.last_checkpoint().await?;
            let none =
                "no checkpoint was published yet: the daemon makes the first one after the first photo";
            print!("{}", last.context(none)?.note);
            Ok(Ended::Well)
        }
        Command::Key => {
            let key = catalog.ledger().await?.key;
            println!(
                "{}",
                key.context("there is no key yet: the daemon makes it with the first checkpoint")?
            );
            Ok(Ended::Well)
        }
        Command::NewKey { reason } => {
            let (file, now) = (KeyFile::new(&config.ledger), clock());
            let (before, after) =
                new_key::change(&catalog, &file, reason, rand::random(), rand::random(), now).await?;
            eprintln!(
                "checkpoints were signed with {before} until now; tell those who keep checkpoints the new key:"
            );
            println!("{after}");
            Ok(Ended::Well)
        }
        Command::Check { against, format } => {
            let read = |path: PathBuf| {
                std::fs::read_to_string(&path)
                    .with_context(|| format!("could not read the checkpoint {}", path.display()))
            };
            let against = against.map(read).transpose()?;
            let archive = Archive::open(&config.archive)?;
            let steps = catalog.ledger().await?.leaves + catalog.recorded_tiles().await?;
            let bar = bar(i64::try_from(steps).unwrap_or(i64::MAX), "leaves and tiles");
            let check = LedgerCheck { catalog: &catalog, archive: &archive, against };
            let report = check.run(|done| bar.set_position(done)).await?;
            bar.finish_and_clear();
            print(&report, format);
            Ok(if report.findings.is_empty() { Ended::Well } else { Ended::WithFindings })
        }
    }
}

fn print(report: &Report, format: FormatName) {
    let Report { leaves, checkpoints, tiles, findings, more } = report;
    match format {
        FormatName::Text => {
            println!(
                "{leaves} leaves, {checkpoints} checkpoints with the roots of these leaves, {tiles} objects of the tree read"
            );
            for finding in findings {
                println!("! {finding}");
            }
            if *more > 0 {
                println!("! and {more} more");
            }
        }
        FormatName::Json => println!(
            "{}",
            serde_json::json!({
                "leaves": leaves, "checkpoints": checkpoints, "tiles": tiles, "findings": findings, "more_findings": more,
            })
        ),
    }
}
