//! Codes against the archive: what is there, what is not, and what somebody changed behind Keepmark's back.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::daemon::{Archive, Daemon, client};
use crate::support::delivery;
use crate::support::host::{Answer, Host};
use crate::support::objects::Objects;
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::until;

/// Archives photos with these codes.
pub async fn archived(archive: &Archive, host: &Host, codes: &[&str]) -> Daemon {
    let daemon = archive.start();
    for (number, code) in (0..).zip(codes) {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        daemon.deliver(&delivery(&format!("event {number}"), code, &link)).await;
        daemon.settle(archive).await;
    }
    daemon
}

pub fn code_of(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn audited(archive: &Archive, arguments: &[&str], expected: i32) -> Value {
    let output = archive.run(&[&["audit", "--format", "json"], arguments].concat());
    assert_eq!(code_of(&output), expected, "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn piped(archive: &Archive, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = archive
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

pub const CODES: [&str; 3] = ["A1BCDEFGHIJ23K", "A1BCDEFGHIJ23L", "A0BCDEFGHIJ23M"];

/// The key of a code's photo.
fn key_of(archive: &Archive, code: &str) -> String {
    let sql = format!("SELECT object_key FROM photo WHERE code = '{code}' ORDER BY seq LIMIT 1");
    archive.catalogue().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_code_leads_to_its_versions_and_each_is_read_again() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &["A1BCDEFGHIJ23K", "A1BCDEFGHIJ23K", "A1BCDEFGHIJ23L"]).await;
        let found = audited(&archive, &["A1BCDEFGHIJ23K", " A1BCD EFGHI J23L "], 0);
        assert_eq!((&found["checked"], &found["intact"]), (&json!(3), &json!(3)), "{found}");
        let statuses = ["changed", "missing", "unreadable", "unknown", "announced", "archived"];
        assert!(statuses.iter().all(|status| found[status] == 0), "{found}");
        let photos = daemon.api("/api/v1/photos?code=A1BCDEFGHIJ23L", &archive.api_token()).await;
        let photo = &photos["photos"][0];
        let row = &found["results"][2];
        for field in ["code", "sha256", "object_key", "verdict", "findings"] {
            assert_eq!(row[field], photo[field], "{field}");
        }
        assert_eq!(
            (&row["status"], &row["photo"], &row["detail"]),
            (&json!("intact"), &photo["id"], &Value::Null)
        );
        let on_record = audited(&archive, &["A1BCDEFGHIJ23L", "--no-read"], 0);
        assert_eq!((&on_record["archived"], &on_record["intact"]), (&json!(1), &json!(0)));
        assert_eq!(on_record["results"][0]["status"], "archived");
    }
}

#[tokio::test]
async fn a_code_without_a_photo_is_announced_with_the_reason_or_unknown_with_what_looks_alike() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &["A0BCDEFGHIJ23K"]).await;
    let mut without_link = delivery("dead", "B1BCDEFGHIJ23K", "no link");
    without_link["photo_url"] = "no link".into();
    daemon.deliver(&without_link).await;
    daemon.deliver(&delivery("late", "C1BCDEFGHIJ23K", &host.put("/late.jpg", Answer::Status(503)))).await;
    until("the late one is scheduled", async || {
        (archive.count("SELECT count(*) FROM job WHERE state = 'scheduled'") == 1).then_some(())
    })
    .await;
    let found = audited(
        &archive,
        &["B1BCDEFGHIJ23K", "C1BCDEFGHIJ23K", "aOBCDEFGHlJ23k", "ZZZZZZZZZZZZZZ", "B1BCDEFGHIJ23k"],
        1,
    );
    let row = |at: usize| found["results"][at].clone();
    let detail = |at: usize| row(at)["detail"].as_str().unwrap_or_default().to_owned();
    assert_eq!((&row(0)["status"], &row(1)["status"]), (&json!("announced"), &json!("announced")));
    assert!(detail(0).contains("could not be archived: ") && detail(0).contains("photo_url"), "{found}");
    assert!(detail(1).contains("waits: ") && detail(1).contains("503"), "{found}");
    assert_eq!((&row(2)["status"], &row(2)["suggestions"]), (&json!("unknown"), &json!(["A0BCDEFGHIJ23K"])));
    assert_eq!((&row(3)["status"], &row(3)["suggestions"]), (&json!("unknown"), &json!([])));
    assert_eq!(row(4)["status"], "unknown", "case is not assumed");
    assert_eq!(
        (&found["announced"], &found["unknown"], &found["checked"]),
        (&json!(2), &json!(3), &json!(5))
    );

    host.put("/late.jpg", Answer::File(jpeg(9), "image/jpeg"));
    archive.hurry();
    daemon.settle(&archive).await;
    assert_eq!(audited(&archive, &["C1BCDEFGHIJ23K"], 0)["intact"], 1, "what was announced is archived now");
}

