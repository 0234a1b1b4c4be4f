//! Several jobs with one photo, and seals whose bytes are gone.

use serde_json::Value;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::host::{Answer, Host};
use crate::support::photos::jpeg;
use crate::support::{delivery, until};

const CODE: &str = "A1BCDEFGHIJ23K";

fn archived(archive: &Archive) -> i64 {
    archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL")
}

/// A daemon ended right after the seal of one photo.
async fn ended_after_the_seal(archive: Archive, host: &Host) -> Archive {
    let archive = archive.with_variable("KEEPMARK_CRASH_AT", "sealed");
    archive.start().deliver_the_last(&delivery("first", CODE, &host.jpeg("/1.jpg", jpeg(1)))).await;
    archive.without_variable("KEEPMARK_CRASH_AT")
}

#[tokio::test]
async fn a_repeat_of_a_photo_that_is_being_archived_waits_for_it_and_fetches_nothing_again() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    // The sealing job is kept from its work; its photo is announced again under other events.
    archive.catalogue().execute("UPDATE job SET state = 'held', lease_start = NULL", []).unwrap();
    let held = "CREATE TRIGGER hold AFTER UPDATE OF state ON job WHEN new.id = 1 AND new.state = 'ready'
                BEGIN UPDATE job SET state = 'held' WHERE id = 1; END";
    archive.catalogue().execute_batch(held).unwrap();
    let daemon = archive.start();
    for event in ["second", "third"] {
        daemon.deliver(&delivery(event, CODE, &host.jpeg(&format!("/{event}.jpg"), jpeg(1)))).await;
    }
    let waiting = "SELECT count(*) FROM job WHERE waits_for = 1 AND state = 'scheduled'";
    until("both wait", async || (archive.count(waiting) == 2).then_some(())).await;
    archive.catalogue().execute_batch("DROP TRIGGER hold").unwrap();
    assert!(archive.run(&["retry", "--held"]).status.success());
    until("all are done", async || {
        (archive.count("SELECT count(*) FROM job WHERE state = 'done'") == 3).then_some(())
    })
    .await;
    assert_eq!(archived(&archive), 1);
    assert_eq!((host.hits("/second.jpg"), host.hits("/third.jpg")), (1, 1));
    assert_eq!(archive.count("SELECT count(*) FROM photo_delivery WHERE kind = 'repeat'"), 2);
    assert_eq!(also(&archive).len(), 2);
    drop(daemon);
}

fn also(archive: &Archive) -> Vec<String> {
    let files = files_below(&archive.objects());
    let names = files.iter().map(|path| path.to_string_lossy().into_owned());
    names.filter(|name| name.contains(".also-")).collect()
}

#[tokio::test]
async fn a_dead_jobs_seal_is_taken_over_with_its_bytes_and_the_own_delivery_beside_it() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    archive.catalogue().execute("UPDATE job SET state = 'dead', spool = NULL", []).unwrap();
    let sealed: String = sidecar_hash(&archive);
    let daemon = archive.start();
    daemon.deliver(&delivery("second", CODE, &host.jpeg("/2.jpg", jpeg(1)))).await;
    until("the second is done", async || {
        (archive.count("SELECT count(*) FROM job WHERE id = 2 AND state = 'done'") == 1).then_some(())
    })
    .await;
    assert_eq!(archived(&archive), 1);
    assert_eq!(sidecar_hash(&archive), sealed, "the seal stands");
    assert_eq!(also(&archive).len(), 1);
    drop(daemon);
}

fn sidecar_hash(archive: &Archive) -> String {
    let sql = "SELECT sha256 FROM evidence WHERE kind = 'sidecar'";
    archive.catalogue().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn empty_spool(archive: &Archive) {
    let spool = archive.state_dir().join("spool");
    for file in files_below(&spool) {
        std::fs::remove_file(spool.join(file)).unwrap();
    }
}

#[tokio::test]
async fn a_seal_whose_spool_file_is_lost_is_finished_from_its_link() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    let sealed = sidecar_hash(&archive);
    empty_spool(&archive);
    let daemon = archive.start();
    daemon.settle(&archive).await;
    assert_eq!((archived(&archive), host.hits("/1.jpg")), (1, 2));
    assert_eq!(sidecar_hash(&archive), sealed);
}

