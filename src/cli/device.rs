//! `keepmark device`: names of devices that may be one, and a person's word that they are.

use clap::Subcommand;

use super::{Ended, Format, FormatName, catalog_beside};
use crate::app::clock;
use crate::catalog::Catalog;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Pairs of names that photos came with: as announced, and as their files say.
    List(Format),
    /// Say that the two names of a pair are one device. Later photos match by it; `judge` looks at the earlier ones.
    Confirm {
        /// Numbers of pairs, as `device list` prints them.
        #[arg(required = true, value_name = "PAIR")]
        pairs: Vec<i64>,
    },
    /// Take a confirmation back.
    Forget {
        /// Numbers of pairs, as `device list` prints them.
        #[arg(required = true, value_name = "PAIR")]
        pairs: Vec<i64>,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    match command {
        Command::List(format) => list(&catalog, format.format).await,
        Command::Confirm { pairs } => say(&catalog, &pairs, true).await,
        Command::Forget { pairs } => say(&catalog, &pairs, false).await,
    }
}

async fn list(catalog: &Catalog, format: FormatName) -> anyhow::Result<Ended> {
    let pairs = catalog.device_pairs().await?;
    if format == FormatName::Json {
        let row = |pair: &crate::catalog::device_pair::DevicePair| {
            serde_json::json!({
                "pair": pair.id, "announced": pair.pair.announced, "found": pair.pair.found, "photos": pair.photos,
                "confirmed": pair.is_confirmed,
            })
        };
        println!("{}", serde_json::Value::Array(pairs.iter().map(row).collect()));
        return Ok(Ended::Well);
    }
    if pairs.is_empty() {
        println!("no photo came with two names for its device");
    }
    for pair in pairs {
        let state = if pair.is_confirmed { "confirmed" } else { "open" };
        let (announced, found) = (&pair.pair.announced, &pair.pair.found);
        println!(
            "{:>4}  {state:<9}  announced {announced:?}, the file says {found:?} ({} photos)",
            pair.id, pair.photos
        );
    }
    Ok(Ended::Well)
}

async fn say(catalog: &Catalog, pairs: &[i64], is_confirmed: bool) -> anyhow::Result<Ended> {
    let mut ended = Ended::Well;
    for &pair in pairs {
        if catalog.confirm_device_pair(pair, is_confirmed, clock().as_millisecond()).await? {
            println!("pair {pair}: {}", if is_confirmed { "one device from now on" } else { "open again" });
        } else {
            println!("pair {pair}: there is no such pair");
            ended = Ended::WithFindings;
        }
    }
    Ok(ended)
}
