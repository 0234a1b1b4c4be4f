//! `/audit/file`: are these very bytes archived? The browser hashes, and only the hash comes here.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::words::{grouped, hashed};
use super::{Frame, html};
use crate::catalog::code::Version;
use crate::domain::photo::Sha256;
use crate::domain::verdict::Verdict;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos with the same bytes that are named.
const SHOWN_MAX: u32 = 50;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    sha256: Option<String>,
}

#[derive(Template)]
#[template(path = "audit_file.html")]
struct Page {
    frame: Frame,
    /// As it was asked for.
    sha256: String,
    found: Option<Found>,
}

/// The answer.
struct Found {
    hash: String,
    photos: Vec<Photo>,
}

/// An archived photo with these bytes.
struct Photo {
    id: String,
    code: String,
    verdict: Verdict,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner().sha256.unwrap_or_default();
    let sha256: String = asked.split_whitespace().collect::<String>().to_lowercase();
    let found = if sha256.is_empty() { None } else { Some(found(&site, &sha256).await?) };
    html(&Page { frame: Frame::of(&visitor, "audit"), sha256, found })
}

async fn found(site: &Site, sha256: &str) -> Result<Found, WebError> {
    let sha256: Sha256 = sha256
        .parse()
        .map_err(|_| WebError::BadRequest("a SHA-256 has 64 digits from 0 to 9 and a to f".to_owned()))?;
    let versions = site.catalog.versions_with_bytes(sha256, SHOWN_MAX).await?;
    let photo = |version: Version| Photo {
        id: version.id.to_string(),
        code: version.code.as_deref().map_or_else(|| "without a code".to_owned(), grouped),
        verdict: version.verdict,
    };
    Ok(Found { hash: hashed(&sha256.to_string()), photos: versions.into_iter().map(photo).collect() })
}
