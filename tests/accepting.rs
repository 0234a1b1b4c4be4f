//! The hook: what it answers, what it keeps, and that one photo stays one photo.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::daemon::Archive;
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::photos::jpeg;

/// The sample in Timemark's documentation (help.timemark.com, integrations/team/webhook), shortened to its fields.
const SAMPLE: &str = r#"{
  "event_type": "photo.uploaded",
  "event_id": "3f4566da-938d-4e11-834b-ba9e3faec98c",
  "group_name": "Group Scenery",
  "project_name": "Project Sunrise",
  "photo_code": "A1BCDEFGHIJ23K",
  "photo_name": "2025-12-11 13.45.00_1388 Central Park, New York, example.jpg",
  "photo_url": "https://example.com/uploads/photos/123456.jpg",
  "photo_timestamp": "2025-12-11T13:45:00Z",
  "photo_location": {"location_latitude": "40.785091", "location_longitude": "-73.968285"},
  "member": {"member_name": "Alice Chen", "member_contact": "alice.chen@example.com"},
  "device_model": "Apple iPhone 14 Pro Max",
  "custom_notes": [{"title": "custom_note_title_1", "content": "custom_note_content_1"}]
}"#;

#[tokio::test]
async fn the_documentations_sample_is_a_test_twice_and_makes_no_job() {
    let archive = Archive::local();
    let daemon = archive.start();
    for _ in 0..2 {
        let (status, answer) = daemon.post(SAMPLE).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer, json!({"outcome": "test", "event_id": "3f4566da-938d-4e11-834b-ba9e3faec98c"}));
    }
    assert_eq!(archive.count("SELECT count(*) FROM job"), 0);
    assert_eq!(archive.count("SELECT repeats FROM delivery"), 1);
}

#[tokio::test]
async fn a_wrong_token_is_404_and_leaves_nothing() {
    let archive = Archive::local();
    let daemon = archive.start();
    let token = daemon.token();
    let wrong = [String::new(), "x".to_owned(), token[1..].to_owned(), format!("{token}x"), "é".to_owned()];
    for token in wrong {
        let url = daemon.url(&format!("/hooks/timemark/{token}"));
        let response = daemon.client().post(url).body(SAMPLE).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(archive.count("SELECT count(*) FROM delivery"), 0);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_chunked_or_not_and_one_at_the_limit_is_kept() {
    let archive = Archive::local().with("HOOK__BODY_MAX_BYTES", "4096");
    let daemon = archive.start();
    let over = vec![b'x'; 4097];
    assert_eq!(daemon.post(over.clone()).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let pieces = over.chunks(1000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert_eq!(daemon.post(chunked).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(daemon.post(vec![b'x'; 4096]).await.1["outcome"], "quarantined");
    assert_eq!(archive.count("SELECT count(*) FROM delivery"), 1);
}

#[tokio::test]
async fn ten_thousand_posts_of_one_body_make_one_delivery_one_job_and_one_photo() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let body = delivery("once", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", jpeg(1))).to_string();
    let posts = (0..64).map(|connection| {
        let (client, hook, body) = (daemon.client().clone(), daemon.hook(), body.clone());
        tokio::spawn(async move {
            let mut accepted = 0;
            for _ in (connection..10_000).step_by(64) {
                let response = client.post(&hook).body(body.clone()).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
                let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
                accepted += u32::from(answer["outcome"] == "accepted");
            }
            accepted
        })
    });
    let mut accepted = 0;
    for post in posts.collect::<Vec<_>>() {
        accepted += post.await.unwrap();
    }
    daemon.settle(&archive).await;
    assert_eq!(accepted, 1);
    assert_eq!(archive.count("SELECT count(*) FROM delivery"), 1);
    assert_eq!(archive.count("SELECT repeats FROM delivery"), 9_999);
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'done'"), 1);
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 1);
    assert_eq!(host.hits("/1.jpg"), 1);
}

#[tokio::test]
async fn other_bytes_under_a_known_id_are_a_conflict_and_with_another_code_a_photo_of_their_own() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let first = delivery("same", "CODE0000000001", &host.jpeg("/1.jpg", jpeg(1)));
    let mut other_name = first.clone();
    other_name["photo_name"] = json!("another name.jpg");
    let other_code = delivery("same", "CODE0000000002", &host.jpeg("/2.jpg", jpeg(2)));
    daemon.deliver(&first).await;
    for conflict in [&other_name, &other_name, &other_code] {
        assert_eq!(daemon.post(conflict.to_string()).await.1["outcome"], "duplicate");
    }
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM delivery WHERE conflict_with = 1"), 2);
    assert_eq!(archive.count("SELECT repeats FROM delivery WHERE id = 2"), 1);
    assert_eq!(archive.count("SELECT count(*) FROM job"), 2, "the other name alone is no other photo");
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 2);
}

#[tokio::test]
async fn missing_and_odd_fields_still_make_a_photo() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", jpeg(1));
    daemon
        .deliver(&json!({"event_id": 17, "photo_url": link, "photo_code": 12_345, "group_name": null,
                           "photo_location": "nowhere", "member": [], "custom_notes": {"x": 1}}))
        .await;
    daemon.settle(&archive).await;
    let photo = daemon.api("/api/v1/photos", &archive.api_token()).await["photos"][0].clone();
    assert_eq!((&photo["event_id"], &photo["code"]), (&json!("17"), &json!("12345")));
    assert!(photo["team"].is_null() && photo["member"].is_null());
    assert!(photo["object_key"].as_str().unwrap().starts_with("photos/no-team/no-project/no-member/"));
}

#[tokio::test]
async fn a_photo_event_without_a_usable_link_is_a_dead_letter_at_once() {
    let archive = Archive::local();
    let daemon = archive.start();
    daemon
        .deliver(&json!({"event_type": "photo.uploaded", "event_id": "a", "photo_url": "file:///etc/passwd"}))
        .await;
    daemon.deliver(&json!({"event_type": "photo.uploaded", "event_id": "b"})).await;
    let listed = daemon.api("/api/v1/deliveries", &archive.api_token()).await;
    let reasons: Vec<_> =
        listed["deliveries"].as_array().unwrap().iter().map(|d| (&d["state"], &d["reason"])).collect();
    assert_eq!(reasons[0], (&json!("dead"), &json!("the delivery names no photo_url")));
    assert_eq!(reasons[1].0, &json!("dead"));
    assert!(reasons[1].1.as_str().unwrap().contains("file address"), "{}", reasons[1].1);
}

#[tokio::test]
async fn a_rotated_hook_keeps_the_old_token_and_drops_none_in_use() {
    let archive = Archive::local();
    let daemon = archive.start();
    let old = daemon.hook();
    assert!(archive.run(&["hook", "rotate"]).status.success());
    let new = String::from_utf8(archive.run(&["hook", "url"]).stdout).unwrap();
    let new = daemon.url(new.trim().split_once(":0").unwrap().1);
    let opens = async |url: &str| daemon.client().post(url).body(SAMPLE).send().await.unwrap().status();
    crate::support::until("the new token opens", async || {
        (opens(&new).await == StatusCode::OK).then_some(())
    })
    .await;
    assert_eq!(opens(&old).await, StatusCode::OK);
    let refused = archive.run(&["hook", "rotate"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert!(archive.run(&["hook", "rotate", "--force"]).status.success());
    crate::support::until("the old token is gone", async || {
        (opens(&old).await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_address_opened_in_a_browser_says_that_it_is_right() {
    let archive = Archive::local();
    let daemon = archive.start();
    let response = daemon.client().get(daemon.hook()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.text().await.unwrap().contains("This address is right"));
}
