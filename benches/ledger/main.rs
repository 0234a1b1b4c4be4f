//! The ledger: what 100,000 further leaves cost, from the record to the checkpoint, beside recording without a ledger and
//! beside the hash function alone; and what a proof takes in trees of a thousand and of a million leaves.

#[path = "../support/figures.rs"]
#[allow(dead_code, reason = "each benchmark is a program of its own, and this one needs a part")]
mod figures;

#[path = "../support/archive.rs"]
mod archive;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use figures::{median, milliseconds, print_table, quantile};
use keepmark::archive::Archive;
use keepmark::catalog::ledger::checkpoint::Proof;
use keepmark::catalog::{BatchObserver, Catalog};
use keepmark::config::Config;
use keepmark::domain::photo::PhotoId;
use keepmark::proof::key::KeyFile;
use keepmark::proof::publisher::Publisher;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

const LEAVES: u64 = 100_000;
/// Records of one transaction.
const TOGETHER: u64 = 256;
const ROUNDS: usize = 5;
const PROOFS: u64 = 1000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    append(folder.path()).await?;
    prove(folder.path()).await
}

/// Prints what leaves cost, in seconds of CPU: what the machine is busy with otherwise does not count.
async fn append(folder: &Path) -> anyhow::Result<()> {
    let (mut bare, mut recorded, mut published, mut hashed) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let before = memory_peak_mib()?;
    for round in 0..ROUNDS {
        let state_dir = folder.join(format!("bare {round}"));
        let database = with_records(&state_dir)?;
        bare.push(timed(async || record_bare(database)).await?);

        let state_dir = folder.join(format!("ledger {round}"));
        drop(with_records(&state_dir)?);
        let publisher = publisher(&state_dir)?;
        recorded.push(timed(async || record(&publisher.catalog).await).await?);
        published.push(timed(async || Ok(publisher.tick(true).await.map(drop)?)).await?);
        let last = publisher.catalog.last_checkpoint().await?.context("nothing was published")?;
        ensure!(last.size == LEAVES, "published are {} leaves", last.size);
        hashed.push(timed(async || hash_alone()).await?);
    }
    println!(
        "\n{LEAVES} leaves, {TOGETHER} of them recorded together, to a folder. Medians of {ROUNDS} rounds.\n"
    );
    let row = |name: &str, [program, kernel, both]: Spent| {
        [name.to_owned(), format!("{program:.2}"), format!("{kernel:.2}"), format!("{both:.2}")]
    };
    let [bare, recorded, published, hashed] =
        [bare, recorded, published, hashed].map(|rounds| medians(&rounds));
    let added: Spent = std::array::from_fn(|part| recorded[part] - bare[part] + published[part]);
    print_table(
        ["s of CPU", "program", "kernel", "together"],
        &[
            row("recorded without a ledger", bare),
            row("recorded with leaves", recorded),
            row("published: tree, tiles, checkpoint", published),
            row("what the ledger adds", added),
            row("SHA-256 of as many leaves and nodes alone", hashed),
        ],
    );
    println!("memory: {} MiB at its peak, {before} before", memory_peak_mib()?);
    Ok(())
}

/// An archive with records that were put and not recorded.
fn with_records(state_dir: &Path) -> anyhow::Result<Connection> {
    let mut database = archive::make(state_dir)?;
    archive::add_photo(&database, 1, &format!("{:064x}", 1), 1, "k")?;
    let transaction = database.transaction()?;
    for sequence in 1..=LEAVES {
        transaction
            .prepare_cached(
                "INSERT INTO evidence (kind, sequence, object_key, sha256, body)
                 VALUES ('record', ?1, printf('records/%012d_x.json', ?1), printf('%064x', ?1), zeroblob(400))",
            )?
            .execute([i64::try_from(sequence)?])?;
    }
    transaction.execute("UPDATE photo SET archived_at = 1", [])?;
    transaction.commit()?;
    Ok(database)
}

/// The rows that a record changes, but for its leaf.
fn record_bare(mut database: Connection) -> anyhow::Result<()> {
    database.pragma_update(None, "synchronous", "2")?;
    for first in (1..=LEAVES).step_by(usize::try_from(TOGETHER)?) {
        let transaction = database.transaction()?;
        for sequence in first..(first + TOGETHER).min(LEAVES + 1) {
            let id: i64 = transaction
                .prepare_cached("SELECT id FROM evidence WHERE sequence = ?1")?
                .query_row([i64::try_from(sequence)?], |row| row.get(0))?;
            transaction
                .prepare_cached("UPDATE evidence SET recorded_at = 1, body = NULL WHERE id = ?1")?
                .execute([id])?;
        }
        transaction.commit()?;
    }
    Ok(())
}

async fn record(catalog: &Catalog) -> anyhow::Result<()> {
    for first in (1..=LEAVES).step_by(usize::try_from(TOGETHER)?) {
        catalog.records_put((first..(first + TOGETHER).min(LEAVES + 1)).collect(), 1).await?;
    }
    Ok(())
}

