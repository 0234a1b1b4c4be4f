//! Every object read again, the store's list against the catalogue: what is amiss is found, and nothing else is.

use std::process::Output;

use serde_json::{Value, json};

use crate::auditing::{archived, code_of};
use crate::support::daemon::{Archive, Daemon};
use crate::support::host::Host;
use crate::support::objects::Objects;
use crate::support::person::Person;
use crate::support::store::Store;
use crate::support::until;

const CODES: [&str; 4] = ["A1BCDEFGHIJ23K", "A1BCDEFGHIJ23L", "A1BCDEFGHIJ23M", "A1BCDEFGHIJ23N"];

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn audited(archive: &Archive, arguments: &[&str], expected: i32) -> Value {
    let output = archive.run(&[&["audit", "--format", "json"], arguments].concat());
    assert_eq!(code_of(&output), expected, "{}", String::from_utf8_lossy(&output.stderr));
    parsed(&output)
}

fn counts(report: &Value) -> [i64; 5] {
    ["intact", "changed", "missing", "unreadable", "extra"].map(|status| report[status].as_i64().unwrap())
}

/// What a report says of each object, by name.
fn results(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let results = report["results"].as_array().unwrap().iter();
    results.map(|found| (text(&found["object_key"]), text(&found["status"]))).collect()
}

#[tokio::test]
async fn every_object_is_read_and_what_is_amiss_is_named() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &CODES).await;
        // Without a daemon the command does the work itself.
        assert!(daemon.stop().success());
        let objects = Objects::of(&archive);
        let whole = audited(&archive, &["--all"], 0);
        assert_eq!((&whole["checked"], counts(&whole)), (&json!(8), [8, 0, 0, 0, 0]), "{whole}");
        assert!(whole["bytes"].as_i64().unwrap() > 1000 && whole["ended_at"].is_string());

        let keys = objects.keys().await;
        let photos: Vec<_> =
            keys.iter().filter(|key| !key.to_lowercase().ends_with(".json")).cloned().collect();
        let sidecar = |at: usize| format!("{}.json", photos[at]);
        let mut flipped = objects.get(&photos[0]).await;
        let bit = rand::random_range(0..flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        objects.put(&photos[0], flipped).await;
        let cut = objects.get(&sidecar(0)).await;
        objects.put(&sidecar(0), cut[..cut.len() / 2].to_vec()).await;
        objects.swap(&photos[1], &photos[2]).await;
        objects.delete(&photos[3]).await;
        objects.swap(&sidecar(1), &sidecar(2)).await;
        objects.delete(&sidecar(3)).await;
        let strays = ["photos/notes.txt", "stray.jpg"];
        for stray in strays {
            objects.put(stray, b"not ours".to_vec()).await;
        }
        let found = audited(&archive, &["--all"], 1);
        assert_eq!((&found["checked"], counts(&found)), (&json!(8), [0, 6, 2, 0, 2]), "{found}");
        let mut expected: Vec<_> = (0..4)
            .flat_map(|at| [photos[at].clone(), sidecar(at)])
            .map(|key| {
                (key.clone(), if key.starts_with(&photos[3]) { "missing" } else { "changed" }.to_owned())
            })
            .chain(strays.map(|key| (key.to_owned(), "extra".to_owned())))
            .collect();
        expected.sort();
        assert_eq!(results(&found), expected);
        for stray in strays {
            assert_eq!(objects.get(stray).await, b"not ours", "a stranger is named and left alone");
        }
        assert_eq!(archive.count("SELECT count(*) FROM audit_object WHERE result <> 'intact'"), 8);

        let listed = audited(&archive, &["--inventory"], 1);
        let [_, changed, missing, _, extra] = counts(&listed);
        // What the list alone tells: other lengths, and what is not there. Two sidecars may be of one length.
        assert!((1..=6).contains(&changed) && missing == 2 && extra == 2, "{listed}");
    }
}

/// How many objects there are once the records of what happened are put.
async fn recorded(archive: &Archive) -> i64 {
    until("the records are put", async || {
        (archive.count("SELECT count(*) FROM evidence WHERE recorded_at IS NULL") == 0).then_some(())
    })
    .await;
    archive.count("SELECT count(*) FROM audit_object")
}

