//! Archives of any size that nobody has: photos made by numbers alone, always the same ones for the same seed, and a
//! catalogue filled with the rows that the daemon would have written for them.
//!
//! Never pixels: what pages and lists read stands in the catalogue. Objects only where the plan asks for them: small ones
//! that stand for photos, with true sidecars.

mod dice;
mod made;
mod objects;
mod rows;
mod world;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use anyhow::Context as _;
use keepmark::catalog::{BatchObserver, Catalog};
use rusqlite::Connection;

pub use dice::Dice;
pub use made::{Arrived, Maker};

use objects::Objects;

/// Raised with every change of what is made, so that no archive of an earlier generator is measured.
const EDITION: u32 = 4;

/// So many deliveries are committed at once.
const BATCH: u64 = 50_000;

/// How an archive is made.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Photos, without the few deliveries that led to none.
    pub photos: u64,
    /// The same seed makes the same archive.
    pub seed: u64,
    /// Whether the store's objects exist too, in the folder `archive` of the state folder.
    pub has_objects: bool,
}

impl Plan {
    /// A state folder with this plan's catalogue, made where it is missing; kept for the next run, because a million
    /// photos take minutes.
    pub fn state_dir(self, folder: &Path) -> anyhow::Result<PathBuf> {
        let objects = if self.has_objects { "-objects" } else { "" };
        let name = format!("archive-{}-{}-{EDITION}{objects}", self.photos, self.seed);
        let (whole, part) = (folder.join(&name), folder.join(format!("{name}.part")));
        if whole.exists() {
            return Ok(whole);
        }
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        // The daemon refuses a state folder that others can read.
        DirBuilder::new().recursive(true).mode(0o700).create(&part)?;
        let began = Instant::now();
        self.fill(&part).context("could not fill a catalogue")?;
        std::fs::rename(&part, &whole)?;
        eprintln!("{} photos made in {} s", self.photos, began.elapsed().as_secs());
        Ok(whole)
    }

    fn fill(self, state_dir: &Path) -> anyhow::Result<()> {
        // Its tables are the program's own.
        drop(Catalog::open(state_dir, BatchObserver::default())?);
        let connection = Connection::open(state_dir.join("keepmark.db"))?;
        // A crash costs the file, which is then made anew.
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -1000000;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        rows::insert_names(&connection)?;
        let mut objects = None;
        if self.has_objects {
            objects = Some(Objects::in_state_dir(state_dir, self.seed, &connection)?);
        }
        let (give, take) = sync_channel::<Arrived>(1000);
        let maker = std::thread::spawn(move || {
            for arrived in Maker::new(self) {
                if give.send(arrived).is_err() {
                    break;
                }
            }
        });
        connection.execute_batch("BEGIN")?;
        for (number, mut arrived) in (1_u64..).zip(take) {
            if let Some(objects) = &mut objects {
                objects.put_photo(&mut arrived)?;
            }
            let delivery = rows::insert(&connection, &arrived)?;
            if let Some(objects) = &mut objects {
                objects.put_rest(&connection, &arrived, delivery)?;
            }
            if number % BATCH == 0 {
                connection.execute_batch("COMMIT; BEGIN")?;
            }
        }
        rows::insert_leaves(&connection)?;
        connection.execute_batch("COMMIT")?;
        maker.join().map_err(|_| anyhow::anyhow!("the maker of photos failed"))
    }
}
