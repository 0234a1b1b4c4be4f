//! The keeper of the store's gate: looks at the store at the start, when somebody doubts and while it is in trouble;
//! says which capabilities it has, and lets the waiting photos go when it is well again.
//!
//! Never writes into a store that belongs to another catalogue.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::Pipeline;
use super::store_gate::State;
use crate::archive::ArchiveError;
use crate::catalog::CatalogError;
use crate::catalog::store::Trouble;
use crate::domain::backoff;
use crate::domain::causes::chain;
use crate::domain::ledger::standing::Standing;
use crate::domain::store::{Belongs, Capabilities, Capability, StoreId, belongs};

/// A look may take this long; the first one, which tries out what the store can do, longer.
const LOOK_MAX: Duration = Duration::from_secs(10);
const PROBE_MAX: Duration = Duration::from_mins(1);
/// A body of 8 MiB, on a slow line.
const LARGE_BODY_MAX: Duration = Duration::from_mins(5);
/// How often a store that seems well is looked at: a disk may have been unmounted.
const LOOK_EVERY: Duration = Duration::from_mins(5);
/// Objects of a probe that is younger than this may be at work.
const PROBES_KEPT: Duration = Duration::from_hours(1);

/// A rebuild is looked after more often than a store in trouble: when it ends, photos go on.
const LOOK_AT_REBUILD_EVERY: Duration = Duration::from_secs(2);
/// What photos wait for meanwhile.
const REBUILDING: &str = "the catalogue is being rebuilt from this store; photos go on when that is done (`keepmark rebuild` shows how far it is)";

/// Why a look ended without an open gate.
enum Unfit {
    /// A sentence that names no key.
    Store(String),
    /// Our own catalogue: says nothing of the store.
    Catalogue(CatalogError),
}

impl From<ArchiveError> for Unfit {
    fn from(error: ArchiveError) -> Self {
        Self::Store(match error {
            ArchiveError::Conflict => "another Keepmark has just marked this store as its own".to_owned(),
            error => error.to_string(),
        })
    }
}

impl From<CatalogError> for Unfit {
    fn from(error: CatalogError) -> Self {
        Self::Catalogue(error)
    }
}

impl Pipeline {
    /// Keeps the gate until it is dropped. What is done once must not keep anybody from looking: it may hang.
    pub(super) async fn keep_store(&self) {
        tokio::join!(self.keep_looking(), async {
            while !self.gate.is_open() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            self.after_first_open().await;
        });
    }

