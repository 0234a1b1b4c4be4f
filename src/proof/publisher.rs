//! Publishing: tiles and a signed checkpoint are fixed in the catalogue, put, read back and recorded.
//!
//! Only one process publishes a ledger, and it never replaces a checkpoint that it does not know.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::key::KeyFile;
use super::{ProofError, our_store};
use crate::archive::Archive;
use crate::catalog::Catalog;
use crate::catalog::audit::fixity::KnownKey;
use crate::catalog::ledger::Ledger;
use crate::catalog::ledger::checkpoint::Signed;
use crate::domain::ledger::checkpoint;
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::standing::{Amiss, Standing};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::record::LedgerFinding;
use crate::domain::store::StoreId;
use crate::fault;

/// How often it looks whether there is something to publish.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How often the store's checkpoint is looked at without need: somebody may have put another one there.
const COMPARE_EVERY_MS: i64 = 5 * 60 * 1000;
/// Objects that are looked at before the first checkpoint.
const LOOKED_AT_MAX: usize = 1000;
/// Tiles under way at once.
const PUTS: usize = 4;

/// What publishes a ledger.
#[derive(Clone)]
pub struct Publisher {
    /// Where the ledger is.
    pub catalog: Catalog,
    /// Where it goes.
    pub archive: Archive,
    /// What signs it.
    pub key: KeyFile,
    /// The time between two checkpoints.
    pub every: Duration,
    /// Rung where the store's checkpoint says that photos have to wait.
    pub alarm: Arc<Notify>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

impl Publisher {
    /// Publishes what there is, until it is dropped.
    pub async fn keep(&self) {
        let mut compared_ms = i64::MIN;
        loop {
            match self.tick(compared_ms.saturating_add(COMPARE_EVERY_MS) <= self.now_ms()).await {
                Ok(Tick::Idle) => {}
                Ok(Tick::Compared) => {
                    compared_ms = self.now_ms();
                    self.note(None).await;
                }
                Err(error) if error.needs_a_person() => {
                    if matches!(&error, ProofError::Amiss(amiss) if amiss.holds_photos()) {
                        self.alarm.notify_one();
                    }
                    let (finding, detail) = (error.word().to_owned(), error.to_string());
                    self.note(Some(LedgerFinding { finding, detail })).await;
                }
                Err(error) => tracing::warn!(%error, "the ledger was not published; it is tried again"),
            }
            tokio::time::sleep(self.every.min(LOOK_EVERY)).await;
        }
    }

    /// One look: publishes where there is something to publish and it is time; compares where that is due.
    pub async fn tick(&self, is_comparison_due: bool) -> Result<Tick, ProofError> {
        // Leaves may not be in their order yet.
        if self.catalog.open_rebuild().await?.is_some() {
            return Ok(Tick::Idle);
        }
        let ledger = self.catalog.ledger().await?;
        let is_to_publish = self.is_to_publish(&ledger);
        if !is_to_publish && !is_comparison_due {
            return Ok(Tick::Idle);
        }
        let Some(store) = our_store(&self.catalog, &self.archive).await? else { return Ok(Tick::Idle) };
        self.compare().await?;
        if is_to_publish {
            self.publish(&ledger, store).await?;
        }
        Ok(Tick::Compared)
    }

    /// A checkpoint that was signed and not read back is finished at once: the store may have it.
    fn is_to_publish(&self, ledger: &Ledger) -> bool {
        let every_ms = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX);
        let is_unread = ledger.signed_ms.is_some()
            && ledger.read_back_ms.is_none_or(|read| Some(read) < ledger.signed_ms);
        // A clock that was set back must not make a year of it.
        let is_time =
            ledger.signed_ms.is_none_or(|signed| !(0..every_ms).contains(&(self.now_ms() - signed)));
        is_unread || (ledger.leaves > ledger.published && is_time)
    }

    /// Refuses to go on from a checkpoint that is not what was read back last.
    async fn compare(&self) -> Result<(), ProofError> {
        let found = self.archive.ledger_checkpoint().await?;
        match self.catalog.standing_of(found.clone()).await? {
            Standing::Same => Ok(()),
            Standing::Amiss(amiss) => Err(ProofError::Amiss(amiss)),
            Standing::Unrecorded(checkpoint) => {
                self.grow().await?;
                let note = found.unwrap_or_default();
                Ok(self.catalog.record_checkpoint(checkpoint.size, note, self.now_ms()).await?)
            }
        }
    }

