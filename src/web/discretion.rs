//! What findings tell of other photos, cut to what the visitor sees: their sentences name codes of other projects.

use std::collections::HashSet;

use super::Site;
use super::error::WebError;
use super::people::Visitor;
use crate::catalog::filter::Filter;
use crate::catalog::photo::Photo;
use crate::domain::access::Reach;
use crate::domain::photo::PhotoId;

/// Takes away what is told of photos that the visitor does not see; that something was found stays said.
pub(super) async fn keep(site: &Site, visitor: &Visitor, photos: &mut [Photo]) -> Result<(), WebError> {
    if visitor.reach == Reach::All {
        return Ok(());
    }
    let named = photos.iter().flat_map(|photo| &photo.findings).flat_map(|finding| &finding.photos);
    let named: HashSet<PhotoId> = named.copied().collect();
    if named.is_empty() {
        return Ok(());
    }
    let limit = u32::try_from(named.len()).unwrap_or(u32::MAX);
    let ids = Some(named.into_iter().collect());
    let filter = Filter { ids, limit, reach: visitor.reach.clone(), ..Filter::default() };
    let seen = site.catalog.search(filter).await?.photos;
    let seen: HashSet<PhotoId> = seen.into_iter().map(|photo| photo.id).collect();
    for finding in photos.iter_mut().flat_map(|photo| &mut photo.findings) {
        if finding.photos.iter().any(|photo| !seen.contains(photo)) {
            finding.photos.retain(|photo| seen.contains(photo));
            "it concerns a photo of a project that is not shown to you".clone_into(&mut finding.detail);
            finding.announced = None;
            finding.found = None;
        }
    }
    Ok(())
}