/// What is brought back is intact at its next reading.
#[tokio::test]
async fn the_inventory_finds_what_is_missing_longer_or_strange_without_reading_the_rest() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &CODES).await;
        // Alone, so that no record of these audits is put among what is counted.
        assert!(daemon.stop().success());
        let objects = Objects::of(&archive);
        let calm = audited(&archive, &["--inventory"], 0);
        assert_eq!(
            (&calm["checked"], counts(&calm), &calm["bytes"]),
            (&json!(8), [0; 5], &json!(0)),
            "{calm}"
        );
        let keys = objects.keys().await;
        let (longer, missing) = (&keys[0], &keys[3]);
        let (first, second) = (objects.get(longer).await, objects.get(missing).await);
        objects.put(longer, [first.as_slice(), b"x"].concat()).await;
        objects.delete(missing).await;
        objects.put("photos/Group Scenery/old.jpg", Vec::new()).await;
        let found = audited(&archive, &["--inventory"], 1);
        assert_eq!((&found["checked"], counts(&found)), (&json!(7), [0, 1, 1, 0, 1]), "{found}");
        let detail = format!("{} bytes, and {} were archived", first.len() + 1, first.len());
        assert!(found["results"].to_string().contains(&detail), "{found}");
        objects.put(longer, first).await;
        objects.put(missing, second).await;
        objects.delete("photos/Group Scenery/old.jpg").await;
        assert_eq!(counts(&audited(&archive, &["--all"], 0)), [8, 0, 0, 0, 0]);
        assert_eq!(archive.count("SELECT count(*) FROM audit_object WHERE found_at IS NOT NULL"), 0);
    }
}

#[tokio::test]
async fn a_sample_reads_the_objects_of_so_many_photos_and_is_drawn_again_by_its_seed() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    assert!(daemon.stop().success());
    let sampled = || {
        let sql =
            "SELECT group_concat(photo_seq) FROM audit_sample WHERE run_id = (SELECT max(id) FROM audit_run)";
        archive.catalogue().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let first = audited(&archive, &["--sample", "2"], 0);
    assert_eq!(
        (&first["checked"], &first["kind"], counts(&first)),
        (&json!(4), &json!("sample"), [4, 0, 0, 0, 0])
    );
    let drawn = sampled();
    let again = audited(&archive, &["--sample", "2", "--seed", first["seed"].as_str().unwrap()], 0);
    assert_eq!((sampled(), &again["seed"]), (drawn, &first["seed"]));
    let mut cut = archive.command(&["audit", "--sample", "2", "--seed", "one"]);
    assert!(!cut.env("KEEPMARK_CRASH_AT", "audit_read").output().unwrap().status.success());
    assert_eq!(
        audited(&archive, &["--sample", "2", "--seed", "two"], 0)["seed"],
        "two",
        "another seed is another run"
    );
    assert_eq!(audited(&archive, &["--sample", "100"], 0)["checked"], 8, "no more than there are");
}

#[tokio::test]
async fn a_run_that_was_cut_goes_on_and_counts_each_object_once() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    assert!(daemon.stop().success());
    let cut = archive.command(&["audit", "--all"]).env("KEEPMARK_CRASH_AT", "audit_read").output().unwrap();
    assert!(!cut.status.success());
    assert_eq!(archive.count("SELECT count(*) FROM audit_run WHERE ended_at IS NULL AND checked = 8"), 1);
    // The daemon takes it up by itself.
    let daemon = archive.start();
    until("the run is through", async || {
        (archive.count("SELECT count(*) FROM audit_run WHERE ended_at IS NOT NULL") == 1).then_some(())
    })
    .await;
    assert_eq!(archive.count("SELECT intact FROM audit_run"), 8);
    // With the record of that run, and the ledger, which the second daemon has published.
    let objects = recorded(&archive).await;
    let report = audited(&archive, &["--all"], 0);
    assert_eq!(
        (&report["id"], &report["checked"]),
        (&json!(2), &json!(objects)),
        "a later one is another run"
    );
    drop(daemon);
}