/// One hash a leaf and one a node above it: less is no tree.
fn hash_alone() -> anyhow::Result<()> {
    let mut last = [0_u8; 32];
    for number in 0..LEAVES {
        let entry = format!("keepmark-leaf/v1\nrecord {number:064x}\n");
        let leaf: [u8; 32] = Sha256::new().chain_update([0]).chain_update(entry).finalize().into();
        last = Sha256::new().chain_update([1]).chain_update(last).chain_update(leaf).finalize().into();
    }
    ensure!(std::hint::black_box(last) != [0; 32]);
    Ok(())
}

fn publisher(state_dir: &Path) -> anyhow::Result<Publisher> {
    let setting = ("KEEPMARK__STATE_DIR".into(), state_dir.into());
    let empty = state_dir.join("empty.toml");
    std::fs::write(&empty, "")?;
    let config = Config::load(Some(&empty), [setting])?.config;
    Ok(Publisher {
        catalog: Catalog::open(state_dir, BatchObserver::default())?,
        archive: Archive::open(&config.archive)?,
        key: KeyFile::new(&config.ledger),
        every: Duration::ZERO,
        alarm: Arc::default(),
        clock: jiff::Timestamp::now,
    })
}

/// Prints what a proof takes, from the question to its text.
async fn prove(folder: &Path) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for leaves in [1000, 1_000_000] {
        let state_dir = folder.join(format!("proofs {leaves}"));
        with_photos(&state_dir, leaves)?;
        let publisher = publisher(&state_dir)?;
        publisher.tick(true).await?;
        let mut took = Vec::new();
        for photo in 1..=PROOFS {
            let began = Instant::now();
            let found = publisher.catalog.proof_of(PhotoId(u128::from(photo).to_be_bytes())).await?;
            let Some(Proof::Ready(proof)) = found else { anyhow::bail!("photo {photo} has no proof") };
            let text = proof.to_string();
            took.push(milliseconds(began.elapsed()));
            ensure!(text.len() > 100);
        }
        rows.push([
            leaves.to_string(),
            format!("{:.3}", median(&took)),
            format!("{:.3}", quantile(&took, 0.99)),
            format!("{:.3}", quantile(&took, 1.0)),
        ]);
    }
    println!("\nA proof, of {PROOFS} photos all over the tree.\n");
    print_table(["leaves", "median ms", "99th percentile", "slowest"], &rows);
    Ok(())
}

/// A ledger of so many leaves, those of photos all over it.
fn with_photos(state_dir: &Path, leaves: u64) -> anyhow::Result<()> {
    let mut database = archive::make(state_dir)?;
    let transaction = database.transaction()?;
    let apart = leaves / PROOFS;
    for number in 0..leaves {
        let evidence =
            if number.is_multiple_of(apart) { Some(i64::try_from(number / apart)? + 1) } else { None };
        if let Some(seq) = evidence {
            archive::add_photo(&transaction, seq, &format!("{seq:064x}"), 1, &format!("k{seq}"))?;
            transaction
                .prepare_cached(
                    "INSERT INTO evidence (id, photo_seq, job_id, kind, object_key, sha256, recorded_at)
                     VALUES (?1, ?1, 1, 'sidecar', 's' || ?1, printf('%064x', ?1), 1)",
                )?
                .execute([seq])?;
        }
        transaction
            .prepare_cached("INSERT INTO ledger_leaf (number, evidence_id, entry) VALUES (?1, ?2, ?3)")?
            .execute(rusqlite::params![
                i64::try_from(number)?,
                evidence,
                format!("keepmark-leaf/v1\nphoto {number:064x} {number:064x}\n"),
            ])?;
    }
    transaction.execute("UPDATE photo SET archived_at = 1", [])?;
    Ok(transaction.commit()?)
}

/// What this took of CPU, of all threads, in seconds.
/// Seconds of CPU: in the program, in the kernel, together.
type Spent = [f64; 3];

fn medians(rounds: &[Spent]) -> Spent {
    std::array::from_fn(|part| median(&rounds.iter().map(|round| round[part]).collect::<Vec<_>>()))
}

async fn timed(act: impl AsyncFnOnce() -> anyhow::Result<()>) -> anyhow::Result<Spent> {
    let before = cpu()?;
    act().await?;
    let after = cpu()?;
    Ok(std::array::from_fn(|part| after[part] - before[part]))
}

/// `utime` and `stime` of this process (proc(5)), in ticks of a hundredth of a second as on every Linux that this runs on.
fn cpu() -> anyhow::Result<Spent> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, behind_name) = stat.rsplit_once(')').context("no process has such a line")?;
    let mut ticks = behind_name.split_whitespace().skip(11).map(str::parse::<f64>);
    let mut seconds = || anyhow::Ok(ticks.next().context("no process has so short a line")?? / 100.0);
    let (program, kernel) = (seconds()?, seconds()?);
    Ok([program, kernel, program + kernel])
}

fn memory_peak_mib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
