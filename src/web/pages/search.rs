//! `/search`: photos by words and filters. Its address is the search: whoever has it sees the same.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::cell::Cell;
use super::fields::Fields;
use super::spoken::{Photos, Sentences};
use super::whole::{self, Whole};
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
    answer: Sentences,
    on_map: String,
    downloads: Whole,
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
        downloads: whole::by(|path| asked.address(path, &[("after", None), ("limit", None), ("zoom", None)])),
        photos: found.photos.iter().map(|photo| Cell::of(photo, true)).collect(),
        next: found.next.map(|seq| asked.address("/search", &[("after", Some(&seq.to_string()))])),
        is_capped: found.is_capped,
        is_narrowed: asked.is_narrowed(),
    })
}

fn answer(counted: Counted) -> Sentences {
    let Counted { photos: count, is_capped } = counted;
    let found = Photos(i64::try_from(count).unwrap_or(i64::MAX));
    let said = Sentences::default();
    match (count, is_capped) {
        (0, false) => said.say("No photos found."),
        (0, true) => said.say("No photos found among the newest. Older ones were not looked at yet."),
        (_, false) => said.tell(found).say("."),
        (_, true) if count >= u64::from(COUNTED_MAX) => said.say("More than ").tell(found).say("."),
        (_, true) => said.tell(found).say(" among the newest. Older ones were not looked at yet."),
    }
}

fn further(is_empty: bool, is_capped: bool) -> Sentences {
    Sentences::default().say(match (is_empty, is_capped) {
        (true, true) => "No photos found in this part. Older photos were not looked at yet.",
        (true, false) => "No older photos found.",
        (false, true) => "Older photos. Those before were not looked at yet.",
        (false, false) => "Older photos.",
    })
}
