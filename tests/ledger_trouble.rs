//! A ledger that is not what it was: each is found, named, and never healed in silence.

use std::path::{Path, PathBuf};

use keepmark::domain::ledger::Hash;
use keepmark::domain::ledger::checkpoint::{Checkpoint, sign};
use keepmark::domain::ledger::key::SigningKey;

use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::ledger::{CHECKPOINT, concerned, eager, published, said, send};
use crate::support::objects::Objects;
use crate::support::store::Store;
use crate::support::until;

const ARCHIVED: &str = "SELECT count(*) FROM photo WHERE archived_at IS NOT NULL";
const WAITING: &str = "SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'store'";

async fn counts(archive: &Archive, sql: &str, wanted: i64) {
    until(&format!("{sql} is {wanted}"), async || (archive.count(sql) == wanted).then_some(())).await;
}

/// What `ledger checkpoint` prints, alone.
fn last_checkpoint(archive: &Archive) -> Vec<u8> {
    let output = archive.run(&["ledger", "checkpoint"]);
    assert!(output.status.success());
    output.stdout
}

fn foreign(archive: &Archive) -> Vec<u8> {
    let store: String =
        archive.catalogue().query_row("SELECT store_id FROM store", [], |row| row.get(0)).unwrap();
    let key = SigningKey::from_seed(&format!("keepmark/{store}"), [9; 32]).unwrap();
    sign(&Checkpoint { size: 3, root: Hash([1; 32]) }, &key).unwrap().into_bytes()
}

#[tokio::test]
async fn another_checkpoint_in_the_store_is_a_finding_and_photos_go_on() {
    for store in Store::all() {
        for (case, words) in [
            ("older", "an older ledger/checkpoint lies in the store: 1 leaves, where 2 were read back"),
            ("gone", "the store's ledger/checkpoint is gone"),
            ("foreign", "it is signed by another key"),
            ("cut", "it is no signed checkpoint, or it is damaged"),
            ("enormous", "it is no signed checkpoint, or it is damaged"),
        ] {
            let archive = eager(Archive::on(store.clone_with_new_prefix()));
            let (host, daemon) = (Host::start(), archive.start());
            send(&daemon, &host, 1).await;
            let first = published(&archive, 1).await;
            send(&daemon, &host, 2).await;
            let second = published(&archive, 2).await;
            let objects = Objects::of(&archive);
            let planted = match case {
                "older" => Some(first.into_bytes()),
                "gone" => None,
                "foreign" => Some(foreign(&archive)),
                "enormous" => Some(vec![b'x'; 64 * 1024 * 1024 + 1]),
                _ => Some(second.as_bytes()[..second.len() - 9].to_vec()),
            };
            match &planted {
                Some(note) => objects.put(CHECKPOINT, note.clone()).await,
                None => objects.delete(CHECKPOINT).await,
            }
            let (ended, said_by_check) = said(&archive, &["ledger", "check"]);
            assert_eq!(ended, Some(1), "{case}: {said_by_check}");
            assert!(said_by_check.contains(words), "{case}: {said_by_check}");
            send(&daemon, &host, 3).await;
            let status = concerned(&archive, words).await;
            assert!(status["concerns"].to_string().contains("`keepmark ledger checkpoint`"), "{status}");
            counts(&archive, ARCHIVED, 3).await;
            assert_eq!(objects.read(CHECKPOINT).await, planted, "{case}: nothing is healed in silence");
            until("the log says it", async || daemon.log().contains(words).then_some(())).await;
            assert_eq!(daemon.log().matches(words).count(), 1, "{case}: it is said once");

            objects.put(CHECKPOINT, last_checkpoint(&archive)).await;
            // Three photos, and the finding.
            published(&archive, 4).await;
            let records = "SELECT count(*) FROM evidence WHERE object_key LIKE '%_ledger_finding.json'";
            assert_eq!(archive.count(records), 1, "{case}");
            daemon.settle(&archive).await;
            until("status is well", async || (said(&archive, &["status"]).0 == Some(0)).then_some(())).await;
        }
    }
}

/// The files of the database, as somebody copies them while no daemon runs.
fn database(archive: &Archive) -> Vec<PathBuf> {
    let names = ["keepmark.db", "keepmark.db-wal", "keepmark.db-shm"];
    names.iter().map(|name| archive.state_dir().join(name)).collect()
}

fn save(archive: &Archive, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in database(archive).iter().filter(|file| file.exists()) {
        std::fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
    }
}

fn restore(archive: &Archive, from: &Path) {
    for file in database(archive) {
        let copy = from.join(file.file_name().unwrap());
        let _gone = std::fs::remove_file(&file);
        if copy.exists() {
            std::fs::copy(copy, file).unwrap();
        }
    }
}

