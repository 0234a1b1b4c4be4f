//! systemd's watchdog: fed only as long as the daemon does what it is there for.
//!
//! Never fed on a promise: the server answers on its own socket, the writer commits, and the workers move, or nothing
//! is sent and systemd starts the daemon anew (`WatchdogSec=` in the unit).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::catalog::Catalog;
use crate::pipeline::Pulse;

/// What is asked before each feeding.
pub(super) struct Watchdog {
    /// Twice within the time that systemd waits, as `sd_watchdog_enabled(3)` advises.
    every: Duration,
    server: SocketAddr,
    catalog: Catalog,
    pulse: Arc<Pulse>,
    /// A pool of which nobody moved for so long hangs.
    patience: Duration,
}

impl Watchdog {
    /// Nothing where nobody watches.
    pub(super) fn new(
        server: SocketAddr,
        catalog: Catalog,
        pulse: Arc<Pulse>,
        patience: Duration,
    ) -> Option<Self> {
        let every = sd_notify::watchdog_enabled()? / 2;
        Some(Self { every, server: reachable(server), catalog, pulse, patience })
    }

    /// Feeds for as long as all is well; says in the log when it begins to starve and when it is fed again.
    pub(super) async fn feed(self) {
        let mut ticks = interval_at(Instant::now() + self.every, self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_well = true;
        loop {
            ticks.tick().await;
            let looked = timeout(self.every, self.look()).await;
            let looked = looked.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {:?}", self.every)));
            match (&looked, was_well) {
                (Ok(()), false) => tracing::info!("the watchdog is fed again"),
                (Err(error), true) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the watchdog is not fed until this is over"
                    );
                }
                _ => {}
            }
            was_well = looked.is_ok();
            if was_well {
                // Whoever watches is gone, if this fails.
                let _told = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
        }
    }

    async fn look(&self) -> anyhow::Result<()> {
        ensure!(self.pulse.all_run(), "a worker ended by itself");
        ensure!(self.pulse.moved_within(self.patience), "no worker moved for {:?}", self.patience);
        self.catalog.can_commit().await.context("the catalogue takes no commit")?;
        answers(self.server).await.context("the server does not answer on its own socket")
    }
}

/// One request of `/healthz` over a connection of its own, so that the accept loop is part of the answer.
async fn answers(server: SocketAddr) -> anyhow::Result<()> {
    const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const WELL: &[u8] = b"HTTP/1.1 200 ";
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = [0; WELL.len()];
    stream.read_exact(&mut answer).await?;
    ensure!(answer == WELL, "it answers something else than 200");
    Ok(())
}

/// "All addresses" read as this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
