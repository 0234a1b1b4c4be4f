//! Pages by project and day: what people see of the archive, and that its counters are never wrong.

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::daemon::{Archive, Daemon};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::page::read;
use crate::support::photos::captured_jpeg;

const PARK: (f64, f64) = (40.785_091, -73.968_285);

pub async fn page(daemon: &Daemon, token: &str, path: &str) -> (StatusCode, String) {
    let response = daemon.client().get(daemon.url(path)).bearer_auth(token).send().await.unwrap();
    (response.status(), read(&response.text().await.unwrap()))
}

/// A photo of a project, taken in New York at a local time and announced in UTC, five hours later in winter.
pub fn photo(host: &Host, number: u32, project: &str, local: &str, announced: &str) -> Value {
    let bytes = captured_jpeg(
        number,
        &local.replace('-', ":").replace('T', " "),
        PARK,
        ("Apple", "iPhone 14 Pro Max"),
    );
    let link = host.jpeg(&format!("/{number}.jpg"), bytes);
    let mut sent = delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link);
    sent["project_name"] = project.into();
    sent["photo_timestamp"] = announced.into();
    sent["photo_name"] = "roof.jpg".into();
    sent
}

/// What the counters say is what a count finds, for every project and every day.
fn counters_are_right(archive: &Archive) {
    let wrong = "SELECT count(*) FROM (
        SELECT project_id, day, photos, consistent, inconclusive, suspicious, contradicted FROM day_count
        EXCEPT
        SELECT project_id, substr(local_time, 1, 10), count(*), sum(verdict = 'consistent'),
               sum(verdict = 'inconclusive'), sum(verdict = 'suspicious'), sum(verdict = 'contradicted')
        FROM photo WHERE archived_at IS NOT NULL GROUP BY 1, 2)";
    assert_eq!(archive.count(wrong), 0);
    let missing = "SELECT (SELECT count(*) FROM photo WHERE archived_at IS NOT NULL) - (SELECT sum(photos) FROM day_count)";
    assert_eq!(archive.count(missing), 0);
    let projects = "SELECT count(*) FROM project j WHERE (photos, consistent, inconclusive, suspicious, contradicted)
        <> (SELECT count(*), coalesce(sum(verdict = 'consistent'), 0), coalesce(sum(verdict = 'inconclusive'), 0),
                   coalesce(sum(verdict = 'suspicious'), 0), coalesce(sum(verdict = 'contradicted'), 0)
            FROM photo WHERE project_id = j.id AND archived_at IS NOT NULL)";
    assert_eq!(archive.count(projects), 0);
}