#[tokio::test]
async fn a_code_is_suggested_only_when_its_photo_is_archived() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &["A0BCDEFGHIJ23K"]).await;
    assert!(daemon.stop().success());
    let suggested = || audited(&archive, &["AOBCDEFGHIJ23K"], 1)["results"][0]["suggestions"].clone();
    assert_eq!(suggested(), json!(["A0BCDEFGHIJ23K"]));
    archive.catalogue().execute("UPDATE photo SET archived_at = NULL", []).unwrap();
    assert_eq!(suggested(), json!([]), "it is sealed, and nobody has read it back");
}

#[tokio::test]
async fn a_sample_of_none_or_of_more_than_may_be_drawn_is_refused_in_words() {
    let archive = Archive::local();
    for photos in ["0", "100001", "-1", "many"] {
        let output = archive.run(&["audit", &format!("--sample={photos}")]);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code_of(&output), 2, "{said}");
        assert!(said.contains("1 to 100000 photos") && said.contains("audit --all"), "{said}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_shown_to_a_terminal_and_never_obeyed_by_it() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &[]).await;
    let code = "C\u{202e}ODE";
    daemon.deliver(&delivery("dead\u{1b}[2J", code, "no link")).await;
    let asked = ["audit", code, "\u{202e}evil\u{200b}", "evil\u{61c}"];
    let text = String::from_utf8(archive.run(&asked).stdout).unwrap();
    let is_obeyed = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{61c}' | '\u{202e}'));
    assert!(!text.contains(is_obeyed), "{text:?}");
    assert!(text.contains(r"evil\u{61c}"), "{text:?}");
}

#[tokio::test]
async fn jobs_of_an_earlier_version_are_found_by_their_code_too() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &[]).await;
    daemon.deliver(&delivery("dead", "B1BCDEFGHIJ23K", "no link")).await;
    archive.catalogue().execute("UPDATE job SET code = NULL", []).unwrap();
    assert_eq!(audited(&archive, &["B1BCDEFGHIJ23K"], 1)["unknown"], 1);
    assert!(daemon.stop().success());
    let _daemon = archive.start();
    until("the code was read", async || {
        (audited(&archive, &["B1BCDEFGHIJ23K"], 1)["announced"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn lists_come_as_files_of_any_separator_and_from_standard_input() {
    let (archive, host) = (Archive::local(), Host::start());
    let _daemon = archived(&archive, &host, &CODES).await;
    let file = archive.state_dir().join("codes.csv");
    std::fs::write(&file, "\u{feff}Site;Photo code\r\n\"a;b\"; A1BCDEFGHIJ23K \r\nc;\"A1BCDEFGHIJ23L\"\r\n")
        .unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(audited(&archive, &["--file", path], 0)["intact"], 2);
    let csv = archive.run(&["audit", "--file", path, "--format", "csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(
        csv.starts_with(
            "\u{feff}code,status,detail,verdict,findings,SHA-256,object,suggestions,Timemark's page said,read on\r\n"
        ),
        "{csv}"
    );
    assert!(csv.contains("\r\nA1BCDEFGHIJ23L,intact,,") && csv.lines().count() == 3, "{csv}");
    let text = piped(&archive, &["audit", "-"], b"A1BCDEFGHIJ23K\nAOBCDEFGHIJ23M\n");
    assert_eq!(code_of(&text), 1);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("archived is A0BCDEFGHIJ23M") && text.ends_with("2 checked: 1 intact, 1 unknown\n"),
        "{text}"
    );

    std::fs::write(&file, "code,note\nA1BCDEFGHIJ23K,x\nA1BCDEFGHIJ23L,\"never closed\n").unwrap();
    for output in [
        archive.run(&["audit", "--file", path]),
        archive.run(&["audit", "--file", path, "--no-read", "--format", "csv"]),
    ] {
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!((code_of(&output), output.stdout.is_empty()), (2, true), "{said}");
        assert!(said.contains("line 3") && said.contains("quotation mark"), "{said}");
    }
    let nothing = archive.run(&["audit"]);
    assert_eq!(code_of(&nothing), 2);
    assert_eq!(code_of(&archive.run(&["audit", "--file", "/nowhere.csv"])), 2);
}

/// One change behind Keepmark's back, and what an audit must say of the two codes.
type Case = (&'static str, [&'static str; 2], &'static str);

const CASES: [Case; 9] = [
    ("photo flipped", ["changed", "intact"], "the photo has other bytes"),
    ("photo cut", ["changed", "intact"], "the photo has other bytes"),
    ("photos swapped", ["changed", "changed"], "the photo has other bytes"),
    ("sidecars swapped", ["changed", "changed"], "the sidecar has other bytes"),
    ("sidecar flipped", ["changed", "intact"], "the sidecar has other bytes"),
    ("sidecar cut", ["changed", "intact"], "the sidecar has other bytes"),
    ("photo deleted", ["missing", "intact"], "the photo is not in the store"),
    ("sidecar deleted", ["missing", "intact"], "the sidecar is not in the store"),
    ("record rewritten", ["changed", "intact"], "the sidecar speaks of another photo"),
];

async fn damage(archive: &Archive, objects: &Objects, case: &str, photos: [&str; 2]) {
    let sidecars = photos.map(|key| format!("{key}.json"));
    let target = if case.starts_with("sidecar") { &sidecars[0] } else { photos[0] };
    if case == "record rewritten" {
        // Somebody puts another photo in the place of this one, and corrects the catalogue.
        let bytes = jpeg(99);
        let sha256 = keepmark::domain::photo::Sha256::of(&bytes).to_string();
        objects.put(photos[0], bytes).await;
        let sql = "UPDATE photo SET sha256 = ?1 WHERE object_key = ?2";
        archive.catalogue().execute(sql, [sha256.as_str(), photos[0]]).unwrap();
        return;
    }
    match case.split(' ').nth(1).unwrap() {
        "swapped" if case.starts_with("photos") => objects.swap(photos[0], photos[1]).await,
        "swapped" => objects.swap(&sidecars[0], &sidecars[1]).await,
        "deleted" => objects.delete(target).await,
        "cut" => {
            let bytes = objects.get(target).await;
            objects.put(target, bytes[..bytes.len() * 7 / 10].to_vec()).await;
        }
        _ => {
            let mut bytes = objects.get(target).await;
            let bit = rand::random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            objects.put(target, bytes).await;
        }
    }
}

#[tokio::test]
async fn each_change_behind_our_back_is_named_by_code() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &CODES).await;
        let objects = Objects::of(&archive);
        let codes = [CODES[0], CODES[1]];
        let photos = codes.map(|code| key_of(&archive, code));
        let photos = [photos[0].as_str(), photos[1].as_str()];
        for (case, expected, sentence) in CASES {
            let keys: Vec<String> =
                photos.iter().flat_map(|key| [(*key).to_owned(), format!("{key}.json")]).collect();
            let mut before = Vec::new();
            for key in &keys {
                before.push(objects.get(key).await);
            }
            damage(&archive, &objects, case, photos).await;
            let found = audited(&archive, &[codes[0], codes[1], CODES[2]], 1);
            let statuses: Vec<_> = (0..3).map(|at| found["results"][at]["status"].clone()).collect();
            assert_eq!(statuses, [expected[0], expected[1], "intact"], "{case}: {found}");
            let detail = found["results"][0]["detail"].as_str().unwrap();
            assert!(detail.contains(sentence), "{case}: {detail}");
            for (key, bytes) in keys.iter().zip(before) {
                objects.put(key, bytes).await;
            }
            if case != "record rewritten" {
                audited(&archive, &codes, 0);
            }
        }
        drop(daemon);
    }
}

/// Random places, as often as the purpose asks for.
#[tokio::test]
async fn a_bit_that_flips_anywhere_is_found_a_hundred_times_of_a_hundred() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archived(&archive, &host, &CODES).await;
        let objects = Objects::of(&archive);
        let keys = objects.keys().await;
        assert_eq!(keys.len(), 6);
        for round in 0..100 {
            let key = &keys[round % keys.len()];
            let before = objects.get(key).await;
            let mut bytes = before.clone();
            let bit = rand::random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            objects.put(key, bytes).await;
            let found = audited(&archive, &CODES, 1);
            assert_eq!(
                (&found["changed"], &found["intact"]),
                (&json!(1), &json!(2)),
                "{key}, bit {bit}: {found}"
            );
            objects.put(key, before).await;
        }
        audited(&archive, &CODES, 0);
        drop(daemon);
    }
}

