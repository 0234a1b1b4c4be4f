//! One cell of a contact sheet: a photo whole, and under it what is read at a glance.

use super::place_time;
use super::spoken::Civil;
use super::words::{grouped, named, reason};
use crate::catalog::photo::Photo;
use crate::domain::verdict::Verdict;

/// A photo in a grid, in words.
pub(super) struct Cell {
    pub id: String,
    pub project: String,
    pub member: String,
    pub taken: Civil,
    /// The same for where no marks may stand.
    pub local_time: String,
    /// Whose time it is.
    pub zone: String,
    pub code: String,
    pub verdict: Verdict,
    pub reason: String,
    pub has_image: bool,
    /// Of the derived image, so that the page does not move when it arrives.
    pub width: u32,
    pub height: u32,
}

impl Cell {
    /// With the day, or within a page of one day.
    pub(super) fn of(photo: &Photo, with_day: bool) -> Self {
        let (width, height) = derived_size(photo.upright(), 360);
        let format = if with_day { "%-d %b %Y, %H:%M" } else { "%H:%M" };
        Self {
            id: photo.id.to_string(),
            project: named(&photo.project, "no project"),
            member: named(&photo.member, "no member"),
            local_time: photo.local_time.strftime(format).to_string(),
            taken: Civil::time(photo.local_time, format),
            zone: place_time::short(photo),
            code: photo.code.as_deref().map_or_else(|| "no code".to_owned(), grouped),
            verdict: photo.verdict,
            reason: reason(photo.verdict, &photo.findings),
            has_image: photo.decoded,
            width,
            height,
        }
    }
}

/// The size of a derived image of a picture with this size when upright; where that is not known, a square stands in.
pub(super) fn derived_size(dimensions: Option<(u32, u32)>, edge: u32) -> (u32, u32) {
    let Some((width, height)) = dimensions.filter(|&(width, height)| width > 0 && height > 0) else {
        return (edge, edge);
    };
    let longer = width.max(height);
    let scaled = |side: u32| {
        let scaled = u64::from(side) * u64::from(edge.min(longer)) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(edge).max(1)
    };
    (scaled(width), scaled(height))
}
