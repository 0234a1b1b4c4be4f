//! `/search`: photos by words and filters. Its address is the search: whoever has it sees the same.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::cell::Cell;
use super::fields::Fields;
use super::words::photos;
use super::{Frame, html};
use crate::catalog::search::Counted;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::discretion;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos a page.
const PAGE: u32 = 60;

/// Counted up to here: a greater number would be searched for longer than it is read.
const COUNTED_MAX: u32 = 1000;

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    answer: String,
    on_map: String,
    /// Each form of a download with the address that gives all photos of this filter.
    downloads: [(&'static str, String); 3],
    photos: Vec<Cell>,
    next: Option<String>,
    is_capped: bool,
    is_narrowed: bool,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let filter = asked.filter(visitor.reach.clone(), PAGE);
    let is_first = filter.after.is_none();
    let count_most = if is_first { COUNTED_MAX } else { 0 };
    let (mut found, counted) = site.catalog.search_and_count(filter, count_most).await?;
    discretion::keep(&site, &visitor, &mut found.photos).await?;
    let answer = if is_first { answer(counted) } else { further(found.photos.is_empty(), found.is_capped) };
    html(&Page {
        frame: Frame::of(&visitor, "search"),
        fields: Fields::of(&site, &asked, &visitor.reach, "/search").await?,
        answer,
        on_map: asked.address("/map", &[("after", None), ("limit", None)]),
        downloads: ["zip", "csv", "geojson"].map(|form| {
            let path = format!("/downloads/photos.{form}");
            (form, asked.address(&path, &[("after", None), ("limit", None)]))
        }),
        photos: found.photos.iter().map(|photo| Cell::of(photo, true)).collect(),
        next: found.next.map(|seq| asked.address("/search", &[("after", Some(&seq.to_string()))])),
        is_capped: found.is_capped,
        is_narrowed: asked.is_narrowed(),
    })
}

fn answer(counted: Counted) -> String {
    let Counted { photos: count, is_capped } = counted;
    let words = photos(i64::try_from(count).unwrap_or(i64::MAX));
    match (count, is_capped) {
        (0, false) => "Nothing is found.".to_owned(),
        (0, true) => {
            "Nothing is found among the newest photos. Older ones were not looked at yet.".to_owned()
        }
        (_, false) => format!("{words}."),
        (_, true) if count >= u64::from(COUNTED_MAX) => format!("More than {words}."),
        (_, true) => format!("{words} among the newest. Older ones were not looked at yet."),
    }
}

fn further(is_empty: bool, is_capped: bool) -> String {
    match (is_empty, is_capped) {
        (true, true) => "Nothing is found in this part. Older photos were not looked at yet.",
        (true, false) => "Nothing older is found.",
        (false, true) => "Older photos. Those before were not looked at yet.",
        (false, false) => "Older photos.",
    }
    .to_owned()
}