#[tokio::test]
async fn photos_are_found_by_project_and_local_day_and_one_leads_to_the_next() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for sent in [
        photo(&host, 1, "North", "2025-12-11T23:50:00", "2025-12-12T04:50:00Z"),
        photo(&host, 2, "North", "2025-12-12T00:10:00", "2025-12-12T05:10:00Z"),
        photo(&host, 3, "North", "2025-12-12T09:00:00", "2025-12-12T14:00:00Z"),
        photo(&host, 4, "South", "2025-11-30T09:00:00", "2025-11-30T14:00:00Z"),
    ] {
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let (status, projects) = page(&daemon, &token, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(projects.contains("4 photos archived. Nothing is waiting."), "{projects}");
    let (north, south) = (projects.find(">North<").unwrap(), projects.find(">South<").unwrap());
    assert!(north < south, "the latest first");

    let (_, project) = page(&daemon, &token, "/projects/1").await;
    assert!(project.contains("December 2025") && project.contains("12 December 2025: 2 photos"), "{project}");
    assert!(project.contains("11 December 2025: 1 photo"), "by local day, not by UTC: {project}");
    let (_, day) = page(&daemon, &token, "/projects/1/2025-12-12").await;
    assert!(day.contains("Friday, 12 December 2025") && day.contains("2 photos; nothing differs."), "{day}");
    let (early, late) = (day.find("00:10").unwrap(), day.find("09:00").unwrap());
    assert!(early < late && !day.contains("23:50"), "{day}");
    assert!(day.contains("href=\"/projects/1/2025-12-11\""), "the day before: {day}");

    let listed = daemon.api("/api/v1/photos?code=CODE0000000002", &token).await;
    let id = listed["photos"][0]["id"].as_str().unwrap().to_owned();
    let (_, card) = page(&daemon, &token, &format!("/photos/{id}")).await;
    assert!(card.contains("CODE0 00000 0002") && card.contains("12 December 2025, 00:10:00"), "{card}");
    assert!(card.contains("exactly the announced time"), "{card}");
    assert!(card.contains("rel=\"prev\"") && card.contains("rel=\"next\""), "{card}");
    for missing in
        ["/projects/99", "/projects/1/2025-12-13", "/projects/1/tomorrow", "/photos/1234", "/projects/x"]
    {
        assert_eq!(page(&daemon, &token, missing).await.0, StatusCode::NOT_FOUND, "{missing}");
    }
    counters_are_right(&archive);
}

#[tokio::test]
async fn a_day_of_more_than_a_page_is_walked_by_key_and_each_photo_is_shown_once() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..230 {
        // Many share a second, as bursts do.
        let local = format!("2025-12-11T09:{:02}:00", number / 50);
        let announced = format!("2025-12-11T14:{:02}:00Z", number / 50);
        daemon.deliver(&photo(&host, number, "North", &local, &announced)).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let mut seen = Vec::new();
    let mut path = "/projects/1/2025-12-11".to_owned();
    loop {
        let (_, day) = page(&daemon, &token, &path).await;
        seen.extend(day.split("class=\"frame\" href=\"/photos/").skip(1).map(|rest| rest[..32].to_owned()));
        let Some((_, rest)) = day.split_once("href=\"?after=") else { break };
        path = format!("/projects/1/2025-12-11?after={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!(seen.len(), 230);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 230);
    counters_are_right(&archive);
}

#[tokio::test]
async fn counters_follow_a_verdict_that_changes() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..3 {
        let mut sent = photo(&host, number, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
        sent["photo_location"]["location_latitude"] = "40.795091".into();
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    counters_are_right(&archive);
    assert_eq!(archive.count("SELECT suspicious FROM project"), 3);
    drop(daemon);
    let archive = archive.with("VERDICT__POSITION_NEAR_M", "2000");
    assert!(archive.run(&["judge"]).status.success());
    assert_eq!(archive.count("SELECT consistent FROM project"), 3);
    counters_are_right(&archive);
}

#[tokio::test]
async fn texts_of_a_delivery_are_text_on_every_page() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let evil = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{7*7}}";
    let mut sent = photo(&host, 1, evil, "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
    for field in ["group_name", "photo_code", "photo_name", "device_model"] {
        sent[field] = evil.into();
    }
    sent["member"]["member_name"] = evil.into();
    daemon.deliver(&sent).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let id = daemon.api("/api/v1/photos", &token).await["photos"][0]["id"].as_str().unwrap().to_owned();
    for path in ["/", "/photos", "/projects/1", "/projects/1/2025-12-11", &format!("/photos/{id}")] {
        let (status, text) = page(&daemon, &token, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(text.contains("&#60;script&#62;") || text.contains("&lt;script&gt;"), "{path}: {text}");
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{path}: {text}");
    }
}

#[tokio::test]
async fn the_inbox_says_what_became_of_each_delivery_and_why() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let token = archive.api_token();
    let (_, empty) = page(&daemon, &token, "/inbox").await;
    assert!(empty.contains("No delivery has come yet"), "{empty}");
    daemon.deliver(&photo(&host, 1, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z")).await;
    daemon.settle(&archive).await;
    let (_, calm) = page(&daemon, &token, "/inbox").await;
    assert!(
        calm.contains("Everything that was announced is archived.") && calm.contains(">archived</a>"),
        "{calm}"
    );
    let mut linkless = photo(&host, 2, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
    linkless["photo_url"] = Value::Null;
    daemon.deliver(&linkless).await;
    daemon.post("{\"group_name\": <b>".to_owned()).await;
    let (_, inbox) = page(&daemon, &token, "/inbox").await;
    assert!(inbox.contains("1 could not be archived") && inbox.contains("1 could not be read"), "{inbox}");
    assert!(inbox.contains("the delivery names no photo_url"), "{inbox}");
    assert!(!inbox.contains("<b>"), "{inbox}");
}

#[tokio::test]
async fn midnight_clock_changes_and_five_zones_fall_on_the_right_local_day() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    // Project, position, local time at the place, the same moment in UTC; by the zones' own rules.
    let taken = [
        ("New York", PARK, "2025-12-11T23:59:00", "2025-12-12T04:59:00Z"),
        ("New York", PARK, "2025-12-12T00:01:00", "2025-12-12T05:01:00Z"),
        // Berlin: 02:00 becomes 03:00, and in autumn 02:30 comes twice.
        ("Berlin", (52.52, 13.405), "2025-03-30T00:30:00", "2025-03-29T23:30:00Z"),
        ("Berlin", (52.52, 13.405), "2025-03-30T01:59:00", "2025-03-30T00:59:00Z"),
        ("Berlin", (52.52, 13.405), "2025-03-30T03:01:00", "2025-03-30T01:01:00Z"),
        ("Berlin", (52.52, 13.405), "2025-03-30T23:30:00", "2025-03-30T21:30:00Z"),
        ("Berlin", (52.52, 13.405), "2025-10-26T00:30:00", "2025-10-25T22:30:00Z"),
        ("Berlin", (52.52, 13.405), "2025-10-26T02:30:00", "2025-10-26T00:30:00Z"),
        ("Berlin", (52.52, 13.405), "2025-10-26T02:30:01", "2025-10-26T01:30:01Z"),
        ("Berlin", (52.52, 13.405), "2025-10-26T23:30:00", "2025-10-26T22:30:00Z"),
        ("Kathmandu", (27.7172, 85.324), "2025-06-02T00:10:00", "2025-06-01T18:25:00Z"),
        ("Kathmandu", (27.7172, 85.324), "2025-06-01T23:50:00", "2025-06-01T18:05:00Z"),
        ("Apia", (-13.8333, -171.7667), "2025-06-01T00:30:00", "2025-05-31T11:30:00Z"),
        ("Honolulu", (21.3069, -157.8583), "2025-12-11T23:30:00", "2025-12-12T09:30:00Z"),
    ];
    for (number, (project, (latitude, longitude), local, utc)) in (0..).zip(taken) {
        let camera = ("Apple", "iPhone 14 Pro Max");
        let clock = local.replace('-', ":").replace('T', " ");
        let link = host
            .jpeg(&format!("/{number}.jpg"), captured_jpeg(number, &clock, (latitude, longitude), camera));
        let mut sent = delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link);
        sent["project_name"] = project.into();
        sent["photo_timestamp"] = utc.into();
        sent["photo_name"] = "roof.jpg".into();
        sent["photo_location"]["location_latitude"] = latitude.to_string().into();
        sent["photo_location"]["location_longitude"] = longitude.to_string().into();
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    for (number, (project, _, local, _)) in (0..).zip(taken) {
        let (day, time) = local.split_once('T').unwrap();
        let listed = daemon.api(&format!("/api/v1/photos?code=CODE{number:010}"), &token).await;
        assert_eq!(listed["photos"][0]["local_date"], day, "{project}: {local}");
        let id = listed["photos"][0]["id"].as_str().unwrap();
        let sql = format!("SELECT id FROM project WHERE name = '{project}'");
        let (status, page) = page(&daemon, &token, &format!("/projects/{}/{day}", archive.count(&sql))).await;
        assert_eq!(status, StatusCode::OK, "{project}: {local}");
        let cell = page.split("<li class=\"cell\">").find(|cell| cell.contains(id));
        let cell = cell.unwrap_or_else(|| panic!("{project}: {local} is not on its day"));
        assert!(cell.contains(&time[..5]), "{project}: {local}: {cell}");
    }
    counters_are_right(&archive);
}
