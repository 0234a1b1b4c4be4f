//! Twelve canary strings on every path, errors and panics included: none may be heard in logs, metrics, pages of error
//! or what commands print.

use serde_json::{Value, json};

use crate::support::daemon::{Archive, Daemon};
use crate::support::host::{Answer, Host};
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::until;

/// Where a canary sits, and its song. The hook's and the API's tokens make it twelve.
const CANARIES: [(&str, &str); 10] = [
    ("team", "canaryteam"),
    ("project", "canaryproject"),
    ("member", "canarymember"),
    ("short name", "canaryshort"),
    ("contact", "canarycontact"),
    ("place", "canaryplace"),
    ("latitude", "47.123987"),
    ("file name", "canaryfile"),
    ("query", "canaryquery"),
    ("note", "canarynote"),
];

fn sung(event: &str, link: &str) -> Value {
    json!({
        "event_type": "photo.uploaded", "event_id": event, "group_name": "canaryteam",
        "project_name": "canaryproject", "photo_name": "canaryfile.jpg", "photo_code": event,
        "photo_url": format!("{link}?token=canaryquery"), "photo_timestamp": "2025-12-11T18:45:00Z",
        "photo_location": {"location_name": "canaryplace", "location_latitude": "47.123987",
                           "location_longitude": "8.5"},
        "member": {"member_name": "canarymember", "member_short_name": "canaryshort",
                   "member_contact": "canarycontact@example.org"},
        "custom_notes": [{"title": "canarynote", "content": "canarynote"}]
    })
}

/// All that can be heard from outside without reading a photo's own record.
struct Heard(Vec<(String, String)>);

impl Heard {
    fn note(&mut self, from: &str, text: String) {
        self.0.push((from.to_owned(), text));
    }

    fn is_silent_about(&self, canary: &str, song: &str) {
        for (from, text) in &self.0 {
            assert!(!text.contains(song), "the {canary} is heard in {from}: {text}");
        }
    }
}

#[tokio::test]
async fn no_canary_is_heard_in_logs_metrics_errors_or_panics() {
    for store in Store::all() {
        // Four lives: all is well, a panic while reading, a panic after the seal, a store that is gone.
        for (trouble, at) in [("none", ""), ("panic", "inspecting"), ("panic", "sealed"), ("store", "")] {
            let mut archive = Archive::on(store.clone_with_new_prefix()).with("LOG__LEVEL", "trace");
            if trouble == "panic" {
                archive = archive.with_variable("KEEPMARK_PANIC_AT", at);
            }
            let daemon = archive.start();
            if trouble == "store" {
                break_folder(&archive);
            }
            let heard = sing(&archive, &daemon, trouble == "none").await;
            for (canary, song) in CANARIES {
                heard.is_silent_about(canary, song);
            }
            heard.is_silent_about("hook's token", daemon.token());
        }
    }
}

/// A local store in trouble: its folder is a file now. An S3 store is told apart by the tests of stores.
fn break_folder(archive: &Archive) {
    if !archive.objects().exists() {
        return;
    }
    // The daemon's first look at its store may make the folder again in between.
    let is_broken = || {
        let _gone = std::fs::remove_dir_all(archive.objects());
        std::fs::write(archive.objects(), "").is_ok()
    };
    assert!((0..1000).any(|_| is_broken()), "the folder of the store stays a folder");
}

async fn sing(archive: &Archive, daemon: &Daemon, archived: bool) -> Heard {
    let host = Host::start();
    let answers = [
        Answer::File(jpeg(1), "image/jpeg"),
        Answer::Status(404),
        Answer::Status(503),
        Answer::Half(jpeg(2)),
        Answer::Redirect("http://10.0.0.1/canaryquery".to_owned()),
        Answer::File(b"<html>canaryquery".to_vec(), "text/html"),
    ];
    let count = answers.len();
    for (answer, number) in answers.into_iter().zip(1..) {
        let link = host.put(&format!("/{number}.jpg"), answer);
        daemon.post(sung(&format!("event{number}"), &link).to_string()).await;
    }
    daemon.post(sung("elsewhere", "ftp://canaryquery/").to_string()).await;
    daemon.post("{\"group_name\": \"canaryteam").await;
    until("each was tried", async || {
        let tried = archive.count("SELECT count(*) FROM job WHERE attempts > 0");
        (tried >= i64::try_from(count).unwrap()).then_some(())
    })
    .await;
    if archived {
        until("the photo is archived", async || {
            (archive.count("SELECT count(*) FROM photo WHERE archived_at > 0") == 1).then_some(())
        })
        .await;
    }
    // Notices speak of teams: here is one to speak of, where a photo was sealed.
    let changed = "INSERT INTO meaning_change (team_id, changed_at, before, after)
                   SELECT id, 4000000000000, 'utc', 'open' FROM team";
    archive.catalogue().execute(changed, []).unwrap();
    let token = archive.api_token();
    let mut heard = Heard(Vec::new());
    for path in [
        "/api/v1/photos/canaryteam",
        "/photos/canaryteam/360.jpg",
        "/canaryteam",
        "/api/v1/queue",
        "/metrics",
    ] {
        let response = daemon.client().get(daemon.url(path)).bearer_auth(&token).send().await.unwrap();
        heard.note(path, response.text().await.unwrap());
    }
    for arguments in [
        &["status"][..],
        &["status", "--format", "json"],
        &["check"],
        &["judge", "--dry-run"],
        &["device", "list"],
        &["retry", "--dead"],
        &["token", "create", "x", "--role", "y"],
    ] {
        let output = archive.run(arguments);
        heard.note(
            &arguments.join(" "),
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        );
    }
    let log = daemon.log();
    assert!(!log.contains(&token), "the API's token is heard in the log");
    heard.note("the log", log);
    heard
}
