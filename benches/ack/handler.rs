//! The handler to compare with: it reads a delivery as the daemon does and gives the same answer, and stores nothing.

use std::time::Duration;

use actix_web::web::{self, Payload};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::StreamExt as _;
use keepmark::domain::delivery::{self, Reading};
use keepmark::intake;
use serde_json::json;

use super::support::child::serving_at;

/// Serves until the process ends, with as many threads as the daemon's server.
pub fn serve() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route(intake::PATH, web::post().to(answer)))
            .keep_alive(Duration::from_secs(75))
            .bind(("127.0.0.1", 0))?;
        server.addrs().into_iter().for_each(serving_at);
        Ok(server.run().await?)
    })
}

async fn answer(mut payload: Payload) -> HttpResponse {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else { return HttpResponse::BadRequest().finish() };
        body.extend_from_slice(&chunk);
    }
    match delivery::read(&body) {
        Reading::Photo(photo) => {
            HttpResponse::Ok().json(json!({"outcome": "accepted", "event_id": photo.event_id}))
        }
        Reading::Quarantined(_) | Reading::Ignored(_) | Reading::Test(_) => {
            HttpResponse::BadRequest().finish()
        }
    }
}
