//! What is archived: the photo under its key, its sidecar, and what equal bytes mean.

use keepmark::domain::photo::Sha256;
use serde_json::{Value, json};

use crate::support::daemon::{Archive, files_below};
use crate::support::host::Host;
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::{delivery, until};

fn finding<'a>(photo: &'a Value, check: &str) -> &'a Value {
    photo["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check).unwrap()
}

/// The photos by code.
async fn photos(archive: &Archive, daemon: &crate::support::daemon::Daemon) -> Vec<Value> {
    let mut photos =
        daemon.api("/api/v1/photos", &archive.api_token()).await["photos"].as_array().unwrap().clone();
    photos.sort_by_key(|photo| photo["code"].to_string());
    photos
}

#[tokio::test]
async fn a_photo_lies_under_its_key_with_a_sidecar_that_says_all() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archive.start();
        let bytes = jpeg(1);
        let sent = delivery("one", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", bytes.clone()));
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
        let photo = &photos(&archive, &daemon).await[0];
        let sha256 = Sha256::of(&bytes).to_string();
        let key = format!(
            "photos/Group Scenery/Project Sunrise/Alice Chen/2025-12-11/20251211T134500_A1BCDEFGHIJ23K_{}.jpg",
            &sha256[..32]
        );
        assert_eq!(photo["object_key"], key);
        assert_eq!(photo["sha256"], sha256);
        let original = daemon.url(&format!("/api/v1/photos/{}/original", photo["id"].as_str().unwrap()));
        let response = daemon.client().get(original).bearer_auth(archive.api_token()).send().await.unwrap();
        assert_eq!(response.headers()["etag"], format!("\"{sha256}\""));
        assert_eq!(response.bytes().await.unwrap(), bytes);

        let sidecar = sidecar_of(&archive, &key);
        assert_eq!(sidecar["photo_id"], photo["id"]);
        assert_eq!(sidecar["findings"], photo["findings"]);
        assert_eq!(sidecar["member"], json!({"name": "Alice Chen", "segment": "Alice Chen"}));
        assert_eq!(sidecar["source_host"], "127.0.0.1");
        assert_eq!(sidecar["salt"].as_str().unwrap().len(), 32);
        let delivered = base64_decoded(sidecar["delivery"].as_str().unwrap());
        assert_eq!(serde_json::from_slice::<Value>(&delivered).unwrap(), sent);
    }
}

fn base64_decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// The sidecar as somebody without Keepmark reads it; its hash is the one in the catalogue.
fn sidecar_of(archive: &Archive, key: &str) -> Value {
    let name = format!("{key}.json");
    let text = match archive.store().listed_by_another_client() {
        Some(objects) => {
            let photo = objects.iter().find(|object| object["key"] == key).unwrap();
            assert_eq!(photo["content_type"], "image/jpeg");
            objects.into_iter().find(|object| object["key"] == name).unwrap()["text"]
                .as_str()
                .unwrap()
                .to_owned()
        }
        None => std::fs::read_to_string(archive.objects().join(&name)).unwrap(),
    };
    let recorded: String = archive
        .catalogue()
        .query_row("SELECT sha256 FROM evidence WHERE object_key = ?1 AND body IS NULL", [&name], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(recorded, Sha256::of(text.as_bytes()).to_string());
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn two_event_ids_for_one_photo_make_one_photo_with_two_deliveries() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", jpeg(1));
    for event in ["first", "second"] {
        daemon.deliver(&delivery(event, "A1BCDEFGHIJ23K", &link)).await;
    }
    daemon.settle(&archive).await;
    assert_eq!(photos(&archive, &daemon).await.len(), 1);
    assert_eq!(archive.count("SELECT count(*) FROM photo_delivery WHERE kind = 'first'"), 1);
    assert_eq!(archive.count("SELECT count(*) FROM photo_delivery WHERE kind = 'repeat'"), 1);
    let also: Vec<_> = files_below(&archive.objects());
    assert_eq!(also.iter().filter(|path| path.to_str().unwrap().contains(".also-")).count(), 1);
}

#[tokio::test]
async fn the_same_bytes_under_two_codes_make_two_photos_that_both_say_so() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", jpeg(1));
    daemon.deliver(&delivery("first", "CODE0000000001", &link)).await;
    daemon.settle(&archive).await;
    assert_eq!(finding(&photos(&archive, &daemon).await[0], "reuse")["outcome"], "match");
    daemon.deliver(&delivery("second", "CODE0000000002", &link)).await;
    daemon.settle(&archive).await;
    let found = photos(&archive, &daemon).await;
    assert_eq!(found.len(), 2);
    for (photo, other) in [(&found[0], "CODE0000000002"), (&found[1], "CODE0000000001")] {
        assert_eq!(photo["verdict"], "contradicted");
        assert_eq!(finding(photo, "reuse")["outcome"], "mismatch");
        assert!(finding(photo, "reuse")["detail"].as_str().unwrap().contains(other));
    }
    let key = found[0]["object_key"].as_str().unwrap();
    let second = std::fs::read_to_string(archive.objects().join(format!("{key}.v2.json"))).unwrap();
    let second: Value = serde_json::from_str(&second).unwrap();
    assert_eq!((&second["judgement"], &second["verdict"]), (&json!(2), &json!("contradicted")));
}

#[tokio::test]
async fn other_bytes_under_the_same_code_make_a_second_photo() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in [1, 2] {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        daemon.deliver(&delivery(&format!("event {number}"), "A1BCDEFGHIJ23K", &link)).await;
    }
    daemon.settle(&archive).await;
    let found = photos(&archive, &daemon).await;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0]["sha256"], found[1]["sha256"]);
    assert!(found.iter().all(|photo| finding(photo, "reuse")["outcome"] == "match"));
}

#[tokio::test]
async fn an_incomplete_photo_is_fetched_twice_more_and_then_archived_as_it_is() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut cut = jpeg(1);
    cut.truncate(cut.len() - 20);
    daemon.deliver(&delivery("cut", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", cut))).await;
    for tries in 1..=2 {
        until("it waits for more", async || {
            (host.hits("/1.jpg") == tries && archive.hurry() == 1).then_some(())
        })
        .await;
    }
    daemon.settle(&archive).await;
    assert_eq!(host.hits("/1.jpg"), 3);
    let photo = &photos(&archive, &daemon).await[0];
    assert_eq!(photo["verdict"], "contradicted");
    assert_eq!(finding(photo, "completeness")["outcome"], "mismatch");
}

#[tokio::test]
async fn derived_images_are_served_and_made_again_when_they_are_missing() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", jpeg(1)))).await;
    daemon.settle(&archive).await;
    let (token, id) =
        (archive.api_token(), photos(&archive, &daemon).await[0]["id"].as_str().unwrap().to_owned());
    let image = async |edge: u32| {
        let url = daemon.url(&format!("/photos/{id}/{edge}.jpg"));
        daemon.client().get(url).bearer_auth(&token).send().await.unwrap()
    };
    let first = image(360).await;
    assert_eq!(first.headers()["content-type"], "image/jpeg");
    let first = first.bytes().await.unwrap();
    std::fs::remove_dir_all(archive.objects().join("derived")).unwrap();
    assert_eq!(image(360).await.bytes().await.unwrap(), first);
    assert!(image(1440).await.status().is_success());
    assert_eq!(image(361).await.status(), reqwest::StatusCode::NOT_FOUND);
}