#[tokio::test]
async fn an_empty_folder_in_the_place_of_the_store_makes_nothing_missing() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let away = archive.state_dir().join("away");
    std::fs::rename(archive.objects(), &away).unwrap();
    std::fs::create_dir(archive.objects()).unwrap();
    for arguments in [vec!["audit", CODES[0]], vec!["audit", "--all"], vec!["audit", "--inventory"]] {
        let output = archive.run(&arguments);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code_of(&output), 2, "{arguments:?}: {said}");
        assert!(
            said.contains("nothing is called missing") && said.contains(".keepmark/store.json"),
            "{said}"
        );
        assert!(!String::from_utf8_lossy(&output.stdout).contains("missing"));
    }
    assert_eq!(archive.count("SELECT count(*) FROM audit_result"), 0);
    assert_eq!(archive.count("SELECT count(*) FROM audit_object WHERE result <> 'intact'"), 0);
    let token = archive.api_token();
    let asked = client()
        .post(daemon.url("/api/v1/audit"))
        .bearer_auth(&token)
        .body("{\"codes\": [\"A\", \"A1BCDEFGHIJ23K\"]}");
    let answer = asked.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().await.unwrap().contains("nothing is called missing"));

    std::fs::remove_dir_all(archive.objects()).unwrap();
    std::fs::rename(&away, archive.objects()).unwrap();
    assert_eq!(audited(&archive, &["--all"], 0)["missing"], 0);
}

