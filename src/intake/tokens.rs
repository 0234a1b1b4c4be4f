//! The secret tokens that open the hook, read again when their file changes. Never logged.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::config::hook_tokens::{self, HookToken};

/// How often the file is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

/// The tokens that open the hook now.
pub struct HookTokens {
    path: PathBuf,
    known: Mutex<Known>,
}

struct Known {
    tokens: Vec<HookToken>,
    modified: Option<SystemTime>,
    looked: Instant,
}

impl HookTokens {
    /// Reads the file, and makes it with one token where it is missing.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let known = Known {
            tokens: hook_tokens::read_or_create(path)?,
            modified: modified(path),
            looked: Instant::now(),
        };
        Ok(Self { path: path.to_owned(), known: Mutex::new(known) })
    }

    /// The fingerprint of a token that opens the hook; `None` for any other text.
    pub fn fingerprint_of(&self, presented: &str) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut known);
        // Every token is compared, so that the time does not tell which one was nearly right.
        let mut found = None;
        for token in &known.tokens {
            if token.is(presented) {
                found = Some(token.fingerprint());
            }
        }
        found
    }

    /// A file that cannot be read keeps the tokens of before: the hook stays open.
    fn refresh(&self, known: &mut Known) {
        if known.looked.elapsed() < LOOK {
            return;
        }
        known.looked = Instant::now();
        let modified = modified(&self.path);
        if modified == known.modified {
            return;
        }
        match hook_tokens::read(&self.path) {
            Ok(tokens) if !tokens.is_empty() => {
                known.tokens = tokens;
                known.modified = modified;
                tracing::info!(tokens = known.tokens.len(), "the hook's tokens changed");
            }
            Ok(_) => tracing::warn!("the file of the hook's tokens is empty; those of before stay valid"),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the hook's tokens of before stay valid");
            }
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_token_opens_the_hook() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook-tokens");
        let tokens = [HookToken::random(), HookToken::random()];
        hook_tokens::write(&path, &tokens).unwrap();
        let hook = HookTokens::open(&path).unwrap();
        for token in &tokens {
            assert_eq!(hook.fingerprint_of(token.reveal()), Some(token.fingerprint()));
            assert_eq!(hook.fingerprint_of(&token.reveal()[1..]), None);
        }
        assert_eq!(hook.fingerprint_of(""), None);
    }
}
