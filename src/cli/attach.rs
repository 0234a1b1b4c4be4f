//! `keepmark attach`: a photo given by hand, where its link is dead.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::catalog::retry::Attached;
use crate::config::Config;
use crate::domain::delivery::DeliveryId;
use crate::inspect::{self, ReadError};
use crate::pipeline::Spool;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The delivery's number, as `status` and `/api/v1/deliveries` name it.
    delivery: i64,
    /// The photo or video, as saved from Timemark.
    file: PathBuf,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let Options { delivery, file } = options;
    let catalog = catalog_beside(config)?;
    let mut opened =
        std::fs::File::open(&file).with_context(|| format!("could not open {}", file.display()))?;
    match inspect::read(&mut opened) {
        Ok(_) => {}
        Err(ReadError::NotAPhoto { seems }) => bail!("{} is no photo or video but {seems}", file.display()),
        Err(error) => return Err(error).with_context(|| format!("could not read {}", file.display())),
    }
    let spool = Spool::open(&config.state_dir).context("could not open the spool folder")?;
    let name = spool.adopt(&file).context("could not copy the file into the spool folder")?;
    let attached = catalog.attach(DeliveryId(delivery), name.clone(), clock().as_millisecond()).await;
    if !matches!(attached, Ok(Attached::Ready)) {
        spool.remove(&name).await;
    }
    match attached? {
        Attached::Ready => {
            println!(
                "delivery {delivery}: the file takes the place of its link; a running daemon archives it within seconds"
            );
            Ok(Ended::Well)
        }
        Attached::AlreadyArchived => bail!("the photo of delivery {delivery} is archived already"),
        Attached::AtWork => bail!("delivery {delivery} is being worked on: try again in a minute"),
        Attached::NoPhoto(outcome) => {
            bail!("delivery {delivery} is {} and announces no photo", outcome.as_str())
        }
        Attached::Unknown => bail!("there is no delivery {delivery}"),
    }
}
