//! The rebuild: the catalogue made anew from what the store holds, when the state folder is lost.
//!
//! Never writes into the store, and never takes what does not fit for missing: it is named and left where it is. The row
//! is the progress: a crash anywhere leaves a rebuild that the next life goes on with.

mod ledger;
mod read;

use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::{Upkeep, UpkeepError};
use crate::archive::ArchiveError;
use crate::catalog::rebuild::{Kind, Object, Phase, Rebuild, RebuildId};
use crate::domain::object_key::listed::Listed;
use crate::domain::store::{Found, StoreId};
use crate::fault;

/// What the store does not know: said in every report.
pub const NOT_IN_THE_STORE: [&str; 11] = [
    "people, their passwords, sessions and limits; API tokens (`keepmark user invite`, `keepmark token create`)",
    "the secret in the hook's address, unless the file `hook-tokens` was kept (`keepmark hook url`)",
    "deliveries that had neither become a photo nor a dead letter: those of the last hours, tests, and events without a photo",
    "the attempts on each photo, and how often a delivery was repeated",
    "from where deliveries came: addresses, headers, the token",
    "numbers of deliveries and projects: they are counted anew, as is the order of photos sealed in one moment",
    "when a photo was archived: in its place stands when the store says that its sidecar was put",
    "a person's word that two names are one phone (`keepmark device`)",
    "runs of `keepmark judge` as such; what they found is there",
    "audits that had not ended, when each object was last read, and of one audit what it found beyond a thousand",
    "checkpoints of the ledger before the last one",
];

/// Objects that are read at once, and committed together.
const READS: usize = 8;
const BATCH: u32 = 64;
/// Keys of a listing that are committed together.
const LISTED_AT_ONCE: usize = 1000;
/// The folders that a catalogue is made from.
const FOLDERS: [&str; 2] = ["photos", "records"];
/// A store in trouble is tried again after this.
const TROUBLE_WAIT: Duration = Duration::from_secs(10);

/// Why a rebuild does not go on.
enum Stopped {
    /// For now.
    Trouble(UpkeepError),
    /// For good, with the reason.
    GivenUp(String),
}

impl<E: Into<UpkeepError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

impl Upkeep {
    /// Works a rebuild off, or gives it up for a reason that is noted on it; trouble is noted and waited for.
    pub async fn rebuild(&self, id: RebuildId) {
        while let Err(stopped) = self.work_rebuild_off(id).await {
            let noted = match stopped {
                Stopped::GivenUp(reason) => {
                    tracing::error!(%reason, "the rebuild was given up");
                    self.catalog.give_rebuild_up(id, reason, self.now_ms()).await
                }
                Stopped::Trouble(error) => {
                    let trouble = error.to_string();
                    tracing::warn!(%trouble, "the rebuild waits");
                    let noted = self.catalog.note_rebuild_trouble(id, trouble).await;
                    tokio::time::sleep(TROUBLE_WAIT).await;
                    noted
                }
            };
            if let Err(error) = noted {
                tracing::warn!(%error, "could not note why the rebuild waits");
            }
        }
    }

    async fn work_rebuild_off(&self, id: RebuildId) -> Result<(), Stopped> {
        while let Some(rebuild) = self.catalog.rebuild(id).await? {
            let store = match rebuild.phase {
                Phase::Ended => return Ok(()),
                _ => self.expect_this_store(&rebuild).await?,
            };
            match rebuild.phase {
                Phase::Listing => self.list(id).await?,
                Phase::Reading => self.read_sidecars(id).await?,
                Phase::Photos => self.restore(id, Kind::Sidecar, Phase::Companions).await?,
                Phase::Companions => {
                    self.restore(id, Kind::Judgement, Phase::Companions).await?;
                    self.restore(id, Kind::Repeat, Phase::Records).await?;
                }
                Phase::Records => self.restore(id, Kind::Record, Phase::Ledger).await?,
                Phase::Ledger => {
                    self.put_leaves_back(id).await?;
                    fault::point("rebuild_leaves");
                    self.catalog.end_rebuild(id, store, self.now_ms()).await?;
                    tracing::info!("the catalogue is rebuilt; photos that waited go on");
                }
                Phase::Ended => {}
            }
        }
        Ok(())
    }

