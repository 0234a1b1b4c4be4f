//! The gate before the store: open, or shut with a reason. All workers pass it; one look at the store decides.
//!
//! Never asks the store itself: that is the keeper's (`store_keeper`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify, watch};

use crate::catalog::store::Trouble;

/// Whether the store may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has looked since the start.
    Unseen,
    /// It may.
    Open,
    /// Photos wait.
    Shut(Trouble),
}

pub(super) struct StoreGate {
    state: watch::Sender<State>,
    looking: Mutex<()>,
    looks_begun: AtomicU64,
    /// Somebody has a reason to look again.
    doubt: Arc<Notify>,
    first_look_wait: Duration,
}

impl StoreGate {
    /// `first_look_wait`: how long a job waits for the first look of this start before it is held.
    pub(super) fn new(first_look_wait: Duration) -> Self {
        Self {
            state: watch::Sender::new(State::Unseen),
            looking: Mutex::new(()),
            looks_begun: AtomicU64::new(0),
            doubt: Arc::default(),
            first_look_wait,
        }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(super) fn is_open(&self) -> bool {
        *self.state.borrow() == State::Open
    }

    /// Sets the state and returns the one before.
    pub(super) fn set(&self, state: State) -> State {
        self.state.send_replace(state)
    }

    /// Returns once the store may be used; the reason where it may not.
    pub(super) async fn pass(&self) -> Result<(), String> {
        let mut state = self.state.subscribe();
        let seen =
            tokio::time::timeout(self.first_look_wait, state.wait_for(|state| *state != State::Unseen));
        match seen.await {
            Ok(Ok(state)) => match &*state {
                State::Shut(trouble) => Err(trouble.reason.clone()),
                State::Open | State::Unseen => Ok(()),
            },
            // The sender lives as long as the gate: this is the time limit.
            Ok(Err(_)) | Err(_) => Err("the store has not answered since the start".to_owned()),
        }
    }

    /// Resolves when the gate is shut.
    pub(super) async fn shut(&self) -> String {
        let mut state = self.state.subscribe();
        let shut = state.wait_for(|state| matches!(state, State::Shut(_))).await;
        match shut.as_deref() {
            Ok(State::Shut(trouble)) => trouble.reason.clone(),
            _ => "the store is in trouble".to_owned(),
        }
    }

    /// The right to look, or `None` where a look that began after this call has ended meanwhile: its result stands.
    pub(super) async fn begin_look(&self) -> Option<MutexGuard<'_, ()>> {
        let begun = self.looks_begun.load(Ordering::SeqCst);
        let looking = self.looking.lock().await;
        if self.looks_begun.load(Ordering::SeqCst) > begun {
            return None;
        }
        self.looks_begun.fetch_add(1, Ordering::SeqCst);
        Some(looking)
    }

    /// What asks the keeper to look, for others than the pool.
    pub(super) fn doubts(&self) -> Arc<Notify> {
        Arc::clone(&self.doubt)
    }

    /// Asks the keeper to look, without waiting for it.
    pub(super) fn doubt(&self) {
        self.doubt.notify_one();
    }

    /// Resolves when somebody doubts.
    pub(super) async fn doubted(&self) {
        self.doubt.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shut() -> State {
        State::Shut(Trouble { since_ms: 0, reason: "down".to_owned() })
    }

    #[tokio::test]
    async fn before_the_first_look_a_job_waits_for_a_moment_and_no_longer() {
        let gate = StoreGate::new(Duration::from_millis(50));
        assert!(gate.pass().await.unwrap_err().contains("since the start"));
        let (passed, _) = tokio::join!(gate.pass(), async { gate.set(State::Open) });
        assert_eq!(passed, Ok(()));
        gate.set(shut());
        assert_eq!(gate.pass().await, Err("down".to_owned()));
        assert_eq!(gate.shut().await, "down");
    }

    #[tokio::test]
    async fn those_who_doubt_while_a_look_is_under_way_share_the_next_one() {
        let gate = StoreGate::new(Duration::from_millis(50));
        let first = gate.begin_look().await.unwrap();
        let look = async || gate.begin_look().await.is_some();
        let (second, third, ()) = tokio::join!(look(), look(), async { drop(first) });
        assert!(second, "a look that began before a fault tells nothing of it");
        assert!(!third, "one look serves all who waited for it");
    }
}
