//! Stores in trouble, stores that belong to somebody else, stores that overwrite: the hook stays open, nothing is
//! burnt, doubled or changed, and the backlog drains by itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use keepmark::domain::photo::Sha256;
use serde_json::Value;

use crate::support::careless_store::{Careless, CarelessStore};
use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::host::Host;
use crate::support::photos::jpeg;
use crate::support::store::{Store, is_photo};
use crate::support::{delivery, until};

const ARCHIVED: &str = "SELECT count(*) FROM photo WHERE archived_at IS NOT NULL";
const WAITING: &str = "SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'store'";

/// Delivers the photos of these numbers; accepting is fast whatever the store does.
async fn send(daemon: &Daemon, host: &Host, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        let began = Instant::now();
        daemon.deliver(&delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link)).await;
        assert!(began.elapsed() < Duration::from_secs(5), "accepting took {:?}", began.elapsed());
    }
}

async fn archived(archive: &Archive, photos: i64) {
    until(&format!("{photos} photos are archived"), async || {
        (archive.count(ARCHIVED) == photos).then_some(())
    })
    .await;
}

async fn waiting(archive: &Archive, photos: i64) {
    until(&format!("{photos} photos wait"), async || (archive.count(WAITING) == photos).then_some(())).await;
}

fn status(archive: &Archive) -> (Option<i32>, Value) {
    let output = archive.run(&["status", "--format", "json"]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// Each photo once, under one key, with its bytes; no attempt was burnt but the one that archived it.
fn each_photo_is_archived_once(archive: &Archive, numbers: std::ops::Range<u32>) {
    let listed = archive.store().listed_by_another_client().unwrap();
    let mut found: Vec<_> = listed
        .iter()
        .filter(|object| is_photo(object["key"].as_str().unwrap()))
        .map(|object| object["sha256"].as_str().unwrap().to_owned())
        .collect();
    let mut wanted: Vec<_> = numbers.map(|number| Sha256::of(&jpeg(number)).to_string()).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(archive.count("SELECT max(attempts) FROM job"), 1, "an outage burns no attempt");
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state <> 'done'"), 0);
    assert_eq!(archive.count("SELECT count(*) FROM evidence WHERE recorded_at IS NULL"), 0);
}

/// SeaweedFS behind a proxy, if it is there.
fn behind_a_proxy() -> Option<(FaultProxy, Archive)> {
    let Store::Seaweed { endpoint, prefix } = Store::all().pop()? else { return None };
    let proxy = FaultProxy::before(&endpoint);
    let archive = Archive::on(Store::Seaweed { endpoint: proxy.endpoint(), prefix });
    Some((proxy, archive))
}

/// A fault that lasts: photos wait for its end, with the reason, and go on by themselves.
async fn an_outage(fault: Fault, reason: &str) {
    let Some((proxy, archive)) = behind_a_proxy() else { return };
    let (host, daemon) = (Host::start(), archive.start());
    send(&daemon, &host, 0..2).await;
    archived(&archive, 2).await;

    proxy.set(fault);
    send(&daemon, &host, 2..14).await;
    waiting(&archive, 12).await;
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 14, "fetched and sealed all the same");
    let (code, status) = status(&archive);
    assert_eq!(code, Some(1));
    assert!(status["store"]["trouble"].as_str().unwrap().contains(reason), "{status}");
    assert!(status["store"]["trouble_since"].is_string() && status["concerns"][0].is_string(), "{status}");
    let token = archive.api_token();
    let metrics = daemon.client().get(daemon.url("/metrics")).bearer_auth(&token).send().await.unwrap();
    assert!(metrics.text().await.unwrap().contains("keepmark_store_trouble 1"));
    assert_eq!(daemon.api("/readyz", &token).await["ready"], true);

    proxy.set(Fault::None);
    archived(&archive, 14).await;
    daemon.settle(&archive).await;
    each_photo_is_archived_once(&archive, 0..14);
    assert_eq!(self::status(&archive).0, Some(0), "{:?}", self::status(&archive));
}

#[tokio::test]
async fn a_store_that_fails_inside_holds_photos_until_it_is_well() {
    an_outage(Fault::Status(500), "the store answers 500").await;
}

#[tokio::test]
async fn a_store_that_asks_to_slow_down_holds_photos_until_it_is_well() {
    an_outage(Fault::Status(503), "the store answers 503").await;
}

#[tokio::test]
async fn a_store_that_denies_access_holds_photos_until_it_is_well() {
    an_outage(Fault::Status(403), "check the credentials").await;
}

#[tokio::test]
async fn a_store_that_hangs_holds_photos_until_it_is_well() {
    an_outage(Fault::Hang, "in time").await;
}

#[tokio::test]
async fn a_store_that_is_absent_holds_photos_until_it_is_back() {
    an_outage(Fault::Absent, "the store cannot be").await;
}

#[tokio::test]
async fn a_day_without_the_store_and_a_restart_in_it_burn_nothing() {
    let Some((proxy, archive)) = behind_a_proxy() else { return };
    let (host, daemon) = (Host::start(), archive.start());
    proxy.set(Fault::Absent);
    send(&daemon, &host, 0..8).await;
    waiting(&archive, 8).await;
    assert!(daemon.stop().success());
    // A day of running time, in which the store was looked at in vain.
    let lived = "UPDATE daemon_start SET started_at = started_at - 86400000";
    assert_eq!(archive.catalogue().execute(lived, []).unwrap(), 1);
    let daemon = archive.start();
    send(&daemon, &host, 8..12).await;
    waiting(&archive, 12).await;
    proxy.set(Fault::None);
    archived(&archive, 12).await;
    daemon.settle(&archive).await;
    each_photo_is_archived_once(&archive, 0..12);
}

#[tokio::test]
async fn a_store_that_returns_wrong_bytes_holds_photos_until_it_is_well() {
    an_outage(Fault::WrongBytes, "store.json cannot be read").await;
}

#[tokio::test]
async fn connections_that_are_reset_in_the_middle_of_a_put_cost_nothing() {
    an_outage(Fault::ResetInPut, "the store cannot be").await;
}

#[tokio::test]
async fn puts_that_succeed_and_whose_answers_are_lost_are_found_equal() {
    an_outage(Fault::LostAnswer, "the store cannot be").await;
}

#[tokio::test]
async fn a_store_in_trouble_is_looked_at_by_one_and_less_and_less_often() {
    let Some((proxy, archive)) = behind_a_proxy() else { return };
    let (host, daemon) = (Host::start(), archive.start());
    proxy.set(Fault::Status(403));
    send(&daemon, &host, 0..30).await;
    waiting(&archive, 30).await;
    let before = proxy.requests();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let asked = proxy.requests() - before;
    assert!(asked <= 12, "{asked} requests in six seconds of an outage");
    assert_eq!(archive.count("SELECT max(attempts) FROM job"), 0);
    drop(daemon);
}

/// Starts on a store in trouble; the hook takes deliveries, and a restart with mended settings archives them.
async fn a_start_in_trouble(broken: Archive, mend: impl FnOnce(Archive) -> Archive, reason: &str) {
    let (host, daemon) = (Host::start(), broken.start());
    send(&daemon, &host, 0..3).await;
    waiting(&broken, 3).await;
    let held: String = broken
        .catalogue()
        .query_row("SELECT DISTINCT reason FROM job WHERE state = 'held'", [], |row| row.get(0))
        .unwrap();
    assert!(held.contains(reason) || held.contains("since the start"), "{held}");
    until("the trouble is noted", async || {
        let (code, status) = status(&broken);
        assert_eq!(code, Some(1));
        status["store"]["trouble"].as_str().is_some_and(|trouble| trouble.contains(reason)).then_some(())
    })
    .await;
    drop(daemon);
    let mended = mend(broken);
    let daemon = mended.start();
    archived(&mended, 3).await;
    daemon.settle(&mended).await;
    assert_eq!(status(&mended).0, Some(0), "{:?}", status(&mended));
    assert_eq!(mended.count("SELECT max(attempts) FROM job"), 1);
}

#[tokio::test]
async fn a_start_with_wrong_credentials_holds_photos_until_they_are_right() {
    let Some(Store::Seaweed { endpoint, prefix }) = Store::all().pop() else { return };
    let archive = Archive::on(Store::Seaweed { endpoint, prefix });
    let broken = archive.with("ARCHIVE__SECRET_ACCESS_KEY", "wrong");
    let mend = |archive: Archive| archive.with("ARCHIVE__SECRET_ACCESS_KEY", "keepmark-test-secret");
    a_start_in_trouble(broken, mend, "check").await;
}

#[tokio::test]
async fn a_start_without_a_store_holds_photos_until_there_is_one() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let store = CarelessStore::start(Careless::Overwrites);
    let broken = on(&format!("http://{closed}"));
    a_start_in_trouble(
        broken,
        |archive| archive.with("ARCHIVE__ENDPOINT", &store.endpoint()),
        "the store cannot be",
    )
    .await;
}

