//! `/photos`: the newest photos of the archive.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::cell::Cell;
use super::html;
use crate::catalog::filter::Filter;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::PageReader;

/// Photos a page.
const PAGE: u32 = 60;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "newest.html")]
struct Page {
    archived: i64,
    photos: Vec<Cell>,
    next: Option<i64>,
}

pub(in crate::web) async fn show(
    reader: PageReader,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let filter = Filter { after: asked.after, limit: PAGE, reach: reader.reach(), ..Filter::default() };
    let found = site.catalog.search(filter).await?;
    html(&Page {
        archived: site.catalog.photo_count().await?,
        photos: found.photos.iter().map(|photo| Cell::of(photo, true)).collect(),
        next: found.next,
    })
}
