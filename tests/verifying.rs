//! A sample of photos for a person to ask Timemark's own page about, and what the person found.

use reqwest::StatusCode;
use reqwest::header::LOCATION;

use crate::auditing::archived;
use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::person::Person;

const CODES: [&str; 3] = ["A1BCDEFGHIJ23K", "A1BCDEFGHIJ23L", "A1BCDEFGHIJ23M"];

/// The photo that a page asks about.
fn asked_about(page: &str) -> String {
    let (_, rest) = page.split_once("action=\"/audit/verify/").unwrap_or_else(|| panic!("{page}"));
    rest[..32].to_owned()
}

#[tokio::test]
async fn a_sample_is_drawn_asked_about_one_by_one_and_kept_on_the_photos() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archived(&archive, &host, &CODES).await;
    let auditor = Person::invited(&archive, &daemon, "ada", &["--role", "auditor"]).await;
    let ask = async |path: &str| auditor.ask(&daemon, reqwest::Method::GET, path).send().await.unwrap();
    let drawn = ask("/audit/verify?project_id=&from=&to=&confidence=95&bad=5").await;
    assert_eq!(drawn.status(), StatusCode::SEE_OTHER);
    let sample = drawn.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(sample.contains("seed=") && sample.contains("upto=3"), "{sample}");
    let page = async || ask(&sample).await.text().await.unwrap();
    let first = page().await;
    assert_eq!(asked_about(&first), asked_about(&page().await), "the same address draws the same photos");
    assert!(
        first.contains("3 of 3 photos with a code") && first.contains("https://verify.timemark.com"),
        "{first}"
    );

    let query = sample.split_once('?').unwrap().1;
    let mut seen = Vec::new();
    for outcome in ["authentic", "fake", "unable_to_verify"] {
        let photo = asked_about(&page().await);
        let fields = [("outcome", outcome), ("note", "<b>seen</b>"), ("back", query)];
        let kept = auditor.submit(&daemon, &format!("/audit/verify/{photo}"), &fields).await;
        assert_eq!(kept.headers()[LOCATION].to_str().unwrap(), sample);
        seen.push(photo);
    }
    let last = page().await;
    assert!(
        last.contains("1 Authentic, 1 Fake, 1 Unable to verify") && last.contains("Every photo"),
        "{last}"
    );
    let (_, card) = auditor.get(&daemon, &format!("/photos/{}", seen[1])).await;
    assert!(card.contains("<b>Fake</b>, read by ada on") && !card.contains("<b>seen</b>"), "{card}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);

    let nowhere = format!("/audit/verify/{}", "0".repeat(32));
    let unknown = auditor.submit(&daemon, &nowhere, &[("outcome", "fake")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let wrong = auditor.submit(&daemon, &format!("/audit/verify/{}", seen[0]), &[("outcome", "fine")]).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask("/audit/verify?confidence=100&bad=5").await.status(), StatusCode::BAD_REQUEST);
}
