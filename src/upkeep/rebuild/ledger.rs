//! The ledger's place in a rebuild: leaves come back in the order in which the store's own tiles name them.
//!
//! Never puts anything over what does not fit: then the ledger is held, photos go on, and the reason says what to bring
//! back.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::super::{Upkeep, UpkeepError};
use crate::archive::ArchiveError;
use crate::catalog::ledger::checkpoint::Signed;
use crate::catalog::rebuild::leaves::StoredTile;
use crate::catalog::rebuild::{Finding, RebuildId};
use crate::domain::ledger::checkpoint::{Checkpoint, open, open_by_any};
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::tile::{Kind, TileName, WIDTH, entries_of};
use crate::domain::object_key::ObjectKey;

/// Objects of a listing that are committed together.
const LISTED_AT_ONCE: usize = 256;
const CHECKPOINT: &str = "ledger/checkpoint";

/// What the store has of a ledger.
struct Stored {
    checkpoint: Option<String>,
    /// How many entries the widest bundle of each number has.
    bundles: BTreeMap<u64, u32>,
    /// From `ledger/keys`, and the one that is here.
    keys: Vec<PublicKey>,
}

/// Why the ledger is not put back.
enum Held {
    /// By this object.
    By(Finding),
    /// For now: it is tried again.
    Trouble(UpkeepError),
}

impl<E: Into<UpkeepError>> From<E> for Held {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

fn held<T>(object: &str, detail: String) -> Result<T, Held> {
    Err(Held::By(Finding::new(object, "ledger_not_rebuilt", detail)))
}

impl Upkeep {
    /// All evidence is put back by now. Here its leaves get their numbers again, before anything can be recorded behind
    /// them. Begins anew after a crash.
    pub(super) async fn put_leaves_back(&self, id: RebuildId) -> Result<(), UpkeepError> {
        let stored = self.stored_ledger().await?;
        self.catalog.let_leaves_go().await?;
        let reason = match self.leaves_of(id, &stored).await {
            Ok(Some(checkpoint)) => return self.go_on_from(id, stored, checkpoint.size).await,
            Ok(None) => None,
            Err(Held::By(reason)) => Some(reason),
            Err(Held::Trouble(error)) => return Err(error),
        };
        self.catalog.let_leaves_go().await?;
        self.catalog.sequence_the_rest().await?;
        // The first checkpoint fixes a key, and there was none.
        let keys = if reason.is_some() { stored.keys } else { Vec::new() };
        Ok(self.catalog.distrust_ledger(id, reason, keys).await?)
    }

    async fn stored_ledger(&self) -> Result<Stored, UpkeepError> {
        let checkpoint = self.archive.ledger_checkpoint().await?;
        let (mut bundles, mut keys) = (BTreeMap::new(), Vec::new());
        let mut listed = self.archive.list("ledger");
        while let Some(object) = listed.try_next().await? {
            let Ok(key) = ObjectKey::from_stored(object.key) else { continue };
            match key.as_ledger_tile() {
                Some(TileName { kind: Kind::Entries, number, width }) => {
                    let widest = bundles.entry(number).or_insert(width);
                    *widest = width.max(*widest);
                }
                Some(_) => {}
                None if key.as_str() == CHECKPOINT => {}
                None => keys.extend(self.public_key(&key).await?),
            }
        }
        keys.extend(self.known_key.clone().filter(|known| !keys.contains(known)));
        Ok(Stored { checkpoint, bundles, keys })
    }

    /// What lies there under the name of a key and is none opens nothing.
    async fn public_key(&self, key: &ObjectKey) -> Result<Option<PublicKey>, UpkeepError> {
        let bytes = self.archive.bytes(key).await?;
        let parsed = std::str::from_utf8(&bytes).ok().and_then(|text| PublicKey::parse(text.trim_end()).ok());
        Ok(parsed.filter(|parsed| ObjectKey::ledger_key(parsed) == *key))
    }

