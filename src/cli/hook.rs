//! `keepmark hook`: the address to paste into Timemark, and changing its secret.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use clap::Subcommand;

use super::{Ended, address, catalog_beside};
use crate::app::{clock, state_dir};
use crate::config::Config;
use crate::intake::tokens::{self, HookToken};

/// A token that brought a delivery within this time is still pasted somewhere.
const IN_USE_DAYS: i64 = 7;
/// Two work at a time: the new one, and the old one until Timemark has the new one.
const TOKENS_MAX: usize = 2;

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
        rotate(config, *force).await?;
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
    let tokens = tokens::read(&config.hook.tokens_file)
        .with_context(|| "`keepmark serve` makes the first token at its first start")?;
    let newest = tokens.last().with_context(|| {
        format!("{} holds no token: `keepmark hook rotate` adds one", config.hook.tokens_file.display())
    })?;
    Ok(format!("{}/hooks/timemark/{}", address::of_server(config, listening)?, newest.reveal()))
}

async fn rotate(config: &Config, force: bool) -> anyhow::Result<()> {
    let file = &config.hook.tokens_file;
    let mut tokens = tokens::read(file)?;
    while tokens.len() >= TOKENS_MAX {
        let oldest = tokens.remove(0);
        if !force && let Some(days) = days_since_use(config, &oldest).await? {
            bail!(
                "the oldest token brought a delivery {days} days ago: Timemark may still have its address. Paste the \
                 newest address (`keepmark hook url`) into Timemark first, or drop the old one with --force"
            );
        }
    }
    tokens.push(HookToken::random());
    tokens::write(file, &tokens)?;
    eprintln!("a new token is added; the running daemon takes it within a second");
    Ok(())
}

/// How many days ago a token was last used, if that is recent.
async fn days_since_use(config: &Config, token: &HookToken) -> anyhow::Result<Option<i64>> {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let used = catalog_beside(config)?.hook_token_used(token.fingerprint()).await?;
    let days = used.map(|used| (clock().as_millisecond() - used) / DAY_MS);
    Ok(days.filter(|&days| days < IN_USE_DAYS))
}
