//! `keepmark verify`: a proof checked without an archive, a catalogue or a network.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;

use super::Ended;
use crate::domain::ledger::key::PublicKey;
use crate::proof::verify::verify;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The folder that `keepmark prove` made.
    dir: PathBuf,
    /// The public key that you trust, got another way than with this folder: `keepmark ledger key` prints it. Without it
    /// the folder is only shown to fit together.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Ended> {
    let trusted = options.key.as_deref().map(|key| PublicKey::parse(key.trim())).transpose();
    let trusted = trusted.map_err(|error| anyhow!("--key: {error}"))?;
    let verified = verify(&options.dir, trusted.as_ref())?;
    for line in &verified.told {
        println!("      {line}");
    }
    for link in &verified.held {
        println!("ok    {link}");
    }
    for link in &verified.broken {
        println!("WRONG {link}");
    }
    for note in &verified.notes {
        println!("NOTE  {note}");
    }
    Ok(if verified.broken.is_empty() { Ended::Well } else { Ended::WithFindings })
}
