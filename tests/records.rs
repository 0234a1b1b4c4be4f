//! Records: what the bucket must know beside photos is fixed, then put, then recorded, and never in the hook's way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use keepmark::domain::photo::Sha256;
use serde_json::{Value, json};

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::host::{Answer, Host};
use crate::support::ledger::concerned;
use crate::support::objects::Objects;
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::{delivery, until};

const PENDING: &str = "SELECT count(*) FROM evidence WHERE kind = 'record' AND recorded_at IS NULL";
const RECORDED: &str = "SELECT count(*) FROM evidence WHERE kind = 'record' AND body IS NULL
                        AND recorded_at IS NOT NULL";

/// A delivery that is dead at once, and a body that cannot be read.
async fn send_letters(daemon: &Daemon) -> (String, &'static str) {
    let dead = json!({"event_id": "dead", "photo_code": "A1BCDEFGHIJ23K"}).to_string();
    assert!(daemon.post(dead.clone()).await.0.is_success());
    let unreadable = "{ no json";
    assert!(daemon.post(unreadable).await.0.is_success());
    (dead, unreadable)
}

async fn recorded(archive: &Archive, records: i64) {
    until(&format!("{records} records are in the store"), async || {
        (archive.count(RECORDED) == records && archive.count(PENDING) == 0).then_some(())
    })
    .await;
}

/// The records in the store in their order: key and content.
fn records(archive: &Archive) -> Vec<(String, Value)> {
    let mut records: Vec<(String, Value)> = match archive.store().listed_by_another_client() {
        Some(objects) => objects
            .iter()
            .map(|object| (object["key"].as_str().unwrap().to_owned(), object["text"].clone()))
            .filter(|(key, _)| key.starts_with("records/"))
            .map(|(key, text)| (key, serde_json::from_str(text.as_str().unwrap()).unwrap()))
            .collect(),
        None => files_below(&archive.objects())
            .iter()
            .map(|path| path.to_str().unwrap().to_owned())
            .filter(|key| key.starts_with("records/"))
            .map(|key| {
                let bytes = std::fs::read(archive.objects().join(&key)).unwrap();
                (key, serde_json::from_slice(&bytes).unwrap())
            })
            .collect(),
    };
    records.sort_by(|one, other| one.0.cmp(&other.0));
    records
}

