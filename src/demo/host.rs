//! The image host: serves the demo's photos on a loopback port of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};

use super::exhibit::Exhibit;
use crate::domain::photo::MediaType;

/// A running image host.
pub struct Host {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Host {
    /// Serves the exhibits at `/{file name}`.
    pub fn start(exhibits: Arc<Vec<Exhibit>>) -> std::io::Result<Self> {
        let shared = Data::from(exhibits);
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).route("/{name}", web::get().to(serve))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().ok_or(std::io::ErrorKind::AddrNotAvailable)?;
        let running = server.run();
        let handle = running.handle();
        tokio::spawn(running);
        Ok(Self { address, handle })
    }

    /// Stops serving.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn serve(name: Path<String>, exhibits: Data<Vec<Exhibit>>) -> HttpResponse {
    let Some(exhibit) = exhibits.iter().find(|exhibit| exhibit.file_name == *name) else {
        return HttpResponse::NotFound().finish();
    };
    let content_type =
        MediaType::from_file_name(&name).map_or("application/octet-stream", MediaType::content_type);
    HttpResponse::Ok().content_type(content_type).body(exhibit.bytes.clone())
}
