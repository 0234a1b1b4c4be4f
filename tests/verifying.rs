//! A sample of photos for a person to ask Timemark's own page about, and what the person found.

use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::auditing::archived;
use crate::support::daemon::{Archive, Daemon};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::person::Person;
use crate::support::photos::jpeg;

const CODES: [&str; 3] = ["A1BCDEFGHIJ23K", "A1BCDEFGHIJ23L", "A1BCDEFGHIJ23M"];

/// The photo that a page asks about.
fn asked_about(page: &str) -> String {
    let (_, rest) = page.split_once("action=\"/audit/verify/").unwrap_or_else(|| panic!("{page}"));
    rest[..32].to_owned()
}

#[tokio::test]
async fn a_sample_is_drawn_asked_about_one_by_one_and_kept_on_the_photos() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    let ask = async |path: &str| auditor.ask(&daemon, reqwest::Method::GET, path).send().await.unwrap();
    let drawn = ask("/audit/verify?project_id=&from=&to=&confidence=95&bad=5").await;
    assert_eq!(drawn.status(), StatusCode::SEE_OTHER);
    let sample = drawn.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(sample.contains("seed=") && sample.contains("until=20"), "{sample}");
    let page = async || ask(&sample).await.text().await.unwrap();
    let first = page().await;
    assert_eq!(asked_about(&first), asked_about(&page().await), "the same address draws the same photos");
    assert!(
        first.contains("3 of 3 photos with a code") && first.contains("https://verify.timemark.com"),
        "{first}"
    );

    let query = sample.split_once('?').unwrap().1;
    let mut seen = Vec::new();
    for outcome in ["authentic", "fake", "unable_to_verify"] {
        let photo = asked_about(&page().await);
        let fields = [("outcome", outcome), ("note", "<b>seen</b>"), ("back", query)];
        let kept = auditor.submit(&daemon, &format!("/audit/verify/{photo}"), &fields).await;
        assert_eq!(kept.headers()[LOCATION].to_str().unwrap(), sample);
        seen.push(photo);
    }
    let last = page().await;
    assert!(
        last.contains("1 Authentic, 1 Fake, 1 Unable to verify") && last.contains("Every photo"),
        "{last}"
    );
    let (_, card) = auditor.get(&daemon, &format!("/photos/{}", seen[1])).await;
    assert!(card.contains("<b>Fake</b>, read by ada on") && !card.contains("<b>seen</b>"), "{card}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);

    let nowhere = format!("/audit/verify/{}", "0".repeat(32));
    let unknown = auditor.submit(&daemon, &nowhere, &[("outcome", "fake")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let wrong = auditor.submit(&daemon, &format!("/audit/verify/{}", seen[0]), &[("outcome", "fine")]).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask("/audit/verify?confidence=100&bad=5").await.status(), StatusCode::BAD_REQUEST);
}

/// Draws a sample of all; the address of its page.
async fn drawn(auditor: &Person, daemon: &Daemon) -> String {
    let path = "/audit/verify?project_id=&from=&to=&confidence=95&bad=5";
    let answer = auditor.ask(daemon, reqwest::Method::GET, path).send().await.unwrap();
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_sample_stays_as_it_was_drawn_whatever_is_archived_later() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    // Sealed before the others, and not archived yet.
    let catalogue = archive.catalogue();
    let at: i64 =
        catalogue.query_row("SELECT archived_at FROM photo WHERE seq = 1", [], |row| row.get(0)).unwrap();
    catalogue.execute("UPDATE photo SET archived_at = NULL WHERE seq = 1", []).unwrap();
    let sample = drawn(&auditor, &daemon).await;
    let (_, page) = auditor.get(&daemon, &sample).await;
    assert!(page.contains("2 of 2 photos with a code"), "{page}");
    catalogue.execute("DELETE FROM audit_object WHERE kind = 'photo' AND number = 1", []).unwrap();
    catalogue.execute("UPDATE photo SET archived_at = ?1 WHERE seq = 1", [at]).unwrap();
    let (_, page) = auditor.get(&daemon, &sample).await;
    assert!(page.contains("2 of 2 photos with a code") && page.contains("2 to go"), "{page}");
    let rows = "SELECT count(*) FROM human_sample_photo";
    assert_eq!(archive.count(rows), 2, "walked, not drawn again");
    let (_, page) = auditor.get(&daemon, &drawn(&auditor, &daemon).await).await;
    assert!(page.contains("3 of 3 photos with a code"), "{page}");
    let (_, page) = auditor.get(&daemon, "/audit/verify").await;
    let link = sample.replace('&', "&#38;");
    assert!(page.contains("Drawn before") && page.contains(&link), "{link} is not in {page}");
}

#[tokio::test]
async fn the_same_seed_at_the_same_moment_draws_the_same_photos() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    let sample = drawn(&auditor, &daemon).await;
    let (_, first) = auditor.get(&daemon, &sample).await;
    let seqs = || {
        let sql =
            "SELECT group_concat(photo_seq) FROM (SELECT photo_seq FROM human_sample_photo ORDER BY place)";
        archive.catalogue().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let before = seqs();
    // As after a rebuild: the address alone is known.
    archive.catalogue().execute_batch("DELETE FROM human_sample_photo; DELETE FROM human_sample").unwrap();
    let (_, again) = auditor.get(&daemon, &sample).await;
    assert_eq!((seqs(), asked_about(&again)), (before, asked_about(&first)));
}

#[tokio::test]
async fn viewers_see_what_was_found_and_when_and_auditors_also_by_whom() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    let viewer = Person::invited(&archive, &daemon, "vera", &["--role", "viewer"]).await;
    let limited =
        Person::invited(&archive, &daemon, "lim", &["--role", "viewer", "--project", "Project Sunrise"])
            .await;
    let (_, page) = auditor.get(&daemon, &drawn(&auditor, &daemon).await).await;
    let photo = asked_about(&page);
    for (outcome, note) in [("authentic", "too early"), ("fake", "seen by the lawyer")] {
        let fields = [("outcome", outcome), ("note", note)];
        auditor.submit(&daemon, &format!("/audit/verify/{photo}"), &fields).await;
    }
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    for person in [&viewer, &limited] {
        let (_, card) = person.get(&daemon, &format!("/photos/{photo}")).await;
        assert!(card.contains("Timemark's page said <b>Fake</b> on <time"), "{card}");
        assert!(!card.contains("ada") && !card.contains("lawyer"), "{card}");
        let (_, json) = person.get(&daemon, &format!("/api/v1/photos/{photo}")).await;
        assert!(!json.contains("\"ada\"") && !json.contains("lawyer"), "{json}");
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["official"], json!({"outcome": "fake", "day": today}));
    }
    let (_, card) = auditor.get(&daemon, &format!("/photos/{photo}")).await;
    assert!(card.contains("<b>Fake</b>, read by ada on") && card.contains("seen by the lawyer"), "{card}");
    in_reports(&archive, &daemon, &photo, &today).await;
    let (_, log) = viewer.get(&daemon, "/downloads/photos.csv").await;
    assert!(log.contains(&format!(",Fake,{today}\r\n")) && !log.contains("lawyer"), "{log}");
    let (_, log) = viewer.get(&daemon, "/downloads/photos.geojson").await;
    assert!(
        log.contains("\"official\":{\"day\"") || log.contains("\"official\":{\"outcome\":\"fake\""),
        "{log}"
    );
    assert!(!log.contains("lawyer"), "{log}");
}

