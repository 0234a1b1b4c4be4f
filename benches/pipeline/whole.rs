//! The whole way: deliveries in, archived photos out, by the real daemon as a process.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use keepmark::catalog::Catalog;
use keepmark::domain::job::State;

use super::corpus::Photo;
use super::support::child::Server;
use super::support::client::{Connection, post};
use super::support::daemon::Daemon;
use super::support::delivery::{Identity, body};
use super::support::figures::{milliseconds, number, rate};
use super::support::process::{cpu_time, memory_peak_mib};
use super::{COPIES, host};

/// How long a round may take.
const LIMIT: Duration = Duration::from_mins(5);

/// The settings of a daemon that may fetch from the benchmark's own host.
pub const SETTINGS: [(&str, &str); 2] =
    [("FETCH__ALLOW_HTTP", "true"), ("FETCH__ALLOW_NETWORKS", "127.0.0.0/8")];

/// One round.
pub struct Archived {
    pub photos_a_second: f64,
    /// CPU time of the daemon for one photo, milliseconds.
    pub cpu_ms: f64,
    /// CPU time of the image host for one photo, milliseconds: it shares the machine.
    pub host_cpu_ms: f64,
    pub memory_mib: f64,
}

/// Delivers every file `COPIES` times to a new daemon and waits until all are archived.
pub async fn archive(photos: &[Photo], host: &Server) -> anyhow::Result<Archived> {
    let daemon = Daemon::start(&SETTINGS)?;
    let catalog = Catalog::open_beside(&daemon.state_dir())?;
    let mut connection = Connection::open(daemon.address).await?;
    let deliveries = photos.len() * COPIES;
    let cpu = || Ok::<_, anyhow::Error>((cpu_time(daemon.process_id())?, cpu_time(host.process_id())?));
    let (began, before) = (Instant::now(), cpu()?);
    for number in 0..deliveries {
        let link = host::link(host.address, number % photos.len(), number / photos.len());
        let body = body(&Identity::of(number.try_into()?), &link);
        connection.exchange(&post(daemon.address, &daemon.hook, &body)).await?;
    }
    until_archived(&catalog, deliveries).await?;
    let took = began.elapsed();
    let after = cpu()?;
    Ok(Archived {
        photos_a_second: rate(deliveries, took),
        cpu_ms: milliseconds(after.0.saturating_sub(before.0)) / number(deliveries),
        host_cpu_ms: milliseconds(after.1.saturating_sub(before.1)) / number(deliveries),
        memory_mib: memory_peak_mib(daemon.process_id())?,
    })
}

async fn until_archived(catalog: &Catalog, deliveries: usize) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let jobs = catalog.queue().await?;
        let in_state = |wanted: State| jobs.iter().find(|(state, _)| *state == wanted).map_or(0, |(_, n)| *n);
        if usize::try_from(in_state(State::Done))? == deliveries {
            return Ok(());
        }
        ensure!(in_state(State::Dead) + in_state(State::Held) == 0, "photos are dead or held: {jobs:?}");
        if began.elapsed() > LIMIT {
            bail!("the daemon did not end in {} s: {jobs:?}", LIMIT.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
