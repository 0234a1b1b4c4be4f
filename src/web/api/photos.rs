//! `/api/v1/photos`: archived photos, one by one and as a list, and their original bytes.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Data, Path};
use serde_json::{Value, json};

use super::{LIMIT_USUAL, time};
use crate::catalog::photo::Photo;
use crate::domain::photo::PhotoId;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::error::WebError;
use crate::web::people::{ApiReader, PageReader};

pub(in crate::web) async fn list(
    reader: ApiReader,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let found = site.catalog.search(asked.filter(reader.reach(), LIMIT_USUAL)).await?;
    let photos: Vec<Value> = found.photos.iter().map(shown).collect();
    let next = found.next.map(|seq| seq.to_string());
    Ok(HttpResponse::Ok().json(json!({"photos": photos, "next": next, "is_capped": found.is_capped})))
}

pub(in crate::web) async fn one(
    _reader: ApiReader,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::Ok().json(shown(&find(&site, &id).await?)))
}

/// The very bytes that were archived. Pages link here too, so a page's reader may ask.
pub(in crate::web) async fn original(
    _reader: PageReader,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &id).await?;
    let bytes = site.archive.stream(&photo.object_key).await?;
    Ok(HttpResponse::Ok()
        .content_type(photo.media_type.content_type())
        .insert_header((ETAG, format!("\"{}\"", photo.sha256)))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .insert_header((CONTENT_DISPOSITION, attachment(&photo)))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(SizedStream::new(photo.size_bytes, bytes)))
}

async fn find(site: &Site, id: &str) -> Result<Photo, WebError> {
    let id: PhotoId = id.parse().map_err(|_| WebError::NotFound("photo"))?;
    site.catalog.photo(id).await?.ok_or(WebError::NotFound("photo"))
}

/// The last segment of the object key: plain ASCII but for letters of other scripts, which RFC 8187 encodes.
fn attachment(photo: &Photo) -> String {
    let name = photo.object_key.as_str().rsplit('/').next().unwrap_or_default();
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn shown(photo: &Photo) -> Value {
    json!({
        "id": photo.id,
        "code": photo.code,
        "event_id": photo.event_id,
        "team": present(&photo.team),
        "project": present(&photo.project),
        "member": present(&photo.member),
        "photo_name": photo.photo_name,
        "captured_at": photo.captured_at_ms.and_then(time),
        "local_date": photo.local_time.date(),
        "local_time": photo.local_time.time(),
        "received_at": time(photo.received_at_ms),
        "archived_at": time(photo.archived_at_ms),
        "sha256": photo.sha256,
        "size_bytes": photo.size_bytes,
        "media_type": photo.media_type.content_type(),
        "width": photo.dimensions.map(|(width, _)| width),
        "height": photo.dimensions.map(|(_, height)| height),
        "object_key": photo.object_key.as_str(),
        "verdict": photo.verdict,
        "findings": photo.findings,
    })
}

/// Names that were not announced are null.
fn present(name: &str) -> Option<&str> {
    (!name.is_empty()).then_some(name)
}
