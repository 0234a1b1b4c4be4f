//! Derived images for pages: from the store, else made again.

use std::io::Cursor;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Data, Path};
use bytes::Bytes;

use crate::archive::ArchiveError;
use crate::catalog::photo::Photo;
use crate::domain::object_key::ObjectKey;
use crate::inspect::{self, pixels};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let (id, edge) = asked.into_inner();
    if !pixels::EDGES.contains(&edge) {
        return Err(WebError::NotFound("image"));
    }
    let photo = super::photo::find(&site, &visitor, &id).await?;
    let key = ObjectKey::derived(photo.sha256, edge);
    let jpeg = match site.archive.bytes(&key).await {
        Ok(jpeg) => jpeg,
        Err(ArchiveError::Missing) => make_again(&site, &photo, edge).await?,
        Err(error) => return Err(error.into()),
    };
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((CACHE_CONTROL, "private, max-age=86400"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(jpeg))
}

/// From the original, unless it was archived undecoded: such a photo is never decoded inside the daemon.
async fn make_again(site: &Site, photo: &Photo, edge: u32) -> Result<Bytes, WebError> {
    if !photo.decoded {
        return Err(WebError::NotFound("image"));
    }
    let _permit = site.decoders.acquire().await.map_err(|_closed| WebError::NotFound("image"))?;
    // Whoever waited for the permit may find that another request has made it meanwhile.
    if let Ok(jpeg) = site.archive.bytes(&ObjectKey::derived(photo.sha256, edge)).await {
        return Ok(jpeg);
    }
    let original = site.archive.bytes(&photo.object_key).await?;
    let made = tokio::task::spawn_blocking(move || derive(&original)).await;
    let images = made.ok().flatten().ok_or(WebError::NotFound("image"))?;
    let mut asked = None;
    for image in images {
        let jpeg = Bytes::from(image.jpeg);
        if let Err(error) =
            site.archive.put_derived(&ObjectKey::derived(photo.sha256, image.edge), jpeg.clone()).await
        {
            tracing::info!(%error, "a derived image was made and could not be stored");
        }
        if image.edge == edge {
            asked = Some(jpeg);
        }
    }
    asked.ok_or(WebError::NotFound("image"))
}

fn derive(original: &[u8]) -> Option<Vec<pixels::Derived>> {
    let mut file = Cursor::new(original);
    let evidence = inspect::read(&mut file).ok()?;
    file.set_position(0);
    let decoded =
        pixels::derive(file, evidence.media_type, evidence.exif.orientation, pixels::Limits::default());
    Some(decoded.ok()?.derived)
}
