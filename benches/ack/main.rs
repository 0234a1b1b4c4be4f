//! How fast the daemon acknowledges: accepted events a second over loopback, beside a handler that stores nothing and
//! beside this disk's plain `fdatasync`.
//!
//! Both servers run as processes of their own and take turns, so that a busy machine hits both alike.

mod disk;
mod handler;
mod load;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use load::{Measured, Target};
use support::child::Server;
use support::daemon::Daemon;
use support::figures::{median, print_table};
use support::process::memory_peak_mib;

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
const ROUNDS: usize = 5;
/// How long one server is measured in one round.
const MEASURE: Duration = Duration::from_millis(1500);
/// The argument that makes this program the handler.
const HANDLER: &str = "--handler";

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(HANDLER) {
        return handler::serve();
    }
    // One thread: the load shares the machine with the servers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let scratch = support::scratch()?;
    let daemon = Daemon::start(&[("WORKER__CONCURRENCY", "0")])?;
    let server = Server::start(&[HANDLER.as_ref()])?;
    let stored = Target::new(daemon.address, &daemon.hook, daemon.process_id());
    let not_stored = Target::new(server.address, "/hooks/timemark/none", server.process_id());
    let mut pairs = CONNECTIONS.map(|_| Vec::new());
    let mut syncs = Vec::new();
    for _ in 0..ROUNDS {
        syncs.push(disk::synced_appends(scratch.path(), MEASURE)?);
        for (connections, pairs) in CONNECTIONS.into_iter().zip(&mut pairs) {
            let with = runtime.block_on(load::run(&stored, connections, MEASURE))?;
            let without = runtime.block_on(load::run(&not_stored, connections, MEASURE))?;
            pairs.push((with, without));
        }
    }
    print(&pairs, &syncs);
    print_end(&daemon)
}

/// What the run left: the daemon's memory and its catalogue.
fn print_end(daemon: &Daemon) -> anyhow::Result<()> {
    let catalogue = std::fs::metadata(daemon.state_dir().join("keepmark.db"))?.len() / (1024 * 1024);
    let memory = memory_peak_mib(daemon.process_id())?;
    println!("The daemon held at most {memory:.0} MiB of memory; its catalogue ended at {catalogue} MiB.");
    Ok(())
}

fn print(pairs: &[Vec<(Measured, Measured)>; 4], syncs: &[Measured]) {
    println!("\nMedians of {ROUNDS} rounds of {} ms each; times in milliseconds.\n", MEASURE.as_millis());
    let rows: Vec<_> =
        CONNECTIONS.iter().zip(pairs).map(|(connections, pairs)| row(*connections, pairs)).collect();
    print_table(
        ["connections", "stored/s", "p50", "p99", "not stored/s", "p50", "p99", "ratio", "lowest", "highest"],
        &rows,
    );
    println!("CPU of the server for one event, in microseconds.\n");
    let rows: Vec<_> =
        CONNECTIONS.iter().zip(pairs).map(|(connections, pairs)| cpu(*connections, pairs)).collect();
    print_table(["connections", "stored", "not stored"], &rows);
    println!("This disk alone: 1 KiB appended and `fdatasync`, one after the other.\n");
    let of = |figure: fn(&Measured) -> f64| median(&syncs.iter().map(figure).collect::<Vec<_>>());
    let row = [
        format!("{:.0}", of(|m| m.a_second)),
        format!("{:.2}", of(|m| m.p50_ms)),
        format!("{:.2}", of(|m| m.p99_ms)),
    ];
    print_table(["syncs/s", "p50", "p99"], &[row]);
}

fn row(connections: usize, pairs: &[(Measured, Measured)]) -> [String; 10] {
    let of = |figure: fn(&(Measured, Measured)) -> f64| median(&pairs.iter().map(figure).collect::<Vec<_>>());
    let ratios: Vec<_> = pairs.iter().map(|(with, without)| with.a_second / without.a_second).collect();
    let lowest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = ratios.iter().copied().fold(0.0, f64::max);
    [
        connections.to_string(),
        format!("{:.0}", of(|(with, _)| with.a_second)),
        format!("{:.2}", of(|(with, _)| with.p50_ms)),
        format!("{:.2}", of(|(with, _)| with.p99_ms)),
        format!("{:.0}", of(|(_, without)| without.a_second)),
        format!("{:.2}", of(|(_, without)| without.p50_ms)),
        format!("{:.2}", of(|(_, without)| without.p99_ms)),
        format!("{:.2}", median(&ratios)),
        format!("{lowest:.2}"),
        format!("{highest:.2}"),
    ]
}

fn cpu(connections: usize, pairs: &[(Measured, Measured)]) -> [String; 3] {
    let of = |figure: fn(&(Measured, Measured)) -> f64| median(&pairs.iter().map(figure).collect::<Vec<_>>());
    [
        connections.to_string(),
        format!("{:.0}", of(|(with, _)| with.cpu_us)),
        format!("{:.0}", of(|(_, without)| without.cpu_us)),
    ]
}
