//! The listening sockets.

use std::net::{SocketAddr, TcpListener};

use anyhow::Context as _;

/// Binds all addresses, or none.
pub(super) fn bind(addresses: &[SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    let bind = |address: &SocketAddr| {
        TcpListener::bind(address).with_context(|| {
            format!("could not listen on {address} (server.listen): is another program, or another keepmark, using it?")
        })
    };
    addresses.iter().map(bind).collect()
}
