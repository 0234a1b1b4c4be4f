//! `/api/v1/store`: how the store is, and what it can do.

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::SEES_ALL;
use super::time;
use crate::domain::store;
use crate::web::Site;
use crate::web::error::WebError;
use crate::web::people::{Need, Visitor};

/// The store as it was last seen.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Store {
    /// Where it is, without its secrets; null for those who are no admins.
    #[schema(example = "s3://photos/keepmark")]
    place: Option<String>,
    /// Why photos wait for it; null where it is well.
    trouble: Option<Trouble>,
    /// Photos that wait for it.
    #[schema(example = 0)]
    waiting: i64,
    /// What the last probe found; null before the first.
    capabilities: Option<Capabilities>,
}

/// A trouble of the store that has not ended.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Trouble {
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2025-12-11T18:45:07.120Z")]
    since: Timestamp,
    /// In words.
    #[schema(example = "the store does not answer")]
    reason: String,
}

/// What the store can do.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Capabilities {
    /// A second create-only put on a key is refused and leaves the first bytes.
    create_only: Capability,
    /// Of eight create-only puts at once on one key exactly one wins.
    one_winner: Capability,
    /// A put with a SHA-256 of its body is taken.
    checksum: Capability,
    /// An object is there as soon as its put is answered.
    read_after_write: Capability,
    /// Keys may hold letters of any script.
    unicode_keys: Capability,
    /// A body of more than one part arrives whole.
    large_body: Capability,
}

/// What a probe learnt of one thing.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Capability {
    /// What it learnt.
    result: CapabilityResult,
    /// Why it failed.
    #[schema(example = "the second put was taken")]
    reason: Option<String>,
}

/// What a probe learnt: `ok`, `failed`, or `unknown`: it was not tried, or the try told nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "ok")]
pub(in crate::web) enum CapabilityResult {
    Ok,
    Failed,
    Unknown,
}

/// Shows the store
///
/// Whether it is well, and what the last probe found that it can do.
#[utoipa::path(
    get, path = "/api/v1/store", operation_id = "show_store", tag = "operation",
    responses(
        (status = 200, description = "The store as it was last seen", body = Store),
        (status = 403, description = SEES_ALL),
    ),
)]
pub(in crate::web) async fn show(visitor: Visitor, site: Data<Site>) -> Result<HttpResponse, WebError> {
    let store = site.catalog.store().await?;
    Ok(HttpResponse::Ok().json(Store {
        place: visitor.may(Need::Administer).then(|| site.archive.place.clone()),
        trouble: store
            .trouble
            .map(|trouble| Trouble { since: time(trouble.since_ms), reason: trouble.reason }),
        waiting: site.catalog.waiting_for_store().await?,
        capabilities: store.capabilities.map(capabilities),
    }))
}

fn capabilities(found: store::Capabilities) -> Capabilities {
    let store::Capabilities { create_only, one_winner, checksum, read_after_write, unicode_keys, large_body } =
        found;
    Capabilities {
        create_only: capability(create_only),
        one_winner: capability(one_winner),
        checksum: capability(checksum),
        read_after_write: capability(read_after_write),
        unicode_keys: capability(unicode_keys),
        large_body: capability(large_body),
    }
}

fn capability(found: store::Capability) -> Capability {
    let (result, reason) = match found {
        store::Capability::Ok => (CapabilityResult::Ok, None),
        store::Capability::Failed(reason) => (CapabilityResult::Failed, Some(reason)),
        store::Capability::Unknown => (CapabilityResult::Unknown, None),
    };
    Capability { result, reason }
}
