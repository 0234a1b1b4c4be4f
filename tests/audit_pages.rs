//! The pages of the audit: codes that are pasted or in a file, and a file that is known by its hash.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::auditing::{CODES, archived};
use crate::support::big_file;
use crate::support::daemon::{Archive, Daemon};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::person::Person;
use crate::support::photos::jpeg;
use crate::support::until;

/// A form as browsers send it.
fn form(
    person: &Person,
    daemon: &Daemon,
    fields: &[(&str, &str)],
    file: Option<&[u8]>,
) -> reqwest::RequestBuilder {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"codes.csv\"\r\nContent-Type: text/csv\r\n\r\n";
    body.extend(head.bytes());
    body.extend(file.unwrap_or_default());
    body.extend(b"\r\n--x--\r\n");
    person
        .ask(daemon, reqwest::Method::POST, "/audit")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin")
        .body(body)
}

#[tokio::test]
async fn the_page_answers_pasted_codes_and_files_and_gives_the_result_as_a_file() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
    let (_, page) = auditor.get(&daemon, "/audit").await;
    assert!(page.contains("All 6 archived objects were intact") && page.contains("name=\"codes\""), "{page}");
    let ask = async |fields: &[(&str, &str)], file: Option<&[u8]>| {
        let answer = form(&auditor, &daemon, fields, file).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status(), kind, answer.text().await.unwrap())
    };
    let (status, _, page) = ask(&[("codes", "A1BCD EFGHI J23K, AOBCDEFGHIJ23M"), ("as", "page")], None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(
        page.contains("2 checked: 1 intact, 1 unknown")
            && page.contains("A0BCDEFGHIJ23M</span>, which looks alike"),
        "{page}"
    );
    let csv = b"\xef\xbb\xbfcode;x\r\nA1BCDEFGHIJ23K;1\r\n<b>;2\r\n";
    let (status, kind, result) = ask(&[("codes", ""), ("as", "csv")], Some(csv)).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(result.contains("A1BCDEFGHIJ23K,intact") && result.contains("<b>,unknown"), "{result}");
    let (_, kind, result) = ask(&[("as", "json"), ("no_read", "on")], Some(csv)).await;
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!((kind.as_str(), &result["archived"]), ("application/json", &json!(1)));
    let (_, _, page) = ask(&[("as", "page")], Some(csv)).await;
    assert!(page.contains("&lt;b&gt;") || page.contains("&#60;b&#62;"), "{page}");
    let (status, _, refused) = ask(&[("as", "page")], Some(b"A\n\"B\nC\n")).await;
    assert!(status == StatusCode::BAD_REQUEST && refused.contains("line 2"), "{refused}");
    let (status, _, _) = ask(&[("codes", " ")], None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, _, page) = ask(&[("codes", "A1BCDEFGHIJ23L"), ("as", "page")], Some(csv)).await;
    assert!(
        page.contains("3 checked: 2 intact, 1 unknown"),
        "what is pasted and what is in the file: {page}"
    );
}

#[tokio::test]
async fn the_page_reads_few_photos_at_once_and_says_what_to_do_for_more() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &["A1BCDEFGHIJ23K"]).await;
    let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
    let codes = "A1BCDEFGHIJ23K\n".repeat(60);
    let page = async |fields: &[(&str, &str)]| {
        form(&auditor, &daemon, fields, None).send().await.unwrap().text().await.unwrap()
    };
    let read = page(&[("codes", &codes)]).await;
    assert!(read.contains("50 checked: 50 intact") && read.contains("10 further codes"), "{read}");
    assert!(read.contains("Download") && read.contains("keepmark audit --file"), "{read}");
    let looked_up = page(&[("codes", &codes), ("no_read", "on")]).await;
    assert!(looked_up.contains("60 checked: 60 archived"), "{looked_up}");
}

#[tokio::test]
async fn photos_are_read_again_within_the_places_of_downloads() {
    const VIDEO_BYTES: usize = 96 * 1024 * 1024;
    let archive = Archive::local();
    let daemon = archive.start();
    daemon.deliver(&delivery("video", "VIDEO", &big_file::serve(VIDEO_BYTES))).await;
    daemon.settle(&archive).await;
    let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
    let mut unread = Vec::new();
    for _ in 0..3 {
        let asked = auditor.ask(&daemon, reqwest::Method::GET, "/downloads/photos.zip");
        unread.push(asked.send().await.unwrap());
    }
    let asked = form(&auditor, &daemon, &[("codes", "VIDEO")], None).send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(asked.text().await.unwrap().contains("try again in a minute"));
    drop(unread);
    until("a reader that left makes room", async || {
        let asked = form(&auditor, &daemon, &[("codes", "VIDEO")], None).send().await.unwrap();
        asked.text().await.unwrap().contains("1 checked: 1 intact").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_file_is_known_by_its_hash_alone() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await;
    let sha256 = keepmark::domain::photo::Sha256::of(&jpeg(1)).to_string();
    let (_, page) = auditor.get(&daemon, "/audit/file").await;
    assert!(page.contains("data-hash hidden") && page.contains("name=\"sha256\""), "{page}");
    let (_, page) = auditor.get(&daemon, &format!("/audit/file?sha256={}", sha256.to_uppercase())).await;
    assert!(page.contains("These very bytes are archived") && page.contains("A1BCD EFGHI J23L"), "{page}");
    let (_, page) = auditor.get(&daemon, &format!("/audit/file?sha256={}", "0".repeat(64))).await;
    assert!(page.contains("No photo with these very bytes"), "{page}");
    let printed = format!("/audit/file?sha256={sha256}%20%20IMG_0001.jpg");
    let (_, page) = auditor.get(&daemon, &printed).await;
    assert!(page.contains("These very bytes are archived"), "the line as `sha256sum` prints it: {page}");
    let (status, page) = auditor.get(&daemon, "/audit/file?sha256=xyz").await;
    assert!(status == StatusCode::BAD_REQUEST && page.contains("64 digits"), "{page}");
    let token = archive.api_token();
    let found = daemon.api(&format!("/api/v1/photos?sha256={sha256}"), &token).await;
    assert_eq!(found["photos"].as_array().unwrap().len(), 1);
    assert_eq!(found["photos"][0]["code"], CODES[1]);
}
