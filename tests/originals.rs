//! Originals and images over HTTP: parts, conditions, and nothing that a browser would run.

use reqwest::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap,
};
use reqwest::{Method, Response, StatusCode};

use keepmark::domain::photo::Sha256;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::delivery;
use crate::support::host::{Answer, Host};
use crate::support::photos::jpeg;
use crate::support::store::Store;

async fn ask(daemon: &Daemon, token: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = daemon.client().request(method, daemon.url(path)).bearer_auth(token);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

/// What keeps a browser from running what it was sent.
fn is_harmless(headers: &HeaderMap) {
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
}

#[tokio::test]
async fn originals_and_images_are_sent_whole_in_parts_or_not_at_all() {
    for store in Store::all() {
        let (archive, host) = (Archive::on(store), Host::start());
        let daemon = archive.start();
        let photo = jpeg(1);
        daemon.deliver(&delivery("event", "CODE", &host.jpeg("/1.jpg", photo.clone()))).await;
        daemon.settle(&archive).await;
        let token = archive.api_token();
        let id = daemon.api("/api/v1/photos", &token).await["photos"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/photos/{id}/original");
        speaks_http(&daemon, &token, &path, &photo).await;

        let path = format!("/photos/{id}/360.jpg");
        let image = ask(&daemon, &token, Method::GET, &path, &[]).await;
        assert!(!image.headers().contains_key(CONTENT_DISPOSITION), "pages show it");
        let image = image.bytes().await.unwrap();
        speaks_http(&daemon, &token, &path, &image).await;
    }
}

async fn speaks_http(daemon: &Daemon, token: &str, path: &str, bytes: &[u8]) {
    let tag = format!("\"{}\"", Sha256::of(bytes));
    let size = bytes.len();
    let get = async |headers: &[(&str, &str)]| ask(daemon, token, Method::GET, path, headers).await;
    let whole = get(&[]).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.headers()[ETAG], tag);
    assert_eq!(whole.headers()[CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(whole.headers()[ACCEPT_RANGES], "bytes");
    assert_eq!(whole.headers()[CONTENT_TYPE], "image/jpeg");
    is_harmless(whole.headers());
    assert_eq!(whole.bytes().await.unwrap(), bytes);

    let head = ask(daemon, token, Method::HEAD, path, &[("range", "bytes=0-1")]).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers()[ETAG], tag);
    assert_eq!(head.headers()[CONTENT_LENGTH], size.to_string());

    let known = get(&[("if-none-match", &tag)]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(known.headers()[ETAG], tag);
    assert!(known.bytes().await.unwrap().is_empty());

    let part = get(&[("range", "bytes=10-19")]).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[CONTENT_RANGE], format!("bytes 10-19/{size}"));
    is_harmless(part.headers());
    assert_eq!(part.bytes().await.unwrap(), &bytes[10..20]);
    let end = get(&[("range", "bytes=-7"), ("if-range", &tag)]).await;
    assert_eq!(end.bytes().await.unwrap(), &bytes[size - 7..]);
    let other = get(&[("range", "bytes=-7"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status(), other.bytes().await.unwrap().len()), (StatusCode::OK, size));
    let beyond = get(&[("range", "bytes=9999999-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers()[CONTENT_RANGE], format!("bytes */{size}"));
}

#[tokio::test]
async fn what_a_browser_would_run_is_never_sent_to_be_run() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let html = b"<html><script>alert(1)</script></html>";
    let polyglot = [&jpeg(1)[..], html].concat();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for (name, answer) in [
        ("polyglot.jpg", Answer::File(polyglot.clone(), "text/html")),
        ("page.jpg", Answer::File(html.to_vec(), "image/jpeg")),
        ("drawing.jpg", Answer::File(svg.to_vec(), "image/svg+xml")),
    ] {
        let mut sent = delivery(name, name, &host.put(&format!("/{name}"), answer));
        sent["photo_name"] = "x\"; filename=\"x.html".into();
        sent["project_name"] = "\u{202e}lmth. Größe 現場".into();
        daemon.deliver(&sent).await;
    }
    let token = archive.api_token();
    crate::support::until("one photo is archived and the others were tried", async || {
        let tried = archive.count("SELECT count(*) FROM job WHERE attempts > 0 OR state = 'done'");
        (tried == 3 && archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 1)
            .then_some(())
    })
    .await;
    let listed = daemon.api("/api/v1/photos", &token).await;
    let id = listed["photos"][0]["id"].as_str().unwrap();
    let original = ask(&daemon, &token, Method::GET, &format!("/api/v1/photos/{id}/original"), &[]).await;
    assert_eq!(original.headers()[CONTENT_TYPE], "image/jpeg", "as found, not as the host called it");
    let named = original.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert!(named.starts_with("attachment; ") && !named.contains("html"), "{named}");
    is_harmless(original.headers());
    assert_eq!(original.bytes().await.unwrap(), polyglot, "the very bytes");
    let image = ask(&daemon, &token, Method::GET, &format!("/photos/{id}/360.jpg"), &[]).await;
    is_harmless(image.headers());
    let image = image.bytes().await.unwrap();
    assert!(!image.windows(8).any(|bytes| bytes == b"<script>"), "derived images have pixels alone");
    let zip = ask(&daemon, &token, Method::GET, "/downloads/photos.zip", &[]).await;
    assert_eq!(zip.headers()["x-content-type-options"], "nosniff");
    let named = zip.headers()[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(
        named.contains("Gr%C3%B6%C3%9Fe%20%E7%8F%BE%E5%A0%B4") && !named.contains("%E2%80%AE"),
        "{named}"
    );
}

#[tokio::test]
async fn an_image_at_hand_is_shown_without_the_store_and_the_cache_keeps_its_bound() {
    let (archive, host) = (Archive::local().with("SERVER__IMAGE_CACHE_BYTES", "4000"), Host::start());
    let daemon = archive.start();
    for number in 0..8 {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        daemon.deliver(&delivery(&format!("event {number}"), &format!("CODE{number}"), &link)).await;
    }
    daemon.settle(&archive).await;
    let token = archive.api_token();
    let listed = daemon.api("/api/v1/photos", &token).await;
    let ids: Vec<_> =
        listed["photos"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let mut last = None;
    for id in &ids {
        let image = ask(&daemon, &token, Method::GET, &format!("/photos/{id}/360.jpg"), &[]).await;
        last = Some(image.bytes().await.unwrap());
    }
    let cache = archive.state_dir().join("images");
    let bytes =
        || files_below(&cache).iter().map(|file| cache.join(file).metadata().unwrap().len()).sum::<u64>();
    assert!((1..=4000).contains(&bytes()), "{}", bytes());
    std::fs::remove_dir_all(archive.objects().join("derived")).unwrap();
    std::fs::remove_dir_all(archive.objects().join("photos")).unwrap();
    let path = format!("/photos/{}/360.jpg", ids.last().unwrap());
    let image = ask(&daemon, &token, Method::GET, &path, &[]).await;
    assert_eq!((image.status(), image.bytes().await.ok()), (StatusCode::OK, last));
    let path = format!("/photos/{}/360.jpg", ids[0]);
    assert_eq!(ask(&daemon, &token, Method::GET, &path, &[]).await.status(), StatusCode::NOT_FOUND);
}