/// The newest answer stands in each form of the audit by code.
async fn in_reports(archive: &Archive, daemon: &Daemon, photo: &str, today: &str) {
    let token = archive.api_token();
    let found = daemon.api(&format!("/api/v1/photos/{photo}"), &token).await;
    let (asked, other) = CODES.iter().partition::<Vec<_>, _>(|code| found["code"] == **code);
    let said = |form: &str| {
        let output = archive.run(&["audit", asked[0], other[0], "--no-read", "--format", form]);
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&said("json")).unwrap();
    assert_eq!(json["results"][0]["official"], json!({"outcome": "fake", "day": today}));
    assert_eq!(json["results"][1]["official"], Value::Null);
    assert!(said("csv").contains(&format!(",Fake,{today}\r\n")), "{}", said("csv"));
    assert!(
        said("text").contains(&format!("    Timemark's page said Fake on {today}\n")),
        "{}",
        said("text")
    );
}

#[tokio::test]
async fn projects_of_one_name_are_told_apart_by_their_teams() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, team, project) in [(1, "North", "Roof"), (2, "South", "Roof"), (3, "South", "Cellar")] {
        let mut sent = delivery(
            &format!("event {number}"),
            &format!("A1BCDEFGHIJ23{number}"),
            &host.jpeg(&format!("/{number}.jpg"), jpeg(number)),
        );
        sent["group_name"] = team.into();
        sent["project_name"] = project.into();
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    let (_, page) = auditor.get(&daemon, "/audit/verify").await;
    for name in [">Roof, North<", ">Roof, South<", ">Cellar<"] {
        assert!(page.contains(name), "{name} is not in {page}");
    }
}
