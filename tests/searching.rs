//! Search and map: each word and each filter finds its photos, whatever is asked is answered, and what was cut says so.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::corpus;
use crate::support::daemon::{Archive, Daemon};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::photos::{captured_jpeg, jpeg};

/// A delivery of a photo without capture metadata.
fn plain(host: &Host, number: u32) -> Value {
    let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
    delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link)
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The codes that a query of the API finds.
async fn codes(daemon: &Daemon, token: &str, query: &str) -> Vec<String> {
    let answer = daemon.api(&format!("/api/v1/photos?{query}"), token).await;
    assert_eq!(answer["is_capped"], false, "{query}");
    let photos = answer["photos"].as_array().unwrap();
    photos.iter().map(|photo| photo["code"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn page(daemon: &Daemon, token: &str, path: &str) -> String {
    let response = daemon.client().get(daemon.url(path)).bearer_auth(token).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    crate::support::page::read(&text)
}

async fn status(daemon: &Daemon, token: &str, path: &str) -> StatusCode {
    daemon.client().get(daemon.url(path)).bearer_auth(token).send().await.unwrap().status()
}

#[tokio::test]
async fn every_field_is_found_by_its_words_in_any_script() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut shanghai = plain(&host, 1);
    shanghai["photo_code"] = "SHANGHAI".into();
    shanghai["photo_location"]["location_name"] = "上海市浦东新区世纪大道".into();
    shanghai["custom_notes"] = json!([{"title": "Level", "content": "Ｂ２ Straße"}]);
    let mut berlin = plain(&host, 2);
    berlin["photo_code"] = "BERLIN".into();
    berlin["group_name"] = "Brücken".into();
    berlin["project_name"] = "Jannowitz".into();
    berlin["photo_name"] = "spandau 7.jpg".into();
    berlin["member"] = json!({"member_name": "Иван Петров", "member_contact": "secret.contact@example.com"});
    berlin["device_model"] = "Pixel 9".into();
    for sent in [shanghai, berlin] {
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let found = async |q: &str| codes(&daemon, &token, &format!("q={}", encoded(q))).await;
    for q in ["浦东", "浦", "世纪大道", "东新 上海", "level", "B2", "STRASSE", "shanghai", "anghai", "alice"]
    {
        assert_eq!(found(q).await, ["SHANGHAI"], "{q}");
    }
    for q in
        ["brucken", "BRÜCKEN", "jannow", "spandau 7", "ИВАН", "петр", "ив", "pixel", "ＰＩＸＥＬ", "r l 9"]
    {
        assert_eq!(found(q).await, ["BERLIN"], "{q}");
    }
    for q in ["secret.contact", "浦西", "浦 berlin", "pixel 10", "level\nb2 q7", "新东", "zz"] {
        assert!(found(q).await.is_empty(), "{q}");
    }
    assert_eq!(found("jpg").await, ["BERLIN", "SHANGHAI"], "the newest first");
    assert_eq!(found("  ").await.len(), 2, "no word is no condition");

    let shown = page(&daemon, &token, &format!("/search?q={}", encoded("浦东"))).await;
    assert!(shown.contains("SHANG HAI") && !shown.contains("BERLI N"), "{shown}");
    assert!(shown.contains("value=\"浦东\"") && shown.contains("1 photo."), "the question stays: {shown}");
    let nothing = page(&daemon, &token, "/search?q=nowhere").await;
    assert!(nothing.contains("No photos found.") && nothing.contains("Try fewer words"), "{nothing}");
    let newest = page(&daemon, &token, "/search").await;
    assert!(newest.contains("SHANG HAI") && newest.contains("BERLI N"), "{newest}");
}

#[tokio::test]
async fn each_filter_finds_its_photos_and_what_is_wrong_is_said() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut one = plain(&host, 1);
    one["photo_timestamp"] = "2025-03-01T12:00:00Z".into();
    one["photo_name"] = "a.jpg".into();
    one["photo_location"]["location_latitude"] = "400".into();
    let mut other = plain(&host, 2);
    other["group_name"] = "Other team".into();
    other["project_name"] = "South".into();
    other["member"] = json!({"member_name": "Bob"});
    other["photo_timestamp"] = "2025-06-01T12:00:00Z".into();
    other["photo_name"] = "b.jpg".into();
    let png = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(8, 8).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    other["photo_url"] = host.jpeg("/2.png", png).into();
    for sent in [one, other] {
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let (first, second) = ("CODE0000000001".to_owned(), "CODE0000000002".to_owned());
    for (query, expected) in [
        ("team=Other+team", &second),
        ("team=Group+Scenery", &first),
        ("project=South", &second),
        ("project_id=1", &first),
        ("project_id=2", &second),
        ("member=Bob", &second),
        ("member=Alice+Chen", &first),
        ("from=2025-04-01", &second),
        ("to=2025-03-01", &first),
        ("from=2025-03-01&to=2025-03-01", &first),
        ("media_type=image/png", &second),
        ("media_type=image/jpeg", &first),
        ("code=CODE0000000002", &second),
        ("q=code&project=South&media_type=image/png&member=Bob", &second),
    ] {
        assert_eq!(codes(&daemon, &token, query).await, std::slice::from_ref(expected), "{query}");
    }
    for query in [
        "team=other+team",
        "team=nobody",
        "project_id=3",
        "project=South&project_id=1",
        "from=2025-06-02",
        "media_type=video/mp4",
        "member=Bob&code=CODE0000000001",
        "q=code+apple&member=Bob&to=2025-05-01",
    ] {
        assert!(codes(&daemon, &token, query).await.is_empty(), "{query}");
    }
    assert_eq!(codes(&daemon, &token, "team=&q=+").await.len(), 2, "fields that are empty");
    for verdict in ["consistent", "inconclusive", "suspicious", "contradicted"] {
        let counted = format!("SELECT count(*) FROM photo WHERE verdict = '{verdict}'");
        let found = codes(&daemon, &token, &format!("verdict={verdict}")).await.len();
        assert_eq!(i64::try_from(found).unwrap(), archive.count(&counted), "{verdict}");
    }
    for wrong in ["verdict=fine", "from=today", "bbox=1", "limit=0", "qq=a", "q=a&q=b", "media_type=a/b"] {
        for path in ["/api/v1/photos", "/api/v1/places", "/search", "/map"] {
            let path = format!("{path}?{wrong}");
            assert_eq!(status(&daemon, &token, &path).await, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}

#[tokio::test]
async fn no_question_whatever_is_a_fault_of_the_server() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut sent = plain(&host, 1);
    sent["photo_location"]["location_name"] =
        "a \"quoted\" * OR NEAR( 100% x_y 'q' 😀 \u{0} {-1} ^col:".into();
    daemon.deliver(&sent).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    for q in [
        "\"",
        "\"quoted\"",
        "*",
        "OR",
        "NEAR(",
        "100%",
        "x_y",
        "'q'",
        "😀",
        "{-1}",
        "^col:",
        "a OR b*",
        "col:",
    ] {
        let is_there = !matches!(q, "a OR b*");
        let found = codes(&daemon, &token, &format!("q={}", encoded(q))).await;
        assert_eq!(found.len(), usize::from(is_there), "{q}");
    }
    assert!(codes(&daemon, &token, "q=x%25y").await.is_empty(), "no character stands for others");
    let mut naughty: Vec<String> =
        ["\0", "a\0b", "\u{fffd}", "\u{1f3f3}\u{200d}\u{1f308}", "NOT", "AND AND"].map(str::to_owned).into();
    if let Some(strings) = corpus::json("hostile/naughty-strings.json") {
        naughty.extend(strings.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned));
        assert!(naughty.len() > 100);
    }
    for q in naughty {
        for path in ["/api/v1/photos", "/search"] {
            let status = status(&daemon, &token, &format!("{path}?q={}", encoded(&q))).await;
            let is_short = q.chars().count() <= 200;
            assert!(
                status == StatusCode::OK || !is_short && status == StatusCode::BAD_REQUEST,
                "{q:?}: {status}"
            );
        }
    }
    for query in ["q=%FF%FE", "q=%", "q=%C3%28", "bbox=1e999,0,0,0", "after=-1", "project_id=-9"] {
        assert!(!status(&daemon, &token, &format!("/search?{query}")).await.is_server_error(), "{query}");
    }
}

#[tokio::test]
async fn a_search_is_walked_by_key_and_each_photo_is_shown_once() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..70 {
        let mut sent = plain(&host, number);
        sent["project_name"] = if number % 10 == 0 { "浦东" } else { "North" }.into();
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let first = page(&daemon, &token, "/search?q=apple").await;
    assert!(first.contains("70 photos."), "{first}");
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.starts_with("/search?q=apple&after="), "{next}");
    let second = page(&daemon, &token, &next).await;
    assert!(!second.contains("rel=\"next\"") && second.contains("Older photos."), "{second}");
    let shown = |page: &str| page.matches("class=\"frame\"").count();
    assert_eq!((shown(&first), shown(&second)), (60, 10));
    let mut walked = Vec::new();
    let mut after = String::new();
    loop {
        let list = daemon.api(&format!("/api/v1/photos?q=浦东&limit=3{after}"), &token).await;
        walked.extend(list["photos"].as_array().unwrap().iter().map(|photo| photo["id"].to_string()));
        let Some(next) = list["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(walked.len(), 7);
    walked.sort();
    walked.dedup();
    assert_eq!(walked.len(), 7);
}

/// Photos at announced places, the last one by its file's position alone.
async fn places(archive: &Archive, host: &Host, daemon: &Daemon) {
    for (number, (latitude, longitude, name)) in [
        ("40.785091", "-73.968285", "Central Park"),
        ("40.785191", "-73.968385", "Central Park, New York"),
        ("-17.0", "179.9999", "Taveuni"),
        ("-17.0", "-179.9999", "Taveuni East"),
        ("0", "0", "Nowhere"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut sent = plain(host, u32::try_from(number).unwrap());
        sent["photo_location"] = json!({
            "location_name": name, "location_latitude": latitude, "location_longitude": longitude
        });
        daemon.deliver(&sent).await;
        daemon.settle(archive).await;
    }
    let bytes = captured_jpeg(9, "2025:12:11 13:45:00", (48.25, 16.5), ("Apple", "iPhone 14"));
    let mut sent = plain(host, 9);
    sent["photo_url"] = host.jpeg("/9.jpg", bytes).into();
    sent["photo_location"] = Value::Null;
    daemon.deliver(&sent).await;
    daemon.settle(archive).await;
}

#[tokio::test]
async fn places_are_gathered_by_the_zoom_and_across_the_antimeridian() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    places(&archive, &host, &daemon).await;
    let token = archive.api_token();
    let at = async |query: &str| {
        let answer = daemon.api(&format!("/api/v1/places?{query}"), &token).await;
        assert_eq!(answer["is_capped"], false, "{query}");
        answer["places"].as_array().unwrap().clone()
    };
    let park = at("bbox=-74,40,-73,41&zoom=3").await;
    assert_eq!((park.len(), &park[0]["photos"], &park[0]["photo"]), (1, &json!(2), &Value::Null), "{park:?}");
    assert_eq!(park[0]["name"], "Central Park, New York", "that of the newest");
    let near = at("bbox=-74,40,-73,41&zoom=18").await;
    assert_eq!(near.len(), 2, "{near:?}");
    assert_eq!(near[0]["photo"].as_str().unwrap().len(), 32, "one photo is named: {near:?}");
    let fiji = at("bbox=177,-20,-177,-15&zoom=4").await;
    assert_eq!((fiji.len(), &fiji[0]["photos"]), (1, &json!(2)), "{fiji:?}");
    assert!(at("bbox=-177,-20,177,-15&zoom=4").await.is_empty(), "the other way round the Earth");
    assert_eq!(at("bbox=178,-20,180,-15").await.len(), 1);
    let vienna = at("bbox=16,48,17,49").await;
    assert!((vienna[0]["latitude"].as_f64().unwrap() - 48.25).abs() < 1e-5, "by the file: {vienna:?}");
    let all: u64 = at("").await.iter().map(|place| place["photos"].as_u64().unwrap()).sum();
    assert_eq!(all, 5, "zeros are no place");
    assert_eq!(at("q=taveuni+east").await.len(), 1, "the filter of the search");
    assert_eq!(codes(&daemon, &token, "bbox=177,-20,-177,-15").await.len(), 2, "lists take an area too");
}

#[tokio::test]
async fn the_map_is_a_table_that_leads_to_the_same_photos() {
    let (archive, host) = (Archive::local(), Host::start());
    let archive = archive
        .with("MAP__TILES_URL", "https://{s}.tiles.example.com/{z}/{x}/{y}.png")
        .with("MAP__ATTRIBUTION", "A <map>");
    let daemon = archive.start();
    let token = archive.api_token();
    assert!(page(&daemon, &token, "/map").await.contains("No place is known."));
    places(&archive, &host, &daemon).await;
    let map = page(&daemon, &token, "/map?q=2025&bbox=-74,40,-73,41&zoom=3").await;
    assert!(map.contains("data-places=\"/api/v1/places?q=2025\""), "{map}");
    assert!(map.contains("data-tiles=\"https://{s}.tiles.example.com/{z}/{x}/{y}.png\""), "{map}");
    assert!(!map.contains("A <map>") && map.contains("2 photos at 1 place."), "{map}");
    let (_, row) = map.split_once("<tr><th scope=\"row\"><a href=\"").unwrap();
    let link = row.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    let list = page(&daemon, &token, &link).await;
    assert_eq!(list.matches("class=\"frame\"").count(), 2, "{link}: {list}");
    assert!(list.contains("taken in this part of the map"), "{list}");
    let whole = page(&daemon, &token, "/map").await;
    assert!(whole.contains("5 photos at 3 places. 1 photo without a position."), "{whole}");
    assert!(whole.contains("href=\"/photos/"), "one photo is linked itself: {whole}");
}

#[tokio::test]
async fn photos_of_an_earlier_version_are_found_after_the_next_start() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    places(&archive, &host, &daemon).await;
    assert!(daemon.stop().success());
    let catalogue = archive.catalogue();
    let before = "SELECT group_concat(folded) FROM photo_text";
    let text = |sql: &str| catalogue.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let kept = text(before);
    catalogue
        .execute_batch(
            "DELETE FROM photo_trigram; DELETE FROM photo_pair; DELETE FROM photo_text;
             DELETE FROM photo_place; DELETE FROM photo_area;
             UPDATE delivery SET body = x'ff7b' WHERE id = 1;",
        )
        .unwrap();
    let daemon = archive.start();
    let token = archive.api_token();
    crate::support::until("the photos are found", async || {
        (archive.count("SELECT count(*) FROM photo_text") == 6).then_some(())
    })
    .await;
    assert_eq!(codes(&daemon, &token, "q=taveuni").await.len(), 2);
    assert_eq!(codes(&daemon, &token, "q=apple").await.len(), 5, "one delivery can no longer be read");
    assert_eq!(codes(&daemon, &token, "q=alice").await.len(), 6, "its names stand in rows");
    assert!(kept.contains("taveuni east"), "{kept}");
}
