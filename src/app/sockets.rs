//! The listening sockets: those that systemd holds open, else our own.
//!
//! Never closes a socket of systemd's for others: it outlives this process, and whoever connects during a restart waits
//! in its queue.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, bail};
use listenfd::ListenFd;

/// The sockets that this process was started with (`sd_listen_fds(3)`), perhaps none. To be called before anything else
/// runs: the variables that name them are taken out of the environment.
pub(super) fn inherited() -> anyhow::Result<Vec<TcpListener>> {
    let mut sockets = ListenFd::from_env();
    let count = sockets.len();
    let take = |index| match sockets.take_tcp_listener(index) {
        Ok(Some(listener)) => Ok(listener),
        Ok(None) => bail!("socket {index} of keepmark.socket was taken before"),
        Err(error) => {
            Err(error).with_context(|| format!("socket {index} of keepmark.socket does not listen on TCP"))
        }
    };
    (0..count).map(take).collect()
}

/// Binds all addresses, or none.
pub(super) fn bind(addresses: &[SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    let bind = |address: &SocketAddr| {
        TcpListener::bind(address).with_context(|| {
            format!("could not listen on {address} (server.listen): is another program, or another keepmark, using it?")
        })
    };
    addresses.iter().map(bind).collect()
}
