//! `keepmark attach`: a photo given by hand, where its link is dead.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::catalog::retry::Attached;
use crate::config::Config;
use crate::domain::delivery::DeliveryId;
use crate::pipeline::Spool;
use crate::pipeline::attach::attach;

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
    let spool = Spool::open(&config.state_dir).context("could not open the spool folder")?;
    let attached = attach(&catalog, &spool, DeliveryId(delivery), &file, clock().as_millisecond())
        .await
        .with_context(|| file.display().to_string())?;
    if attached != Attached::Ready {
        bail!("delivery {delivery}: {attached}");
    }
    println!("delivery {delivery}: {attached}; a running daemon archives it within seconds");
    Ok(Ended::Well)
}
