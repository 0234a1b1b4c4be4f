//! `/api/v1/photos`: archived photos, one by one and as a list, and their original bytes.

use std::ops::Range;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{limit, time};
use crate::catalog::photo::{Filter, Photo};
use crate::domain::access::Reach;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::attachment::attachment;
use crate::web::error::WebError;
use crate::web::pages::photo::find;
use crate::web::people::Visitor;
use crate::web::representation::Representation;

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
    /// Whether a part of a list is asked for.
    pub(in crate::web) fn is_part(&self) -> bool {
        self.after.is_some() || self.limit.is_some()
    }

    /// The filter, or a sentence about what cannot be one.
    pub(in crate::web) fn filter(self) -> Result<Filter, WebError> {
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
            ids: Vec::new(),
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