    /// What is mounted or configured may be another store by now: then nothing in it is missing.
    async fn expect_this_store(&self, rebuild: &Rebuild) -> Result<StoreId, Stopped> {
        let found = match self.archive.marker().await? {
            Found::Marker(found) => found,
            Found::Nothing if rebuild.store.is_some() => {
                return Err(
                    ArchiveError::Store("the store's marker cannot be seen any more".to_owned()).into()
                );
            }
            Found::Nothing => {
                return Err(Stopped::GivenUp(
                    "this store has no .keepmark/store.json, so there is no archive to rebuild from: correct archive.url"
                        .to_owned(),
                ));
            }
            Found::Unreadable => {
                return Err(Stopped::GivenUp(
                    "the store's .keepmark/store.json cannot be read: bring back the one that Keepmark wrote"
                        .to_owned(),
                ));
            }
        };
        let known = self.catalog.store().await?.id.or(rebuild.store);
        match known {
            Some(known) if known != found => {
                Err(Stopped::GivenUp("the store belongs to another catalogue than this rebuild".to_owned()))
            }
            Some(_) => Ok(found),
            None => {
                self.catalog.note_rebuilt_store(rebuild.id, found).await?;
                Ok(found)
            }
        }
    }

    /// Begins anew after a crash: what is known already stays.
    async fn list(&self, id: RebuildId) -> Result<(), Stopped> {
        let mut last_record = 0;
        for folder in FOLDERS {
            let mut chunks = self.archive.list(folder).chunks(LISTED_AT_ONCE);
            while let Some(chunk) = chunks.next().await {
                let mut objects = Vec::with_capacity(chunk.len());
                for listed in chunk {
                    let listed = listed?;
                    let kind = match Listed::of(&listed.key) {
                        Listed::Photo(_) => Kind::Photo,
                        Listed::Sidecar(_) => Kind::Sidecar,
                        Listed::Judgement(..) => Kind::Judgement,
                        Listed::Repeat(_) => Kind::Repeat,
                        Listed::Record(number) => {
                            last_record = last_record.max(number);
                            Kind::Record
                        }
                        Listed::Other => continue,
                    };
                    let (key, size_bytes, modified_ms) = (listed.key, listed.size_bytes, listed.modified_ms);
                    objects.push(Object { key, kind, size_bytes, modified_ms });
                }
                self.catalog.note_listed(objects).await?;
                fault::point("rebuild_listed");
            }
        }
        Ok(self.catalog.end_listing(id, last_record).await?)
    }

    async fn read_sidecars(&self, id: RebuildId) -> Result<(), Stopped> {
        loop {
            let objects = self.catalog.next_objects(Kind::Sidecar, false, BATCH).await?;
            if objects.is_empty() {
                self.catalog.name_photos_without_sidecar(id).await?;
                return Ok(self.catalog.enter_phase(id, Phase::Photos).await?);
            }
            let reads = objects.into_iter().map(|object| self.verify(object));
            let read = stream::iter(reads).buffered(READS).collect::<Vec<_>>().await;
            let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
            // What is missing is missing in this store: it is looked at once more before that is noted.
            self.expect_marker_still(id).await?;
            self.catalog.note_read(id, read).await?;
            fault::point("rebuild_read");
        }
    }

    /// Puts all objects of a kind back, a batch at a time.
    async fn restore(&self, id: RebuildId, kind: Kind, next: Phase) -> Result<(), Stopped> {
        loop {
            let objects = self.catalog.next_objects(kind, kind == Kind::Sidecar, BATCH).await?;
            if objects.is_empty() {
                return Ok(self.catalog.enter_phase(id, next).await?);
            }
            let reads = objects.into_iter().map(|object| self.read_object(object));
            let read = stream::iter(reads).buffered(READS).collect::<Vec<_>>().await;
            let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
            self.expect_marker_still(id).await?;
            self.catalog.restore(id, read).await?;
            fault::point("rebuild_restored");
        }
    }

    async fn expect_marker_still(&self, id: RebuildId) -> Result<(), Stopped> {
        match self.catalog.rebuild(id).await? {
            Some(rebuild) => self.expect_this_store(&rebuild).await.map(drop),
            None => Ok(()),
        }
    }
}
