//! A source host in every kind of trouble: each ends as it should, with the reason where a person looks.

use std::time::Duration;

use serde_json::Value;

use crate::support::daemon::{Archive, Daemon};
use crate::support::origin::{Fault, Origin, says};
use crate::support::photos::jpeg;
use crate::support::{delivery, until};

const PAGE: &str = "<!doctype html><html><title>Photo</title><p>Sign in to see this photo.</p></html>";

/// Limits that end a fault within seconds.
fn archive() -> Archive {
    Archive::local()
        .with("FETCH__STALL_SECS", "1")
        .with("FETCH__TIMEOUT_SECS", "3")
        .with("FETCH__SIZE_MAX_BYTES", "262144")
}

/// The delivery with this event id once it has been tried.
async fn tried(daemon: &Daemon, token: &str, event_id: &str) -> Value {
    until(&format!("{event_id} was tried"), async || {
        let listed = daemon.api("/api/v1/deliveries", token).await;
        let found = listed["deliveries"].as_array().unwrap().iter().find(|row| row["event_id"] == event_id);
        found.filter(|row| row["attempts"].as_i64() >= Some(1) && row["state"] != "leased").cloned()
    })
    .await
}

/// Name, what the origin does, how the job stands after the first try, and what the reason says.
fn table(origin: &Origin) -> Vec<(&'static str, String, &'static str, &'static str)> {
    let longer = vec!["Content-Length: 100000".to_owned()];
    let html = |status| says(status, &["Content-Type: text/html"], PAGE);
    let on = |name: &str, fault| origin.put(&format!("/{name}"), [fault]);
    let looping = origin.put("/loop", [says("302 Found", &["Location: /loop"], "")]);
    let gzip = says("200 OK", &["Content-Encoding: gzip"], vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    vec![
        (
            "drips",
            on("drips", Fault::Drips(jpeg(1), Duration::from_millis(50))),
            "scheduled",
            "took longer than 3 s",
        ),
        ("stalls", on("stalls", Fault::Stalls(jpeg(2), vec![])), "scheduled", "sent nothing for 1 s"),
        ("truncates", on("truncates", Fault::Breaks(jpeg(3), vec![])), "scheduled", "the download broke off"),
        ("resets", on("resets", Fault::Resets(jpeg(4))), "scheduled", "the download broke off"),
        (
            "longer",
            on("longer", Fault::Says("200 OK", longer, jpeg(5))),
            "scheduled",
            "the download broke off",
        ),
        ("endless", on("endless", Fault::NeverEnds), "dead", "larger than fetch.size_max_bytes"),
        ("loop", looping, "scheduled", "redirects more than 3 times"),
        ("html200", on("html200", html("200 OK")), "scheduled", "no photo or video but"),
        ("html404", on("html404", html("404 Not Found")), "scheduled", "the link answers 404"),
        ("html410", on("html410", html("410 Gone")), "scheduled", "the link answers 410"),
        ("html403", on("html403", html("403 Forbidden")), "scheduled", "the link answers 403"),
        ("500", on("500", html("500 Internal Server Error")), "scheduled", "the link answers 500"),
        ("encoded", on("encoded", gzip), "scheduled", "no photo or video but"),
        ("hangs-up", on("hangs-up", Fault::HangsUp), "scheduled", "the download broke off"),
        ("nowhere", on("nowhere", says("301 Moved", &[], "")), "scheduled", "redirects to nowhere"),
        ("plain", Origin::plain_for_tls().link("/1"), "scheduled", "could not be reached"),
        ("self-signed", Origin::self_signed().link("/1"), "scheduled", "could not be reached"),
    ]
}

#[tokio::test]
async fn each_fault_ends_as_it_should_and_its_reason_can_be_read() {
    let (archive, origin) = (archive(), Origin::start());
    let daemon = archive.start();
    let token = archive.api_token();
    let table = table(&origin);
    for (number, (name, link, ..)) in table.iter().enumerate() {
        let (code, link) = (format!("A1BCDEFGHI{number:04}"), format!("{link}?key=SECRETQUERY"));
        daemon.deliver(&delivery(name, &code, &link)).await;
    }
    let mut reasons = Vec::new();
    for (name, _, state, reason) in &table {
        let listed = tried(&daemon, &token, name).await;
        let said = listed["reason"].as_str().unwrap_or_default().to_owned();
        assert_eq!(listed["state"], *state, "{name}: {listed}");
        assert!(said.contains(reason), "{name}: {listed}");
        reasons.push(said);
    }
    // `status` names the ten most frequent reasons: with the rest out of the way each has its turn.
    let catalogue = archive.catalogue();
    for (name, reason) in table.iter().map(|row| row.0).zip(&reasons) {
        let only = "UPDATE job SET due_at = due_at + 86400000,
                reason = CASE WHEN delivery_id = (SELECT id FROM delivery WHERE event_id = ?1) THEN ?2 END";
        until(&format!("status says of {name}: {reason}"), async || {
            catalogue.execute(only, [name, reason]).unwrap();
            let status = archive.run(&["status"]);
            String::from_utf8_lossy(&status.stdout).contains(reason.as_str()).then_some(())
        })
        .await;
    }
    assert!(!daemon.log().contains("SECRETQUERY"), "{}", daemon.log());
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 0);
}

