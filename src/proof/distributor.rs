//! Handing checkpoints on, once a day, to a command that somebody configured: by mail, or into a folder of somebody else's.
//!
//! Never in the way of publishing, and never logs what the command says: it may name people.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::catalog::Catalog;
use crate::catalog::ledger::handing::Handing;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How often it looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// After a failure.
const AGAIN_AFTER: Duration = Duration::from_mins(30);
/// A command that hangs is ended.
const COMMAND_MAX: Duration = Duration::from_mins(5);

/// What hands checkpoints on.
#[derive(Clone)]
pub struct Distributor {
    /// Where the checkpoints are.
    pub catalog: Catalog,
    /// A program and its arguments; empty: nothing is handed on.
    pub command: Vec<String>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// Why a checkpoint was not handed on, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such program.
    #[error("ledger.checkpoint_command could not be started: {0}")]
    NotStarted(#[source] std::io::Error),
    /// It did not take the text.
    #[error("ledger.checkpoint_command did not read the checkpoint: {0}")]
    NotRead(#[source] std::io::Error),
    /// It says no.
    #[error(
        "ledger.checkpoint_command ended with {0}: run `keepmark ledger checkpoint | YOUR COMMAND` to see why"
    )]
    Ended(ExitStatus),
    /// It says nothing.
    #[error("ledger.checkpoint_command did not end within 5 minutes")]
    Hangs,
}

impl Distributor {
    /// Hands checkpoints on, until it is dropped.
    pub async fn keep(&self) {
        if self.command.is_empty() {
            return;
        }
        loop {
            let pause = match self.catalog.handing().await {
                Ok(handing) => self.hand_on(handing).await,
                Err(error) => {
                    tracing::warn!(%error, "could not look for a checkpoint to hand on");
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns how long it may rest. A crash behind the command hands the same checkpoint on once more, which harms nobody.
    async fn hand_on(&self, handing: Handing) -> Duration {
        let now_ms = (self.clock)().as_millisecond();
        // A clock that was set back must not make a year of it.
        let is_early = handing.handed_ms.is_some_and(|handed| (0..DAY_MS).contains(&(now_ms - handed)));
        let Some(next) = handing.next.filter(|_| !is_early) else { return LOOK_EVERY };
        let (rest, noted) = match run(&self.command, &next.note).await {
            Ok(()) => {
                tracing::info!(leaves = next.size, "a checkpoint was handed on");
                (LOOK_EVERY, self.catalog.note_handed(next.size, now_ms).await)
            }
            Err(refused) => {
                let reason = refused.to_string();
                tracing::error!(%reason, "the checkpoint was not handed on: it is tried again in half an hour");
                (AGAIN_AFTER, self.catalog.note_not_handed(reason).await)
            }
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "could not note whether a checkpoint was handed on");
        }
        rest
    }
}

/// Gives a text to a command.
async fn run(command: &[String], text: &str) -> Result<(), Refused> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(Refused::NotStarted)?;
    let talk = async {
        let mut written = Ok(());
        if let Some(mut input) = child.stdin.take() {
            written = input.write_all(text.as_bytes()).await;
        }
        let status = child.wait().await.map_err(Refused::NotRead)?;
        // Whoever ends before it has read says more by its end than the pipe does.
        if status.success() { written.map_err(Refused::NotRead) } else { Err(Refused::Ended(status)) }
    };
    tokio::time::timeout(COMMAND_MAX, talk).await.unwrap_or(Err(Refused::Hangs))
}
