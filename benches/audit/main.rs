//! Fixity beside the tool that everybody has: `keepmark audit --all` on the local store, and `sha256sum` over the same
//! files with as many processes as Keepmark reads files at once, in turns.
//!
//! The files are random bytes in the name of photos, and the catalogue is told of them as the daemon would: what is
//! measured is reading and hashing, and what the run costs beside it.

#[path = "../support/figures.rs"]
#[allow(dead_code, reason = "each benchmark is a program of its own, and this one needs a part")]
mod figures;

#[path = "../support/archive.rs"]
mod archive;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use figures::{median, number, print_table};
use keepmark::domain::photo::Sha256;

/// As many photos as a day of a large team, of the size that phones make.
const FILES: usize = 400;
const FILE_BYTES: usize = 3 * 1024 * 1024;
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    let state_dir = folder.path().join("state");
    make(&state_dir)?;
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // Once unmeasured, so that both find the files where the disk keeps what was read last.
    audit(&state_dir)?;
    for _ in 0..ROUNDS {
        theirs.push(sum(&state_dir.join("archive"), at_once)?);
        ours.push(audit(&state_dir)?);
    }
    let megabytes = number(FILES) * number(FILE_BYTES) / 1e6;
    println!("\n{FILES} files, {megabytes:.0} MB, {at_once} at once. Medians of {ROUNDS} rounds.\n");
    let row = |name: &str, seconds: &[f64]| {
        [name.to_owned(), format!("{:.2}", median(seconds)), format!("{:.0}", megabytes / median(seconds))]
    };
    let rows = [row("sha256sum", &theirs), row("keepmark audit --all", &ours)];
    print_table(["", "s", "MB/s"], &rows);
    println!("ratio {:.2}", median(&theirs) / median(&ours));
    Ok(())
}

/// An archive of photos that were never read since.
fn make(state_dir: &Path) -> anyhow::Result<()> {
    let mut catalogue = archive::make(state_dir)?;
    let photos = state_dir.join("archive/photos/t/p/m/2025-12-11");
    std::fs::create_dir_all(&photos)?;
    let transaction = catalogue.transaction()?;
    for file in 0..FILES {
        let bytes: Vec<u8> = std::iter::repeat_with(rand::random::<u64>)
            .take(FILE_BYTES / 8)
            .flat_map(u64::to_le_bytes)
            .collect();
        std::fs::write(photos.join(format!("{file}.jpg")), &bytes)?;
        let (seq, sha256) = (i64::try_from(file)? + 1, Sha256::of(&bytes).to_string());
        let key = format!("photos/t/p/m/2025-12-11/{file}.jpg");
        archive::add_photo(&transaction, seq, &sha256, i64::try_from(FILE_BYTES)?, &key)?;
    }
    transaction.execute("UPDATE photo SET archived_at = 1", [])?;
    Ok(transaction.commit()?)
}

/// Seconds that the command takes, from its start to its end.
fn audit(state_dir: &Path) -> anyhow::Result<f64> {
    let empty = state_dir.join("empty.toml");
    std::fs::write(&empty, "")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_keepmark"));
    command.args(["audit", "--all", "--format", "json"]).stdin(Stdio::null()).stderr(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KEEPMARK")) {
        command.env_remove(name);
    }
    command.env("KEEPMARK_CONFIG", &empty).env("KEEPMARK__STATE_DIR", state_dir);
    let began = Instant::now();
    let output = command.output()?;
    let took = began.elapsed().as_secs_f64();
    ensure!(output.status.success(), "the audit failed: {}", String::from_utf8_lossy(&output.stdout));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    ensure!(report["intact"] == FILES, "the audit read something else: {report}");
    Ok(took)
}

/// Seconds that `sha256sum` takes over the same files.
fn sum(folder: &Path, at_once: usize) -> anyhow::Result<f64> {
    let script = format!("find . -name '*.jpg' -print0 | xargs -0 -n 8 -P {at_once} sha256sum >/dev/null");
    let began = Instant::now();
    let status =
        Command::new("sh").args(["-c", &script]).current_dir(folder).status().context("there is no sh")?;
    ensure!(status.success(), "sha256sum failed");
    Ok(began.elapsed().as_secs_f64())
}
