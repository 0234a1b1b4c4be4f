//! The files that pages need, compiled in. Their addresses carry a hash of them all: browsers keep them for a year and
//! see an upgrade at once. Never a file of the disk, never one that only some readers may see.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, ETAG, Encoding, EntityTag, IfNoneMatch, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Path, Query};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::domain::photo::Sha256;
use crate::web::error::WebError;

/// A file of the pages.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const ASSETS: [Asset; 6] = [
    Asset {
        name: "keepmark.css",
        media_type: STYLE,
        bytes: concat!(
            include_str!("../assets/keepmark.css"),
            include_str!("../assets/sheet.css"),
            include_str!("../assets/photo.css"),
            include_str!("../assets/map.css"),
        )
        .as_bytes(),
    },
    Asset { name: "keepmark.js", media_type: SCRIPT, bytes: include_bytes!("../assets/keepmark.js") },
    Asset {
        name: "keepmark.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("../assets/keepmark.svg"),
    },
    // Unmodified, as npm's leaflet 1.9.4 brings them.
    Asset { name: "leaflet.js", media_type: SCRIPT, bytes: include_bytes!("../assets/leaflet.js") },
    Asset { name: "leaflet.css", media_type: STYLE, bytes: include_bytes!("../assets/leaflet.css") },
    // The land of npm's world-atlas 2.0.2 (land-110m) as GeoJSON, in hundredths of a degree.
    Asset {
        name: "outline.json",
        media_type: "application/geo+json",
        bytes: include_bytes!("../assets/outline.json"),
    },
];

/// A hash of all files. One for all, so that the script can name the files that it loads itself.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|asset| asset.bytes).copied().collect();
    Sha256::of(&all).to_string()[..12].to_owned()
});

/// The files as most browsers want them, each compressed once.
static COMPRESSED: LazyLock<Vec<Bytes>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| gzip(asset.bytes)).collect());

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    /// The edition that the page was made with.
    v: Option<String>,
}

/// Compresses the files before the first request, which would have to wait for it.
pub(in crate::web) fn prepare() {
    LazyLock::force(&COMPRESSED);
}

/// The address of a file, as pages name it.
pub(in crate::web) fn address(name: &str) -> String {
    format!("/assets/{name}?v={}", *EDITION)
}

pub(in crate::web) async fn serve(
    request: HttpRequest,
    name: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let at = ASSETS.iter().position(|asset| asset.name == *name).ok_or(WebError::NotFound("file"))?;
    // Weak: the compressed file is the same file in other bytes (RFC 9110, section 8.8.1).
    let tag = EntityTag::new_weak(EDITION.clone());
    let is_known = holds(&request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // Under another edition's address these bytes must not be kept: that edition may come back.
    let keeping = match asked.v.as_deref() {
        Some(edition) if edition == *EDITION => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    response
        .content_type(ASSETS[at].media_type)
        .insert_header((CACHE_CONTROL, keeping))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if is_known {
        return Ok(response.finish());
    }
    if takes_gzip(&request) {
        return Ok(response.insert_header((CONTENT_ENCODING, "gzip")).body(COMPRESSED[at].clone()));
    }
    Ok(response.body(ASSETS[at].bytes))
}

/// The browser holds this very file.
fn holds(request: &HttpRequest, tag: &EntityTag) -> bool {
    match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(held)) => held.iter().any(|held| held.weak_eq(tag)),
        None => false,
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = request.get_header::<AcceptEncoding>();
    accepted.and_then(|accepted| accepted.negotiate(offered.iter())) == Some(Encoding::gzip())
}

fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    compressed.expect("memory takes every write").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use actix_web::http::{StatusCode, header};
    use actix_web::test::TestRequest;
    use std::io::Read;

    async fn get(address: &str, headers: &[(header::HeaderName, &str)]) -> HttpResponse {
        let mut request = TestRequest::with_uri(address);
        for header in headers {
            request = request.insert_header(header.clone());
        }
        let request = request.to_http_request();
        let name = request.uri().path().trim_start_matches("/assets/").to_owned();
        let asked = Query::from_query(request.uri().query().unwrap_or_default()).unwrap();
        serve(request, Path::from(name), asked).await.unwrap()
    }

    fn header(response: &HttpResponse, name: &header::HeaderName) -> String {
        response.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_script_stays_small_enough_for_one_bar_of_signal() {
        let of = |name| gzip(ASSETS.iter().find(|asset| asset.name == name).unwrap().bytes).len();
        let (script, outline) = (of("keepmark.js"), of("outline.json"));
        assert!(script < 12 * 1024, "keepmark.js: {script} bytes compressed");
        assert!(outline < 100 * 1024, "outline.json: {outline} bytes compressed");
    }

    #[actix_web::test]
    async fn a_file_is_kept_for_a_year_under_its_edition_alone() {
        let now = get(&address("keepmark.css"), &[]).await;
        assert_eq!(header(&now, &CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header(&now, &X_CONTENT_TYPE_OPTIONS), "nosniff");
        for old in ["/assets/keepmark.css?v=0123456789ab", "/assets/keepmark.css"] {
            assert_eq!(header(&get(old, &[]).await, &CACHE_CONTROL), "no-cache", "{old}");
        }
    }

    #[actix_web::test]
    async fn a_browser_that_holds_the_file_gets_no_second_copy() {
        let first = get("/assets/outline.json", &[]).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = header(&first, &ETAG);
        let again = get("/assets/outline.json", &[(header::IF_NONE_MATCH, &tag)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let older = get("/assets/outline.json", &[(header::IF_NONE_MATCH, "W/\"older\"")]).await;
        assert_eq!(older.status(), StatusCode::OK);
    }

    #[actix_web::test]
    async fn the_compressed_file_is_the_file() {
        let plain = get("/assets/leaflet.js", &[]).await;
        assert_eq!(header(&plain, &CONTENT_ENCODING), "");
        let refused = get("/assets/leaflet.js", &[(header::ACCEPT_ENCODING, "gzip;q=0, identity")]).await;
        assert_eq!(header(&refused, &CONTENT_ENCODING), "");
        let packed = get("/assets/leaflet.js", &[(header::ACCEPT_ENCODING, "gzip, deflate, br")]).await;
        assert_eq!(header(&packed, &CONTENT_ENCODING), "gzip");
        let packed = to_bytes(packed.into_body()).await.unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(to_bytes(plain.into_body()).await.unwrap(), unpacked);
    }

    #[test]
    fn every_file_that_a_page_names_is_here() {
        let base = include_str!("../templates/base.html");
        let named: Vec<_> =
            base.split("address(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(named.len(), 3, "{named:?}");
        assert!(named.iter().all(|name| ASSETS.iter().any(|asset| asset.name == *name)), "{named:?}");
    }

    #[test]
    fn files_of_others_are_credited() {
        let notice = include_str!("../../../NOTICE");
        assert!(notice.contains("Leaflet 1.9.4") && notice.contains("Natural Earth"));
        let leaflet = include_str!("../assets/leaflet.js");
        assert!(leaflet.contains("Leaflet 1.9.4"), "NOTICE names another version");
    }
}