#[tokio::test]
async fn somebody_elses_store_is_not_written_to_and_photos_wait_for_the_right_one() {
    let (theirs, ours) =
        (CarelessStore::start(Careless::Overwrites), CarelessStore::start(Careless::Overwrites));
    let other = on(&theirs.endpoint());
    let (host, daemon) = (Host::start(), other.start());
    send(&daemon, &host, 7..8).await;
    archived(&other, 1).await;
    until("the probe's objects are gone", async || {
        let probing = theirs.objects().keys().any(|key| key.contains("probe"));
        let probed = status(&other).1["store"]["capabilities"]["large_body"]["result"] == "ok";
        (!probing && probed).then_some(())
    })
    .await;
    drop(daemon);
    let before = theirs.objects();
    let mend = |archive: Archive| archive.with("ARCHIVE__ENDPOINT", &ours.endpoint());
    a_start_in_trouble(on(&theirs.endpoint()), mend, "another state folder").await;
    assert_eq!(theirs.objects(), before);
}

#[tokio::test]
async fn a_store_that_lost_its_marker_is_not_taken_for_the_one_with_the_photos() {
    let archive = Archive::local();
    let (host, daemon) = (Host::start(), archive.start());
    send(&daemon, &host, 0..1).await;
    archived(&archive, 1).await;
    drop(daemon);
    let (here, away) = (archive.objects(), archive.state_dir().join("unmounted"));
    std::fs::rename(&here, &away).unwrap();
    let daemon = archive.start();
    send(&daemon, &host, 1..2).await;
    waiting(&archive, 1).await;
    assert!(status(&archive).1["store"]["trouble"].as_str().unwrap().contains("store.json"));
    assert!(files_below(&here).is_empty(), "nothing is written to what is not the archive");
    std::fs::remove_dir_all(&here).unwrap();
    std::fs::rename(&away, &here).unwrap();
    archived(&archive, 2).await;
}

