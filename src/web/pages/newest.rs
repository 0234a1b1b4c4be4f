//! `/photos`: the newest photos of the archive.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::cell::Cell;
use super::spoken::Photos;
use super::{Frame, html};
use crate::catalog::filter::Filter;
use crate::web::Site;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos a page.
const PAGE: u32 = 60;

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "newest.html")]
struct Page {
    frame: Frame,
    archived: Photos,
    photos: Vec<Cell>,
    next: Option<i64>,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let filter =
        Filter { after: asked.after, limit: PAGE, reach: visitor.reach.clone(), ..Filter::default() };
    let mut found = site.catalog.search(filter).await?;
    discretion::keep(&site, &visitor, &mut found.photos).await?;
    let archived = site.catalog.projects(visitor.reach.clone()).await?;
    html(&Page {
        frame: Frame::of(&visitor, "newest"),
        archived: Photos(archived.iter().map(|project| project.counts.photos).sum()),
        photos: found.photos.iter().map(|photo| Cell::of(photo, true)).collect(),
        next: found.next,
    })
}
