//! `keepmark hook`: the address to paste into Timemark, and changing its secret.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Subcommand;

use super::{Ended, address, catalog_beside};
use crate::app::{clock, state_dir};
use crate::config::{Config, hook_tokens};
use crate::upkeep::rotation;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the address, alone on stdout. Whoever knows it can add deliveries: keep it secret.
    Url,
    /// Add a further secret token, so that the old address and the new one both work, and print the new address.
    /// The oldest token goes when there are more than two.
    Rotate {
        /// Drop the oldest token even if Timemark used it within the last 7 days.
        #[arg(long)]
        force: bool,
    },
}

pub(super) async fn run(config: &Config, command: &Command) -> anyhow::Result<Ended> {
    state_dir::check_existing(&config.state_dir)?;
    if let Command::Rotate { force } = command {
        let catalog = catalog_beside(config)?;
        rotation::rotate(&config.hook.tokens_file, &catalog, *force, clock().as_millisecond()).await?;
        eprintln!("a new token is added; the running daemon takes it within a second");
    }
    if config.server.public_url.is_none() {
        eprintln!(
            "warning: server.public_url is not set, so this address is made from server.listen; \
             Timemark cannot reach it from the internet"
        );
    }
    println!("{}", url(config, &config.server.listen)?);
    Ok(Ended::Well)
}

/// The address with the newest token; made from where the daemon listens when there is no public one.
pub(super) fn url(config: &Config, listening: &[SocketAddr]) -> anyhow::Result<String> {
    let tokens = hook_tokens::read(&config.hook.tokens_file)
        .with_context(|| "`keepmark serve` makes the first token at its first start")?;
    let newest = tokens.last().with_context(|| {
        format!("{} holds no token: `keepmark hook rotate` adds one", config.hook.tokens_file.display())
    })?;
    Ok(format!("{}/hooks/timemark/{}", address::of_server(config, listening)?, newest.reveal()))
}
