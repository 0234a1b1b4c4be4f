//! Backups: a copy of one moment, made while the hook is under load, read back, private, and never in place of room.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use crate::support::daemon::{Archive, files_below};
use crate::support::host::Host;
use crate::support::photos::jpeg;
use crate::support::{delivery, until};

fn copy_of(output: &Output) -> PathBuf {
    assert!(output.status.success(), "{output:?}");
    PathBuf::from(String::from_utf8(output.stdout.clone()).unwrap().trim())
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn count(copy: &std::path::Path, sql: &str) -> i64 {
    Connection::open(copy).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_copy_holds_everything_but_what_signs_in_and_is_for_its_owner_alone() {
    let archive = Archive::local();
    let (host, daemon) = (Host::start(), archive.start());
    daemon.deliver(&delivery("one", "CODE0000000001", &host.jpeg("/1.jpg", jpeg(1)))).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let invited = archive.run(&["user", "invite", "Ann", "--role", "viewer"]);
    assert!(invited.status.success(), "{invited:?}");
    let hashes: Vec<String> = ["SELECT token_sha256 FROM api_token", "SELECT token_sha256 FROM invitation"]
        .map(|sql| archive.catalogue().query_row(sql, [], |row| row.get(0)).unwrap())
        .to_vec();
    let output = archive.run(&["backup"]);
    let copy = copy_of(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("1 photos and 1 deliveries") && said.contains("key is NOT in this backup"),
        "{said}"
    );
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    for (table, rows) in [("photo", 1), ("delivery", 1), ("user", 1), ("api_token", 0), ("invitation", 0)] {
        assert_eq!(count(&copy, &format!("SELECT count(*) FROM {table}")), rows, "{table}");
    }
    let bytes = std::fs::read(&copy).unwrap();
    for hash in hashes {
        let stands = bytes.windows(hash.len()).any(|part| part == hash.as_bytes());
        assert!(!stands, "nothing of a token's hash stays in the file");
    }
    assert_eq!(daemon.api("/api/v1/photos", &token).await["photos"].as_array().unwrap().len(), 1);

    std::fs::write(archive.state_dir().join("ledger.key"), "secret").unwrap();
    // The name of a copy is its second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let copy = copy_of(&archive.run(&["backup"]));
    let key = copy.with_extension("ledger.key");
    assert_eq!(std::fs::read(&key).unwrap(), b"secret");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let given = archive.state_dir().join("given.key");
    let elsewhere = archive.command(&["backup"]).env("KEEPMARK__LEDGER__KEY_FILE", &given).output().unwrap();
    assert!(!copy_of(&elsewhere).with_extension("ledger.key").exists(), "a key that is not ours to copy");
    assert!(String::from_utf8(elsewhere.stderr).unwrap().contains("is NOT in this backup"));
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let copy = copy_of(&archive.run(&["backup"]));
    let check = String::from_utf8(archive.run(&["check"]).stdout).unwrap();
    assert!(check.contains(&format!("ok    backup: {} holds 1 photos", copy.display())), "{check}");
}

#[tokio::test]
async fn so_many_copies_are_kept_as_are_asked_for_and_their_keys_with_them() {
    let archive = Archive::local().with("BACKUP__KEEP", "2");
    drop(archive.start());
    std::fs::write(archive.state_dir().join("ledger.key"), "secret").unwrap();
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(copy_of(&archive.run(&["backup"])));
        // The name of a copy is its second.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
    let kept: Vec<_> =
        made.iter().map(|copy| (copy.exists(), copy.with_extension("ledger.key").exists())).collect();
    assert_eq!(kept, [(false, false), (false, false), (true, true), (true, true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_under_load_is_whole_and_no_delivery_waits_for_it() {
    let archive = Archive::local().with("WORKER__CONCURRENCY", "0");
    let daemon = archive.start();
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let (hook, client, stop) = (daemon.hook(), daemon.client().clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut sent = 0_u32;
                while !stop.load(Ordering::Relaxed) {
                    let event = format!("{sender}-{sent}");
                    let body = delivery(&event, "", "https://photos.timemark.com/1.jpg").to_string();
                    let answer = client.post(&hook).body(body).send().await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    let mut before = 0;
    for _ in 0..4 {
        until("more has come", async || {
            (archive.count("SELECT count(*) FROM delivery") > before + 100).then_some(())
        })
        .await;
        before = archive.count("SELECT count(*) FROM delivery");
        let copy = copy_of(&archive.run(&["backup"]));
        let (deliveries, jobs) =
            (count(&copy, "SELECT count(*) FROM delivery"), count(&copy, "SELECT count(*) FROM job"));
        assert!(deliveries >= before, "{deliveries} of at least {before}");
        assert_eq!(deliveries, jobs, "of one moment");
        let verdict: String = Connection::open(&copy)
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(verdict, "ok");
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        assert!(sender.await.unwrap() > 0);
    }
    let kept = files_below(&archive.state_dir().join("backups"));
    assert_eq!(kept.len(), 3, "as many as are configured: {kept:?}");
}

#[tokio::test]
async fn a_missing_folder_and_a_full_disk_are_said_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("unmounted");
    let archive = Archive::local().with("BACKUP__FOLDER", missing.to_str().unwrap());
    let daemon = archive.start();
    assert!(refused(&archive.run(&["backup"])).contains("make it, or mount its disk"));
    assert!(!missing.exists(), "a disk that is not mounted is not filled from below");
    let check = archive.run(&["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8(check.stdout).unwrap().contains("WRONG backup: there is no folder"));

    std::fs::create_dir(&missing).unwrap();
    for number in 0..200 {
        let body = delivery(&number.to_string(), "", "https://photos.timemark.com/1.jpg");
        daemon.deliver(&body).await;
    }
    // No file may become larger than 64 blocks, as on a disk that is full.
    let backup = archive.command(&["backup"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap '' XFSZ; ulimit -f 64; exec "$0" backup"#]).arg(backup.get_program());
    limited.envs(backup.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    let said = refused(&limited.output().unwrap());
    assert!(said.contains("could not be copied"), "{said}");
    assert!(files_below(&missing).is_empty(), "{:?}", files_below(&missing));

    let archive = archive.with("DISK__PIPELINE_RESERVE_BYTES", "1152921504606846976");
    let archive = archive.with("DISK__HOOK_RESERVE_BYTES", "1152921504606846976");
    let said = refused(&archive.run(&["backup"]));
    assert!(said.contains("are free: make room"), "{said}");
    assert!(files_below(&missing).is_empty());
}

#[tokio::test]
async fn the_daemon_makes_a_copy_when_one_is_due_and_before_it_brings_the_database_up_to_date() {
    let archive = Archive::local();
    drop(archive.start());
    let backups = archive.state_dir().join("backups");
    assert!(files_below(&backups).is_empty(), "none is due on the first day");
    let day_and_a_half = "UPDATE daemon_start SET started_at = started_at - 129600000";
    archive.catalogue().execute(day_and_a_half, []).unwrap();
    let check = archive.run(&["check"]);
    assert!(String::from_utf8(check.stdout).unwrap().contains("ok    backup: none yet"), "not late yet");
    archive.catalogue().execute(day_and_a_half, []).unwrap();
    let check = archive.run(&["check"]);
    assert!(String::from_utf8(check.stdout).unwrap().contains("WRONG backup: none was made yet"));
    let daemon = archive.start();
    until("a copy is made", async || daemon.log().contains("a backup was made and read back").then_some(()))
        .await;
    assert_eq!(files_below(&backups).len(), 1);
    drop(daemon);

    // As an earlier version left it, as far as its number says.
    let newest = "DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)";
    archive.catalogue().execute(newest, []).unwrap();
    std::fs::remove_dir_all(&backups).unwrap();
    let mut command = archive.command(&["serve"]);
    let _ended = command.stderr(Stdio::null()).output();
    let copies = files_below(&backups);
    assert_eq!(copies.len(), 1, "{copies:?}");
    // The name of a copy is its second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let mut again = archive.command(&["serve"]);
    let _ended = again.stderr(Stdio::null()).output();
    assert_eq!(files_below(&backups), copies, "each further try would push out an older copy");
    let version = count(&backups.join(&copies[0]), "SELECT max(version) FROM refinery_schema_history");
    assert!(version < i64::from(keepmark::catalog::SCHEMA_VERSION), "as it was before");
}
