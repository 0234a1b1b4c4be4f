//! Probing the store when somebody asks: what it can do, tried now.
//!
//! Never writes to a store that is not this catalogue's: its marker is looked for first.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::done;
use crate::domain::store::{Belongs, Capabilities, belongs};
use crate::web::Site;
use crate::web::error::WebError;

/// A person waits for it.
const PROBE_MAX: Duration = Duration::from_secs(30);

pub(in crate::web) async fn probe(site: Data<Site>) -> Result<HttpResponse, WebError> {
    match tokio::time::timeout(PROBE_MAX, try_out(&site)).await {
        Ok(found) => found.map(|()| done()),
        Err(_late) => {
            let seconds = PROBE_MAX.as_secs();
            Err(WebError::Conflict(format!("the store did not answer within {seconds} seconds")))
        }
    }
}

async fn try_out(site: &Site) -> Result<(), WebError> {
    let known = site.catalog.store().await?;
    let found = site.archive.marker().await?;
    if let Belongs::No(reason) = belongs(known.id, site.catalog.has_archived().await?, found) {
        return Err(WebError::Conflict(reason.to_string()));
    }
    let found = site.archive.probe(rand::random()).await?;
    // The trial of a large body takes longer than anybody waits: what the start found stands.
    let large_body = known.capabilities.unwrap_or_default().large_body;
    let found = Capabilities { large_body, ..found };
    site.catalog.note_capabilities(&found, (site.clock)().as_millisecond()).await?;
    Ok(())
}