#[tokio::test]
async fn a_catalogue_behind_its_ledger_holds_photos_and_says_what_to_do() {
    for store in Store::all() {
        let (archive, host) = (eager(Archive::on(store)), Host::start());
        let copies = tempfile::tempdir().unwrap();
        let (old, new) = (copies.path().join("old"), copies.path().join("new"));
        let daemon = archive.start();
        send(&daemon, &host, 1).await;
        published(&archive, 1).await;
        assert!(daemon.stop().success());
        save(&archive, &old);
        let daemon = archive.start();
        send(&daemon, &host, 2).await;
        published(&archive, 2).await;
        assert!(daemon.stop().success());
        save(&archive, &new);

        restore(&archive, &old);
        let daemon = archive.start();
        send(&daemon, &host, 3).await;
        counts(&archive, WAITING, 1).await;
        let words =
            "the catalogue is behind the ledger: the store's ledger/checkpoint has 2 leaves, the catalogue 1";
        let status = concerned(&archive, words).await;
        assert!(status["concerns"].to_string().contains("Bring back the newest state folder"), "{status}");
        assert_eq!(status["concerns"].as_array().unwrap().len(), 1, "it is said once: {status}");
        assert_eq!(archive.count("SELECT count(*) FROM ledger_leaf"), 1, "nothing deepens it");
        assert!(daemon.stop().success());

        restore(&archive, &new);
        let daemon = archive.start();
        send(&daemon, &host, 4).await;
        published(&archive, 3).await;
        daemon.settle(&archive).await;
    }
}

