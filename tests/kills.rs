//! `kill -9` at random moments under load: what was acknowledged is kept, once, and becomes a photo.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keepmark::domain::photo::Sha256;
use serde_json::Value;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::host::Host;
use crate::support::photos::{jpeg, slow_jpeg};
use crate::support::store::Store;
use crate::support::{delivery, until};

/// In the test run; a campaign of thousands sets `KEEPMARK_TEST_KILLS`.
const KILLS: u32 = 60;

fn kills() -> u32 {
    std::env::var("KEEPMARK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_delivery_outlives_kill_9_and_becomes_one_photo() {
    for store in Store::all() {
        let archive = Archive::on(store);
        let host = Arc::new(Host::start());
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let mut next = 0;
        for _ in 0..kills() {
            let daemon = archive.start();
            let senders: Vec<_> = (0..4)
                .map(|sender| {
                    let first = next + sender * 10_000;
                    tokio::spawn(send(Load::of(&daemon, &host, &acknowledged), first))
                })
                .collect();
            next += 40_000;
            let moment = Duration::from_millis(rand::random_range(5..400));
            tokio::time::sleep(moment).await;
            daemon.kill();
            for sender in senders {
                sender.await.unwrap();
            }
        }
        let daemon = archive.start();
        daemon.settle(&archive).await;
        let acknowledged = Arc::try_unwrap(acknowledged).unwrap().into_inner().unwrap();
        println!("{} kills, {} deliveries acknowledged", kills(), acknowledged.len());
        assert!(acknowledged.len() > kills() as usize, "the load was a load");
        check(&archive, &daemon, &acknowledged).await;
    }
}

/// Photos that take long to decode meet a hundred deaths within a minute: the photo that is inspected just then is a
/// suspect each time, and none may become a dead letter for what others died of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_within_a_minute_leave_no_dead_job() {
    let (archive, host) = (Archive::local(), Host::start());
    let slow: Vec<_> = (0..4).map(slow_jpeg).collect();
    let began = Instant::now();
    for kill in 0..100_u32 {
        let daemon = archive.start();
        let bytes = [&slow[kill as usize % 4][..], &kill.to_be_bytes()].concat();
        let link = host.jpeg(&format!("/{kill}.jpg"), bytes);
        daemon.deliver(&delivery(&format!("event {kill}"), &format!("CODE{kill:010}"), &link)).await;
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..300))).await;
        daemon.kill();
    }
    println!("a hundred kills took {:?}", began.elapsed());
    let met = archive.count("SELECT count(*) FROM attempt WHERE outcome = 'crashed'");
    let daemon = archive.start();
    daemon.settle(&archive).await;
    println!("{met} of the kills met an inspection");
    assert!(met > 0, "none of the kills met an inspection");
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'done'"), 100);
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 100);
}

/// What a sender needs.
struct Load {
    hook: String,
    client: reqwest::Client,
    host: Arc<Host>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
}

impl Load {
    fn of(daemon: &Daemon, host: &Arc<Host>, acknowledged: &Arc<Mutex<BTreeSet<String>>>) -> Self {
        Self {
            hook: daemon.hook(),
            client: daemon.client().clone(),
            host: Arc::clone(host),
            acknowledged: Arc::clone(acknowledged),
        }
    }
}

/// Posts new photos one after the other until the daemon is gone; about one in ten is posted twice.
async fn send(load: Load, first: u32) {
    for number in first.. {
        let event = format!("event {number}");
        let link = load.host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        let body = delivery(&event, &format!("CODE{number:010}"), &link).to_string();
        for _ in 0..=u32::from(number % 10 == 0) {
            let Ok(response) = load.client.post(&load.hook).body(body.clone()).send().await else { return };
            assert!(response.status().is_success(), "{}", response.status());
            load.acknowledged.lock().unwrap().insert(event.clone());
        }
        // Room for the workers: this test is about kills, not about load.
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

async fn check(archive: &Archive, daemon: &Daemon, acknowledged: &BTreeSet<String>) {
    let catalogue = archive.catalogue();
    let mut times = catalogue.prepare("SELECT count(*) FROM delivery WHERE event_id = ?1").unwrap();
    for event in acknowledged {
        assert_eq!(times.query_row([event], |row| row.get::<_, i64>(0)).unwrap(), 1, "{event}");
    }
    let accepted = archive.count("SELECT count(*) FROM delivery WHERE outcome = 'accepted'");
    let status = String::from_utf8(archive.run(&["status"]).stdout).unwrap();
    let done = archive.count("SELECT count(*) FROM job WHERE state = 'done'");
    assert_eq!(done, accepted, "none is dead or held: {status}");
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), accepted);
    assert_eq!(archive.count("SELECT count(*) FROM evidence WHERE recorded_at IS NULL"), 0);
    let verdict: String = catalogue.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    check_objects(archive, accepted);
    until("the spool is empty", async || {
        files_below(&archive.state_dir().join("spool")).is_empty().then_some(())
    })
    .await;
    assert!(!daemon.log().contains("the program failed"), "{}", daemon.log());
}

/// Every object has the hash that the catalogue names, every sidecar says what the catalogue says.
fn check_objects(archive: &Archive, photos: i64) {
    let catalogue = archive.catalogue();
    let listed = archive.store().listed_by_another_client();
    let read = |key: &str| {
        if let Some(objects) = &listed {
            let object = objects.iter().find(|object| object["key"] == key).unwrap();
            (
                object["sha256"].as_str().unwrap().to_owned(),
                object["text"].as_str().unwrap_or_default().to_owned(),
            )
        } else {
            let bytes = std::fs::read(archive.objects().join(key)).unwrap();
            (Sha256::of(&bytes).to_string(), String::from_utf8_lossy(&bytes).into_owned())
        }
    };
    let mut rows = catalogue
        .prepare(
            "SELECT p.id, p.object_key, p.sha256, p.verdict, e.object_key, e.sha256, d.body
             FROM photo p JOIN evidence e ON e.photo_seq = p.seq AND e.kind = 'sidecar'
             JOIN photo_delivery l ON l.photo_seq = p.seq JOIN delivery d ON d.id = l.delivery_id",
        )
        .unwrap();
    let mut rows = rows.query([]).unwrap();
    let mut seen = 0;
    while let Some(row) = rows.next().unwrap() {
        let text = |column: usize| row.get::<_, String>(column).unwrap();
        let (photo_hash, _) = read(&text(1));
        assert_eq!(photo_hash, text(2));
        let (sidecar_hash, sidecar) = read(&text(4));
        assert_eq!(sidecar_hash, text(5));
        let sidecar: Value = serde_json::from_str(&sidecar).unwrap();
        assert_eq!(sidecar["photo_id"], text(0));
        assert_eq!(sidecar["object_key"], text(1));
        assert_eq!(sidecar["sha256"], text(2));
        assert_eq!(sidecar["verdict"], text(3));
        let body: Vec<u8> = row.get(6).unwrap();
        assert_eq!(sidecar["delivery"], keepmark::domain::sidecar::encoded(&body));
        seen += 1;
    }
    assert_eq!(seen, photos);
}
