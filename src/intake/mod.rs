//! The webhook: authenticate, commit, answer.
//!
//! Never answers 2xx before the commit, never refuses a delivery for our own trouble with a 4xx, and depends on
//! nothing but its own disk: no store, no source host, no decoder stands between a post and its answer.

mod receive;
pub mod tokens;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use tokio::sync::Notify;

use crate::catalog::Catalog;
use crate::telemetry::{Disk, Metrics};
use tokens::HookTokens;

/// What the hook works with; one for all server threads.
pub struct Hook {
    /// Which tokens open it.
    pub tokens: HookTokens,
    /// Where deliveries are committed.
    pub catalog: Catalog,
    /// Notified when a job became ready.
    pub wake: Arc<Notify>,
    /// Whether there is room for a delivery.
    pub disk: Disk,
    /// Counts.
    pub metrics: Metrics,
    /// The largest body.
    pub body_max_bytes: usize,
    /// The clock.
    pub clock: fn() -> jiff::Timestamp,
}

/// The hook's path, with the token in the place of the braces.
pub const PATH: &str = "/hooks/timemark/{token}";

/// Puts the hook into a server.
pub fn configure(hook: web::Data<Hook>) -> impl FnOnce(&mut ServiceConfig) {
    move |service| {
        service.service(
            web::resource(PATH)
                .app_data(hook)
                .route(web::post().to(receive::receive))
                .route(web::get().to(receive::explain)),
        );
    }
}
