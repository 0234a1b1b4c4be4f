//! Pages, API and health: who gets in, and what they say.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::daemon::Archive;
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::photos::jpeg;

#[tokio::test]
async fn without_a_token_the_api_is_401_and_the_page_leads_to_sign_in() {
    let archive = Archive::local();
    let daemon = archive.start();
    for path in
        ["/api/v1/photos", "/api/v1/queue", "/api/v1/deliveries", "/api/v1/deliveries/1/body", "/metrics"]
    {
        let response = daemon.client().get(daemon.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        let wrong = daemon.client().get(daemon.url(path)).bearer_auth("km_wrong").send().await.unwrap();
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let page = daemon.client().get(daemon.url("/")).send().await.unwrap();
    assert_eq!(page.url().path(), "/sign-in");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(daemon.client().get(daemon.url(path)).send().await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_page_shows_what_was_archived_as_text() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let link = host.jpeg("/1.jpg", jpeg(1));
    let mut sent = delivery("one", "A1BCDEFGHIJ23K", &link);
    sent["project_name"] = json!("<script>alert(1)</script>");
    daemon.deliver(&sent).await;
    daemon.settle(&archive).await;
    let page =
        daemon.client().get(daemon.url("/photos")).bearer_auth(archive.api_token()).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let text = page.text().await.unwrap();
    assert!(text.contains(">1</data> photo archived.") && text.contains("Alice Chen"), "{text}");
    assert!(text.contains("11 Dec 2025, 13:45") && text.contains("A1BCD EFGHI J23K"), "{text}");
    assert!(!text.contains("<script>alert"), "{text}");
}

#[tokio::test]
async fn the_files_that_a_page_names_come_from_here_and_are_kept_for_a_year() {
    let archive = Archive::local();
    let daemon = archive.start();
    let page = daemon.client().get(daemon.url("/sign-in")).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(!page.contains("style=\"") && !page.contains("<style"), "{page}");
    let mut types = Vec::new();
    for address in page.split('"').filter(|part| part.starts_with("/assets/")) {
        let file = daemon.client().get(daemon.url(address)).send().await.unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{address}");
        assert!(file.headers()["cache-control"].to_str().unwrap().contains("immutable"), "{address}");
        types.push(file.headers()["content-type"].to_str().unwrap().to_owned());
    }
    assert_eq!(types, ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"]);
}

#[tokio::test]
async fn another_host_name_gets_nothing_but_the_hook_and_health() {
    let archive = Archive::local();
    let daemon = archive.start();
    let token = archive.api_token();
    let get = async |path: &str| {
        let request = daemon.client().get(daemon.url(path)).header("host", "evil.test").bearer_auth(&token);
        request.send().await.unwrap().status()
    };
    for path in ["/", "/sign-in", "/api/v1/photos", "/metrics"] {
        assert_eq!(get(path).await, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    assert_eq!(get("/healthz").await, StatusCode::OK);
    let hook = daemon.client().post(daemon.hook()).header("host", "photos.test").body("{}");
    assert_eq!(hook.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn lists_walk_by_key_and_filter() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for number in 1..=5 {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        let mut sent = delivery(&format!("{number}"), &format!("CODE{number:010}"), &link);
        sent["project_name"] = json!(if number % 2 == 0 { "even" } else { "odd" });
        sent["photo_timestamp"] = json!(format!("2025-12-1{number}T18:45:00Z"));
        daemon.deliver(&sent).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = daemon.api(&format!("/api/v1/photos?limit=2{next}"), &token).await;
        seen.extend(page["photos"].as_array().unwrap().iter().map(|photo| photo["code"].to_string()));
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let count = async |query: &str| {
        daemon.api(&format!("/api/v1/photos?{query}"), &token).await["photos"].as_array().unwrap().len()
    };
    assert_eq!(count("project=even").await, 2);
    assert_eq!(count("code=CODE0000000003").await, 1);
    assert_eq!(count("from=2025-12-12&to=2025-12-13").await, 2);
    assert_eq!(count("verdict=contradicted").await, 0);
    let wrong = daemon.client().get(daemon.url("/api/v1/photos?limit=201")).bearer_auth(&token);
    assert_eq!(wrong.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(daemon.api("/api/v1/queue", &token).await["done"], 5);
    let metrics = daemon.client().get(daemon.url("/metrics")).bearer_auth(&token).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("keepmark_jobs{kind=\"done\"} 5"), "{metrics}");
    assert!(metrics.contains("keepmark_deliveries_total{kind=\"accepted\"} 5"), "{metrics}");
}
