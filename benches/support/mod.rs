//! What the benchmarks share: the daemon as a process, a light client, deliveries, and figures.

pub mod child;
pub mod client;
pub mod daemon;
pub mod delivery;
pub mod figures;
pub mod process;

use std::path::Path;

use tempfile::TempDir;

/// A scratch folder in the build folder: on a real disk, where a system's own folder for scratch files may be memory.
pub fn scratch() -> anyhow::Result<TempDir> {
    Ok(tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?)
}
