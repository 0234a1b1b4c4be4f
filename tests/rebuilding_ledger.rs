//! The ledger after a rebuild: the same leaves under the same roots, or held with what to bring back.

use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::ledger::{CHECKPOINT, code, concerned, eager, entries_in_store, published, said, send};
use crate::support::loss::{all_published, findings, look_at, lose_state, rebuild};
use crate::support::objects::Objects;
use crate::support::store::Store;
use crate::support::until;

const ARCHIVED: &str = "SELECT count(*) FROM photo WHERE archived_at IS NOT NULL";
/// The last one, of a small ledger.
const BUNDLE: &str = "ledger/tile/entries/000.p/{leaves}";
const LEAVES: &str = "SELECT count(*) FROM ledger_leaf";

fn is_of_this_history(archive: &Archive, note: &str) {
    let file = archive.state_dir().join("kept");
    std::fs::write(&file, note).unwrap();
    let (ended, words) = said(archive, &["ledger", "check", "--against", file.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
}

fn is_proven(archive: &Archive, number: u32) {
    let bundle = archive.state_dir().join(format!("bundle-{number}-{}", rand::random::<u32>()));
    let (ended, words) = said(archive, &["prove", &code(number), "--out", bundle.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
    let (ended, words) = said(archive, &["verify", bundle.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
}

/// Three photos and what was found of them, published by parts.
async fn filled(store: Store) -> (Archive, Host, String) {
    let (archive, host) = (eager(Archive::on(store)), Host::start());
    let daemon = archive.start();
    for number in 1..=3 {
        send(&daemon, &host, number).await;
        published(&archive, i64::from(number)).await;
    }
    look_at(&archive, &daemon, 2).await;
    let note = all_published(&archive).await;
    assert!(daemon.stop().success());
    (archive, host, note)
}

#[tokio::test]
async fn the_ledger_goes_on_after_a_rebuild_from_the_checkpoint_that_others_kept() {
    for store in Store::all() {
        let (archive, host, note) = filled(store).await;
        lose_state(&archive);
        drop(archive.start());
        assert_eq!(findings(&rebuild(&archive)), []);
        is_of_this_history(&archive, &note);
        is_proven(&archive, 2);
        let daemon = archive.start();
        send(&daemon, &host, 4).await;
        let next = published(&archive, archive_leaves(&note) + 1).await;
        entries_in_store(&archive, &next).await;
        is_of_this_history(&archive, &note);
        is_proven(&archive, 4);
        assert!(daemon.stop().success());
    }
}

fn archive_leaves(note: &str) -> i64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

/// Photos go on, nothing is put over what is there, and what is brought back heals it.
#[tokio::test]
async fn a_ledger_that_does_not_fit_is_held_until_what_is_missing_is_brought_back() {
    for store in Store::all() {
        let (archive, host, note) = filled(store).await;
        let objects = Objects::of(&archive);
        let (mut number, mut photos) = (3, 3);
        for (case, key, words) in [
            ("gone", BUNDLE, "is gone from the store"),
            ("cut", BUNDLE, "is damaged"),
            ("changed", BUNDLE, "are not those that ledger/checkpoint signs"),
            ("gone", CHECKPOINT, "ledger/checkpoint is gone"),
            ("changed", CHECKPOINT, "ledger/checkpoint cannot be trusted"),
        ] {
            let leaves = archive_leaves(&String::from_utf8(objects.get(CHECKPOINT).await).unwrap());
            let key = key.replace("{leaves}", &leaves.to_string());
            let key = key.as_str();
            let whole = objects.get(key).await;
            let before = entries_in_store(&archive, &note).await;
            lose_state(&archive);
            objects.delete(key).await;
            match case {
                "cut" => objects.put(key, whole[..whole.len() - 3].to_vec()).await,
                "changed" => objects.put(key, with_a_digit_changed(&whole)).await,
                _ => {}
            }
            let planted = objects.read(CHECKPOINT).await;
            let daemon = archive.start();
            let found = findings(&rebuild(&archive));
            assert!(
                found.iter().any(|(finding, _)| finding == "ledger_not_rebuilt"),
                "{case} {key}: {found:?}"
            );
            concerned(&archive, words).await;
            number += 1;
            photos += 1;
            send(&daemon, &host, number).await;
            until("photos go on", async || (archive.count(ARCHIVED) == photos).then_some(())).await;
            concerned(&archive, "`keepmark rebuild` once more").await;
            assert_eq!(objects.read(CHECKPOINT).await, planted, "{case} {key}: nothing is put over it");
            if objects.read(key).await.is_some() {
                objects.delete(key).await;
            }
            objects.put(key, whole.clone()).await;
            assert_eq!(findings(&rebuild(&archive)), [], "{case} {key}: it is healed");
            all_published(&archive).await;
            is_of_this_history(&archive, &note);
            is_proven(&archive, number);
            assert_eq!(entries_in_store(&archive, &note).await, before);
            assert!(daemon.stop().success());
        }
    }
}

/// A digit of a hash, in bundles and checkpoints.
fn with_a_digit_changed(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    let at = text.iter().rposition(u8::is_ascii_digit).unwrap();
    text[at] = if text[at] == b'0' { b'1' } else { b'0' };
    text
}

#[tokio::test]
async fn a_ledger_whose_key_is_lost_goes_on_with_another_by_a_person_s_word_alone() {
    let (archive, host, note) = filled(Store::Folder).await;
    lose_state(&archive);
    let key = archive.state_dir().join("ledger.key");
    std::fs::remove_file(&key).unwrap();
    let daemon = archive.start();
    assert_eq!(findings(&rebuild(&archive)), []);
    is_of_this_history(&archive, &note);
    send(&daemon, &host, 4).await;
    let status = concerned(&archive, "`keepmark ledger new-key --reason TEXT`").await;
    assert!(status["concerns"].to_string().contains("is missing"), "{status}");
    assert!(!key.exists(), "no key is made in silence");
    assert_eq!(Objects::of(&archive).get(CHECKPOINT).await, note.as_bytes());
    let leaves = archive_leaves(&note);
    // The photo, and what was found of the key.
    until("both are leaves", async || (archive.count(LEAVES) == leaves + 2).then_some(())).await;
    let old = String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap();
    let (ended, words) = said(&archive, &["ledger", "new-key", "--reason", "the machine burnt"]);
    assert_eq!(ended, Some(0), "{words}");
    let next = published(&archive, leaves + 3).await;
    let new = String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap();
    assert_ne!(old, new);
    assert!(words.contains(new.trim()) && words.contains(old.trim()), "{words}");
    is_of_this_history(&archive, &note);
    is_of_this_history(&archive, &next);
    is_proven(&archive, 4);
    let record =
        "SELECT count(*) FROM evidence WHERE object_key LIKE 'records/%\\_key\\_change.json' ESCAPE '\\'";
    assert_eq!(archive.count(record), 1);
    assert!(daemon.stop().success());
    // Both keys come back from the store.
    lose_state(&archive);
    drop(archive.start());
    assert_eq!(findings(&rebuild(&archive)), []);
    assert_eq!(String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap(), new);
    is_of_this_history(&archive, &note);
    is_of_this_history(&archive, &next);
}
