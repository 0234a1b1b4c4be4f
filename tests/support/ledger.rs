//! An archive that publishes its ledger every second, and the ledger as a stranger reads it: by RFC 9162 and the
//! specifications of C2SP, with SHA-256 and nothing else.

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::daemon::{Archive, Daemon};
use super::host::Host;
use super::objects::Objects;
use super::photos::jpeg;
use super::{delivery, until};

pub const CHECKPOINT: &str = "ledger/checkpoint";

/// The archive, publishing as often as can be.
pub fn eager(archive: Archive) -> Archive {
    archive.with("LEDGER__PUBLISH_SECS", "1")
}

/// The verification code of the photo with this number.
pub fn code(number: u32) -> String {
    format!("CODE{number:010}")
}

/// Delivers a photo.
pub async fn send(daemon: &Daemon, host: &Host, number: u32) {
    daemon.deliver(&photo(host, number)).await;
}

/// The delivery of a photo.
pub fn photo(host: &Host, number: u32) -> serde_json::Value {
    let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
    delivery(&format!("event {number}"), &code(number), &link)
}

/// Waits until the store has given back a checkpoint of so many leaves; its text.
pub async fn published(archive: &Archive, leaves: i64) -> String {
    until(&format!("{leaves} leaves are published"), async || {
        let sql = "SELECT coalesce(max(size), 0) FROM ledger_checkpoint WHERE read_back_at IS NOT NULL";
        (archive.count(sql) == leaves).then_some(())
    })
    .await;
    String::from_utf8(Objects::of(archive).get(CHECKPOINT).await).unwrap()
}

/// Waits until `status` is concerned about something with these words.
pub async fn concerned(archive: &Archive, words: &str) -> serde_json::Value {
    until(&format!("status says {words}"), async || {
        let output = archive.run(&["status", "--format", "json"]);
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        status["concerns"].to_string().contains(words).then_some(status)
    })
    .await
}

/// A command's exit code and what it printed.
pub fn said(archive: &Archive, arguments: &[&str]) -> (Option<i32>, String) {
    let output = archive.run(arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// Adds leaves of made-up objects to an archive that has a photo.
pub fn add_leaves(archive: &Archive, count: u32) {
    let mut catalogue = archive.catalogue();
    catalogue.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    let transaction = catalogue.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let first: i64 =
        transaction.query_row("SELECT max(number) + 1 FROM ledger_leaf", [], |row| row.get(0)).unwrap();
    for number in first..first + i64::from(count) {
        let hash = format!("{number:064x}");
        transaction
            .prepare_cached(
                "INSERT INTO evidence (photo_seq, job_id, kind, object_key, sha256, recorded_at)
                 SELECT p.seq, j.id, 'repeat', 'made up ' || ?1, ?1, 1 FROM photo p, job j LIMIT 1",
            )
            .and_then(|mut statement| statement.execute([&hash]))
            .unwrap();
        let entry = format!("keepmark-leaf/v1\nrepeat {hash}\n");
        transaction
            .prepare_cached(
                "INSERT INTO ledger_leaf (number, evidence_id, entry) VALUES (?1, last_insert_rowid(), ?2)",
            )
            .and_then(|mut statement| statement.execute(rusqlite::params![number, entry]))
            .unwrap();
    }
    transaction.commit().unwrap();
}

type Hash = [u8; 32];

fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The root of subtrees of one size each (RFC 9162, section 2.1.1).
pub fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]).into(),
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(root(left))
                .chain_update(root(right))
                .finalize()
                .into()
        }
    }
}

/// `x001/x234/067` (C2SP `tlog-tiles`).
fn path(number: usize) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// The entries of a checkpoint from the store alone; every tile on the way is held against what it must be.
pub async fn entries_in_store(archive: &Archive, note: &str) -> Vec<String> {
    let lines: Vec<_> = note.lines().collect();
    let size: usize = lines[1].parse().unwrap();
    let objects = Objects::of(archive);
    let tile = async |folder: &str, number: usize, width: usize| {
        let partial = if width == 256 { String::new() } else { format!(".p/{width}") };
        objects.get(&format!("ledger/tile/{folder}/{}{partial}", path(number))).await
    };
    let mut entries = Vec::new();
    for number in 0..size.div_ceil(256) {
        let whole = tile("entries", number, 256.min(size - number * 256)).await;
        let mut bundle = &whole[..];
        while let [high, low, rest @ ..] = bundle {
            let (entry, after) = rest.split_at(usize::from(*high) * 256 + usize::from(*low));
            entries.push(String::from_utf8(entry.to_vec()).unwrap());
            bundle = after;
        }
    }
    assert_eq!(entries.len(), size);
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
    let mut hashes = leaves.clone();
    for level in 0.. {
        for (number, wanted) in hashes.chunks(256).enumerate() {
            assert_eq!(
                tile(&level.to_string(), number, wanted.len()).await,
                wanted.concat(),
                "tile {level}/{number}"
            );
        }
        hashes = hashes.chunks_exact(256).map(root).collect();
        if hashes.is_empty() {
            break;
        }
    }
    assert_eq!(lines[2], base64::engine::general_purpose::STANDARD.encode(root(&leaves)));
    entries
}
