//! What archiving a photo costs: the real daemon over the corpus to the local store, each of its stages alone, and a
//! plain copy of the same files to the same disk.
//!
//! The corpus lies beside the project and is never part of it: `KEEPMARK_CORPUS`, else `../shared/corpus`. Without it
//! this says so and ends well.

mod copies;
mod corpus;
mod host;
mod stages;
#[path = "../support/mod.rs"]
mod support;
mod whole;

use std::path::Path;

use corpus::Photo;
use support::child::Server;
use support::figures::{median, print_table};

const ROUNDS: usize = 3;
/// How often the daemon archives each file in one round, each time with bytes of its own.
const COPIES: usize = 2;
/// The argument that makes this program the image host; the folder of photos follows.
const HOST: &str = "--host";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [host, folder] = &arguments[..]
        && host == HOST
    {
        return host::serve(&corpus::photos_in(Path::new(folder))?);
    }
    let folder = corpus::folder();
    if !folder.is_dir() {
        println!("skipped: no corpus at {} (KEEPMARK_CORPUS names another place)", folder.display());
        return Ok(());
    }
    let photos = corpus::photos_in(&folder)?;
    let host = Server::start(&[HOST.as_ref(), folder.as_os_str()])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut plain, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(copies::copy(&photos)?);
        whole.push(runtime.block_on(whole::archive(&photos, &host))?);
    }
    print(&photos, &plain, &whole);
    stages::print(&runtime.block_on(stages::measure(&photos, host.address))?);
    Ok(())
}

fn print(photos: &[Photo], plain: &[copies::Copied], whole: &[whole::Archived]) {
    let bytes: usize = photos.iter().map(|photo| photo.bytes.len()).sum();
    let megabytes = support::figures::number(bytes) / 1e6;
    println!("\n{} files, {megabytes:.1} MB. Medians of {ROUNDS} rounds.\n", photos.len());
    println!("The daemon: each file {COPIES} times, each time with bytes of its own.\n");
    let of = |figure: fn(&whole::Archived) -> f64| median(&whole.iter().map(figure).collect::<Vec<_>>());
    let row = [
        format!("{:.1}", of(|run| run.photos_a_second)),
        format!("{:.0}", of(|run| run.cpu_ms)),
        format!("{:.1}", of(|run| run.host_cpu_ms)),
        format!("{:.0}", whole.iter().map(|run| run.memory_mib).fold(0.0, f64::max)),
    ];
    print_table(["photos/s", "CPU ms a photo", "host's CPU ms a photo", "peak memory MiB"], &[row]);
    println!("A plain copy of the same files with fsync, one after the other.\n");
    let rate = median(&plain.iter().map(|run| run.files_a_second).collect::<Vec<_>>());
    let cpu = median(&plain.iter().map(|run| run.cpu_ms).collect::<Vec<_>>());
    print_table(["files/s", "CPU ms a file"], &[[format!("{rate:.1}"), format!("{cpu:.1}")]]);
}
