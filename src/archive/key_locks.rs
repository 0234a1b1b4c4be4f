//! One lock for each key whose put must not meet another one of this process.
//!
//! Needed where the store itself does not keep two puts apart; it does nothing against other processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

use crate::domain::object_key::ObjectKey;

/// Locks by key; those that nobody holds or waits for are forgotten.
#[derive(Default)]
pub(super) struct KeyLocks(Mutex<HashMap<ObjectKey, Weak<tokio::sync::Mutex<()>>>>);

impl KeyLocks {
    /// Waits until no other put on this key is under way.
    pub(super) async fn lock(&self, key: &ObjectKey) -> OwnedMutexGuard<()> {
        self.of(key).lock_owned().await
    }

    fn of(&self, key: &ObjectKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(key.clone(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_key_is_locked_once_and_another_is_free() {
        let locks = KeyLocks::default();
        let (one, other) = (ObjectKey::probe(1, "a"), ObjectKey::probe(2, "a"));
        let held = locks.lock(&one).await;
        assert!(locks.of(&one).try_lock().is_err());
        let _free = locks.lock(&other).await;
        drop(held);
        assert!(locks.of(&one).try_lock().is_ok());
        assert!(locks.0.lock().unwrap().len() <= 2);
    }
}