    /// A crash between any two lines is gone over by the next life: what is fixed is put again and found equal, what is
    /// signed is put as it was signed.
    async fn publish(&self, ledger: &Ledger, store: StoreId) -> Result<(), ProofError> {
        if ledger.signed_ms.is_none() {
            self.expect_no_other_ledger().await?;
        }
        let name = format!("keepmark/{store}");
        let key = self.key.read_or_make(ledger.key.as_ref(), &name, rand::random())?;
        let public = key.public().clone();
        self.grow().await?;
        let Some(signed) = self.catalog.sign_checkpoint(key, self.now_ms()).await? else { return Ok(()) };
        fault::point("checkpoint_signed");
        self.put_key(&public).await?;
        self.put_tiles().await?;
        self.put_checkpoint(signed).await
    }

    /// Before the first checkpoint there is nothing of a ledger in the store but tiles of this one.
    async fn expect_no_other_ledger(&self) -> Result<(), ProofError> {
        let listed = self.archive.list("ledger").take(LOOKED_AT_MAX).map_ok(|object| object.key);
        let known = self.catalog.known_keys(listed.try_collect().await?).await?;
        if known.iter().any(|known| matches!(known, KnownKey::Unknown)) {
            return Err(ProofError::Amiss(Amiss::Traces));
        }
        Ok(())
    }

    /// A key lies beside the first checkpoint that it signs: without it nobody could open that from the store alone.
    async fn put_key(&self, key: &PublicKey) -> Result<(), ProofError> {
        let last = self.catalog.last_checkpoint().await?;
        if last.is_some_and(|last| checkpoint::open(&last.note, key).is_ok()) {
            return Ok(());
        }
        let text = format!("{key}\n");
        let sha256 = Sha256::of(text.as_bytes());
        Ok(self.archive.put_bytes(&ObjectKey::ledger_key(key), text.into(), sha256).await?)
    }

    /// Lets the tree grow by parts, and puts what became full: a tile is of use without a checkpoint.
    async fn grow(&self) -> Result<(), ProofError> {
        while self.catalog.grow_ledger().await? {
            self.put_tiles().await?;
        }
        Ok(())
    }

    async fn put_tiles(&self) -> Result<(), ProofError> {
        loop {
            let pending = self.catalog.pending_tiles().await?;
            if pending.is_empty() {
                return Ok(());
            }
            let puts = pending.into_iter().map(|tile| async move {
                self.archive.put_bytes(&tile.object_key, tile.body.into(), tile.sha256).await?;
                fault::point("tile_put");
                Ok::<_, ProofError>(tile.object_key)
            });
            let put: Vec<_> = stream::iter(puts).buffer_unordered(PUTS).try_collect().await?;
            self.catalog.record_tiles(put, self.now_ms()).await?;
        }
    }

    async fn put_checkpoint(&self, signed: Signed) -> Result<(), ProofError> {
        let Signed { size, note } = signed;
        // Putting tiles may have taken minutes: whoever put another checkpoint there meanwhile is not put over.
        self.compare().await?;
        self.archive.replace_ledger_checkpoint(note.clone()).await?;
        fault::point("checkpoint_put");
        if self.archive.ledger_checkpoint().await?.as_deref() != Some(&note) {
            return Err(ProofError::NotReadBack);
        }
        fault::point("checkpoint_read_back");
        self.catalog.record_checkpoint(size, note, self.now_ms()).await?;
        tracing::debug!(leaves = size, "the ledger was published");
        Ok(())
    }

    /// Says it once.
    async fn note(&self, trouble: Option<LedgerFinding>) {
        let reason = trouble.as_ref().map(|finding| finding.detail.clone());
        match self.catalog.note_ledger_trouble(trouble, rand::random(), (self.clock)()).await {
            Ok(false) => {}
            Ok(true) => {
                if let Some(reason) = reason {
                    tracing::error!(%reason, "the ledger is not published");
                } else {
                    tracing::info!("the ledger is well again");
                }
            }
            Err(error) => tracing::warn!(%error, "could not note how the ledger stands"),
        }
    }

    fn now_ms(&self) -> i64 {
        (self.clock)().as_millisecond()
    }
}

/// What one look led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// Nothing was asked of the store.
    Idle,
    /// The store's checkpoint is the one that is known, or became so.
    Compared,
}
