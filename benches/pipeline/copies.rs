//! The baseline: what this disk takes to hold the same files, synced, without anything being asked of them.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

use super::corpus::Photo;
use super::support;
use super::support::figures::{milliseconds, number, rate};
use super::support::process::cpu_time;

/// One copy of all files.
pub struct Copied {
    pub files_a_second: f64,
    /// CPU time for one file, milliseconds.
    pub cpu_ms: f64,
}

/// Writes every file and syncs it and its folder, one after the other.
pub fn copy(photos: &[Photo]) -> anyhow::Result<Copied> {
    let folder = support::scratch()?;
    let (began, cpu_before) = (Instant::now(), cpu_time(std::process::id())?);
    for (number, photo) in photos.iter().enumerate() {
        let mut file = File::create(folder.path().join(format!("{number}.jpg")))?;
        file.write_all(&photo.bytes)?;
        file.sync_all()?;
        File::open(folder.path())?.sync_all()?;
    }
    let cpu = cpu_time(std::process::id())?.saturating_sub(cpu_before);
    Ok(Copied {
        files_a_second: rate(photos.len(), began.elapsed()),
        cpu_ms: milliseconds(cpu) / number(photos.len()),
    })
}
