//! `/api/v1/photos`: archived photos, one by one and as a list, and their original bytes.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{limit, time};
use crate::catalog::photo::{Filter, Photo};
use crate::domain::access::Reach;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::pages::photo::find;
use crate::web::people::Visitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
    limit: Option<u32>,
    code: Option<String>,
    project: Option<String>,
    member: Option<String>,
    verdict: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl Asked {
    fn filter(self) -> Result<Filter, WebError> {
        let day = |text: Option<String>, name: &str| {
            let wrong = || WebError::BadRequest(format!("{name} must be a day as 2026-03-21"));
            text.map(|text| text.parse().map_err(|_| wrong())).transpose()
        };
        let verdict = self.verdict.map(|word| {
            let words = Verdict::ALL.map(Verdict::as_str).join(", ");
            Verdict::from_word(&word)
                .ok_or_else(|| WebError::BadRequest(format!("verdict must be one of {words}")))
        });
        Ok(Filter {
            after: self.after,
            limit: limit(self.limit)?,
            reach: Reach::All,
            code: self.code,
            project: self.project,
            member: self.member,
            verdict: verdict.transpose()?,
            from: day(self.from, "from")?,
            to: day(self.to, "to")?,
        })
    }
}

pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let filter = Filter { reach: visitor.reach, ..asked.into_inner().filter()? };
    let limit = filter.limit;
    let found = site.catalog.photos(filter).await?;
    let next =
        (found.len() == limit as usize).then(|| found.last().map(|photo| photo.seq.to_string())).flatten();
    let photos: Vec<Value> = found.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"photos": photos, "next": next})))
}

pub(in crate::web) async fn one(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::Ok().json(shown(&find(&site, &visitor, &id).await?)))
}

/// The very bytes that were archived.
pub(in crate::web) async fn original(
    visitor: Visitor,
    site: Data<Site>,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let photo = find(&site, &visitor, &id).await?;
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