fn on(endpoint: &str) -> Archive {
    Archive::on(Store::Seaweed { endpoint: endpoint.to_owned(), prefix: "archive".to_owned() })
}

#[tokio::test]
async fn a_store_without_create_only_puts_is_found_out_and_nothing_on_it_is_overwritten() {
    for careless in [Careless::Overwrites, Careless::Refuses] {
        let store = CarelessStore::start(careless);
        let archive = on(&store.endpoint());
        let (host, daemon) = (Host::start(), archive.start());
        send(&daemon, &host, 0..6).await;
        archived(&archive, 6).await;
        assert!(daemon.log().contains("does not keep two puts on one key apart"), "{}", daemon.log());
        let found = status(&archive).1["store"]["capabilities"]["create_only"]["result"].clone();
        assert_eq!(found, "failed");
        let check = String::from_utf8(archive.run(&["check"]).stdout).unwrap();
        assert!(check.contains("WRONG create-only puts"), "{check}");

        // Another object lies where the next photo belongs.
        let key: String = archive
            .catalogue()
            .query_row("SELECT object_key FROM photo WHERE code = 'CODE0000000000'", [], |row| row.get(0))
            .unwrap();
        let hash = |number| Sha256::of(&jpeg(number)).to_string()[..32].to_owned();
        let taken = key.replace("CODE0000000000", "CODE0000000006").replace(&hash(0), &hash(6));
        let taken = format!("photos/archive/{}", taken.replace(' ', "%20"));
        store.put(&taken, b"somebody else's");
        send(&daemon, &host, 6..7).await;
        until("the conflict is held", async || {
            let sql = "SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'conflict'";
            (archive.count(sql) == 1).then_some(())
        })
        .await;
        assert_eq!(store.objects()[&taken], b"somebody else's");
        let overwritten = store.overwritten();
        let photos: Vec<_> = overwritten.iter().filter(|key| !key.contains("/.keepmark/probe-")).collect();
        assert!(photos.is_empty(), "{photos:?}");
    }
}

#[tokio::test]
async fn check_says_what_the_store_can_do_and_leaves_nothing_there() {
    for store in Store::all() {
        let archive = Archive::on(store);
        drop(archive.start());
        let before = objects(&archive);
        let output = archive.run(&["check"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        for what in ["create-only puts", "one winner", "read after write", "Unicode keys", "large body"] {
            assert!(text.contains(&format!("ok    {what}")), "{what}: {text}");
        }
        assert_eq!(objects(&archive), before);
    }
}

/// The keys of all objects.
fn objects(archive: &Archive) -> BTreeSet<String> {
    if let Some(listed) = archive.store().listed_by_another_client() {
        return listed.iter().map(|object| object["key"].as_str().unwrap().to_owned()).collect();
    }
    let folder = archive.objects();
    if !folder.exists() {
        return BTreeSet::new();
    }
    files_below(&folder).iter().map(|path| path.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_killed_puts_left_in_a_folder_is_swept_and_nothing_else() {
    let archive = Archive::local();
    let (host, daemon) = (Host::start(), archive.start());
    send(&daemon, &host, 0..1).await;
    archived(&archive, 1).await;
    drop(daemon);
    let photo: String =
        archive.catalogue().query_row("SELECT object_key FROM photo", [], |row| row.get(0)).unwrap();
    let folder = archive.objects();
    let staged = folder.join(format!("{photo}#1"));
    let foreign = folder.join("photos/notes#1");
    let young = folder.join(format!("{photo}#2"));
    for file in [&staged, &foreign, &young] {
        std::fs::write(file, "half a photo").unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "a test plays with the times of files")]
    let later = std::time::SystemTime::now() + Duration::from_hours(1);
    std::fs::File::options().write(true).open(&young).unwrap().set_modified(later).unwrap();
    let _daemon = archive.start();
    until("the leftover is gone", async || (!staged.exists()).then_some(())).await;
    assert!(foreign.exists() && young.exists() && folder.join(&photo).exists());
}
