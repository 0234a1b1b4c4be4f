//! A state folder that is lost, and the catalogue that `keepmark rebuild` makes in its place.

use std::process::Output;

use serde_json::Value;

use super::daemon::{Archive, Daemon};
use super::objects::Objects;
use super::person::Person;
use super::until;

const PENDING: &str = "SELECT count(*) FROM evidence WHERE recorded_at IS NULL";
const UNPUBLISHED: &str = "SELECT (SELECT count(*) FROM ledger_leaf)
    - (SELECT coalesce(max(size), 0) FROM ledger_checkpoint WHERE read_back_at IS NOT NULL)
    + (SELECT count(*) FROM ledger_tile WHERE recorded_at IS NULL)";

/// An auditor reads Timemark's page for some photos, and an audit finds a stranger's object. Both are records.
pub async fn look_at(archive: &Archive, daemon: &Daemon, photos: u32) {
    let auditor = Person::invited(archive, daemon, "Ada", &["--role", "auditor"]).await;
    let ids: Vec<String> = {
        let catalogue = archive.catalogue();
        let mut statement = catalogue.prepare("SELECT id FROM photo ORDER BY seq LIMIT ?1").unwrap();
        statement.query_map([photos], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for (id, (outcome, note)) in
        ids.iter().zip([("authentic", ""), ("not_found", "gone since <May>")].into_iter().cycle())
    {
        let fields = [("outcome", outcome), ("note", note), ("back", "seed=0f&confidence=95&bad=5")];
        let kept = auditor.submit(daemon, &format!("/audit/verify/{id}"), &fields).await;
        assert!(kept.status().is_redirection(), "{}", kept.text().await.unwrap());
    }
    Objects::of(archive).put("photos/notes.txt", b"somebody's".to_vec()).await;
    assert_eq!(archive.run(&["audit", "--all"]).status.code(), Some(1), "the stranger is found");
    assert_eq!(archive.run(&["audit", "--sample", "2"]).status.code(), Some(0));
}

/// Waits until everything is in the store, and the ledger's checkpoint is over all of it. Its text.
pub async fn all_published(archive: &Archive) -> String {
    until("all of the ledger is published", async || {
        (archive.count(PENDING) == 0 && archive.count(UNPUBLISHED) == 0).then_some(())
    })
    .await;
    String::from_utf8(Objects::of(archive).get(super::ledger::CHECKPOINT).await).unwrap()
}

/// The state folder is lost, but for the objects where they lie in it, and the ledger's key of which there was a copy.
pub fn lose_state(archive: &Archive) {
    for entry in std::fs::read_dir(archive.state_dir()).unwrap() {
        let path = entry.unwrap().path();
        if path == archive.objects() || path.ends_with("ledger.key") {
            continue;
        }
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// What `rebuild --format json` printed.
pub fn rebuilt(output: &Output) -> Value {
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn rebuild(archive: &Archive) -> Value {
    rebuilt(&archive.run(&["rebuild", "--format", "json"]))
}

/// The words of findings, and the objects that they are of.
pub fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| (text(finding, "finding"), text(finding, "object_key"))).collect()
}