#[tokio::test]
async fn a_delivery_that_ends_without_a_photo_is_a_record_in_the_bucket() {
    for store in Store::all() {
        let archive = Archive::on(store);
        let (host, daemon) = (Host::start(), archive.start());
        let (dead, unreadable) = send_letters(&daemon).await;
        let page = b"<html>sign in</html>".to_vec();
        let link = host.put("/1.jpg", Answer::File(page.clone(), "text/html"));
        daemon.deliver(&delivery("page", "CODE0000000001", &link)).await;
        recorded(&archive, 2).await;
        give_up(&archive, 2).await;
        recorded(&archive, 3).await;
        let found = records(&archive);
        let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "records/000000000001_dead_letter.json",
                "records/000000000002_quarantined.json",
                "records/000000000003_dead_letter.json",
            ]
        );
        for ((_, record), body) in found.iter().zip([dead.as_bytes(), unreadable.as_bytes()]) {
            assert_eq!(record["delivery"]["body"], BASE64.encode(body));
            assert_eq!(record["delivery"]["sha256"], Sha256::of(body).to_string());
            assert_eq!(record["salt"].as_str().unwrap().len(), 32);
            assert!(record["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        }
        assert_eq!(found[0].1["class"], "no_link");
        assert_eq!(found[2].1["sample"], BASE64.encode(page));
        assert_ne!(found[0].1["salt"], found[1].1["salt"]);
        let hashes = archive.count(
            "SELECT count(*) FROM evidence e JOIN delivery d ON d.id = e.delivery_id WHERE e.kind = 'record'",
        );
        assert_eq!(hashes, 3, "each record knows its delivery");
    }
}

/// Lets jobs fail until so many are dead: the hour for which they are tried is over.
async fn give_up(archive: &Archive, dead: i64) {
    let hour_ago = "UPDATE job SET failing_since = failing_since - 3600000 WHERE state = 'scheduled'";
    until("it is given up", async || {
        archive.catalogue().execute(hour_ago, []).unwrap();
        archive.hurry();
        (archive.count("SELECT count(*) FROM job WHERE state = 'dead'") == dead).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_record_is_fixed_before_it_is_put_and_a_kill_after_the_put_changes_nothing() {
    for store in Store::all() {
        let archive = Archive::on(store);
        let mut crashing = archive.command(&["serve"]);
        crashing.env("KEEPMARK_CRASH_AT", "record_put");
        let daemon = archive.start_as(crashing);
        let dead = json!({"event_id": "dead"});
        assert!(!daemon.deliver_the_last(&dead).await.success(), "it was ended right after the put");
        let fixed: Vec<u8> = archive
            .catalogue()
            .query_row("SELECT body FROM evidence WHERE kind = 'record' AND recorded_at IS NULL", [], |row| {
                row.get(0)
            })
            .unwrap();
        let put = records(&archive);
        assert_eq!(put.len(), 1);
        assert_eq!(put[0].1, serde_json::from_slice::<Value>(&fixed).unwrap());
        let daemon = archive.start();
        recorded(&archive, 1).await;
        assert_eq!(records(&archive), put);
        assert!(!daemon.log().contains("a record"), "{}", daemon.log());
    }
}

#[tokio::test]
async fn while_the_store_is_away_records_wait_and_the_hook_answers() {
    let archive = Archive::local();
    let (host, daemon) = (Host::start(), archive.start());
    daemon.deliver(&delivery("one", "CODE0000000001", &host.jpeg("/1.jpg", jpeg(1)))).await;
    daemon.settle(&archive).await;
    drop(daemon);
    let (here, away) = (archive.objects(), archive.state_dir().join("unmounted"));
    std::fs::rename(&here, &away).unwrap();
    let daemon = archive.start();
    send_letters(&daemon).await;
    until("the trouble is noted", async || {
        (archive.count("SELECT count(*) FROM store WHERE trouble IS NOT NULL") == 1).then_some(())
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(archive.count(PENDING), 2);
    assert!(files_below(&here).is_empty(), "nothing is written to what is not the archive");
    std::fs::remove_dir_all(&here).unwrap();
    std::fs::rename(&away, &here).unwrap();
    recorded(&archive, 2).await;
}

#[tokio::test]
async fn a_record_whose_key_holds_other_bytes_is_told_and_keeps_no_other_from_being_put() {
    for store in Store::all() {
        let archive = Archive::on(store);
        drop(archive.start());
        let objects = Objects::of(&archive);
        let key = "records/000000000001_dead_letter.json";
        objects.put(key, b"{}".to_vec()).await;
        let daemon = archive.start();
        send_letters(&daemon).await;
        until("the other record is in the store", async || (archive.count(RECORDED) == 1).then_some(()))
            .await;
        let status = concerned(&archive, key).await;
        assert!(status["concerns"].to_string().contains("1 records cannot be put"), "{status}");
        assert_eq!(archive.run(&["status"]).status.code(), Some(1));
        let token = archive.api_token();
        let metrics = daemon.client().get(daemon.url("/metrics")).bearer_auth(&token).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        for line in [
            "keepmark_records_waiting 1",
            "keepmark_records_refused 1",
            "keepmark_backup_timestamp_seconds 0",
        ] {
            assert!(metrics.contains(line), "{line}: {metrics}");
        }
        assert_eq!(objects.get(key).await, b"{}", "it is left alone");
        objects.delete(key).await;
        drop(daemon);
        let _daemon = archive.start();
        recorded(&archive, 2).await;
        let status = archive.run(&["status", "--format", "json"]);
        assert!(!String::from_utf8_lossy(&status.stdout).contains("cannot be put"));
    }
}

#[tokio::test]
async fn dead_letters_of_an_earlier_version_get_their_records_after_the_start() {
    let archive = Archive::local();
    let daemon = archive.start();
    send_letters(&daemon).await;
    recorded(&archive, 2).await;
    drop(daemon);
    // As an earlier version would have left it.
    let earlier =
        "DELETE FROM ledger_leaf; DELETE FROM audit_object; DELETE FROM evidence WHERE kind = 'record';";
    archive.catalogue().execute_batch(earlier).unwrap();
    std::fs::remove_dir_all(archive.objects().join("records")).unwrap();
    let daemon = archive.start();
    recorded(&archive, 2).await;
    let kinds: Vec<_> = records(&archive).iter().map(|(_, record)| record["kind"].to_string()).collect();
    assert_eq!(kinds, ["\"dead_letter\"", "\"quarantined\""]);
    drop(daemon);
    let daemon = archive.start();
    until("the start has looked for them", async || daemon.log().contains("keepmark serves").then_some(()))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(archive.count(RECORDED), 2, "once");
}

#[tokio::test]
async fn the_same_unreadable_body_again_is_no_second_record() {
    let archive = Archive::local();
    let daemon = archive.start();
    send_letters(&daemon).await;
    send_letters(&daemon).await;
    recorded(&archive, 2).await;
}
