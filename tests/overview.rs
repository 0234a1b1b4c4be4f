//! What pages tell at a glance: what is stuck, how much agrees, where a photo stands before it is loaded.

use serde_json::Value;

use crate::browsing::{page, photo};
use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::page::read;
use crate::support::person::Person;
use crate::support::photos::turned_jpeg;

#[tokio::test]
async fn what_is_stuck_is_counted_alike_on_the_first_page_in_the_inbox_and_in_its_list() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut linkless = photo(&host, 1, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
    linkless["photo_url"] = Value::Null;
    daemon.deliver(&linkless).await;
    daemon.post("{\"group_name\": broken".to_owned()).await;
    let mut held = photo(&host, 2, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
    held["photo_url"] = "http://10.0.0.1/2.jpg".into();
    daemon.deliver(&held).await;
    let token = archive.api_token();
    crate::support::until("one is held", async || {
        (archive.count("SELECT count(*) FROM job WHERE state = 'held'") == 1).then_some(())
    })
    .await;
    let (_, first) = page(&daemon, &token, "/").await;
    let (_, inbox) = page(&daemon, &token, "/inbox").await;
    for said in [&first, &inbox] {
        assert!(said.contains("href=\"/inbox?show=stuck\">3 need somebody</a>"), "{said}");
        assert!(
            said.contains("1 could not be archived, 1 is held") && said.contains("1 could not be read."),
            "{said}"
        );
        assert!(!said.contains("waiting"), "held photos wait for nobody but us: {said}");
    }
    let (_, list) = page(&daemon, &token, "/inbox?show=stuck").await;
    assert_eq!(list.matches("<tr class=\"stuck\">").count(), 3, "{list}");
}

#[tokio::test]
async fn every_project_says_how_many_of_its_photos_are_consistent_and_what_its_last_weeks_brought() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..3 {
        let mut sent = photo(&host, number, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
        if number == 0 {
            sent["photo_location"]["location_latitude"] = "40.795091".into();
        }
        daemon.deliver(&sent).await;
    }
    daemon.deliver(&photo(&host, 3, "South", "2025-10-01T09:00:00", "2025-10-01T13:00:00Z")).await;
    daemon.settle(&archive).await;
    let (_, projects) = page(&daemon, &archive.api_token(), "/").await;
    assert!(projects.contains("2 of 3 consistent") && projects.contains("1 suspicious"), "{projects}");
    assert!(projects.contains("1 of 1 consistent"), "also where nothing differs: {projects}");
    // The last week ends with the last photo; the one of October lies ten weeks before, a third as high.
    let bars: Vec<_> = projects.split("<rect ").skip(1).collect();
    assert_eq!(bars.len(), 2, "{bars:?}");
    assert!(bars[0].contains("x=\"336\"") && bars[0].contains("height=\"13\""), "{bars:?}");
    assert!(bars[0].contains("1 photo in the week from 26 Sep 2025"), "{bars:?}");
    assert!(bars[1].contains("x=\"416\"") && bars[1].contains("height=\"40\""), "{bars:?}");
    assert!(bars[1].contains("3 photos in the week from 5 Dec 2025"), "{bars:?}");
    assert!(projects.contains("Photos a week, in the 53 weeks up to the last photo"), "{projects}");
}

#[tokio::test]
async fn whoever_sees_only_some_projects_is_told_of_those_and_of_nothing_else() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, project) in [(1, "North"), (2, "South")] {
        daemon.deliver(&photo(&host, number, project, "2025-12-11T09:00:00", "2025-12-11T14:00:00Z")).await;
    }
    daemon.settle(&archive).await;
    let viewer = ["--role", "viewer", "--project", "North"];
    let limited = Person::invited(&archive, &daemon, "limited", &viewer).await;
    let (_, first) = limited.get(&daemon, "/").await;
    assert!(read(&first).contains("1 photo archived.</p>"), "nothing of what waits: {first}");
    archive.catalogue().execute("DELETE FROM user_project", []).unwrap();
    let (_, first) = limited.get(&daemon, "/").await;
    assert!(first.contains("No photo of your projects yet.") && first.contains("ask an admin"), "{first}");
    assert!(!first.contains("hook url") && !first.contains("waiting"), "{first}");
}

#[tokio::test]
async fn a_photo_that_is_stored_on_its_side_has_its_upright_size_on_every_page() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut sent = photo(&host, 1, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z");
    sent["photo_url"] = host.jpeg("/turned.jpg", turned_jpeg(640, 480)).into();
    daemon.deliver(&sent).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let id = daemon.api("/api/v1/photos", &token).await["photos"][0]["id"].as_str().unwrap().to_owned();
    let small = "width=\"270\" height=\"360\"";
    for (path, size) in [
        ("/".to_owned(), small),
        ("/photos".to_owned(), small),
        ("/projects/1/2025-12-11".to_owned(), small),
        (format!("/photos/{id}"), "width=\"480\" height=\"640\""),
    ] {
        let (_, shown) = page(&daemon, &token, &path).await;
        assert!(shown.contains(size), "{path}: {shown}");
    }
}

#[tokio::test]
async fn a_project_has_its_last_photo_as_cover_and_a_day_without_photos_leads_to_the_nearest() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, day) in [(1, "05"), (2, "11"), (3, "08")] {
        let local = format!("2025-12-{day}T09:00:00");
        daemon.deliver(&photo(&host, number, "North", &local, &format!("2025-12-{day}T14:00:00Z"))).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let last = daemon.api("/api/v1/photos?code=CODE0000000002", &token).await["photos"][0]["id"].clone();
    let (_, projects) = page(&daemon, &token, "/").await;
    let cover = format!("<img src=\"/photos/{}/360.jpg\"", last.as_str().unwrap());
    assert!(projects.contains(&cover), "{projects}");
    let admin = Person::invited(&archive, &daemon, "Ada", &[]).await;
    for (asked, found) in
        [("2025-12-10", "08"), ("2025-12-11", "11"), ("2020-01-01", "05"), ("2030-01-01", "11")]
    {
        let path = format!("/projects/1?day={asked}");
        let answer = admin.ask(&daemon, reqwest::Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.headers()["location"], format!("/projects/1/2025-12-{found}"), "{asked}");
    }
}

#[tokio::test]
async fn the_inbox_says_that_timemark_reaches_it_and_the_settings_what_the_store_can_do() {
    let archive = Archive::local();
    let daemon = archive.start();
    let admin = Person::invited(&archive, &daemon, "Ada", &[]).await;
    let (_, before) = admin.get(&daemon, "/inbox").await;
    assert!(!before.contains("Timemark reaches you"), "{before}");
    let test = crate::support::delivery("event", "TEST", "https://photos.example.com/1.jpg");
    daemon.post(test.to_string()).await;
    let (_, after) = admin.get(&daemon, "/inbox").await;
    assert!(read(&after).contains("Timemark reaches you: its last test came on "), "{after}");
    let (_, settings) = admin.get(&daemon, "/settings").await;
    assert!(settings.contains("<dt>last probe</dt><dd>") && settings.contains(": ok"), "{settings}");
    assert!(settings.contains(&format!("<dd>{}</dd>", env!("CARGO_PKG_VERSION"))), "{settings}");
}
