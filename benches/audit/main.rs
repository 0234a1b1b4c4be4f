//! Fixity beside the tool that everybody has: `keepmark audit --all` on the local store, and `sha256sum` over the same
//! files with as many processes as Keepmark reads files at once, in turns.
//!
//! The files are random bytes in the name of photos, and the catalogue is told of them as the daemon would: what is
//! measured is reading and hashing, and what the run costs beside it.

#[path = "../support/figures.rs"]
#[allow(dead_code, reason = "each benchmark is a program of its own, and this one needs a part")]
mod figures;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use figures::{median, number, print_table};
use keepmark::catalog::{BatchObserver, Catalog};
use keepmark::domain::photo::Sha256;

/// As many photos as a day of a large team, of the size that phones make.
const FILES: usize = 400;
const FILE_BYTES: usize = 3 * 1024 * 1024;
const ROUNDS: usize = 5;
/// The id of the store.
const STORE: &str = "00000000000000000000000000000001";

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

/// A state folder as a daemon leaves it: marker, catalogue, photos.
fn make(state_dir: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(state_dir)?;
    let photos = state_dir.join("archive/photos/t/p/m/2025-12-11");
    std::fs::create_dir_all(&photos)?;
    std::fs::create_dir_all(state_dir.join("archive/.keepmark"))?;
    let marker = format!("{{\"schema\":1,\"store_id\":\"{STORE}\"}}\n");
    std::fs::write(state_dir.join("archive/.keepmark/store.json"), marker)?;
    drop(Catalog::open(state_dir, BatchObserver::default())?);
    let mut catalogue = rusqlite::Connection::open(state_dir.join("keepmark.db"))?;
    let transaction = catalogue.transaction()?;
    transaction.execute_batch(&format!(
        "UPDATE store SET store_id = '{STORE}';
         INSERT INTO team (id, name, segment, folded) VALUES (1, 't', 't', 't');
         INSERT INTO project (id, team_id, name, segment, folded) VALUES (1, 1, 'p', 'p', 'p');
         INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (1, 1, 'm', 'm', 'm', 'm');
         INSERT INTO delivery (id, source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
         VALUES (1, 'hook', 1, '{{}}', 't', x'62', '1', '1', 'accepted', 1);
         INSERT INTO job (id, delivery_id, state, host, created_at, updated_at) VALUES (1, 1, 'done', 'h', 1, 1);"
    ))?;
    for file in 0..FILES {
        let bytes: Vec<u8> = std::iter::repeat_with(rand::random::<u64>)
            .take(FILE_BYTES / 8)
            .flat_map(u64::to_le_bytes)
            .collect();
        std::fs::write(photos.join(format!("{file}.jpg")), &bytes)?;
        transaction.execute(
            "INSERT INTO photo (seq, id, team_id, project_id, member_id, sha256, size_bytes, media_type, decoded, object_key,
                                key_folded, local_time, received_at, downloaded_at, source_host, sealed_by, sealed_at,
                                verdict, has_time, has_position, has_device)
             VALUES (?1, printf('%032x', ?1), 1, 1, 1, ?2, ?3, 'image/jpeg', 0, ?4, ?4, '2025-12-11T13:45:00', 1, 1, 'h', 1,
                     1, 'inconclusive', 0, 0, 0)",
            rusqlite::params![
                i64::try_from(file)? + 1,
                Sha256::of(&bytes).to_string(),
                i64::try_from(FILE_BYTES)?,
                format!("photos/t/p/m/2025-12-11/{file}.jpg"),
            ],
        )?;
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
