//! What an operator lives with: restarts, status, secrets, logs, metrics, packages.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::daemon::Archive;
use crate::support::until;

/// A short post.
async fn post(client: reqwest::Client, url: String, number: usize) -> Result<StatusCode, reqwest::Error> {
    let body = json!({"event_type": "other", "event_id": number.to_string()}).to_string();
    Ok(client.post(url).body(body).send().await?.status())
}

/// Posts a hundred times a second until told to stop, each time over a connection of its own.
async fn storm(url: String, stop: Arc<AtomicBool>) -> Vec<Result<StatusCode, reqwest::Error>> {
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let mut posts = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        posts.push(tokio::spawn(post(client.clone(), url.clone(), posts.len())));
    }
    let mut answers = Vec::new();
    for post in posts {
        answers.push(post.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_while_a_daemon_with_systemds_socket_restarts() {
    let restarts = std::env::var("KEEPMARK_TEST_RESTARTS").map_or(5, |number| number.parse().unwrap());
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    // Somebody else's port: only the socket can be the one that is served.
    let archive = Archive::local().with("SERVER__LISTEN", "192.0.2.1:1");
    let mut daemon = archive.start_as(archive.command_with_socket(&socket));
    assert_eq!(daemon.url(""), format!("http://{}", socket.local_addr().unwrap()));
    let stop = Arc::new(AtomicBool::new(false));
    let posting = tokio::spawn(storm(daemon.hook(), Arc::clone(&stop)));
    for _ in 0..restarts {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(daemon.stop().success());
        daemon = archive.start_as(archive.command_with_socket(&socket));
    }
    stop.store(true, Ordering::Relaxed);
    let answers = posting.await.unwrap();
    let failed: Vec<_> = answers.iter().filter(|answer| !matches!(answer, Ok(StatusCode::OK))).collect();
    assert!(failed.is_empty(), "{} of {} posts failed: {failed:?}", failed.len(), answers.len());
    assert!(answers.len() > restarts * 20);
    let kept = archive.count("SELECT count(*) FROM delivery");
    assert_eq!(kept, i64::try_from(answers.len()).unwrap());
    assert!(daemon.stop().success());
}

#[test]
fn a_start_that_fails_with_systemds_socket_pauses_before_it_is_tried_again() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let archive = Archive::local().with("WORKER__CONCURRENCY", "1000");
    let began = std::time::Instant::now();
    let output = archive.command_with_socket(&socket).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(began.elapsed() > Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_connections_without_a_request() {
    let archive = Archive::local();
    let daemon = archive.start();
    daemon.post("{}").await;
    let _idle = std::net::TcpStream::connect(daemon.url("").trim_start_matches("http://")).unwrap();
    let began = std::time::Instant::now();
    assert!(daemon.stop().success());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// What `status` finds, and its exit code.
fn status(archive: &Archive) -> (Option<i32>, Vec<String>) {
    let output = archive.run(&["status", "--format", "json"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let concerns = status["concerns"].as_array().unwrap();
    (output.status.code(), concerns.iter().map(|concern| concern.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn status_exits_with_1_for_a_photo_that_waits_too_long() {
    let archive = Archive::local().with("WORKER__CONCURRENCY", "0");
    let daemon = archive.start();
    daemon.deliver(&crate::support::delivery("a", "", "https://photos.invalid.com/1.jpg")).await;
    assert_eq!(status(&archive), (Some(0), vec![]));
    archive.catalogue().execute("UPDATE job SET created_at = created_at - 16 * 60 * 1000", []).unwrap();
    let (code, concerns) = status(&archive);
    assert_eq!(
        (code, concerns.as_slice()),
        (Some(1), &["the oldest photo has been waiting for 16 min".into()][..])
    );
}

#[tokio::test]
async fn status_exits_with_1_when_nobody_delivers_and_that_was_asked_for() {
    let archive = Archive::local();
    let daemon = archive.start();
    let two_hours = "UPDATE daemon_start SET started_at = started_at - 2 * 3600 * 1000";
    archive.catalogue().execute(two_hours, []).unwrap();
    assert_eq!(status(&archive), (Some(0), vec![]));
    let archive = archive.with("STATUS__SILENCE_MAX_HOURS", "1");
    let (code, concerns) = status(&archive);
    assert!(code == Some(1) && concerns[0].starts_with("no delivery for 2 h 0 min"), "{concerns:?}");
    daemon.post(r#"{"event_type":"other"}"#).await;
    assert_eq!(status(&archive), (Some(0), vec![]));
}

#[test]
fn status_exits_with_1_when_no_daemon_runs() {
    let archive = Archive::local();
    assert!(archive.start().stop().success());
    assert_eq!(status(&archive).0, Some(0), "a restart is no trouble");
    archive.catalogue().execute("UPDATE daemon_start SET alive_at = alive_at - 300 * 1000", []).unwrap();
    let (code, concerns) = status(&archive);
    assert!(code == Some(1) && concerns[0].starts_with("no daemon has run for 5 min"), "{concerns:?}");
}

#[test]
fn commands_that_do_not_speak_to_the_store_do_without_its_secret() {
    let archive = Archive::local();
    let _daemon = archive.start();
    let archive = archive
        .with("ARCHIVE__URL", "s3://photos")
        .with("ARCHIVE__ACCESS_KEY_ID", "id")
        .with("ARCHIVE__SECRET_ACCESS_KEY_FILE", "/nowhere/secret");
    for arguments in [&["status"][..], &["hook", "url"], &["retry", "--dead"], &["token", "create", "a"]] {
        let output = archive.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    let check = archive.run(&["check"]);
    let text = String::from_utf8(check.stdout).unwrap();
    let named = "KEEPMARK__ARCHIVE__SECRET_ACCESS_KEY_FILE names a file that cannot be read";
    assert!(check.status.code() == Some(1) && text.contains(named), "{text}");
}

#[tokio::test]
async fn a_log_in_json_is_one_object_a_line() {
    let archive = Archive::local().with("LOG__FORMAT", "json");
    let daemon = archive.start();
    let log = daemon.log();
    let lines: Vec<Value> = log
        .lines()
        .filter(|line| !line.starts_with("configuration:"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let serves = lines.iter().find(|line| line["message"] == "keepmark serves").unwrap();
    assert_eq!((&serves["level"], &serves["version"]), (&"INFO".into(), &env!("CARGO_PKG_VERSION").into()));
}

#[tokio::test]
async fn a_log_that_the_journal_keeps_has_its_priorities_and_no_times() {
    let archive = Archive::local();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stderr");
    let stderr = std::fs::File::create(&path).unwrap();
    let found = rustix::fs::fstat(&stderr).unwrap();
    let mut command = archive.command(&["serve"]);
    command.env("JOURNAL_STREAM", format!("{}:{}", found.st_dev, found.st_ino)).stderr(Stdio::from(stderr));
    let mut child = command.spawn().unwrap();
    let line = until("the daemon serves", async || {
        let log = std::fs::read_to_string(&path).unwrap();
        log.lines().find(|line| line.contains("keepmark serves")).map(str::to_owned)
    })
    .await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("<6>keepmark serves version="), "{line}");
}

#[test]
fn an_unknown_format_of_the_log_names_those_that_exist() {
    let output = Archive::local().with("LOG__FORMAT", "xml").run(&["serve"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("\"journald\""), "{text}");
}

#[tokio::test]
async fn the_metrics_say_what_status_says() {
    let archive = Archive::local();
    let daemon = archive.start();
    daemon.post("no JSON").await;
    daemon.post(r#"{"event_id":"a"}"#).await;
    let token = archive.api_token();
    let text = daemon.client().get(daemon.url("/metrics")).bearer_auth(token).send().await.unwrap();
    let text = text.text().await.unwrap();
    let number = |name: &str| -> i64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is missing:\n{text}")).parse().unwrap()
    };
    assert_eq!(number(r#"keepmark_jobs{kind="dead"}"#), 1);
    assert_eq!(number(r#"keepmark_jobs{kind="held"}"#), 0);
    assert_eq!(number(r#"keepmark_deliveries_kept{kind="quarantined"}"#), 1);
    assert_eq!((number("keepmark_photos"), number("keepmark_waiting_for_store")), (0, 0));
    assert_eq!(number("keepmark_oldest_waiting_timestamp_seconds"), 0);
    assert!(number("keepmark_last_delivery_timestamp_seconds") > 1_700_000_000);
    assert!(number("keepmark_disk_free_bytes") > 0);
    assert_eq!((number("keepmark_pipeline_paused"), number("keepmark_hook_closed")), (0, 0));
}

#[test]
fn packages_get_completions_and_a_manual_without_any_configuration() {
    let archive = Archive::local().with("NO__SUCH", "setting");
    for shell in ["bash", "zsh", "fish"] {
        let output = archive.run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("rotate"), "{shell}");
    }
    let output = archive.run(&["man"]);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && page.contains(".TH keepmark 1"), "{page}");
    for words in ["KEEPMARK HOOK ROTATE", "KEEPMARK RETRY", "KEEPMARK_CONFIG", "Exit codes"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}
