//! The load: connections that each post one unique event after the other, and measure every answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use super::support::client::{Connection, post};
use super::support::delivery::{Identity, body};
use super::support::figures::{milliseconds, number, quantile, rate};
use super::support::process::cpu_time;

/// Before the measurement: connections are opened, caches and batches settle.
const WARM_UP: Duration = Duration::from_millis(300);

/// The number of the next event; no event is sent twice in a run.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A server under load.
pub struct Target {
    address: SocketAddr,
    process_id: u32,
    request: Vec<u8>,
    event_id_at: usize,
    code_at: usize,
}

/// What one measurement gave.
pub struct Measured {
    pub a_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// CPU time of the server for one event, microseconds.
    pub cpu_us: f64,
}

impl Measured {
    pub fn new(times_ms: &[f64], took: Duration, cpu: Duration) -> Self {
        Self {
            a_second: rate(times_ms.len(), took),
            p50_ms: quantile(times_ms, 0.5),
            p99_ms: quantile(times_ms, 0.99),
            cpu_us: milliseconds(cpu) * 1000.0 / number(times_ms.len()),
        }
    }
}

impl Target {
    /// Makes the request once; only what identifies an event is written anew for each.
    pub fn new(address: SocketAddr, path: &str, process_id: u32) -> Arc<Self> {
        let sample = Identity::of(u64::MAX);
        let link = "https://photos.keepmark-bench.dev/uploads/photos/2025/12/11/123456.jpg";
        let body = body(&sample, link);
        let request = post(address, path, &body);
        let body_at = request.len() - body.len();
        let at = |text: &str| body_at + body.find(text).unwrap_or_default();
        let (event_id_at, code_at) = (at(&sample.event_id), at(&sample.code));
        Arc::new(Self { address, process_id, request, event_id_at, code_at })
    }

    fn identify(&self, request: &mut [u8]) {
        let next = Identity::of(NEXT.fetch_add(1, Ordering::Relaxed));
        let (event_id, code) = (next.event_id.as_bytes(), next.code.as_bytes());
        request[self.event_id_at..][..event_id.len()].copy_from_slice(event_id);
        request[self.code_at..][..code.len()].copy_from_slice(code);
    }
}

/// Keeps this many connections busy and measures for as long as said.
pub async fn run(target: &Arc<Target>, connections: usize, during: Duration) -> anyhow::Result<Measured> {
    let from = Instant::now() + WARM_UP;
    let until = from + during;
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        senders.spawn(send(Arc::clone(target), from, until));
    }
    tokio::time::sleep_until(from.into()).await;
    let cpu_before = cpu_time(target.process_id)?;
    tokio::time::sleep_until(until.into()).await;
    let cpu = cpu_time(target.process_id)?.saturating_sub(cpu_before);
    let mut times_ms = Vec::new();
    while let Some(sent) = senders.join_next().await {
        times_ms.extend(sent.context("a connection ended by itself")??);
    }
    Ok(Measured::new(&times_ms, during, cpu))
}

/// One connection: posts until the end, and returns how long each answer within the measurement took, milliseconds.
async fn send(target: Arc<Target>, from: Instant, until: Instant) -> anyhow::Result<Vec<f64>> {
    let mut connection = Connection::open(target.address).await?;
    let mut request = target.request.clone();
    let mut times_ms = Vec::new();
    loop {
        target.identify(&mut request);
        let sent = Instant::now();
        let answer = connection.exchange(&request).await?;
        let answered = Instant::now();
        ensure!(answer.windows(10).any(|part| part == b"\"accepted\""), "an event was not accepted");
        if answered >= until {
            return Ok(times_ms);
        }
        if answered >= from {
            times_ms.push(milliseconds(answered - sent));
        }
    }
}
