//! This disk's plain `fdatasync`: the least that any promise to have kept something costs.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::load::Measured;
use super::support::figures::milliseconds;

/// Appends 1 KiB to a file and syncs it, again and again for as long as said.
pub fn synced_appends(folder: &Path, during: Duration) -> anyhow::Result<Measured> {
    let path = folder.join("appended");
    let mut file = File::create(&path)?;
    let (block, mut times_ms) = ([b'k'; 1024], Vec::new());
    let began = Instant::now();
    while began.elapsed() < during {
        let at = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times_ms.push(milliseconds(at.elapsed()));
    }
    let measured = Measured::new(&times_ms, began.elapsed(), Duration::ZERO);
    std::fs::remove_file(path)?;
    Ok(measured)
}