/// While a command waits for its work to be done, the hook's daemon is what matters.
#[tokio::test]
async fn a_daemon_that_starts_anew_finds_its_lock_free_beside_a_command_that_waits() {
    let (archive, host) = (Archive::local(), Host::start());
    assert!(archived(&archive, &host, &CODES).await.stop().success());
    let archive = archive.with("WORKER__CONCURRENCY", "0");
    for arguments in [&["audit", "--all"][..], &["judge"]] {
        let daemon = archive.start();
        let said = archive.state_dir().join("said");
        let mut command = archive.command(arguments);
        let stderr = std::fs::File::create(&said).unwrap();
        let mut waiting = command.stdout(std::process::Stdio::null()).stderr(stderr).spawn().unwrap();
        until("it says that nobody does the work", async || {
            std::fs::read_to_string(&said).unwrap().contains("only receives").then_some(())
        })
        .await;
        assert!(daemon.stop().success());
        // As long as systemd lets a service rest.
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        assert!(waiting.try_wait().unwrap().is_none(), "{arguments:?} waits");
        drop(archive.start());
        assert!(
            waiting.wait().unwrap().success(),
            "{arguments:?}: once the daemon stays away, it does the work itself"
        );
    }
}

async fn metrics(archive: &Archive, daemon: &Daemon) -> String {
    let asked = daemon.client().get(daemon.url("/metrics")).bearer_auth(archive.api_token());
    asked.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn each_object_is_read_in_its_turn_and_what_changed_calls_for_a_person() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &CODES).await;
        let objects = Objects::of(&archive);
        let keys = objects.keys().await;
        objects.put(&keys[0], b"other bytes".to_vec()).await;
        assert_eq!(code_of(&archive.run(&["status"])), 0, "nobody has read it since");
        archive.catalogue().execute("UPDATE audit_object SET read_at = 1000", []).unwrap();
        until("every object was read again", async || {
            (archive.count("SELECT count(*) FROM audit_object WHERE read_at = 1000") == 0).then_some(())
        })
        .await;
        let status = archive.run(&["status", "--format", "json"]);
        assert_eq!(code_of(&status), 1);
        let status = parsed(&status);
        assert_eq!((&status["audit"]["changed"], &status["audit"]["intact"]), (&json!(1), &json!(7)));
        assert!(status["concerns"].to_string().contains("1 changed"), "{status}");
        let metrics = metrics(&archive, &daemon).await;
        assert!(metrics.contains("keepmark_objects{kind=\"changed\"} 1"), "{metrics}");
        let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
        let (_, page) = auditor.get(&daemon, "/audit").await;
        assert!(page.contains("Of 8 archived objects 1 was not intact"), "{page}");
        assert!(!page.to_lowercase().contains("delete"), "no report offers a deletion: {page}");
    }
}

/// A folder lies where the photo was: it is there, and gives no bytes.
#[tokio::test]
async fn what_is_there_and_cannot_be_read_is_not_called_missing() {
    let (archive, host) = (Archive::local(), Host::start());
    assert!(archived(&archive, &host, &CODES).await.stop().success());
    let photo: String = archive
        .catalogue()
        .query_row("SELECT object_key FROM photo WHERE code = ?1 LIMIT 1", [CODES[0]], |row| row.get(0))
        .unwrap();
    let path = archive.objects().join(&photo);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(counts(&audited(&archive, &["--all"], 1)), [7, 0, 0, 1, 0]);
    let found = audited(&archive, &[CODES[0]], 1);
    assert_eq!(found["unreadable"], 1, "{found}");
    assert!(
        found["results"][0]["detail"].as_str().unwrap().contains("the photo could not be read"),
        "{found}"
    );
}

/// One object always, and no more in this hour.
#[tokio::test]
async fn the_turn_stops_where_the_hour_s_bytes_are_spent() {
    let archive = Archive::local().with("AUDIT__BYTES_PER_HOUR_MAX", "1");
    let host = Host::start();
    let _daemon = archived(&archive, &host, &CODES).await;
    archive.catalogue().execute("UPDATE audit_object SET read_at = 1000", []).unwrap();
    let due = "SELECT count(*) FROM audit_object WHERE read_at = 1000";
    until("one was read", async || (archive.count(due) < 8).then_some(())).await;
    // It looks every two seconds.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(archive.count(due), 7);
}

#[tokio::test]
async fn the_ledger_s_objects_are_read_too_and_a_stranger_among_them_is_named() {
    for store in Store::all() {
        let archive = crate::support::ledger::eager(Archive::on(store));
        let host = Host::start();
        let daemon = archived(&archive, &host, &CODES).await;
        crate::support::ledger::published(&archive, 4).await;
        assert!(daemon.stop().success());
        let tiles = archive.count("SELECT count(*) FROM ledger_tile");
        let objects = Objects::of(&archive);
        let whole = audited(&archive, &["--all"], 0);
        assert_eq!(whole["checked"], 8 + tiles, "{whole}");
        objects.put("ledger/tile/0/001.p/9", vec![0; 32]).await;
        objects.put("ledger/tile/0/000.p/4", vec![0; 128]).await;
        let found = audited(&archive, &["--all"], 1);
        assert_eq!(counts(&found), [8 + tiles - 1, 1, 0, 0, 1], "{found}");
    }
}

