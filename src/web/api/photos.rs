//! `/api/v1/photos`: archived photos, one by one and as a list, and their original bytes.

use std::ops::Range;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{LIMIT_USUAL, time};
use crate::catalog::photo::Photo;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::attachment::attachment;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::pages::photo::find;
use crate::web::people::Visitor;
use crate::web::representation::Representation;

pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let mut found = site.catalog.search(asked.filter(visitor.reach.clone(), LIMIT_USUAL)).await?;
    discretion::keep(&site, &visitor, &mut found.photos).await?;
    let photos: Vec<Value> = found.photos.iter().map(shown).collect();
    let next = found.next.map(|seq| seq.to_string());
    Ok(HttpResponse::Ok().json(json!({"photos": photos, "next": next, "is_capped": found.is_capped})))
}

pub(in crate::web) async fn one(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::Ok().json(shown(&find(&site, &visitor, &id).await?)))
}

/// The very bytes that were archived, to be saved and never shown.
pub(in crate::web) async fn original(
    visitor: Visitor,
    request: HttpRequest,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
    let original = Representation {
        media_type: photo.media_type,
        sha256: photo.sha256,
        size_bytes: photo.size_bytes,
        attachment: Some(&attachment(photo.object_key.file_name())),
    };
    let open = async |range: Range<u64>| {
        let is_whole = range == (0..photo.size_bytes);
        Ok(if is_whole {
            site.archive.stream(&photo.object_key).await?
        } else {
            site.archive.stream_range(&photo.object_key, range).await?
        })
    };
    original.answer(&request, open).await
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