#[tokio::test]
async fn a_length_that_is_too_short_ends_in_a_photo_that_says_it_is_incomplete() {
    let (archive, origin) = (archive(), Origin::start());
    let daemon = archive.start();
    let shorter = vec![format!("Content-Length: {}", jpeg(1).len() / 2)];
    let link = origin.put("/1.jpg", [Fault::Says("200 OK", shorter, jpeg(1))]);
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    let catalogue = archive.catalogue();
    until("the photo is archived", async || {
        // Waits between tries are cut short.
        catalogue.execute("UPDATE job SET due_at = 0 WHERE state = 'scheduled'", []).unwrap();
        (archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 1).then_some(())
    })
    .await;
    let finding: String = catalogue
        .query_row("SELECT content FROM finding WHERE content LIKE '%completeness%'", [], |row| row.get(0))
        .unwrap();
    assert!(finding.contains("incomplete") && finding.contains("mismatch"), "{finding}");
}

#[tokio::test]
async fn a_host_that_asks_to_wait_is_left_alone_for_that_long_with_all_its_photos() {
    for (status, asks) in [("429 Too Many Requests", "3600"), ("503 Service Unavailable", "1000000000")] {
        let (archive, origin) = (archive().with("WORKER__CONCURRENCY", "1"), Origin::start());
        let daemon = archive.start();
        let token = archive.api_token();
        let link = origin.put("/1.jpg", [says(status, &[&format!("Retry-After: {asks}")], "")]);
        daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
        let listed = tried(&daemon, &token, "one").await;
        assert!(listed["reason"].as_str().unwrap().contains("asks to wait"), "{listed}");
        let other = origin.put("/2.jpg", [says("200 OK", &[], jpeg(2))]);
        daemon.deliver(&delivery("two", "A1BCDEFGHIJ23L", &other)).await;
        // The same machine under another name is another host.
        let elsewhere = other.replace("127.0.0.1", "127.1.1.1");
        let origin = Origin::start_at(&format!("127.1.1.1:{}", origin.address.port()));
        origin.put("/2.jpg", [says("200 OK", &[], jpeg(3))]);
        daemon.deliver(&delivery("three", "A1BCDEFGHIJ23M", &elsewhere)).await;
        until("the other host's photo is archived", async || {
            (archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 1).then_some(())
        })
        .await;
        assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'ready' AND delivery_id = 2"), 1);
        let wait_ms = "SELECT due_at - updated_at FROM job WHERE delivery_id = 1";
        assert_eq!(archive.count(wait_ms), asks.parse::<i64>().unwrap().min(6 * 3600) * 1000);
        // The time is over: the host's photos come.
        let catalogue = archive.catalogue();
        catalogue.execute("UPDATE host_state SET held_until = 0", []).unwrap();
        until("the held photo is archived", async || {
            (archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 2).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_proxy_that_the_environment_names_is_not_used() {
    let (origin, proxy) = (Origin::start(), Origin::start());
    let address = format!("http://{}", proxy.address);
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let archive = variables.iter().fold(archive(), |archive, name| archive.with_variable(name, &address));
    let daemon = archive.start();
    let link = origin.put("/1.jpg", [says("200 OK", &[], jpeg(1))]);
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL"), 1);
    assert_eq!(proxy.asked(&link).len(), 0);
}

#[tokio::test]
async fn a_refused_link_is_held_and_tried_again_when_the_configuration_changes() {
    let archive = archive().with("FETCH__ALLOW_HTTP", "false");
    let origin = Origin::start();
    let daemon = archive.start();
    let link = origin.put("/1.jpg", [says("200 OK", &[], jpeg(1))]);
    daemon.deliver(&delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    let listed = tried(&daemon, &archive.api_token(), "one").await;
    assert_eq!(listed["state"], "held", "{listed}");
    assert!(listed["reason"].as_str().unwrap().contains("fetch.allow_http would allow it"), "{listed}");
    assert_eq!(origin.asked("/1.jpg").len(), 0);
    daemon.stop();
    let archive = archive.with("FETCH__ALLOW_HTTP", "true");
    let daemon = archive.start();
    daemon.settle(&archive).await;
    until("the photo is archived", async || {
        (archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 1).then_some(())
    })
    .await;
}
