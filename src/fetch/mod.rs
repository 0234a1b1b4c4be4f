//! The guarded download of a photo to a spool file, hashed on the way. The home of reqwest.
//!
//! Links come from strangers: every address is judged before anything is sent to it. Never follows a redirect, a
//! proxy or a resolver unjudged, and never names a link's path or query in an error.

mod address;
mod download;
mod guard;
mod look_up;
mod own;
mod part;
mod range;
mod resolver;
mod retry_after;
mod transfer;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Client;
use reqwest::redirect::Policy;

use crate::config;
use crate::domain::photo::Sha256;

pub use look_up::LookUp;

use guard::Guard;
use own::OwnSockets;
use resolver::JudgingResolver;

/// A download that ended well.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Of the bytes in the spool file.
    pub sha256: Sha256,
    /// Their number.
    pub size_bytes: u64,
    /// As the host sent it.
    pub content_type: Option<String>,
    /// The host that sent the bytes, after redirects.
    pub host: String,
}

/// Downloads photos.
#[derive(Clone)]
pub struct Fetcher {
    guard: Arc<Guard>,
    look_up: LookUp,
    /// One client a port: a resolver is told the name alone, and address and port are judged together.
    clients: Arc<Mutex<HashMap<u16, Client>>>,
    size_max_bytes: u64,
    timeout: Duration,
    stall: Duration,
}

/// More ports than this mean that somebody is probing.
const CLIENTS_MAX: usize = 16;

impl Fetcher {
    /// `own` are the daemon's listening sockets, which are never fetched from.
    pub fn new(config: &config::Fetch, own: Vec<SocketAddr>) -> anyhow::Result<Self> {
        Self::with_look_up(config, own, LookUp::system())
    }

    /// As [`Fetcher::new`], with another look-up of host names in the place of the system's.
    pub fn with_look_up(
        config: &config::Fetch,
        own: Vec<SocketAddr>,
        look_up: LookUp,
    ) -> anyhow::Result<Self> {
        let fetcher = Self {
            guard: Arc::new(Guard::new(config, OwnSockets::new(own))),
            look_up,
            clients: Arc::default(),
            size_max_bytes: config.size_max_bytes,
            timeout: config.timeout,
            stall: config.stall,
        };
        // A machine without certificates should say so at the start, not photo by photo.
        fetcher.client(443).context("could not prepare downloads over TLS")?;
        Ok(fetcher)
    }

    fn client(&self, port: u16) -> reqwest::Result<Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&port) {
            return Ok(client.clone());
        }
        let resolver = JudgingResolver::new(Arc::clone(&self.guard), self.look_up.clone(), port);
        let client = Client::builder()
            .user_agent(concat!("keepmark/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(resolver))
            .build()?;
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(port, client.clone());
        Ok(client)
    }
}
