//! Pages, API and health: what people and programs read. All routes stand in one table here.
//!
//! Never SQL, never an object key made here, never a page without a check of who asks and under which name.

mod api;
mod asked;
mod error;
mod health;
mod host;
mod pages;
mod people;

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use tokio::sync::Semaphore;
use url::Url;

use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::config;
use crate::telemetry::{Disk, Metrics};

pub use people::Access;

/// What pages and API work with.
pub struct Site {
    /// What is known.
    pub catalog: Catalog,
    /// What is kept.
    pub archive: Archive,
    /// How many photos are decoded at once, here and in the pipeline.
    pub decoders: Arc<Semaphore>,
    /// What room there is.
    pub disk: Disk,
    /// What is counted.
    pub metrics: Metrics,
    /// Who may look.
    pub access: Access,
    /// How the outside reaches this server.
    pub public_url: Option<Url>,
    /// Whose map lies under places.
    pub map: config::Map,
}

/// Puts all routes into a server.
pub fn configure(site: Data<Site>) -> impl FnOnce(&mut ServiceConfig) {
    move |service| {
        service
            .app_data(site)
            .route("/healthz", web::get().to(health::alive))
            .route("/readyz", web::get().to(health::ready))
            .route("/metrics", web::get().to(health::metrics))
            .route("/", web::get().to(pages::projects::show))
            .route("/projects/{id}", web::get().to(pages::project::show))
            .route("/projects/{id}/{day}", web::get().to(pages::day::show))
            .route("/inbox", web::get().to(pages::inbox::show))
            .route("/search", web::get().to(pages::search::show))
            .route("/map", web::get().to(pages::map::show))
            .route("/photos", web::get().to(pages::newest::show))
            .route("/photos/{id}", web::get().to(pages::photo::show))
            .route("/photos/{id}/{edge}.jpg", web::get().to(pages::derived::show))
            .route("/sign-in", web::get().to(people::sign_in::form))
            .route("/sign-in", web::post().to(people::sign_in::submit))
            .route("/assets/{name}", web::get().to(pages::assets::serve))
            .route("/api/v1/photos", web::get().to(api::photos::list))
            .route("/api/v1/photos/{id}", web::get().to(api::photos::one))
            .route("/api/v1/photos/{id}/original", web::get().to(api::photos::original))
            .route("/api/v1/places", web::get().to(api::places::list))
            .route("/api/v1/teams", web::get().to(api::teams::list))
            .route("/api/v1/queue", web::get().to(api::queue::counts))
            .route("/api/v1/deliveries", web::get().to(api::deliveries::list))
            .route("/api/v1/deliveries/{id}/body", web::get().to(api::deliveries::body))
            .route("/api/v1/deliveries/{id}/sample", web::get().to(api::deliveries::sample));
    }
}
