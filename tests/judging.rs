//! What photos teach of their team, and judging again by what is known by then.

use serde_json::{Value, json};

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::photos::{captured_jpeg, scene_jpeg};
use crate::support::store::Store;

const PARK: (f64, f64) = (40.785_091, -73.968_285);
const PHONE: (&str, &str) = ("Apple", "iPhone 14 Pro Max");

/// A delivery of a photo in New York, and its file: taken at this wall time, announced at that time.
fn photo(host: &Host, number: u32, taken: &str, announced: &str) -> Value {
    let bytes = captured_jpeg(number, taken, PARK, PHONE);
    let mut sent = delivery(
        &format!("event {number}"),
        &format!("CODE{number:010}"),
        &host.jpeg(&format!("/{number}.jpg"), bytes),
    );
    sent["photo_timestamp"] = announced.into();
    sent["photo_name"] = "roof.jpg".into();
    sent
}

/// The finding of a photo with this code.
async fn finding(archive: &Archive, daemon: &Daemon, code: &str, check: &str) -> Value {
    let found = daemon.api(&format!("/api/v1/photos?code={code}"), &archive.api_token()).await;
    let findings = found["photos"][0]["findings"].as_array().unwrap().clone();
    findings.into_iter().find(|finding| finding["check"] == check).unwrap()
}

fn status(archive: &Archive) -> Value {
    serde_json::from_slice(&archive.run(&["status", "--format", "json"]).stdout).unwrap()
}

#[tokio::test]
async fn a_team_that_sends_local_time_is_found_out_and_a_change_of_it_is_told() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..40 {
        let (hour, minute) = (9 + number / 60, number % 60);
        let taken = format!("2025:12:11 {hour:02}:{minute:02}:00");
        daemon.deliver(&photo(&host, number, &taken, &format!("2025-12-11T{hour:02}:{minute:02}:00Z"))).await;
    }
    daemon.settle(&archive).await;
    let team = status(&archive)["teams"][0].clone();
    assert_eq!((&team["team"], &team["timestamp_meaning"]), (&json!(1), &json!("local")));
    let named = daemon.api("/api/v1/teams", &archive.api_token()).await["teams"][0].clone();
    assert_eq!((&named["id"], &named["name"]), (&json!(1), &json!("Group Scenery")));
    assert_eq!((&named["timestamp_meaning"], &named["coverage"]), (&json!("local"), &team["coverage"]));
    assert_eq!(
        (&team["coverage"]["photos"], &team["coverage"]["position_percent"]),
        (&json!(40), &json!(100))
    );
    assert_eq!(status(&archive)["notices"], json!([]), "settling for the first time is no change");

    for number in 40..44 {
        let taken = format!("2025:12:11 10:{number:02}:00");
        daemon.deliver(&photo(&host, number, &taken, &format!("2025-12-11T15:{number:02}:00Z"))).await;
        daemon.settle(&archive).await;
    }
    let first = finding(&archive, &daemon, "CODE0000000040", "time").await;
    assert_eq!((&first["outcome"], &first["cause"]), (&json!("explained"), &json!("other_meaning")));
    let status = status(&archive);
    assert_eq!(status["teams"][0]["timestamp_meaning"], "open");
    let notice = status["notices"][0].as_str().unwrap();
    assert!(
        notice.contains("team 1,") && notice.contains("were local time and are not settled now"),
        "{notice}"
    );
    let text = String::from_utf8(archive.run(&["status"]).stdout).unwrap();
    assert!(text.contains("i of team"), "{text}");
}

