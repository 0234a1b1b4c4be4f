//! Downloads: a ZIP with its log, CSV and GeoJSON as other programs read them.

use std::process::Command;

use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use keepmark::domain::photo::Sha256;

use crate::support::daemon::{Archive, Daemon};
use crate::support::host::Host;
use crate::support::photos::{captured_jpeg, jpeg};
use crate::support::{big_file, corpus, delivery, until};

/// More than connections hold on their way, and more than a ZIP holds of one file.
const VIDEO_BYTES: usize = 48 * 1024 * 1024;

/// What Python's `zipfile`, `csv` and `json` find in a download.
fn read(form: &str, bytes: &[u8]) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let python = std::env::var_os("KEEPMARK_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/download.py");
    let output = Command::new(python).args([script, form]).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn get(daemon: &Daemon, token: &str, path: &str) -> Response {
    daemon.client().get(daemon.url(path)).bearer_auth(token).send().await.unwrap()
}

async fn downloaded(daemon: &Daemon, token: &str, form: &str, query: &str) -> Value {
    let response = get(daemon, token, &format!("/downloads/photos.{form}{query}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    read(form, &response.bytes().await.unwrap())
}

/// The rows of a log.
fn rows(found: &Value) -> &Vec<Value> {
    found["rows"].as_array().unwrap()
}

/// Photos under codes of their own, each at a place in New York.
async fn deliver(daemon: &Daemon, archive: &Archive, host: &Host, count: u32) -> Vec<Vec<u8>> {
    let photos: Vec<_> = (0..count).map(jpeg).collect();
    for (number, bytes) in photos.iter().enumerate() {
        let link = host.jpeg(&format!("/{number}.jpg"), bytes.clone());
        let sent = delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link);
        daemon.deliver(&sent).await;
    }
    daemon.settle(archive).await;
    photos
}

#[tokio::test]
async fn a_zip_has_every_original_and_a_log_that_says_so() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    // More than a page of the walk.
    let photos = deliver(&daemon, &archive, &host, 210).await;
    let token = archive.api_token();
    let response = get(&daemon, &token, "/downloads/photos.zip?project=Project%20Sunrise").await;
    assert_eq!(response.headers()[CONTENT_TYPE], "application/zip");
    let named = response.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert!(named.starts_with("attachment; filename=\"Project Sunrise"), "{named}");
    let found = read("zip", &response.bytes().await.unwrap());
    assert_eq!((found["files"].as_object().unwrap().len(), rows(&found).len()), (211, 210));
    assert_eq!(found["last"], "photos.csv");
    for row in rows(&found) {
        let cells = &row["cells"];
        assert_eq!(found["files"][cells["file"].as_str().unwrap()], cells["SHA-256"]);
        assert_eq!((&cells["missing"], &cells["latitude"]), (&"".into(), &"40.785091".into()));
    }
    let hashes: Vec<_> =
        found["files"].as_object().unwrap().values().map(|hash| hash.as_str().unwrap()).collect();
    for photo in photos {
        assert!(hashes.contains(&Sha256::of(&photo).to_string().as_str()));
    }
    let folder = "Group Scenery/Project Sunrise/";
    assert!(rows(&found).iter().all(|row| row["cells"]["file"].as_str().unwrap().starts_with(folder)));
}

