//! `keepmark prove`: all that a stranger needs to check a photo, in one folder.

use std::path::PathBuf;

use clap::Args;

use super::{Ended, catalog_beside};
use crate::archive::Archive;
use crate::config::Config;
use crate::proof::bundle::Prover;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The verification code of the photo.
    code: String,
    /// The folder to make. Where the code has several versions, each gets a folder in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    let archive = Archive::open(&config.archive)?;
    let folders = Prover { catalog: &catalog, archive: &archive }.prove(&options.code, &options.out).await?;
    eprintln!(
        "Not for everybody: the sidecar holds the delivery with the member's contact and the place. Give the key \
         (`keepmark ledger key`) another way than the folder."
    );
    for folder in folders {
        println!("{}", folder.display());
    }
    Ok(Ended::Well)
}