    /// Numbers the leaves as the store's bundles name them, also those that no checkpoint has yet, and holds the root
    /// against the checkpoint. Nothing where there never was a ledger.
    async fn leaves_of(&self, id: RebuildId, stored: &Stored) -> Result<Option<Checkpoint>, Held> {
        let Some(note) = &stored.checkpoint else {
            if stored.bundles.is_empty() {
                return Ok(None);
            }
            return held(
                CHECKPOINT,
                "ledger/checkpoint is gone from the store, and its tiles are there".to_owned(),
            );
        };
        let changed = self.catalog.ledger_keys().await?;
        let keys: Vec<_> = changed.iter().chain(&stored.keys).cloned().collect();
        if keys.is_empty() {
            let detail = "the store has no public key in ledger/keys, and the state folder no ledger.key (read at the start)";
            return held(CHECKPOINT, detail.to_owned());
        }
        let checkpoint = match open_by_any(note, &keys) {
            Ok(checkpoint) => checkpoint,
            Err(reason) => return held(CHECKPOINT, format!("ledger/checkpoint cannot be trusted: {reason}")),
        };
        self.read_bundles(id, stored, checkpoint.size).await?;
        if self.catalog.root_at(checkpoint.size).await? != checkpoint.root {
            let detail = format!(
                "the {} leaves in ledger/tile/entries are not those that ledger/checkpoint signs",
                checkpoint.size
            );
            return held("ledger/tile/entries", detail);
        }
        Ok(Some(checkpoint))
    }

    async fn read_bundles(&self, id: RebuildId, stored: &Stored, size: u64) -> Result<(), Held> {
        for number in 0.. {
            let begin = number * u64::from(WIDTH);
            let needed = size.saturating_sub(begin).min(WIDTH.into());
            let listed = stored.bundles.get(&number).copied().unwrap_or_default();
            if u64::from(listed) < needed {
                let width = u32::try_from(needed).unwrap_or(WIDTH);
                let name = TileName { kind: Kind::Entries, number, width };
                let key = ObjectKey::ledger_tile(&name);
                return held(key.as_str(), format!("{} is gone from the store", key.as_str()));
            }
            if listed == 0 {
                return Ok(());
            }
            let name = TileName { kind: Kind::Entries, number, width: listed };
            let key = ObjectKey::ledger_tile(&name);
            let bytes = match self.archive.bytes(&key).await {
                Ok(bytes) => entries_of(&bytes),
                Err(ArchiveError::Missing) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(entries) = bytes.filter(|entries| entries.len() == listed as usize) else {
                return held(key.as_str(), format!("{} is damaged", key.as_str()));
            };
            self.catalog.put_leaves_back(id, entries).await?;
            if listed < WIDTH {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The order is the store's: what it does not name comes behind, and the tree is as it was.
    async fn go_on_from(&self, id: RebuildId, stored: Stored, size: u64) -> Result<(), UpkeepError> {
        let named = self.catalog.ledger().await?.leaves;
        self.catalog.sequence_the_rest().await?;
        while self.catalog.grow_ledger().await? {}
        let mut tiles = self.archive.list("ledger/tile").chunks(LISTED_AT_ONCE);
        while let Some(chunk) = tiles.next().await {
            let mut stored = Vec::with_capacity(chunk.len());
            for listed in chunk {
                let listed = listed?;
                let tile = ObjectKey::from_stored(listed.key).ok().and_then(|key| key.as_ledger_tile());
                let (size_bytes, modified_ms) = (listed.size_bytes, listed.modified_ms);
                stored.extend(tile.map(|name| StoredTile { name, size_bytes, modified_ms }));
            }
            self.catalog.put_tiles_back(id, stored, named).await?;
        }
        let note = stored.checkpoint.unwrap_or_default();
        // The one that signed this checkpoint was the last in use.
        let (last, earlier): (Vec<_>, Vec<_>) =
            stored.keys.into_iter().partition(|key| open(&note, key).is_ok());
        let keys = earlier.into_iter().chain(last).collect();
        Ok(self.catalog.put_checkpoint_back(id, Signed { size, note }, keys, self.now_ms()).await?)
    }
}
