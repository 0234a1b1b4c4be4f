//! A transfer that breaks goes on where it broke, if the rest is surely of the same file.

use std::time::Duration;

use keepmark::config;
use keepmark::domain::job::{Class, Failure};
use keepmark::domain::photo::Sha256;
use keepmark::fetch::{Fetched, Fetcher};

use crate::support::origin::{Fault, Origin, says};

pub fn settings() -> config::Fetch {
    config::Fetch {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        allow_http: true,
        allow_hosts: Vec::new(),
        size_max_bytes: 1 << 20,
        timeout: Duration::from_secs(20),
        stall: Duration::from_secs(2),
        per_host: 4,
    }
}

/// Ten thousand bytes, no two neighbouring pages alike.
fn body(seed: u8) -> Vec<u8> {
    (0..10_000_u32).map(|at| seed ^ at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

/// Downloads, and compares hash and size with what is on disk.
async fn download(link: &str) -> Result<(Fetched, Vec<u8>), Failure> {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("part");
    let fetched =
        Fetcher::new(&settings(), Vec::new()).unwrap().download(&link.parse().unwrap(), &file).await?;
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!((fetched.sha256, fetched.size_bytes), (Sha256::of(&bytes), bytes.len() as u64));
    Ok((fetched, bytes))
}

fn breaks(body: &[u8], tag: &str) -> Fault {
    Fault::Breaks(body.to_vec(), vec![format!("ETag: {tag}")])
}

#[tokio::test]
async fn with_a_strong_tag_only_the_rest_is_asked_for() {
    let origin = Origin::start();
    let link = origin.put("/1", [breaks(&body(1), "\"a\""), Fault::Ranges(body(1), "\"a\"")]);
    assert_eq!(download(&link).await.unwrap().1, body(1));
    let asked = origin.asked("/1");
    assert_eq!(asked.len(), 2);
    assert_eq!((asked[1]["range"].as_str(), asked[1]["if-range"].as_str()), ("bytes=5000-", "\"a\""));
    assert!(!asked[0].contains_key("range"));
}

#[tokio::test]
async fn a_file_that_changed_in_between_begins_anew() {
    let origin = Origin::start();
    let link =
        origin.put("/1", [breaks(&body(1), "\"a\""), Fault::Ranges(body(2)[..7000].to_vec(), "\"b\"")]);
    assert_eq!(download(&link).await.unwrap().1, &body(2)[..7000]);
}

#[tokio::test]
async fn without_a_strong_tag_nothing_is_put_together() {
    let origin = Origin::start();
    for (path, headers) in [("/none", vec![]), ("/weak", vec!["ETag: W/\"a\"".to_owned()])] {
        let link = origin.put(path, [Fault::Breaks(body(1), headers), Fault::Ranges(body(1), "W/\"a\"")]);
        let failure = download(&link).await.unwrap_err();
        assert_eq!((failure.class, failure.size_bytes), (Class::Network, 5000), "{failure:?}");
        assert_eq!(origin.asked(path).len(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_part_and_an_answer_that_is_no_part_leave_the_break_as_the_reason() {
    let origin = Origin::start();
    for (path, answer) in [
        ("/wrong", Fault::WrongRange(body(1), "\"a\"")),
        ("/gone", says("404 Not Found", &[], "")),
        ("/unsatisfiable", says("416 Range Not Satisfiable", &[], "")),
        ("/moved", says("302 Found", &["Location: /elsewhere"], "")),
        ("/hangs-up", Fault::HangsUp),
    ] {
        let link = origin.put(path, [breaks(&body(1), "\"a\""), answer]);
        let failure = download(&link).await.unwrap_err();
        assert_eq!((failure.class, failure.size_bytes), (Class::Network, 5000), "{path}: {failure:?}");
        assert!(failure.reason.contains("the download broke off"), "{path}: {failure:?}");
        assert_eq!(origin.asked(path).len(), 2, "{path}");
    }
}

#[tokio::test]
async fn a_stalled_transfer_goes_on_too_and_one_that_only_breaks_ends() {
    let origin = Origin::start();
    let rest = Fault::Ranges(body(1), "\"a\"");
    let stalls = Fault::Stalls(body(1), vec!["ETag: \"a\"".to_owned()]);
    assert_eq!(download(&origin.put("/stalls", [stalls, rest])).await.unwrap().1, body(1));
    let link = origin.put("/breaks", [breaks(&body(1), "\"a\"")]);
    assert_eq!(download(&link).await.unwrap_err().class, Class::Network);
    assert_eq!(origin.asked("/breaks").len(), 6, "once, and five times more");
}

#[tokio::test]
async fn a_content_encoding_is_not_undone() {
    let origin = Origin::start();
    let link = origin.put("/1", [says("200 OK", &["Content-Encoding: gzip"], body(1))]);
    assert_eq!(download(&link).await.unwrap().1, body(1));
    assert_eq!(origin.asked("/1")[0]["accept-encoding"], "identity");
}