#[tokio::test]
async fn what_is_not_intact_and_what_was_read_in_a_time_to_come_is_looked_at_again() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let objects = Objects::of(&archive);
    let keys = objects.keys().await;
    let whole = objects.get(&keys[0]).await;
    objects.put(&keys[0], b"other bytes".to_vec()).await;
    audited(&archive, &["--all"], 1);
    recorded(&archive).await;
    objects.put(&keys[0], whole).await;
    let found = "SELECT count(*) FROM audit_object WHERE result <> 'intact'";
    assert_eq!(archive.count(found), 1);
    let two_days = 2 * 24 * 60 * 60 * 1000;
    archive.catalogue().execute("UPDATE audit_object SET read_at = read_at - ?1", [two_days]).unwrap();
    until("it was looked at before its turn", async || (archive.count(found) == 0).then_some(())).await;
    assert!(daemon.stop().success());
    archive.catalogue().execute("UPDATE audit_object SET read_at = 99999999999999", []).unwrap();
    let objects = archive.count("SELECT count(*) FROM audit_object");
    assert_eq!(audited(&archive, &["--all"], 0)["checked"], objects, "a clock that was wrong hides nothing");
}

#[tokio::test]
async fn the_bucket_s_list_is_compared_every_week() {
    let (archive, host) = (Archive::local(), Host::start());
    let _daemon = archived(&archive, &host, &CODES).await;
    Objects::of(&archive).put("stranger.txt", b"strange".to_vec()).await;
    let inventories =
        "SELECT count(*) FROM audit_run WHERE kind = 'inventory' AND extra = 1 AND ended_at IS NOT NULL";
    let days_ago = |table: &str, days: i64| {
        let sql = format!("UPDATE {table} SET started_at = started_at - {days} * 24 * 60 * 60 * 1000");
        archive.catalogue().execute(&sql, []).unwrap();
    };
    // It looks every two seconds.
    let looked = || tokio::time::sleep(std::time::Duration::from_secs(5));
    days_ago("daemon_start", 6);
    looked().await;
    assert_eq!(archive.count("SELECT count(*) FROM audit_run"), 0, "six days after the first start");
    days_ago("daemon_start", 2);
    until("a week is over", async || (archive.count(inventories) == 1).then_some(())).await;
    days_ago("audit_run", 6);
    looked().await;
    assert_eq!(archive.count("SELECT count(*) FROM audit_run"), 1, "six days after the last one");
    days_ago("audit_run", 2);
    until("another week is over", async || (archive.count(inventories) == 2).then_some(())).await;
}

/// What a stranger puts there may end every listing of the store: the reading goes on, and the audit says why it waits.
#[tokio::test]
async fn a_name_that_no_listing_takes_keeps_no_object_from_its_turn() {
    let (archive, host) = (Archive::local(), Host::start());
    let _daemon = archived(&archive, &host, &CODES).await;
    let strange = archive.objects().join("photos/\u{1b}[2J.jpg");
    std::fs::write(&strange, "x").unwrap();
    let waits = archive.run(&["audit", "--inventory"]);
    assert_eq!(code_of(&waits), 2, "{}", String::from_utf8_lossy(&waits.stderr));
    archive.catalogue().execute("UPDATE audit_object SET read_at = 1000", []).unwrap();
    until("every object was read again", async || {
        (archive.count("SELECT count(*) FROM audit_object WHERE read_at = 1000") == 0).then_some(())
    })
    .await;
    let open = "SELECT count(*) FROM audit_run WHERE ended_at IS NULL AND trouble IS NOT NULL";
    assert_eq!(archive.count(open), 1, "and it still waits");
    std::fs::remove_file(&strange).unwrap();
    until("the audit is through", async || (archive.count(open) == 0).then_some(())).await;
}

