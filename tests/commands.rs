//! Commands, and bad input to them: one clear sentence, exit code 2, nothing half done.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::process::Output;

use serde_json::Value;

use crate::support::daemon::Archive;

/// What a refused command says; it must be one line behind the name of the program.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let sentence: Vec<_> = text.lines().filter(|line| line.starts_with("keepmark: ")).collect();
    assert_eq!(sentence.len(), 1, "{text}");
    assert!(!text.contains("panicked") && output.stdout.is_empty(), "{text}");
    sentence[0].to_owned()
}

#[test]
fn an_unknown_setting_names_the_nearest_one_and_makes_nothing() {
    let archive = Archive::local().with("SERVER__LISTN", "127.0.0.1:1");
    let sentence = refused(&archive.run(&["serve"]));
    assert!(sentence.contains("KEEPMARK__SERVER__LISTEN"), "{sentence}");
    assert!(!archive.state_dir().exists());
}

#[test]
fn a_value_out_of_range_says_the_range_before_anything_is_made() {
    let archive = Archive::local().with("WORKER__CONCURRENCY", "1000");
    assert!(refused(&archive.run(&["serve"])).contains("must be 0 to 256"));
    let archive = Archive::local().with("ARCHIVE__FOLDER", "photos/{tem}");
    assert!(refused(&archive.run(&["serve"])).contains("{team}"));
    assert!(!archive.state_dir().exists());
}

#[test]
fn a_state_folder_that_others_can_read_is_refused_with_the_cure() {
    let archive = Archive::local();
    std::fs::DirBuilder::new().mode(0o755).create(archive.state_dir()).unwrap();
    for command in ["serve", "status"] {
        assert!(refused(&archive.run(&[command])).contains("chmod 700"));
    }
    assert_eq!(std::fs::read_dir(archive.state_dir()).unwrap().count(), 0);
}

#[test]
fn commands_beside_a_daemon_that_never_ran_make_nothing() {
    let archive = Archive::local();
    for arguments in [&["status"][..], &["retry", "1"], &["token", "create", "a"], &["hook", "url"]] {
        assert!(refused(&archive.run(arguments)).contains("keepmark serve"), "{arguments:?}");
    }
    assert!(!archive.state_dir().exists());
}

#[test]
fn a_database_of_a_newer_version_is_refused_by_every_command_and_left_alone() {
    let archive = Archive::local();
    drop(archive.start());
    let newer = "INSERT INTO refinery_schema_history SELECT 99, 'later', applied_on, '0' FROM refinery_schema_history LIMIT 1";
    archive.catalogue().execute(newer, []).unwrap();
    for arguments in [&["serve"][..], &["status"], &["retry", "--dead"]] {
        assert!(refused(&archive.run(arguments)).contains("version 99"), "{arguments:?}");
    }
}

#[test]
fn a_second_daemon_on_one_state_folder_is_refused() {
    let archive = Archive::local();
    let _daemon = archive.start();
    assert!(refused(&archive.run(&["serve"])).contains("another keepmark is running"));
}

#[test]
fn a_taken_port_is_told_with_the_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let archive = Archive::local().with("SERVER__LISTEN", &taken.local_addr().unwrap().to_string());
    assert!(refused(&archive.run(&["serve"])).contains("server.listen"));
}

#[test]
fn everything_in_the_state_folder_is_private() {
    let archive = Archive::local();
    let _daemon = archive.start();
    for entry in std::fs::read_dir(archive.state_dir()).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{:?} {mode:o}", entry.path());
    }
}

#[tokio::test]
async fn status_says_what_is_stuck_and_exits_with_1() {
    let archive = Archive::local();
    let daemon = archive.start();
    assert_eq!(archive.run(&["status"]).status.code(), Some(0));
    daemon.post("no JSON").await;
    daemon.post(r#"{"event_id":"a"}"#).await;
    let output = archive.run(&["status", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["jobs"]["dead"], &status["deliveries"]["quarantined"]), (&1.into(), &1.into()));
    assert_eq!(status["troubles"][0]["reason"], "the delivery names no photo_url");
    assert_eq!(status["concerns"].as_array().unwrap().len(), 2);
    let text = String::from_utf8(archive.run(&["status"]).stdout).unwrap();
    assert!(text.contains("1 dead, 0 held") && text.contains("retry --dead"), "{text}");
}

#[test]
fn check_tells_a_good_setup_from_a_store_that_cannot_be_reached() {
    let archive = Archive::local();
    drop(archive.start());
    let good = archive.run(&["check"]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bad = archive
        .with("ARCHIVE__URL", "s3://photos")
        .with("ARCHIVE__ENDPOINT", &format!("http://{closed}"))
        .with("ARCHIVE__ALLOW_HTTP", "true")
        .with("ARCHIVE__ACCESS_KEY_ID", "id")
        .with("ARCHIVE__SECRET_ACCESS_KEY", "THESECRET")
        .run(&["check"]);
    let text = String::from_utf8(bad.stdout).unwrap();
    assert_eq!(bad.status.code(), Some(1));
    assert!(text.contains("WRONG archive: s3://photos: the store cannot be"), "{text}");
    assert!(!text.contains("THESECRET") && !String::from_utf8_lossy(&bad.stderr).contains("THESECRET"));
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let text = String::from_utf8(Archive::local().run(&["--help"]).stdout).unwrap();
    for word in [
        "serve",
        "demo",
        "check",
        "status",
        "hook",
        "retry",
        "token",
        "completions",
        "man",
        "Exit codes",
        "First steps",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn the_daemons_log_never_holds_its_token() {
    let archive = Archive::local().with("LOG__LEVEL", "trace");
    let daemon = archive.start();
    daemon.post("{}").await;
    let token = daemon.token().to_owned();
    assert!(!daemon.log().contains(&token));
    assert!(daemon.log().contains("{token}"), "the route is logged: {}", daemon.log());
}