#[tokio::test]
async fn files_that_stop_bringing_evidence_are_a_notice_and_no_suspicion() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..71 {
        let mut sent = photo(&host, number, "2025:12:11 13:45:00", "2025-12-11T18:45:00Z");
        if number >= 20 {
            sent["photo_url"] =
                host.jpeg(&format!("/{number}.jpg"), crate::support::photos::jpeg(number)).into();
        }
        daemon.deliver(&sent).await;
        if number == 19 || number == 40 {
            daemon.settle(&archive).await;
            assert_eq!(status(&archive)["notices"], json!([]), "after {number} photos");
        }
    }
    daemon.settle(&archive).await;
    let notice = status(&archive)["notices"][0].as_str().unwrap().to_owned();
    assert!(notice.contains("team 1") && notice.contains("time and position and device"), "{notice}");
    assert_eq!(
        archive.count("SELECT count(*) FROM photo WHERE verdict IN ('suspicious', 'contradicted')"),
        0
    );
    let metrics = daemon.client().get(daemon.url("/metrics")).bearer_auth(archive.api_token());
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("keepmark_teams_without{kind=\"position\"} 1"), "{metrics}");
    assert!(
        metrics.contains("keepmark_judging_trouble 0") && metrics.contains("keepmark_teams{kind="),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_phone_that_comes_from_another_zone_is_explained_by_what_it_showed_there() {
    let archive = Archive::local().with("VERDICT__TIMESTAMP_MEANING", "utc");
    let host = Host::start();
    let daemon = archive.start();
    let in_new_york = || photo(&host, 2, "2025:12:11 19:45:00", "2025-12-11T18:45:00Z");
    let mut stranger = in_new_york();
    stranger["member"]["member_contact"] = "somebody@example.com".into();
    stranger["event_id"] = "stranger".into();
    stranger["photo_code"] = "CODE0000000009".into();
    let mut in_berlin = photo(&host, 1, "2025:12:01 12:00:00", "2025-12-01T11:00:00Z");
    let bytes = captured_jpeg(1, "2025:12:01 12:00:00", (52.52, 13.40), PHONE);
    in_berlin["photo_url"] = host.jpeg("/berlin.jpg", bytes).into();
    in_berlin["photo_location"] = json!({"location_latitude": "52.52", "location_longitude": "13.40"});
    for sent in [in_berlin, in_new_york(), stranger] {
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let known = finding(&archive, &daemon, "CODE0000000002", "time").await;
    assert_eq!((&known["outcome"], &known["cause"]), (&json!("explained"), &json!("zone_shift")), "{known}");
    let unknown = finding(&archive, &daemon, "CODE0000000009", "time").await;
    assert_eq!(unknown["outcome"], "mismatch", "{unknown}");
}

#[tokio::test]
async fn the_middle_of_a_place_is_known_by_the_photos_that_share_it() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 0..11 {
        let day = 11 + number % 2;
        let mut sent =
            photo(&host, number, &format!("2025:12:{day} 13:45:00"), &format!("2025-12-{day}T18:45:00Z"));
        // Half a kilometre north of where the files say.
        sent["photo_location"] =
            json!({"location_latitude": "40.790091", "location_longitude": "-73.968285"});
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    assert_eq!(finding(&archive, &daemon, "CODE0000000009", "position").await["outcome"], "mismatch");
    let last = finding(&archive, &daemon, "CODE0000000010", "position").await;
    assert_eq!((&last["outcome"], &last["notes"]), (&json!("match"), &json!(["place_centre"])), "{last}");
}

#[tokio::test]
async fn a_picture_that_comes_back_under_another_code_is_pointed_out_and_a_burst_is_not() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let sent = |code: &str, project: &str, bytes: Vec<u8>| {
        let mut sent = delivery(code, code, &host.jpeg(&format!("/{code}.jpg"), bytes));
        sent["project_name"] = project.into();
        sent
    };
    let photos = [
        sent("AAAAAAAAAAAAA1", "North", scene_jpeg(1, 90)),
        sent("AAAAAAAAAAAAA2", "North", scene_jpeg(1, 80)),
        sent("AAAAAAAAAAAAA3", "South", scene_jpeg(1, 60)),
        sent("AAAAAAAAAAAAA4", "South", scene_jpeg(2, 60)),
    ];
    for photo in photos {
        daemon.deliver(&photo).await;
        daemon.settle(&archive).await;
    }
    let outcome = async |code| finding(&archive, &daemon, code, "reuse").await;
    assert_eq!(outcome("AAAAAAAAAAAAA1").await["outcome"], "match");
    assert_eq!(outcome("AAAAAAAAAAAAA2").await["outcome"], "match", "a burst");
    let again = outcome("AAAAAAAAAAAAA3").await;
    assert_eq!(again["outcome"], "near", "{again}");
    assert_eq!(again["photos"].as_array().unwrap().len(), 2, "both are shown: {again}");
    assert!(again["difference"]["bits"].as_u64().unwrap() <= 28, "{again}");
    assert_eq!(outcome("AAAAAAAAAAAAA4").await["outcome"], "match", "another picture");
    // A signal, no verdict: the photo is what its time and place make it.
    assert_eq!(archive.count("SELECT count(DISTINCT verdict) FROM photo"), 1);
}

#[tokio::test]
async fn other_bytes_under_one_code_are_versions_that_know_of_each_other() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in [1, 2] {
        let mut sent = photo(&host, number, "2025:12:11 13:45:00", "2025-12-11T18:45:00Z");
        sent["photo_code"] = "A1BCDEFGHIJ23K".into();
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let second = finding(&archive, &daemon, "A1BCDEFGHIJ23K", "code").await;
    assert_eq!((&second["outcome"], &second["cause"]), (&json!("explained"), &json!("version")), "{second}");
    assert_eq!(archive.count("SELECT count(*) FROM photo"), 2, "both are kept");
}

/// Three photos whose files lie 1.1 km off, one that is where it says.
async fn suspicious(archive: &Archive, host: &Host) -> Daemon {
    let daemon = archive.start();
    for number in 0..4 {
        let mut sent = photo(host, number, "2025:12:11 13:45:00", "2025-12-11T18:45:00Z");
        if number > 0 {
            sent["photo_location"]["location_latitude"] = "40.795091".into();
        }
        daemon.deliver(&sent).await;
    }
    daemon.settle(archive).await;
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE verdict = 'suspicious'"), 3);
    daemon
}

fn judged(archive: &Archive, arguments: &[&str]) -> Value {
    let output = archive.run(&[&["judge", "--format", "json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const WIDER: (&str, &str) = ("VERDICT__POSITION_NEAR_M", "2000");

fn changes() -> Value {
    json!([
        {"what": "verdict", "before": "suspicious", "after": "consistent", "photos": 3},
        {"what": "position", "before": "mismatch", "after": "near", "photos": 3},
    ])
}

/// Each of the three has one later judgement, as an object and as the one that stands; the first one is kept.
fn each_is_judged_again_once(archive: &Archive) {
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE verdict = 'consistent'"), 4);
    assert_eq!(archive.count("SELECT count(*) FROM photo WHERE judgement = 2"), 3);
    assert_eq!(archive.count("SELECT count(DISTINCT photo_seq) FROM finding WHERE judgement = 1"), 4);
    assert_eq!(
        archive.count("SELECT count(*) FROM evidence WHERE kind = 'judgement' AND recorded_at IS NOT NULL"),
        3
    );
    assert_eq!(archive.count("SELECT count(*) FROM evidence WHERE recorded_at IS NULL"), 0);
    let later = match archive.store().listed_by_another_client() {
        Some(listed) => {
            listed.iter().filter(|object| object["key"].as_str().unwrap().ends_with(".v2.json")).count()
        }
        None => files_below(&archive.objects())
            .iter()
            .filter(|path| path.to_str().unwrap().ends_with(".v2.json"))
            .count(),
    };
    assert_eq!(later, 3);
}

#[tokio::test]
async fn judging_again_beside_the_daemon_keeps_what_stood_and_says_what_changed() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        drop(suspicious(&archive, &host).await);
        let archive = archive.with(WIDER.0, WIDER.1);
        let daemon = archive.start();
        let dry = judged(&archive, &["--dry-run"]);
        assert_eq!((&dry["judged"], &dry["changed"], &dry["changes"]), (&json!(4), &json!(3), &changes()));
        assert_eq!(
            archive.count("SELECT count(*) FROM photo WHERE verdict = 'suspicious'"),
            3,
            "nothing is written"
        );
        assert_eq!(archive.count("SELECT count(*) FROM judge_run"), 0);
        let run = judged(&archive, &[]);
        assert_eq!((&run["judged"], &run["changed"], &run["changes"]), (&json!(4), &json!(3), &changes()));
        each_is_judged_again_once(&archive);
        let again = judged(&archive, &[]);
        assert_eq!((&again["changed"], &again["changes"]), (&json!(0), &json!([])), "twice is once");
        let shown = finding(&archive, &daemon, "CODE0000000001", "position").await;
        assert_eq!(shown["outcome"], "near");
    }
}

#[tokio::test]
async fn a_run_that_is_cut_anywhere_is_taken_up_by_whoever_comes_next() {
    for point in ["judged_again", "judgement_put"] {
        let (archive, host) = (Archive::local(), Host::start());
        drop(suspicious(&archive, &host).await);
        let archive = archive.with(WIDER.0, WIDER.1).with_variable("KEEPMARK_CRASH_AT", point);
        assert!(
            !archive.run(&["judge"]).status.success(),
            "{point}: without a daemon it works itself, and dies"
        );
        let archive = archive.without_variable("KEEPMARK_CRASH_AT");
        assert_eq!(archive.count("SELECT count(*) FROM judge_run WHERE ended_at IS NULL"), 1, "{point}");
        let _daemon = archive.start();
        // The same command again shows the run that was cut, and its whole table.
        let table = judged(&archive, &[]);
        assert_eq!(
            (&table["judged"], &table["changed"], &table["changes"]),
            (&json!(4), &json!(3), &changes())
        );
        assert_eq!(archive.count("SELECT count(*) FROM judge_run"), 1, "{point}");
        each_is_judged_again_once(&archive);
        assert_eq!(archive.count("SELECT judged FROM judge_run"), 4, "{point}");
        assert_eq!(archive.count("SELECT changed FROM judge_run"), 3, "{point}");
    }
}

#[tokio::test]
async fn a_run_that_is_cut_counts_its_photos_though_they_leave_the_filter() {
    let (archive, host) = (Archive::local(), Host::start());
    drop(suspicious(&archive, &host).await);
    let archive = archive.with(WIDER.0, WIDER.1).with_variable("KEEPMARK_CRASH_AT", "judgement_put");
    let filter = ["--verdict", "suspicious"];
    assert!(!archive.run(&[&["judge"][..], &filter].concat()).status.success());
    let archive = archive.without_variable("KEEPMARK_CRASH_AT");
    let table = judged(&archive, &filter);
    assert_eq!((&table["judged"], &table["changed"]), (&json!(3), &json!(3)));
    each_is_judged_again_once(&archive);
}

#[tokio::test]
async fn judging_waits_while_the_archive_is_not_the_one_with_the_photos() {
    let (archive, host) = (Archive::local(), Host::start());
    drop(suspicious(&archive, &host).await);
    let archive = archive.with(WIDER.0, WIDER.1);
    let (here, away) = (archive.objects(), archive.state_dir().join("unmounted"));
    std::fs::rename(&here, &away).unwrap();
    let mut judge = archive.command(&["judge"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    crate::support::until("the trouble is noted", async || {
        let status = status(&archive);
        let concerns = status["concerns"].to_string();
        (concerns.contains("`keepmark judge` waits") && concerns.contains("store.json")).then_some(())
    })
    .await;
    judge.kill().unwrap();
    judge.wait().unwrap();
    let written = files_below(&here).iter().any(|path| path.to_str().unwrap().ends_with(".v2.json"));
    assert!(!written, "nothing is written to what is not the archive");
    std::fs::remove_dir_all(&here).unwrap();
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(judged(&archive, &[])["changed"], 3);
    each_is_judged_again_once(&archive);
}

/// Each photo's outcomes by code, as they stand in the end.
async fn outcomes(archive: &Archive, daemon: &Daemon) -> std::collections::BTreeMap<String, Vec<String>> {
    let listed = daemon.api("/api/v1/photos", &archive.api_token()).await;
    let of = |photo: &Value| {
        let told =
            photo["findings"].as_array().unwrap().iter().map(|f| format!("{} {}", f["check"], f["outcome"]));
        (photo["code"].as_str().unwrap().to_owned() + photo["sha256"].as_str().unwrap(), told.collect())
    };
    listed["photos"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn once_judged_again_the_order_of_arrival_does_not_matter() {
    let mut found = Vec::new();
    for is_turned in [false, true] {
        let (archive, host) = (Archive::local(), Host::start());
        let daemon = archive.start();
        let sent = |code: &str, project: &str, name: &str, bytes: Vec<u8>| {
            let mut sent = delivery(name, code, &host.jpeg(&format!("/{name}.jpg"), bytes));
            sent["project_name"] = project.into();
            sent
        };
        let mut photos = vec![
            sent("AAAAAAAAAAAAA1", "North", "a", scene_jpeg(1, 90)),
            sent("AAAAAAAAAAAAA2", "South", "b", scene_jpeg(1, 60)),
            sent("AAAAAAAAAAAAA3", "North", "c", scene_jpeg(3, 60)),
            sent("AAAAAAAAAAAAA4", "North", "d", scene_jpeg(3, 60)),
            sent("AAAAAAAAAAAAA5", "North", "e", scene_jpeg(5, 60)),
            sent("AAAAAAAAAAAAA5", "North", "f", scene_jpeg(6, 60)),
            photo(&host, 7, "2025:12:11 13:45:00", "2025-12-11T18:45:00Z"),
        ];
        if is_turned {
            photos.reverse();
        }
        for sent in photos {
            daemon.deliver(&sent).await;
            daemon.settle(&archive).await;
        }
        judged(&archive, &[]);
        found.push(outcomes(&archive, &daemon).await);
    }
    assert_eq!(found[0].len(), 7);
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn a_filter_judges_only_what_it_finds() {
    let (archive, host) = (Archive::local(), Host::start());
    drop(suspicious(&archive, &host).await);
    let archive = archive.with(WIDER.0, WIDER.1);
    let count =
        |arguments: &[&str]| judged(&archive, &[arguments, &["--dry-run"]].concat())["judged"].clone();
    assert_eq!(count(&["--verdict", "suspicious"]), 3);
    assert_eq!(count(&["--from", "2025-12-12"]), 0);
    assert_eq!(count(&["--from", "2025-12-11", "--to", "2025-12-11", "--project", "Project Sunrise"]), 4);
    assert_eq!(count(&["--code", "CODE0000000002"]), 1);
    assert_eq!(count(&["--member", "Nobody"]), 0);
    let wrong = archive.run(&["judge", "--verdict", "bad"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("consistent, inconclusive, suspicious, contradicted")
    );
}

#[tokio::test]
async fn a_device_that_a_person_confirms_once_matches_from_then_on() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let sent = |number| {
        let mut sent = photo(&host, number, "2025:12:11 13:45:00", "2025-12-11T18:45:00Z");
        sent["device_model"] = "iPhone15,3".into();
        sent
    };
    daemon.deliver(&sent(1)).await;
    daemon.settle(&archive).await;
    assert_eq!(finding(&archive, &daemon, "CODE0000000001", "device").await["outcome"], "ambiguous");
    let listed: Value =
        serde_json::from_slice(&archive.run(&["device", "list", "--format", "json"]).stdout).unwrap();
    assert_eq!(listed[0]["announced"], "iPhone15,3");
    assert_eq!(listed[0]["found"], "Apple iPhone 14 Pro Max");
    let pair = listed[0]["pair"].to_string();
    assert_eq!(archive.run(&["device", "confirm", &pair]).status.code(), Some(0));
    assert_eq!(archive.run(&["device", "confirm", "99"]).status.code(), Some(1));
    daemon.deliver(&sent(2)).await;
    daemon.settle(&archive).await;
    assert_eq!(finding(&archive, &daemon, "CODE0000000002", "device").await["outcome"], "match");
    let table = judged(&archive, &[]);
    assert_eq!(table["changes"][0]["what"], "device");
    assert_eq!(finding(&archive, &daemon, "CODE0000000001", "device").await["outcome"], "match");
}
