//! Derived images for pages: from our own disk, else from the store, else made again.

use std::io::Cursor;
use std::ops::Range;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream;

use crate::archive::ArchiveError;
use crate::catalog::photo::Photo;
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::MediaType;
use crate::inspect::{self, pixels};
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::Visitor;
use crate::web::representation::Representation;

pub(in crate::web) async fn show(
    visitor: Visitor,
    request: HttpRequest,
    site: Data<Site>,
    asked: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let (id, edge) = asked.into_inner();
    if !pixels::EDGES.contains(&edge) {
        return Err(WebError::NotFound("image"));
    }
    let photo = super::photo::find(&site, &visitor, &id).await?;
    let image = site.images.get(photo.sha256, edge, async || find(&site, &photo, edge).await).await?;
    let jpeg = image.jpeg;
    let representation = Representation {
        media_type: MediaType::Jpeg,
        sha256: image.sha256,
        size_bytes: jpeg.len() as u64,
        attachment: None,
    };
    let open = async |range: Range<u64>| {
        let within = "a range of what is in memory is one of its addresses";
        let at = |byte: u64| usize::try_from(byte).expect(within);
        Ok(stream::iter([Ok(jpeg.slice(at(range.start)..at(range.end)))]))
    };
    representation.answer(&request, open).await
}

async fn find(site: &Site, photo: &Photo, edge: u32) -> Result<Bytes, WebError> {
    match site.archive.bytes(&ObjectKey::derived(photo.sha256, edge)).await {
        Err(ArchiveError::Missing) => make_again(site, photo, edge).await,
        found => Ok(found?),
    }
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
