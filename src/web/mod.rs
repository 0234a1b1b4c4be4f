//! Pages, API and health: what people and programs read. All routes stand in one table here.
//!
//! Never SQL, never an object key made here, never a page without a check of who asks and under which name.

mod api;
mod asked;
mod attachment;
mod code_audit;
mod discretion;
mod downloads;
mod error;
mod guard;
mod health;
mod host;
mod image_cache;
mod origin;
mod pages;
mod people;
mod problem;
mod representation;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Handler, Responder, Route, guard as only};
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};
use url::Url;

use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::config::{self, Network};
use crate::pipeline::Spool;
use crate::telemetry::{Disk, Metrics};

use people::{Need, invitation, sign_in};

pub use guard::policy;
pub use image_cache::ImageCache;
pub use people::{Access, Bearer, Passwords, Patience};

/// What pages and API work with.
pub struct Site {
    /// What is known.
    pub catalog: Catalog,
    /// What is kept.
    pub archive: Archive,
    /// How many photos are decoded at once, here and in the pipeline.
    pub decoders: Arc<Semaphore>,
    /// Derived images at hand.
    pub images: ImageCache,
    /// How many downloads are made at once.
    pub downloads: Arc<Semaphore>,
    /// What room there is.
    pub disk: Disk,
    /// What is counted.
    pub metrics: Metrics,
    /// Who may look.
    pub access: Access,
    /// How the outside reaches this server.
    pub public_url: Option<Url>,
    /// Whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<Network>,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Where given files are taken in.
    pub spool: Spool,
    /// The largest photo.
    pub photo_max_bytes: u64,
    /// Notified when a job became ready.
    pub wake: Arc<Notify>,
    /// The file of the hook's tokens.
    pub hook_tokens: PathBuf,
    /// Hashes passwords, one at a time.
    pub passwords: Passwords,
    /// Slows those who guess.
    pub patience: Patience,
    /// The content security policy of pages.
    pub policy: String,
    /// Whose map lies under places.
    pub map: config::Map,
}

/// Each download holds up to 48 MiB, a ZIP also its directory of under a kilobyte a photo, and reads the store as fast as
/// it is taken.
pub const DOWNLOADS_AT_ONCE: usize = 3;

/// Puts all routes into a server. A route that is not here does not exist; each says who may use it.
pub fn configure(site: Data<Site>) -> impl FnOnce(&mut ServiceConfig) {
    pages::assets::prepare();
    move |service| {
        let routes = web::scope("")
            .wrap(from_fn(guard::keep))
            .configure(page_routes)
            .configure(audit_routes)
            .configure(api_routes);
        service.app_data(site).service(routes);
    }
}

/// For people, and what belongs to no version of the API.
fn page_routes(service: &mut ServiceConfig) {
    service
        .service(at("/healthz", Need::Nobody, [get(health::alive)]))
        .service(at("/readyz", Need::Nobody, [get(health::ready)]))
        .service(at("/metrics", Need::SeeAll, [get(health::metrics)]))
        .service(at("/assets/{name}", Need::Nobody, [get(pages::assets::serve)]))
        .service(at("/sign-in", Need::Nobody, [get(sign_in::form), post(sign_in::submit)]))
        .service(at("/sign-out", Need::See, [post(sign_in::out)]))
        .service(at("/invite/{link}", Need::Nobody, [get(invitation::form), post(invitation::submit)]))
        .service(at("/", Need::See, [get(pages::projects::show)]))
        .service(at("/projects/{id}", Need::See, [get(pages::project::show)]))
        .service(at("/projects/{id}/{day}", Need::See, [get(pages::day::show)]))
        .service(at("/photos", Need::See, [get(pages::newest::show)]))
        .service(at("/photos/{id}", Need::See, [get(pages::photo::show)]))
        .service(at("/photos/{id}/{edge}.jpg", Need::See, [get(pages::derived::show)]))
        .service(at("/search", Need::See, [get(pages::search::show)]))
        .service(at("/map", Need::See, [get(pages::map::show)]))
        .service(at("/downloads", Need::See, [post(downloads::of_selection)]))
        .service(at("/downloads/photos.{form}", Need::See, [get(downloads::of_filter)]))
        .service(at("/inbox", Need::SeeAll, [get(pages::inbox::show)]))
        .service(at("/inbox/{id}", Need::Audit, [get(pages::delivery::show)]))
        .service(at("/inbox/{id}/retry", Need::Administer, [post(pages::delivery::retry)]))
        .service(at("/inbox/{id}/attach", Need::Administer, [post(pages::delivery::give)]))
        .service(at("/settings", Need::Administer, [get(settings::show)]))
        .service(at("/settings/hook", Need::Administer, [post(settings::hook::change)]))
        .service(at("/settings/people", Need::Administer, [post(settings::people::invite)]))
        .service(at("/settings/people/{id}", Need::Administer, [post(settings::people::change)]))
        .service(at("/settings/people/{id}/link", Need::Administer, [post(settings::people::link_again)]))
        .service(at("/settings/people/{id}/remove", Need::Administer, [post(settings::people::remove)]))
        .service(at("/settings/store", Need::Administer, [post(settings::store::probe)]))
        .service(at("/settings/tokens", Need::Administer, [post(settings::tokens::create)]))
        .service(at("/settings/tokens/revoke", Need::Administer, [post(settings::tokens::revoke)]));
}

