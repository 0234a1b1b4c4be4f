//! Commands that do a daemon's work where none runs.
//!
//! Never in the way of one that starts anew: the hook is open only while it runs.

use std::time::{Duration, Instant};

use crate::app::state_dir::StateDir;
use crate::config::Config;

/// How often it is looked whether a daemon runs.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A daemon that starts anew is back sooner: systemd waits for three seconds (`RestartSec=`).
const AWAY: Duration = Duration::from_secs(10);

/// The lock of the state folder: at once where no daemon runs, else when it has been away for ten seconds.
pub(super) async fn lock(config: &Config) -> anyhow::Result<StateDir> {
    let lock = match StateDir::open_if_free(&config.state_dir)? {
        Some(lock) => lock,
        None => lock_when_away(config).await?,
    };
    eprintln!(
        "no daemon runs: the work is done here, and none can start until it is through or cut with Ctrl-C"
    );
    Ok(lock)
}

async fn lock_when_away(config: &Config) -> anyhow::Result<StateDir> {
    if config.worker.concurrency == 0 {
        eprintln!(
            "the daemon that runs only receives (worker.concurrency = 0): stop it, and the work is done here"
        );
    }
    let mut away_since = None;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match StateDir::open_if_free(&config.state_dir)? {
            Some(lock) if away_since.get_or_insert_with(Instant::now).elapsed() >= AWAY => return Ok(lock),
            // Let go at once.
            Some(_) => {}
            None => away_since = None,
        }
    }
}
