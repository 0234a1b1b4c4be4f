//! What stands on a photo's card and around it, on the page and in the API alike.

use reqwest::StatusCode;
use serde_json::json;

use crate::browsing::{page, photo};
use crate::support::daemon::Archive;
use crate::support::host::Host;

#[tokio::test]
async fn the_card_tells_place_notes_history_and_whose_time_it_is() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut sent = photo(&host, 1, "North", "2025-12-11T13:45:00", "2025-12-11T18:45:00Z");
    sent["photo_location"]["location_name"] = "Sheep Meadow".into();
    sent["custom_notes"] = json!([{"title": "Roof", "content": "East <side>"}]);
    daemon.deliver(&sent).await;
    daemon.deliver(&photo(&host, 2, "North", "2025-12-11T14:00:00", "2025-12-11T19:00:00Z")).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let known = daemon.api("/api/v1/photos?code=CODE0000000001", &token).await["photos"][0].clone();
    assert_eq!((&known["place"], &known["notes"]), (&json!("Sheep Meadow"), &json!(["Roof", "East <side>"])));
    let id = known["id"].as_str().unwrap();
    let (_, card) = page(&daemon, &token, &format!("/photos/{id}")).await;
    for told in [
        "<p>Sheep Meadow</p>",
        "<p>Roof</p>",
        "East &#60;side&#62;",
        "<dt>downloaded</dt>",
        "Taken 11 December 2025, 13:45:00 in New York (UTC−5)",
        "Check with Timemark",
        "href=\"https://verify.timemark.com\"",
        "data-copy=\"CODE0000000001\"",
    ] {
        assert!(card.contains(told), "{told}: {card}");
    }
    let hash = known["sha256"].as_str().unwrap();
    assert!(card.contains(&format!("data-copy=\"{hash}\"")), "{card}");
    for list in ["/photos", "/projects/1/2025-12-11", "/search?q=meadow"] {
        let (_, sheet) = page(&daemon, &token, list).await;
        assert!(sheet.contains("13:45 UTC−5"), "{list}: {sheet}");
    }
    for overview in ["/", "/projects/1"] {
        let (_, shown) = page(&daemon, &token, overview).await;
        assert!(shown.contains("14:00 local time"), "{overview}: {shown}");
    }
}

#[tokio::test]
async fn what_the_pages_show_around_a_photo_and_a_project_is_in_the_api() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, time) in [(1, "13:00"), (2, "14:00")] {
        let announced = format!("2025-12-11T{}:00:00Z", number + 17);
        daemon.deliver(&photo(&host, number, "North", &format!("2025-12-11T{time}:00"), &announced)).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let list = daemon.api("/api/v1/photos", &token).await;
    let [later, earlier] = [0, 1].map(|at| list["photos"][at]["id"].as_str().unwrap().to_owned());
    let around = daemon.api(&format!("/api/v1/photos/{earlier}/neighbours"), &token).await;
    assert_eq!(around, json!({"previous": null, "next": later}));
    let origins = daemon.api(&format!("/api/v1/photos/{earlier}/deliveries"), &token).await;
    assert_eq!(
        (&origins["deliveries"][0]["id"], &origins["deliveries"][0]["is_repeat"]),
        (&json!(1), &json!(false))
    );
    let members = daemon.api("/api/v1/projects/1/members", &token).await;
    let alice = json!({"name": "Alice Chen", "photos": 2, "last_local_time": "2025-12-11T14:00:00"});
    assert_eq!(members["members"], json!([alice]));
    let hook = daemon.api("/api/v1/hook", &token).await;
    assert!(hook["address"].as_str().unwrap().ends_with(&format!("/hooks/timemark/{}", daemon.token())));
    let (_, project) = page(&daemon, &token, "/projects/1").await;
    let row = project.split("<tbody>").nth(1).unwrap();
    assert!(row.contains("member=Alice+Chen") && row.contains("<td class=\"number\">2</td>"), "{project}");
}