    async fn keep_looking(&self) {
        let mut in_vain = 0_u32;
        loop {
            if self.look().await {
                in_vain = 0;
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = self.gate.doubted() => {}
                }
            } else if matches!(self.tools.catalog.open_rebuild().await, Ok(Some(_))) {
                in_vain = 0;
                tokio::time::sleep(LOOK_AT_REBUILD_EVERY).await;
            } else {
                in_vain = in_vain.saturating_add(1);
                let wait_ms = backoff::look_ms(in_vain, rand::random());
                tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())).await;
            }
        }
    }

    /// Looks at the store, or waits for the look of somebody else; whether the gate is open then.
    pub(super) async fn look(&self) -> bool {
        if let Some(_alone) = self.gate.begin_look().await {
            let limit = if self.is_probed.load(Ordering::Relaxed) { LOOK_MAX } else { PROBE_MAX };
            let late = Err(Unfit::Store("the store does not answer in time".to_owned()));
            match tokio::time::timeout(limit, self.examine()).await.unwrap_or(late) {
                Ok(()) => self.open_gate().await,
                Err(Unfit::Store(reason)) => self.shut_gate(reason).await,
                Err(Unfit::Catalogue(error)) => {
                    tracing::warn!(error = %chain(&error), "could not look at the store");
                }
            }
        }
        self.gate.is_open()
    }

    /// Whose store it is, then whether it works. A crash between the id and its put is mended by the next look.
    async fn examine(&self) -> Result<(), Unfit> {
        let (catalog, archive) = (&self.tools.catalog, &self.tools.archive);
        if catalog.open_rebuild().await?.is_some() {
            return Err(Unfit::Store(REBUILDING.to_owned()));
        }
        let known = catalog.store().await?.id;
        let found = archive.marker().await?;
        let belongs = match belongs(known, catalog.has_archived().await?, found) {
            Belongs::No(reason) => return Err(Unfit::Store(reason.to_string())),
            belongs => belongs,
        };
        self.compare_ledger().await?;
        if self.is_probed.load(Ordering::Relaxed) {
            archive.touch(self.probe_name).await?;
        } else {
            let capabilities = archive.probe(self.probe_name).await?;
            say(&capabilities);
            catalog.note_capabilities(&capabilities, self.now_ms()).await?;
            self.is_probed.store(true, Ordering::Relaxed);
        }
        if belongs == Belongs::Unmarked {
            let id = catalog.fix_store_id(StoreId(rand::random())).await?;
            archive.put_marker(id).await?;
        }
        Ok(())
    }

    /// A catalogue that lacks leaves of the ledger, or has other ones, must not add any.
    async fn compare_ledger(&self) -> Result<(), Unfit> {
        let found = self.tools.archive.ledger_checkpoint().await?;
        match self.tools.catalog.standing_of(found).await? {
            Standing::Amiss(amiss) if amiss.holds_photos() => Err(Unfit::Store(amiss.to_string())),
            Standing::Same | Standing::Unrecorded(_) | Standing::Amiss(_) => Ok(()),
        }
    }

    /// The gate first, then the jobs: whoever is held in between finds the gate open and lets itself go.
    async fn open_gate(&self) {
        let before = self.gate.set(State::Open);
        if before == State::Open {
            return;
        }
        if let Err(error) = self.tools.catalog.note_store_well().await {
            tracing::warn!(error = %chain(&error), "could not note that the store is well");
        }
        let released = self.release_held().await;
        match before {
            State::Shut(_) => tracing::info!(released, "the store is well again; photos that waited go on"),
            State::Unseen | State::Open => tracing::debug!(released, "the store is well"),
        }
    }

    async fn shut_gate(&self, reason: String) {
        let before = self.gate.state();
        let since_ms = match &before {
            State::Shut(trouble) if trouble.reason == reason => return,
            State::Shut(trouble) => trouble.since_ms,
            // The trouble of an earlier life that has not ended began then.
            State::Unseen => {
                let earlier = self.tools.catalog.store().await.ok().and_then(|store| store.trouble);
                earlier.map_or(self.now_ms(), |trouble| trouble.since_ms)
            }
            State::Open => self.now_ms(),
        };
        tracing::error!(%reason, "the store is in trouble; photos are fetched and sealed, and wait for it");
        let trouble = Trouble { since_ms, reason };
        self.gate.set(State::Shut(trouble.clone()));
        if let Err(error) = self.tools.catalog.note_store_trouble(trouble).await {
            tracing::warn!(error = %chain(&error), "could not note the trouble");
        }
        // The keeper waits by another clock now.
        self.gate.doubt();
    }

    /// Lets the jobs go that wait for the store.
    pub(super) async fn release_held(&self) -> usize {
        let released = self.tools.catalog.release_held_for_store(self.now_ms()).await;
        self.wake.notify_one();
        released.unwrap_or_else(|error| {
            tracing::warn!(error = %chain(&error), "could not wake the photos that waited for the store");
            0
        })
    }

    /// What no photo waits for: the trial of a large body, and what killed processes left.
    async fn after_first_open(&self) {
        let tried =
            tokio::time::timeout(LARGE_BODY_MAX, self.tools.archive.probe_large_body(self.probe_name));
        self.note_large_body(tried.await.unwrap_or_default()).await;
        self.sweep_leftovers().await;
    }

    async fn note_large_body(&self, large_body: Capability) {
        if let Capability::Failed(reason) = &large_body {
            tracing::warn!(%reason, "the store does not take large bodies: long videos will wait");
        }
        let Ok(store) = self.tools.catalog.store().await else { return };
        let capabilities = Capabilities { large_body, ..store.capabilities.unwrap_or_default() };
        if let Err(error) = self.tools.catalog.note_capabilities(&capabilities, self.now_ms()).await {
            tracing::warn!(error = %chain(&error), "could not note what the store can do");
        }
    }

    async fn sweep_leftovers(&self) {
        let archive = self.tools.archive.clone();
        let started = Duration::from_millis(self.tools.start.started_at_ms.unsigned_abs());
        let before = SystemTime::UNIX_EPOCH + started;
        match archive.sweep_probes(before - PROBES_KEPT).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "objects of probes that were cut were removed"),
            Err(error) => tracing::info!(%error, "could not look for objects of earlier probes"),
        }
        match tokio::task::spawn_blocking(move || archive.sweep_staged(before)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(swept)) => {
                tracing::info!(swept, "files of puts that were cut were removed from the archive");
            }
            Ok(Err(error)) => tracing::warn!(%error, "could not sweep the archive's folder"),
        }
    }
}

/// Once a start, in words; loudly where it falls short.
fn say(capabilities: &Capabilities) {
    let words: Vec<_> = capabilities.each().iter().map(|(name, found)| format!("{name} {found}")).collect();
    tracing::info!(found = words.join(", "), "the store was probed");
    if !capabilities.keeps_the_first() {
        tracing::warn!(
            "the store does not keep two puts on one key apart: Keepmark looks before each put, and relies on being \
             the only one that writes there"
        );
    }
    for failure in capabilities.failures() {
        tracing::warn!(%failure, "the store falls short");
    }
}
