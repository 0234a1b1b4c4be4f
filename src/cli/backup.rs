//! `keepmark backup`: a copy of the database now, beside a daemon that may be running.

use anyhow::bail;

use super::Ended;
use crate::app::{backups, clock, state_dir};
use crate::catalog::Catalog;
use crate::config::Config;
use crate::upkeep::backup::Made;

pub(super) async fn run(config: &Config) -> anyhow::Result<Ended> {
    state_dir::check_existing(&config.state_dir)?;
    if !Catalog::exists_in(&config.state_dir) {
        bail!(
            "the state folder {} has no catalogue yet: start `keepmark serve` once",
            config.state_dir.display()
        );
    }
    let backups = backups(config);
    let made = tokio::task::spawn_blocking(move || backups.make(clock())).await??;
    println!("{}", made.path.display());
    let copied = &made.copied;
    eprintln!(
        "read back: {} photos and {} deliveries, without sessions and tokens",
        copied.photos, copied.deliveries
    );
    match &made.ledger_key {
        Some(key) => eprintln!("the ledger's key is beside it, in {}", key.display()),
        None => eprintln!("WARNING: {}", Made::WITHOUT_KEY),
    }
    Ok(Ended::Well)
}
