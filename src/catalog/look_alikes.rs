//! Pictures that look alike: an index in memory over the fingerprints of all photos, brought up to date at each look-up.
//!
//! The index may know of photos whose seal was dropped since; only rows that are there are answered. Never asked inside a
//! seal: it takes milliseconds with a million photos, and accepting would wait for them.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::parsed;
use super::{Catalog, Doing as _, Result};
use crate::domain::delivery::Announcement;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::look_alikes::LookAlikes;
use crate::domain::photo::PhotoId;
use crate::domain::verdict::reuse::LookAlike;

/// The photo whose like is looked for.
#[derive(Debug, Clone)]
pub struct Looked {
    /// How it looks.
    pub fingerprint: Fingerprint,
    /// Its claims: only photos of another code, and of another project, member or day, are worth telling.
    pub announced: Announcement,
    /// Its local day.
    pub day: jiff::civil::Date,
    /// Itself, where it is archived already.
    pub itself: Option<PhotoId>,
    /// Up to so many bits may differ.
    pub bits_max: u32,
}

/// So many are told.
const TOLD_MAX: usize = 8;
/// So many of the nearest are looked at: a burst is near too, and says nothing.
const LOOKED_AT_MAX: usize = 1000;

/// What of the photos is in memory.
#[derive(Default)]
pub(super) struct Index {
    pictures: LookAlikes,
    last_seq: i64,
}

/// The index that all clones of a catalogue share.
pub(super) type SharedIndex = Arc<Mutex<Index>>;

impl Catalog {
    /// Photos that look like this one and should not; the nearest first, at most eight.
    pub async fn look_alikes(&self, looked: Looked) -> Result<Vec<LookAlike>> {
        // No code is not another code.
        if looked.announced.code.is_none() {
            return Ok(Vec::new());
        }
        let index = Arc::clone(&self.look_alikes);
        self.read(move |connection| {
            let near = {
                let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
                catch_up(connection, &mut index)?;
                index.pictures.near(looked.fingerprint, looked.bits_max, LOOKED_AT_MAX)
            };
            let mut told = Vec::new();
            for (seq, distance) in near {
                told.extend(row_of(connection, seq, &looked)?.map(|found| LookAlike { distance, ..found }));
                if told.len() == TOLD_MAX {
                    break;
                }
            }
            Ok(told)
        })
        .await
    }
}

/// The first look-up after a start reads them all: 40 bytes each.
fn catch_up(connection: &Connection, index: &mut Index) -> Result<()> {
    let mut statement = connection
        .prepare_cached(
            "SELECT seq, fingerprint FROM photo WHERE seq > ?1 AND fingerprint IS NOT NULL ORDER BY seq",
        )
        .doing("read fingerprints")?;
    let mut rows = statement.query([index.last_seq]).doing("read fingerprints")?;
    while let Some(row) = rows.next().doing("read fingerprints")? {
        let seq = row.get(0).doing("read fingerprints")?;
        let bytes: [u8; 32] = row.get(1).doing("read fingerprints")?;
        index.pictures.push(Fingerprint::from_bytes(bytes), seq);
        index.last_seq = seq;
    }
    Ok(())
}

fn row_of(connection: &Connection, seq: i64, looked: &Looked) -> Result<Option<LookAlike>> {
    let announced = &looked.announced;
    let member = announced.member_key();
    let found = |row: &Row<'_>| Ok(LookAlike { photo: parsed(row, 0)?, code: row.get(1)?, distance: 0 });
    connection
        .prepare_cached(
            "SELECT p.id, p.code FROM photo p JOIN team t ON t.id = p.team_id JOIN project j ON j.id = p.project_id
             JOIN member m ON m.id = p.member_id
             WHERE p.seq = ?1 AND p.code IS NOT NULL AND p.code <> ?2 AND p.id <> ?3
               AND NOT (t.name = ?4 AND j.name = ?5 AND m.contact = ?6 AND substr(p.local_time, 1, 10) = ?7)",
        )
        .and_then(|mut statement| {
            let values = params![
                seq,
                announced.code,
                looked.itself.map_or_else(String::new, |id| id.to_string()),
                announced.team.as_deref().unwrap_or_default(),
                announced.project.as_deref().unwrap_or_default(),
                member,
                looked.day.to_string(),
            ];
            statement.query_row(values, found).optional()
        })
        .doing("read a photo that looks alike")
}
