//! The look-up of a host name: the system's own, or another in its place.
//!
//! Never judges an answer: that is the resolver's.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

type Answer = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// How a host name and a port become addresses.
#[derive(Clone)]
pub struct LookUp(Arc<dyn Fn(String, u16) -> Answer + Send + Sync>);

impl LookUp {
    /// As the system is configured.
    pub fn system() -> Self {
        Self::with(|host, port| async move {
            tokio::net::lookup_host((host.as_str(), port)).await.map(Iterator::collect)
        })
    }

    /// By a function of host name and port.
    pub fn with<F>(ask: impl Fn(String, u16) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |host, port| Box::pin(ask(host, port))))
    }

    pub(super) fn ask(&self, host: &str, port: u16) -> Answer {
        (self.0)(host.to_owned(), port)
    }
}