#[tokio::test]
async fn a_ledger_that_was_forked_by_an_old_database_is_found_and_not_gone_on_with() {
    for store in Store::all() {
        let (archive, host) = (eager(Archive::on(store)), Host::start());
        let copies = tempfile::tempdir().unwrap();
        let daemon = archive.start();
        send(&daemon, &host, 1).await;
        published(&archive, 1).await;
        assert!(daemon.stop().success());
        save(&archive, copies.path());
        let daemon = archive.start();
        send(&daemon, &host, 2).await;
        let theirs = published(&archive, 2).await;
        assert!(daemon.stop().success());

        // The old database goes on while nobody can see what was published.
        restore(&archive, copies.path());
        Objects::of(&archive).delete(CHECKPOINT).await;
        let daemon = archive.start();
        send(&daemon, &host, 3).await;
        send(&daemon, &host, 4).await;
        counts(&archive, ARCHIVED, 3).await;
        concerned(&archive, "ledger/checkpoint is gone").await;
        Objects::of(&archive).put(CHECKPOINT, theirs.clone().into_bytes()).await;
        let words = "the ledger is forked: the first 2 leaves of the catalogue are not those";
        concerned(&archive, words).await;
        counts(&archive, "SELECT count(*) FROM store WHERE trouble LIKE 'the ledger is forked%'", 1).await;
        send(&daemon, &host, 5).await;
        counts(&archive, WAITING, 1).await;
        assert_eq!(Objects::of(&archive).get(CHECKPOINT).await, theirs.as_bytes());
        let file = copies.path().join("theirs");
        std::fs::write(&file, &theirs).unwrap();
        let (ended, words) = said(&archive, &["ledger", "check", "--against", file.to_str().unwrap()]);
        assert_eq!(ended, Some(1), "{words}");
        assert!(
            words.contains("the first 2 leaves are not those of the checkpoint that was kept"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn a_leaf_that_was_changed_in_the_database_is_found() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    for number in 1..=3 {
        send(&daemon, &host, number).await;
        published(&archive, i64::from(number)).await;
    }
    let changed = "UPDATE ledger_leaf SET entry = replace(entry, 'photo', 'Photo') WHERE number = 1";
    assert_eq!(archive.catalogue().execute(changed, []).unwrap(), 1);
    let (ended, words) = said(&archive, &["ledger", "check"]);
    assert_eq!(ended, Some(1), "{words}");
    assert!(words.contains("leaf 1 does not say what the catalogue says"), "{words}");
    assert!(
        words.contains("the first 2 leaves in the database are not those of the checkpoint of 2"),
        "{words}"
    );
    assert!(!words.contains("checkpoint of 3"), "the first one tells where: {words}");
    let gone = "DELETE FROM ledger_leaf WHERE number = 1";
    assert_eq!(archive.catalogue().execute(gone, []).unwrap(), 1);
    let (ended, words) = said(&archive, &["ledger", "check"]);
    assert!(ended == Some(1) && words.contains("leaf 1 is missing in the database"), "{words}");
}

#[tokio::test]
async fn a_tile_that_was_deleted_or_changed_is_found_by_its_name() {
    for store in Store::all() {
        let (archive, host) = (eager(Archive::on(store)), Host::start());
        let daemon = archive.start();
        send(&daemon, &host, 1).await;
        published(&archive, 1).await;
        let objects = Objects::of(&archive);
        objects.delete("ledger/tile/0/000.p/1").await;
        let mut bundle = objects.get("ledger/tile/entries/000.p/1").await;
        bundle[20] ^= 1;
        objects.put("ledger/tile/entries/000.p/1", bundle).await;
        let (ended, words) = said(&archive, &["ledger", "check"]);
        assert_eq!(ended, Some(1), "{words}");
        assert!(words.contains("ledger/tile/0/000.p/1 is missing in the store"), "{words}");
        assert!(words.contains("ledger/tile/entries/000.p/1 in the store was changed"), "{words}");
    }
}

#[tokio::test]
async fn leaves_and_rows_that_somebody_took_are_found() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    send(&daemon, &host, 2).await;
    published(&archive, 2).await;
    assert!(daemon.stop().success());
    for (take, words) in [
        ("UPDATE ledger_leaf SET evidence_id = NULL WHERE number = 1", "1 recorded objects have no leaf"),
        (
            "DELETE FROM ledger_tile WHERE object_key = 'ledger/tile/entries/000.p/2'",
            "ledger/tile/entries/000.p/2 is not known to the catalogue any more",
        ),
        (
            "UPDATE ledger_tile SET sha256 = printf('%064d', 0) WHERE object_key = 'ledger/tile/0/000.p/2'",
            "ledger/tile/0/000.p/2 does not hold the hashes or entries of its leaves",
        ),
    ] {
        assert_eq!(archive.catalogue().execute(take, []).unwrap(), 1);
        let (ended, said) = said(&archive, &["ledger", "check"]);
        assert!(ended == Some(1) && said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn while_the_store_is_away_the_ledger_is_not_called_missing() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    published(&archive, 1).await;
    assert!(daemon.stop().success());
    let away = archive.state_dir().join("away");
    std::fs::rename(archive.objects(), &away).unwrap();
    std::fs::create_dir(archive.objects()).unwrap();
    let (ended, words) = said(&archive, &["ledger", "check"]);
    assert!(ended == Some(2) && words.contains(".keepmark/store.json"), "{words}");
    assert!(!words.contains("missing in the store") && !words.contains("is gone"), "{words}");
}

/// The database of before the first checkpoint comes back, and the checkpoint was taken: tiles alone betray it.
#[tokio::test]
async fn a_first_checkpoint_is_not_signed_over_the_traces_of_another_ledger() {
    for store in Store::all() {
        let archive = Archive::on(store).with("LEDGER__PUBLISH_SECS", "86400");
        let (host, copies) = (Host::start(), tempfile::tempdir().unwrap());
        let daemon = archive.start();
        send(&daemon, &host, 1).await;
        daemon.settle(&archive).await;
        assert!(daemon.stop().success());
        save(&archive, copies.path());
        let archive = eager(archive);
        let daemon = archive.start();
        send(&daemon, &host, 2).await;
        published(&archive, 2).await;
        assert!(daemon.stop().success());
        restore(&archive, copies.path());
        Objects::of(&archive).delete(CHECKPOINT).await;
        let _daemon = archive.start();
        concerned(&archive, "a ledger lies in the store already").await;
        assert_eq!(Objects::of(&archive).read(CHECKPOINT).await, None);
    }
}

#[tokio::test]
async fn a_key_that_is_lost_or_exchanged_is_told_and_never_replaced() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let daemon = archive.start();
    send(&daemon, &host, 1).await;
    let note = published(&archive, 1).await;
    assert!(daemon.stop().success());
    let path = archive.state_dir().join("ledger.key");
    let key = std::fs::read_to_string(&path).unwrap();
    for (planted, words) in [
        (None, "is missing"),
        (
            Some(SigningKey::from_seed("keepmark/other", [1; 32]).unwrap().expose().to_owned()),
            "another key than",
        ),
        (Some("rubbish".to_owned()), "holds no key"),
    ] {
        std::fs::remove_file(&path).unwrap();
        if let Some(planted) = &planted {
            write_private(&path, planted);
        }
        let (ended, said_by_check) = said(&archive, &["check"]);
        assert_eq!(ended, Some(1), "{said_by_check}");
        assert!(said_by_check.contains("WRONG ledger") && said_by_check.contains(words), "{said_by_check}");
        let daemon = archive.start();
        send(&daemon, &host, archive.count("SELECT count(*) FROM delivery").try_into().unwrap_or(0) + 1)
            .await;
        concerned(&archive, words).await;
        daemon.settle(&archive).await;
        assert_eq!(Objects::of(&archive).get(CHECKPOINT).await, note.as_bytes());
        assert_eq!(std::fs::read_to_string(&path).ok(), planted);
        assert!(daemon.stop().success());
        write_private(&path, &key);
    }
    let _daemon = archive.start();
    // Four photos, and three findings.
    published(&archive, 7).await;
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_key_that_is_given_names_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("given");
    let archive = eager(Archive::local()).with("LEDGER__KEY_FILE", path.to_str().unwrap());
    let (host, daemon) = (Host::start(), archive.start());
    send(&daemon, &host, 1).await;
    concerned(&archive, "which ledger.key_file names").await;
    counts(&archive, "SELECT count(*) FROM ledger_leaf", 2).await;
    let key = SigningKey::from_seed("archive.example.org/photos", [5; 32]).unwrap();
    std::fs::write(&path, format!("{}\n", key.expose())).unwrap();
    let note = published(&archive, 2).await;
    assert!(note.starts_with("archive.example.org/photos\n2\n"), "{note}");
}
