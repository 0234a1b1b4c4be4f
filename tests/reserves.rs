//! A disk that fills up: downloads pause first, and the hook stays open as long as it can.

use serde_json::Value;

use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::{delivery, until};

/// More than any disk has.
const EVERYTHING: &str = "1152921504606846976";

/// With a reserve of the whole disk, of which something is always used.
fn without_room() -> Archive {
    Archive::local()
        .with("DISK__PIPELINE_RESERVE_BYTES", EVERYTHING)
        .with("DISK__PIPELINE_RESERVE_PERCENT", "100")
}

#[tokio::test]
async fn without_its_reserve_the_pipeline_pauses_the_hook_stays_open_and_all_drains_later() {
    let host = Host::start();
    let archive = without_room();
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", crate::support::photos::jpeg(1));
    daemon.deliver(&delivery("a", "", &link)).await;
    daemon.deliver(&delivery("b", "", &link)).await;
    until("the pause is said", async || daemon.log().contains("no photo is downloaded").then_some(())).await;
    let output = archive.run(&["status", "--format", "json"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &status["pipeline_paused"]), (Some(1), &true.into()));
    assert!(status["concerns"][0].as_str().unwrap().contains("downloads pause, deliveries are kept"));
    assert_eq!((&status["jobs"]["ready"], host.hits("/1.jpg")), (&2.into(), 0));
    assert_eq!(daemon.log().matches("no photo is downloaded").count(), 1, "said once, by eight workers");
    assert!(daemon.stop().success());
    let archive = archive.with("DISK__PIPELINE_RESERVE_PERCENT", "0").with("DISK__HOOK_RESERVE_BYTES", "0");
    let daemon = archive.start();
    daemon.settle(&archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'done'"), 2);
    assert!(!daemon.log().contains("no photo is downloaded"));
}

#[tokio::test]
async fn without_its_own_reserve_the_hook_says_try_again_and_keeps_nothing() {
    let archive = without_room().with("DISK__HOOK_RESERVE_BYTES", EVERYTHING);
    let daemon = archive.start();
    for _ in 0..3 {
        let response = daemon.client().post(daemon.hook()).body("{}").send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"30".parse().unwrap())
        );
    }
    let wrong = daemon.client().post(daemon.url("/hooks/timemark/guess")).send().await.unwrap();
    assert_eq!(wrong.status(), 404, "a stranger learns nothing of the disk");
    let ready = daemon.client().get(daemon.url("/readyz")).send().await.unwrap();
    let alive = daemon.client().get(daemon.url("/healthz")).send().await.unwrap();
    assert_eq!((ready.status().as_u16(), alive.status().as_u16()), (503, 200));
    assert_eq!(archive.count("SELECT count(*) FROM delivery"), 0);
    assert_eq!(daemon.log().matches("deliveries are turned away").count(), 1);
    let status = String::from_utf8(archive.run(&["status"]).stdout).unwrap();
    assert!(status.contains("deliveries are turned away"), "{status}");
}