#[tokio::test]
async fn while_the_store_is_away_the_turn_waits_and_nothing_is_noted() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let away = archive.state_dir().join("away");
    std::fs::rename(archive.objects(), &away).unwrap();
    std::fs::create_dir(archive.objects()).unwrap();
    archive.catalogue().execute("UPDATE audit_object SET read_at = 1000", []).unwrap();
    until("the daemon says why", async || daemon.log().contains("nothing is called missing").then_some(()))
        .await;
    assert_eq!(archive.count("SELECT count(*) FROM audit_object WHERE read_at = 1000"), 8);
    let status = parsed(&archive.run(&["status", "--format", "json"]));
    assert!(status["concerns"].to_string().contains("the oldest reading"), "{status}");
    std::fs::remove_dir_all(archive.objects()).unwrap();
    std::fs::rename(&away, archive.objects()).unwrap();
    until("every object was read again", async || {
        (archive.count("SELECT count(*) FROM audit_object WHERE read_at = 1000") == 0).then_some(())
    })
    .await;
    assert_eq!(archive.count("SELECT count(*) FROM audit_object WHERE result <> 'intact'"), 0);
}

#[tokio::test]
async fn a_report_is_a_page_and_files() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let objects = Objects::of(&archive);
    let keys = objects.keys().await;
    objects.delete(&keys[1]).await;
    let csv = archive.run(&["audit", "--all", "--format", "csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.contains(",missing,the object is not in the store,"), "{csv}");
    for numbers in [",checked,,,8\r\n", ",intact,,,7\r\n", ",missing,,,1\r\n", ",extra,,,0\r\n", ",bytes,,,"]
    {
        assert!(csv.contains(numbers), "{numbers} is not in {csv}");
    }
    let looked_at = recorded(&archive).await;
    let text = String::from_utf8(archive.run(&["audit", "--all"]).stdout).unwrap();
    let counts = format!("\n{looked_at} objects looked at, {} intact, 1 missing; ", looked_at - 1);
    assert!(text.contains(&counts) && text.contains("B read\n"), "{text}");
    assert!(text.contains("\nthe oldest reading of any object is of 20"), "{text}");
    let count = recorded(&archive).await;
    let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
    let (_, page) = auditor.get(&daemon, "/audit/runs/1").await;
    assert!(page.contains("7 intact, 1 missing; ") && page.contains(&keys[1]), "{page}");
    assert!(page.contains("The oldest reading of any object was of <time"), "{page}");
    let (_, file) = auditor.get(&daemon, "/audit/runs/1/report.csv").await;
    assert_eq!(file, csv);
    let (_, file) = auditor.get(&daemon, "/audit/runs/1/report.json").await;
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!((&file["missing"], file["results"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!(file["oldest_read_at"].as_str().unwrap()[..2], *"20");
    let metrics = metrics(&archive, &daemon).await;
    for line in [
        &format!("keepmark_last_audit_objects{{kind=\"checked\"}} {looked_at}\n"),
        "keepmark_last_audit_objects{kind=\"missing\"} 1\n",
        "keepmark_last_audit_objects{kind=\"extra\"} 0\n",
        &format!("keepmark_last_audit_bytes {}\n", archive.count("SELECT bytes FROM audit_run WHERE id = 2")),
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    assert!(!metrics.contains("keepmark_last_audit_timestamp_seconds 0\n"), "{metrics}");
    let state = daemon.api("/api/v1/audit", &archive.api_token()).await;
    assert_eq!((&state["missing"], &state["objects"]), (&json!(1), &json!(count)));
    assert_eq!(state["not_intact"][0]["object_key"], keys[1]);
}

/// Whoever can write into the bucket names what lies there.
#[tokio::test]
async fn the_name_of_a_stranger_forges_neither_a_terminal_nor_a_spreadsheet() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    assert!(daemon.stop().success());
    // ESC and its like end every listing of a bucket; the one control character that stands for both is let through.
    let name = "\u{9b}2J\u{9b}1;1H8 objects looked at, 8 intact\u{202e};＝1";
    std::fs::write(archive.objects().join(name), "x").unwrap();
    let text = String::from_utf8(archive.run(&["audit", "--inventory"]).stdout).unwrap();
    assert!(text.contains("extra") && text.contains("8 intact"), "{text:?}");
    assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    let csv = archive.run(&["audit", "--inventory", "--format", "csv"]).stdout;
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.contains(";'＝1") && !csv.contains(";＝1"), "{csv:?}");
}
