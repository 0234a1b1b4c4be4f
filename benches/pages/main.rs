//! How long pages and lists take in archives of several sizes: the real daemon over loopback, one request at a time.
//!
//! The daemons of all sizes run at once and take turns, so that a busy machine hits all alike. What is printed is
//! Markdown.

mod facts;
#[path = "../generator/mod.rs"]
mod generator;
mod requests;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "what the benchmarks share is more than this one needs")]
mod support;
mod timing;

use std::path::Path;

use anyhow::Context as _;
use generator::Plan;
use requests::PAGES;
use timing::{Answers, Archive};

/// Photos of the archives, and requests for each page.
const PHOTOS: &str = "KEEPMARK_BENCH_PHOTOS";
const REQUESTS: &str = "KEEPMARK_BENCH_REQUESTS";

const SEED: u64 = 2026;

fn main() -> anyhow::Result<()> {
    let sizes = setting(PHOTOS, "10000,100000,1000000")?;
    let requests = setting(REQUESTS, "300")?[0];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let archives = sizes
        .iter()
        .map(|photos| {
            Archive::open(
                &Plan { photos: *photos, seed: SEED, has_objects: false }.state_dir(folder)?,
                *photos,
            )
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    println!("\n{requests} requests each, one at a time; times in milliseconds.\n");
    let mut rows = Vec::new();
    for page in &PAGES {
        let answers = runtime.block_on(timing::ask(page, &archives, requests))?;
        eprintln!("{}: {}", page.name, answers.iter().map(Answers::in_short).collect::<Vec<_>>().join("; "));
        rows.push((page, answers));
    }
    timing::print(&archives, &rows);
    for archive in &archives {
        runtime.block_on(archive.print_download())?;
    }
    Ok(())
}

/// Numbers from the environment.
fn setting(name: &str, usual: &str) -> anyhow::Result<Vec<u64>> {
    let given = std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let numbers = given.split(',').map(|number| number.trim().parse::<u64>());
    numbers.collect::<Result<_, _>>().with_context(|| format!("{name} must be numbers, such as {usual}"))
}
