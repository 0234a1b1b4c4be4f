//! What goes wrong on the way to a photo, and how it ends.

use serde_json::Value;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::host::{Answer, Host};
use crate::support::photos::jpeg;
use crate::support::{delivery, until};

/// The only delivery, once it has been tried.
async fn tried(archive: &Archive, daemon: &Daemon) -> Value {
    let token = archive.api_token();
    until("the delivery was tried", async || {
        let listed = daemon.api("/api/v1/deliveries", &token).await["deliveries"][0].clone();
        // Due again and not yet taken is "ready" for a moment.
        let is_settled = listed["state"] != "leased" && listed["state"] != "ready";
        (listed["attempts"].as_i64() >= Some(1) && is_settled).then_some(listed)
    })
    .await
}

async fn ends(answer: Answer, state: &str, reason: &str) {
    let (archive, host) = (Archive::local().with("FETCH__STALL_SECS", "1"), Host::start());
    let daemon = archive.start();
    let link = format!("{}?key=SECRETQUERY", host.put("/1.jpg", answer));
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    let listed = tried(&archive, &daemon).await;
    assert!(listed["reason"].as_str().unwrap().contains(reason), "{listed}");
    assert_eq!(listed["state"], state, "{listed}");
    assert!(!daemon.log().contains("SECRETQUERY"), "{}", daemon.log());
    // The next try may be under way by now.
    until("each try is an attempt", async || {
        let tries = archive.count("SELECT attempts FROM job WHERE state <> 'leased' UNION ALL SELECT -1");
        (archive.count("SELECT count(*) FROM attempt") == tries).then_some(())
    })
    .await;
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 0);
}

#[tokio::test]
async fn a_missing_photo_is_tried_again() {
    ends(Answer::Status(404), "scheduled", "the link answers 404").await;
}

#[tokio::test]
async fn a_server_in_trouble_is_tried_again() {
    ends(Answer::Status(503), "scheduled", "the link answers 503").await;
}

#[tokio::test]
async fn a_page_in_place_of_a_photo_is_tried_again() {
    let page = b"<!doctype html><title>gone</title>".to_vec();
    ends(Answer::File(page, "text/html"), "scheduled", "no photo or video but").await;
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_tried_again() {
    ends(Answer::Half(jpeg(1)), "scheduled", "the download broke off").await;
}

#[tokio::test]
async fn a_host_that_falls_silent_is_tried_again() {
    ends(Answer::Silence, "scheduled", "sent nothing for 1 s").await;
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_held() {
    ends(Answer::Redirect("http://10.0.0.1/1.jpg".to_owned()), "held", "10.0.0.1 is not public").await;
}

#[tokio::test]
async fn a_refused_scheme_is_held_and_tried_again_under_another_configuration() {
    let (archive, host) = (Archive::local().without_variable("KEEPMARK__FETCH__ALLOW_HTTP"), Host::start());
    let daemon = archive.start();
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", jpeg(1)))).await;
    let listed = tried(&archive, &daemon).await;
    assert_eq!(listed["state"], "held");
    assert!(listed["reason"].as_str().unwrap().contains("fetch.allow_http"), "{listed}");
    assert_eq!(host.hits("/1.jpg"), 0);
    daemon.deliver(&delivery("two", "A1BCDEFGHIJ23L", "ftp://127.0.0.1/1.jpg")).await;
    let listed = tried(&archive, &daemon).await;
    assert_eq!(listed["state"], "held");
    assert!(listed["reason"].as_str().unwrap().contains("neither https nor http"), "{listed}");
    assert!(daemon.stop().success());

    let archive = archive.with("FETCH__ALLOW_HTTP", "true");
    let daemon = archive.start();
    until("the first is archived", async || {
        (archive.count("SELECT count(*) FROM job WHERE state = 'done'") == 1).then_some(())
    })
    .await;
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'held'"), 1, "the ftp link");
}

#[tokio::test]
async fn a_link_to_the_daemon_itself_is_held() {
    let archive = Archive::local();
    let daemon = archive.start();
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &daemon.url("/healthz"))).await;
    let listed = tried(&archive, &daemon).await;
    assert_eq!(listed["state"], "held");
    assert!(listed["reason"].as_str().unwrap().contains("Keepmark itself"), "{listed}");
}

