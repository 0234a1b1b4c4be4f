//! The probe: what a store can do, learnt by trying it with small objects of random names, which are removed.
//!
//! Never concludes from a store in trouble: where it does not answer at all, the result is that error.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::future::join_all;
use object_store::{ObjectStoreExt as _, PutMode};

use super::error::status_of;
use super::put::PART_BYTES;
use super::{Archive, ArchiveError, path_of};
use crate::domain::object_key::ObjectKey;
use crate::domain::photo::Sha256;
use crate::domain::store::{Capabilities, Capability};

/// Puts at once on one key.
const RIVALS: u8 = 8;

/// A put that was answered.
enum Put {
    Done,
    Refused,
    /// The store does not know what was asked of it.
    Unsupported(String),
}

impl Archive {
    /// Writes, reads and removes a small object of a random name, to learn whether the store works.
    pub async fn touch(&self, random: u128) -> Result<(), ArchiveError> {
        let key = ObjectKey::probe(random, "touch");
        self.put(&key, Bytes::from_static(b"touch"), PutMode::Overwrite)
            .await
            .map_err(ArchiveError::of_put)?;
        let read = self.bytes(&key).await?;
        self.remove(&key).await?;
        if read == "touch" { Ok(()) } else { Err(ArchiveError::Altered) }
    }

    /// Learns what the store can do, but for large bodies, and adapts: where it does not keep two puts on one key apart,
    /// every later put looks first, under a lock for its key.
    pub async fn probe(&self, random: u128) -> Result<Capabilities, ArchiveError> {
        let mut found = Capabilities { read_after_write: self.try_read(random).await?, ..Default::default() };
        found.create_only = self.try_create_only(random).await?;
        if found.create_only == Capability::Ok {
            found.one_winner = self.try_rivals(random).await?;
        }
        found.unicode_keys = self.try_unicode(random).await;
        found.checksum = self.try_checksum(random).await;
        self.adapt(&found);
        Ok(found)
    }

    /// Learns whether a body of just over one part arrives whole. Checksums that only small bodies bear are done without.
    pub async fn probe_large_body(&self, random: u128) -> Capability {
        let with_sums = self.try_large_body(random, "large").await;
        if with_sums == Capability::Ok || !self.adapted.sums.swap(false, Ordering::Relaxed) {
            return with_sums;
        }
        self.try_large_body(random, "large-2").await
    }

    async fn try_large_body(&self, random: u128, part: &str) -> Capability {
        let key = ObjectKey::probe(random, part);
        let mut body: Vec<u8> = random.to_be_bytes().into_iter().cycle().take(PART_BYTES).collect();
        body.push(1);
        let stored = self.put_parts(&key, &body[..], Sha256::of(&body)).await;
        capability(match self.remove(&key).await {
            Ok(()) => stored,
            Err(error) => stored.and(Err(error)),
        })
    }

    /// An object that is not there yet is a lack that the queue's patience mends; other bytes are trouble.
    async fn try_read(&self, random: u128) -> Result<Capability, ArchiveError> {
        match self.touch(random).await {
            Ok(()) => Ok(Capability::Ok),
            Err(ArchiveError::Missing) => {
                Ok(Capability::Failed("an object is not there right after its put".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    async fn try_create_only(&self, random: u128) -> Result<Capability, ArchiveError> {
        let key = ObjectKey::probe(random, "twice");
        let puts = match self.create(&key, "first").await? {
            Put::Done => self.create(&key, "second").await?,
            other => other,
        };
        let kept = self.read_and_remove(&key).await;
        let failed = |reason: &str| Ok(Capability::Failed(reason.to_owned()));
        match puts {
            Put::Unsupported(reason) => failed(&reason),
            Put::Done => failed("a second put on a key replaces the first"),
            Put::Refused if matches!(&kept, Ok(kept) if kept == "first") => Ok(Capability::Ok),
            Put::Refused => kept.and_then(|_| failed("a refused put replaces the object all the same")),
        }
    }

    async fn try_rivals(&self, random: u128) -> Result<Capability, ArchiveError> {
        let key = ObjectKey::probe(random, "rivals");
        let bodies: Vec<String> = (0..RIVALS).map(|rival| format!("rival {rival}")).collect();
        let puts = join_all(bodies.iter().map(|body| self.create(&key, body))).await;
        let kept = self.read_and_remove(&key).await?;
        let mut winners = Vec::new();
        for (body, put) in bodies.iter().zip(puts) {
            if matches!(put?, Put::Done) {
                winners.push(body);
            }
        }
        Ok(match winners[..] {
            [winner] if kept == winner.as_bytes() => Capability::Ok,
            [_] => Capability::Failed("the object is not the one whose put won".to_owned()),
            _ => Capability::Failed(format!("{} of {RIVALS} puts at once on one key won", winners.len())),
        })
    }

    async fn try_unicode(&self, random: u128) -> Capability {
        let key = ObjectKey::probe(random, "Größe 現場 صورة (1)+&=");
        let tried = async {
            self.put(&key, Bytes::from_static(b"letters"), PutMode::Overwrite)
                .await
                .map_err(ArchiveError::of_put)?;
            if self.read_and_remove(&key).await? == "letters" { Ok(()) } else { Err(ArchiveError::Altered) }
        };
        capability(tried.await)
    }

    /// A local folder is read back and needs none.
    async fn try_checksum(&self, random: u128) -> Capability {
        let Some(store) = &self.summing else { return Capability::Unknown };
        let key = ObjectKey::probe(random, "checksum");
        let tried = async {
            store
                .put(&path_of(&key)?, Bytes::from_static(b"sum").into())
                .await
                .map_err(ArchiveError::of_put)?;
            if self.read_and_remove(&key).await? == "sum" { Ok(()) } else { Err(ArchiveError::Altered) }
        };
        capability(tried.await)
    }

    /// A create-only put. An answer of 4xx or 501, where a plain put was taken, says that the store knows no such thing.
    async fn create(&self, key: &ObjectKey, body: &str) -> Result<Put, ArchiveError> {
        match self.put(key, Bytes::copy_from_slice(body.as_bytes()), PutMode::Create).await {
            Ok(()) => Ok(Put::Done),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Put::Refused)
            }
            Err(error) => match status_of(&error) {
                Some(status @ (400 | 405 | 501)) => {
                    Ok(Put::Unsupported(format!("the store answers {status}")))
                }
                _ => Err(ArchiveError::of_put(error)),
            },
        }
    }

    async fn read_and_remove(&self, key: &ObjectKey) -> Result<Bytes, ArchiveError> {
        let read = self.bytes(key).await;
        self.remove(key).await?;
        read
    }

    /// Only for objects of a probe. One that is not there is no error.
    async fn remove(&self, key: &ObjectKey) -> Result<(), ArchiveError> {
        match self.store.delete(&path_of(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn capability(tried: Result<(), ArchiveError>) -> Capability {
    match tried {
        Ok(()) => Capability::Ok,
        Err(error) => Capability::Failed(error.to_string()),
    }
}