#[tokio::test]
async fn a_seal_whose_bytes_nobody_has_any_more_is_dropped_and_the_photo_begins_anew() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    empty_spool(&archive);
    host.jpeg("/1.jpg", jpeg(2));
    let daemon = archive.start();
    daemon.settle(&archive).await;
    assert_eq!(archived(&archive), 1);
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 1);
    let hash: String =
        archive.catalogue().query_row("SELECT sha256 FROM photo", [], |row| row.get(0)).unwrap();
    assert_eq!(hash, keepmark::domain::photo::Sha256::of(&jpeg(2)).to_string());
}

#[tokio::test]
async fn a_seal_that_another_photos_record_refers_to_is_held_and_not_dropped() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    archive.catalogue().execute("UPDATE job SET state = 'dead'", []).unwrap();
    let daemon = archive.start();
    daemon.deliver(&delivery("second", "ANOTHERCODE234", &host.jpeg("/2.jpg", jpeg(1)))).await;
    daemon.settle(&archive).await;
    assert_eq!(archived(&archive), 1);
    empty_spool(&archive);
    host.jpeg("/1.jpg", jpeg(2));
    archive.run(&["retry", "1"]);
    until("the first is held", async || {
        (archive.count("SELECT count(*) FROM job WHERE id = 1 AND state = 'held'") == 1).then_some(())
    })
    .await;
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 2);
    assert!(files_below(&archive.state_dir().join("spool")).is_empty());
}

#[tokio::test]
async fn other_bytes_under_our_key_are_left_alone_and_hold_the_photo() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = ended_after_the_seal(archive, &host).await;
    let key: String =
        archive.catalogue().query_row("SELECT object_key FROM photo", [], |row| row.get(0)).unwrap();
    let file = archive.objects().join(key);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "somebody else's").unwrap();
    let daemon = archive.start();
    daemon.settle(&archive).await;
    let listed = daemon.api("/api/v1/deliveries", &archive.api_token()).await["deliveries"][0].clone();
    assert_eq!(listed["state"], "held");
    assert!(listed["reason"].as_str().unwrap().contains("already holds another object"), "{listed}");
    assert_eq!(std::fs::read(&file).unwrap(), b"somebody else's");
}

#[tokio::test]
async fn a_delivery_that_cannot_be_committed_is_answered_503_and_the_hook_recovers_by_itself() {
    let archive = Archive::local();
    let daemon = archive.start();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'refused'); END";
    archive.catalogue().execute_batch(refuse).unwrap();
    let refused = post(&daemon, "a").await;
    assert_eq!(refused.status(), reqwest::StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "30");
    archive.catalogue().execute_batch("DROP TRIGGER refuse").unwrap();
    let accepted = post(&daemon, "a").await;
    let answer: Value = serde_json::from_slice(&accepted.bytes().await.unwrap()).unwrap();
    assert_eq!(answer["outcome"], "accepted", "nothing of the first one was kept");
}

async fn post(daemon: &Daemon, event: &str) -> reqwest::Response {
    let body = delivery(event, CODE, "https://photos.timemark.com/1.jpg").to_string();
    daemon.client().post(daemon.hook()).body(body).send().await.unwrap()
}

#[tokio::test]
async fn a_retried_conflict_revives_the_photo_that_it_repeats() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let dead = delivery("one", CODE, &host.put("/1.jpg", Answer::Status(404)));
    let mut alive = dead.clone();
    alive["photo_url"] = host.put("/2.jpg", Answer::Status(404)).into();
    daemon.deliver(&dead).await;
    daemon.post(alive.to_string()).await;
    let catalogue = archive.catalogue();
    let given_up = "UPDATE job SET state = 'dead' WHERE state = 'scheduled'";
    until("it was tried", async || (catalogue.execute(given_up, []).unwrap() == 1).then_some(())).await;
    host.jpeg("/2.jpg", jpeg(1));
    let output = archive.run(&["retry", "2"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("ready again"), "{output:?}");
    until("it is archived", async || (archived(&archive) == 1).then_some(())).await;
}
