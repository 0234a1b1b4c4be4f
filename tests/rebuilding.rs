//! The bucket is enough: a catalogue that is lost comes back from it, by natural keys the same.

use std::path::Path;

use keepmark::domain::photo::Sha256;
use serde_json::{Value, json};

use crate::generator::Plan;
use crate::support::daemon::{Archive, Daemon};
use crate::support::host::{Answer, Host};
use crate::support::ledger::{eager, said};
use crate::support::loss::{all_published, findings, look_at, lose_state, rebuild, rebuilt};
use crate::support::natural::{self, Natural};
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::{delivery, until};

const ARCHIVED: &str = "SELECT count(*) FROM photo WHERE archived_at IS NOT NULL";
const PENDING: &str = "SELECT count(*) FROM evidence WHERE recorded_at IS NULL";

fn with(mut delivery: Value, fields: &[(&str, &str)]) -> Value {
    for (name, value) in fields {
        match *name {
            "member" => delivery["member"] = json!({"member_name": value}),
            name => delivery[name] = (*value).into(),
        }
    }
    delivery
}

fn path_of(event: &str) -> String {
    format!("/{}.jpg", event.replace(' ', "-"))
}

/// Photos, versions, equal bytes under two codes, repeats, names that collide, dead letters, a cured one, quarantine.
async fn fill(archive: &Archive, daemon: &Daemon, host: &Host) {
    let photo = |event: &str, code: &str, number: u32| {
        delivery(event, code, &host.jpeg(&path_of(event), jpeg(number)))
    };
    let deliveries = [
        photo("plain", "CODE0000000001", 1),
        photo("version", "CODE0000000001", 2),
        photo("equal", "CODE0000000002", 1),
        photo("equal too", "CODE0000000003", 1),
        photo("repeat", "CODE0000000001", 1),
        photo("no code", "", 3),
        with(
            photo("lower", "CODE0000000004", 4),
            &[("project_name", "project sunrise"), ("member", "Alice Chen")],
        ),
        with(
            photo("odd", "CODE0000000005", 5),
            &[("project_name", "a/b: *?"), ("group_name", "東京 チーム")],
        ),
        with(photo("no team", "CODE0000000006", 6), &[("group_name", ""), ("device_model", "Pixel 8")]),
    ];
    for sent in &deliveries {
        daemon.deliver(sent).await;
        daemon.settle(archive).await;
    }
    // Other bytes under a known event: one announces another photo, one brings a link for a letter that was dead.
    daemon.post(photo("plain", "CODE0000000007", 7).to_string()).await;
    daemon.post(json!({"event_id": "dead", "photo_code": "CODE0000000008"}).to_string()).await;
    daemon.post(json!({"event_id": "dead too"}).to_string()).await;
    daemon.post(json!({"event_id": "cured", "photo_code": "CODE0000000009"}).to_string()).await;
    daemon.post("{ no json").await;
    daemon.post("[]").await;
    daemon.settle(archive).await;
    let page = host.put("/page", Answer::File(b"<html>".to_vec(), "text/html"));
    daemon.deliver(&delivery("page", "CODE0000000010", &page)).await;
    give_up(archive, 4).await;
    let file = archive.state_dir().join("by-hand.jpg");
    std::fs::write(&file, jpeg(9)).unwrap();
    let cured = archive.count("SELECT id FROM delivery WHERE event_id = 'cured'").to_string();
    let attached = archive.run(&["attach", &cured, file.to_str().unwrap()]);
    assert!(attached.status.success(), "{attached:?}");
    until("the cured one is archived", async || (archive.count(ARCHIVED) == 10).then_some(())).await;
    daemon.settle(archive).await;
    until("all evidence is in the store", async || (archive.count(PENDING) == 0).then_some(())).await;
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'dead'"), 3);
    assert_eq!(archive.count("SELECT count(*) FROM evidence WHERE kind = 'record'"), 6);
    assert!(archive.count("SELECT count(*) FROM evidence WHERE kind = 'judgement'") >= 1);
    assert_eq!(archive.count("SELECT count(*) FROM evidence WHERE kind = 'repeat'"), 1);
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

async fn filled(store: Store) -> (Archive, Host, Natural) {
    let (archive, host) = (eager(Archive::on(store)), Host::start());
    let daemon = archive.start();
    fill(&archive, &daemon, &host).await;
    look_at(&archive, &daemon, 3).await;
    all_published(&archive).await;
    assert!(daemon.stop().success());
    let before = natural::of(&archive.catalogue());
    lose_state(&archive);
    (archive, host, before)
}

#[tokio::test]
async fn a_lost_catalogue_comes_back_from_the_store_as_it_was() {
    for store in Store::all() {
        let (archive, _host, before) = filled(store).await;
        let daemon = archive.start();
        until("the daemon says what to do", async || {
            let status = String::from_utf8(archive.run(&["status"]).stdout).unwrap();
            status.contains("`keepmark rebuild` makes a new catalogue").then_some(())
        })
        .await;
        let report = rebuild(&archive);
        assert_eq!(findings(&report), []);
        for (what, number) in [
            ("photos", 10),
            ("repeats", 1),
            ("dead_letters", 3),
            ("quarantined", 2),
            ("records", 11),
            ("human_outcomes", 3),
            ("audits", 2),
        ] {
            assert_eq!(report["rebuilt"][what], number, "{what}: {report}");
        }
        assert!(report["not_in_the_store"][0].as_str().unwrap().contains("people"));
        natural::expect_equal(&before, &natural::of(&archive.catalogue()));
        let verdict: String =
            archive.catalogue().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        assert_eq!(archive.count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        let again = archive.run(&["rebuild"]);
        assert_eq!(again.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&again.stderr).contains("knows 10 photos already"));
        drop(daemon);
        let daemon = archive.start();
        until("the store is ours again", async || {
            let status = String::from_utf8(archive.run(&["status", "--format", "json"]).stdout).unwrap();
            let status: Value = serde_json::from_str(&status).unwrap();
            status["store"]["trouble"].is_null().then_some(())
        })
        .await;
        drop(daemon);
    }
}

#[tokio::test]
async fn deliveries_that_come_before_and_during_a_rebuild_are_matched_against_what_comes_back() {
    for store in Store::all() {
        let (archive, host, before) = filled(store).await;
        let daemon = archive.start();
        let link = |event: &str, number| host.jpeg(&path_of(event), jpeg(number));
        // The same delivery again, the same photo under another event, a new photo, one whose name had a segment of its
        // own, and a body that cannot be read.
        daemon.deliver(&delivery("plain", "CODE0000000001", &link("plain", 1))).await;
        daemon.deliver(&delivery("once more", "CODE0000000002", &link("once more", 1))).await;
        daemon.deliver(&delivery("new", "CODE0000000099", &link("new", 99))).await;
        let lower = delivery("lower again", "CODE0000000098", &link("lower again", 98));
        daemon.deliver(&with(lower, &[("project_name", "project sunrise")])).await;
        daemon.post("{ new and no json").await;
        let held = "SELECT count(*) FROM job WHERE state = 'held' AND failing_class = 'store'";
        until("they are sealed and held", async || (archive.count(held) == 4).then_some(())).await;
        // Links die: what was downloaded serves.
        host.put("/new.jpg", Answer::Status(404));
        let report = rebuild(&archive);
        assert_eq!(findings(&report), []);
        daemon.deliver(&delivery("after", "CODE0000000097", &link("after", 97))).await;
        until("all go on", async || (archive.count(ARCHIVED) == 13).then_some(())).await;
        daemon.settle(&archive).await;
        until("all evidence is in the store", async || (archive.count(PENDING) == 0).then_some(())).await;
        let after = natural::of(&archive.catalogue());
        let kept = [
            "photo",
            "finding",
            "reading",
            "evidence",
            "photo_delivery",
            "words and places",
            "delivery",
            "human_outcome",
            "audit_run",
            "audit_result",
            "audit_object",
            "ledger_leaf",
            "ledger_tile",
        ];
        natural::expect_kept(&before, &after, &kept);
        let repeats = "SELECT count(*) FROM photo_delivery WHERE kind = 'repeat'";
        assert_eq!(archive.count(repeats), 2, "the same photo under another event is a repeat");
        assert_eq!(
            archive.count("SELECT count(*) FROM delivery WHERE event_id = 'plain'"),
            2,
            "and its conflict"
        );
        assert_eq!(
            archive.count("SELECT repeats FROM delivery WHERE event_id = 'plain' AND outcome = 'accepted'"),
            1
        );
        let names = "SELECT count(DISTINCT segment) FROM project WHERE name = 'project sunrise'";
        assert_eq!(archive.count(names), 1);
        let records = "SELECT count(*) FROM evidence WHERE kind = 'record' AND sequence > 11 AND recorded_at IS NOT NULL";
        assert_eq!(archive.count(records), 1, "numbered behind those in the store");
        assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'held'"), 0);
        drop(daemon);
    }
}

#[tokio::test]
async fn a_rebuild_that_is_killed_goes_on_where_it_was() {
    for store in Store::all() {
        let (archive, _host, before) = filled(store).await;
        drop(archive.start());
        for point in ["rebuild_listed", "rebuild_read", "rebuild_restored", "rebuild_restored"] {
            let mut command = archive.command(&["rebuild"]);
            let killed = command.env("KEEPMARK_CRASH_AT", point).output().unwrap();
            assert_eq!(killed.status.code(), None, "{point}: {killed:?}");
            assert_eq!(archive.count("SELECT count(*) FROM rebuild WHERE ended_at IS NULL"), 1);
        }
        // A daemon takes it up, and its hook is open.
        let daemon = archive.start();
        assert!(daemon.post("{}").await.0.is_success());
        until("the daemon is through", async || {
            (archive.count("SELECT count(*) FROM rebuild WHERE ended_at IS NOT NULL") == 1).then_some(())
        })
        .await;
        assert_eq!(archive.count("SELECT count(*) FROM rebuild_finding"), 0);
        assert_eq!(archive.count("SELECT steps - steps_done FROM rebuild"), 0);
        let mut after = natural::of(&archive.catalogue());
        let new = Sha256::of(b"{}").to_string();
        for part in ["delivery", "job", "evidence"] {
            after.get_mut(part).unwrap().retain(|line| !line.contains(&new));
        }
        // The new delivery has its record, and that its leaf.
        let grown = ["audit_object", "ledger_leaf", "ledger_tile"];
        natural::expect_kept(&before, &after, &grown);
        let mut before = before;
        for part in grown.iter().chain(&["ledger_checkpoint"]) {
            before.remove(part);
        }
        natural::expect_equal(&before, &after);
    }
}

fn key_of(before: &Natural, code: &str) -> String {
    let photo = before["photo"].iter().find(|line| line.contains(&format!("| {code} |"))).unwrap();
    photo.split(" | ").find(|column| column.starts_with("photos/")).unwrap().to_owned()
}

fn leaf_of(before: &Natural, key: &str) -> String {
    let leaf = before["ledger_leaf"].iter().find(|line| line.ends_with(&format!(" | {key}"))).unwrap();
    leaf.split(" | ").next().unwrap().to_owned()
}

fn flip_a_bit(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = rand::random_range(0..bytes.len());
    bytes[at] ^= 1 << rand::random_range(0..8);
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_everything_else_comes_back() {
    let (archive, _host, before) = filled(Store::Folder).await;
    let key = |code: &str| key_of(&before, code);
    let path = |key: &str| archive.objects().join(key);
    let sidecar = |code: &str| format!("{}.json", key(code));
    // A photo with a flipped bit, one that is gone, a sidecar cut short, one that is gone, two that are swapped, a record
    // that is damaged, a stray object.
    flip_a_bit(&path(&key("CODE0000000003")));
    std::fs::remove_file(path(&key("CODE0000000004"))).unwrap();
    let cut = std::fs::read(path(&sidecar("CODE0000000005"))).unwrap();
    std::fs::write(path(&sidecar("CODE0000000005")), &cut[..cut.len() / 2]).unwrap();
    std::fs::remove_file(path(&sidecar("CODE0000000006"))).unwrap();
    let swapped = [path(&sidecar("CODE0000000007")), path(&sidecar("CODE0000000009"))];
    let bytes = swapped.clone().map(|path| std::fs::read(path).unwrap());
    std::fs::write(&swapped[0], &bytes[1]).unwrap();
    std::fs::write(&swapped[1], &bytes[0]).unwrap();
    std::fs::write(path("records/000000000002_dead_letter.json"), "{").unwrap();
    std::fs::write(path("photos/notes.txt"), "somebody's").unwrap();
    drop(archive.start());
    let output = archive.run(&["rebuild", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let found = findings(&rebuilt(&output));
    let mut wanted = vec![
        ("photo_changed".to_owned(), key("CODE0000000003")),
        ("photo_missing".to_owned(), key("CODE0000000004")),
        ("sidecar_unreadable".to_owned(), sidecar("CODE0000000005")),
        ("photo_without_sidecar".to_owned(), key("CODE0000000006")),
        ("sidecar_elsewhere".to_owned(), sidecar("CODE0000000007")),
        ("sidecar_elsewhere".to_owned(), sidecar("CODE0000000009")),
        ("unreadable".to_owned(), "records/000000000002_dead_letter.json".to_owned()),
    ];
    for gone in [
        sidecar("CODE0000000005"),
        sidecar("CODE0000000006"),
        "records/000000000002_dead_letter.json".to_owned(),
    ] {
        wanted.push(("leaf_without_object".to_owned(), format!("ledger leaf {}", leaf_of(&before, &gone))));
    }
    wanted.sort_by(|one, other| one.1.cmp(&other.1));
    assert_eq!(found, wanted);
    let after = natural::of(&archive.catalogue());
    let lost = [key("CODE0000000005"), key("CODE0000000006")];
    let kept: Vec<_> =
        before["photo"].iter().filter(|line| !lost.iter().any(|key| line.contains(key))).cloned().collect();
    assert_eq!(after["photo"], kept, "what the sidecars say");
    assert_eq!(std::fs::read(path("photos/notes.txt")).unwrap(), b"somebody's");
    assert_eq!(std::fs::read(path(&sidecar("CODE0000000005"))).unwrap(), &cut[..cut.len() / 2]);
    // What was read and does not fit is told by the audit too.
    let results =
        "SELECT count(*) FROM audit_object WHERE result IN ('changed', 'missing') AND kind = 'photo'";
    assert_eq!(archive.count(results), 2);
    let (ended, words) = said(&archive, &["ledger", "check"]);
    assert_eq!(ended, Some(0), "the tree is what it was: {words}");
    // The number of the damaged record is not given again.
    let daemon = archive.start();
    daemon.post("{ once more").await;
    until("it is recorded", async || {
        (archive.count("SELECT max(sequence) FROM evidence") == 12).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_beside_a_daemon_that_only_receives_says_so_and_is_done_when_that_ends() {
    let (archive, _host, before) = filled(Store::Folder).await;
    let archive = archive.with("WORKER__CONCURRENCY", "0");
    let daemon = archive.start();
    let mut command = archive.command(&["rebuild", "--format", "json"]);
    let said = archive.state_dir().join("said");
    let stderr = std::fs::File::create(&said).unwrap();
    let rebuilding = command.stdout(std::process::Stdio::piped()).stderr(stderr).spawn().unwrap();
    until("it says that nobody works it off", async || {
        std::fs::read_to_string(&said)
            .unwrap()
            .contains("only receives (worker.concurrency = 0): stop it")
            .then_some(())
    })
    .await;
    assert!(daemon.stop().success());
    let report = rebuilt(&rebuilding.wait_with_output().unwrap());
    assert_eq!(findings(&report), []);
    natural::expect_equal(&before, &natural::of(&archive.catalogue()));
}

#[tokio::test]
async fn a_rebuild_where_there_is_nothing_to_rebuild_from_ends_with_the_reason() {
    let archive = Archive::local().with("WORKER__CONCURRENCY", "0");
    drop(archive.start());
    let output = archive.run(&["rebuild"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no archive to rebuild from"), "{output:?}");
    let output = archive.run(&["rebuild"]);
    assert_eq!(output.status.code(), Some(2), "it can be tried again: {output:?}");
}

/// Made by the generator, then published, audited and looked at by a daemon.
#[tokio::test]
async fn a_generated_archive_of_ten_thousand_photos_comes_back_as_it_was() {
    if std::env::var_os("KEEPMARK_TEST_LONG").is_none() {
        println!("skipped: 10,000 photos only with KEEPMARK_TEST_LONG=1; tests/run.sh --long sets it");
        return;
    }
    let archive = eager(Archive::local());
    let plan = Plan { photos: 10_000, seed: 6, has_objects: true };
    let made = plan.state_dir(archive.state_dir().parent().unwrap()).unwrap();
    std::fs::rename(made, archive.state_dir()).unwrap();
    let daemon = archive.start();
    look_at(&archive, &daemon, 20).await;
    let note = all_published(&archive).await;
    assert!(daemon.stop().success());
    let mut before = natural::of(&archive.catalogue());
    assert_eq!(before["photo"].len(), 10_000);
    for (kind, at_least) in
        [("dead_letter", 50), ("quarantined", 1), ("human_outcome", 200), ("audit_run", 2)]
    {
        let records = before["evidence"].iter().filter(|line| line.contains(kind)).count();
        assert!(records >= at_least, "{records} of {kind}");
    }
    assert!(before["ledger_leaf"].len() > 10_500 && before["human_outcome"].len() >= 220);
    lose_state(&archive);
    drop(archive.start());
    let began = std::time::Instant::now();
    let report = rebuild(&archive);
    println!("10,000 photos were rebuilt in {:?}", began.elapsed());
    assert_eq!(findings(&report), []);
    let mut after = natural::of(&archive.catalogue());
    // Made out of order, and without what photos teach: the generator settles it.
    for part in ["order of photos", "what teams taught"] {
        before.remove(part);
        after.remove(part);
    }
    natural::expect_equal(&before, &after);
    let file = archive.state_dir().join("kept");
    std::fs::write(&file, note).unwrap();
    let (ended, words) = said(&archive, &["ledger", "check", "--against", file.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
}