#[tokio::test]
async fn a_file_over_the_limit_is_dead() {
    let (archive, host) = (Archive::local().with("FETCH__SIZE_MAX_BYTES", "1024"), Host::start());
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", [jpeg(1), vec![0; 2048]].concat());
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    let listed = tried(&archive, &daemon).await;
    assert_eq!(listed["state"], "dead");
    assert!(listed["reason"].as_str().unwrap().contains("fetch.size_max_bytes"), "{listed}");
}

#[tokio::test]
async fn a_photo_that_comes_back_is_archived_by_itself_and_a_dead_one_by_retry() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let link = host.put("/1.jpg", Answer::Status(500));
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    tried(&archive, &daemon).await;
    host.jpeg("/1.jpg", jpeg(1));
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 1);

    let dead = host.put("/2.jpg", Answer::File(vec![0; 64], "image/jpeg"));
    daemon.deliver(&delivery("two", "A1BCDEFGHIJ23L", &dead)).await;
    let given_up = "UPDATE job SET state = 'dead' WHERE id = 2 AND state = 'scheduled'";
    let catalogue = archive.catalogue();
    until("the second was tried", async || (catalogue.execute(given_up, []).unwrap() == 1).then_some(()))
        .await;
    host.jpeg("/2.jpg", jpeg(2));
    let output = archive.run(&["retry", "--dead"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("delivery 2: ready again"), "{output:?}");
    until("the second is archived", async || {
        (archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_link_of_a_conflicting_body_is_tried_when_the_first_one_fails() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let dead = delivery("one", "A1BCDEFGHIJ23K", &host.put("/1.jpg", Answer::Status(404)));
    let mut alive = dead.clone();
    alive["photo_url"] = host.jpeg("/2.jpg", jpeg(1)).into();
    daemon.deliver(&dead).await;
    tried(&archive, &daemon).await;
    assert_eq!(daemon.post(alive.to_string()).await.1["outcome"], "duplicate");
    until("it waits for its next try", async || (archive.hurry() == 1).then_some(())).await;
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 1);
    let body: String =
        archive.catalogue().query_row("SELECT event_id FROM photo", [], |row| row.get(0)).unwrap();
    assert_eq!(body, "one");
}

#[tokio::test]
async fn a_conflicting_body_with_a_link_revives_a_dead_letter_without_one() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut linkless = delivery("one", "A1BCDEFGHIJ23K", "");
    daemon.deliver(&linkless).await;
    linkless["photo_url"] = host.jpeg("/1.jpg", jpeg(1)).into();
    daemon.post(linkless.to_string()).await;
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'done'"), 1);
}

#[tokio::test]
async fn what_was_no_photo_is_kept_with_the_dead_letter() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let page = [b"<!doctype html>gone".to_vec(), vec![b' '; 100_000]].concat();
    let link = host.put("/1.jpg", Answer::File(page.clone(), "text/html"));
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    tried(&archive, &daemon).await;
    let url = daemon.url("/api/v1/deliveries/1/sample");
    let sample = daemon.client().get(url).bearer_auth(archive.api_token()).send().await.unwrap();
    assert_eq!(sample.bytes().await.unwrap(), page[..64 * 1024]);
}

#[tokio::test]
async fn an_attached_file_takes_the_place_of_a_dead_link() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &host.put("/1.jpg", Answer::Status(404)))).await;
    tried(&archive, &daemon).await;
    let folder = tempfile::tempdir().unwrap();
    let (photo, page) = (folder.path().join("photo.jpg"), folder.path().join("page.html"));
    std::fs::write(&photo, jpeg(1)).unwrap();
    std::fs::write(&page, "<html>").unwrap();
    let attach =
        |delivery: &str, file: &std::path::Path| archive.run(&["attach", delivery, file.to_str().unwrap()]);
    assert_eq!(attach("1", &page).status.code(), Some(2));
    assert_eq!(attach("9", &photo).status.code(), Some(2));
    let attached = until("it is not at work", async || {
        let output = attach("1", &photo);
        output.status.success().then_some(output)
    })
    .await;
    assert!(String::from_utf8_lossy(&attached.stdout).contains("takes the place of its link"));
    daemon.settle(&archive).await;
    let hash: String =
        archive.catalogue().query_row("SELECT sha256 FROM photo", [], |row| row.get(0)).unwrap();
    assert_eq!(hash, keepmark::domain::photo::Sha256::of(&jpeg(1)).to_string());
    let spool = archive.state_dir().join("spool");
    until("the spool is empty", async || files_below(&spool).is_empty().then_some(())).await;
    assert_eq!(attach("1", &photo).status.code(), Some(2), "archived already");
    assert!(files_below(&spool).is_empty());
}
