//! The ledger in the store: what a stranger reads there, with other people's tools, and one history whatever ends when.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use keepmark::domain::photo::Sha256;

use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::ledger::{
    CHECKPOINT, add_leaves, code, concerned, eager, entries_in_store, photo, published, said, send,
};
use crate::support::objects::Objects;
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::{skip, until};

#[tokio::test]
async fn a_stranger_derives_the_ledger_from_the_store_with_a_hash_function_alone() {
    for store in Store::all() {
        let (archive, host) = (eager(Archive::on(store)), Host::start());
        let daemon = archive.start();
        send(&daemon, &host, 1).await;
        let first = published(&archive, 1).await;
        entries_in_store(&archive, &first).await;
        send(&daemon, &host, 2).await;
        let second = published(&archive, 2).await;
        let entries = entries_in_store(&archive, &second).await;
        for (number, entry) in [1, 2].into_iter().zip(&entries) {
            let sidecar = archive.catalogue().query_row(
                "SELECT e.sha256 FROM evidence e JOIN photo p ON p.seq = e.photo_seq WHERE p.code = ?1",
                [code(number)],
                |row| row.get::<_, String>(0),
            );
            let photo = Sha256::of(&jpeg(number));
            assert_eq!(*entry, format!("keepmark-leaf/v1\nphoto {photo} {}\n", sidecar.unwrap()));
        }
        assert_eq!(said(&archive, &["ledger", "checkpoint"]).1.split_once(CONFIGURED).unwrap().0, second);
        let (ended, words) = said(&archive, &["ledger", "check", "--format", "json"]);
        assert_eq!(ended, Some(0), "{words}");
        assert!(words.contains(r#""leaves":2"#) && words.contains(r#""checkpoints":2"#), "{words}");
    }
}

/// What every command says on stderr, behind its result.
const CONFIGURED: &str = "configuration: ";

/// Over the edges of tiles, by parts: full tiles at two levels, and partial ones that were full later.
#[tokio::test]
async fn a_ledger_that_grows_over_the_edges_of_tiles_stays_whole() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    published(&archive, 1).await;
    let mut size = 1;
    let mut kept = Vec::new();
    for more in [254, 1, 1, 300, 9_000] {
        add_leaves(&archive, more);
        size += i64::from(more);
        let note = published(&archive, size).await;
        entries_in_store(&archive, &note).await;
        kept.push(note);
    }
    let (ended, words) = said(&archive, &["ledger", "check"]);
    assert_eq!(ended, Some(0), "{words}");
    for note in kept {
        entries_in_store(&archive, &note).await;
        let file = archive.state_dir().join("kept");
        std::fs::write(&file, note).unwrap();
        let (ended, words) = said(&archive, &["ledger", "check", "--against", file.to_str().unwrap()]);
        assert_eq!(ended, Some(0), "{words}");
    }
    assert!(!daemon.log().contains("ERROR"), "{}", daemon.log());
}

/// Every step of publishing, in its order; the first is the commit of a leaf.
const STEPS: [&str; 6] =
    ["recorded", "checkpoint_signed", "tile_unread", "tile_put", "checkpoint_put", "checkpoint_read_back"];

#[tokio::test]
async fn kill_9_at_any_step_of_publishing_leaves_one_history() {
    for store in Store::all() {
        for step in STEPS {
            let archive = eager(Archive::on(store.clone_with_new_prefix()));
            let host = Host::start();
            let before = if step == "tile_put" {
                None
            } else {
                let daemon = archive.start();
                send(&daemon, &host, 1).await;
                let note = published(&archive, 1).await;
                daemon.kill();
                Some(note)
            };
            let archive = archive.with_variable("KEEPMARK_CRASH_AT", step);
            let ended = archive.start().deliver_the_last(&photo(&host, 2)).await;
            assert!(!ended.success(), "{step}: the daemon ends");
            let signed = checkpoints(&archive);
            let in_store =
                Objects::of(&archive).read(CHECKPOINT).await.map(|note| String::from_utf8(note).unwrap());

            let archive = archive.without_variable("KEEPMARK_CRASH_AT");
            let daemon = archive.start();
            let leaves = if before.is_some() { 2 } else { 1 };
            published(&archive, leaves).await;
            send(&daemon, &host, 3).await;
            let last = published(&archive, leaves + 1).await;
            let after = checkpoints(&archive);
            for (size, note) in &signed {
                assert_eq!(after.get(size), Some(note), "{step}: what was signed stays");
            }
            for note in before.iter().chain(&in_store) {
                assert!(
                    after.values().any(|known| known == note),
                    "{step}: what was seen is of this history"
                );
                let file = archive.state_dir().join("kept");
                std::fs::write(&file, note).unwrap();
                let (ended, words) =
                    said(&archive, &["ledger", "check", "--against", file.to_str().unwrap()]);
                assert_eq!(ended, Some(0), "{step}: {words}");
            }
            let entries = entries_in_store(&archive, &last).await;
            assert_eq!(i64::try_from(entries.len()).unwrap(), leaves + 1, "{step}");
            assert!(!daemon.log().contains("ERROR"), "{step}: {}", daemon.log());
        }
    }
}

/// By size, as signed.
fn checkpoints(archive: &Archive) -> BTreeMap<i64, String> {
    let catalogue = archive.catalogue();
    let mut statement = catalogue.prepare("SELECT size, note FROM ledger_checkpoint").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn somebody_else_s_implementation_reads_the_ledger_and_its_proofs() {
    let Some(go) = go() else {
        skip("no Go with golang.org/x/mod; tests/run.sh installs it");
        return;
    };
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    published(&archive, 1).await;
    add_leaves(&archive, 700);
    published(&archive, 701).await;
    let bundle = archive.state_dir().join("bundle");
    let (ended, words) = said(&archive, &["prove", &code(1), "--out", bundle.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
    let ledger = archive.objects().join("ledger");
    let key = String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap();
    let run = || go_run(&go, &[ledger.to_str().unwrap(), key.trim(), bundle.to_str().unwrap()]);
    let (is_well, words) = run();
    assert!(is_well && words.contains("701 leaves, 1 proof"), "{words}");
    let tile = ledger.join("tile/0/001");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[7] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    assert!(!run().0, "it finds a changed tile");
}

/// Go's tools, where they and its module of transparency logs are installed as Debian has them.
fn go() -> Option<std::path::PathBuf> {
    let module = Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog");
    let go = Path::new("/usr/bin/go");
    (module.exists() && go.exists()).then(|| go.to_owned())
}

fn go_run(go: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(go)
        .args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/ledger.go")])
        .args(arguments)
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn a_checkpoint_is_handed_on_once_a_day_and_a_command_that_fails_calls_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let command = format!(r#"["sh", "-c", "cat >>{}"]"#, kept.display());
    let archive = eager(Archive::local()).with("LEDGER__CHECKPOINT_COMMAND", &command);
    let (host, daemon) = (Host::start(), archive.start());
    send(&daemon, &host, 1).await;
    let first = published(&archive, 1).await;
    // It looks once a minute, and at its start.
    drop(daemon);
    let daemon = archive.start();
    let text = || std::fs::read_to_string(&kept).unwrap_or_default();
    until("it was handed on", async || (text() == first).then_some(())).await;
    send(&daemon, &host, 2).await;
    let second = published(&archive, 2).await;
    until("it was noted", async || (archive.count("SELECT handed_size FROM ledger") == 1).then_some(()))
        .await;
    drop(daemon);
    let daemon = archive.start();
    until("it serves", async || daemon.log().contains("keepmark serves").then_some(())).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(text(), first, "once a day");
    drop(daemon);
    archive.catalogue().execute("UPDATE ledger SET handed_at = 1000", []).unwrap();
    let daemon = archive.start();
    until("the next was handed on", async || (text() == format!("{first}{second}")).then_some(())).await;
    drop(daemon);

    archive.catalogue().execute("UPDATE ledger SET handed_at = 1000, handed_size = 0", []).unwrap();
    let archive =
        archive.with("LEDGER__CHECKPOINT_COMMAND", r#"["sh", "-c", "echo me@example.com >&2; exit 3"]"#);
    let daemon = archive.start();
    concerned(&archive, "ended with exit status: 3").await;
    assert!(daemon.log().contains("was not handed on") && !daemon.log().contains("me@example.com"));
    drop(daemon);
    let archive = archive.with("LEDGER__CHECKPOINT_COMMAND", r#"["/nowhere/mail"]"#);
    let _daemon = archive.start();
    concerned(&archive, "could not be started").await;
}

#[tokio::test]
async fn the_ledger_is_told_by_status_check_and_metrics() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    let (ended, words) = said(&archive, &["ledger", "checkpoint"]);
    assert!(ended == Some(2) && words.contains("no checkpoint was published yet"), "{words}");
    send(&daemon, &host, 1).await;
    published(&archive, 1).await;
    let key = String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap();
    let store: String =
        archive.catalogue().query_row("SELECT store_id FROM store", [], |row| row.get(0)).unwrap();
    assert!(key.starts_with(&format!("keepmark/{store}+")), "{key}");
    assert!(said(&archive, &["check"]).1.contains(&format!("ok    ledger: signed with {}", key.trim())));
    assert!(said(&archive, &["status"]).1.contains("ledger      1 leaves, 1 in the checkpoint of"));
    let token = archive.api_token();
    let metrics = daemon.client().get(daemon.url("/metrics")).bearer_auth(&token).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for line in
        ["keepmark_ledger_leaves 1", "keepmark_ledger_published_leaves 1", "keepmark_ledger_trouble 0"]
    {
        assert!(metrics.contains(line), "{line}");
    }
    drop(daemon);
    let late = "UPDATE evidence SET recorded_at = 0";
    let archive = archive.with("WORKER__CONCURRENCY", "0");
    archive.catalogue().execute(late, []).unwrap();
    add_leaves(&archive, 1);
    let _daemon = archive.start();
    concerned(&archive, "1 leaves of the ledger have been waiting for a checkpoint").await;
}

/// Times are told, not judged: what the machine is busy with is not known here.
#[tokio::test]
async fn a_hundred_thousand_leaves_are_published_in_flat_memory() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    published(&archive, 1).await;
    let (cpu, memory) = (daemon.cpu_time(), daemon.memory_peak_bytes());
    add_leaves(&archive, 100_000);
    published(&archive, 100_001).await;
    println!("100,000 leaves were published in {:?} of CPU", daemon.cpu_time().saturating_sub(cpu));
    let grown = daemon.memory_peak_bytes() - memory;
    assert!(grown < 32 * 1024 * 1024, "{} MiB more", grown >> 20);
}