/// For programs.
fn api_routes(service: &mut ServiceConfig) {
    service
        .service(at("/api/v1/photos", Need::See, [get(api::photos::list)]))
        .service(at("/api/v1/photos/{id}", Need::See, [get(api::photos::one)]))
        .service(at("/api/v1/photos/{id}/original", Need::See, [get(api::photos::original)]))
        .service(at("/api/v1/photos/{id}/neighbours", Need::See, [get(api::around::neighbours)]))
        .service(at("/api/v1/photos/{id}/deliveries", Need::SeeAll, [get(api::around::deliveries)]))
        .service(at("/api/v1/places", Need::See, [get(api::places::list)]))
        .service(at("/api/v1/projects", Need::See, [get(api::projects::list)]))
        .service(at("/api/v1/projects/{id}", Need::See, [get(api::projects::one)]))
        .service(at("/api/v1/projects/{id}/members", Need::See, [get(api::members::list)]))
        .service(at("/api/v1/projects/{id}/days", Need::See, [get(api::days::list)]))
        .service(at("/api/v1/projects/{id}/days/{day}", Need::See, [get(api::days::one)]))
        .service(at("/api/v1/activity", Need::See, [get(api::activity::list)]))
        .service(at("/api/v1/version", Need::See, [get(api::version::show)]))
        .service(at("/api/v1/openapi.json", Need::See, [get(api::document::show)]))
        .service(at("/api/v1/teams", Need::SeeAll, [get(api::teams::list)]))
        .service(at("/api/v1/queue", Need::SeeAll, [get(api::queue::counts)]))
        .service(at("/api/v1/deliveries", Need::SeeAll, [get(api::deliveries::list)]))
        .service(at("/api/v1/deliveries/{id}", Need::SeeAll, [get(api::deliveries::one)]))
        .service(at("/api/v1/inbox", Need::SeeAll, [get(api::inbox::show)]))
        .service(at("/api/v1/store", Need::SeeAll, [get(api::store::show)]))
        .service(at("/api/v1/hook", Need::Administer, [get(api::hook::show)]))
        .service(at("/api/v1/people", Need::Administer, [get(api::people::list)]))
        .service(at("/api/v1/tokens", Need::Administer, [get(api::tokens::list)]))
        .service(at("/api/v1/deliveries/{id}/body", Need::Audit, [get(api::deliveries::body)]))
        .service(at("/api/v1/deliveries/{id}/sample", Need::Audit, [get(api::deliveries::sample)]));
}

/// What auditors ask.
fn audit_routes(service: &mut ServiceConfig) {
    service
        .app_data(api::audit::body_config())
        .service(at("/audit", Need::Audit, [get(pages::audit::show), post(pages::audit::submit)]))
        .service(at("/audit/file", Need::Audit, [get(pages::audit_file::show)]))
        .service(at("/audit/verify", Need::Audit, [get(pages::verification::show)]))
        .service(at("/audit/verify/{photo}", Need::Audit, [post(pages::verification::answer)]))
        .service(at("/audit/runs/{id}", Need::Audit, [get(pages::audit::run)]))
        .service(at("/audit/runs/{id}/report.{form}", Need::Audit, [get(pages::audit::report)]))
        .service(at("/api/v1/audit", Need::Audit, [get(api::audit::show), post(api::audit::codes)]))
        .service(at("/api/v1/audit/runs/{id}", Need::Audit, [get(api::audit::run)]));
}

/// A route with what it asks of its visitor.
fn at<const N: usize>(path: &str, need: Need, routes: [Route; N]) -> impl HttpServiceFactory + 'static {
    let resource = routes.into_iter().fold(web::resource(path), actix_web::Resource::route);
    let parameters = api::document::parameters(path);
    resource
        .wrap(from_fn(move |request, next| api::exchange::keep(parameters, request, next)))
        .wrap(from_fn(move |request, next| people::admit(need, request, next)))
}

/// What reads; `HEAD` is answered as `GET` without its body (RFC 9110, section 9.3.2).
fn get<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().guard(only::Any(only::Get()).or(only::Head())).to(handler)
}

/// What changes something.
fn post<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::post().to(handler)
}