#[tokio::test]
async fn versions_and_look_alikes_are_shown_on_the_card_with_their_pictures() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, code, quality) in
        [(1, "CODE0000000001", 90), (2, "CODE0000000001", 80), (3, "CODE0000000003", 40)]
    {
        let bytes = crate::support::photos::scene_jpeg(5, quality);
        let mut sent = photo(&host, number, "North", "2025-12-11T13:00:00", "2025-12-11T18:00:00Z");
        sent["photo_url"] = host.jpeg(&format!("/scene{number}.jpg"), bytes).into();
        sent["photo_code"] = code.into();
        if number == 3 {
            sent["project_name"] = "South".into();
            sent["photo_timestamp"] = "2025-12-14T18:00:00Z".into();
        }
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let list = daemon.api("/api/v1/photos", &token).await;
    let [alike, second, first] = [0, 1, 2].map(|at| list["photos"][at]["id"].as_str().unwrap().to_owned());
    let (_, card) = page(&daemon, &token, &format!("/photos/{first}")).await;
    let versions = card.split("Other photos with this code").nth(1).unwrap();
    assert!(versions.contains(&format!("<a href=\"/photos/{second}\"><img class=\"other\"")), "{card}");
    let (_, card) = page(&daemon, &token, &format!("/photos/{alike}")).await;
    let other = format!("<a href=\"/photos/{first}\"><img class=\"other\" src=\"/photos/{first}/360.jpg\"");
    assert!(card.contains(&other), "{card}");
}

#[tokio::test]
async fn a_whole_project_day_or_map_is_downloaded_by_a_link() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, project) in [(1, "North"), (2, "North"), (3, "South")] {
        let day = if number == 1 { "11" } else { "12" };
        let local = format!("2025-12-{day}T13:00:00");
        daemon.deliver(&photo(&host, number, project, &local, &format!("2025-12-{day}T18:00:00Z"))).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    for (path, photos) in
        [("/projects/1", 2), ("/projects/1/2025-12-12", 1), ("/map?bbox=-74,40,-73,41&zoom=3", 3)]
    {
        let (_, shown) = page(&daemon, &token, path).await;
        let links: Vec<_> = shown.split("href=\"/downloads/photos.").skip(1).collect();
        assert_eq!(links.len(), 3, "ZIP, CSV and GeoJSON on {path}: {shown}");
        let csv = links[1].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        let (status, log) = page(&daemon, &token, &format!("/downloads/photos.{csv}")).await;
        assert_eq!((status, log.matches("CODE").count() / 2), (StatusCode::OK, photos), "{csv}: {log}");
    }
}

#[tokio::test]
async fn a_page_that_is_just_full_leads_to_no_empty_one_and_a_place_of_another_day_is_refused() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..200 {
        daemon.deliver(&photo(&host, number, "North", "2025-12-11T09:00:00", "2025-12-11T14:00:00Z")).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let (_, day) = page(&daemon, &token, "/projects/1/2025-12-11").await;
    assert_eq!(day.matches("class=\"frame\"").count(), 200);
    assert!(!day.contains("Later on this day"), "there is nothing later");
    let (_, half) = page(&daemon, &token, "/inbox?after=101").await;
    assert!(!half.contains("Older deliveries"), "the last hundred");
    let (_, full) = page(&daemon, &token, "/inbox").await;
    assert!(full.contains("/inbox?after=101\">Older deliveries"), "{full}");
    let all = daemon.api("/api/v1/deliveries?limit=200", &token).await;
    assert_eq!((all["deliveries"].as_array().unwrap().len(), &all["next"]), (200, &json!(null)));
    let other = "/projects/1/2025-12-11?after=2025-12-10T09:00:00_1";
    assert_eq!(page(&daemon, &token, other).await.0, StatusCode::BAD_REQUEST);
}