/// Copies of the one photo: rows alone, as many as an auditor may ask for.
fn multiply(archive: &Archive, photos: usize) {
    let catalogue = archive.catalogue();
    let columns = |table: &str| {
        let mut statement =
            catalogue.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
        let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        names.map(Result::unwrap).collect::<Vec<_>>()
    };
    let copied = |name: &String| match name.as_str() {
        "seq" | "photo_seq" => "1000 + i".to_owned(),
        "id" => "printf('%032x', i)".to_owned(),
        "sha256" => "printf('%064x', i)".to_owned(),
        "code" => "printf('BULK%010d', i)".to_owned(),
        "object_key" | "key_folded" => "printf('photos/t/p/m/2025-12-11/%d.jpg', i)".to_owned(),
        other => other.to_owned(),
    };
    for table in ["photo", "finding"] {
        let names = columns(table);
        let values: Vec<_> = names.iter().map(copied).collect();
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {photos})
             INSERT INTO {table} ({}) SELECT {} FROM n, {table} WHERE {} = 1",
            names.join(", "),
            values.join(", "),
            if table == "photo" { "seq" } else { "photo_seq" },
        );
        catalogue.execute(&sql, []).unwrap();
    }
}

#[tokio::test]
async fn a_hundred_thousand_codes_are_answered_within_a_minute_as_they_come_in_flat_memory() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &["A1BCDEFGHIJ23K"]).await;
    assert!(daemon.stop().success());
    multiply(&archive, 66_667);
    let file = archive.state_dir().join("codes.csv");
    let code = |number: usize| match number % 3 {
        2 => format!("NONE{number:010}"),
        _ => format!("BULK{:010}", number - number / 3),
    };
    let list: String = (1..=100_000).map(|number| code(number) + "\n").collect();
    std::fs::write(&file, list).unwrap();
    let began = Instant::now();
    let arguments = ["audit", "--no-read", "--format", "csv", "--file", file.to_str().unwrap()];
    let mut child = archive.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let resident = |pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<i64>().unwrap()
    };
    let (mut lines, mut unknown, mut early, mut late, mut first) = (0, 0, 0, 0, Duration::MAX);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        first = first.min(began.elapsed());
        lines += 1;
        unknown += usize::from(line.contains(",unknown,"));
        match lines {
            20_000 => early = resident(child.id()),
            95_000 => late = resident(child.id()),
            _ => {}
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!((lines, unknown), (100_001, 33_333));
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    assert!(late - early < 8 * 1024 && late < 64 * 1024, "from {early} to {late} KiB");
    println!("{:?} in all, the first row after {first:?}, {early} to {late} KiB", began.elapsed());
}
