//! `/`: the newest photos of the archive.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::html;
use crate::catalog::photo::{Filter, Photo};
use crate::domain::job::State;
use crate::domain::verdict::{Outcome, Verdict};
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
    waiting: i64,
    dead: i64,
    store_trouble: Option<String>,
    photos: Vec<Cell>,
    next: Option<i64>,
    has_public_url: bool,
}

/// One cell of the contact sheet, in words.
struct Cell {
    id: String,
    project: String,
    member: String,
    local_time: String,
    code: String,
    verdict: Verdict,
    reason: String,
    has_image: bool,
    /// Of the derived image, so that the page does not move when it arrives.
    width: u32,
    height: u32,
}

pub(in crate::web) async fn show(
    _reader: PageReader,
    site: Data<Site>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let filter = Filter { after: asked.after, limit: PAGE, ..Filter::default() };
    let photos = site.catalog.photos(filter).await?;
    let next = (photos.len() == PAGE as usize).then(|| photos.last().map(|photo| photo.seq)).flatten();
    let queue = site.catalog.queue().await?;
    let count = |state: State| queue.iter().find(|(found, _)| *found == state).map_or(0, |(_, jobs)| *jobs);
    html(&Page {
        archived: site.catalog.photo_count().await?,
        waiting: count(State::Ready) + count(State::Scheduled) + count(State::Leased) + count(State::Held),
        dead: count(State::Dead),
        store_trouble: site.catalog.store().await?.trouble.map(|trouble| trouble.reason),
        photos: photos.into_iter().map(Cell::of).collect(),
        next,
        has_public_url: site.public_url.is_some(),
    })
}

impl Cell {
    fn of(photo: Photo) -> Self {
        let (width, height) = derived_size(photo.dimensions);
        Self {
            id: photo.id.to_string(),
            project: named(photo.project, "no project"),
            member: named(photo.member, "no member"),
            local_time: photo.local_time.strftime("%-d %b %Y, %H:%M").to_string(),
            code: photo.code.map_or_else(|| "no code".to_owned(), |code| grouped(&code)),
            verdict: photo.verdict,
            reason: reason(&photo.findings),
            has_image: photo.decoded,
            width,
            height,
        }
    }
}

fn named(name: String, absent: &str) -> String {
    if name.is_empty() { absent.to_owned() } else { name }
}

/// A code in groups of five, for reading: `A1BCD EFGHI J23K`.
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The sentences behind a verdict: what differs, else what agrees, else what is missing.
fn reason(findings: &[crate::domain::verdict::Finding]) -> String {
    let of = |wanted: &[Outcome]| {
        let details = findings.iter().filter(|finding| wanted.contains(&finding.outcome));
        details.map(|finding| finding.detail.as_str()).collect::<Vec<_>>().join("; ")
    };
    let differs = of(&[Outcome::Mismatch]);
    if differs.is_empty() {
        of(&[Outcome::Ambiguous, Outcome::Near, Outcome::Absent, Outcome::Unusable])
    } else {
        differs
    }
}

/// The size of the 360-pixel image; its orientation is known only to the image itself, so a square stands in where
/// the size is not known.
fn derived_size(dimensions: Option<(u32, u32)>) -> (u32, u32) {
    let Some((width, height)) = dimensions.filter(|&(width, height)| width > 0 && height > 0) else {
        return (360, 360);
    };
    let longer = width.max(height);
    let scaled = |side: u32| u32::try_from(u64::from(side) * 360 / u64::from(longer)).unwrap_or(360).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_grouped_for_reading() {
        assert_eq!(grouped("A1BCDEFGHIJ23K"), "A1BCD EFGHI J23K");
        assert_eq!(grouped(""), "");
    }
}