#[tokio::test]
async fn a_selection_is_downloaded_and_nothing_else() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    deliver(&daemon, &archive, &host, 4).await;
    let token = archive.api_token();
    let listed = daemon.api("/api/v1/photos", &token).await;
    let id = |at: usize| listed["photos"][at]["id"].as_str().unwrap();
    let post = async |form: &str| {
        let request = daemon.client().post(daemon.url("/downloads")).bearer_auth(&token);
        let content_type = "application/x-www-form-urlencoded";
        request.header(CONTENT_TYPE, content_type).body(form.to_owned()).send().await.unwrap()
    };
    let response = post(&format!("photo={}&photo={}&as=csv", id(1), id(3))).await;
    let named = response.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert!(named.contains("filename=\"Project Sunrise 2025-12-11.csv\""), "{named}");
    let found = read("csv", &response.bytes().await.unwrap());
    let codes: Vec<_> = rows(&found).iter().map(|row| row["cells"]["code"].clone()).collect();
    assert_eq!(codes, [listed["photos"][1]["code"].clone(), listed["photos"][3]["code"].clone()]);

    for (form, sentence) in [
        ("as=zip", "no photo is selected: tick some first"),
        ("photo=x&as=zip", "photo must be the id of a photo"),
        (&format!("photo={}", id(0)), "as must be one of zip, csv, geojson"),
        (&format!("photo={}&as=csv", "0".repeat(32)), "there is no such photo to download"),
    ] {
        let response = post(form).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{form}");
        let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(answer["detail"], *sentence);
    }
    for path in ["/downloads/photos.csv?project=Nowhere", "/downloads/photos.csv?limit=3"] {
        assert_eq!(get(&daemon, &token, path).await.status(), StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(get(&daemon, &token, "/downloads/photos.exe").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_photo_that_the_store_lost_or_changed_is_named_in_the_log_and_the_rest_is_whole() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    deliver(&daemon, &archive, &host, 5).await;
    let token = archive.api_token();
    let listed = daemon.api("/api/v1/photos", &token).await;
    let file = |at: usize| archive.objects().join(listed["photos"][at]["object_key"].as_str().unwrap());
    std::fs::remove_file(file(1)).unwrap();
    let mut bytes = std::fs::read(file(3)).unwrap();
    bytes[40] ^= 1;
    std::fs::write(file(3), bytes).unwrap();

    let found = downloaded(&daemon, &token, "zip", "").await;
    assert_eq!((found["files"].as_object().unwrap().len(), rows(&found).len()), (4, 5));
    let missing: Vec<_> = rows(&found).iter().map(|row| row["cells"]["missing"].as_str().unwrap()).collect();
    let (lost, changed) =
        ("the store does not have the object", "the store returns other bytes than it was given");
    assert_eq!(missing, ["", lost, "", changed, ""]);
}

#[tokio::test]
async fn geojson_puts_longitude_first_and_takes_the_files_position_where_none_was_announced() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let with_position = captured_jpeg(1, "2025:12:11 13:45:00", (48.5, -3.25), ("Apple", "iPhone"));
    for (number, bytes, announced) in [
        (1, jpeg(1), json!({"location_latitude": "40,785091", "location_longitude": "-73,968285"})),
        (2, with_position, Value::Null),
        (3, jpeg(3), json!({"location_latitude": "0", "location_longitude": "0"})),
    ] {
        let link = host.jpeg(&format!("/{number}.jpg"), bytes);
        let mut sent = delivery(&format!("event {number}"), &format!("CODE{number}"), &link);
        sent["photo_location"] = announced;
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let found = downloaded(&daemon, &token, "geojson", "").await;
    let geometries: Vec<_> =
        found["features"].as_array().unwrap().iter().map(|one| &one["geometry"]).collect();
    let point =
        |longitude: f64, latitude: f64| json!({"type": "Point", "coordinates": [longitude, latitude]});
    assert_eq!(geometries, [&Value::Null, &point(-3.25, 48.5), &point(-73.968_285, 40.785_091)]);
    assert_eq!(found["features"][1]["properties"]["code"], "CODE2");
    let log = downloaded(&daemon, &token, "csv", "").await;
    // A negative number is a number: no apostrophe.
    assert_eq!(rows(&log)[2]["cells"]["longitude"], "-73.968285");
    assert_eq!(rows(&log)[0]["cells"]["longitude"], "");
}

#[tokio::test]
async fn every_naughty_string_is_read_back_from_csv_geojson_and_zip_and_none_would_run() {
    let Some(strings) = corpus::json("hostile/naughty-strings.json") else { return };
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut texts: Vec<_> = strings.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    texts.extend([
        "=cmd|' /C calc'!A0",
        "x;=HYPERLINK(\"http://evil\")",
        "\t=1+1",
        "@SUM(1)",
        "<script>alert(1)</script>",
    ]);
    for (number, text) in texts.iter().enumerate() {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(u32::try_from(number).unwrap()));
        let mut sent = delivery(&format!("event {number}"), "", &link);
        for field in ["group_name", "project_name", "photo_code", "photo_name", "device_model"] {
            sent[field] = (*text).into();
        }
        sent["member"] = json!({"member_name": text, "member_contact": text});
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let listed = archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL");
    assert_eq!(listed, i64::try_from(texts.len()).unwrap());

    let in_csv = downloaded(&daemon, &token, "csv", "").await;
    let in_geojson = downloaded(&daemon, &token, "geojson", "").await;
    let in_zip = downloaded(&daemon, &token, "zip", "").await;
    assert_eq!(in_zip["files"].as_object().unwrap().len(), texts.len() + 1);
    for row in rows(&in_csv) {
        for column in ["code", "project", "member", "device", "file"] {
            let cell = row["cells"][column].as_str().unwrap();
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{column}: {cell:?}");
            assert!(!cell.starts_with(['\t', '\r']), "{column}: {cell:?}");
        }
    }
    let catalogue = archive.catalogue();
    for (at, row) in rows(&in_csv).iter().enumerate() {
        let hash = row["cells"]["SHA-256"].as_str().unwrap();
        let names: (String, String, Option<String>, Option<String>) = catalogue
            .query_row(
                "SELECT j.name, m.name, p.code, p.device FROM photo p JOIN project j ON j.id = p.project_id
                 JOIN member m ON m.id = p.member_id WHERE p.sha256 = ?1",
                [hash],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .unwrap();
        let (project, member, code, device) = names;
        let of_feature = &in_geojson["features"][at]["properties"];
        for (column, property, text) in [
            ("project", "project", Some(project)),
            ("member", "member", Some(member)),
            ("code", "code", code),
            ("device", "device", device),
        ] {
            assert_eq!(row["texts"][column].as_str(), Some(text.as_deref().unwrap_or_default()), "{column}");
            assert_eq!(of_feature[property].as_str(), text.as_deref(), "{property}");
        }
    }
    // What is known of a text that was sent is that text, but for blank ones, which count as absent.
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let is_there = rows(&in_csv).iter().any(|row| row["texts"]["device"] == *text);
        assert!(is_there, "{text:?} is not read back");
    }
}

/// The file of a listed photo in the store.
fn object(archive: &Archive, photo: &Value) -> std::path::PathBuf {
    archive.objects().join(photo["object_key"].as_str().unwrap())
}

#[tokio::test]
async fn a_store_that_fails_altogether_breaks_the_download_off() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    deliver(&daemon, &archive, &host, 6).await;
    let token = archive.api_token();
    let listed = daemon.api("/api/v1/photos", &token).await;
    // A link to itself cannot be read, and is no file that is missing.
    let spoil = |at: usize| {
        let file = object(&archive, &listed["photos"][at]);
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&file, &file).unwrap();
    };
    spoil(1);
    spoil(2);
    let found = downloaded(&daemon, &token, "zip", "").await;
    let missing =
        |row: &Value| row["cells"]["missing"].as_str().unwrap().contains("the store cannot be used");
    assert_eq!(rows(&found).iter().filter(|row| missing(row)).count(), 2);
    spoil(3);
    let sent = daemon.client().get(daemon.url("/downloads/photos.zip")).bearer_auth(&token).send().await;
    // The head of the answer may still have been on its way.
    let ended = match sent {
        Ok(response) => response.bytes().await.is_ok(),
        Err(error) => error.is_status(),
    };
    assert!(!ended, "three failures in a row are no archive");
    spoil(0);
    let response = get(&daemon, &token, "/downloads/photos.zip").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&daemon, &token, "/downloads/photos.csv").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_large_file_is_sent_whole_and_one_that_changes_meanwhile_breaks_the_download_off() {
    let archive = Archive::local();
    let daemon = archive.start();
    daemon.deliver(&delivery("video", "VIDEO", &big_file::serve(VIDEO_BYTES))).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let listed = daemon.api("/api/v1/photos", &token).await;
    let found = downloaded(&daemon, &token, "zip", "").await;
    assert_eq!(
        found["files"][rows(&found)[0]["cells"]["file"].as_str().unwrap()],
        listed["photos"][0]["sha256"]
    );

    let response = get(&daemon, &token, "/downloads/photos.zip").await;
    assert_eq!(response.status(), StatusCode::OK);
    let file = std::fs::File::options().write(true).open(object(&archive, &listed["photos"][0])).unwrap();
    file.set_len(VIDEO_BYTES as u64 - 7).unwrap();
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn many_downloads_at_once_are_asked_to_come_back_and_the_hook_stays_open() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    daemon.deliver(&delivery("video", "VIDEO", &big_file::serve(VIDEO_BYTES))).await;
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let mut unread = Vec::new();
    for _ in 0..3 {
        unread.push(get(&daemon, &token, "/downloads/photos.zip").await);
    }
    assert!(unread.iter().all(|response| response.status() == StatusCode::OK));
    let busy = get(&daemon, &token, "/downloads/photos.zip").await;
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.headers()[RETRY_AFTER], "60");
    assert!(busy.text().await.unwrap().contains("try again in a minute"));
    daemon.deliver(&delivery("photo", "PHOTO", &host.jpeg("/1.jpg", jpeg(1)))).await;
    daemon.settle(&archive).await;
    drop(unread);
    until("a reader that left makes room", async || {
        let response = get(&daemon, &token, "/downloads/photos.csv").await;
        (response.status() == StatusCode::OK).then_some(())
    })
    .await;
}
